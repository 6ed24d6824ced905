"""Arrays as engines play them: they agree where they must, and flips follow their law."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.device.mtj import Mtj
from spicemtj.device.variation import Variation
from spicemtj.engines.nodal import Nodal
from spicemtj.randomness import pulse_key, uniforms
from spicemtj.training.backends import ArraySpec, CircuitBackend, IdealBackend, Streams, make
from spicemtj.training.encoding import ANTIPARALLEL, PARALLEL, Encoder
from spicemtj.training.layout import Layout
from spicemtj.training.settings import PulseSettings

NO_WIRES = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}
SMALL = 1e-3  # V: a read so small that conductances do not know it


@functools.cache
def calibrated(cell, preset, wires, pulse):
    settings = PulseSettings(**{"seconds": 5e-9 if cell == "1T1R" else 2e-8} | dict(pulse))
    return Encoder.calibrated(Crossbar(1, 1, preset, cell, **dict(wires)), settings)


def spec(cell="1T1R", layout=None, spread=0.0, wires=NO_WIRES, read_volts=SMALL, preset=None, seed=3, **pulse):
    layout = layout or Layout(inputs=6, outputs=3, devices=4, tile=5)
    preset = preset or {"1T1R": "ref-pma-40", "1R": "ref-hir-20"}[cell]
    nominal = Crossbar(1, 1, preset, cell, **wires)
    encoder = calibrated(cell, preset, tuple(wires.items()), tuple(pulse.items()))
    device = Mtj.preset(preset)
    cells = device.vary(layout.shape, Variation(spread, spread, spread), seed) if spread else device
    states = layout.fixed(np.random.default_rng(seed).choice(np.array([-1, 1], dtype=np.int8), layout.shape))
    return ArraySpec(layout, nominal, cells, encoder, read_volts, 2.0, Streams.of(seed, 0, 0), states)


def some_pulses(layout, count, seed=8):
    rng = np.random.default_rng(seed)
    for number in range(count):
        rows = np.flatnonzero(rng.random(layout.rows) < 0.4)
        cols = np.flatnonzero((rng.random(layout.cols) < 0.4) & (layout.owners >= 0))
        yield rows, cols, int(rng.choice([PARALLEL, ANTIPARALLEL])), number


def test_an_ideal_read_is_a_product_with_the_signed_sums_of_states():
    array = IdealBackend(spec())
    weights = array.spec.layout.gather(array.states.astype(float))
    x, d = np.random.default_rng(1).normal(size=(5, 7)), np.array([0.3, -1.0, 0.2])
    np.testing.assert_allclose(array.forward(x), x @ weights, atol=1e-9)
    np.testing.assert_allclose(array.backward(d), weights @ d, atol=1e-9)


LAYOUTS = [Layout(6, 3, 4, 5), Layout(6, 5, 1, 6, "column")]


@pytest.mark.parametrize("cell", ["1T1R", "1R"])
@pytest.mark.parametrize("spread", [0.0, 0.1])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_ideal_and_nodal_agree_where_there_are_no_wires(cell, spread, layout):
    ideal = IdealBackend(spec(cell, layout, spread=spread))
    nodal = CircuitBackend(spec(cell, layout, spread=spread), Nodal())
    x, d = np.random.default_rng(2).uniform(-2, 2, 7), np.array([0.5, -0.1, -0.4, 0.2, 0.3])[: layout.outputs]
    for rows, cols, towards, number in some_pulses(ideal.spec.layout, 8):
        np.testing.assert_array_equal(
            ideal.pulse(rows, cols, towards, number), np.sort(nodal.pulse(rows, cols, towards, number))
        )
    assert (ideal.states != ideal.spec.states).sum() > 5
    assert layout.fixed(ideal.states).tolist() == ideal.states.tolist()
    np.testing.assert_array_equal(ideal.states, nodal.states)
    # the read's bias moves conductances by (1 mV / 0.5 V)^2 and the transistor's by about 1 mV / 1 V
    np.testing.assert_allclose(nodal.forward(x), ideal.forward(x), atol=2e-3)
    np.testing.assert_allclose(nodal.backward(d), ideal.backward(d), atol=2e-3)
    assert nodal.transmission() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("scheme", ["V/2", "V/3", "grounded"])
def test_half_selected_cells_are_disturbed_alike(scheme):
    """A short pulse of P = 0.99 leaves its half-selected cells real odds, which both backends see."""
    options = {"cell": "1R", "preset": "ref-pma-40", "scheme": scheme, "seconds": 2e-9, "probability": 0.99}
    ideal, nodal = IdealBackend(spec(**options)), CircuitBackend(spec(**options), Nodal())
    half = 0.0
    for rows, cols, towards, number in some_pulses(ideal.spec.layout, 5):
        before = ideal.states.copy()
        _, v_ideal, p_ideal = ideal.observed(rows, cols, towards, number)
        _, v_nodal, p_nodal = nodal.observed(rows, cols, towards, number)
        np.testing.assert_array_equal(ideal.states, nodal.states)
        np.testing.assert_allclose(v_ideal, v_nodal, atol=1e-9)
        np.testing.assert_allclose(p_ideal, p_nodal, rtol=1e-6)
        assert (np.isnan(v_ideal) | (v_ideal * before > 0)).all()
        p_ideal[np.ix_(rows, cols)] = 0.0
        half = max(half, np.nanmax(p_ideal, initial=0.0, where=np.isfinite(p_ideal)))
    assert half > {"V/2": 0.01, "V/3": 1e-4, "grounded": 0.98}[scheme]


@pytest.mark.parametrize("engine", ["ideal", "nodal"])
def test_half_selected_references_stand_fast(engine):
    options = {"cell": "1R", "preset": "ref-pma-40", "scheme": "V/2", "seconds": 2e-9, "probability": 0.99}
    array = make(Nodal() if engine == "nodal" else "ideal", spec(layout=LAYOUTS[1], **options))
    own, start = LAYOUTS[1].owners >= 0, array.states.copy()
    for rows, cols, towards, number in some_pulses(LAYOUTS[1], 40):
        array.pulse(rows, cols, towards, number)
    assert (array.states != start)[:, own].any()
    np.testing.assert_array_equal(array.states[:, ~own], start[:, ~own])


@pytest.mark.parametrize("devices", [1, 3])
def test_one_device_against_a_reference_column_weighs_one(devices):
    array = IdealBackend(spec(layout=Layout(6, 5, devices, 6, "column")))
    own = array.states[:, array.spec.layout.owners >= 0].reshape(7, 5, devices).sum(axis=-1)
    np.testing.assert_allclose(array.weights, own, atol=1e-9)


def test_v2_disturbs_more_than_the_selected_cells():
    array = IdealBackend(spec("1R", preset="ref-pma-40", scheme="V/2", seconds=2e-9, probability=0.99))
    touched = np.zeros(array.states.shape, dtype=bool)
    selected = np.zeros(array.states.shape, dtype=bool)
    for number in range(200):
        for towards in (PARALLEL, ANTIPARALLEL):
            touched.ravel()[array.pulse(np.array([1]), np.array([2]), towards, 2 * number + (towards < 0))] = True
    selected[1, 2] = True
    assert touched[selected].all()
    assert touched[~selected].any()


def test_transistors_leave_all_other_cells_alone():
    array = IdealBackend(spec(probability=0.9))
    rows, cols = np.array([1, 4]), np.array([0, 5, 6])
    before = array.states.copy()
    for number in range(50):
        array.pulse(rows, cols, PARALLEL, number)
    changed = np.argwhere(array.states != before)
    assert {(i, c) for i, c in changed} <= {(i, c) for i in rows for c in cols}
    assert (array.states[np.ix_(rows, cols)] == PARALLEL).all()


@pytest.mark.parametrize("probability", [0.2, 0.5])
@pytest.mark.parametrize("towards", [PARALLEL, ANTIPARALLEL])
def test_flips_of_a_pulse_are_binomial(probability, towards):
    layout = Layout(inputs=99, outputs=20, devices=10, tile=50)
    array = IdealBackend(spec(layout=layout, probability=probability))
    away = int((array.states != towards).sum())
    flips = array.pulse(np.arange(layout.rows), np.arange(layout.cols), towards, 11).size
    # about 10000 cells: 4 standard deviations are passed by chance in 6e-5 of runs
    assert abs(flips - away * probability) < 4 * np.sqrt(away * probability * (1 - probability))


def test_pulses_draw_numbers_of_their_own():
    first, second = IdealBackend(spec()), IdealBackend(spec())
    everything = np.arange(7), np.arange(12)
    a = first.pulse(*everything, PARALLEL, 5)
    b = second.pulse(*everything, PARALLEL, 5)
    np.testing.assert_array_equal(a, b)
    second.restore(second.spec.states)
    assert not np.array_equal(a, second.pulse(*everything, PARALLEL, 6))


def test_tiles_do_not_change_what_has_no_wires():
    coarse = CircuitBackend(spec(layout=Layout(6, 3, 4, 12)), Nodal())
    fine = CircuitBackend(spec(layout=Layout(6, 3, 4, 3)), Nodal())
    x = np.random.default_rng(2).uniform(-2, 2, (2, 7))
    for pulse in some_pulses(coarse.spec.layout, 6):
        np.testing.assert_array_equal(coarse.pulse(*pulse), fine.pulse(*pulse))
    np.testing.assert_allclose(coarse.forward(x), fine.forward(x), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("cell", ["1T1R", "1R"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_reads_with_wires_are_reciprocal_and_attenuated(cell, layout):
    wires = {"r_wl": 20.0, "r_bl": 20.0, "r_driver_wl": 100.0, "r_driver_bl": 100.0}
    array = CircuitBackend(spec(cell, layout, wires=wires), Nodal())
    ideal = IdealBackend(spec(cell, layout))
    forwards = array.forward(np.eye(7))
    backwards = np.stack([array.backward(d) for d in np.eye(layout.outputs)], axis=1)
    np.testing.assert_allclose(forwards, backwards, atol=5e-3)
    # a least-squares scale against the weights without wires: the attenuation
    scale = float((forwards * ideal.weights).sum() / (ideal.weights**2).sum())
    assert scale < {"1T1R": 0.9, "1R": 0.995}[cell]
    assert array.transmission() == pytest.approx(scale, rel=0.2)


@pytest.mark.parametrize("cell", ["1T1R", "1R"])
def test_wires_weaken_a_pulse(cell):
    wires = {"r_wl": 20.0, "r_bl": 20.0, "r_driver_wl": 100.0, "r_driver_bl": 100.0}
    array = CircuitBackend(spec(cell, wires=wires), Nodal())
    _, volts, p = array.observed(np.arange(7), np.arange(12), ANTIPARALLEL, 0)
    parallel = array.spec.states == PARALLEL
    np.testing.assert_array_equal(np.isfinite(p), parallel)
    assert (volts[parallel] < array.spec.encoder.nominal_volts(ANTIPARALLEL)).all()
    assert (p[parallel] < 0.5).all()


def test_restored_states_are_read():
    for array in (IdealBackend(spec()), CircuitBackend(spec(), Nodal())):
        states = np.where(array.spec.layout.signs > 0, 1, -1) * np.ones((7, 1), dtype=np.int8)
        array.restore(states.astype(np.int8))
        np.testing.assert_allclose(array.forward(np.ones(7)), 7 * 4, rtol=1e-3)


@pytest.mark.ngspice
@pytest.mark.parametrize("cell", ["1T1R", "1R"])
def test_ngspice_and_nodal_agree(cell):
    from spicemtj.engines import get

    wires = {"r_wl": 2.0, "r_bl": 2.0, "r_driver_wl": 50.0, "r_driver_bl": 50.0}
    layout = Layout(4, 2, 2, 8)
    nodal = CircuitBackend(spec(cell, layout, 0.1, wires=wires, read_volts=0.1), Nodal())
    ngspice = CircuitBackend(spec(cell, layout, 0.1, wires=wires, read_volts=0.1), get("ngspice"))
    x, d = np.array([0.5, -2.0, 1.0, 0.3, 1.0]), np.array([0.7, -0.2])
    for pulse in some_pulses(layout, 3):
        before, u = nodal.states.copy(), uniforms(pulse_key(nodal.spec.streams.cells, pulse[-1]), np.arange(nodal.states.size))
        _, volts, p = nodal.observed(*pulse)
        _, volts_too, p_too = ngspice.observed(*pulse)
        np.testing.assert_allclose(volts, volts_too, rtol=1e-6)
        np.testing.assert_allclose(p, p_too, rtol=1e-5)
        # the transient's own law is a fit, 0.3 % in time: a cell whose number lies that near its probability may differ
        clear = ~(np.abs(p - u.reshape(p.shape)) < 0.01)
        np.testing.assert_array_equal(nodal.states[clear], ngspice.states[clear])
        assert (nodal.states != before).any()
        ngspice.restore(nodal.states)
    np.testing.assert_allclose(ngspice.forward(x), nodal.forward(x), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ngspice.backward(d), nodal.backward(d), rtol=1e-5, atol=1e-5)
