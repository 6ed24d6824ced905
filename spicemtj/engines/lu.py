"""The network solved by sparse LU: what the fast solver answers to, and what solves the arrays that it leaves alone.

Those are arrays with cells or loops of 0 ohm, whose nodes merge across the lines, and cut lines. Ohmic arrays take one factorisation for
all applied voltages with the same floating lines, others Newton's method on the whole network, to 1e-12 of the largest voltage.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.topology import cell_gates
from .base import Solution
from .cells import CellLaw
from .network import Network

Array = NDArray[np.float64]
States = NDArray[np.int8]


class SparseLu:
    """A crossbar under solution: its networks, one for each pattern of floating lines and conducting cells, built once."""

    def __init__(self, xbar: Crossbar):
        self.xbar = xbar
        self._networks: dict[bytes, Network] = {}
        self._last: dict[bytes, Array] = {}

    def solve(self, wl: Array, bl: Array, gate: Array | None, states: States | None = None, warm: bool = False) -> Solution:
        """Solve for applied voltages (..., m), (..., n) and (..., gates); `warm` starts from the last solution of the same lines."""
        lead, (m, n) = wl.shape[:-1], self.xbar.shape
        lines = np.concatenate([wl, bl], axis=-1).reshape(-1, m + n)
        gates = None if gate is None else gate.reshape(-1, self.xbar.gates)
        now: States = np.asarray(self.xbar.states if states is None else states, dtype=np.int8)
        parts = [np.empty((len(lines), *shape)) for shape in ((m, n),) * 5 + ((m,), (n,))]
        for rows in _alike(lines, gates if self.xbar.access else None):
            if self.xbar.ohmic and self.xbar.access is None:
                solved = self._linear(lines[rows], now)
            else:
                row_gate = None if gates is None else gates[rows[0]]
                solved = self._newton(lines[rows], row_gate, now, warm)
            for part, value in zip(parts, solved, strict=True):
                part[rows] = value
        return Solution(*(part.reshape(*lead, *part.shape[1:]) for part in parts))

    def effective_conductance(self, wl: Array, bl: Array, gate: Array | None) -> Array:
        m, n = self.xbar.shape
        lines = np.concatenate([wl, bl])
        law, network, _ = self._prepare(lines, gate, np.asarray(self.xbar.states, dtype=np.int8))
        if law.linear:
            g = law.rest
        else:
            v, response = network.solve_newton(law, lines)
            v_word, v_bit = network.at_nodes(v)
            drop = v_word - v_bit
            small = ~(np.abs(drop) > 1e-9 * np.abs(lines).max())
            g = np.where(small, response.by_word, response.current / np.where(small, 1.0, drop))
        unit = np.hstack([np.eye(m), np.zeros((m, n))])
        v = network.solve_linear(g, unit)
        v_word, v_bit = network.at_nodes(v)
        return network.currents(v, _through(g, v_word - v_bit))[2]

    def _prepare(self, lines: Array, gate: Array | None, states: States) -> tuple[CellLaw, Network, bytes]:
        floating = np.isnan(lines)
        lowest = 0.0 if floating.all() else float(np.nanmin(lines))
        law = CellLaw(self.xbar, states, None if gate is None else cell_gates(self.xbar, gate), lowest)
        key = np.packbits(np.concatenate([floating, law.conducts.ravel(), law.shorted.ravel()])).tobytes()
        if key not in self._networks:
            self._networks[key] = Network(self.xbar, floating, law.conducts, law.shorted)
        return law, self._networks[key], key

    def _linear(self, lines: Array, states: States) -> tuple[Array, ...]:
        law, network, _ = self._prepare(lines[0], None, states)
        v = network.solve_linear(law.rest, lines)
        v_word, v_bit = network.at_nodes(v)
        i_cell, i_wl, i_bl = network.currents(v, _through(law.rest, v_word - v_bit))
        return v_word, v_bit, v_word - v_bit, np.zeros_like(v_word), i_cell, i_wl, i_bl

    def _newton(self, lines: Array, gate: Array | None, states: States, warm: bool) -> tuple[Array, ...]:
        law, network, key = self._prepare(lines[0], gate, states)
        parts = []
        for row in lines:
            key_row = key + row.tobytes()
            v, response = network.solve_newton(law, row, self._last.get(key_row) if warm else None)
            if warm:
                self._last[key_row] = v
            v_word, v_bit = network.at_nodes(v)
            i_cell, i_wl, i_bl = (part[0] for part in network.currents(v[:, None], response.current[None]))
            parts.append((v_word, v_bit, v_word - response.middle, response.middle - v_bit, i_cell, i_wl, i_bl))
        return tuple(np.stack(part) for part in zip(*parts, strict=True))


def _through(g: Array, v: Array) -> Array:
    """Currents of cells of conductance g, 0 where a node is nan (and so not fed)."""
    return np.where(np.isnan(v), 0.0, g * v)


def _alike(lines: Array, gates: Array | None) -> Iterator[NDArray[np.intp]]:
    """The rows of a batch in groups that share a network: the same floating lines and, with transistors, gates and lowest voltage."""
    if len(lines) <= 1:
        yield from [np.arange(1)] * len(lines)
        return
    marks = np.isnan(lines).astype(float)
    if gates is not None:
        lowest = np.min(np.where(np.isnan(lines), np.inf, lines), axis=1, keepdims=True)
        marks = np.hstack([marks, gates, lowest])
    _, group = np.unique(marks, axis=0, return_inverse=True)
    for k in range(group.max() + 1):
        yield np.flatnonzero(group == k)
