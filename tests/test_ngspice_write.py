"""Writes in ngspice: cell voltages against static solutions, flips against the nodal engine's, probabilities against the exact law."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spicemtj import Crossbar, Write
from spicemtj.circuit.deck import write_deck
from spicemtj.circuit.schemes import Drive
from spicemtj.engines import ngspice_write
from spicemtj.engines.base import WriteResult
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.engines.nodal import Nodal
from spicemtj.errors import InputError
from spicemtj.randomness import cell_uniforms

pytestmark = pytest.mark.ngspice

NODAL = Nodal()
IDEAL = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}


@pytest.fixture
def engine(tmp_path: Path) -> NgspiceEngine:
    return NgspiceEngine(timeout=300, failed=tmp_path / "failed")


def array(size: int, seed: int, **options: object) -> Crossbar:
    return Crossbar(size, size, states=np.random.default_rng(seed).choice([-1, 1], (size, size)), **options)


def numbers(xbar: Crossbar, drive: Drive, seed: int) -> np.ndarray:
    return np.stack([cell_uniforms(seed, xbar.shape, pulse=k) for k in range(drive.pulses)])


def agree(xbar: Crossbar, drive: Drive, got: WriteResult, wanted: WriteResult, active: int) -> None:
    """What must hold for every write of one pulse with a voltage on cells in piece `active`."""
    applied = np.nanmax(np.abs([*drive.v_wl[active], *drive.v_bl[active]]))
    gate = None if drive.v_gate is None else drive.v_gate[active]
    after = NODAL.solve(xbar.with_states(got.states), drive.v_wl[active], drive.v_bl[active], gate)
    assert np.abs(got.v_cell - after.v_cell).max() < 1e-4 * applied
    assert np.abs(got.v_start - wanted.v_start).max() < 1e-6 * applied
    np.testing.assert_allclose(got.p_flip, wanted.p_flip, rtol=1e-5, atol=1e-12)
    np.testing.assert_array_equal(got.flipped, wanted.flipped)
    np.testing.assert_array_equal(got.states, wanted.states)
    np.testing.assert_array_equal(got.states, np.where(got.flipped, -xbar.states, xbar.states))
    assert got.energy == pytest.approx(wanted.energy, rel=0.02)  # the ramps, which the nodal engine has not
    assert got.seconds == wanted.seconds


@pytest.mark.parametrize("scheme", ["V/2", "V/3", "grounded", "floating"])
@pytest.mark.parametrize("volts", [0.5, -0.7])
def test_a_16_x_16_write_with_wires(engine: NgspiceEngine, scheme: str, volts: float) -> None:
    """Voltages before the falling edge within 1e-4 of `solve` in the states after the write; flips as in nodal."""
    xbar = array(16, seed=1)
    xbar.states[9, 4] = 1 if volts > 0 else -1
    drive = Write(scheme, row=9, col=4, volts=volts, seconds=5e-9).drive(xbar)
    flips = 0
    for seed in range(2):
        u = numbers(xbar, drive, seed)
        got, wanted = engine.write(xbar, drive, u), NODAL.write(xbar, drive, u)
        agree(xbar, drive, got, wanted, active=0)
        flips += got.flipped.sum()
    assert flips > 0


@pytest.mark.parametrize("volts", [0.6, -0.9])
@pytest.mark.parametrize("gate_by", ["row", "column"])
def test_a_gate_controlled_8_x_8_write(engine: NgspiceEngine, volts: float, gate_by: str) -> None:
    xbar = array(8, seed=2, cell="1T1R", gate_by=gate_by)
    xbar.states[5, 3] = 1 if volts > 0 else -1
    drive = Write("gate", row=5, col=3, volts=volts, seconds=5e-9).drive(xbar)
    flips = 0
    for seed in range(3):
        u = numbers(xbar, drive, seed)
        got = engine.write(xbar, drive, u)
        agree(xbar, drive, got, NODAL.write(xbar, drive, u), active=1)
        flips += got.flipped.sum()
    assert flips > 0


def test_variation_faults_and_floating_lines(engine: NgspiceEngine) -> None:
    faults = np.zeros((6, 6), dtype=int)
    faults[0, 1], faults[2, 2] = 1, 2
    xbar = array(6, seed=3, variation={"ra": 0.1, "tmr": 0.1, "hk": 0.05}, faults=faults)
    drive = Write("floating", row=2, col=4, volts=0.6, seconds=5e-9).drive(xbar)
    u = numbers(xbar, drive, 1)
    got, wanted = engine.write(xbar, drive, u), NODAL.write(xbar, drive, u)
    agree(xbar, drive, got, wanted, active=0)
    assert not got.flipped[faults != 0].any()


def test_ohmic_cells_never_flip(engine: NgspiceEngine) -> None:
    xbar = Crossbar.from_resistances(np.full((3, 3), 5e3))
    drive = Write("V/2", row=0, col=0, volts=0.9, seconds=5e-9).drive(xbar)
    got = engine.write(xbar, drive, numbers(xbar, drive, 1))
    assert not got.flipped.any()
    assert not got.p_flip.any()
    assert got.energy == pytest.approx(NODAL.write(xbar, drive, numbers(xbar, drive, 1)).energy, rel=0.01)


def test_pulses_follow_one_another_with_the_states_read_back(engine: NgspiceEngine) -> None:
    """Pulse by pulse, the same as single writes that hand on their states."""
    xbar = array(5, seed=4)
    edges = np.array([0.0, 4e-9, 5e-9, 9e-9])
    v_wl = np.zeros((3, 5))
    v_wl[0, 2], v_wl[2, 2] = 0.6, -0.8
    drive = Drive(edges, v_wl, np.zeros((3, 5)), pulse=np.array([0, 0, 1]))
    u = numbers(xbar, drive, 2)
    got, states = engine.write(xbar, drive, u), np.asarray(xbar.states)
    assert got.flipped.shape == (2, 5, 5)
    assert got.flipped.any(axis=(1, 2)).all()
    for k in range(2):
        one = engine.write(xbar.with_states(states), drive.part(k), u[k])
        np.testing.assert_array_equal(got.flipped[k], one.flipped)
        np.testing.assert_allclose(got.v_cell[k], one.v_cell, atol=1e-12)
        states = one.states
    np.testing.assert_array_equal(got.states, states)


def test_a_cell_that_was_not_expected_to_switch_is_found(engine: NgspiceEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no cell chosen beforehand, the check after the run must bring every one that switches into a second run."""
    xbar = array(6, seed=5)
    drive = Write("grounded", row=1, col=1, volts=0.6, seconds=5e-9).drive(xbar)
    u = numbers(xbar, drive, 3)
    wanted = engine.write(xbar, drive, u)
    assert wanted.flipped.any()
    monkeypatch.setattr(ngspice_write, "MARGIN", 0.0)
    runs = []
    simulate = engine.simulate
    monkeypatch.setattr(engine, "simulate", lambda deck, check=None: runs.append(deck) or simulate(deck, check))
    got = engine.write(xbar, drive, u)
    np.testing.assert_array_equal(got.flipped, wanted.flipped)
    np.testing.assert_allclose(got.v_cell, wanted.v_cell, atol=1e-9)
    assert [any(node for node in deck.names.progress) for deck in runs] == [False, False, True]


def test_few_cells_carry_an_integrator_and_the_front_door_deck_gives_the_same_flips(engine: NgspiceEngine) -> None:
    xbar = array(8, seed=6)
    drive = Write("V/2", row=3, col=3, volts=0.6, seconds=5e-9).drive(xbar)
    u = numbers(xbar, drive, 4)
    everywhere = write_deck(xbar, drive, u)
    waves = engine.simulate(everywhere)
    flipped = {k for k, node in enumerate(everywhere.names.progress) if node and waves[f"v({node})"][-1] >= 1}
    assert len([node for node in everywhere.names.progress if node]) > 20
    assert flipped == set(np.flatnonzero(engine.write(xbar, drive, u).flipped).tolist())


def test_random_drives_on_random_arrays(engine: NgspiceEngine) -> None:
    """Several pieces and pulses, floating lines, faults, ideal wires, both cells: as in nodal, but where P and u nearly meet."""
    rng, flips, compared = np.random.default_rng(8), 0, 0
    for _ in range(28):
        (m, n), cell, pieces = rng.integers(1, 5, 2), str(rng.choice(["1R", "1T1R"])), int(rng.integers(1, 4))
        wires = {name: float(rng.choice([0.0, 1.0 if "driver" not in name else 50.0])) for name in IDEAL}
        states, faults = rng.choice([-1, 1], (m, n)), rng.choice([0, 1, 2], (m, n), p=[0.9, 0.06, 0.04])
        xbar = Crossbar(m, n, cell=cell, states=states, faults=faults, **wires)
        low = -0.7 if cell == "1R" else 0.0
        v_wl, v_bl = rng.uniform(low, 0.7, (pieces, m)), rng.uniform(low, 0.7, (pieces, n))
        v_wl[:, rng.random(m) < 0.2], v_bl[:, rng.random(n) < 0.2] = np.nan, np.nan
        v_gate = rng.choice([0.0, 1.4], (pieces, xbar.gates)) if cell == "1T1R" else None
        edges = np.cumsum([0.0, *rng.uniform(1e-9, 3e-9, pieces)])
        drive = Drive(edges, v_wl, v_bl, v_gate, pulse=np.cumsum([0, *rng.integers(0, 2, pieces - 1)]))
        u = rng.random((drive.pulses, m, n))
        try:
            wanted = NODAL.write(xbar, drive, u)
        except InputError:  # drivers of different voltages joined by shorts
            continue
        if (np.abs(wanted.p_flip.reshape(u.shape) - u) < 0.01).any():
            continue
        got = engine.write(xbar, drive, u)
        np.testing.assert_array_equal(got.flipped, wanted.flipped)
        np.testing.assert_allclose(got.v_cell, wanted.v_cell, atol=1e-4)  # nan at the same places
        np.testing.assert_allclose(got.v_start, wanted.v_start, atol=1e-6)
        np.testing.assert_allclose(got.p_flip, wanted.p_flip, rtol=1e-3, atol=1e-9)
        flips, compared = flips + got.flipped.sum(), compared + 1
    assert compared > 10
    assert flips > 10


def test_a_flip_that_takes_its_own_voltage_away_is_ended(engine: NgspiceEngine) -> None:
    """Behind 30 kohm a cell keeps 0.6 of its voltage when it turns parallel: a rate a thousand times lower, had it to go on by that."""
    xbar = Crossbar(1, 1, states=[[-1]], r_driver_wl=3e4)
    drive = Drive(np.array([0.0, 40e-9]), [[-1.4]], [[0.0]])
    got = engine.write(xbar, drive, np.full((1, 1), 0.5))
    assert got.flipped.all()
    after = NODAL.solve(xbar.with_states([[1]]), [-1.4], [0.0])
    before, behind = xbar.cells.switching_time(0.5, np.array([got.v_start[0, 0], after.v_cell[0, 0]]), -1)
    assert behind > 1000 * before
    np.testing.assert_allclose(got.v_cell, after.v_cell, rtol=1e-6)


def test_uniforms_of_another_shape_are_refused(engine: NgspiceEngine) -> None:
    xbar = Crossbar(2, 2)
    drive = Write("V/2", row=0, col=0, volts=0.5, seconds=5e-9).drive(xbar)
    with pytest.raises(InputError, match="uniforms have shape"):
        engine.write(xbar, drive, np.full((2, 2, 2), 0.5))


def flips_of_many(engine: NgspiceEngine, shape: tuple[int, int], volts: float, seconds: float, seed: int) -> tuple[int, float]:
    """One pulse on m x n independent cells (no resistance anywhere else): how many flipped, and the law's probability.

    Cell by cell, a flip must also be where the cell's random number says so, but for a band of 0.01 in P.
    """
    state = 1 if volts > 0 else -1
    xbar = Crossbar(*shape, states=np.full(shape, state), **IDEAL)
    drive = Drive(np.array([0.0, seconds]), np.full((1, shape[0]), volts), np.zeros((1, shape[1])))
    u = cell_uniforms(seed, shape)
    flipped = engine.write(xbar, drive, u).flipped
    p = float(xbar.cells.switching_probability(volts, seconds, state))
    surely = np.abs(u - p) > 0.01
    np.testing.assert_array_equal(flipped[surely], (u < p)[surely])
    return int(flipped.sum()), p


def within_three_sigma(count: int, trials: int, p: float) -> bool:
    return abs(count - trials * p) <= 3 * np.sqrt(trials * p * (1 - p))


@pytest.mark.parametrize(("volts", "seconds"), [(0.6, 2e-9), (-0.8, 2e-9)])
def test_200_pulses_switch_with_the_probability_of_the_law(engine: NgspiceEngine, volts: float, seconds: float) -> None:
    count, p = flips_of_many(engine, (10, 20), volts, seconds, seed=11)
    assert 0.1 < p < 0.9
    assert within_three_sigma(count, 200, p)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("volts", "seconds"),
    [(v, t) for t, three in ((2e-9, (0.5, 0.6, 0.75)), (20e-9, (0.22, 0.25, 0.28))) for v in three]
    + [(-0.8, 2e-9), (-0.4, 20e-9)],
)
def test_2000_pulses_switch_with_the_probability_of_the_law(engine: NgspiceEngine, volts: float, seconds: float) -> None:
    """Three voltages and two widths, precessional and thermal, and both polarities; 3 sigma, seeds fixed."""
    count, p = flips_of_many(engine, (40, 50), volts, seconds, seed=12)
    assert 0.02 < p < 0.98
    assert within_three_sigma(count, 2000, p)
