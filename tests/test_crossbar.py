"""The crossbar's own checks, its element conductances and its copies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.device.access import Access
from spicemtj.device.mtj import Mtj
from spicemtj.errors import InputError


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"m": 0}, "0 x 3"),
        ({"cell": "1S1R"}, "choose from 1R, 1T1R"),
        ({"cell": "1T1R", "gate_by": "rows"}, "did you mean 'row'"),
        ({"r_wl": -1.0}, "r_wl = -1"),
        ({"r_driver_bl": float("nan")}, "r_driver_bl = nan"),
        ({"states": np.zeros((2, 3))}, "states has a value of 0"),
        ({"states": np.full((2, 3), 257)}, "states has a value of 257"),
        ({"states": np.full((2, 3), 1.5)}, "states has a value of 1.5"),
        ({"states": np.ones((3, 2))}, r"states has shape \(3, 2\)"),
        ({"faults": np.full((2, 3), 3)}, "faults has a value of 3"),
        ({"resistances": np.full((2, 3), -5.0)}, "resistance must be 0 or more"),
        ({"resistances": np.full((2, 3), np.nan)}, "resistance must be 0 or more"),
        ({"variation": {"raa": 0.1}}, "unknown variation"),
        ({"device": "ref-pma-41"}, "did you mean 'ref-pma-40'"),
    ],
)
def test_a_mistake_is_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Crossbar(**({"m": 2, "n": 3} | options))


def test_from_resistances_takes_a_matrix_and_the_options() -> None:
    grid = np.array([[1e3, np.inf, 0.0], [2e3, 4e3, 5e3]])
    xbar = Crossbar.from_resistances(grid, r_wl=2.0, faults=[[0, 0, 0], [1, 2, 0]])
    assert xbar.shape == (2, 3)
    assert xbar.ohmic
    assert (xbar.r_wl, xbar.r_bl, xbar.r_driver_wl, xbar.r_driver_bl) == (2.0, 1.0, 50.0, 50.0)
    np.testing.assert_array_equal(xbar.element_conductance(), [[1e-3, 0, np.inf], [0, np.inf, 2e-4]])
    grid[0, 0] = 7.0
    assert xbar.element_conductance()[0, 0] == 1e-3
    with pytest.raises(InputError, match="give a matrix"):
        Crossbar.from_resistances([1e3, 2e3])


def test_element_conductance_is_that_of_each_device_at_its_own_voltage() -> None:
    states = np.array([[1, -1], [-1, 1]])
    xbar = Crossbar(2, 2, states=states, variation={"ra": 0.1, "tmr": 0.1}, seed=3, faults=[[0, 0], [1, 2]])
    v = np.array([[0.1, 0.5], [0.3, -0.2]])
    got = xbar.element_conductance(v)
    for i, j in ((0, 0), (0, 1)):
        device = xbar.cells[i, j]
        tmr = device.tmr0 / (1 + (v[i, j] / device.vh) ** 2)
        resistance = device.ra / device.area * (1 if states[i, j] > 0 else 1 + tmr)
        assert got[i, j] == pytest.approx(1 / resistance, rel=1e-13, abs=0)
    assert got[1, 0] == 0
    assert got[1, 1] == np.inf
    assert xbar.element_conductance(np.zeros((5, 2, 2))).shape == (5, 2, 2)
    assert Crossbar.from_resistances(np.ones((2, 2))).element_conductance(np.zeros((5, 1, 2))).shape == (5, 2, 2)


def test_gates_and_access() -> None:
    assert Crossbar(2, 3).gates == 0
    assert Crossbar(2, 3).access is None
    row = Crossbar(2, 3, cell="1T1R")
    assert row.gates == 2
    assert row.access == Access.preset("nmos-45")
    assert Crossbar(2, 3, cell="1T1R", gate_by="column").gates == 3


def test_with_states_shares_the_cells_and_leaves_the_first_alone() -> None:
    xbar = Crossbar(2, 2, device=Mtj.preset("ref-hir-20"), variation={"hk": 0.1}, seed=1)
    other = xbar.with_states([[-1, 1], [1, -1]])
    assert other.cells is xbar.cells
    np.testing.assert_array_equal(other.states, [[-1, 1], [1, -1]])
    np.testing.assert_array_equal(xbar.states, np.ones((2, 2)))
    with pytest.raises(InputError, match="states has a value of 0"):
        xbar.with_states(np.zeros((2, 2)))


def test_states_are_copied() -> None:
    states = np.ones((2, 2))
    xbar = Crossbar(2, 2, states=states)
    states[:] = -1
    np.testing.assert_array_equal(xbar.states, np.ones((2, 2)))


def test_variation_is_the_seeds() -> None:
    same, again, other = (Crossbar(4, 4, variation={"ra": 0.1}, seed=seed).cells.ra for seed in (5, 5, 6))
    np.testing.assert_array_equal(same, again)
    assert (same != other).all()
