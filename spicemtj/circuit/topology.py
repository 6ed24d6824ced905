"""The nodes and branches of a crossbar: which nodes shorts merge, and which a driver reaches.

A node is a number: word-line nodes first (w_i_j, m n of them), then bit-line nodes (b_i_j), the ideal ends of the drivers (dwl_i, dbl_j; a
line's two drivers share one), and the nodes between MTJ and transistor or selector (c_i_j), where they are nodes at all.
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


class Graph:
    """The branches of a crossbar for one set of floating lines, and what they join.

    floating (m + n,): lines without a driver, word lines first. cell (m, n): resistance from a word-line node to the bit-line node or, with
    `second` (m, n), to the node between, from where `second` leads to the bit line. 0 ohm is a short, inf an open branch, nan
    one whose law is elsewhere, that conducts.

    start, end, resistance (branches,): every branch is directed from the word lines' drivers to the bit lines'. Their kinds, which begin at
    `bounds`: word drivers (m), word wires (m, n - 1), bit wires (m - 1, n), bit drivers (n), far word drivers (m), far bit drivers (n),
    cells (m, n), second elements (m, n). driven (m + n,): lines that a source reaches; ends (m + n,): their ideal ends.
    group (nodes,): a number for all nodes that shorts join; fed (groups,): whether a driven line reaches them.
    """

    def __init__(self, xbar: Crossbar, floating: Mask, cell: Array, second: Array | None = None):
        m, n = xbar.shape
        self.word = np.arange(m * n).reshape(m, n)
        self.bit = self.word + m * n
        self.ends = 2 * m * n + np.arange(m + n)
        self.middle = self.bit if second is None else self.word + 2 * m * n + m + n
        self.nodes = 2 * m * n + m + n + (0 if second is None else m * n)
        near, far = driver_resistances(xbar)
        self.driven: Mask = ~floating & np.isfinite(np.minimum(near, far))
        near, far = np.where(self.driven, near, np.inf), np.where(self.driven, far, np.inf)
        parts = [
            (self.ends[:m], self.word[:, 0], near[:m]),
            (self.word[:, :-1], self.word[:, 1:], np.full((m, n - 1), xbar.r_wl)),
            (self.bit[:-1], self.bit[1:], np.full((m - 1, n), xbar.r_bl)),
            (self.bit[-1], self.ends[m:], near[m:]),
            (self.ends[:m], self.word[:, -1], far[:m]),
            (self.bit[0], self.ends[m:], far[m:]),
            (self.word, self.middle, cell),
        ]
        if second is not None:
            parts.append((self.middle, self.bit, second))
        self.start, self.end, self.resistance = (np.concatenate([np.ravel(part[k]) for part in parts]) for k in range(3))
        self.bounds = np.cumsum([0, *(np.size(part[2]) for part in parts)])[:-1]
        self.group = self._islands(self.resistance == 0)
        reached = self._islands(~np.isinf(self.resistance))
        self.fed: Mask = np.zeros(int(self.group.max()) + 1, dtype=bool)
        self.fed[self.group] = np.isin(reached, reached[self.ends[self.driven]])

    def _islands(self, joins: Mask) -> Index:
        """(nodes,): a number for all nodes that the branches of `joins` connect."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        sides = self.start[joins], self.end[joins]
        graph = coo_matrix((np.ones(len(sides[0])), sides), shape=(self.nodes, self.nodes))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)

    @property
    def names(self) -> Index:
        """(nodes,): the lowest of the nodes that shorts join with each."""
        lowest = np.full(len(self.fed), self.nodes)
        np.minimum.at(lowest, self.group, np.arange(self.nodes))
        return lowest[self.group]


@dataclass(frozen=True, eq=False)
class Topology:
    """The nodes of a crossbar's netlist for one set of floating lines.

    word, bit, middle (m, n) and ends (m + n,): the nodes, each replaced by the lowest one of those that shorts merge with it; middle is bit
    in 1R. fed: whether a driven line reaches a node, by its number. driven (m + n,): lines that a source drives, word lines first.
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
    """The nodes of `xbar` with lines `floating` (m + n,); `path` (m, n) says where a cell's transistor may conduct (of no use in 1R)."""
    with np.errstate(divide="ignore"):
        element = 1 / xbar.element_conductance(0.0)
    graph = Graph(xbar, floating, element, np.where(path, np.nan, np.inf) if xbar.series else None)
    name = graph.names
    word, bit, middle, ends = (name[part] for part in (graph.word, graph.bit, graph.middle, graph.ends))
    return Topology(word, bit, middle, ends, graph.fed[graph.group], graph.driven)


def driver_resistances(xbar: Crossbar) -> tuple[Array, Array]:
    """(m + n,) ohm, word lines first: from a line's source to its first cell, and to its last one over the driver at the far end."""
    count = xbar.shape
    near = np.repeat([xbar.r_driver_wl + xbar.r_wl, xbar.r_driver_bl + xbar.r_bl], count)
    return near, np.repeat([xbar.r_far_wl + xbar.r_wl, xbar.r_far_bl + xbar.r_bl], count)


def cell_gates(xbar: Crossbar, gate: Array) -> Array:
    """Voltages (..., m, n) at the cells' gates from those of the gate lines (..., m or n)."""
    grid = gate[..., :, None] if xbar.gate_by == "row" else gate[..., None, :]
    return np.broadcast_to(grid, (*gate.shape[:-1], *xbar.shape))


def paths(xbar: Crossbar, gate: Array | None, lowest: ArrayLike) -> Mask:
    """(..., m, n): cells whose transistor can conduct at gate-line voltages `gate` (..., gates), no node being below `lowest` (...) volts.

    A transistor with a card of the user's own always counts as a path: its threshold is not known here.
    """
    if xbar.access is None or xbar.access.own:
        return np.ones(xbar.shape, dtype=bool)
    assert gate is not None
    source = np.asarray(lowest, dtype=float)[..., None, None]
    return np.asarray(cell_gates(xbar, gate) - source > threshold(xbar.access, source)[0])
