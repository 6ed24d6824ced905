"""The plain rule: each sample's own outer product, batch size 1, straight into the array that computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..kernels import sense
from ..kernels import update as compiled_update
from ..network import Layer
from ..settings import RuleSettings
from .base import Tally, update

Array = NDArray[np.float64]


class RankOne:
    """Up to four pulses a layer and sample, whatever the layer's size; the column rate falls geometrically."""

    arrays = 1

    def __init__(self, settings: RuleSettings):
        self.settings = settings

    def update(self, layer: Layer, x: Array, delta: Array, step: int, progress: float) -> Tally:
        return update(layer.weights, layer, x, delta, self.settings, step, progress)

    def each_sample(self, layer: Layer, step: int, progress: float) -> Tally:
        return Tally()

    def kernel(self, net: Any) -> Callable[..., None]:
        """The same for a chunk of samples in one call."""
        rates = self.settings.rates

        def learn(net: Any, samples: Any, record: Any) -> None:
            _learn(net, samples, record, rates)

        return learn


@njit(cache=True)
def _learn(net, samples, record, rates):  # type: ignore[no-untyped-def]
    for n in range(samples.order.size):
        step = samples.first + n
        if sense(net, samples, record, n):
            for k in range(len(net.sums)):
                record.pulses[n, k], record.flips[n, k] = compiled_update(net, k, net.planes[k], rates, step, samples.total)
