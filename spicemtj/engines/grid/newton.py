"""Newton's method on a grid whose cells obey a law of their own.

A step solves the wires for the cells' tangents; what it leaves is each cell's miss, the law's current less the tangent's. Steps start where
the last one ended, are solved only as far as the next miss lets them be worth, and keep the factors while the slopes hardly change.
Part of a step takes the same part of its changes of voltage and of current, so that the wires' equations keep holding, and the misses
fall along it: halving ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import SimulationError
from . import laws
from .lines import Lines
from .system import SMALL, System

if TYPE_CHECKING:
    from ..cells import CellLaw, Response

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

STEPS = 200
HALVINGS = 40
STANDSTILL = 1e-12  # of the largest voltage: a step below ends the search
NO_CURRENT = 1e-18  # A: a miss below is none (a floating line settles at a transistor's threshold with ever smaller currents)


@dataclass(eq=False)
class State:
    """Voltages w, x (m, n) of word and bit nodes, the cells' currents `settled` (m, n) for which the wires' equations hold
    and the cells' response at those voltages."""

    w: Array
    x: Array
    settled: Array
    response: Response


class Newton:
    """A solver of cells on `lines`; it keeps the last factors for the next call."""

    def __init__(self, lines: Lines):
        self.lines = lines
        self._system: System | None = None

    def solve(self, law: CellLaw, v_wl: Array, v_bl: Array, floating: Mask, start: State | None = None) -> State:
        """Drivers at v_wl (m,), v_bl (n,), 0 where `floating` (m + n,); `start`: a solution of the same lines with cells in other states.

        Raises `SimulationError` with the remaining error where it does not converge.
        """
        largest = max(float(np.abs(v_wl).max()), float(np.abs(v_bl).max()), 1e-30)
        finest, error = SMALL * largest, largest
        if start is None:
            w, x = _guess(v_wl, v_bl, floating)
            at, miss = State(w, x, w, law.respond(w, x)), np.inf
        else:
            at = State(start.w, start.x, start.settled, law.respond(start.w, start.x, start.response.middle))
            miss = _miss(at)
        for _ in range(STEPS):
            now = at.response
            system = self._for(now, error, finest)
            source, settled = np.empty(law.shape), np.empty(law.shape)
            laws.sources(now.current, system.g, system.by_bit, at.w, at.x, source)
            x = at.x.copy()
            w, reached = system.solve(v_wl, v_bl, x, source, finest, min(0.03, 0.1 * error / largest))
            there = law.respond(w, x, now.middle)
            total, error = laws.misses(there.current, system.g, system.by_bit, w, x, source, settled)
            trial = State(w, x, settled, there)
            if reached == finest and (error <= finest or _at_rest(at, trial, largest)):
                return trial
            if total > miss:
                trial, total = _halved(law, at, trial, miss)
            at, miss, error = trial, total, min(error, largest)
        raise SimulationError(
            f"the network did not converge in {STEPS} Newton steps: the cells' "
            f"current errors add up to {miss:.1e} A; check for extreme voltages or transistor parameters"
        )

    def _for(self, now: Response, error: float, finest: float) -> System:
        """The last factors where they bring `error` down to `finest` [V] in one step, else new ones."""
        if self._system is not None:
            drift = laws.drift(now.by_word, self._system.g)
            if now.by_bit is not now.by_word:
                drift = max(drift, laws.drift(now.by_bit, self._system.by_bit))
            if drift * error <= 0.3 * finest:
                return self._system
        self._system = System(self.lines, now.by_word, now.by_bit)
        return self._system


def _guess(v_wl: Array, v_bl: Array, floating: Mask) -> tuple[Array, Array]:
    """Voltages (m, n) of the nodes: every line at its driver's, a floating one at the lowest of all."""
    m, n = len(v_wl), len(v_bl)
    lines = np.concatenate([v_wl, v_bl])
    lines[floating] = lines[~floating].min() if not floating.all() else 0.0
    return np.repeat(lines[:m], n).reshape(m, n), np.tile(lines[m:], (m, 1))


def _at_rest(before: State, after: State, largest: float) -> bool:
    """Whether no cell misses by a current, or no voltage moved."""
    if np.abs(after.response.current - after.settled).max() <= NO_CURRENT:
        return True
    return bool(max(np.abs(after.w - before.w).max(), np.abs(after.x - before.x).max()) <= STANDSTILL * largest)


def _miss(at: State) -> float:
    """Sum of the cells' current errors [A]."""
    return float(np.abs(at.response.current - at.settled).sum())


def _halved(law: CellLaw, at: State, trial: State, miss: float) -> tuple[State, float]:
    """The largest half, quarter, ... of the step from `at` to `trial` that brings the misses down; the smallest if none does."""
    part, size = trial, 1.0
    for _ in range(HALVINGS):
        size /= 2
        w, x, settled = (a + size * (b - a) for a, b in ((at.w, trial.w), (at.x, trial.x), (at.settled, trial.settled)))
        part = State(w, x, settled, law.respond(w, x, at.response.middle))
        total = _miss(part)
        if total <= (1 - 1e-4 * size) * miss:
            break
    return part, total
