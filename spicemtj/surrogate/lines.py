"""Compiled kernels of the surrogate: resistive lines, and sweeps over a block of an array.

A line with its cells is a ladder; folding it from its open end to its driver (Norton equivalents), then walking back, solves it in
one pass each way, with any resistance of 0 allowed. A sweep solves every word line with the bit lines held, then every bit line
with the word lines held: block Gauss-Seidel on the network's symmetric matrix. The surrogate makes a fixed small number of sweeps.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..device.compiled import cell_current, drain_current

IDLE = 1e-3  # V: a cell with less than this across its lines takes its small-signal conductance


@njit(cache=True)
def ladder(g, u, segment, source, v, fold):  # type: ignore[no-untyped-def]
    """Node voltages of one line into `v` (k,): cells of `g` siemens to nodes at `u` volts, `segment[k]` ohm before node k.

    Node 0 lies next to the driver (its segment holds the driver's resistance), which stands at `source` volts. `fold` (2, k or more) is
    scratch.
    """
    k = g.size
    fold_y, fold_i = fold[0], fold[1]
    y = i = 0.0
    for a in range(k - 1, -1, -1):
        y += g[a]
        i += g[a] * u[a]
        fold_y[a], fold_i[a] = y, i
        loss = 1.0 / (1.0 + segment[a] * y)
        y *= loss
        i *= loss
    before = source
    for a in range(k):
        before = (before + segment[a] * fold_i[a]) / (1.0 + segment[a] * fold_y[a])
        v[a] = before


@njit(cache=True)
def transfers(g, wires):  # type: ignore[no-untyped-def]
    """Voltage transfers (m, n) of every word line and every bit line alone, the far side of its cells grounded.

    g (m, n) siemens; wires = (r_wl, r_bl, driver_wl, driver_bl) ohm.
    """
    m, n = g.shape
    t_w, t_b = np.empty((m, n)), np.empty((m, n))
    fold = np.empty((2, max(m, n)))
    segment, ground = np.full(n, wires[0]), np.zeros(n)
    segment[0] = wires[0] + wires[2]
    for i in range(m):
        ladder(g[i], ground, segment, 1.0, t_w[i], fold)
    segment, ground, line = np.full(m, wires[1]), np.zeros(m), np.empty(m)
    segment[0] = wires[1] + wires[3]
    for j in range(n):
        ladder(g[::-1, j].copy(), ground, segment, 1.0, line, fold)
        t_b[:, j] = line[::-1]
    return t_w, t_b


@njit(cache=True)
def sweep_cells(rows, v_wl, v_bl, v_gate, states, g_p, tmr0, vh, access, wires, m, sweeps):  # type: ignore[no-untyped-def]
    """MTJ voltages (rows, n) of the cells on some word lines, after the last sweep and after the one before it.

    rows : ascending positions of the word lines; cells of all others carry no current. v_wl (rows,), v_bl (n,) applied volts;
    v_gate, states, g_p, tmr0 (rows, n); access : the transistor's constants, empty for 1R; wires as in `transfers`; m word lines.
    """
    nr, n = states.shape
    seg_w, seg_b = np.full(n, wires[0]), np.empty(nr)
    seg_w[0] += wires[2]
    for a in range(nr):  # a bit line's driver is at the bottom, so its nodes count upwards
        below = rows[nr - a] if a else m
        seg_b[a] = wires[1] * (below - rows[nr - 1 - a])
    seg_b[0] += wires[3]

    w, b_ = np.empty((nr, n)), np.empty((nr, n))
    g, v, last = np.empty((nr, n)), np.zeros((nr, n)), np.zeros((nr, n))
    for a in range(nr):
        w[a] = v_wl[a]
        b_[a] = v_bl
    column, source, line, fold = np.empty(nr), np.empty(nr), np.empty(nr), np.empty((2, max(nr, n)))
    channel, idle_bl, idle_gate, share, guess = 0.0, np.nan, np.nan, 1.0, 0.0
    for s in range(sweeps + 1):
        for a in range(nr):
            for j in range(n):
                last[a, j] = v[a, j]
                drop, applied = w[a, j] - b_[a, j], v_wl[a] - v_bl[j]
                if abs(applied) > IDLE:
                    if s:
                        guess = v[a, j] * drop / applied
                    i, guess = cell_current(
                        w[a, j], b_[a, j], v_gate[a, j], states[a, j], g_p[a, j], tmr0[a, j], vh, access, guess
                    )
                    v[a, j] = guess
                    g[a, j] = i / drop if drop != 0.0 else 0.0
                    continue
                alone = g_p[a, j] if states[a, j] > 0 else g_p[a, j] / (1.0 + tmr0[a, j])
                if access.size == 0:
                    g[a, j], v[a, j] = alone, drop
                    continue
                if not (
                    v_bl[j] == idle_bl and v_gate[a, j] == idle_gate
                ):  # neighbours have the same: one evaluation serves them
                    idle_bl, idle_gate = v_bl[j], v_gate[a, j]
                    channel = drain_current(idle_gate, idle_bl, idle_bl, access)[1]
                share = channel / (alone + channel)
                g[a, j], v[a, j] = alone * share, share * drop
        if s == sweeps:
            break
        for a in range(nr):
            ladder(g[a], b_[a], seg_w, v_wl[a], w[a], fold)
        for j in range(n):
            for a in range(nr):
                column[a], source[a] = g[nr - 1 - a, j], w[nr - 1 - a, j]
            ladder(column, source, seg_b, v_bl[j], line, fold)
            for a in range(nr):
                b_[a, j] = line[nr - 1 - a]
    return v, last
