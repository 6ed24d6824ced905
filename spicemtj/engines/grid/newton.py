"""Newton's method on a grid whose cells obey a law of their own.

A step solves the wires for the cells' tangents; what it leaves is each cell's miss, the law's current less the tangent's. Steps start where
the last one ended, are solved only as far as the next miss lets them be worth, and keep the factors while the slopes hardly change.
Part of a step takes the same part of its changes of voltage and of current, so that the wires' equations keep holding, and the misses
fall along it: halving ends. All of it is one compiled call (`descent.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import SimulationError
from .descent import CONVERGED, LINEAR, Factors, LineKernel, State, descend
from .lines import Lines
from .system import SMALL, NotConvergedError, most_steps

if TYPE_CHECKING:
    from ..cells import CellLaw

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Newton:
    """A solver of cells on `lines`; it keeps the last factors for the next call.

    close : error of a voltage, relative to the largest applied, that a solution may have.
    """

    def __init__(self, lines: Lines, close: float = SMALL):
        self.lines, self.close = lines, close
        self._factors: Factors | None = None
        self._lines = LineKernel(lines.seg_w, lines.seg_b, lines.first_w, lines.first_b, lines.far_w, lines.far_b)

    def solve(self, law: CellLaw, v_wl: Array, v_bl: Array, floating: Mask, start: State | None = None) -> State:
        """Drivers at v_wl (m,), v_bl (n,), 0 where `floating` (m + n,); `start`: a solution of the same lines with cells in other states.

        Raises `SimulationError` with the remaining error where it does not converge.
        """
        largest = max(float(np.abs(v_wl).max()), float(np.abs(v_bl).max()), 1e-30)
        law.cover(np.concatenate([v_wl, v_bl]))
        symmetric = law.xbar.access is None
        if start is None:
            w, x = _guess(v_wl, v_bl, floating)
            middle, settled, miss = np.full(law.shape, np.nan), w.copy(), np.inf
        else:
            w, x, middle, settled, miss = start.w.copy(), start.x.copy(), start.middle.copy(), start.settled.copy(), np.nan
        by_word = np.empty(law.shape)
        at = State(w, x, middle, settled, np.empty(law.shape), by_word, by_word if symmetric else np.empty(law.shape))
        if self._factors is None:
            self._factors = Factors.none(law.shape, symmetric)
        volts = np.ascontiguousarray(v_wl), np.ascontiguousarray(v_bl)
        code, error = descend(
            law.kernel, self._lines, *volts, at, self._factors, largest, self.close, miss, most_steps(law.shape)
        )
        if code == CONVERGED:
            return at
        self._factors = None
        if code == LINEAR:
            raise NotConvergedError(
                f"the network did not converge in {most_steps(law.shape)} steps; check for extreme resistances"
            )
        raise SimulationError(
            f"the network did not converge by Newton's method: the cells' current errors add up to {error:.1e} A; "
            "check for extreme voltages or transistor parameters"
        )


def _guess(v_wl: Array, v_bl: Array, floating: Mask) -> tuple[Array, Array]:
    """Voltages (m, n) of the nodes: every line at its driver's, a floating one at the lowest of all."""
    m, n = len(v_wl), len(v_bl)
    lines = np.concatenate([v_wl, v_bl])
    lines[floating] = lines[~floating].min() if not floating.all() else 0.0
    return np.repeat(lines[:m], n).reshape(m, n), np.tile(lines[m:], (m, 1))
