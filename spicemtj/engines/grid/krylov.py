"""The same elimination where a cell's current depends on both of its line voltages differently: GMRES on the bit nodes.

A transistor's current falls faster with its source's voltage than it rises with its drain's, so that the cells' part of the matrix
is not symmetric and conjugate gradients do not apply. With Gw and -Gb the derivatives of the cells' currents by word and bit
voltage, T and S
the lines' matrices with Gw and Gb, the bit nodes obey (1 - S^-1 Gw T^-1 Gb) x = S^-1 b: one sweep over the word lines and one over the
bit lines a step, as before (Saad and Schultz, SIAM J. Sci. Stat. Comput. 7, 856, 1986).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .ladders import OPTIONS, bit_residual, fold_bits, through_words, unfold_bits, word_voltages

ROOM = 24  # basis vectors kept: 0.8 GB at 2048 x 2048


@njit(**OPTIONS)
def apply(x, out, g_w, g_b, word, bit, seg_w, seg_b, u, carry, kx, folded):  # type: ignore[no-untyped-def]
    """out <- (1 - S^-1 Gw T^-1 Gb) x; u (n, 4), carry (n,), kx, folded (m, n): scratch."""
    m, n = x.shape
    for i in range(0, m, 4):
        through_words(i, x, g_b, g_w, word[0], word[1], seg_w, u, kx)
    fold_bits(kx, 0.0, folded, bit[0], bit[1], seg_b, carry)
    for i in range(m - 1, -1, -1):
        unfold_bits(i, folded, bit[0], bit[1], seg_b, carry)
        xi, oi = x[i], out[i]
        for j in range(n):
            oi[j] = xi[j] - carry[j]


@njit(**OPTIONS)
def _dot(a, b):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(a.shape[0]):
        ai, bi = a[i], b[i]
        row = 0.0
        for j in range(a.shape[1]):
            row += ai[j] * bi[j]
        total += row
    return total


@njit(**OPTIONS)
def _add(a, scale, b):  # type: ignore[no-untyped-def]
    """a <- a + scale b."""
    for i in range(a.shape[0]):
        ai, bi = a[i], b[i]
        for j in range(a.shape[1]):
            ai[j] += scale * bi[j]


@njit(**OPTIONS)
def gmres(x, r, norm, g_w, g_b, word, bit, seg_w, seg_b, enough, room):  # type: ignore[no-untyped-def]
    """Improve x (m, n) [V] from its residual r, whose 2-norm is `norm`, down to `enough` V or by as many steps as `room` allows.

    r is lost. Returns the steps taken.
    """
    m, n = x.shape
    u, carry, kx, folded = np.empty((n, 4)), np.empty(n), np.empty((m, n)), np.zeros((m, n))
    basis = np.empty((room + 1, m, n))
    h, cs, sn, y = np.zeros((room + 1, room)), np.empty(room), np.empty(room), np.zeros(room + 1)
    y[0] = norm
    for i in range(m):
        for j in range(n):
            basis[0, i, j] = r[i, j] / norm
    k = 0
    while k < room and abs(y[k]) > enough:
        new = basis[k + 1]
        apply(basis[k], new, g_w, g_b, word, bit, seg_w, seg_b, u, carry, kx, folded)
        for q in range(k + 1):
            h[q, k] = _dot(basis[q], new)
            _add(new, -h[q, k], basis[q])
        size = math.sqrt(_dot(new, new))
        for q in range(k):
            h[q, k], h[q + 1, k] = cs[q] * h[q, k] + sn[q] * h[q + 1, k], cs[q] * h[q + 1, k] - sn[q] * h[q, k]
        length = math.hypot(h[k, k], size)
        if not length > 0.0:
            break
        cs[k], sn[k] = h[k, k] / length, size / length
        h[k, k] = length
        y[k], y[k + 1] = cs[k] * y[k], -sn[k] * y[k]
        k += 1
        if size > 0.0:
            for i in range(m):
                for j in range(n):
                    new[i, j] /= size
    for q in range(k - 1, -1, -1):
        for c in range(q + 1, k):
            y[q] -= h[q, c] * y[c]
        y[q] /= h[q, q]
        _add(x, y[q], basis[q])
    return k


@njit(**OPTIONS)
def solve(x, w, g_w, g_b, word, bit, seg_w, seg_b, far_w, far_b, v_w, v_b, source, small, part, most, room):  # type: ignore[no-untyped-def]
    """As `conjugate.solve`, for cells of current g_w w - g_b x + source and one right-hand side: x, w (m, n), v_w (1, m), v_b
    (1, n), small (1,).

    `room`: basis vectors to keep.
    """
    m, n = x.shape
    r = np.empty((m, n))
    taken, idle = 0, 0
    word_voltages(x, g_b, word[0], word[1], seg_w, far_w, v_w[0], source, w)
    norm = math.sqrt(bit_residual(w, x, g_w, bit[0], bit[1], seg_b, far_b, v_b[0], source, r))
    small = max(small[0], part * norm / math.sqrt(m * n))
    enough = small * math.sqrt(m * n)
    while norm > enough:
        if taken >= most or idle > 20:
            return most, small
        taken += max(1, gmres(x, r, norm, g_w, g_b, word, bit, seg_w, seg_b, enough / 2, room))
        word_voltages(x, g_b, word[0], word[1], seg_w, far_w, v_w[0], source, w)
        before = norm
        norm = math.sqrt(bit_residual(w, x, g_w, bit[0], bit[1], seg_b, far_b, v_b[0], source, r))
        idle = idle + 1 if not norm < 0.9 * before else 0
        if idle and norm < 100 * enough:  # what is left is rounding
            return taken, small
    if not norm >= 0.0:
        return most, small
    return taken, small
