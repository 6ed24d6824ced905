"""What a rule is: pulses on a layer's arrays, from its inputs and errors."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...randomness import pulse_key
from ..backends import Backend
from ..encoding import PHASES, lines_on, phases
from ..network import Layer

Array = NDArray[np.float64]
SLOTS = 2  # a sample: one for the update, one for a rule's transfers


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


def play(array: Backend, x: Array, errors: Array, row_rate: float, column_rate: float, slot: int) -> Tally:
    """One slot of coincidence coding on an array: weights move against x_i errors_j. `slot` counts the array's slots."""
    streams, columns = array.spec.streams, array.spec.layout.spread(errors)
    rows_on = lines_on(x, row_rate, pulse_key(streams.rows, slot))
    if not rows_on.size:
        return Tally()
    cols_on = lines_on(columns, column_rate, pulse_key(streams.cols, slot))
    played = phases(x, columns, rows_on, cols_on)
    flips = sum(array.pulse(p.rows, p.cols, p.towards, slot * PHASES + p.number).size for p in played)
    return Tally(len(played), flips)
