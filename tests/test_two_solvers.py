"""ngspice against the nodal engine and against hand solutions: selectors, drivers at both ends, and sizes up to 64 x 64."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.circuit.deck import operating_point_deck
from spicemtj.circuit.schemes import Drive, Write
from spicemtj.device.selector import Selector
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.engines.nodal import Nodal
from spicemtj.randomness import cell_uniforms

pytestmark = pytest.mark.ngspice

NODAL = Nodal()
FIELDS = ("v_wl", "v_bl", "v_cell", "v_access", "i_cell", "i_wl", "i_bl")


@pytest.fixture
def engine(tmp_path: Path) -> NgspiceEngine:
    return NgspiceEngine(failed=tmp_path / "failed")


@pytest.mark.parametrize("volts", [0.05, 0.3, 1.0, 1.6, -0.8])
@pytest.mark.parametrize("name", ["ref-sinh", "five points"])
def test_one_selector_in_series_by_hand(engine: NgspiceEngine, volts: float, name: str) -> None:
    """MTJ, selector and two drivers a line in series, by bisection: 1e-6 in the MTJ's voltage and in the current."""
    five = Selector([-0.5, -0.2, 0.0, 0.3, 0.6], [-1e-4, -1e-6, 0.0, 2e-6, 8e-5])
    selector = Selector.preset(name) if name == "ref-sinh" else five
    xbar = Crossbar(1, 1, cell="1S1R", states=[[-1]], selector=selector, r_far_wl=20.0, r_far_bl=30.0)
    r_lines = 1 / (1 / 51 + 1 / 21) + 1 / (1 / 51 + 1 / 31)

    def current(v_mtj: float) -> float:
        return float(xbar.cells.conductance(-1, v_mtj)) * v_mtj

    def excess(v_mtj: float) -> float:
        return float(selector.current(volts - current(v_mtj) * r_lines - v_mtj)) - current(v_mtj)

    v_mtj = brentq(excess, min(0.0, volts), max(0.0, volts), xtol=1e-14)
    got = engine.solve(xbar, [volts], [0.0])
    assert got.v_cell[0, 0] == pytest.approx(v_mtj, rel=1e-6, abs=0)
    assert got.i_wl[0] == pytest.approx(current(v_mtj), rel=1e-6, abs=0)
    assert got.i_bl[0] == pytest.approx(current(v_mtj), rel=1e-6, abs=0)
    assert got.v_access[0, 0] == pytest.approx(volts - current(v_mtj) * r_lines - v_mtj, rel=1e-6, abs=0)


def test_the_selector_is_one_subcircuit_with_the_points_that_can_be_reached() -> None:
    xbar = Crossbar(2, 2, cell="1S1R", faults=[[1, 0], [0, 0]])
    text = operating_point_deck(xbar, [0.1, 0.1], [0.0, 0.0]).text()
    assert text.count("pwl(v(p,n),") == 1
    cards = [line.split() for line in text.splitlines() if line.startswith("xs_")]
    assert cards == [[f"xs_{c}", f"c_{c}", f"b_{c}", "selector"] for c in ("0_1", "1_0", "1_1")]
    points = text[text.index("pwl(v(p,n),") :].split(")")[1].count(",") // 2
    assert 3 <= points <= 24
    assert len(xbar.selector.v) == 161  # type: ignore[union-attr]


def test_a_second_driver_halves_the_way(engine: NgspiceEngine) -> None:
    """One word line of three cells, both ends alike: symmetric, and at its middle what half the line gives by hand."""
    xbar = Crossbar.from_resistances(
        np.full((1, 3), 1e3), r_wl=10.0, r_bl=0.0, r_driver_wl=50.0, r_driver_bl=0.0, r_far_wl=50.0
    )
    got = engine.solve(xbar, [1.0], [0.0, 0.0, 0.0])
    # half: 60 ohm, 1 kohm to ground, 10 ohm, 2 kohm (half of the middle cell) to ground
    behind = 1 / (1 / 1e3 + 1 / 2010)
    first = behind / (behind + 60)
    np.testing.assert_allclose(got.v_wl[0], [first, first * 2000 / 2010, first], rtol=1e-9)
    assert got.i_wl[0] == pytest.approx(2 * (1 - first) / 60, rel=1e-9, abs=0)
    deck = operating_point_deck(xbar, [1.0], [0.0, 0.0, 0.0]).text()
    assert "rfwl_0 dwl_0 w_0_2 60.0\n" in deck
    assert "rfbl" not in deck


def both(kind: str, size: int, seed: int = 3) -> Crossbar:
    rng = np.random.default_rng(seed)
    options: dict[str, Any] = {"states": rng.choice([-1, 1], (size, size))}
    if kind == "ohmic":
        return Crossbar.from_resistances(rng.uniform(2e3, 2e4, (size, size)), r_far_bl=50.0)
    if kind == "1R, varied, both ends":
        options |= {"r_far_wl": 50.0, "r_far_bl": 50.0, "variation": {"ra": 0.1, "tmr": 0.1}}
    elif kind == "1R, faults":
        options |= {"faults": rng.choice(5, (size, size), p=[0.9, 0.03, 0.01, 0.03, 0.03])}
    else:
        options |= {"cell": kind}
    return Crossbar(size, size, **options)


KINDS = {"ohmic": 1e-9, "1R, varied, both ends": 1e-6, "1R, faults": 1e-6, "1S1R": 1e-6, "1T1R": 1e-3}


def reads_agree(engine: NgspiceEngine, kind: str, size: int) -> None:
    """Random lines, two of them floating: every field relative to its largest value."""
    xbar, rng = both(kind, size), np.random.default_rng(size)
    v_wl, v_bl = rng.uniform(0.0, 0.4, size), rng.uniform(0.0, 0.1, size)
    v_wl[0], v_bl[-1] = np.nan, np.nan
    got, wanted = engine.solve(xbar, v_wl, v_bl), NODAL.solve(xbar, v_wl, v_bl)
    for name in FIELDS:
        a, b = getattr(got, name), getattr(wanted, name)
        np.testing.assert_allclose(a, b, rtol=0, atol=KINDS[kind] * np.nanmax(np.abs(b), initial=1e-30), err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_reads_of_12_x_12(engine: NgspiceEngine, kind: str) -> None:
    reads_agree(engine, kind, 12)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_reads_of_64_x_64(engine: NgspiceEngine, kind: str) -> None:
    reads_agree(engine, kind, 64)


def write_agrees(engine: NgspiceEngine, kind: str, size: int) -> None:
    """V/2 (or gated) on the middle cell: the same flips but where P and number nearly meet, voltages before any flip, energy."""
    xbar = both(kind, size)
    at = size // 2
    xbar.states[at, at] = 1
    xbar.faults[at, at] = 0
    volts = {"1S1R": 1.5, "1T1R": 0.9}.get(kind, 0.8)
    drive = Write("gate" if kind == "1T1R" else "V/2", at, at, volts, 5e-9).drive(xbar)
    u = cell_uniforms(size, xbar.shape)[None]
    u[0, at, at] = 1e-9
    wanted, got = NODAL.write(xbar, drive, u), engine.write(xbar, drive, u)
    accuracy = KINDS[kind] * volts
    np.testing.assert_allclose(got.v_start, wanted.v_start, rtol=0, atol=accuracy)
    surely = np.abs(wanted.p_flip - u[0]) > 0.01
    np.testing.assert_array_equal(got.flipped[surely], wanted.flipped[surely])
    assert got.energy == pytest.approx(wanted.energy, rel=0.01, abs=0)
    np.testing.assert_allclose(got.energy_cell, wanted.energy_cell, rtol=0, atol=0.01 * wanted.energy)
    if (got.flipped == wanted.flipped).all():
        np.testing.assert_allclose(got.v_cell, wanted.v_cell, rtol=0, atol=max(accuracy, 1e-4 * volts))


SWITCHING = [kind for kind in KINDS if kind != "ohmic"]


@pytest.mark.parametrize("kind", SWITCHING)
def test_writes_of_10_x_10(engine: NgspiceEngine, kind: str) -> None:
    write_agrees(engine, kind, 10)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "size"), [*((kind, 32) for kind in SWITCHING), ("1R, varied, both ends", 64), ("1S1R", 64)])
def test_writes_up_to_64_x_64(engine: NgspiceEngine, kind: str, size: int) -> None:
    write_agrees(engine, kind, size)


def test_a_floating_line_floats_at_both_ends(engine: NgspiceEngine) -> None:
    xbar = both("1R, varied, both ends", 4)
    drive = Drive(np.array([0.0, 2e-9]), np.array([[0.4, np.nan, 0.1, 0.0]]), np.zeros((1, 4)))
    got = engine.write(xbar, drive, np.full((1, 4, 4), 0.5))
    sol = NODAL.solve(xbar, drive.v_wl[0], drive.v_bl[0])
    assert sol.i_wl[1] == 0
    assert got.energy_wl[1] == 0
    np.testing.assert_allclose(got.v_start, sol.v_cell, rtol=0, atol=1e-9)
    np.testing.assert_allclose(got.energy_wl, sol.p_wl(drive.v_wl[0]) * 2e-9, rtol=0.01, atol=1e-20)
