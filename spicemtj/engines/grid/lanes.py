"""Many right-hand sides, four side by side, with step lengths that the solution of another one has shown.

Conjugate gradients leave the residual p(1 - S^-1 K) r, p a polynomial whose roots are Ritz values of that operator. They are as good for
other right-hand sides of the same network: each root makes a step of Richardson's iteration, a sweep of block Gauss-Seidel that
goes 1/root of the way. It keeps nothing but the voltages and the currents under way, a third of what conjugate gradients
move, and has no sums to wait for. Leja's order of the roots bounds what rounding can grow to (Reichel, BIT 31, 708, 1991).

Voltages and currents are arrays (m, n, 4) here, those of drivers (m, 4) and (n, 4).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .conjugate import currents
from .four import WIDTH, fma, load, same, store
from .ladders import OPTIONS

Array = NDArray[np.float64]

ENOUGH = (
    10  # times the goal: a residual that ends below is good, one that ends below times the least root needs no further cycle
)
CYCLES = 8  # through all roots, while the residual falls
INNER = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # Python knows no `Four`


def roots(lengths: Array) -> Array:
    """The roots in Leja's order, and 1 at the end, from alpha and beta (2, steps) of conjugate gradients; just 1 where that is hopeless."""
    alpha, beta = lengths
    if not len(alpha):
        return np.ones(1)
    with np.errstate(all="ignore"):
        diagonal, beside = 1 / alpha, np.sqrt(beta[:-1]) / alpha[:-1]
        diagonal[1:] += beta[:-1] / alpha[:-1]
    if not (np.isfinite(diagonal).all() and np.isfinite(beside).all()):
        return np.ones(1)
    left = np.linalg.eigvalsh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
    if not (left > 0).all():
        return np.ones(1)
    ordered = np.ones(len(left) + 1)
    distance = np.log(left)
    for k in range(len(left)):
        chosen = int(np.argmax(distance))
        ordered[k] = left[chosen]
        with np.errstate(divide="ignore"):
            distance += np.log(np.abs(left - left[chosen]))
    return ordered


@njit(**INNER)
def _fold_words(i, k, x, g, a, s, seg, far, v, u):  # type: ignore[no-untyped-def]
    """Word lines i and k, bit nodes at `x`: the voltages of the two driven nodes; u (2 n, 4) <- what unfolding needs."""
    n = x.shape[1]
    xi, xk, gi, gk, ai, ak = x[i], x[k], g[i], g[k], a[i], a[k]
    ci, ck = far[i] * load(v, i), far[k] * load(v, k)
    for step in range(1, n):
        j = np.uintp(n - step)  # without a sign there is no counting from the end to look out for
        bi, bk = ai[j], ak[j]
        ci = fma(same(bi), ci, bi * gi[j] * load(xi, j))  # one operation from turn to turn
        ck = fma(same(bk), ck, bk * gk[j] * load(xk, j))
        store(u, 2 * j, seg * ci)
        store(u, 2 * j + 1, seg * ck)
    ti, tk = fma(same(gi[0]), load(xi, 0), ci), fma(same(gk[0]), load(xk, 0), ck)
    return fma(same(ai[0]), load(v, i), s[i] * ti), fma(same(ak[0]), load(v, k), s[k] * tk)


@njit(**INNER)
def _through_words(i, x, g, a, s, seg, far, v, u, out):  # type: ignore[no-untyped-def]
    """Word lines i and i + 1, drivers at v (m, 4): bit nodes at `x` volts send the currents `out` [A] into the bit nodes."""
    m, n, _ = x.shape
    k = min(i + 1, m - 1)
    vi, vk = _fold_words(i, k, x, g, a, s, seg, far, v, u)
    gi, gk, ai, ak, oi, ok = g[i], g[k], a[i], a[k], out[i], out[k]
    store(oi, 0, gi[0] * vi)
    store(ok, 0, gk[0] * vk)
    for j in range(1, n):
        vi, vk = fma(same(ai[j]), vi, load(u, 2 * j)), fma(same(ak[j]), vk, load(u, 2 * j + 1))
        store(oi, j, gi[j] * vi)
        store(ok, j, gk[j] * vk)


@njit(**INNER)
def _fold_bits(current, a, carry):  # type: ignore[no-untyped-def]
    """Fold currents [A] into the bit nodes down to the drivers, in place; carry (n, 4): what the drivers at the far ends send."""
    m, n, _ = current.shape
    for i in range(m):
        ki, ai = current[i], a[i]
        for j in range(n):
            t = load(ki, j) + load(carry, j)
            store(ki, j, t)
            store(carry, j, ai[j] * t)


@njit(**INNER)
def _unfold_bits(i, folded, a, own, v, x, part):  # type: ignore[no-untyped-def]
    """From the voltages v (n, 4) of the bit nodes in row i + 1 to those in row i, in place, and x[i] a `part` of the way there.

    own (n,): ohm that the folded currents see. Returns the sum of squares of the whole way.
    """
    fi, ai, xi = folded[i], a[i], x[i]
    total = same(0.0)
    for j in range(xi.shape[0]):
        t = ai[j] * load(v, j) + own[j] * load(fi, j)
        store(v, j, t)
        t = t - load(xi, j)
        store(xi, j, fma(part, t, load(xi, j)))
        total = fma(t, t, total)
    return total


@njit(**OPTIONS)
def steps(x, roots, g, word, bit, seg_w, seg_b, far_w, far_b, v_w, v_b, scratch, square):  # type: ignore[no-untyped-def]
    """Bit nodes x (m, n, 4) [V] improved in place, a step for each root; square (1, 4) <- sum of squares of the residual before the last.

    scratch = (u (2 n, 4), carry (n, 4), current (m, n, 4)).
    """
    m, n, _ = x.shape
    (aw, sw), (ab, sb) = word, bit
    u, carry, current = scratch
    own = np.empty(n)
    for i in range(0, m, 2):
        _through_words(i, x, g, aw, sw, seg_w, far_w, v_w, u, current)
    for number in range(roots.size):
        for j in range(n):
            store(carry, j, far_b[j] * load(v_b, j))
        _fold_bits(current, ab, carry)
        carry[:] = v_b
        part, total = same(1.0 / roots[number]), same(0.0)
        for i in range((m - 1) // 2 * 2, -1, -2):
            for k in range(min(i + 1, m - 1), i - 1, -1):
                for j in range(n):
                    own[j] = sb[j] if k == m - 1 else ab[k, j] * seg_b
                total = total + _unfold_bits(k, current, ab, own, carry, x, part)
            if number + 1 < roots.size:
                _through_words(i, x, g, aw, sw, seg_w, far_w, v_w, u, current)
        store(square, 0, total)


@njit(**OPTIONS)
def _hand_out(x, rows, g, word, seg, far, v, u, w_out, x_out):  # type: ignore[no-untyped-def]
    """Word nodes for bit nodes at `x`; both into the rows (4,) of w_out, x_out (p, m, n)."""
    m, n, _ = x.shape
    a, s = word
    for i in range(0, m, 2):
        k = min(i + 1, m - 1)
        vi, vk = _fold_words(i, k, x, g, a, s, seg, far, v, u)
        ai, ak = a[i], a[k]
        store(u, 0, vi)
        store(u, 1, vk)
        for j in range(1, n):
            vi, vk = fma(same(ai[j]), vi, load(u, 2 * j)), fma(same(ak[j]), vk, load(u, 2 * j + 1))
            store(u, 2 * j, vi)
            store(u, 2 * j + 1, vk)
        for q in range(WIDTH):
            wi, wk, xi, xk = w_out[rows[q], i], w_out[rows[q], k], x_out[rows[q], i], x_out[rows[q], k]
            for j in range(n):
                wi[j], wk[j], xi[j], xk[j] = u[2 * j, q], u[2 * j + 1, q], x[i, j, q], x[k, j, q]


@njit(**OPTIONS)
def solve(room, lo, hi, x, w, g, roots, word, bit, seg_w, seg_b, far_w, far_b, v_w, v_b, small, i_w, i_b):  # type: ignore[no-untyped-def]
    """As `conjugate.solve` from bit nodes at their drivers' volts, with the lines' currents i_w (p, m), i_b (p, n) [A].

    room (2, m, n, 4): scratch. Returns the first right-hand side that was not solved, hi if all were.
    """
    _, m, n = x.shape
    four, current = room[0], room[1]
    u, carry, square = np.empty((2 * n, WIDTH)), np.empty((n, WIDTH)), np.empty((1, WIDTH))
    least = roots.min()
    vw, vb, rows = np.empty((m, WIDTH)), np.empty((n, WIDTH)), np.empty(WIDTH, dtype=np.intp)
    for first in range(lo, hi, WIDTH):
        for q in range(WIDTH):
            rows[q] = min(first + q, hi - 1)
            vw[:, q], vb[:, q] = v_w[rows[q]], v_b[rows[q]]
        for i in range(m):
            four[i] = vb
        before, left = np.inf, np.inf
        for _ in range(CYCLES):
            steps(four, roots, g, word, bit, seg_w, seg_b, far_w, far_b, vw, vb, (u, carry, current), square)
            left = 0.0
            for q in range(WIDTH):
                if not square[0, q] >= 0.0:
                    left = np.inf
                elif square[0, q] > 0.0:
                    left = max(left, math.sqrt(square[0, q] / (m * n)) / small[rows[q]])
            if left <= ENOUGH * least or not left < before / 4:
                break
            before = left
        if not left <= ENOUGH:
            return first
        _hand_out(four, rows, g, word, seg_w, far_w, vw, u, w, x)
        currents(first, min(first + WIDTH, hi), w, x, g, i_w, i_b)
    return hi
