"""Two arrays with a rising threshold, after Tiki-Taka (Gokmen and Haensch, Front. Neurosci. 14, 103, 2020).

A fast array takes every sample's outer product. Its rows are read in turn; where a weight's majority reaches a threshold, the slow
array, which alone computes, is pulsed towards it, and the fast one back. A binary array settles at a noise that no rate removes;
asking for a majority filters it, and a rising threshold lowers the temperature. No memory of weight size but the devices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...randomness import pulse_key, uniforms
from ...surrogate.chance import cell_uniform, element
from ...surrogate.reads import product
from ..kernels import play as compiled_play
from ..kernels import sense
from ..kernels import update as compiled_update
from ..network import Layer
from ..settings import RuleSettings, geometric
from .base import Tally, play, update

Array = NDArray[np.float64]


class TwoArray:
    """Up to four pulses a layer and sample for the update, a row read and up to four pulses for the transfer."""

    arrays = 2

    def __init__(self, settings: RuleSettings):
        self.settings = settings

    def update(self, layer: Layer, x: Array, delta: Array, step: int, progress: float) -> Tally:
        return update(layer.arrays[1], layer, x, delta, self.settings, step, progress)

    def each_sample(self, layer: Layer, step: int, progress: float) -> Tally:
        s, (slow, fast) = self.settings.transfer, layer.arrays
        if step % s.every:
            return Tally()
        slots, layout = self.settings.slots, slow.spec.layout
        slot = (slots + 1) * step + slots
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

    def kernel(self, net: Any) -> Callable[..., None]:
        """The same for a chunk of samples in one call."""
        rates, t = self.settings.rates, self.settings.transfer
        transfer = np.array([t.threshold_start, t.threshold_end, t.write, t.reset])

        def learn(net: Any, samples: Any, record: Any) -> None:
            _learn(net, samples, record, rates, t.every, transfer)

        return learn


@njit(cache=True)
def _learn(net, samples, record, rates, every, transfer):  # type: ignore[no-untyped-def]
    for n in range(samples.order.size):
        step = samples.first + n
        progress = step / samples.total
        learns = sense(net, samples, record, n)
        for k in range(len(net.sums)):
            if learns:
                record.pulses[n, k], record.flips[n, k] = compiled_update(
                    net, k, net.planes[2 * k + 1], rates, step, samples.total
                )
            if step % every == 0:
                pulses, flips = _transfer(net, k, step // every, (rates.slots + 1) * step + rates.slots, progress, transfer)
                record.pulses[n, k] += pulses
                record.flips[n, k] += flips


@njit(cache=True)
def _transfer(net, k, turn, slot, progress, transfer):  # type: ignore[no-untyped-def]
    slow, fast = net.planes[2 * k], net.planes[2 * k + 1]
    row = np.zeros(slow.weights.shape[0])
    turn %= row.size
    row[turn] = fast.full
    majority = np.empty(slow.weights.shape[1])
    product(row, fast.weights, majority)
    row[turn] = 1.0
    dither = 2 * cell_uniform(element(slow.rows, slot), 0) - 1
    threshold = transfer[0] * (transfer[1] / transfer[0]) ** progress * slow.devices + dither
    chosen, any_chosen = np.zeros(majority.size), False
    for j in range(majority.size):
        value = majority[j] / fast.full / net.transmissions[k]
        if abs(value) >= max(threshold, 1.0):
            chosen[j] = np.sign(value)
            any_chosen = True
    if not any_chosen:
        return 0, 0
    first = compiled_play(slow, row, -chosen, 1.0, transfer[2], slot)
    second = compiled_play(fast, row, chosen, 1.0, transfer[3], slot)
    return first[0] + second[0], first[1] + second[1]
