"""Conjugate gradients on the bit nodes of a grid of ohmic cells, the word lines eliminated and the bit lines as preconditioner.

With T the word lines' matrix, S the bit lines' (each with its cells), and G the cells: K = G T^-1 G, and the bit nodes' voltages x obey
(1 - S^-1 K) x = S^-1 b. That operator is self-adjoint in the inner product <x, K y>, with eigenvalues in (0, 1]: conjugate gradients in it
cost one sweep over the word lines and one over the bit lines a step, and speed up block Gauss-Seidel.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .ladders import OPTIONS, bit_residual, fold_bits, through_words, unfold_bits, word_voltages

DRIFT = 20  # steps after which r has drifted from the residual, and is computed anew
REACH = 1e-12  # of <r, K r>: how far down such a run is good for
SHORT = 0.9  # a step below is one that rounding has spoilt: eigenvalues up to 1 make steps of 1 and more
LOST = 1e4  # times the goal: a residual that stays above is a failure


@njit(**OPTIONS)
def conjugate_gradients(x, r, g, word, bit, seg_w, seg_b, small, most, reach, scratch, lengths):  # type: ignore[no-untyped-def]
    """Improve x (m, n) [V], r (m, n) its residual S^-1 b - (1 - S^-1 K) x; both in place. Returns the steps taken,
    their negative where rounding ended them.

    scratch = (u (n, 4), carry (n,), kr, p, folded (m, n)). word = (losses (m, n), resistances (m,)), bit = (losses (m, n),
    resistances (n,)). lengths (2, any number) <- alpha and beta of the first steps.

    Ends after `most` steps, after a long run in which <r, K r> has come down to `reach` of the first, or where the root mean
    square of r, weighted by K, over the smallest Rayleigh quotient met, is under `small` volts: an estimate of the error itself. Rounding
    in what K hardly sees grows meanwhile; a step of Gauss-Seidel afterwards, x + r, takes it away.
    """
    m, n = x.shape
    aw, sw = word
    ab, sb = bit
    u, carry, kr, p, folded = scratch
    square = 0.0
    for i in range(m):
        for j in range(n):
            square += r[i, j] * r[i, j]
    p[:] = 0.0
    folded[:] = 0.0
    blocks = range((m - 1) // 4 * 4, -1, -4)
    rkr = 0.0
    for i in blocks:
        rkr += through_words(i, r, g, g, aw, sw, seg_w, u, kr)
    weight = rkr / square  # of K, for what r consists of
    start = best = rkr
    since = 0
    beta = pkp = 0.0
    least = 1.0
    for step in range(most):
        if not rkr > 0.0:
            return step
        pkp = rkr + beta * beta * pkp  # r is orthogonal to the direction before
        curvature = pkp - fold_bits(kr, beta, folded, ab, sb, seg_b, carry)
        if not curvature > 0.0:
            return -step - 1
        alpha = rkr / curvature
        if step >= DRIFT and alpha < SHORT:
            return -step - 1
        if step < lengths.shape[1]:
            lengths[0, step] = alpha
        least = min(least, curvature / pkp)
        new = 0.0
        for i in blocks:
            for k in range(min(i + 3, m - 1), i - 1, -1):
                unfold_bits(k, folded, ab, sb, seg_b, carry)
                pk, rk, xk = p[k], r[k], x[k]
                for j in range(n):
                    q = rk[j] + beta * pk[j]
                    pk[j] = q
                    rk[j] -= alpha * (q - carry[j])
                for j in range(n):
                    xk[j] += alpha * pk[j]
            new += through_words(i, r, g, g, aw, sw, seg_w, u, kr)
        beta = new / rkr
        if step < lengths.shape[1]:
            lengths[1, step] = beta
        if math.sqrt(new / (weight * m * n)) <= small * least:
            return step + 1
        if step >= DRIFT and new <= reach * start:
            return step + 1
        if new < best:
            best, since = new, step
        elif step - since > 60:
            return -step - 1
        rkr = new
    return most


@njit(**OPTIONS)
def _sweep(x, r, g, word, bit, seg_w, seg_b, scratch):  # type: ignore[no-untyped-def]
    """One step of block Gauss-Seidel: x <- x + r and r <- S^-1 K r, in place.

    What K does not see, open cells and lines without resistance, is solved by that, and does not come back.
    """
    m, n = x.shape
    u, carry, kr, _, folded = scratch
    folded[:] = 0.0
    for i in range(0, m, 4):
        through_words(i, r, g, g, word[0], word[1], seg_w, u, kr)
    fold_bits(kr, 0.0, folded, bit[0], bit[1], seg_b, carry)
    for i in range(m - 1, -1, -1):
        unfold_bits(i, folded, bit[0], bit[1], seg_b, carry)
        for j in range(n):
            x[i, j] += r[i, j]
            r[i, j] = carry[j]


@njit(**OPTIONS)
def room(m, n):  # type: ignore[no-untyped-def]
    """Scratch for `solve_in` on m word lines and n bit lines."""
    return np.empty((m, n)), (np.empty((n, 4)), np.empty(n), np.empty((m, n)), np.empty((m, n)), np.empty((m, n)))


@njit(**OPTIONS)
def solve_in(room, lo, hi, x, w, g, definite, word, bit, seg_w, seg_b, far_w, far_b, v_w, v_b, source, small, part, most):  # type: ignore[no-untyped-def]
    """Voltages w, x (p, m, n) of word and bit nodes for the right-hand sides lo to hi - 1, `x` from a first guess; both in place.

    v_w (p, m), v_b (p, n): drivers' volts; source (m, n): A that each cell carries besides g (w - x), or (0, 0). `definite`: no cell is
    open and the word lines have a resistance, so that K is definite. Stops at an error of `small` (p,) volts, or at `part` of
    the first residual
    where that is more. Returns the most steps taken, `most` if in vain, and the error that the last one stopped at.
    """
    _, m, n = x.shape
    r, scratch = room
    longest, goal = 0, 0.0
    unasked = np.empty((2, 0))
    for k in range(lo, hi):
        xk, wk, vw, vb = x[k], w[k], v_w[k], v_b[k]
        word_voltages(xk, g, word[0], word[1], seg_w, far_w, vw, source, wk)
        before = bit_residual(wk, xk, g, bit[0], bit[1], seg_b, far_b, vb, source, r)
        goal = max(small[k], part * math.sqrt(before / (m * n)))
        taken = 0
        while before > 0.0 and taken < most:
            if not definite:
                _sweep(xk, r, g, word, bit, seg_w, seg_b, scratch)
            steps = conjugate_gradients(xk, r, g, word, bit, seg_w, seg_b, goal, most - taken, REACH, scratch, unasked)
            taken += abs(steps)
            for i in range(m):
                for j in range(n):
                    xk[i, j] += r[i, j]
            word_voltages(xk, g, word[0], word[1], seg_w, far_w, vw, source, wk)
            if 0 <= steps < DRIFT:
                break
            # after many steps r has drifted from the residual: start again from the true one, while that helps
            square = bit_residual(wk, xk, g, bit[0], bit[1], seg_b, far_b, vb, source, r)
            left = math.sqrt(square / (m * n))
            if left <= 10 * goal:
                break
            if not square < before / 4:
                if not left <= LOST * goal:
                    taken = most
                break
            before = square
        if not before >= 0.0:
            taken = most
        longest = max(longest, taken)
    return longest, goal


@njit(**OPTIONS)
def solve(lo, hi, x, w, g, definite, word, bit, seg_w, seg_b, far_w, far_b, v_w, v_b, source, small, part, most):  # type: ignore[no-untyped-def]
    """`solve_in` with a room of its own."""
    m, n = g.shape
    known = (word, bit, seg_w, seg_b, far_w, far_b)
    return solve_in(room(m, n), lo, hi, x, w, g, definite, *known, v_w, v_b, source, small, part, most)


@njit(**OPTIONS)
def rehearse(room, g, definite, word, bit, seg_w, seg_b, far_w, far_b, v_w, v_b, small, lengths):  # type: ignore[no-untyped-def]
    """alpha and beta, lengths (2, most) and 0 at first, of the steps for drivers at v_w (m,), v_b (n,), to an error of `small` volts.

    Drift is no matter here: one run goes all the way.
    """
    m, n = g.shape
    x, w, none = np.zeros((m, n)), np.empty((m, n)), np.empty((0, 0))
    r, scratch = room
    word_voltages(x, g, word[0], word[1], seg_w, far_w, v_w, none, w)
    bit_residual(w, x, g, bit[0], bit[1], seg_b, far_b, v_b, none, r)
    if not definite:
        _sweep(x, r, g, word, bit, seg_w, seg_b, scratch)
    conjugate_gradients(x, r, g, word, bit, seg_w, seg_b, small, lengths.shape[1], 0.0, scratch, lengths)


@njit(**OPTIONS)
def currents(lo, hi, w, x, g, i_w, i_b):  # type: ignore[no-untyped-def]
    """Currents of word lines i_w (p, m) and bit lines i_b (p, n) [A] of the solutions lo to hi - 1."""
    _, m, n = w.shape
    i_b[lo:hi] = 0.0
    for k in range(lo, hi):
        below = i_b[k]
        for i in range(m):
            wi, xi, gi = w[k, i], x[k, i], g[i]
            total = 0.0
            for j in range(n):
                through = gi[j] * (wi[j] - xi[j])
                below[j] += through
                total += through
            i_w[k, i] = total
