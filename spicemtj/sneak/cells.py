"""Which cells a pulse or a read selects, and which it selects by half; their voltages as histograms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

Array = NDArray[np.float64]
Classes = NDArray[np.int8]

SELECTED, ROW, COLUMN, UNSELECTED = range(4)
CLASSES = ("selected", "row", "column", "unselected")  # by number
HALF_SELECTED = (ROW, COLUMN)


def classes(shape: tuple[int, int], rows: Sequence[int], cols: Sequence[int]) -> Classes:
    """(m, n) of 0 (selected), 1 (in a selected row), 2 (in a selected column) and 3 (neither), an index into `CLASSES`.

    The selected cells are those where one of `rows` meets one of `cols`.
    """
    in_row, in_column = np.zeros(shape[0], dtype=bool), np.zeros(shape[1], dtype=bool)
    for name, mine, index in (("row", in_row, rows), ("column", in_column, cols)):
        for k in index:
            if not 0 <= k < len(mine):
                raise InputError(f"{name} {k} is outside the array; choose 0 to {len(mine) - 1}")
            mine[k] = True
    return (3 - 2 * in_row[:, None] - in_column[None, :]).astype(np.int8)


def histogram(v_cell: Array, kinds: Classes, edges: Array) -> NDArray[np.intp]:
    """Counts (3, bins) of the voltages of row-, column- and unselected cells in bins between `edges`; what lies beyond is in the last ones.

    Cells without a path to a driven line (nan) are left out.
    """
    counts = []
    for kind in (ROW, COLUMN, UNSELECTED):
        v = v_cell[kinds == kind]
        counts.append(np.histogram(np.clip(v[np.isfinite(v)], edges[0], edges[-1]), edges)[0])
    return np.array(counts)
