"""Line elimination and conjugate gradients against sparse LU of the same network, and the updates after a change of one cell."""

from __future__ import annotations

import numpy as np
import pytest
from hard_cases import errors, hard_case

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.engines.grid import read
from spicemtj.engines.grid.update import EffectiveConductance
from spicemtj.engines.lu import SparseLu
from spicemtj.engines.nodal import Nodal
from spicemtj.errors import InputError


@pytest.mark.parametrize(
    ("size", "seeds"), [(24, range(12)), pytest.param(128, range(8), marks=pytest.mark.slow)], ids=["24", "128"]
)
def test_hard_cases_against_lu(size: int, seeds: range) -> None:
    for seed in seeds:
        xbar, v_wl, v_bl = hard_case(size, seed)
        assert max(errors(Nodal().solve(xbar, v_wl, v_bl), SparseLu(xbar).solve(v_wl, v_bl, None))) < 1e-9


@pytest.mark.parametrize("far", [(0.0, 3.0), (20.0, np.inf), (0.0, 0.0), (5.0, 7.0)])
@pytest.mark.parametrize("wires", [(1.0, 2.0), (0.0, 0.0)])
def test_drivers_on_both_ends_against_lu(far: tuple[float, float], wires: tuple[float, float]) -> None:
    rng = np.random.default_rng(3)
    xbar = Crossbar.from_resistances(
        10 ** rng.uniform(3, 4, (9, 7)), r_wl=wires[0], r_bl=wires[1], r_far_wl=far[0], r_far_bl=far[1]
    )
    v_wl, v_bl = rng.uniform(0, 0.5, 9), rng.uniform(0, 0.2, 7)
    v_wl[4], v_bl[2] = np.nan, np.nan
    got, want = Nodal().solve(xbar, v_wl, v_bl), SparseLu(xbar).solve(v_wl, v_bl, None)
    for name in ("v_wl", "v_bl", "i_cell"):
        np.testing.assert_allclose(getattr(got, name), getattr(want, name), rtol=1e-9, atol=1e-13, err_msg=name)
    assert abs(got.i_wl.sum() - got.i_bl.sum()) < 1e-12 * np.abs(got.i_wl).sum()
    np.testing.assert_allclose(got.i_cell.sum(axis=1), got.i_wl, rtol=0, atol=1e-13)


@pytest.mark.parametrize("cell", ["1R", "1T1R", "1S1R"])
def test_cells_with_a_law_against_newton_by_lu(cell: str) -> None:
    rng = np.random.default_rng(5)
    xbar = Crossbar(14, 11, cell=cell, states=rng.choice([-1, 1], (14, 11)), r_wl=5.0, r_bl=5.0)
    v_wl, v_bl = rng.uniform(0.5, 1.2, 14), rng.uniform(0, 0.3, 11)
    v_wl[3] = np.nan
    gate = None if cell != "1T1R" else np.full(14, xbar.access.gate_on)
    got = Nodal().solve(xbar, v_wl, v_bl, gate)
    want = SparseLu(xbar).solve(v_wl, v_bl, gate)
    assert max(errors(got, want)) < 1e-9
    assert np.abs(got.i_cell).max() > 1e-7


def test_updates_after_flips_do_not_drift() -> None:
    rng = np.random.default_rng(7)
    g = rng.choice([1e-4, 2.5e-4], (20, 16))
    kept = EffectiveConductance.of(Crossbar.from_resistances(1 / g))
    for _ in range(300):
        i, j = rng.integers(0, 20), rng.integers(0, 16)
        kept.set(i, j, rng.choice([0.0, 1e-4, 2.5e-4]))
    with np.errstate(divide="ignore"):
        true = SparseLu(Crossbar.from_resistances(1 / kept.g)).effective_conductance(np.full(20, 0.1), np.zeros(16), None)
    np.testing.assert_allclose(kept.conductance, true, rtol=0, atol=1e-10 * true.max())
    assert kept.fresh == 0


def test_a_deviation_is_found_and_mended() -> None:
    kept = EffectiveConductance.of(Crossbar.from_resistances(np.full((6, 5), 5e3)))
    true = kept.conductance.copy()
    kept.conductance[2, 3] *= 1 + 1e-6
    assert kept.probe() > 1e-8
    assert kept.fresh == 1
    np.testing.assert_allclose(kept.conductance, true, rtol=1e-12)


def test_three_arguments_in_currents_out() -> None:
    g = np.array([[1e-3, 2e-3], [0.0, 1e-3]])
    found = read(g, [1.0, 0.5], [0.0, 0.0], r_wl=0.0, r_bl=0.0)
    np.testing.assert_allclose(found.i_bl, [1e-3, 2.5e-3], rtol=1e-13)
    with pytest.raises(InputError, match="finite siemens"):
        read([[np.inf]], [1.0], [0.0])
