"""Many reads of one network, four side by side, against sparse LU and against reads one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hard_cases import errors, hard_case

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.engines.grid import krylov, lanes
from spicemtj.engines.grid.lines import Lines, Wires
from spicemtj.engines.grid.system import System
from spicemtj.engines.lu import SparseLu
from spicemtj.engines.nodal import Nodal


@pytest.fixture
def left_over(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Reads at which the steps of another read were of no use, as they come."""
    found: list[int] = []
    solve = lanes.solve

    def watched(room: np.ndarray, lo: int, hi: int, *rest: object) -> int:
        done = solve(room, lo, hi, *rest)
        if done < hi:
            found.append(done)
        return done

    monkeypatch.setattr(lanes, "solve", watched)
    return found


@pytest.mark.parametrize("size", [1, 2, 7, 24])
def test_hard_cases_against_lu(size: int, left_over: list[int]) -> None:
    for seed in range(8):
        xbar, v_wl, v_bl = hard_case(size, seed, reads=10)
        v_wl[3], v_bl[3] = 0 * v_wl[3], 0 * v_bl[3]
        assert max(errors(Nodal().solve(xbar, v_wl, v_bl), SparseLu(xbar).solve(v_wl, v_bl, None))) < 1e-9
    assert not left_over


@pytest.mark.parametrize("shape", [(9, 7), (6, 30), (41, 5)])
@pytest.mark.parametrize("wires", [(1.0, 2.0), (0.0, 0.0), (30.0, 0.0), (0.0, 30.0)])
@pytest.mark.parametrize("far", [(np.inf, np.inf), (0.0, 3.0), (20.0, np.inf), (5.0, 7.0)])
def test_wires_and_drivers_against_lu(
    shape: tuple[int, int], wires: tuple[float, float], far: tuple[float, float], left_over: list[int]
) -> None:
    rng = np.random.default_rng(3)
    m, n = shape
    lines = {"r_wl": wires[0], "r_bl": wires[1], "r_far_wl": far[0], "r_far_bl": far[1]}
    xbar = Crossbar.from_resistances(10 ** rng.uniform(3, 4, shape), **lines)
    v_wl, v_bl = rng.uniform(0, 0.5, (2, 3, m)), rng.uniform(0, 0.2, (2, 3, n))
    got, want = Nodal().solve(xbar, v_wl, v_bl), SparseLu(xbar).solve(v_wl, v_bl, None)
    assert got.i_cell.shape == (2, 3, m, n)
    assert max(errors(got, want)) < 1e-12
    assert not left_over


def test_one_line_at_a_time_is_as_good_as_random_voltages(left_over: list[int]) -> None:
    rng = np.random.default_rng(4)
    xbar = Crossbar.from_resistances(rng.uniform(4e3, 10e3, (40, 50)), r_wl=10.0, r_bl=10.0)
    v_wl = np.vstack([np.eye(40), np.zeros((50, 40)), np.ones((1, 40))])
    v_bl = np.vstack([np.zeros((40, 50)), np.eye(50), np.zeros((1, 50))])
    assert max(errors(Nodal().solve(xbar, v_wl, v_bl), SparseLu(xbar).solve(v_wl, v_bl, None))) < 1e-12
    assert not left_over


def test_useless_steps_do_no_harm(monkeypatch: pytest.MonkeyPatch, left_over: list[int]) -> None:
    xbar, v_wl, v_bl = hard_case(24, 0, reads=10)
    want = SparseLu(xbar).solve(v_wl, v_bl, None)
    for roots in ([1.0], [1e-3, 1.0], [1e-200, 1e-200, 1.0]):
        left_over.clear()
        monkeypatch.setattr(System, "_roots", lambda self, roots=roots: np.array(roots))
        assert max(errors(Nodal().solve(xbar, v_wl, v_bl), want)) < 1e-9
        assert left_over


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    xbar = Crossbar.from_resistances(rng.uniform(4e3, 10e3, (48, 56)))
    v_wl = rng.uniform(0, 0.3, (22, 48))
    found = []
    for threads in ("1", "3"):
        monkeypatch.setenv("SPICEMTJ_THREADS", threads)
        found.append(Nodal().solve(xbar, v_wl, np.zeros(56)))
    for name in ("v_wl", "v_bl", "i_wl", "i_bl"):
        np.testing.assert_array_equal(*(getattr(each, name) for each in found))


def test_roots_are_ritz_values_in_an_order_that_spreads_them() -> None:
    """The extreme ones agree with the operator's eigenvalues; each is as far from those before as any that is left."""
    rng = np.random.default_rng(8)
    m, n = 12, 10
    g = 1 / rng.uniform(4e3, 10e3, (m, n))
    system = System(Lines.of(Wires(r_wl=100.0, r_bl=80.0), np.zeros(m + n, dtype=bool), g > 0), g)
    columns = []
    for unit in np.eye(m * n).reshape(-1, m, n):
        out, scratch = np.empty((m, n)), (np.empty((n, 4)), np.empty(n), np.empty((m, n)), np.zeros((m, n)))
        krylov.apply(unit, out, g, g, system.word, system.bit, 100.0, 80.0, *scratch)
        columns.append(out.ravel())
    eigenvalues = np.sort(np.linalg.eigvals(np.transpose(columns)).real)
    roots = system._roots()
    assert roots[-1] == 1.0
    assert min(roots) == pytest.approx(eigenvalues[0], rel=1e-9, abs=0)
    assert max(roots[:-1]) == roots[0] <= eigenvalues[-1] * (1 + 1e-12)
    distances = [np.prod(np.abs(roots[k] - roots[:k])) for k in range(1, len(roots) - 1)]
    others = [[np.prod(np.abs(left - roots[:k])) for left in roots[k:-1]] for k in range(1, len(roots) - 1)]
    np.testing.assert_allclose(distances, [max(each) for each in others], rtol=1e-9)


def test_no_steps_no_roots() -> None:
    np.testing.assert_array_equal(lanes.roots(np.empty((2, 0))), [1.0])
    np.testing.assert_array_equal(lanes.roots(np.array([[np.inf, 1.0], [0.5, 0.5]])), [1.0])
