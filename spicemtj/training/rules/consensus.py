"""Consensus over a growing batch: the gradients of B samples are summed, then each cell is asked to go where the sum points.

A cell's chance grows with the square of how clearly the batch speaks: a hazard eta (|g|/rms(g))^2 towards the sign of -g, rms over the
layer. The sum needs a digital memory with one number for every weight, which the other rules do without: a yardstick of what binary
devices can do, not of what an array does alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...randomness import pulse_key, uniforms
from ...surrogate.chance import cell_uniform, element
from ..encoding import ANTIPARALLEL, PARALLEL, PHASES
from ..kernels import press, sense
from ..network import Layer
from ..settings import RULES, RuleSettings, geometric
from .base import Tally

Array = NDArray[np.float64]
NUMBERS = 2**20  # pulse numbers kept for the rows of one slot and direction
SLOTS = 2  # a sample, as for rules with transfers


class Consensus:
    """Nothing moves until the batch is full. Then each row gets up to two pulses, on the columns that are drawn there: cell by cell, with
    the hazard as said, times the pulse's own probability. `eta` is the column rate; rows have none."""

    arrays = 1

    def __init__(self, settings: RuleSettings):
        self.settings = settings
        # by the key of an array's random numbers: the sum over the batch (M, outputs), and how many samples are in it
        self.memory: dict[int, Array] = {}
        self.seen: dict[int, NDArray[np.int64]] = {}

    def update(self, layer: Layer, x: Array, delta: Array, step: int, progress: float) -> Tally:
        self._memory(layer.weights.spec.streams.cells, (x.size, delta.size))[0][:] += np.outer(x, delta)
        return Tally()

    def each_sample(self, layer: Layer, step: int, progress: float) -> Tally:
        layout, streams = layer.weights.spec.layout, layer.weights.spec.streams
        memory, seen = self._memory(streams.cells, (layout.rows, layout.outputs))
        seen += 1
        s = self.settings
        if seen[0] < math.floor(geometric(s.batch.start, s.batch.end, progress) + 0.5):
            return Tally()
        size, eta, tally = rms(memory), s.rate(progress), Tally()
        slot = SLOTS * step
        for i in range(layout.rows if size else 0):
            columns = layout.spread(memory[i])
            u = uniforms(pulse_key(streams.cols, slot), i * layout.cols + np.arange(layout.cols))
            on = u < -np.expm1(-eta * (columns / size) ** 2)
            for direction, towards in ((0, ANTIPARALLEL), (1, PARALLEL)):
                cols = np.flatnonzero(on & (columns * -towards > 0))
                if cols.size:
                    number = (slot * PHASES + direction) * NUMBERS + i
                    tally = tally.plus(Tally(1, layer.weights.pulse(np.array([i]), cols, towards, number).size))
        memory[:], seen[:] = 0.0, 0
        return tally

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """What the rule remembers, by name."""
        sums = {f"sum_{key}": memory.copy() for key, memory in self.memory.items()}
        return sums | {f"seen_{key}": seen.copy() for key, seen in self.seen.items()}

    def resume(self, saved: Mapping[str, Any]) -> None:
        """Take up a `snapshot`, in place."""
        for name, values in saved.items():
            kind, key = name.split("_")
            if kind == "sum":
                memory, seen = self._memory(int(key), values.shape)
                memory[:], seen[:] = values, saved[f"seen_{key}"]

    def kernel(self, net: Any) -> Callable[..., None]:
        """The same for a chunk of samples in one call."""
        s = self.settings
        rates = np.array([s.column_rate, RULES[s.name] if s.column_rate_end is None else s.column_rate_end])
        batch = np.array([s.batch.start, s.batch.end], dtype=float)
        kept = [self._memory(int(plane.cells), plane.weights.shape) for plane in net.planes]
        sums, seen = tuple(memory for memory, _ in kept), tuple(count for _, count in kept)

        def learn(net: Any, samples: Any, record: Any) -> None:
            _learn(net, samples, record, rates, batch, sums, seen)

        return learn

    def _memory(self, key: int, shape: tuple[int, ...]) -> tuple[Array, NDArray[np.int64]]:
        if key not in self.memory:
            self.memory[key], self.seen[key] = np.zeros(shape), np.zeros(1, dtype=np.int64)
        return self.memory[key], self.seen[key]


@njit(cache=True)
def rms(values):  # type: ignore[no-untyped-def]
    """Root of the mean square of values (rows, columns)."""
    total = 0.0
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            total += values[i, j] * values[i, j]
    return math.sqrt(total / values.size)


@njit(cache=True)
def _learn(net, samples, record, rates, batch, sums, seen):  # type: ignore[no-untyped-def]
    for n in range(samples.order.size):
        step = samples.first + n
        progress = step / samples.total
        learns = sense(net, samples, record, n)
        for k in range(len(net.sums)):
            memory = sums[k]
            if learns:
                x, delta = net.inputs[k], net.deltas[k]
                for i in range(x.size):
                    for j in range(delta.size):
                        memory[i, j] += x[i] * delta[j]
            seen[k][0] += 1
            if seen[k][0] < math.floor(batch[0] * (batch[1] / batch[0]) ** progress + 0.5):
                continue
            eta = rates[0] * (rates[1] / rates[0]) ** progress
            record.pulses[n, k], record.flips[n, k] = _move(net.planes[k], memory, eta, SLOTS * step)
            memory[:] = 0.0
            seen[k][0] = 0


@njit(cache=True)
def _move(plane, memory, eta, slot):  # type: ignore[no-untyped-def]
    size, pulses, flips = rms(memory), 0, 0
    n = plane.signs.size
    key, row = element(plane.cols, slot), np.empty(1, np.int64)
    sets = np.empty((2, n), np.int64)
    for i in range(memory.shape[0] if size > 0.0 else 0):
        counts = [0, 0]
        for c in range(n):
            if plane.signs[c] == 0.0:
                continue
            g = memory[i, plane.owners[c]] * plane.signs[c]
            if g != 0.0 and cell_uniform(key, i * n + c) < -math.expm1(-eta * (g / size) ** 2):
                direction = 0 if g > 0.0 else 1
                sets[direction, counts[direction]] = c
                counts[direction] += 1
        row[0] = i
        for direction in range(2):
            if counts[direction]:
                pulses += 1
                towards = -1 if direction == 0 else 1
                number = (slot * 4 + direction) * NUMBERS + i
                cols = sets[direction, : counts[direction]]
                flips += press(plane.physics, row, cols, towards, element(plane.cells, number), plane.flips)
    return pulses, flips
