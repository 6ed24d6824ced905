"""Reads in ngspice: operating points of the static network, and the way from their vectors to a `Solution`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.deck import Deck, operating_point_deck
from ..circuit.topology import cell_gates, paths
from ..device.access import threshold
from ..device.emit import Cards
from .base import Solution
from .network import Network
from .rawfile import Waves, vectors, voltages

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Simulate = Callable[[Deck, Callable[[Waves], str]], Waves]

NUMBERS_A_RUN = 20_000_000  # vectors times points that one deck may produce: 160 MB


def solve(
    simulate: Simulate, xbar: Crossbar, wl: Array, bl: Array, gate: Array | None, junctions: Cards | None = None
) -> Solution:
    """The static network at applied voltages (..., m), (..., n) and (..., gates). Points that float the same lines share a deck.

    The currents of lines are those of the circuit's sources; those of cells follow from their voltages, in a user's own model from a
    source in series, and through 0 ohm from Kirchhoff's law.
    """
    lead, (m, n) = wl.shape[:-1], xbar.shape
    lines = np.concatenate([wl, bl], axis=-1).reshape(-1, m + n)
    gates = None if gate is None else gate.reshape(len(lines), xbar.gates)
    parts = [np.empty((len(lines), *shape)) for shape in ((m, n),) * 5 + ((m,), (n,))]
    for rows in _batches(xbar, lines, gates):
        solved = _Points(simulate, xbar, lines[rows], None if gates is None else gates[rows], junctions).solution()
        for part, value in zip(parts, solved, strict=True):
            part[rows] = value
    return Solution(*(part.reshape(*lead, *part.shape[1:]) for part in parts))


def _batches(xbar: Crossbar, lines: Array, gates: Array | None) -> Iterator[NDArray[np.intp]]:
    """The points in groups that one deck can hold: the same floating lines, the same transistors that can conduct, not too many."""
    if not len(lines):
        return
    marks = np.isnan(lines)
    if gates is not None:
        lowest = np.min(lines, axis=1, initial=np.inf, where=~marks)
        path = paths(xbar, gates, np.where(np.isinf(lowest), 0.0, lowest))
        marks = np.hstack([marks, np.broadcast_to(path, (len(lines), *xbar.shape)).reshape(len(lines), -1)])
    _, group = np.unique(np.packbits(marks, axis=1), axis=0, return_inverse=True)
    most = max(1, NUMBERS_A_RUN // (4 * xbar.m * xbar.n))
    for k in range(group.max() + 1):
        rows = np.flatnonzero(group == k)
        for first in range(0, len(rows), most):
            yield rows[first : first + most]


class _Points:
    """Some points of one network, solved in one run."""

    def __init__(self, simulate: Simulate, xbar: Crossbar, lines: Array, gates: Array | None, junctions: Cards | None):
        self.xbar, self.lines, self.gates, self.points = xbar, lines, gates, len(lines)
        self.deck = operating_point_deck(xbar, lines[:, : xbar.m], lines[:, xbar.m :], gates, junctions)
        self.joined = self.deck.net.joined_ends
        if self.joined.any():
            self._network().apply(lines)  # raises where they are at different voltages
        self.waves: Waves = {}
        if self.deck.net.driven.any():
            self.waves = simulate(self.deck, self._complaint)

    def _complaint(self, waves: Waves) -> str:
        points = len(next(iter(waves.values()), ()))
        return "" if points == self.points else f"the run ended after {points} of {self.points} operating points"

    def solution(self) -> tuple[Array, ...]:
        """The fields of a `Solution`, (points, ...)."""
        xbar, m, names = self.xbar, self.xbar.m, self.deck.names
        v_word, v_bit, middle = self._grid(names.word), self._grid(names.bit), self._grid(names.middle)
        if xbar.access is None:
            v_cell, v_access = v_word - v_bit, np.zeros_like(v_word)
        else:
            assert self.gates is not None
            middle = np.where(np.isnan(middle), idle_middle(xbar, self.gates, v_word, v_bit), middle)
            v_cell, v_access = v_word - middle, middle - v_bit
        i_wl, i_bl = self._through(names.source_wl, -1), self._through(names.source_bl, 1)
        i_wl[:, self.joined[:m]], i_bl[:, self.joined[m:]] = np.nan, np.nan  # a loop through the sources
        return v_word, v_bit, v_cell, v_access, self._cell_currents(v_word, v_bit, v_cell), i_wl, i_bl

    def _grid(self, nodes: list[str]) -> Array:
        return voltages(self.waves, nodes, self.points).T.reshape(self.points, *self.xbar.shape)

    def _through(self, sources: list[str], sign: int) -> Array:
        """Currents (points, lines) of line sources; ngspice counts them positive from the line through the source to ground."""
        return sign * np.nan_to_num(
            vectors(self.waves, [f"i({name})" if name else "" for name in sources], self.points).T, nan=0.0
        )

    def _cell_currents(self, v_word: Array, v_bit: Array, v_cell: Array) -> Array:
        xbar, net, n = self.xbar, self.deck.net, self.xbar.n
        v = np.nan_to_num(v_cell, nan=0.0)
        g = xbar.element_conductance(v)
        short = np.isinf(g) & net.live
        current = np.where(np.isinf(g) | ~net.live, 0.0, g) * v
        metered = [f"i({name})" if name else "" for name in self.deck.names.meters]
        if any(metered) and self.waves:
            measured = vectors(self.waves, metered, self.points).T.reshape(current.shape)
            current = np.where(np.isnan(measured), current, measured)
        if not short.any():
            return current
        if xbar.access is not None:
            for k in np.flatnonzero(short[0]).tolist():
                i, j = divmod(k, n)
                current[:, i, j] = vectors(self.waves, [f"i(@mc_{i}_{j}[id])"], self.points)[0]
            return current
        network = self._network()
        voltage = network.apply(self.lines)
        voltage[network.group[: 2 * xbar.m * n]] = np.concatenate([v_word, v_bit], axis=1).reshape(self.points, -1).T
        return np.where(short, network.currents(voltage, current)[0], current)

    def _network(self) -> Network:
        """The network of a 1R array, for what Kirchhoff's law says about its shorts."""
        at_rest = self.xbar.element_conductance(0.0)
        shorted = np.isinf(at_rest) if self.xbar.access is None else np.zeros(self.xbar.shape, dtype=bool)
        return Network(self.xbar, np.isnan(self.lines[0]), at_rest > 0, shorted)


def idle_middle(xbar: Crossbar, gates: Array, v_word: Array, v_bit: Array) -> Array:
    """Voltage of the node between MTJ and transistor in cells without current, which decks leave out: that of the side it is joined to.

    gates (..., gates); v_word, v_bit (..., m, n).
    """
    assert xbar.access is not None
    is_open = xbar.element_conductance(0.0) == 0
    on = cell_gates(xbar, gates) - v_bit > threshold(xbar.access, v_bit)[0]
    return np.where(is_open, np.where(on, v_bit, np.nan), v_word)
