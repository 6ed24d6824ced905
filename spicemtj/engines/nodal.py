"""Exact nodal analysis of the crossbar: lines eliminated one by one, conjugate gradients for what is left, Newton's method on top.

`grid/` holds the method. Cells of 0 ohm, cut lines and whatever does not converge go to the sparse LU of `lu.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.schemes import Drive, line_arrays
from ..circuit.topology import cell_gates
from ..errors import InputError
from . import quasistatic
from .base import Solution, WriteResult
from .cells import CellLaw
from .grid.descent import State
from .grid.lines import Lines, Wires
from .grid.newton import Newton
from .grid.system import NotConvergedError, System
from .ohmic import OhmicSolution

if TYPE_CHECKING:
    from .lu import SparseLu

Array = NDArray[np.float64]
States = NDArray[np.int8]
Parts = tuple[Array, ...]  # the fields of a Solution
PARTS = ("v_wl", "v_bl", "v_cell", "v_access", "i_cell", "i_wl", "i_bl")


class Nodal:
    """The exact solver. `solve` and `write` as in `Engine`."""

    name = "nodal"

    def solve(self, xbar: Crossbar, v_wl: ArrayLike, v_bl: ArrayLike, v_gate: ArrayLike | None = None) -> Solution:
        """Node voltages and currents of a static network, self-consistent with every cell's bias dependence."""
        wl, bl, gate = line_arrays(xbar, v_wl, v_bl, v_gate)
        return Solver(xbar).solve(wl, bl, gate)

    def write(self, xbar: Crossbar, drive: Drive, uniforms: Array) -> WriteResult:
        """Play a Drive quasi-statically, flip by flip; see `quasistatic.play`."""
        solver = Solver(xbar)

        def solve(states: States, v_wl: Array, v_bl: Array, v_gate: Array | None) -> Solution:
            return solver.solve(v_wl, v_bl, v_gate, states, warm=True)

        return quasistatic.play(xbar, drive, uniforms, solve)

    def effective_conductance(self, xbar: Crossbar, v_read: float = 0.1) -> Array:
        """G_eff (m, n) [S]: i_bl = G_eff.T @ v_wl with all bit lines at 0 V; backwards i_wl = -G_eff @ v_bl.

        Every cell has its chord conductance where all word lines are at `v_read` (all gates open), so that G_eff is exact for that
        read and for small signals around the same conductances.
        """
        wl, bl, gate = line_arrays(xbar, np.full(xbar.m, float(v_read)), np.zeros(xbar.n), None)
        return Solver(xbar).effective_conductance(wl, bl, gate)


def wires_of(xbar: Crossbar) -> Wires:
    """The resistances of a crossbar's lines."""
    return Wires(xbar.r_wl, xbar.r_bl, xbar.r_driver_wl, xbar.r_driver_bl, xbar.r_far_wl, xbar.r_far_bl)


def chords(xbar: Crossbar, v_read: float) -> Array:
    """Conductances (m, n) [S] of resistors that could replace the cells where all word lines are at `v_read` volts, all gates open."""
    wl, bl, gate = line_arrays(xbar, np.full(xbar.m, float(v_read)), np.zeros(xbar.n), None)
    law, lines = Solver(xbar).prepare(wl, bl, gate, np.asarray(xbar.states, dtype=np.int8))
    if lines is None:
        raise InputError("cells of 0 ohm and cut lines have no chord conductances that a fast update could start from")
    return _chords(law, lines, wl, bl)


def _chords(law: CellLaw, lines: Lines, wl: Array, bl: Array) -> Array:
    if law.linear:
        return law.rest
    state = Newton(lines).solve(law, wl, bl, np.zeros(sum(law.shape), dtype=bool))
    drop = state.w - state.x
    small = ~(np.abs(drop) > 1e-9 * np.abs(wl).max())
    return np.ascontiguousarray(np.where(small, state.by_word, state.current / np.where(small, 1.0, drop)))


class Solver:
    """A crossbar under solution: what one call can use of another is kept, by floating lines, gates and voltages."""

    def __init__(self, xbar: Crossbar):
        self.xbar, self.wires = xbar, wires_of(xbar)
        self._newton: dict[bytes, Newton] = {}
        self._last: dict[bytes, State] = {}
        self._lu: SparseLu | None = None

    def solve(self, wl: Array, bl: Array, gate: Array | None, states: States | None = None, warm: bool = False) -> Solution:
        """Solve for applied voltages (..., m), (..., n) and (..., gates); `warm` starts from the last solution of the same lines."""
        lead, (m, n) = wl.shape[:-1], self.xbar.shape
        now: States = np.asarray(self.xbar.states if states is None else states, dtype=np.int8)
        wl, bl = wl.reshape(-1, m), bl.reshape(-1, n)
        gates = None if gate is None else gate.reshape(-1, self.xbar.gates)
        groups = list(alike(wl, bl, gates))
        if len(groups) == 1:
            solved = self._group(wl, bl, gates, now, warm)
            if isinstance(solved, OhmicSolution):
                return solved.leading(*lead)
            parts = tuple(getattr(solved, name) for name in PARTS)
        else:
            parts = tuple(np.empty((len(wl), *shape)) for shape in ((m, n),) * 5 + ((m,), (n,)))
            for rows in groups:
                solved = self._group(wl[rows], bl[rows], None if gates is None else gates[rows], now, warm)
                for part, name in zip(parts, PARTS, strict=True):
                    part[rows] = getattr(solved, name)
        return Solution(*(part.reshape(*lead, *part.shape[1:]) for part in parts))

    def effective_conductance(self, wl: Array, bl: Array, gate: Array | None) -> Array:
        """As `Nodal.effective_conductance`, with the chords at these lines."""
        law, lines = self.prepare(wl, bl, gate, np.asarray(self.xbar.states, dtype=np.int8))
        if lines is None:
            return self._direct().effective_conductance(wl, bl, gate)
        try:
            return System(lines, _chords(law, lines, wl, bl)).transfer()
        except NotConvergedError:
            return self._direct().effective_conductance(wl, bl, gate)

    def _direct(self) -> SparseLu:
        if self._lu is None:
            from .lu import SparseLu

            self._lu = SparseLu(self.xbar)
        return self._lu

    def prepare(self, wl: Array, bl: Array, gate: Array | None, states: States) -> tuple[CellLaw, Lines | None]:
        """The cells' law and the lines, for one set of applied voltages; no lines where the network is one for `SparseLu`."""
        floating = np.isnan(np.concatenate([wl, bl]))
        lowest = 0.0
        if self.xbar.access is not None and not floating.all():
            lowest = float(np.nanmin(np.concatenate([wl, bl])))
        law = CellLaw(self.xbar, states, None if gate is None else cell_gates(self.xbar, gate), lowest)
        if not self.wires.whole or law.merges:
            return law, None
        return law, Lines.of(self.wires, floating, law.conducts)

    def _group(self, wl: Array, bl: Array, gates: Array | None, states: States, warm: bool) -> Solution:
        """Solutions for rows of applied voltages that are `alike`."""
        gate = None if gates is None else gates[0]
        law, lines = self.prepare(wl[0], bl[0], gate, states)
        if lines is not None:
            v_wl, v_bl = np.nan_to_num(wl, nan=0.0), np.nan_to_num(bl, nan=0.0)
            try:
                if law.linear:
                    return self._linear(law, lines, v_wl, v_bl, wl, bl)
                rows = [self._bias(law, lines, *row, gate, warm) for row in zip(v_wl, v_bl, wl, bl, strict=True)]
                return Solution(*(np.stack(part) for part in zip(*rows, strict=True)))
            except NotConvergedError:
                pass
        return self._direct().solve(wl, bl, gates, states, warm)

    def _linear(self, law: CellLaw, lines: Lines, v_wl: Array, v_bl: Array, wl: Array, bl: Array) -> Solution:
        w, x, i_wl, i_bl = System(lines, law.rest).read(v_wl, v_bl)
        _leave_floating(lines, wl[0], bl[0], (w, x), i_wl, i_bl)
        return OhmicSolution(w, x, i_wl, i_bl, law.rest)

    def _bias(
        self, law: CellLaw, lines: Lines, v_wl: Array, v_bl: Array, wl: Array, bl: Array, gate: Array | None, warm: bool
    ) -> Parts:
        """One solution of cells that depend on their bias."""
        floating = np.isnan(np.concatenate([wl, bl]))
        key = np.packbits(np.concatenate([floating, law.conducts.ravel()])).tobytes()
        here = key + wl.tobytes() + bl.tobytes() + (b"" if gate is None else gate.tobytes())
        newton = self._newton.get(key)
        if newton is None:
            newton = self._newton[key] = Newton(lines)
        start = self._last.get(here) if warm else None
        state = newton.solve(law, v_wl, v_bl, floating, start)
        if warm:
            self._last[here] = state
        w, x, i_cell = state.w, state.x, state.current
        i_wl, i_bl = i_cell.sum(axis=1), i_cell.sum(axis=0)
        if lines.fed is not None:
            w, x = w.copy(), x.copy()
            _leave_floating(lines, wl, bl, (w, x), i_wl, i_bl)
        middle = law.middle(w, x, state.middle)
        return w, x, w - middle, middle - x, i_cell, i_wl, i_bl


def _leave_floating(lines: Lines, wl: Array, bl: Array, voltages: tuple[Array, ...], i_wl: Array, i_bl: Array) -> None:
    """No current where no driver is, no voltage where none reaches. `voltages` (..., m, n): of word nodes, of bit nodes, or across."""
    if lines.fed is None:
        return
    m = len(wl)
    i_wl[..., np.isnan(wl)] = 0.0
    i_bl[..., np.isnan(bl)] = 0.0
    word, bit = ~lines.fed[:m], ~lines.fed[m:]
    voltages[0][..., word, :] = np.nan
    voltages[1][..., bit] = np.nan
    for across in voltages[2:]:
        across[..., word, :] = np.nan
        across[..., bit] = np.nan


def alike(wl: Array, bl: Array, gates: Array | None) -> Iterator[NDArray[np.intp]]:
    """The rows of a batch in groups that share lines and law: the same floating lines and, with transistors, gates and lowest voltage."""
    if len(wl) == 0:
        return
    marks = np.isnan(np.hstack([wl, bl]))
    if gates is None and (marks == marks[0]).all():
        yield np.arange(len(wl))
        return
    found = [np.packbits(marks, axis=1).astype(float)]
    if gates is not None:
        lowest = np.min(np.where(marks, np.inf, np.hstack([wl, bl])), axis=1, keepdims=True)
        found += [gates, lowest]
    _, group = np.unique(np.hstack(found), axis=0, return_inverse=True)
    for k in range(group.max() + 1):
        yield np.flatnonzero(group == k)
