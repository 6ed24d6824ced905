"""Two arrays with a rising threshold, after Tiki-Taka (Gokmen and Haensch, Front. Neurosci. 14, 103, 2020).

A fast array takes every sample's outer product. Its rows are read in turn; where a weight's majority reaches a threshold, the slow
array, which alone computes, is pulsed towards it, and the fast one back. A binary array settles at a noise that no rate removes;
asking for a majority filters it, and a rising threshold lowers the temperature. No memory of weight size but the devices.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...randomness import pulse_key, uniforms
from ..network import Layer
from ..settings import RuleSettings, geometric
from .base import SLOTS, Tally, play

Array = NDArray[np.float64]


class TwoArray:
    """Up to four pulses a layer and sample for the update, a row read and up to four pulses for the transfer."""

    arrays = 2

    def __init__(self, settings: RuleSettings):
        self.settings = settings

    def update(self, layer: Layer, x: Array, delta: Array, step: int, progress: float) -> Tally:
        s = self.settings
        return play(layer.arrays[1], x, delta, s.row_rate, s.rate(progress), SLOTS * step)

    def each_sample(self, layer: Layer, step: int, progress: float) -> Tally:
        s, (slow, fast) = self.settings.transfer, layer.arrays
        if step % s.every:
            return Tally()
        slot, layout = SLOTS * step + 1, slow.spec.layout
        row = np.zeros(layout.rows)
        row[step // s.every % layout.rows] = 1.0
        full = fast.spec.x_max
        majority = fast.forward(full * row) / full / layer.transmission
        # sums of states differ by 2: a dither as wide passes the sums between in proportion
        dither = 2 * float(uniforms(pulse_key(slow.spec.streams.rows, slot), 0)) - 1
        threshold = geometric(s.threshold_start, s.threshold_end, progress) * layout.devices + dither
        chosen = np.where(np.abs(majority) >= max(threshold, 1.0), np.sign(majority), 0.0)
        if not chosen.any():
            return Tally()
        return play(slow, row, -chosen, 1.0, s.write, slot).plus(play(fast, row, chosen, 1.0, s.reset, slot))
