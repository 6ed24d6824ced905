"""An array that is read and pulsed again and again on the exact network: `Nodal` without what a training does not ask for.

Every solution starts from the lines' volts and the cells' states alone, not from what was solved before, so that neither the order of reads
nor a break between them tells; only within a pulse the network goes on from flip to flip. A pulse's voltages are right to double
precision. A read ends with a Newton step that follows a miss of 1e-6 of the largest voltage or less and is not looked at again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.faults import OPEN, SHORT
from ..errors import SimulationError
from .cells import CellLaw
from .grid import play, series
from .grid.descent import CONVERGED, Factors, LineKernel, State, descend
from .grid.lines import Lines
from .grid.play import Switching
from .grid.system import SMALL, most_steps
from .nodal import wires_of

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
READ = 1e-11  # error of a voltage in a read, relative to the largest applied


def fits(xbar: Crossbar) -> bool:
    """Whether `ExactTile` can take an array: whole wires, junctions of which none is a short, no card of a user's own."""
    own = xbar.access is not None and xbar.access.own
    return wires_of(xbar).whole and not xbar.ohmic and not own and not np.isin(xbar.faults, (OPEN, SHORT)).any()


class Part(NamedTuple):
    """Consecutive rows of an array, from number `first` on: cells, lines, and room for a solution."""

    first: int
    law: series.Law
    lines: LineKernel
    room: State
    kept: Factors


class ExactTile:
    """A crossbar whose states it keeps; see `fits`. All gates are open in a read."""

    def __init__(self, xbar: Crossbar):
        m, n = xbar.shape
        self.xbar, self.shape = xbar, xbar.shape
        gate = None if xbar.access is None else np.full((m, n), xbar.access.gate_on)
        law = CellLaw(xbar, np.asarray(xbar.states), gate)
        self.law = law.kernel._replace(state=law.kernel.state.copy())
        found = Lines.of(wires_of(xbar), np.zeros(m + n, dtype=bool), np.ones((m, n), dtype=bool))
        lines = LineKernel(found.seg_w, found.seg_b, found.first_w, found.first_b, found.far_w, found.far_b)
        symmetric = xbar.access is None
        by_word = np.empty((m, n))
        w, x, middle, settled, current = (np.empty((m, n)) for _ in range(5))
        room = State(w, x, middle, settled, current, by_word, by_word if symmetric else np.empty((m, n)))
        self._whole = Part(0, self.law, lines, room, Factors.none((m, n), symmetric))
        self._most = most_steps((m, n))
        self._past = np.zeros((2, m, n))
        on = np.zeros((m, n), dtype=bool)
        self._follow = play.Follow(on, np.zeros((m, n)), np.zeros((m, n)), np.zeros(2), np.zeros(1, dtype=np.int64))

    @property
    def states(self) -> NDArray[np.int8]:
        """The cells' states (m, n)."""
        return self.law.state.astype(np.int8)

    def restore(self, states: NDArray[np.int8]) -> None:
        """Put the cells into given states (m, n)."""
        self.law.state[:] = states

    def read(self, v_wl: Array, v_bl: Array) -> tuple[Array, Array]:
        """Currents [A] out of the word lines (p, m) and into the bit lines (p, n) at volts v_wl (p, m), v_bl (p, n)."""
        i_wl, i_bl = np.empty(v_wl.shape), np.empty(v_bl.shape)
        for k, (wl, bl) in enumerate(zip(v_wl, v_bl, strict=True)):
            self._solve(self._whole, np.array(wl), np.array(bl), READ)  # arrays that can be written to, see `laws.contiguous`
            current = self._whole.room.current
            current.sum(axis=1, out=i_wl[k])
            current.sum(axis=0, out=i_bl[k])
        return i_wl, i_bl

    def pulse(
        self, v_wl: Array, v_bl: Array, rows: NDArray[np.intp], can: Mask, log_h: Array, switching: Switching
    ) -> NDArray[np.intp] | None:
        """One pulse at volts v_wl (m,), v_bl (n,), with transistors under gates that are open on `rows` alone.

        can, log_h (m, n): the cells that may flip, and ln of the hazard at which each does. The flipped cells' numbers, row n + column;
        None where the switching table has no answer, and nothing is changed.
        """
        part, before, left, follow = self._part(rows), self.law.state.copy(), switching.seconds, self._follow
        law, first, v_wl, v_bl = part.law, part.first, np.array(v_wl), np.array(v_bl)
        mine = slice(first, first + len(law.live))
        follow.on[:], follow.progress[:], follow.steps[0] = False, 0.0, 0
        warm = False
        while True:
            self._solve(part, v_wl[mine], v_bl, SMALL, warm)
            if follow.steps[0] == len(self._past):
                self._more_steps()
                follow = self._follow
            left = play.advance(law, part.room, first, before, can, log_h, switching, left, self._past, follow)
            if left == play.OUTSIDE:
                self.law.state[:] = before
                return None
            if left <= 0:
                return np.flatnonzero(self.law.state != before)
            warm = True

    def _part(self, rows: NDArray[np.intp]) -> Part:
        """What takes part in a pulse under gates that are open on `rows`: the rows from the first of these to the last.

        The others carry nothing; what is left of a bit line beside them is wire, in series with its driver.
        """
        whole = self._whole
        if whole.law.kind != series.TRANSISTOR:
            return whole
        law, lines, kept = whole.law, whole.lines, whole.kept
        first, end = int(rows[0]), int(rows[-1]) + 1
        mine = slice(first, end)
        on, live = np.zeros((end - first, self.shape[1])), np.zeros(end - first, dtype=bool)
        on[rows - first], live[rows - first] = 1.0, True
        cells = {name: getattr(law, name)[mine] for name in ("state", "r_p", "tmr0", "short", "gate")}
        first_w, far_w, beyond = lines.first_w[mine], lines.far_w[mine], lines.seg_b * (self.shape[0] - end)
        far_b = lines.far_b / (1 + lines.seg_b * first * lines.far_b)
        word, bit = (kept.word[0][mine], kept.word[1][mine]), (kept.bit[0][mine], kept.bit[1])
        return Part(
            first,
            law._replace(on=on, live=live, **cells),
            lines._replace(first_w=first_w, far_w=far_w, first_b=lines.first_b + beyond, far_b=far_b),
            State(*(values[mine] for values in whole.room)),
            Factors(kept.by_word[mine], kept.by_bit[mine], word, bit, kept.there),
        )

    def _more_steps(self) -> None:
        """Room for more flips in a pulse."""
        self._past = np.concatenate([self._past, np.zeros_like(self._past)])
        self._follow = self._follow._replace(
            seconds=np.concatenate([self._follow.seconds, np.zeros(len(self._follow.seconds))])
        )

    def _solve(self, part: Part, v_wl: Array, v_bl: Array, close: float, warm: bool = False) -> None:
        """Solve into `part.room`, within `close` of the largest voltage: from the lines' volts, or on from what is there."""
        at = part.room
        largest = max(float(np.abs(v_wl).max()), float(np.abs(v_bl).max()), 1e-30)
        if not warm:
            at.w[:], at.x[:], at.middle[:], part.kept.there[0] = v_wl[:, None], v_bl, np.nan, False
        miss = np.nan if warm else np.inf
        code, error = descend(part.law, part.lines, v_wl, v_bl, at, part.kept, largest, close, miss, self._most)
        if code != CONVERGED:
            raise SimulationError(
                f"an array did not converge: its cells' current errors add up to {error:.1e} A; "
                "check for extreme voltages or transistor parameters"
            )
