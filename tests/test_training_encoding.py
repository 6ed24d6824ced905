"""Coincidence coding: which lines are on, how often, towards what; and volts that give the wanted probability."""

from __future__ import annotations

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.errors import InputError
from spicemtj.training.encoding import ANTIPARALLEL, PARALLEL, Encoder, lines_on, phases
from spicemtj.training.settings import PulseSettings


def encoder(cell="1T1R", preset="ref-pma-40", **pulse):
    return Encoder.calibrated(Crossbar(1, 1, preset, cell), PulseSettings(**pulse))


@pytest.mark.parametrize("rate", [0.3, 2.0])
def test_a_line_is_on_in_proportion_to_its_value(rate):
    values, slots = np.array([0.0, 0.1, -0.4, 0.45, -2.0]), 4000
    counts = np.zeros(5)
    for key in range(slots):
        counts[lines_on(values, rate, 977 * key + 5)] += 1
    p = np.minimum(1.0, rate * np.abs(values))
    assert counts[0] == 0
    # 4000 slots, 5 lines: 4.5 standard deviations of a binomial are passed by chance in 3e-5 of runs
    assert (np.abs(counts - slots * p) <= 4.5 * np.sqrt(slots * p * (1 - p))).all()


def test_a_lines_bit_does_not_depend_on_the_other_lines():
    full = lines_on(np.full(8, 0.5), 1.0, 42)
    for k in range(8):
        alone = np.zeros(8)
        alone[k] = 0.5
        assert (k in full) == (k in lines_on(alone, 1.0, 42))


def test_phases_visit_each_pair_of_lines_once_and_against_the_product():
    rng = np.random.default_rng(1)
    x, columns = rng.normal(size=9), rng.normal(size=12)
    rows_on, cols_on = np.array([0, 2, 3, 7, 8]), np.array([1, 2, 5, 6, 10, 11])
    seen = np.zeros((9, 12), dtype=int)
    for phase in phases(x, columns, rows_on, cols_on):
        for i in phase.rows:
            for c in phase.cols:
                seen[i, c] += 1
                assert phase.towards == -np.sign(x[i] * columns[c])
    expected = np.zeros((9, 12), dtype=int)
    expected[np.ix_(rows_on, cols_on)] = 1
    np.testing.assert_array_equal(seen, expected)


def test_empty_phases_are_skipped_and_the_others_keep_their_numbers():
    x, columns = np.array([1.0, 1.0]), np.array([-1.0, -1.0])
    (only,) = phases(x, columns, np.array([0]), np.array([1]))
    assert (only.number, only.towards) == (2, PARALLEL)
    assert phases(x, columns, np.array([0]), np.zeros(0, dtype=int)) == []


@pytest.mark.parametrize(
    ("cell", "preset", "seconds"), [("1T1R", "ref-pma-40", 5e-9), ("1T1R", "ref-pma-40", 2e-8), ("1R", "ref-hir-20", 2e-8)]
)
@pytest.mark.parametrize("probability", [0.1, 0.9])
@pytest.mark.parametrize("towards", [PARALLEL, ANTIPARALLEL])
def test_the_isolated_nominal_cell_has_the_wanted_probability(cell, preset, seconds, probability, towards):
    made = encoder(cell, preset, seconds=seconds, probability=probability)
    volts = made.nominal_volts(towards)
    assert np.sign(volts) == -towards
    found = made.nominal.device.switching_probability(volts, seconds, -towards)
    assert float(found) == pytest.approx(probability, abs=1e-4)


def test_a_pulse_beyond_breakdown_is_told_of():
    assert encoder().warnings() == []
    harsh = encoder("1R", "ref-hir-20", seconds=4e-9)
    (line, other) = harsh.warnings()
    assert "towards parallel" in line
    assert "breaks down at 1.2 V" in line
    assert "towards antiparallel" in other


def test_given_volts_are_taken_as_they_are():
    made = encoder(volts_to_parallel=0.7, volts_to_antiparallel=0.4)
    assert (made.volts(PARALLEL), made.volts(ANTIPARALLEL)) == (-0.7, 0.4)


@pytest.mark.parametrize(("cell", "preset"), [("1T1R", "ref-pma-40"), ("1R", "ref-hir-20")])
@pytest.mark.parametrize("towards", [PARALLEL, ANTIPARALLEL])
def test_a_drive_puts_on_each_line_what_the_encoder_says(cell, preset, towards):
    made = encoder(cell, preset, volts_to_parallel=0.9, volts_to_antiparallel=0.6)
    xbar = Crossbar(4, 5, preset, cell)
    rows, cols = np.array([1, 3]), np.array([0, 4])
    drive = made.drive(xbar, rows, cols, towards)
    piece = 1 if cell == "1T1R" else 0
    wl_on, wl_off, bl_on, bl_off = made.lines(towards)
    np.testing.assert_array_equal(drive.v_wl[piece], np.where(np.isin(np.arange(4), rows), wl_on, wl_off))
    np.testing.assert_array_equal(drive.v_bl[piece], np.where(np.isin(np.arange(5), cols), bl_on, bl_off))
    assert wl_on - bl_on == pytest.approx(made.volts(towards))
    assert drive.edges[piece + 1] - drive.edges[piece] == pytest.approx(made.seconds)
    if cell == "1T1R":
        np.testing.assert_array_equal(drive.v_gate[piece] > 0, np.isin(np.arange(4), rows))
        assert wl_on == bl_off  # no voltage on the cells of an open row whose column is off
        assert min(drive.v_wl.min(), drive.v_bl.min()) == 0


def test_a_transistor_too_weak_is_told_of():
    with pytest.raises(InputError, match="longer pulse"):
        encoder(seconds=2e-10, probability=0.999)
