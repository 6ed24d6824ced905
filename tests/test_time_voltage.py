"""Time-voltage coding: shares to widths and volts, the Drive, and the flip probabilities that engines make of it."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import spicemtj as sm
from spicemtj.circuit.crossbar import Crossbar
from spicemtj.engines.nodal import Nodal
from spicemtj.errors import InputError
from spicemtj.surrogate.model import Surrogate
from spicemtj.training.backends import ArraySpec, Streams, make
from spicemtj.training.encoding import ANTIPARALLEL, PARALLEL, Encoder
from spicemtj.training.layout import Layout
from spicemtj.training.rules.base import play
from spicemtj.training.settings import PulseSettings
from spicemtj.training.train import train

PRESETS = {"1T1R": "ref-pma-40", "1R": "ref-hir-20"}
NO_WIRES = (("r_wl", 0.0), ("r_bl", 0.0), ("r_driver_wl", 0.0), ("r_driver_bl", 0.0))
LAYOUT = Layout(20, 6, 4, 12)


@functools.cache
def encoder(cell="1T1R", seconds=2e-8, probability=0.5, wires=(), **pulse):
    settings = PulseSettings(seconds=seconds, probability=probability, coding="time-voltage", **pulse)
    return Encoder.calibrated(Crossbar(1, 1, PRESETS[cell], cell, **dict(wires)), settings)


def spec(cell, made, spread=0.0, layout=LAYOUT):
    device = made.nominal.device
    cells = device.vary(layout.shape, sm.Variation(ra=spread, tmr=spread, hk=spread), 3) if spread else device
    states = layout.fixed(np.random.default_rng(4).choice(np.array([-1, 1], dtype=np.int8), layout.shape))
    return ArraySpec(layout, made.nominal, cells, made, 0.1, 1.0, Streams.of(5, 0, 0), states)


def one_pulse(array, towards, seed=1):
    """Grades of an outer product's phase: rows of one sign, columns of one sign."""
    rng = np.random.default_rng(seed)
    x, columns = rng.normal(size=array.layout.rows), array.layout.spread(rng.normal(size=array.layout.outputs))
    rows, cols = np.where(x > 0, np.minimum(0.5 * x, 1.0), 0.0), np.minimum(0.3 * np.maximum(-columns * towards, 0.0), 1.0)
    return array.encoder.grades(rows, cols, towards)


def lines(grades):
    return np.flatnonzero(grades.seconds), np.flatnonzero(grades.volts)


# -- shares to widths and volts


@pytest.mark.parametrize("cell", ["1T1R", "1R"])
@pytest.mark.parametrize("towards", [PARALLEL, ANTIPARALLEL])
def test_small_probabilities_are_products_of_the_shares(cell, towards):
    """Long pulses of a small P: within 12 % over a factor of 20 in the row's share and 1000 in the column's."""
    for seconds in (2e-8, 1e-7):
        direction = encoder(cell, seconds, 0.05).directions[towards]
        assert direction.p_full == pytest.approx(0.05, rel=1e-3, abs=0)
        error = direction.error(np.geomspace(0.05, 1, 9), np.geomspace(1e-3, 1, 9))
        assert np.abs(error).max() < 0.12
        assert np.sqrt(np.mean(error**2)) < 0.05


@pytest.mark.parametrize("probability", [0.05, 0.5])
def test_a_full_row_gives_its_columns_shares_exactly(probability):
    """Whatever the pulse; and a short strong one is far from a product elsewhere, which `error` says."""
    direction = encoder(seconds=5e-9, probability=probability).directions[ANTIPARALLEL]
    shares = np.geomspace(1e-5, 1, 20)
    np.testing.assert_allclose(direction.error(np.ones(1), shares), 0.0, atol=5e-3)
    assert np.abs(direction.error(np.array([0.05]), shares[10:])).max() > 0.2


def test_widths_and_volts_grow_with_the_share_and_stop_at_the_full_pulse():
    made = encoder()
    for towards in (PARALLEL, ANTIPARALLEL):
        direction, shares = made.directions[towards], np.geomspace(2e-6, 1, 50)
        seconds, volts = direction.seconds(shares), direction.volts(shares)
        assert (np.diff(seconds) > 0).all()
        assert (np.diff(volts) > 0).all()
        assert seconds[-1] == pytest.approx(made.seconds, rel=1e-9, abs=0)
        assert volts[-1] == pytest.approx(abs(made.volts(towards)), rel=1e-9, abs=0)
        assert direction.seconds(np.array([0.0, 5e-7])).tolist() == direction.volts(np.array([0.0, 5e-7])).tolist() == [0, 0]


@pytest.mark.parametrize("bits", [1, 3, 6])
def test_finite_resolution(bits):
    """At most 2^bits levels, off among them, the nearest to what is wanted."""
    exact, coarse = encoder().directions[PARALLEL], encoder(width_bits=bits, volt_bits=bits).directions[PARALLEL]
    shares = np.concatenate([[0.0], np.geomspace(1e-5, 1, 400)])
    step = exact.full_seconds / (2**bits - 1)
    widths = coarse.seconds(shares)
    np.testing.assert_allclose(widths / step, np.round(widths / step), atol=1e-9)
    assert np.abs(widths - exact.seconds(shares)).max() <= step / 2 * (1 + 1e-9)
    volts = coarse.volts(shares)
    assert len(np.unique(volts)) <= 2**bits
    assert volts.max() == pytest.approx(exact.volts(np.ones(1))[0], rel=1e-12, abs=0)
    if bits > 1:
        levels, wanted = np.unique(volts)[1:], exact.volts(shares)
        inside = wanted > levels[0]
        assert np.abs(volts - wanted)[inside].max() <= np.diff(levels).max() / 2 * (1 + 1e-9)
        np.testing.assert_allclose(np.diff(levels), np.diff(levels)[0], rtol=1e-9)


def test_mistakes_are_named():
    with pytest.raises(InputError, match="did you mean 'time-voltage'"):
        PulseSettings(coding="time-voltag")
    with pytest.raises(InputError, match="width_bits = 4: only"):
        PulseSettings(width_bits=4)
    with pytest.raises(InputError, match="volt_bits = 20"):
        PulseSettings(coding="time-voltage", volt_bits=20)


def test_arrays_behind_converters_take_it():
    tables = {"data": {"name": "breast-cancer"}, "network": {"hidden": [4], "devices_per_weight": 4}, "read": {"dac_bits": 6}}
    run = sm.train(tables | {"pulse": {"coding": "time-voltage"}}, engine="ideal", samples=5, test_samples=0, software=False)
    assert run.trace["pulses"].sum() > 0


# -- what the lines do


@pytest.mark.parametrize(("cell", "scheme"), [("1T1R", "gate"), ("1R", "V/2"), ("1R", "V/3")])
@pytest.mark.parametrize("towards", [PARALLEL, ANTIPARALLEL])
def test_a_drive_says_what_each_line_does(cell, scheme, towards):
    made = encoder(cell, scheme=scheme, width_bits=3)
    array = spec(cell, made)
    grades, tile = one_pulse(array, towards), LAYOUT.tiles[0]
    part = grades.part(*tile)
    drive = made.drive(array.tile(tile, array.states), *lines(part), towards, part)
    start, widths = drive.edges[:-1] - (drive.edges[1] if cell == "1T1R" else 0.0), np.diff(drive.edges)
    wl_on, wl_off, _, bl_off = made.lines(towards)
    for i, seconds in enumerate(part.seconds):
        if cell == "1T1R":
            on = drive.v_gate[:, i] > 0
        else:
            on = drive.v_wl[:, i] == wl_on
            assert (drive.v_wl[~on, i] == wl_off).all()
        assert widths[on].sum() == pytest.approx(seconds, rel=1e-9, abs=0)
        assert (start[on] < seconds).all()
    across = -towards * (wl_on - drive.v_bl)
    np.testing.assert_allclose(
        across[:, part.volts > 0], np.broadcast_to(part.volts[part.volts > 0], (len(widths), 6)), atol=1e-12
    )
    assert (drive.v_bl[:, part.volts == 0] == bl_off).all()
    if cell == "1T1R":
        assert min(drive.v_wl.min(), drive.v_bl.min()) >= 0
    else:
        assert drive.edges[-1] == grades.total


# -- engines


@pytest.mark.parametrize(("cell", "scheme"), [("1T1R", "gate"), ("1R", "V/2"), ("1R", "V/3")])
@pytest.mark.parametrize("towards", [PARALLEL, ANTIPARALLEL])
def test_the_surrogate_has_the_circuits_probabilities(cell, scheme, towards):
    """Cells with 10 % of spread and wires, beside the exact network's write of the same Drive: rms within what the calibration of 1T1R
    states for pulses of one width. In 1R the circuit adds up a cell's progress over both parts of the pulse, the surrogate hazards."""
    made = encoder(cell, scheme=scheme)
    array = spec(cell, made, 0.1)
    model = Surrogate.shipped(PRESETS[cell], cell)
    grades = one_pulse(array, towards)
    _, volts, p = make(model, array).observed(*lines(grades), towards, 3, grades)
    exact = np.zeros(LAYOUT.shape)
    for tile in LAYOUT.tiles:
        xbar, part = array.tile(tile, array.states), grades.part(*tile)
        exact[tile] = sm.write(xbar, made.drive(xbar, *lines(part), towards, part), seed=1).p_flip
    here = np.isfinite(p)
    np.testing.assert_array_equal(np.isfinite(volts), here)
    selected = here & (grades.seconds > 0)[:, None] & (grades.volts > 0)
    assert selected.sum() > 40
    assert exact[selected].max() > 0.05
    assert np.abs(p - exact)[here].max() < {"1T1R": 4e-3, "1R": 5e-4}[cell]
    assert np.sqrt(np.mean((p - exact)[here] ** 2)) < {"1T1R": model.misfit["p_rms"], "1R": 5e-5}[cell]
    seen = here & (exact > 1e-6)
    np.testing.assert_allclose(p[seen], exact[seen], rtol=0.1)
    assert exact[~here].max(initial=0.0) < 1e-9  # what lines at the same volts see is the wires' doing


@pytest.mark.parametrize(("cell", "scheme"), [("1T1R", "gate"), ("1R", "V/2")])
def test_cells_are_skipped_by_a_bound_without_changing_a_flip(cell, scheme):
    array = spec(cell, encoder(cell, 5e-9 if cell == "1T1R" else 2e-8, scheme=scheme), 0.15)
    model = Surrogate.shipped(PRESETS[cell], cell)
    one, two, flips = make(model, array), make(model, array), 0
    for number in range(60):
        towards = PARALLEL if number % 2 else ANTIPARALLEL
        grades = one_pulse(array, towards, seed=number)
        a = one.pulse(*lines(grades), towards, number, grades)
        b, _, _ = two.observed(*lines(grades), towards, number, grades)
        np.testing.assert_array_equal(a, b)
        flips += a.size
    np.testing.assert_array_equal(one.states, two.states)
    assert flips > 50


@pytest.mark.parametrize(("cell", "scheme"), [("1T1R", "gate"), ("1R", "V/2")])
def test_ideal_and_nodal_agree_where_there_are_no_wires(cell, scheme):
    made = encoder(cell, wires=NO_WIRES, scheme=scheme)
    array = spec(cell, made, 0.1)
    ideal, nodal = make("ideal", array), make(Nodal(), array)
    for number, towards in enumerate((PARALLEL, ANTIPARALLEL)):
        grades = one_pulse(array, towards, seed=number)
        a, _, p = ideal.observed(*lines(grades), towards, number, grades)
        b, _, p_too = nodal.observed(*lines(grades), towards, number, grades)
        selected = np.isfinite(p) & (grades.seconds > 0)[:, None] & (grades.volts > 0)
        assert selected.sum() > 20
        # a row that is off goes on being disturbed: the circuit adds up progress, the ideal array hazards, and they differ in P^2
        np.testing.assert_allclose(p[selected], p_too[selected], rtol=1e-4 if cell == "1T1R" else 1e-2, atol=1e-9)
        np.testing.assert_array_equal(np.sort(a), np.sort(b))
        np.testing.assert_array_equal(ideal.states, nodal.states)


@pytest.mark.parametrize("cell", ["1T1R", "1R"])
def test_an_outer_product_moves_weights_against_it_in_proportion(cell):
    """Ideal cells, 150 updates from the same states: flips of each selected pair of shares against P summed, within 4 sigma in all."""
    array = make("ideal", spec(cell, encoder(cell, 1e-7, 0.05, wires=NO_WIRES)))
    start, layout = array.states.copy(), LAYOUT
    rng = np.random.default_rng(3)
    x, errors = rng.normal(size=layout.rows), rng.normal(size=layout.outputs)
    counts = np.zeros(layout.shape)
    for slot in range(150):
        play(array, x, errors, 0.4, 0.5, slot)
        counts += array.states != start
        moved = (array.states - start) * np.sign(np.outer(x, layout.spread(errors)))
        assert (moved <= 0).all()
        array.restore(start)
    wanted = 0.05 * np.outer(np.minimum(0.4 * np.abs(x), 1), np.minimum(0.5 * np.abs(layout.spread(errors)), 1))
    able = start * np.outer(x, layout.spread(errors)) > 0
    assert counts[~able].sum() == 0
    total = 150 * wanted[able].sum()
    assert counts[able].sum() == pytest.approx(total, abs=4 * np.sqrt(total) + 0.06 * total)
    small, large = able & (wanted < np.median(wanted[able])), able & (wanted >= np.median(wanted[able]))
    for part in (small, large):
        total = 150 * wanted[part].sum()
        assert counts[part].sum() == pytest.approx(total, abs=4 * np.sqrt(total) + 0.1 * total)


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "bits"), [("1T1R", 0), ("1R", 0), ("1T1R", 4)])
def test_a_training_learns_with_it(cell, bits):
    config = {
        "data": {"name": "breast-cancer"},
        "network": {"hidden": [8], "devices_per_weight": 8},
        "device": {"cell": cell, "preset": PRESETS[cell], "variation": {"ra": 0.05, "hk": 0.05}},
        "pulse": {"coding": "time-voltage", "seconds": 2e-8, "width_bits": bits, "volt_bits": bits},
        "rule": {"epochs": 3},
    }
    run = train(config, seed=1, software=False)
    assert run.test_accuracy > 0.85  # that it learns, not how well: always the larger class would be 0.63
    again = train(config, seed=1, software=False, samples=30)
    np.testing.assert_array_equal(run.trace["loss"][:30], again.trace["loss"])
