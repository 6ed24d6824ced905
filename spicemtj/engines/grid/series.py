"""Compiled laws of whole cells, row by row: the node between junction and transistor or selector is found, and eliminated, in one pass.

The node's voltage x is the root of the junction's current less the other element's, which falls with x: Newton's method inside a bracket,
all cells of a row at once and without branches, so that the processor takes several of them together. A row is done when no step is above
`CLOSE` of its cell's voltage: what the last one leaves, about its square, is then below rounding. A selector's law has corners, where
that does not hold: a cell on one goes on down to rounding, or until a step stays between two corners.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .cards import Cards, through_cards
from .laws import DIVIDING, bracketed, conductance, conductance_slope

Array = NDArray[np.float64]

ALONE, TRANSISTOR, SELECTOR = 0, 1, 2
STEPS = 200  # bisection alone would need about 60
CLOSE = 1e-8
ROUNDING = 4 * float(np.finfo(float).eps)
# Least slope [S] of a transistor in Newton's matrix, so that a line which only cut-off transistors reach does not make it singular.
# It changes the path to the solution, not the solution: currents come without it.
LEAST_SLOPE = 1e-11


class Law(NamedTuple):
    """The cells of an array as kernels take them, in given states and under given gates.

    kind : ALONE, TRANSISTOR or SELECTOR. state, r_p [ohm], tmr0 (m, n), vh [V]: the junctions; a resistor is one of tmr0 = 0. on,
    short (m, n): 1.0 where a cell can carry a current, and where its junction is a short; live (m,): rows with any cell on. gate (m, n)
    [V]. channel (5,): vto, beta, lambda, gamma, phi of the transistors. table (3, k): a selector's volts, amperes, slopes from each point.
    cards: the tables of transistors that have no `channel`.
    """

    kind: int
    state: Array
    r_p: Array
    tmr0: Array
    vh: float
    on: Array
    short: Array
    live: NDArray[np.bool_]
    gate: Array
    channel: Array
    table: Array
    cards: Cards


@njit(**DIVIDING)
def transistor(vg, vd, vs, channel):  # type: ignore[no-untyped-def]
    """Current [A] from drain to source, its derivative by vd and minus that by vs [S]; as `access.drain_current`, without branches."""
    vto, beta, lambda_, gamma, phi = channel[0], channel[1], channel[2], channel[3], channel[4]
    rest = math.sqrt(phi)
    low, vds = min(vd, vs), abs(vd - vs)
    root = math.sqrt(phi + max(low, 0.0)) + min(low, 0.0) / (2.0 * rest)
    body = gamma / (2.0 * max(root, rest)) if root > 0.0 else 0.0
    over = max(vg - low - (vto + gamma * (max(root, 0.0) - rest)), 0.0)
    reach = min(over, vds)
    rise = 1.0 + lambda_ * vds
    square = beta * reach * (over - 0.5 * reach)
    by_high = beta * max(over - vds, 0.0) * rise + lambda_ * square
    by_low = beta * reach * rise * (1.0 + body) + by_high
    forward = vd >= vs
    current = square * rise
    return current if forward else -current, by_high if forward else by_low, by_low if forward else by_high


@njit(**DIVIDING)
def section(v, table, k):  # type: ignore[no-untyped-def]
    """The section of a selector's table that v volts lie in, looked for from section k on."""
    last = table.shape[1] - 2
    while k < last and v >= table[0, k + 1]:
        k += 1
    while k > 0 and v < table[0, k]:
        k -= 1
    return k


@njit(**DIVIDING)
def _through_transistors(law, i, word, bit, x, scratch, current, by_word, by_bit):  # type: ignore[no-untyped-def]
    """Row i of cells on transistors between nodes at `word` and `bit` volts; x (n,): the middle nodes, from a first guess.

    scratch (8, n). Returns the last step over the largest one allowed.
    """
    z, r_p, tmr0, vh, short, gate, channel = (
        law.state[i],
        law.r_p[i],
        law.tmr0[i],
        law.vh,
        law.short[i],
        law.gate[i],
        law.channel,
    )
    low, high, last, close, g, lower, by_x, by_b = (
        scratch[0], scratch[1], scratch[2], scratch[3], scratch[4], scratch[5], scratch[6], scratch[7],
    )  # fmt: skip
    n = x.size
    for j in range(n):
        low[j], high[j] = min(word[j], bit[j]), max(word[j], bit[j])
        last[j] = high[j] - low[j]
        close[j] = max(CLOSE * last[j], ROUNDING * max(abs(low[j]), abs(high[j])))
        cell = conductance(z[j], 0.0, r_p[j], tmr0[j], vh)
        open_ = channel[1] * max(gate[j] - low[j] - channel[0], 0.0)
        guess = (cell * word[j] + open_ * bit[j]) / (cell + open_) if x[j] != x[j] else x[j]
        x[j] = word[j] if short[j] > 0.0 else min(max(guess, low[j]), high[j])
    worst = 2.0
    for _ in range(STEPS):
        worst = 0.0
        for j in range(n):
            v = word[j] - x[j]
            cell = conductance(z[j], v, r_p[j], tmr0[j], vh)
            slope = cell + v * conductance_slope(z[j], v, r_p[j], tmr0[j], vh)
            drain, by_drain, by_source = transistor(gate[j], x[j], bit[j], channel)
            excess = cell * v - drain
            low[j] = x[j] if excess > 0.0 else low[j]
            high[j] = x[j] if excess < 0.0 else high[j]
            step = excess / (slope + by_drain)
            size, to = abs(step), x[j] + step
            inside = (to >= low[j]) & (to <= high[j]) & (size <= 0.5 * last[j]) | (size <= close[j])
            step = step if inside else 0.5 * (low[j] + high[j]) - x[j]
            step = 0.0 if short[j] > 0.0 else step
            size = abs(step)
            last[j] = size
            g[j], lower[j], by_x[j], by_b[j] = slope, drain + by_drain * step, by_drain, by_source
            x[j] += step
            worst = max(worst, size - close[j])
        if worst <= 0.0:
            break
    on = law.on[i]
    for j in range(n):
        below, least = max(by_x[j], LEAST_SLOPE), max(by_b[j], LEAST_SLOPE)
        share = 1.0 if short[j] > 0.0 else g[j] / (g[j] + below)
        current[j] = on[j] * lower[j]
        by_word[j], by_bit[j] = on[j] * share * below, on[j] * share * least
    return worst


@njit(**DIVIDING)
def _through_selectors(law, i, word, bit, x, scratch, current, by_word):  # type: ignore[no-untyped-def]
    """The same for selectors, cell by cell."""
    z, r_p, tmr0, vh, short, on, table = law.state[i], law.r_p[i], law.tmr0[i], law.vh, law.short[i], law.on[i], law.table
    worst, k = 0.0, table.shape[1] // 2
    for j in range(x.size):
        low, high = min(word[j], bit[j]), max(word[j], bit[j])
        last = high - low
        close = ROUNDING * max(abs(low), abs(high))
        x[j] = word[j] if short[j] > 0.0 or x[j] != x[j] else min(max(x[j], low), high)
        slope = by_x = lower = 0.0
        size = 2.0 * close + 1.0
        for _ in range(STEPS):
            v, across = word[j] - x[j], x[j] - bit[j]
            cell = conductance(z[j], v, r_p[j], tmr0[j], vh)
            slope = cell + v * conductance_slope(z[j], v, r_p[j], tmr0[j], vh)
            k = section(across, table, k)
            by_x = table[2, k]
            lower = table[1, k] + by_x * (across - table[0, k])
            excess = cell * v - lower
            if short[j] > 0.0:
                size = 0.0
                break
            low, high, step, size = bracketed(x[j], excess, slope + by_x, low, high, last, close)
            last = size
            x[j] += step
            if size <= close:
                lower += by_x * step
                break
            if size <= CLOSE * abs(v) and section(x[j] - bit[j], table, k) == k:
                lower += by_x * step
                size = 0.0
                break
        worst = max(worst, size - close)
        share = 1.0 if short[j] > 0.0 else slope / (slope + by_x)
        current[j] = on[j] * lower
        by_word[j] = on[j] * share * by_x
    return worst


@njit(**DIVIDING)
def respond(law, w, b, x, current, by_word, by_bit):  # type: ignore[no-untyped-def]
    """Cells between nodes at w and b volts (m, n): current [A], its derivative by w and minus that by b [S], all in place.

    x (m, n): the middle nodes [V], from a first guess, nan for none, in place; by_bit is by_word itself but for transistors. Cells that
    are not on carry nothing, and theirs stay what they were. Returns the largest step that was still to be made [V], 0 or less if none.
    """
    m, n = w.shape
    scratch, word, bit, middle = np.empty((8, n)), np.empty(n), np.empty(n), np.empty(n)
    worst = 0.0
    for i in range(m):
        if not law.live[i]:
            current[i], by_word[i], by_bit[i] = 0.0, 0.0, 0.0
            continue
        on = law.on[i]
        if law.kind == ALONE:
            z, r_p, tmr0 = law.state[i], law.r_p[i], law.tmr0[i]
            wi, bi, ci, si = w[i], b[i], current[i], by_word[i]
            for j in range(n):
                v = wi[j] - bi[j]
                g = conductance(z[j], v, r_p[j], tmr0[j], law.vh)
                ci[j] = on[j] * g * v
                si[j] = on[j] * (g + v * conductance_slope(z[j], v, r_p[j], tmr0[j], law.vh))
            continue
        for j in range(n):
            here = on[j] > 0.0
            word[j], bit[j], middle[j] = w[i, j] if here else 0.0, b[i, j] if here else 0.0, x[i, j] if here else 0.0
        if law.kind == TRANSISTOR and law.cards.tables.shape[0] > 0:
            worst = max(worst, through_cards(law, law.cards, i, word, bit, middle, current[i], by_word[i], by_bit[i]))
        elif law.kind == TRANSISTOR:
            worst = max(worst, _through_transistors(law, i, word, bit, middle, scratch, current[i], by_word[i], by_bit[i]))
        else:
            worst = max(worst, _through_selectors(law, i, word, bit, middle, scratch, current[i], by_word[i]))
        for j in range(n):
            x[i, j] = middle[j] if on[j] > 0.0 else x[i, j]
    return worst
