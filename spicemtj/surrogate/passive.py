"""The sweeps of `lines.sweep_cells` for a whole tile without transistors, neighbouring lines side by side in the processor's vector units.

A line is a recursion from its open end to its driver and back, which nothing can hurry; lines do not wait for each other. So each step is
taken for all bit lines at once, whose cells lie next to each other in memory, and for all word lines at once in transposed arrays.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .constants import INNER
from .lines import IDLE

VECTOR = INNER | {"error_model": "numpy"}
BARE_VECTOR = VECTOR | {"_nrt": False}


@njit(**BARE_VECTOR)
def conductances(w, b, v_wl, v_bl, states, g_p, tmr0, vh, v, last, g):  # type: ignore[no-untyped-def]
    """All cells at their nodes' volts: `v` moves to `last`, the new volts to `v`, and the conductances [S] to `g`."""
    square = 1.0 / (vh * vh)
    for a in range(v.shape[0]):
        for j in range(v.shape[1]):
            drop = w[a, j] - b[a, j]
            last[a, j] = v[a, j]
            v[a, j] = drop
            bias = drop * drop * square if abs(v_wl[a] - v_bl[j]) > IDLE else 0.0
            g[a, j] = g_p[a, j] * (1.0 - (1.0 - states[a, j]) * tmr0[a, j] / (2.0 * (1.0 + tmr0[a, j] + bias)))


@njit(**BARE_VECTOR)
def transpose(source, out):  # type: ignore[no-untyped-def]
    """source (m, n) into out (n, m), by blocks that stay in the nearest cache."""
    m, n = source.shape
    for top in range(0, m, 8):
        for left in range(0, n, 8):
            for j in range(left, min(left + 8, n)):
                for a in range(top, min(top + 8, m)):
                    out[j, a] = source[a, j]


@njit(**BARE_VECTOR)
def ladders(g, u, source, segment, driver, at_end, nodes, loss, fold, y, i):  # type: ignore[no-untyped-def]
    """`lines.ladder` of many lines: cells g (k, lines) to nodes at u (k, lines), drivers at `source` (lines,); volts into `nodes`.

    The driver, `driver` ohm besides a segment's, is before node 0, or behind the last one with `at_end`. loss, fold (k, lines), y, i
    (lines,) : scratch.
    """
    k, n = g.shape
    for c in range(n):
        y[c] = i[c] = 0.0
    for step in range(k):
        a = step if at_end else k - 1 - step
        r = segment + driver if step == k - 1 else segment
        for c in range(n):
            total = y[c] + g[a, c]
            current = i[c] + g[a, c] * u[a, c]
            left = 1.0 / (1.0 + r * total)
            loss[a, c] = left
            fold[a, c] = r * current
            y[c] = total * left
            i[c] = current * left
    for c in range(n):
        y[c] = source[c]
    for step in range(k):
        a = k - 1 - step if at_end else step
        for c in range(n):
            y[c] = (y[c] + fold[a, c]) * loss[a, c]
            nodes[a, c] = y[c]


@njit(**VECTOR)
def passive_cells(v_wl, v_bl, states, g_p, tmr0, vh, wires, sweeps):  # type: ignore[no-untyped-def]
    """Cell voltages (m, n) of a tile of 1R cells after the last sweep and after the one before it.

    v_wl (m,), v_bl (n,) applied volts; states, g_p, tmr0 (m, n), rows of a layer's arrays allowed; wires as in `lines.transfers`.
    """
    m, n = states.shape
    k = max(m, n)
    room = np.empty((9, m, n))
    w, b, g, v, last, loss, fold = room[0], room[1], room[2], room[3], room[4], room[5], room[6]
    across = np.empty((5, n, m))
    g_t, b_t, w_t, loss_t, fold_t = across[0], across[1], across[2], across[3], across[4]
    y, i = np.empty(k), np.empty(k)
    for a in range(m):
        for j in range(n):
            w[a, j], b[a, j], v[a, j] = v_wl[a], v_bl[j], 0.0
    for s in range(sweeps + 1):
        conductances(w, b, v_wl, v_bl, states, g_p, tmr0, vh, v, last, g)
        if s == sweeps:
            break
        transpose(g, g_t)
        transpose(b, b_t)
        ladders(g_t, b_t, v_wl, wires[0], wires[2], False, w_t, loss_t, fold_t, y, i)
        transpose(w_t, w)
        ladders(g, w, v_bl, wires[1], wires[3], True, b, loss, fold, y, i)
    return v, last
