"""What stands between an array and the numbers: converters, sense amplifiers that saturate, read noise, and reads that disturb.

Forwards, each row of tiles is sensed alone and the results are added after conversion; backwards, an input's sum over all tiles is sensed
once. Every array is read in turn, so the number of a read keys its random numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..randomness import pulse_key, uniforms
from .backends import NEGLIGIBLE, Backend, States
from .encoding import Indices
from .settings import ReadSettings

Array = NDArray[np.float64]


def converted(values: Array, full: float, bits: int) -> Array:
    """Values cut off at +-full and rounded to the 2^bits - 1 levels between, 0 among them; bits = 0: not rounded."""
    cut = np.clip(values, -full, full)
    if not bits:
        return cut
    steps = 2 ** (bits - 1) - 1
    return np.asarray(np.round(cut * (steps / full)) * (full / steps))


def normals(key: int, shape: tuple[int, ...]) -> Array:
    """Standard normal numbers of a stream, by Box and Muller's transform."""
    index = np.arange(int(np.prod(shape))).reshape(shape)
    radius = np.sqrt(-2 * np.log(uniforms(key, 2 * index)))
    return np.asarray(radius * np.cos(2 * np.pi * uniforms(key, 2 * index + 1)))


class Sensed:
    """A `Backend` read through real converters and amplifiers; `full` is the amplifiers' range in units of a read, inf without one."""

    def __init__(self, array: Backend, read: ReadSettings, full: float, key: int):
        self.array, self.read, self.full, self.key = array, read, full, key
        self.spec = array.spec
        self.count = np.zeros(1, dtype=np.int64)

    @property
    def states(self) -> States:
        return self.array.states

    def forward(self, x: Array) -> Array:
        spec = self.spec
        x = converted(np.asarray(x, dtype=float), spec.x_max, self.read.dac_bits) if self.read.dac_bits else np.asarray(x)
        parts = []
        for rows in sorted({(tile.rows.start, tile.rows.stop) for tile in spec.layout.tiles}):
            masked = np.zeros(x.shape)
            masked[..., slice(*rows)] = x[..., slice(*rows)]
            parts.append(self.array.forward(masked))
        total = self._sensed(np.stack(parts)).sum(axis=0)
        if x.ndim == 1:
            self._disturb(spec.read_volts * x / spec.x_max, np.zeros(spec.layout.cols))
        return np.asarray(total)

    def backward(self, d: Array) -> Array:
        """The errors are scaled to the lines' full voltage before their conversion, and the answer back after its own."""
        lines = np.abs(self.spec.layout.balanced(np.asarray(d))).max()
        if lines == 0:
            return self.array.backward(d)
        scaled = np.asarray(d) / lines
        if self.read.dac_bits:
            scaled = converted(scaled, 1.0, self.read.dac_bits)
        # a line at full voltage carries x_max times what an input of 1 does
        full = self.spec.x_max
        answer = self._sensed(full * self.array.backward(scaled)) / full * lines
        self._disturb(np.zeros(self.spec.layout.rows), self.spec.read_volts * self.spec.layout.balanced(scaled))
        return answer

    def pulse(self, rows: Indices, cols: Indices, towards: int, number: int, *grades: Any) -> Indices:
        return self.array.pulse(rows, cols, towards, number, *grades)

    def observed(self, rows: Indices, cols: Indices, towards: int, number: int, *grades: Any) -> tuple[Indices, Array, Array]:
        return self.array.observed(rows, cols, towards, number, *grades)

    def restore(self, states: States) -> None:
        self.array.restore(states)

    def transmission(self) -> float:
        return self.array.transmission()

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """The array's own, and how many reads there were."""
        own = getattr(self.array, "snapshot", None)
        return ({"states": self.states.copy()} if own is None else own()) | {"reads": self.count.copy()}

    def resume(self, saved: Mapping[str, Any]) -> None:
        """Take up a `snapshot`."""
        own = getattr(self.array, "resume", None)
        self.array.restore(saved["states"]) if own is None else own(saved)
        self.count[:] = saved["reads"]

    def _sensed(self, values: Array) -> Array:
        self.count += 1
        if self.read.noise:
            values = values + self.read.noise * self.full * normals(self._key(0), values.shape)
        return converted(values, self.full, self.read.adc_bits)

    def _key(self, purpose: int) -> int:
        return pulse_key(self.key, 2 * int(self.count[0]) + purpose)

    def _disturb(self, v_rows: Array, v_cols: Array) -> None:
        """Flips that the read itself makes: every cell at its lines' full volts for the read's time. References stay as they are."""
        if not self.read.disturb:
            return
        volts = v_rows[:, None] - v_cols
        cells, seconds, own = self.spec.cells, self.read.seconds, self.spec.layout.signs != 0
        over = (volts * self.states > 0) & own
        if not over.any():
            return
        p = np.where(over, cells.switching_probability(np.where(over, volts, 0.0), seconds, self.states), 0.0)
        if p.max() < NEGLIGIBLE:
            return
        flips = uniforms(self._key(1), np.arange(p.size)).reshape(p.shape) < p
        if flips.any():
            self.array.restore(np.where(flips, -self.states, self.states).astype(np.int8))
