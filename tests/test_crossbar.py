"""The crossbar's own checks, its element conductances and its copies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import spicemtj as sm
from spicemtj.circuit.crossbar import Crossbar
from spicemtj.circuit.faults import OPEN, SHORT, SOUND, STUCK_ANTIPARALLEL, STUCK_PARALLEL, random_faults
from spicemtj.device.access import Access
from spicemtj.device.mtj import Mtj
from spicemtj.errors import InputError


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"m": 0}, "0 x 3"),
        ({"cell": "2T1R"}, "choose from 1R, 1S1R, 1T1R"),
        ({"cell": "1S1R", "selector": 3}, "selector = 3: give a Selector"),
        ({"r_far_wl": -2.0}, "r_far_wl = -2.0 ohm"),
        ({"c_wire": -1e-17}, "c_wire = -1e-17 F"),
        ({"c_drain": float("inf")}, "c_drain = inf F"),
        ({"cell": "1T1R", "gate_by": "rows"}, "did you mean 'row'"),
        ({"r_wl": -1.0}, "r_wl = -1"),
        ({"r_driver_bl": float("nan")}, "r_driver_bl = nan"),
        ({"states": np.zeros((2, 3))}, "states has a value of 0"),
        ({"states": np.full((2, 3), 257)}, "states has a value of 257"),
        ({"states": np.full((2, 3), 1.5)}, "states has a value of 1.5"),
        ({"states": np.ones((3, 2))}, r"states has shape \(3, 2\)"),
        ({"faults": np.full((2, 3), 5)}, r"faults has a value of 5; choose from .* 4 \(stuck antiparallel\)"),
        ({"faults": np.full((2, 3), 3), "resistances": np.ones((2, 3))}, "an ohmic cell has no state to be stuck in"),
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


def test_variation_of_zero_leaves_one_device() -> None:
    assert Crossbar(2, 2, variation={"ra": 0.0}).cells.shape == ()


def test_stuck_cells_stand_in_their_states_and_conduct_so() -> None:
    faults = [[STUCK_PARALLEL, STUCK_ANTIPARALLEL], [SOUND, OPEN]]
    xbar = Crossbar(2, 2, states=[[-1, 1], [-1, 1]], faults=faults)
    np.testing.assert_array_equal(xbar.states, [[1, -1], [-1, 1]])
    np.testing.assert_array_equal(xbar.with_states(-np.ones((2, 2))).states, [[1, -1], [-1, -1]])
    g = xbar.device.conductance([[1, -1], [-1, 1]], 0.2)  # type: ignore[union-attr]
    g[1, 1] = 0
    np.testing.assert_array_equal(xbar.element_conductance(0.2), g)
    np.testing.assert_array_equal(xbar.element_conductance(0.2, states=-np.asarray(xbar.states))[0], g[0])


def test_no_write_moves_a_stuck_cell() -> None:
    """Every cell is written by twice the critical voltage for 100 ns, both ways: sound ones go, stuck ones stay."""
    faults = np.full((2, 2), SOUND)
    faults[0, 0], faults[1, 1] = STUCK_PARALLEL, STUCK_ANTIPARALLEL
    xbar = Crossbar(2, 2, faults=faults, r_driver_wl=0.0, r_driver_bl=0.0)
    for volts, state in ((0.8, -1), (-0.9, 1)):
        xbar = xbar.with_states(np.full((2, 2), -state))
        lines = np.full((1, 2), volts)
        res = sm.write(xbar, sm.Drive(np.array([0.0, 1e-7]), lines, np.zeros((1, 2))), seed=1)
        np.testing.assert_array_equal(res.states, [[1, state], [state, -1]])
        np.testing.assert_array_equal(res.flipped, [[False, True], [True, False]])
        assert res.p_flip[0, 0] == res.p_flip[1, 1] == 0
        assert res.p_flip[0, 1] > 0.999


def test_random_faults_come_in_the_asked_shares() -> None:
    """40,000 cells: each kind within 5 standard errors of its share; the same for the same seed."""
    faults = random_faults((200, 200), open=0.02, short=0.01, stuck=0.06, seed=3)
    for kind, share in ((OPEN, 0.02), (SHORT, 0.01), (STUCK_PARALLEL, 0.03), (STUCK_ANTIPARALLEL, 0.03), (SOUND, 0.91)):
        assert abs((faults == kind).mean() - share) < 5 * np.sqrt(share * (1 - share)) / 200
    np.testing.assert_array_equal(faults, random_faults((200, 200), open=0.02, short=0.01, stuck=0.06, seed=3))
    assert (faults != random_faults((200, 200), open=0.02, short=0.01, stuck=0.06, seed=4)).any()
    assert not random_faults((50, 50)).any()
    np.testing.assert_array_equal(np.unique(random_faults((50, 50), stuck=1.0)), [STUCK_PARALLEL, STUCK_ANTIPARALLEL])
    np.testing.assert_array_equal(Crossbar(200, 200, faults=faults).faults, faults)


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ({"open": -0.1}, "faults.open = -0.1"),
        ({"stuck": float("nan")}, "faults.stuck = nan"),
        ({"open": 0.5, "short": 0.6}, "make 1.1 of the cells"),
        ({"seed": -1}, "seed -1"),
    ],
)
def test_shares_of_faults_are_checked(rates: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        random_faults((2, 2), **rates)
