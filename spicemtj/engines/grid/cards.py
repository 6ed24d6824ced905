"""Compiled law of cells on transistors that are known by tables: cubic between the points, with continuous slopes, linear beyond them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .laws import DIVIDING, bracketed, conductance, conductance_slope

Array = NDArray[np.float64]

STEPS = 200  # bisection alone would need about 60
CLOSE = 1e-9  # of a cell's voltage: half a step's square, which is what the last one leaves, is then below rounding
ROUNDING = 4 * float(np.finfo(float).eps)
LEAST_SLOPE = 1e-15  # S: of a transistor in Newton's matrix


class Cards(NamedTuple):
    """Tables as kernels take them.

    which (m, n): each cell's pair of tables. tables (k, 2, p, p, 4): current [A] into the higher of drain and source, the drain (0) or
    the source (1), where the lower one is at low + i step and their difference is j step; its slopes along i and along j and the mixed
    one, per step of the grid. Both are 0 at j = 0, and have one slope there.
    """

    which: NDArray[np.int64]
    tables: Array
    low: float
    step: float


@njit(**DIVIDING)
def tabulated(which, vd, vs, cards):  # type: ignore[no-untyped-def]
    """Current [A] from drain to source of the tables `which`, its derivative by vd and minus that by vs [S]; body at 0 V."""
    forward = vd >= vs
    table, last = cards.tables[which, 0 if forward else 1], cards.tables.shape[2] - 1
    x, y = (min(vd, vs) - cards.low) / cards.step, abs(vd - vs) / cards.step
    at_x, at_y = min(max(x, 0.0), float(last)), min(y, float(last))
    i, j = min(int(at_x), last - 1), min(int(at_y), last - 1)
    t, u = at_x - i, at_y - j
    f = table[i, j], table[i + 1, j], table[i, j + 1], table[i + 1, j + 1]
    # Hermite's polynomials: of the values at 0 and 1, of the slopes there, and their derivatives
    a1, a2, a3 = t * t * (3.0 - 2.0 * t), t * (1.0 - t) * (1.0 - t), t * t * (t - 1.0)
    b1, b2, b3 = u * u * (3.0 - 2.0 * u), u * (1.0 - u) * (1.0 - u), u * u * (u - 1.0)
    a0, b0 = 1.0 - a1, 1.0 - b1
    da1, da2, da3 = 6.0 * t * (1.0 - t), (1.0 - t) * (1.0 - 3.0 * t), t * (3.0 * t - 2.0)
    db1, db2, db3 = 6.0 * u * (1.0 - u), (1.0 - u) * (1.0 - 3.0 * u), u * (3.0 * u - 2.0)
    value = by_x = by_y = 0.0
    for k in range(4):
        p, q = (a0, a2) if k % 2 == 0 else (a1, a3)
        dp, dq = (-da1, da2) if k % 2 == 0 else (da1, da3)
        r, s = (b0, b2) if k < 2 else (b1, b3)
        dr, ds = (-db1, db2) if k < 2 else (db1, db3)
        g = f[k]
        value += r * (p * g[0] + q * g[1]) + s * (p * g[2] + q * g[3])
        by_x += r * (dp * g[0] + dq * g[1]) + s * (dp * g[2] + dq * g[3])
        by_y += dr * (p * g[0] + q * g[1]) + ds * (p * g[2] + q * g[3])
    value += by_x * (x - at_x) + by_y * (y - at_y)
    by_high, by_low = by_y / cards.step, (by_y - by_x) / cards.step
    return value if forward else -value, by_high if forward else by_low, by_low if forward else by_high


@njit(**DIVIDING)
def evaluate(which, vd, vs, cards, current, by_drain, by_source):  # type: ignore[no-untyped-def]
    """`tabulated` for many transistors, in place; all (k,)."""
    for k in range(which.size):
        current[k], by_drain[k], by_source[k] = tabulated(which[k], vd[k], vs[k], cards)


@njit(**DIVIDING)
def through_cards(law, cards, i, word, bit, x, current, by_word, by_bit):  # type: ignore[no-untyped-def]
    """Row i of cells on tabulated transistors, between nodes at `word` and `bit` volts; x (n,): the middle nodes, from a first guess.

    law: a `series.Law`; the rest as its rows' functions. The node's voltage is found by Newton's method inside a bracket. Returns the
    largest step that was still to be made, 0 or less if none.
    """
    worst = 0.0
    for j in range(x.size):
        low, high = min(word[j], bit[j]), max(word[j], bit[j])
        last = high - low
        close = max(CLOSE * last, ROUNDING * max(abs(low), abs(high)))
        z, r_p, tmr0, which, short = law.state[i, j], law.r_p[i, j], law.tmr0[i, j], cards.which[i, j], law.short[i, j] > 0.0
        guess = 0.5 * (low + high) if x[j] != x[j] else x[j]
        x[j] = word[j] if short else min(max(guess, low), high)
        slope = lower = by_x = by_b = size = 0.0
        for _ in range(STEPS):
            v = word[j] - x[j]
            cell = conductance(z, v, r_p, tmr0, law.vh)
            slope = cell + v * conductance_slope(z, v, r_p, tmr0, law.vh)
            lower, by_x, by_b = tabulated(which, x[j], bit[j], cards)
            if short:
                size = 0.0
                break
            excess = cell * v - lower
            low, high, step, size = bracketed(x[j], excess, slope + max(by_x, 0.0), low, high, last, close)
            last = size
            x[j] += step
            if size <= close:
                lower += by_x * step
                break
        worst = max(worst, size - close)
        on, below = law.on[i, j], max(by_x, LEAST_SLOPE)
        share = 1.0 if short else slope / (slope + below)
        current[j] = on * lower
        by_word[j], by_bit[j] = on * share * below, on * share * max(by_b, LEAST_SLOPE)
    return worst
