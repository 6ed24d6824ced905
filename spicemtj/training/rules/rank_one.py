"""The plain rule: each sample's own outer product, batch size 1, straight into the array that computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..kernels import play as compiled_play
from ..kernels import sense
from ..network import Layer
from ..settings import RULES, RuleSettings
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

    def kernel(self, net: Any) -> Callable[..., None]:
        """The same for a chunk of samples in one call."""
        s = self.settings
        rates = np.array([s.row_rate, s.column_rate, RULES[s.name] if s.column_rate_end is None else s.column_rate_end])

        def learn(net: Any, samples: Any, record: Any) -> None:
            _learn(net, samples, record, rates)

        return learn


@njit(cache=True)
def _learn(net, samples, record, rates):  # type: ignore[no-untyped-def]
    for n in range(samples.order.size):
        step = samples.first + n
        if sense(net, samples, record, n):
            column_rate = rates[1] * (rates[2] / rates[1]) ** (step / samples.total)
            for k in range(len(net.sums)):
                record.pulses[n, k], record.flips[n, k] = compiled_play(
                    net.planes[k], net.inputs[k], net.deltas[k], rates[0], column_rate, SLOTS * step
                )
