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
REACH = 1e-12  # fall of <r, K r> that such a run is good for
LOST = 1e4  # times the goal: a residual that stays above is a failure


@njit(**OPTIONS)
def conjugate_gradients(x, r, g, word, bit, seg_w, seg_b, small, most, scratch):  # type: ignore[no-untyped-def]
    """Improve x (m, n) [V], r (m, n) its residual S^-1 b - (1 - S^-1 K) x; both in place. Returns the steps taken,
    their negative where rounding ended them.

    scratch = (u (n, 4), carry (n,), kr, p, folded (m, n)). word = (losses (m, n), resistances (m,)), bit = (losses (m, n),
    resistances (n,)). Ends after
    `most` steps, after a long run that has come far, or where the root mean square of r, weighted by K, over the smallest
    Rayleigh quotient met, is under `small` volts: an
    estimate of the error itself. Rounding in what K hardly sees grows meanwhile; a step of Gauss-Seidel afterwards, x + r, takes it away.
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
        if math.sqrt(new / (weight * m * n)) <= small * least:
            return step + 1
        if step >= DRIFT and new <= REACH * start:
            return step + 1
        if new < best:
            best, since = new, step
        elif step - since > 60:
            return -step - 1
        beta = new / rkr
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
def solve(lo, hi, x, w, g, definite, word, bit, seg_w, seg_b, far_w, far_b, v_w, v_b, source, small, part, most):  # type: ignore[no-untyped-def]
    """Voltages w, x (p, m, n) of word and bit nodes for the right-hand sides lo to hi - 1, `x` from a first guess; both in place.

    v_w (p, m), v_b (p, n): drivers' volts; source (m, n): A that each cell carries besides g (w - x), or (0, 0). `definite`: no cell is
    open and the word lines have a resistance, so that K is definite. Stops at an error of `small` (p,) volts, or at `part` of
    the first residual
    where that is more. Returns the most steps taken, `most` if in vain, and the error that the last one stopped at.
    """
    _, m, n = x.shape
    r = np.empty((m, n))
    scratch = (np.empty((n, 4)), np.empty(n), np.empty((m, n)), np.empty((m, n)), np.empty((m, n)))
    longest, goal = 0, 0.0
    for k in range(lo, hi):
        xk, wk, vw, vb = x[k], w[k], v_w[k], v_b[k]
        word_voltages(xk, g, word[0], word[1], seg_w, far_w, vw, source, wk)
        before = bit_residual(wk, xk, g, bit[0], bit[1], seg_b, far_b, vb, source, r)
        goal = max(small[k], part * math.sqrt(before / (m * n)))
        taken = 0
        while before > 0.0 and taken < most:
            if not definite:
                _sweep(xk, r, g, word, bit, seg_w, seg_b, scratch)
            steps = conjugate_gradients(xk, r, g, word, bit, seg_w, seg_b, goal, most - taken, scratch)
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
def currents(lo, hi, w, x, g, v_cell, i_cell, i_w, i_b):  # type: ignore[no-untyped-def]
    """Of solutions lo to hi - 1: cells' voltages and currents (p, m, n), currents of word lines (p, m) and bit lines (p, n)."""
    _, m, n = w.shape
    i_b[lo:hi] = 0.0
    for k in range(lo, hi):
        for i in range(m):
            total = 0.0
            for j in range(n):
                v = w[k, i, j] - x[k, i, j]
                v_cell[k, i, j] = v
                v *= g[i, j]
                i_cell[k, i, j] = v
                total += v
            for j in range(n):
                i_b[k, j] += i_cell[k, i, j]
            i_w[k, i] = total
