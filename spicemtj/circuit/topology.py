"""The nodes of a crossbar's netlist: which of them shorts merge, and which a driver reaches.

A node is a number: word-line nodes first (w_i_j, m n of them), then bit-line nodes (b_i_j), the nodes between MTJ and transistor (c_i_j; in
1R the bit-line nodes once more), and the ideal ends of the drivers (dwl_i, dbl_j).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..device.access import threshold

if TYPE_CHECKING:
    from .crossbar import Crossbar

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Topology:
    """Nodes and resistive branches of a crossbar for one set of floating lines.

    word, bit, middle (m, n) and ends (m + n,): the nodes, each replaced by the lowest one of those that shorts merge with it. fed: whether
    a driven line reaches a node, by its number. driven (m + n,): lines that a source drives, word lines first.
    """

    word: Index
    bit: Index
    middle: Index
    ends: Index
    fed: Mask
    driven: Mask

    @property
    def live(self) -> Mask:
        """(m, n): cells with both line nodes fed."""
        return self.fed[self.word] & self.fed[self.bit]

    @property
    def joined_ends(self) -> Mask:
        """(m + n,): driven lines whose ideal ends are one node with another's, by shorts alone."""
        ends_at = np.bincount(self.ends[self.driven], minlength=len(self.fed))
        return self.driven & (ends_at[self.ends] > 1)


def topology(xbar: Crossbar, floating: Mask, path: Mask) -> Topology:
    """The nodes of `xbar` with lines `floating` (m + n,); `path` (m, n) says where a cell's transistor may conduct (ignored in 1R)."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    m, n = xbar.shape
    word = np.arange(m * n).reshape(m, n)
    bit = word + m * n
    middle = bit if xbar.access is None else word + 2 * m * n
    ends = 3 * m * n + np.arange(m + n)
    size = 3 * m * n + m + n
    driven = ~(floating | np.isinf(np.repeat([xbar.r_driver_wl + xbar.r_wl, xbar.r_driver_bl + xbar.r_bl], [m, n])))

    at_rest = xbar.element_conductance(0.0)
    with np.errstate(divide="ignore"):
        element = 1 / at_rest
    branches = [
        (ends[:m], word[:, 0], np.where(driven[:m], xbar.r_driver_wl + xbar.r_wl, np.inf)),
        (ends[m:], bit[-1], np.where(driven[m:], xbar.r_driver_bl + xbar.r_bl, np.inf)),
        (word[:, :-1], word[:, 1:], np.full((m, n - 1), xbar.r_wl)),
        (bit[:-1], bit[1:], np.full((m - 1, n), xbar.r_bl)),
        (word, middle, element),
    ]
    if xbar.access is not None:
        branches.append((middle, bit, np.where(path, 1.0, np.inf)))
    start, end, resistance = (np.concatenate([np.ravel(branch[k]) for branch in branches]) for k in range(3))

    def islands(joins: Mask) -> Index:
        graph = coo_matrix((np.ones(joins.sum()), (start[joins], end[joins])), shape=(size, size))
        return connected_components(graph, directed=False)[1]

    merged = islands(resistance == 0)
    lowest = np.full(size, size)
    np.minimum.at(lowest, merged, np.arange(size))
    name = lowest[merged]
    reached = islands(np.isfinite(resistance))
    fed = np.isin(reached, reached[ends[driven]])
    return Topology(name[word], name[bit], name[middle], name[ends], fed, driven)


def cell_gates(xbar: Crossbar, gate: Array) -> Array:
    """Voltages (..., m, n) at the cells' gates from those of the gate lines (..., m or n)."""
    grid = gate[..., :, None] if xbar.gate_by == "row" else gate[..., None, :]
    return np.broadcast_to(grid, (*gate.shape[:-1], *xbar.shape))


def paths(xbar: Crossbar, gate: Array | None, lowest: ArrayLike) -> Mask:
    """(..., m, n): cells whose transistor can conduct at gate-line voltages `gate` (..., gates), no node being below `lowest` (...) volts.

    A transistor with a card of the user's own always counts as a path: its threshold is not known here.
    """
    if xbar.access is None or xbar.access.lib is not None:
        return np.ones(xbar.shape, dtype=bool)
    assert gate is not None
    source = np.asarray(lowest, dtype=float)[..., None, None]
    return np.asarray(cell_gates(xbar, gate) - source > threshold(xbar.access, source)[0])
