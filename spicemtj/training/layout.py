"""Where the weights of a layer sit: rows, columns, signs and tiles. Pure geometry.

A layer of n inputs and m outputs has n + 1 word lines (the last carries the bias) and m K bit lines: output j owns the K columns j K to
j K + K - 1, which count plus and minus in turn. The weight of (i, j) is the sum of its K cells' states under those signs, so that what
all columns have in common cancels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

Array = NDArray[np.float64]


class Tile(NamedTuple):
    """A block of a layer with drivers and wires of its own."""

    rows: slice
    cols: slice

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows.stop - self.rows.start, self.cols.stop - self.cols.start


def cuts(lines: int, tile: int) -> list[slice]:
    """`lines` in consecutive blocks of one length (the last may be shorter): as few as fit into `tile` lines each."""
    step = -(-lines // -(-lines // tile))
    return [slice(start, min(start + step, lines)) for start in range(0, lines, step)]


@dataclass(frozen=True)
class Layout:
    """`devices` is K, the number of cells of one weight (even); `tile` the largest number of lines of a tile."""

    inputs: int
    outputs: int
    devices: int
    tile: int

    def __post_init__(self) -> None:
        if self.devices < 2 or self.devices % 2:
            raise InputError(f"devices_per_weight = {self.devices}: a differential pair needs an even number, 2 or more")
        if self.tile < 2:
            raise InputError(f"tile = {self.tile}: a tile has at least 2 lines")

    @property
    def rows(self) -> int:
        """M: word lines, the bias included."""
        return self.inputs + 1

    @property
    def cols(self) -> int:
        """N: bit lines."""
        return self.outputs * self.devices

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.cols

    @cached_property
    def signs(self) -> NDArray[np.int8]:
        """(N,) +1 and -1: neighbours differ, so that both halves of a pair see nearly the same wires."""
        return np.where(np.arange(self.cols) % 2, -1, 1).astype(np.int8)

    @cached_property
    def tiles(self) -> list[Tile]:
        return [Tile(r, c) for r in cuts(self.rows, self.tile) for c in cuts(self.cols, self.tile)]

    def gather(self, columns: NDArray[Any]) -> NDArray[Any]:
        """Signed sum of each output's columns: (..., N) -> (..., outputs)."""
        return (columns * self.signs).reshape(*columns.shape[:-1], self.outputs, self.devices).sum(axis=-1)

    def spread(self, outputs: Array) -> Array:
        """Each output's value on all its columns, with their signs: (..., outputs) -> (..., N)."""
        return np.repeat(outputs, self.devices, axis=-1) * self.signs
