"""Compiled loops over cells that Newton's method needs: the junction's law, and how far a linear step missed the law."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from ...device import formulas
from .ladders import OPTIONS

TINY = 1e-150  # S: beside it an open cell is one, and nothing is divided by 0
DIVIDING: dict[str, Any] = OPTIONS | {"fastmath": OPTIONS["fastmath"] | {"arcp"}}  # a common divisor is inverted once

conductance = njit(**DIVIDING)(formulas.conductance)
conductance_slope = njit(**DIVIDING)(formulas.conductance_slope)


@njit(**DIVIDING)
def junctions(w, x, state, r_p, tmr0, vh, conducts, current, slope):  # type: ignore[no-untyped-def]
    """Current [A] and dI/dV [S] of junctions between nodes at w and x volts; 0 where `conducts` is 0. All (m, n), vh [V] for all."""
    m, n = w.shape
    for i in range(m):
        wi, xi, zi, ri, ti, oi, ci, si = w[i], x[i], state[i], r_p[i], tmr0[i], conducts[i], current[i], slope[i]
        for j in range(n):
            v = wi[j] - xi[j]
            g = conductance(zi[j], v, ri[j], ti[j], vh)
            ci[j] = oi[j] * g * v
            si[j] = oi[j] * (g + v * conductance_slope(zi[j], v, ri[j], ti[j], vh))


@njit(**OPTIONS)
def sources(current, by_word, by_bit, w, x, out):  # type: ignore[no-untyped-def]
    """What a cell carries besides by_word w - by_bit x, for the line through its present current; all (m, n)."""
    for i in range(out.shape[0]):
        ci, gi, hi, wi, xi, oi = current[i], by_word[i], by_bit[i], w[i], x[i], out[i]
        for j in range(oi.size):
            oi[j] = ci[j] - gi[j] * wi[j] + hi[j] * xi[j]


@njit(**OPTIONS)
def misses(current, by_word, by_bit, w, x, source, settled):  # type: ignore[no-untyped-def]
    """How far the law `current` is from the tangent by_word w - by_bit x + source, which goes to `settled`; all (m, n).

    Returns sum |miss| [A] and max |miss|/slope [V].
    """
    total = worst = 0.0
    for i in range(current.shape[0]):
        ci, gi, hi, wi, xi, si, li = current[i], by_word[i], by_bit[i], w[i], x[i], source[i], settled[i]
        row = 0.0
        for j in range(ci.size):
            li[j] = gi[j] * wi[j] - hi[j] * xi[j] + si[j]
            row += abs(ci[j] - li[j])
        for j in range(ci.size):
            worst = max(worst, abs(ci[j] - li[j]) / (min(gi[j], hi[j]) + TINY))
        total += row
    return total, worst


@njit(**OPTIONS)
def drift(new, old):  # type: ignore[no-untyped-def]
    """Relative change of all slopes together (2-norm), inf where a cell began to conduct."""
    total = 0.0
    for i in range(new.shape[0]):
        ni, oi = new[i], old[i]
        for j in range(ni.size):
            change = (ni[j] - oi[j]) / (oi[j] + TINY)
            total += change * change
    return math.sqrt(total)


def contiguous(value: Any, shape: tuple[int, int]) -> Any:
    """A parameter as a plain (m, n) array of floats."""
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=float), shape))
