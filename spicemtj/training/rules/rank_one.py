"""The plain rule: each sample's own outer product, batch size 1, straight into the array that computes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..network import Layer
from ..settings import RuleSettings
from .base import SLOTS, Tally, play

Array = NDArray[np.float64]


class RankOne:
    """Up to four pulses a layer and sample, whatever the layer's size; the column rate falls geometrically."""

    arrays = 1

    def __init__(self, settings: RuleSettings):
        self.settings = settings

    def update(self, layer: Layer, x: Array, delta: Array, step: int, progress: float) -> Tally:
        s = self.settings
        return play(layer.weights, x, delta, s.row_rate, s.rate(progress), SLOTS * step)

    def each_sample(self, layer: Layer, step: int, progress: float) -> Tally:
        return Tally()
