"""Compiled loops over cells that Newton's method needs: the junction's conductance, and how far a linear step missed the law."""

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
    """A parameter as an (m, n) array of floats of its own: kernels are compiled anew for arrays that cannot be written to."""
    return np.array(np.broadcast_to(np.asarray(value, dtype=float), shape), order="C")


@njit(**DIVIDING)
def bracketed(x, excess, slope, low, high, last, close):  # type: ignore[no-untyped-def]
    """A step of Newton's method from x inside a bracket: the new low and high, the step, its size.

    excess: what is to vanish, falling in x with `slope`. Where the step leaves the bracket or is over half the last one, and over
    `close`, the bracket is halved.
    """
    low = x if excess > 0.0 else low
    high = x if excess < 0.0 else high
    step = excess / slope
    size, to = abs(step), x + step
    if not ((to >= low and to <= high and size <= 0.5 * last) or size <= close):
        step = 0.5 * (low + high) - x
        size = abs(step)
    return low, high, step, size
