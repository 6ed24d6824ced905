"""Energy of reads and writes, line by line and cell by cell: what the drivers give is what the elements take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.circuit.schemes import Drive, Write
from spicemtj.engines.base import WriteResult
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.engines.nodal import Nodal
from spicemtj.engines.power import wire_power
from spicemtj.randomness import cell_uniforms

NODAL = Nodal()
NAN = np.nan
ARRAYS: dict[str, dict[str, Any]] = {
    "1R": {},
    "1T1R": {"cell": "1T1R"},
    "1S1R": {"cell": "1S1R"},
    "both ends": {"r_far_wl": 30.0, "r_far_bl": 80.0},
    "faults": {"faults": np.array([[1, 2, 0, 0], [0, 0, 3, 0], [0, 4, 0, 1], [0, 0, 2, 0], [0, 0, 0, 0]])},
    "gated faults": {"cell": "1T1R", "faults": np.array([[1, 2, 0, 0], [0, 0, 0, 0], [0, 2, 0, 1], [0] * 4, [0] * 4])},
    "selected faults": {"cell": "1S1R", "faults": np.array([[1, 2, 0, 0], [0, 0, 0, 0], [0, 2, 0, 1], [0] * 4, [0] * 4])},
}


def array(kind: str) -> Crossbar:
    states = np.random.default_rng(1).choice([-1, 1], (5, 4))
    states[2, 2] = 1  # the cell that a pulse writes
    return Crossbar(5, 4, states=states, **({"r_wl": 3.0, "r_bl": 5.0} | ARRAYS[kind]))


def pulse(xbar: Crossbar) -> Drive:
    scheme = "gate" if xbar.cell == "1T1R" else "V/2"
    return Write(scheme, 2, 2, 1.0 if xbar.cell != "1R" else 0.7, 5e-9).drive(xbar)


def balanced(result: WriteResult, rel: float) -> None:
    """The lines' shares make up what was given, and the parts what was taken."""
    assert result.energy > 0
    assert result.energy_wl.sum() + result.energy_bl.sum() == pytest.approx(result.energy, rel=1e-12, abs=0)
    assert result.energy_cell.sum() + result.energy_wires == pytest.approx(result.energy, rel=rel, abs=0)


@pytest.mark.parametrize("kind", ARRAYS)
def test_a_read_gives_what_cells_and_wires_take(kind: str) -> None:
    """A batch of three reads with a floating line; all of it against i^2 r of every single element."""
    xbar, rng = array(kind), np.random.default_rng(2)
    v_wl, v_bl = rng.uniform(0.1, 0.8, (3, 5)), rng.uniform(0.0, 0.2, (3, 4))
    v_wl[:, 1] = NAN
    sol = NODAL.solve(xbar, v_wl, v_bl)
    given = sol.p_wl(v_wl).sum(axis=1) + sol.p_bl(v_bl).sum(axis=1)
    np.testing.assert_array_equal(sol.p_wl(v_wl)[:, 1], 0)
    wires = wire_power(xbar, v_wl, v_bl, sol.v_wl, sol.v_bl)
    np.testing.assert_allclose(sol.p_cell.sum(axis=(1, 2)) + wires, given, rtol=1e-9)
    np.testing.assert_allclose(sol.energy(v_wl, v_bl, 20e-9), given * 20e-9, rtol=1e-14)
    inside = np.where(np.isnan(sol.v_cell), 0.0, sol.v_cell + sol.v_access) * sol.i_cell
    np.testing.assert_allclose(sol.p_cell, inside, rtol=1e-9, atol=1e-15 * given.max())


def test_power_of_single_elements_by_hand() -> None:
    """One cell of 900 ohm between drivers of 40 and 60 ohm: 1 mA."""
    xbar = Crossbar.from_resistances([[900.0]], r_wl=0.0, r_bl=0.0, r_driver_wl=40.0, r_driver_bl=60.0)
    sol = NODAL.solve(xbar, [1.2], [0.2])
    assert sol.p_wl([1.2])[0] == pytest.approx(1.2e-3, rel=1e-12, abs=0)
    assert sol.p_bl([0.2])[0] == pytest.approx(-0.2e-3, rel=1e-12, abs=0)
    assert sol.p_cell[0, 0] == pytest.approx(0.9e-3, rel=1e-12, abs=0)
    wires = wire_power(xbar, np.array([1.2]), np.array([0.2]), sol.v_wl, sol.v_bl)
    assert wires == pytest.approx(0.1e-3, rel=1e-12, abs=0)


@pytest.mark.parametrize("kind", ARRAYS)
def test_a_quasi_static_write_is_balanced(kind: str) -> None:
    xbar = array(kind)
    drive = pulse(xbar)
    result = NODAL.write(xbar, drive, cell_uniforms(1, xbar.shape)[None])
    balanced(result, 1e-9)
    np.testing.assert_array_equal(result.energy_cell[np.asarray(xbar.faults) == 1], 0)
    if xbar.cell == "1R":
        np.testing.assert_array_equal(result.energy_cell[np.asarray(xbar.faults) == 2], 0)


def test_pulses_add_up() -> None:
    xbar = array("1R")
    lines = np.array([[0.5] * 5, [0.0] * 5, [-0.4] * 5])
    drive = Drive(np.array([0, 3e-9, 4e-9, 6e-9]), lines, np.zeros((3, 4)), pulse=[0, 0, 1])
    u = np.full((2, 5, 4), 1 - 1e-15)
    whole = NODAL.write(xbar, drive, u)
    parts = [NODAL.write(xbar, drive.part(k), u[k]) for k in range(2)]
    for name in ("energy", "energy_wl", "energy_bl", "energy_cell", "energy_wires"):
        total = np.sum([getattr(part, name) for part in parts], axis=0)
        np.testing.assert_allclose(getattr(whole, name), total, rtol=1e-12)


@pytest.mark.ngspice
@pytest.mark.parametrize("kind", ARRAYS)
def test_the_circuits_supplies_give_what_its_elements_take(kind: str, tmp_path: Path) -> None:
    """Supply power integrated, against drivers, wires, cells and transistors: 1e-6. Part by part within 1 % of the nodal engine's."""
    xbar = array(kind)
    drive, u = pulse(xbar), cell_uniforms(3, xbar.shape)[None]
    u[0, 2, 2] = 1e-3
    got = NgspiceEngine(failed=tmp_path).write(xbar, drive, u)
    balanced(got, 1e-6)
    wanted = NODAL.write(xbar, drive, u)
    np.testing.assert_array_equal(got.flipped, wanted.flipped)
    assert got.flipped[2, 2]
    assert got.energy == pytest.approx(wanted.energy, rel=0.01, abs=0)
    for name in ("energy_wl", "energy_bl", "energy_cell", "energy_wires"):
        np.testing.assert_allclose(getattr(got, name), getattr(wanted, name), rtol=0, atol=0.01 * wanted.energy)


@pytest.mark.ngspice
def test_capacitances_give_back_what_they_took(tmp_path: Path) -> None:
    """An RC line charged and discharged: C V^2 from the supply, all of it heat in the end; ohmic, 8 settling times a pulse."""
    xbar = Crossbar.from_resistances(np.full((1, 2), np.inf), r_wl=100.0, r_driver_wl=900.0, r_bl=1.0, c_wire=5e-14)
    drive = Drive(np.array([0.0, 1.5e-9, 3e-9]), np.array([[0.8], [0.0]]), np.zeros((2, 2)), rise=1e-12)
    got = NgspiceEngine(failed=tmp_path).write(xbar, drive, np.full((1, 1, 2), 0.5))
    assert got.energy == pytest.approx(2 * 5e-14 * 0.8**2, rel=0.01, abs=0)
    assert got.energy_wires == pytest.approx(got.energy, rel=0.01, abs=0)
    assert not got.energy_cell.any()
