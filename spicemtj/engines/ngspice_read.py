"""Reads in ngspice: operating points of the static network, and the way from their vectors to a `Solution`."""

from __future__ import annotations

from collections.abc import Callable

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
Group = tuple[
    NDArray[np.intp], bytes
]  # rows of the points, and what stands for their floating lines and conducting transistors
Each = Callable[[Callable[[Group, Simulate], None], list[Group]], object]
Resident = Callable[[Crossbar, Array, Array | None, bytes], tuple[Deck, Waves] | None]

NUMBERS_A_RUN = 20_000_000  # vectors times points that one deck may produce: 160 MB
# Cells times points of one deck, and the least points. Large enough that starting ngspice does not count, and the same for any number of
# workers: a point's last digits depend on the one before it.
CELLS_A_RUN, POINTS_A_RUN = 65_536, 4


def solve(
    simulate: Simulate,
    xbar: Crossbar,
    wl: Array,
    bl: Array,
    gate: Array | None,
    junctions: Cards | None = None,
    each: Each | None = None,
    resident: Resident | None = None,
) -> Solution:
    """The static network at applied voltages (..., m), (..., n) and (..., gates). Points that float the same lines share a deck.

    each(play, groups): calls `play(group, simulate)` for every group of points, several at a time. resident: solves some points of a
    circuit that stays loaded, or answers None where it does not.
    The currents of lines are those of the circuit's sources; those of cells follow from their voltages, in a user's own model from a
    source in series, and through 0 ohm from Kirchhoff's law.
    """
    lead, (m, n) = wl.shape[:-1], xbar.shape
    lines = np.concatenate([wl, bl], axis=-1).reshape(-1, m + n)
    gates = None if gate is None else gate.reshape(len(lines), xbar.gates)
    parts = [np.empty((len(lines), *shape)) for shape in ((m, n),) * 5 + ((m,), (n,))]

    def play(group: Group, simulate: Simulate) -> None:
        rows, paths = group
        volts, open_ = lines[rows], None if gates is None else gates[rows]
        found = resident(xbar, volts, open_, paths) if resident is not None else None
        deck, waves = found if found is not None else deck_run(simulate, xbar, volts, open_, junctions)
        for part, value in zip(parts, Reading(xbar, volts, open_, deck, waves).solution(), strict=True):
            part[rows] = value

    groups = _groups(xbar, lines, gates)
    if each is not None:
        each(play, groups)
    else:
        for group in groups:
            play(group, simulate)
    return Solution(*(part.reshape(*lead, *part.shape[1:]) for part in parts))


def _groups(xbar: Crossbar, lines: Array, gates: Array | None) -> list[Group]:
    """The points in groups that one deck can hold: the same floating lines, the same transistors that can conduct, not too many."""
    if not len(lines):
        return []
    marks = np.isnan(lines)
    if gates is not None:
        lowest = np.min(lines, axis=1, initial=np.inf, where=~marks)
        path = paths(xbar, gates, np.where(np.isinf(lowest), 0.0, lowest))
        marks = np.hstack([marks, np.broadcast_to(path, (len(lines), *xbar.shape)).reshape(len(lines), -1)])
    bits = np.packbits(marks, axis=1)
    kinds, group = np.unique(bits, axis=0, return_inverse=True) if len(bits) > 1 else (bits, np.zeros(1, dtype=int))
    cells = xbar.m * xbar.n
    most = max(1, min(NUMBERS_A_RUN // (4 * cells), max(CELLS_A_RUN // cells, POINTS_A_RUN)))
    found = []
    for k, kind in enumerate(kinds):
        rows = np.flatnonzero(group == k)
        found += [(rows[first : first + most], kind.tobytes()) for first in range(0, len(rows), most)]
    return found


def deck_run(
    simulate: Simulate, xbar: Crossbar, lines: Array, gates: Array | None, junctions: Cards | None
) -> tuple[Deck, Waves]:
    """Some points of one network in one deck."""
    deck = operating_point_deck(xbar, lines[:, : xbar.m], lines[:, xbar.m :], gates, junctions)

    def complaint(waves: Waves) -> str:
        points = len(next(iter(waves.values()), ()))
        return "" if points == len(lines) else f"the run ended after {points} of {len(lines)} operating points"

    return deck, simulate(deck, complaint) if deck.net.driven.any() else {}


class Reading:
    """Some points of one network, lines (p, m + n) and gates (p, gates), and what ngspice found for them."""

    def __init__(self, xbar: Crossbar, lines: Array, gates: Array | None, deck: Deck, waves: Waves):
        self.xbar, self.lines, self.gates, self.points = xbar, lines, gates, len(lines)
        self.deck, self.waves, self.joined = deck, waves, deck.net.joined_ends

    def solution(self) -> tuple[Array, ...]:
        """The fields of a `Solution`, (points, ...)."""
        xbar, m, names = self.xbar, self.xbar.m, self.deck.names
        if self.joined.any():
            self._network().apply(self.lines)  # raises where they are at different voltages
        v_word, v_bit = self._grid(names.word), self._grid(names.bit)
        if not xbar.series:
            v_cell, v_access = v_word - v_bit, np.zeros_like(v_word)
        else:
            idle = v_bit if self.gates is None else idle_middle(xbar, self.gates, v_word, v_bit)
            middle = self._grid(names.middle)
            middle = np.where(np.isnan(middle), idle, middle)
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
        if xbar.series:
            for i, j in (divmod(k, n) for k in np.flatnonzero(short[0]).tolist()):
                if xbar.selector is not None:
                    current[:, i, j] = xbar.selector.current(v_word[:, i, j] - v_bit[:, i, j])
                else:
                    # some models give the size alone: the sign is that of the voltage
                    size = vectors(self.waves, [f"i(@mc_{i}_{j}[id])"], self.points)[0]
                    current[:, i, j] = np.copysign(size, v_word[:, i, j] - v_bit[:, i, j])
            return current
        network = self._network()
        voltage = network.apply(self.lines)
        voltage[network.group[: 2 * xbar.m * n]] = np.concatenate([v_word, v_bit], axis=1).reshape(self.points, -1).T
        return np.where(short, network.currents(voltage, current)[0], current)

    def _network(self) -> Network:
        """The network of a 1R array, for what Kirchhoff's law says about its shorts."""
        at_rest = self.xbar.element_conductance(0.0)
        shorted = np.isinf(at_rest) if not self.xbar.series else np.zeros(self.xbar.shape, dtype=bool)
        return Network(self.xbar, np.isnan(self.lines[0]), at_rest > 0, shorted)


def idle_middle(xbar: Crossbar, gates: Array, v_word: Array, v_bit: Array) -> Array:
    """Voltage of the node between MTJ and transistor in cells without current, which decks leave out: that of the side it is joined to.

    gates (..., gates); v_word, v_bit (..., m, n).
    """
    assert xbar.access is not None
    is_open = xbar.element_conductance(0.0) == 0
    on = cell_gates(xbar, gates) - v_bit > threshold(xbar.access, v_bit)[0]
    return np.where(is_open, np.where(on, v_bit, np.nan), v_word)
