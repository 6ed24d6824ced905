"""Where the weights of a layer sit: rows, columns, signs, references and tiles. Pure geometry.

A layer of n inputs and m outputs has n + 1 word lines (the last carries the bias) and K bit lines an output, side by side. What all
cells have in common is taken off in one of two ways:

* "pair": an output's K columns count plus and minus in turn, K even;
* "column": all K count plus, and each tile has two columns of its own in its middle that are never written, one parallel, one
  antiparallel. Their mean is the half-and-half cell that each of the tile's columns is read against, with the tile's own wires.

A weight is the sum of its K cells' states under their signs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, unknown
from .settings import REFERENCES, check_devices

Array = NDArray[np.float64]
REFERENCE_COLUMNS = 2


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
    """`devices` is K, the number of cells of one weight; `tile` the largest number of lines of a tile, references included."""

    inputs: int
    outputs: int
    devices: int
    tile: int
    reference: str = "pair"

    def __post_init__(self) -> None:
        if self.reference not in REFERENCES:
            raise unknown("reference", self.reference, REFERENCES)
        check_devices("devices_per_weight", self.devices, self.reference)
        if self.tile < 2 + self._extra:
            raise InputError(f"tile = {self.tile}: a tile has at least {2 + self._extra} lines")

    @property
    def _extra(self) -> int:
        return REFERENCE_COLUMNS if self.reference == "column" else 0

    @property
    def rows(self) -> int:
        """M: word lines, the bias included."""
        return self.inputs + 1

    @property
    def cols(self) -> int:
        """N: bit lines, reference columns included."""
        return len(self.owners)

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.cols

    @cached_property
    def owners(self) -> NDArray[np.int64]:
        """(N,) the output that a column belongs to; -1 for the antiparallel column of a reference, -2 for the parallel one."""
        data = np.repeat(np.arange(self.outputs), self.devices)
        if not self._extra:
            return data
        parts: list[NDArray[Any]] = []
        for block in self._blocks:
            middle = (block.start + block.stop) // 2
            parts += [data[block.start : middle], np.array([-1, -2]), data[middle : block.stop]]
        return np.concatenate(parts)

    @cached_property
    def signs(self) -> NDArray[np.int8]:
        """(N,) +1 and -1, 0 for a reference; in pairs neighbours differ, so that both halves see nearly the same wires."""
        if self._extra:
            return (self.owners >= 0).astype(np.int8)
        return np.where(np.arange(self.cols) % 2, -1, 1).astype(np.int8)

    @cached_property
    def references(self) -> NDArray[np.int64]:
        """(column blocks of tiles, 2) the reference columns of each; (0, 2) in pairs."""
        return np.flatnonzero(self.owners < 0).reshape(-1, REFERENCE_COLUMNS)

    @cached_property
    def shares(self) -> Array:
        """(column blocks, outputs) how often each of a block's two reference currents is taken off an output: half its cells there."""
        counts = np.zeros((len(self.references), self.outputs))
        for k, tile_cols in enumerate(self._column_blocks if self._extra else []):
            mine = self.owners[tile_cols]
            np.add.at(counts[k], mine[mine >= 0], 0.5)
        return counts

    @cached_property
    def tiles(self) -> list[Tile]:
        return [Tile(r, c) for r in cuts(self.rows, self.tile) for c in self._column_blocks]

    @cached_property
    def _blocks(self) -> list[slice]:
        """The columns of weights, references not counted, in the blocks of tiles."""
        return cuts(self.outputs * self.devices, self.tile - self._extra)

    @cached_property
    def _column_blocks(self) -> list[slice]:
        return [slice(b.start + k * self._extra, b.stop + (k + 1) * self._extra) for k, b in enumerate(self._blocks)]

    @cached_property
    def _own(self) -> NDArray[np.intp]:
        """The columns of weights, in order."""
        return np.flatnonzero(self.owners >= 0)

    def fixed(self, states: NDArray[np.int8]) -> NDArray[np.int8]:
        """`states` (M, N) with the reference columns in theirs."""
        return np.where(self.owners == -1, -1, np.where(self.owners == -2, 1, states)).astype(np.int8)

    def gather(self, columns: NDArray[Any]) -> NDArray[Any]:
        """Signed sum of each output's columns less its references: (..., N) -> (..., outputs)."""
        if not self._extra:
            return (columns * self.signs).reshape(*columns.shape[:-1], self.outputs, self.devices).sum(axis=-1)
        own = columns[..., self._own].reshape(*columns.shape[:-1], self.outputs, self.devices).sum(axis=-1)
        return np.asarray(own - columns[..., self.references].sum(axis=-1) @ self.shares)

    def spread(self, outputs: Array) -> Array:
        """Each output's value on all its columns, with their signs, 0 on references: (..., outputs) -> (..., N)."""
        values = np.repeat(outputs, self.devices, axis=-1)
        if not self._extra:
            return values * self.signs
        columns = np.zeros((*outputs.shape[:-1], self.cols))
        columns[..., self._own] = values
        return columns

    def balanced(self, outputs: Array) -> Array:
        """`spread` with the references carrying what balances it, which makes it the transpose of `gather`."""
        columns = self.spread(outputs)
        if self._extra:
            columns[..., self.references] = -(outputs @ self.shares.T)[..., None]
        return columns
