"""Currents through shorts. A short has no Ohm's law: Kirchhoff's current law gives its current, except in a loop of shorts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix, identity
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.sparse.linalg import splu

Array = NDArray[np.float64]
Index = NDArray[np.intp]


class Shorts:
    """The graph of all shorts of a network.

    start, end (s,): the nodes that each short joins; nodes: how many nodes the network has; driven: the nodes of ideal sources, all
    contracted to one, `earth`: a second way between two of them is a loop through the sources, whose current is open.
    """

    def __init__(self, start: Index, end: Index, nodes: int, driven: Index):
        self.count, self.nodes = len(start), nodes
        place = np.arange(nodes)
        place[driven] = nodes
        self.start, self.end = place[start], place[end]
        if self.count:
            self._grow()

    def _grow(self) -> None:
        """A spanning tree from earth, the summation over its branches, and which shorts lie in loops."""
        earth = self.nodes
        size = earth + 1
        joins = graph(self.start, self.end, size)
        _, group = connected_components(joins, directed=False)
        # a group without a source hangs on earth by a stem of its own, which carries nothing
        stems = np.unique(group, return_index=True)[1]
        stems = stems[group[stems] != group[earth]]
        stem_free = graph(np.append(self.start, stems), np.append(self.end, np.full(len(stems), earth)), size)
        order, parent = breadth_first_order(stem_free, earth, directed=False)
        self.order = order[1:]  # every node but earth, parents first
        rank = np.empty(size, dtype=np.intp)
        rank[order] = np.arange(-1, size - 1)
        below_earth = parent[self.order] != earth
        child = np.flatnonzero(below_earth)
        upper = coo_matrix((np.ones(len(child)), (rank[parent[self.order[child]]], child)), shape=(size - 1, size - 1))
        self._sum = splu((identity(size - 1) - upper).tocsc(), permc_spec="NATURAL", diag_pivot_thresh=0.0)
        self._rank = rank

        # the first short between a node and its parent is the tree's
        lower_is_start = parent[self.start] == self.end
        lower = np.where(lower_is_start, self.start, self.end)
        is_tree = (lower_is_start | (parent[self.end] == self.start)) & (lower != earth)
        _, first = np.unique(np.where(is_tree, lower, size + np.arange(self.count)), return_index=True)
        only = np.zeros(self.count, dtype=bool)
        only[first] = True
        self.tree = is_tree & only
        self._branch = rank[lower]
        self._sign = np.where(lower_is_start, 1.0, -1.0)

        # A random current around each loop: a branch outside of all loops carries exactly none of it.
        around = np.where(self.tree, 0.0, np.random.default_rng(0).uniform(1, 2, self.count))
        probe = np.zeros((size, 1))
        np.add.at(probe[:, 0], self.end, around)
        np.subtract.at(probe[:, 0], self.start, around)
        loop = np.abs(self._below(probe[:-1])[:, 0]) > 1e-9
        self.in_loop = ~self.tree | loop[self._branch]

    def _below(self, arriving: Array) -> Array:
        """For every node's branch towards earth: the sum of what arrives in the subtree below it. (nodes, p), by rank."""
        rhs = arriving[self.order]
        return np.column_stack([self._sum.solve(column) for column in rhs.T])

    def currents(self, arriving: Array) -> Array:
        """Current (s, p) from start to end of each short, given the current (nodes, p) that all other branches bring to each node."""
        if not self.count:
            return np.zeros((0, arriving.shape[1]))
        current = self._below(arriving)[self._branch] * self._sign[:, None]
        return np.where(self.in_loop[:, None], np.nan, current)


def graph(start: Index, end: Index, size: int) -> csr_matrix:
    """The adjacency matrix of `size` nodes joined from start to end."""
    return coo_matrix((np.ones(len(start)), (start, end)), shape=(size, size)).tocsr()
