"""The surrogate as a layer: its compiled calls against the plain model, cell by cell."""

import dataclasses

import numpy as np
import pytest

import spicemtj as sm
from spicemtj.circuit.schemes import selected_lines
from spicemtj.device.switching.law import log_hazard
from spicemtj.randomness import pulse_key, uniforms
from spicemtj.surrogate import backend as module
from spicemtj.surrogate import chance
from spicemtj.surrogate.backend import SurrogateBackend
from spicemtj.surrogate.hazards import law
from spicemtj.training.backends import ArraySpec, Streams
from spicemtj.training.encoding import ANTIPARALLEL, PARALLEL, Encoder
from spicemtj.training.layout import Layout
from spicemtj.training.settings import PulseSettings

PLANS = {
    "1T1R": {"device": "ref-pma-40", "cell": "1T1R"},
    "1R": {"device": "ref-hir-20", "cell": "1R", "volts": [0.5, 1.4]},
}


@pytest.fixture(scope="module", params=["1T1R", "1R"])
def surrogate(request):
    plan = PLANS[request.param] | {"sizes": [4, 8, 10], "reads": 6, "writes": 8, "switching": 0}
    return sm.calibrate(plan, engine="nodal", workers=1)


PAIRS, COLUMN = Layout(18, 5, 4, 10), Layout(18, 12, 1, 10, "column")


def spec(surrogate, variation=None, seconds=4e-9, layout=PAIRS):
    device = surrogate.device
    nominal = sm.Crossbar(1, 1, device, cell=surrogate.cell)
    encoder = Encoder.calibrated(nominal, PulseSettings(seconds=seconds, probability=0.5))
    cells = device if variation is None else device.vary(layout.shape, variation, 3)
    states = layout.fixed(np.random.default_rng(4).choice(np.array([-1, 1], dtype=np.int8), layout.shape))
    return ArraySpec(layout, nominal, cells, encoder, 0.1, 1.0, Streams.of(5, 0, 0), states)


def test_compiled_random_numbers_are_the_plain_ones():
    key = pulse_key(123, 4)
    plain = uniforms(key, np.arange(1000))
    assert [chance.cell_uniform(np.uint64(key), c) for c in range(1000)] == plain.tolist()


@pytest.mark.parametrize("layout", [PAIRS, COLUMN])
def test_reads_are_the_models(surrogate, layout):
    array = spec(surrogate, sm.Variation(ra=0.1, tmr=0.1), layout=layout)
    found = SurrogateBackend(array, surrogate)
    x = np.random.default_rng(1).normal(size=array.layout.rows)
    expected = np.zeros(array.layout.cols)
    for tile in array.layout.tiles:
        xbar = array.tile(tile, array.states)
        g = surrogate.effective_conductance(xbar, array.read_volts / 2, array.v_common)
        expected[tile.cols] += x[tile.rows] @ g
    expected = array.layout.gather(expected * array.read_volts / array.x_max / array.unit)
    np.testing.assert_allclose(found.forward(x), expected, rtol=2e-6)  # weights are kept in single precision
    d = np.random.default_rng(2).normal(size=array.layout.outputs)
    assert found.backward(d) @ x == pytest.approx(d @ found.forward(x), rel=1e-6)


@pytest.mark.parametrize("towards", [PARALLEL, ANTIPARALLEL])
@pytest.mark.parametrize("variation", [None, sm.Variation(ra=0.1, tmr=0.1, hk=0.1)])
def test_a_pulse_is_the_models(surrogate, towards, variation):
    array = spec(surrogate, variation)
    found = SurrogateBackend(array, surrogate)
    rows, cols = np.array([1, 4, 5, 13, 18]), np.array([0, 3, 11, 12, 13, 19])
    flipped, volts, p = found.observed(rows, cols, towards, 7)
    seen = 0
    for tile in array.layout.tiles:
        inside = [
            lines[(lines >= part.start) & (lines < part.stop)] - part.start
            for lines, part in ((rows, tile.rows), (cols, tile.cols))
        ]
        if not (inside[0].size and inside[1].size):
            assert np.isnan(volts[tile]).all()
            continue
        xbar = array.tile(tile, array.states)
        wl, bl = selected_lines(xbar, array.encoder.scheme, *inside, array.encoder.volts(towards))
        gate = None
        if xbar.access is not None:
            gate = np.zeros(xbar.m)
            gate[inside[0]] = xbar.access.gate_on
        expected = surrogate.cell_voltages(xbar, wl, bl, gate)
        here = np.isfinite(volts[tile])
        seen += int(here.sum())
        # under gates the rise of unselected bit lines is left out, a part in 1e5
        np.testing.assert_allclose(volts[tile][here], expected[here], rtol=1e-9 if gate is None else 2e-5)
        expected[here] = volts[tile][here]
        exact = xbar.cells.switching_probability(expected, array.encoder.seconds, xbar.states)
        np.testing.assert_allclose(p[tile][here], exact[here], atol=1e-6)
        assert exact[~here].max(initial=0.0) < 1e-12  # idle cells of open lines see millivolts, and are left out
    assert seen > 10
    u = uniforms(pulse_key(array.streams.cells, 7), np.arange(p.size)).reshape(p.shape)
    assert np.array_equal(np.sort(flipped), np.flatnonzero(u < np.nan_to_num(p, nan=0.0)))
    assert np.array_equal(found.states != array.states, (u < np.nan_to_num(p, nan=0.0)))


def test_unobserved_pulses_flip_the_same_cells(surrogate):
    """The bound by which most cells are skipped must not change a single flip."""
    array = spec(surrogate, sm.Variation(ra=0.15, tmr=0.15, hk=0.15))
    one, two = SurrogateBackend(array, surrogate), SurrogateBackend(array, surrogate)
    rng = np.random.default_rng(6)
    for number in range(60):
        rows, cols = np.sort(rng.choice(19, 5, replace=False)), np.sort(rng.choice(20, 6, replace=False))
        towards = PARALLEL if number % 2 else ANTIPARALLEL
        a, b = one.pulse(rows, cols, towards, number), two.observed(rows, cols, towards, number)[0]
        assert np.array_equal(np.sort(a), np.sort(b))
    assert np.array_equal(one.states, two.states)
    assert (one.states != array.states).sum() > 20


def test_the_bound_is_above_every_cell(surrogate):
    device = surrogate.device
    cells = device.vary((400,), sm.Variation(ra=0.2, tmr=0.2, hk=0.2), 9)
    bound = law(cells, 4e-9, 1.5)
    for state in (1, -1):
        for v in np.linspace(0.05, 1.4, 40):
            with np.errstate(divide="ignore"):
                log_h = np.log(-np.log1p(-cells.switching_probability(state * v, 4e-9, state)))
            assert chance.tabulated(bound, v, state) >= log_h.max() - 1e-6 or log_h.max() > 3.5


@pytest.mark.parametrize("layout", [PAIRS, COLUMN])
def test_weights_follow_the_flips(surrogate, monkeypatch, layout):
    """Between two anchors the attenuation stands still: what that leaves is small, and an anchor takes it away."""
    array = spec(surrogate, layout=layout)
    found = SurrogateBackend(array, surrogate)
    rng = np.random.default_rng(8)
    worst = 0.0
    for number in range(40):
        rows, cols = np.sort(rng.choice(19, 4, replace=False)), np.sort(rng.choice(layout.cols, 5, replace=False))
        cols = cols[layout.owners[cols] >= 0]
        found.pulse(rows, cols, PARALLEL if number % 2 else ANTIPARALLEL, number)
        fresh = SurrogateBackend(array, surrogate)
        fresh.restore(found.states)
        worst = max(worst, np.abs(found.weights - fresh.weights).max() / np.abs(fresh.weights).max())
    assert 0 < worst < 2e-2
    monkeypatch.setattr(module, "ANCHOR", 0.0)
    found = SurrogateBackend(array, surrogate)
    found.pulse(np.arange(19), np.flatnonzero(layout.owners >= 0), PARALLEL, 1)
    assert np.array_equal(found.states, layout.fixed(found.states))
    fresh = SurrogateBackend(array, surrogate)
    fresh.restore(found.states)
    np.testing.assert_allclose(found.weights, fresh.weights, rtol=1e-12)


def test_flips_follow_their_probability(surrogate):
    """400 pulses from the same states: the flips of all cells against the sum of their P, within 4 sigma."""
    array = spec(surrogate, sm.Variation(hk=0.05))
    found = SurrogateBackend(array, surrogate)
    rows, cols = np.arange(0, 19, 3), np.arange(0, 20, 4)
    total, mean, variance = 0, 0.0, 0.0
    for number in range(400):
        found.restore(array.states)
        flipped, _, p = found.observed(rows, cols, ANTIPARALLEL, number)
        p = np.nan_to_num(p, nan=0.0)
        total, mean, variance = total + flipped.size, mean + p.sum(), variance + (p * (1 - p)).sum()
    assert abs(total - mean) < 4 * np.sqrt(variance)
    assert total > 1000


@pytest.mark.parametrize("changes", [{"torque": "voltage"}, {"vcma": 60e-15}, {"vcma": -40e-15, "torque": "voltage"}])
@pytest.mark.parametrize("spread", [0.0, 0.1])
def test_every_law_that_the_table_holds_is_sampled(surrogate, changes, spread):
    """P of the sampler against the device's own at the volts that it saw, for both torque laws and VCMA, cells alike and unlike."""
    array = with_device(spec(surrogate), changes, spread)
    found = SurrogateBackend(array, with_changes(surrogate, changes))
    for towards in (PARALLEL, ANTIPARALLEL):
        _, volts, p = found.observed(np.arange(0, 19, 2), np.arange(0, 20, 3), towards, 3)
        found.restore(array.states)
        here = np.isfinite(volts)
        exact = array.cells.switching_probability(np.where(here, volts, 0.0), array.encoder.seconds, array.states)
        assert here.sum() > 10
        np.testing.assert_allclose(p[here], exact[here], atol=1e-5)


@pytest.mark.parametrize("changes", [{"vcma": 60e-15}, {"torque": "voltage", "vcma": -60e-15}])
def test_the_bound_holds_with_vcma_and_every_spread(surrogate, changes):
    device = with_changes(surrogate, changes).device
    rng = np.random.default_rng(2)
    spreads = {
        name: getattr(device, name) * np.exp(0.1 * rng.standard_normal(300))
        for name in ("diameter", "thickness", "ms", "mu0_hk", "ra", "tmr0")
    }
    cells = dataclasses.replace(device, **spreads)
    bound = law(cells, 4e-9, 1.2)
    for state in (1, -1):
        for v in np.linspace(0.1, 1.2, 20):
            with np.errstate(divide="ignore"):
                log_h = np.log(-np.log1p(-cells.switching_probability(state * v, 4e-9, state)))
            assert chance.tabulated(bound, v, state) >= log_h.max() - 1e-6 or log_h.max() > 3.5


def test_an_offset_field_is_sampled_where_cells_are_alike(surrogate):
    changes = {"mu0_hoff": 0.05 * surrogate.device.mu0_hk}
    array = with_device(spec(surrogate), changes, 0.0)
    found = SurrogateBackend(array, with_changes(surrogate, changes))
    _, volts, p = found.observed(np.arange(19), np.arange(20), ANTIPARALLEL, 3)
    here = np.isfinite(volts)
    exact = array.cells.switching_probability(np.where(here, volts, 0.0), array.encoder.seconds, array.states)
    np.testing.assert_allclose(p[here], exact[here], atol=1e-4)
    with pytest.raises(sm.InputError, match="all alike"):
        SurrogateBackend(with_device(spec(surrogate), changes, 0.1), with_changes(surrogate, changes))


def with_changes(surrogate, changes):
    """The same calibration as if made for a device with `changes`, which no read and no voltage depends on."""
    return dataclasses.replace(surrogate, device=dataclasses.replace(surrogate.device, **changes))


def with_device(array, changes, spread):
    device = dataclasses.replace(array.nominal.device, **changes)
    nominal = sm.Crossbar(1, 1, device, cell=array.nominal.cell)
    cells = device.vary(array.layout.shape, sm.Variation(ra=spread, tmr=spread, hk=spread), 3) if spread else device
    return dataclasses.replace(array, nominal=nominal, cells=cells)


@pytest.mark.parametrize("seconds", [4e-9, 3e-8])
def test_every_cells_curve_stays_within_its_margin(surrogate, seconds):
    """And it is filled for the cells that were asked for alone; flips beside the full law's are compared above."""
    array = spec(surrogate, sm.Variation(ra=0.15, tmr=0.15, hk=0.15), seconds)
    found = SurrogateBackend(array, surrogate)
    curves = found.tiles.law.curves
    assert curves.log_h.shape == (2, *array.layout.shape, 5)
    assert np.isnan(curves.log_h).all()
    for number in range(100):
        found.restore(array.states)
        found.pulse(np.arange(0, 19, 2), np.arange(20), PARALLEL if number % 2 else ANTIPARALLEL, number)
    filled = ~np.isnan(curves.log_h[..., :4]).any(axis=-1)
    assert not filled[:, 1::2].any()
    assert filled[:, ::2].mean() > 0.3
    assert (filled.any(axis=(1, 2))).all()
    for direction, state in ((0, -1), (1, 1)):
        for x in np.linspace(-chance.CURVE_SLACK, 3 + chance.CURVE_SLACK, 23):
            v = state * (curves.low[direction] + x * curves.step[direction])
            exact = log_hazard(array.cells, v, seconds, state)
            error = np.abs(chance.through_four(np.moveaxis(curves.log_h[direction], -1, 0), x) - exact)[filled[direction]]
            assert error.max() < curves.margin < 0.3


@pytest.mark.parametrize("changes", [{"vcma": 60e-15}, {"vcma": -40e-15, "torque": "voltage"}])
def test_shortcuts_flip_what_the_full_law_flips(surrogate, changes):
    """Where VCMA may make weaker volts the readier ones: bounds and curves of `pulse` beside `observed`, which asks the full law."""
    array = with_device(spec(surrogate), changes, 0.15)
    one, two = (SurrogateBackend(array, with_changes(surrogate, changes)) for _ in range(2))
    assert not one.tiles.law.curves.quiet.any()
    assert (np.diff(one.tiles.law.ceiling) >= 0).all()
    rng = np.random.default_rng(6)
    for number in range(80):
        rows, cols = np.sort(rng.choice(19, 5, replace=False)), np.sort(rng.choice(20, 6, replace=False))
        towards = PARALLEL if number % 2 else ANTIPARALLEL
        flips = one.pulse(rows, cols, towards, number), two.observed(rows, cols, towards, number)[0]
        np.testing.assert_array_equal(np.sort(flips[0]), np.sort(flips[1]))
    assert (one.states != array.states).sum() > 20
