"""The compiled loop of Newton's method on a grid; `newton.py` says what it does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from . import conjugate, krylov
from .ladders import OPTIONS, factor_bits, factor_words
from .laws import drift, misses, sources
from .series import ALONE, TRANSISTOR, respond

Array = NDArray[np.float64]

CONVERGED, LINEAR, NEWTON = 0, 1, 2  # how it ended: the last two in vain, in a step's wires or in the steps
STEPS = 200
HALVINGS = 40
STANDSTILL = 1e-12  # of the largest voltage: a step below ends the search
NO_CURRENT = 1e-18  # A: a miss below is none (a floating line settles at a transistor's threshold with ever smaller currents)
FINEST = 2e-14  # of the largest voltage: the least error that double precision gives
SURE = 1e-6  # a miss of this share of the largest voltage leaves a step with fresh factors an error of its square, 1e-12


class State(NamedTuple):
    """Voltages w, x (m, n) of word and bit nodes and of those between the cells' two elements, `middle`, nan where a cell is not on;
    the cells' currents `settled` (m, n), for which the wires' equations hold; the law's currents and slopes there, as in `Response`,
    by_bit being by_word itself where the cells are symmetric."""

    w: Array
    x: Array
    middle: Array
    settled: Array
    current: Array
    by_word: Array
    by_bit: Array


class Factors(NamedTuple):
    """The slopes (m, n) that a step was solved with, and the losses (m, n) and resistances of word and bit lines; `there` (1,): any."""

    by_word: Array
    by_bit: Array
    word: tuple[Array, Array]
    bit: tuple[Array, Array]
    there: NDArray[np.bool_]

    @classmethod
    def none(cls, shape: tuple[int, int], symmetric: bool) -> Factors:
        """Room for them."""
        m, n = shape
        g = np.empty(shape)
        word, bit = (np.empty(shape), np.empty(m)), (np.empty(shape), np.empty(n))
        return cls(g, g if symmetric else np.empty(shape), word, bit, np.zeros(1, dtype=np.bool_))


class LineKernel(NamedTuple):
    """`Lines` as kernels take them."""

    seg_w: float
    seg_b: float
    first_w: Array
    first_b: Array
    far_w: Array
    far_b: Array


@njit(**OPTIONS)
def factor(law, lines, at, kept):  # type: ignore[no-untyped-def]
    """New factors for the slopes at a point."""
    kept.by_word[:] = at.by_word
    if law.kind == TRANSISTOR:
        kept.by_bit[:] = at.by_bit
    losses, resistances = factor_words(kept.by_word, lines.seg_w, lines.first_w, lines.far_w)
    kept.word[0][:], kept.word[1][:] = losses, resistances
    losses, resistances = factor_bits(kept.by_bit, lines.seg_b, lines.first_b, lines.far_b)
    kept.bit[0][:], kept.bit[1][:] = losses, resistances
    kept.there[0] = True


@njit(**OPTIONS)
def serves(law, at, kept, error, finest):  # type: ignore[no-untyped-def]
    """Whether the kept factors bring `error` down to `finest` [V] in one step."""
    if not kept.there[0]:
        return False
    moved = drift(at.by_word, kept.by_word)
    if law.kind == TRANSISTOR:
        moved = max(moved, drift(at.by_bit, kept.by_bit))
    return moved * error <= 0.3 * finest


@njit(**OPTIONS)
def move(law, lines, kept, v_w, v_b, source, to, small, part, most):  # type: ignore[no-untyped-def]
    """Solve the wires for tangents: voltages to.w, to.x in place, to.x from a first guess. The error [V] it stopped at, -1 in vain."""
    smalls = np.full(1, small)
    if law.kind == TRANSISTOR:
        taken, reached = krylov.solve(
            to.x, to.w, kept.by_word, kept.by_bit, kept.word, kept.bit, lines.seg_w, lines.seg_b, lines.far_w, lines.far_b,
            v_w, v_b, source, smalls, part, most, krylov.ROOM,
        )  # fmt: skip
    else:
        definite = lines.seg_w > 0.0 and law.on.min() > 0.0
        m, n = source.shape
        taken, reached = conjugate.solve(
            0, 1, to.x.reshape((1, m, n)), to.w.reshape((1, m, n)), kept.by_word, definite, kept.word, kept.bit,
            lines.seg_w, lines.seg_b, lines.far_w, lines.far_b, v_w, v_b, source, smalls, part, most,
        )  # fmt: skip
    return -1.0 if taken >= most else reached


@njit(**OPTIONS)
def _missed(at):  # type: ignore[no-untyped-def]
    """Sum of the cells' current errors [A]."""
    total = 0.0
    for i in range(at.w.shape[0]):
        for j in range(at.w.shape[1]):
            total += abs(at.current[i, j] - at.settled[i, j])
    return total


@njit(**OPTIONS)
def _furthest(a, b):  # type: ignore[no-untyped-def]
    """Largest difference of two arrays (m, n)."""
    worst = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            worst = max(worst, abs(a[i, j] - b[i, j]))
    return worst


@njit(**OPTIONS)
def _take(at, to):  # type: ignore[no-untyped-def]
    """at <- to."""
    at.w[:], at.x[:], at.middle[:], at.settled[:] = to.w, to.x, to.middle, to.settled
    at.current[:], at.by_word[:], at.by_bit[:] = to.current, to.by_word, to.by_bit


@njit(**OPTIONS)
def _guess(law, at, to):  # type: ignore[no-untyped-def]
    """Middle nodes for the voltages of `to`: at the same share of their cell's as in `at`."""
    if law.kind == ALONE:
        return
    for i in range(at.w.shape[0]):
        for j in range(at.w.shape[1]):
            before = at.w[i, j] - at.x[i, j]
            share = (at.middle[i, j] - at.x[i, j]) / (before if before != 0.0 else 1.0)
            to.middle[i, j] = to.x[i, j] + share * (to.w[i, j] - to.x[i, j])


@njit(**OPTIONS)
def _halve(law, at, to, miss):  # type: ignore[no-untyped-def]
    """The largest half, quarter, ... of the step from `at` to `to` that brings the misses down, the smallest if none does: left in `to`."""
    size, total = 1.0, miss
    for _ in range(HALVINGS):
        size *= 0.5
        for start, end in ((at.w, to.w), (at.x, to.x), (at.settled, to.settled)):
            for i in range(start.shape[0]):
                for j in range(start.shape[1]):
                    end[i, j] = 0.5 * (start[i, j] + end[i, j])
        _guess(law, at, to)
        if respond(law, to.w, to.x, to.middle, to.current, to.by_word, to.by_bit) > 0.0:
            return -1.0
        total = _missed(to)
        if total <= (1 - 1e-4 * size) * miss:
            break
    return total


@njit(**OPTIONS)
def descend(law, lines, v_w, v_b, at, kept, largest, close, miss, most):  # type: ignore[no-untyped-def]
    """Improve `at` until its voltages are right within `close` of `largest` [V]. Returns how it ended, and the misses' sum [A].

    v_w (m,), v_b (n,): drivers' volts; at.w, at.x, at.middle: a first guess, with at.settled what its currents would be and `miss` nan; or
    inf where nothing holds yet. most: steps of a linear solution. Where `close` is not the finest there is, the last step is not looked
    at again: its currents are the tangents'.
    """
    m, n = at.w.shape
    vw, vb = v_w.reshape((1, m)), v_b.reshape((1, n))
    source, by_word, by_bit = np.empty((m, n)), np.empty((m, n)), np.empty((m, n))
    to = State(
        np.empty((m, n)), np.empty((m, n)), np.empty((m, n)), np.empty((m, n)), np.empty((m, n)),
        by_word, by_bit if law.kind == TRANSISTOR else by_word,
    )  # fmt: skip
    finest, error = close * largest, largest
    if respond(law, at.w, at.x, at.middle, at.current, at.by_word, at.by_bit) > 0.0:
        return NEWTON, np.inf
    if miss != miss:
        miss = _missed(at)
    for _ in range(STEPS):
        fresh = not serves(law, at, kept, error, finest)
        if fresh:
            factor(law, lines, at, kept)
        last = close > FINEST and fresh and error <= SURE * largest
        sources(at.current, kept.by_word, kept.by_bit, at.w, at.x, source)
        to.x[:] = at.x
        part = 0.0 if last else min(0.03, 0.1 * error / largest)
        reached = move(law, lines, kept, vw, vb, source, to, finest, part, most)
        if reached < 0.0:
            return LINEAR, miss
        if last:
            at.w[:], at.x[:] = to.w, to.x
            for i in range(m):
                for j in range(n):
                    at.current[i, j] = kept.by_word[i, j] * to.w[i, j] - kept.by_bit[i, j] * to.x[i, j] + source[i, j]
            at.settled[:] = at.current
            return CONVERGED, 0.0
        _guess(law, at, to)
        if respond(law, to.w, to.x, to.middle, to.current, to.by_word, to.by_bit) > 0.0:
            return NEWTON, miss
        total, error = misses(to.current, kept.by_word, kept.by_bit, to.w, to.x, source, to.settled)
        if reached == finest:
            still = max(_furthest(to.w, at.w), _furthest(to.x, at.x)) <= STANDSTILL * largest
            if error <= finest or still or _furthest(to.current, to.settled) <= NO_CURRENT:
                _take(at, to)
                return CONVERGED, total
        if total > miss:
            total = _halve(law, at, to, miss)
            if total < 0.0:
                return NEWTON, miss
        _take(at, to)
        miss, error = total, min(error, largest)
    return NEWTON, miss
