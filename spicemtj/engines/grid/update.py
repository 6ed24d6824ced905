"""Effective conductance kept up to date while cells change one by one.

A cell's change of conductance d adds the current J = d v/(1 + d z) through it, v its voltage before and z the resistance that it sees. One
solution with a unit current at the cell gives all of it: alpha, the currents out of the word lines' drivers (and, by
reciprocity, v for 1 V on each
of them), beta, those into the bit lines' drivers, and z. The change is the outer product alpha beta^T d/(1 + d z), of rank one
(Sherman and Morrison, Ann. Math. Stat. 21, 124, 1950).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...circuit.crossbar import Crossbar
from ...errors import InputError
from . import ladders
from .lines import Lines, Wires
from .system import SMALL, System

Array = NDArray[np.float64]

PART = 1e-13  # error of a unit current's solution, relative to its first residual
PROBED = 256  # changes between two probes
TOLERATED = 2e-10  # deviation of a probe, relative, from which on everything is solved afresh


class EffectiveConductance:
    """`conductance` (m, n) [S] of an array of resistors: i_bl = conductance.T @ v_wl with all bit lines at 0 V.

    Every 256th change a random read is solved by itself and compared: `deviation` is what was found last, relative to the largest current,
    `fresh` how many times it was too large and everything was solved anew. `probe()` does so at once.
    """

    def __init__(self, g: Array, wires: Wires):
        """g (m, n): siemens, 0 for an open cell; copied."""
        self.g = np.array(g, dtype=float, order="C")
        floating = np.zeros(sum(self.g.shape), dtype=bool)
        if not (wires.whole and np.isfinite(self.g).all()):
            raise InputError(
                "an effective conductance kept up to date needs finite conductances and wires; take effective_conductance"
            )
        self._system = System(Lines.of(wires, floating, self.g > 0), self.g)
        self._rng = np.random.default_rng(0)
        self._changes = self.fresh = 0
        self.deviation = 0.0
        self.conductance = self._system.transfer()

    @classmethod
    def of(cls, xbar: Crossbar, v_read: float = 0.1) -> EffectiveConductance:
        """Of a crossbar's cells at their chord conductances where all word lines are at `v_read` volts."""
        from ..nodal import chords, wires_of

        return cls(chords(xbar, v_read), wires_of(xbar))

    def set(self, i: int, j: int, g: float) -> None:
        """Cell (i, j) is of g siemens from now on; the others stay as they are."""
        if not (np.isfinite(g) and g >= 0):
            raise InputError(f"a cell of {g} S: give finite siemens, 0 or more")
        change = float(g) - self.g[i, j]
        if change == 0:
            return
        alpha, beta, z = self._unit(i, j)
        self.conductance += np.outer(alpha * (change / (1 + change * z)), beta)
        self._put(i, j, float(g))
        self._changes += 1
        if self._changes % PROBED == 0:
            self.probe()

    def probe(self) -> float:
        """Compare with one read solved by itself, and solve afresh where they differ too much; the deviation found."""
        m, n = self.g.shape
        v_wl, x = np.asarray(self._rng.uniform(0.5, 1.0, m)), np.zeros((m, n))
        w, _ = self._system.solve(v_wl, np.zeros(n), x)
        true = (self.g * (w - x)).sum(axis=0)
        self.deviation = float(np.abs(self.conductance.T @ v_wl - true).max() / max(np.abs(true).max(), 1e-300))
        if not self.deviation <= TOLERATED:
            self.conductance = self._system.transfer()
            self.fresh += 1
        return self.deviation

    def _unit(self, i: int, j: int) -> tuple[Array, Array, float]:
        """Currents [A] out of the word drivers and into the bit drivers for 1 A more through cell (i, j), and the ohms that it sees."""
        m, n = self.g.shape
        source, x = np.zeros((m, n)), np.zeros((m, n))
        source[i, j] = 1.0
        w, _ = self._system.solve(np.zeros(m), np.zeros(n), x, source, SMALL * 1e-12, PART)
        current = self.g * (w - x)
        current[i, j] += 1.0
        return current.sum(axis=1), current.sum(axis=0), float(x[i, j] - w[i, j])

    def _put(self, i: int, j: int, g: float) -> None:
        """The new conductance, and the factors of the two lines that it changes."""
        system, lines = self._system, self._system.lines
        self.g[i, j] = g
        system.definite = system.definite and g > 0
        ladders.factor_word(i, self.g, lines.seg_w, lines.first_w, lines.far_w, *system.word)
        ladders.factor_bit(j, self.g, lines.seg_b, lines.first_b, lines.far_b, *system.bit)
