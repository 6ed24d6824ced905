"""What a rule is: pulses on a layer's arrays, from its inputs and errors."""

from __future__ import annotations

from typing import NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from ...randomness import pulse_key
from ..backends import Backend, GradedBackend
from ..encoding import PHASES, Indices, lines_on, phases
from ..kernels import pruned
from ..network import Layer
from ..settings import RuleSettings
from ..time_voltage import FLOOR

Array = NDArray[np.float64]


class Tally(NamedTuple):
    """How many pulses were applied, and how many cells flipped."""

    pulses: int = 0
    flips: int = 0

    def plus(self, other: Tally) -> Tally:
        return Tally(self.pulses + other.pulses, self.flips + other.flips)


class Rule(Protocol):
    """Turns one sample's inputs and errors into pulses. `arrays`: how many each layer needs; the first computes."""

    arrays: int

    def update(self, layer: Layer, x: Array, delta: Array, step: int, progress: float) -> Tally:
        """After a sample with an error worth learning: x (M,) inputs with the bias, delta (outputs,); progress from 0 to 1."""
        ...

    def each_sample(self, layer: Layer, step: int, progress: float) -> Tally:
        """After every sample, learnt or not."""
        ...


def update(array: Backend, layer: Layer, x: Array, delta: Array, settings: RuleSettings, step: int, progress: float) -> Tally:
    """A sample's outer product on one of a layer's arrays, in as many slots as the settings say; `kernels.update` is its twin."""
    rates, column_rate, tally = settings.rates, settings.rate(progress), Tally()
    if layer.last:
        column_rate *= rates.output
    else:
        x, delta = pruned(x, rates.row_drop), pruned(delta, rates.column_drop)
    for slot in range(rates.slots):
        tally = tally.plus(play(array, x, delta, rates.row, column_rate, (rates.slots + 1) * step + slot))
    return tally


def play(array: Backend, x: Array, errors: Array, row_rate: float, column_rate: float, slot: int) -> Tally:
    """One slot on an array, in its coding: weights move against x_i errors_j. `slot` counts the array's slots: those of a sample's
    updates, then one for a rule's own."""
    if array.spec.encoder.graded:
        return play_graded(cast(GradedBackend, array), x, errors, row_rate, column_rate, slot)
    streams, columns = array.spec.streams, array.spec.layout.spread(errors)
    rows_on = lines_on(x, row_rate, pulse_key(streams.rows, slot))
    if not rows_on.size:
        return Tally()
    cols_on = lines_on(columns, column_rate, pulse_key(streams.cols, slot))
    played = phases(x, columns, rows_on, cols_on)
    flips = sum(array.pulse(p.rows, p.cols, p.towards, slot * PHASES + p.number).size for p in played)
    return Tally(len(played), flips)


def play_graded(array: GradedBackend, x: Array, errors: Array, row_rate: float, column_rate: float, slot: int) -> Tally:
    """`play` in time-voltage coding: lines take widths and volts in proportion to what would be their odds of being on."""
    encoder, columns, tally = array.spec.encoder, array.spec.layout.spread(errors), Tally()
    row_shares, column_shares = np.minimum(row_rate * np.abs(x), 1.0), np.minimum(column_rate * np.abs(columns), 1.0)
    for phase in phases(x, columns, np.flatnonzero(row_shares >= FLOOR), np.flatnonzero(column_shares >= FLOOR)):
        grades = encoder.grades(_only(row_shares, phase.rows), _only(column_shares, phase.cols), phase.towards)
        rows, cols = np.flatnonzero(grades.seconds), np.flatnonzero(grades.volts)  # finite resolution may leave lines off
        if rows.size and cols.size:
            flipped = array.pulse(rows, cols, phase.towards, slot * PHASES + phase.number, grades)
            tally = tally.plus(Tally(1, flipped.size))
    return tally


def _only(shares: Array, lines: Indices) -> Array:
    """`shares`, 0 but on some lines."""
    kept = np.zeros(shares.shape)
    kept[lines] = shares[lines]
    return kept
