"""Broken cells of an array in training: they never flip, in any engine, and reads show what they are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.circuit.faults import OPEN, SHORT, STUCK_ANTIPARALLEL, STUCK_PARALLEL, held, random_faults
from spicemtj.errors import InputError
from spicemtj.surrogate.model import Surrogate
from spicemtj.training.backends import ArraySpec, Streams, make
from spicemtj.training.encoding import ANTIPARALLEL, PARALLEL, Encoder
from spicemtj.training.kernels import ideal_pulse
from spicemtj.training.layout import Layout
from spicemtj.training.settings import DeviceSettings, PulseSettings

LAYOUT = Layout(11, 3, 4, 6)
PRESETS = {"1T1R": "ref-pma-40", "1R": "ref-hir-20"}


def spec(cell="1T1R", faults=None, wires=None, scheme="auto", coding="coincidence"):
    nominal = Crossbar(1, 1, PRESETS[cell], cell, **(wires or {}))
    pulse = PulseSettings(seconds=2e-8, probability=0.9, scheme=scheme, coding=coding)
    faults = random_faults(LAYOUT.shape, stuck=0.3, seed=7) if faults is None else faults
    states = np.random.default_rng(3).choice(np.array([-1, 1], dtype=np.int8), LAYOUT.shape)
    encoder = Encoder.calibrated(nominal, pulse)
    return ArraySpec(LAYOUT, nominal, nominal.device, encoder, 0.1, 1.0, Streams.of(5, 0, 0), held(states, faults), faults)


def engine_of(name, cell):
    from spicemtj.engines import get

    return {"surrogate": lambda: Surrogate.shipped(PRESETS[cell], cell), "ideal": lambda: "ideal"}.get(
        name, lambda: get(name)
    )()


@pytest.mark.parametrize("name", ["ideal", "surrogate", "nodal", pytest.param("ngspice", marks=pytest.mark.ngspice)])
@pytest.mark.parametrize(("cell", "scheme"), [("1T1R", "gate"), ("1R", "V/2")])
def test_a_stuck_cell_never_flips_and_its_neighbours_do(name, cell, scheme):
    """Pulses of P = 0.9 on all lines, one way and back: most sound cells have moved, no stuck one has."""
    made = spec(cell, scheme=scheme)
    array = make(engine_of(name, cell), made)
    stuck, moved = made.stuck, np.zeros(LAYOUT.shape, dtype=bool)
    assert 20 < stuck.sum() < stuck.size / 2
    np.testing.assert_array_equal(array.states[made.faults == STUCK_PARALLEL], 1)
    np.testing.assert_array_equal(array.states[made.faults == STUCK_ANTIPARALLEL], -1)
    rows, cols, start = np.arange(LAYOUT.rows), np.arange(LAYOUT.cols), array.states.copy()
    for number in range(2 if name == "ngspice" else 8):
        towards = PARALLEL if number % 2 else ANTIPARALLEL
        flipped, _, p = array.observed(rows, cols, towards, number)
        assert not stuck.ravel()[flipped].any()
        assert np.nan_to_num(p, nan=0.0)[stuck].max() == 0.0
        moved |= array.states != start
    assert not moved[stuck].any()
    assert moved[~stuck].mean() > (0.7 if name == "ngspice" else 0.9)


def test_every_engine_flips_the_same_cells():
    """Without wires, with the same numbers; and pulses that are not observed do what the observed ones do."""
    none = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}
    for coding in ("coincidence", "time-voltage"):
        made = spec(wires=none, coding=coding)
        arrays = [make(engine_of(name, "1T1R"), made) for name in ("ideal", "nodal", "ideal")]
        rows, cols = np.arange(0, 12, 2), np.arange(0, 12, 3)
        shares = np.isin(np.arange(12), rows) * 1.0, np.isin(np.arange(12), cols) * 1.0
        for number in range(6):
            towards = PARALLEL if number % 2 else ANTIPARALLEL
            more = (made.encoder.grades(*shares, towards),) if coding == "time-voltage" else ()
            found = [a.pulse(rows, cols, towards, number, *more) for a in arrays[:2]]
            found.append(arrays[2].observed(rows, cols, towards, number, *more)[0])
            np.testing.assert_array_equal(np.sort(found[0]), np.sort(found[1]))
            np.testing.assert_array_equal(found[0], found[2])
        assert (arrays[0].states != made.states).any()


def test_the_compiled_ideal_pulse_leaves_them_too():
    made = spec()
    one, two = make("ideal", made), make("ideal", made)
    from spicemtj.randomness import pulse_key

    rows, cols = np.arange(12), np.arange(12)
    for number in range(4):
        towards = PARALLEL if number % 2 else ANTIPARALLEL
        one.pulse(rows, cols, towards, number)
        ideal_pulse(two.physics, rows, cols, towards, np.uint64(pulse_key(made.streams.cells, number)))
    np.testing.assert_array_equal(one.states, two.states)
    np.testing.assert_allclose(one.weights, two.weights, rtol=1e-12)


@pytest.mark.parametrize("name", ["ideal", "surrogate", "nodal"])
def test_states_that_are_put_back_leave_them_in_theirs(name):
    made = spec()
    array = make(engine_of(name, "1T1R"), made)
    array.restore(np.where(made.stuck, -made.states, made.states).astype(np.int8))
    before = array.forward(np.ones(12))
    array.restore(made.states)
    np.testing.assert_allclose(before, array.forward(np.ones(12)), rtol=1e-6)


def test_reads_show_open_and_shorted_cells():
    """Beside the exact network without wires: what an open cell does not carry, and a shorted one carries through its transistor."""
    faults = np.zeros(LAYOUT.shape, dtype=np.int8)
    faults[2, 3], faults[5, 1], faults[7, 8], faults[0, 0] = OPEN, SHORT, STUCK_PARALLEL, STUCK_ANTIPARALLEL
    none = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}
    made = dataclasses.replace(spec(faults=faults, wires=none), read_volts=1e-3)
    ideal, nodal = make("ideal", made), make(engine_of("nodal", "1T1R"), made)
    sound = make("ideal", dataclasses.replace(made, faults=None))
    x = np.random.default_rng(2).uniform(-1, 1, 12)
    np.testing.assert_allclose(ideal.forward(x), nodal.forward(x), atol=3e-3)
    assert np.abs(ideal.weights - sound.weights).max(axis=1).nonzero()[0].tolist() == [2, 5]


def test_what_an_engine_cannot_do_is_told():
    shorted = np.zeros(LAYOUT.shape, dtype=np.int8)
    shorted[1, 1] = SHORT
    with pytest.raises(InputError, match="short"):
        make("ideal", spec("1R", shorted))
    with pytest.raises(InputError, match="together they are 1"):
        DeviceSettings(stuck=0.6, open=0.6)
    with pytest.raises(InputError, match=r"device\.stuck = 2"):
        DeviceSettings(stuck=2.0)
