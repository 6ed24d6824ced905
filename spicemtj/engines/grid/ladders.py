"""One line with its cells is a ladder: fold it from its open end to its driver, walk back, and every node has its voltage.

Folding takes the conductance y and the current that a node sees beyond a wire of r ohm through the loss a = 1/(1 + r y). With the losses
kept, a solution costs a few multiplications a node and no division. A wire of 0 ohm (a = 1) merges its nodes exactly, a driver of infinite
resistance (a = 0) leaves its line floating exactly, a cell of 0 siemens is open exactly.

Cells are (m, n) arrays [S], all C-contiguous. `seg`: ohm of a wire between two cells; `first` (lines,): ohm between the driver
and its first
cell, inf where the line floats; `far` (lines,): siemens of the driver at the far end, 0 where there is none. Word lines run along j and are
driven at j = 0, bit lines run along i and are driven at i = m - 1. Word lines are swept four at a time: one chain of dependent
operations leaves the processor idle.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# Sums may be reordered and multiplications fused; infinities and nans keep their meaning.
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz"}}


@njit(**OPTIONS)
def driver_loss(y, first):  # type: ignore[no-untyped-def]
    """Loss of the wire to the driver, and the driven node's resistance to ground, for a line of y siemens."""
    if np.isinf(first):
        return 0.0, 1.0 / y
    loss = 1.0 / (1.0 + first * y)
    return loss, first * loss


@njit(**OPTIONS)
def factor_word(i, g, seg, first, far, a, s):  # type: ignore[no-untyped-def]
    """Losses a[i] (n,) and driven resistance s[i] of word line i and the three after it."""
    m, n = g.shape
    i1, i2, i3 = min(i + 1, m - 1), min(i + 2, m - 1), min(i + 3, m - 1)
    g0, g1, g2, g3 = g[i], g[i1], g[i2], g[i3]
    a0, a1, a2, a3 = a[i], a[i1], a[i2], a[i3]
    y0, y1, y2, y3 = far[i], far[i1], far[i2], far[i3]
    for j in range(n - 1, 0, -1):
        y0, y1, y2, y3 = y0 + g0[j], y1 + g1[j], y2 + g2[j], y3 + g3[j]
        f0, f1, f2, f3 = 1 / (1 + seg * y0), 1 / (1 + seg * y1), 1 / (1 + seg * y2), 1 / (1 + seg * y3)
        a0[j], a1[j], a2[j], a3[j] = f0, f1, f2, f3
        y0, y1, y2, y3 = y0 * f0, y1 * f1, y2 * f2, y3 * f3
    a0[0], s[i] = driver_loss(y0 + g0[0], first[i])
    a1[0], s[i1] = driver_loss(y1 + g1[0], first[i1])
    a2[0], s[i2] = driver_loss(y2 + g2[0], first[i2])
    a3[0], s[i3] = driver_loss(y3 + g3[0], first[i3])


@njit(**OPTIONS)
def factor_words(g, seg, first, far):  # type: ignore[no-untyped-def]
    """Losses (m, n) and driven resistances (m,) of all word lines."""
    m, n = g.shape
    a, s = np.empty((m, n)), np.empty(m)
    for i in range(0, m, 4):
        factor_word(i, g, seg, first, far, a, s)
    return a, s


@njit(**OPTIONS)
def factor_bits(g, seg, first, far):  # type: ignore[no-untyped-def]
    """Losses (m, n) and driven resistances (n,) of all bit lines."""
    m, n = g.shape
    a, s, y = np.empty((m, n)), np.empty(n), far.copy()
    for i in range(m - 1):
        gi, ai = g[i], a[i]
        for j in range(n):
            t = y[j] + gi[j]
            ai[j] = 1 / (1 + seg * t)
            y[j] = t * ai[j]
    for j in range(n):
        a[m - 1, j], s[j] = driver_loss(y[j] + g[m - 1, j], first[j])
    return a, s


@njit(**OPTIONS)
def factor_bit(j, g, seg, first, far, a, s):  # type: ignore[no-untyped-def]
    """The same for bit line j alone, in place."""
    m = g.shape[0]
    y = far[j]
    for i in range(m - 1):
        t = y + g[i, j]
        a[i, j] = 1 / (1 + seg * t)
        y = t * a[i, j]
    a[m - 1, j], s[j] = driver_loss(y + g[m - 1, j], first[j])


@njit(**OPTIONS)
def through_words(i, x, g_in, g_out, a, s, seg, u, out):  # type: ignore[no-untyped-def]
    """Word lines i to i + 3 with all drivers at 0 V: bit nodes at `x` volts send the currents `out` [A] into the bit nodes.

    g_in, g_out: derivatives of a cell's current by bit and word voltage, one array for ohmic cells. u (n, 4): scratch. Returns the power
    sum(x out) [W], right where g_in is g_out.
    """
    m, n = x.shape
    i1, i2, i3 = min(i + 1, m - 1), min(i + 2, m - 1), min(i + 3, m - 1)
    x0, x1, x2, x3 = x[i], x[i1], x[i2], x[i3]
    g0, g1, g2, g3 = g_in[i], g_in[i1], g_in[i2], g_in[i3]
    a0, a1, a2, a3 = a[i], a[i1], a[i2], a[i3]
    c0 = c1 = c2 = c3 = 0.0
    p0 = p1 = p2 = p3 = 0.0
    for j in range(n - 1, 0, -1):
        t0, t1, t2, t3 = g0[j] * x0[j] + c0, g1[j] * x1[j] + c1, g2[j] * x2[j] + c2, g3[j] * x3[j] + c3
        c0, c1, c2, c3 = a0[j] * t0, a1[j] * t1, a2[j] * t2, a3[j] * t3
        p0, p1, p2, p3 = p0 + c0 * t0, p1 + c1 * t1, p2 + c2 * t2, p3 + c3 * t3
        u[j, 0], u[j, 1], u[j, 2], u[j, 3] = c0, c1, c2, c3
    t0, t1, t2, t3 = g0[0] * x0[0] + c0, g1[0] * x1[0] + c1, g2[0] * x2[0] + c2, g3[0] * x3[0] + c3
    v0, v1, v2, v3 = s[i] * t0, s[i1] * t1, s[i2] * t2, s[i3] * t3
    power = seg * p0 + v0 * t0
    if i + 1 < m:
        power += seg * p1 + v1 * t1
    if i + 2 < m:
        power += seg * p2 + v2 * t2
    if i + 3 < m:
        power += seg * p3 + v3 * t3
    g0, g1, g2, g3 = g_out[i], g_out[i1], g_out[i2], g_out[i3]
    o0, o1, o2, o3 = out[i], out[i1], out[i2], out[i3]
    o0[0], o1[0], o2[0], o3[0] = g0[0] * v0, g1[0] * v1, g2[0] * v2, g3[0] * v3
    for j in range(1, n):
        v0, v1 = a0[j] * v0 + seg * u[j, 0], a1[j] * v1 + seg * u[j, 1]
        v2, v3 = a2[j] * v2 + seg * u[j, 2], a3[j] * v3 + seg * u[j, 3]
        o0[j], o1[j], o2[j], o3[j] = g0[j] * v0, g1[j] * v1, g2[j] * v2, g3[j] * v3
    return power


@njit(**OPTIONS)
def fold_bits(current, beta, folded, a, s, seg, carry):  # type: ignore[no-untyped-def]
    """Fold currents (m, n) [A] into the bit nodes down to the drivers: folded <- fold(current) + beta folded.

    carry (n,): scratch. Returns sum(current S^-1 current) [W] of what `folded` then stands for, S the bit lines' own matrix.
    """
    m, n = current.shape
    power = 0.0
    carry[:] = 0.0
    for i in range(m - 1):
        ki, fi, ai = current[i], folded[i], a[i]
        row = 0.0
        for j in range(n):
            t = ki[j] + carry[j]
            carry[j] = t * ai[j]
            t += beta * fi[j]
            fi[j] = t
            row += ai[j] * t * t
        power += seg * row
    ki, fi = current[m - 1], folded[m - 1]
    for j in range(n):
        t = ki[j] + carry[j] + beta * fi[j]
        fi[j] = t
        power += s[j] * t * t
    return power


@njit(**OPTIONS)
def unfold_bits(i, folded, a, s, seg, v):  # type: ignore[no-untyped-def]
    """From the voltages v (n,) of the bit nodes in row i + 1 to those in row i, all drivers at 0 V; in place."""
    m, n = folded.shape
    fi, ai = folded[i], a[i]
    if i == m - 1:
        for j in range(n):
            v[j] = s[j] * fi[j]
    else:
        for j in range(n):
            v[j] = ai[j] * v[j] + ai[j] * seg * fi[j]


@njit(**OPTIONS)
def _climb_words(i, a, s, seg, far, v, line):  # type: ignore[no-untyped-def]
    """Word lines i to i + 3, drivers at v (m,) volts: from the currents [A] into their nodes to the nodes' voltages, line (m,
    n) in place."""
    m, n = line.shape
    i1, i2, i3 = min(i + 1, m - 1), min(i + 2, m - 1), min(i + 3, m - 1)
    a0, a1, a2, a3 = a[i], a[i1], a[i2], a[i3]
    o0, o1, o2, o3 = line[i], line[i1], line[i2], line[i3]
    c0, c1, c2, c3 = far[i] * v[i], far[i1] * v[i1], far[i2] * v[i2], far[i3] * v[i3]
    for j in range(n - 1, 0, -1):
        t0, t1, t2, t3 = o0[j] + c0, o1[j] + c1, o2[j] + c2, o3[j] + c3
        c0, c1, c2, c3 = a0[j] * t0, a1[j] * t1, a2[j] * t2, a3[j] * t3
        o0[j], o1[j], o2[j], o3[j] = seg * c0, seg * c1, seg * c2, seg * c3
    v0, v1 = a0[0] * v[i] + s[i] * (o0[0] + c0), a1[0] * v[i1] + s[i1] * (o1[0] + c1)
    v2, v3 = a2[0] * v[i2] + s[i2] * (o2[0] + c2), a3[0] * v[i3] + s[i3] * (o3[0] + c3)
    o0[0], o1[0], o2[0], o3[0] = v0, v1, v2, v3
    for j in range(1, n):
        v0, v1, v2, v3 = a0[j] * v0 + o0[j], a1[j] * v1 + o1[j], a2[j] * v2 + o2[j], a3[j] * v3 + o3[j]
        o0[j], o1[j], o2[j], o3[j] = v0, v1, v2, v3


@njit(**OPTIONS)
def _climb_word(i, a, s, seg, far, v, line):  # type: ignore[no-untyped-def]
    """The same for word line i alone."""
    ai, oi = a[i], line[i]
    c = far[i] * v[i]
    for j in range(oi.size - 1, 0, -1):
        c = ai[j] * (oi[j] + c)
        oi[j] = seg * c
    oi[0] = ai[0] * v[i] + s[i] * (oi[0] + c)
    for j in range(1, oi.size):
        oi[j] += ai[j] * oi[j - 1]


@njit(**OPTIONS)
def word_voltages(x, g_in, a, s, seg, far, v, source, out):  # type: ignore[no-untyped-def]
    """Voltages `out` (m, n) of the word nodes: drivers at v (m,) volts, bit nodes at `x`, cells of current g w - g_in x + source.

    `source` (m, n) A, or (0, 0) for none.
    """
    m, n = x.shape
    for i in range(0, m, 4):
        for k in range(i, min(i + 4, m)):
            xk, gk, ok = x[k], g_in[k], out[k]
            for j in range(n):
                ok[j] = gk[j] * xk[j]
            if source.size > 0:
                sk = source[k]
                for j in range(n):
                    ok[j] -= sk[j]
        if i + 4 <= m:
            _climb_words(i, a, s, seg, far, v, out)
        else:
            for k in range(i, m):
                _climb_word(k, a, s, seg, far, v, out)


@njit(**OPTIONS)
def bit_residual(w, x, g_out, a, s, seg, far, v, source, r):  # type: ignore[no-untyped-def]
    """r (m, n) <- the bit nodes' voltages, word nodes at `w` and drivers at v (n,) volts, less `x`. Returns sum(r^2) [V^2]."""
    m, n = x.shape
    carry = far * v
    with_source = source.size > 0
    for i in range(m):
        ri, wi, gi, ai = r[i], w[i], g_out[i], a[i]
        if with_source:
            for j in range(n):
                ri[j] = gi[j] * wi[j] + source[i, j]
        else:
            for j in range(n):
                ri[j] = gi[j] * wi[j]
        for j in range(n):
            ri[j] += carry[j]
            carry[j] = ri[j] * ai[j]
    total = 0.0
    for i in range(m - 1, -1, -1):
        ri, xi, ai = r[i], x[i], a[i]
        if i == m - 1:
            for j in range(n):
                carry[j] = ai[j] * v[j] + s[j] * ri[j]
        else:
            for j in range(n):
                carry[j] = ai[j] * carry[j] + ai[j] * seg * ri[j]
        for j in range(n):
            ri[j] = carry[j] - xi[j]
            total += ri[j] * ri[j]
    return total
