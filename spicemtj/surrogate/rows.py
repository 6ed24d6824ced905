"""Green's functions of resistive lines: what one ampere into a node of a line does to each of its nodes, the far side of its cells held.

A line is a chain of segments from its driver to its open end with a cell at each node, so the voltage at node j for one ampere into
node k is p[min(j, k)] q[max(j, k)], with p growing from the driver and q from the open end, both by sums of positive terms alone: no
division, no cancellation. A pulse that selects few of a word line's cells solves for those nodes only.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .constants import BARE

P, Q, AT_REST, G = range(4)  # what `injected` takes of each cell


@njit(**BARE)
def green(g, segment, driver, p, q):  # type: ignore[no-untyped-def]
    """Fill p and q (k,) for a line of cells of `g` siemens (k,), `segment` ohm between neighbours and `driver` more before the first."""
    k = g.size
    volts, current = driver, 1.0
    tail, back = 1.0, 0.0
    for j in range(k):  # p from the driver on and q from the open end, side by side: neither waits for the other
        volts += segment * current
        p[j] = volts
        current += g[j] * volts
        e = k - 1 - j
        q[e] = tail
        back += g[e] * tail
        tail += (segment + driver if e == 0 else segment) * back
    scale = 1.0 / tail  # the voltage that the driver's end would have reached
    for j in range(k):
        q[j] *= scale


@njit(cache=True, error_model="numpy")
def transfers(g, wires):  # type: ignore[no-untyped-def]
    """`lines.transfers` to rounding: voltage transfers (m, n) of every word line and every bit line alone.

    Written along rows throughout, so that neighbouring lines are computed together.
    """
    m, n = g.shape
    t_w, t_b = np.empty((m, n)), np.empty((m, n))
    volts, current = np.empty(n), np.zeros(n)
    for i in range(m):
        v, c = 1.0, 0.0
        for j in range(n - 1, -1, -1):
            t_w[i, j] = v
            c += g[i, j] * v
            v += (wires[0] + wires[2] if j == 0 else wires[0]) * c
        scale = 1.0 / v
        for j in range(n):
            t_w[i, j] *= scale
    volts[:] = 1.0
    for i in range(m):  # the driver of a bit line is at the bottom
        step = wires[1] + wires[3] if i == m - 1 else wires[1]
        for j in range(n):
            t_b[i, j] = volts[j]
            current[j] += g[i, j] * volts[j]
            volts[j] += step * current[j]
    for j in range(n):
        volts[j] = 1.0 / volts[j]
    for i in range(m):
        for j in range(n):
            t_b[i, j] *= volts[j]
    return t_w, t_b


@njit(**BARE, error_model="numpy")
def injected(cells, held, u, fold):  # type: ignore[no-untyped-def]
    """Voltages u (k,) of some nodes of a line, as deviations from its driver, when their cells are not what p and q were made with.

    cells (k, 4 or more) in their order along the line: p, q, the conductance in p and q, and the one that they have now, to nodes that
    stand `held` (k,) volts above the driver. The segments between nodes must not be 0. `fold` (2, k or more) is scratch.
    """
    k = u.size
    upper, right = fold[0], fold[1]
    below = 0.0  # 1/X of the pair before; X = p[k+1] q[k] - p[k] q[k+1]
    for a in range(k):
        # the inverse of the Green's matrix is tridiagonal: eliminated from the driver on
        p, q = cells[a, P], cells[a, Q]
        above = 1.0 / (cells[a + 1, P] * q - p * cells[a + 1, Q]) if a < k - 1 else 0.0
        if k == 1:
            diagonal = 1.0 / (p * q)
        elif a == 0:
            diagonal = cells[1, P] / p * above
        elif a == k - 1:
            diagonal = cells[a - 1, Q] / q * below
        else:
            diagonal = (cells[a + 1, P] * cells[a - 1, Q] - cells[a - 1, P] * cells[a + 1, Q]) * below * above
        diagonal += cells[a, G] - cells[a, AT_REST]
        source = cells[a, G] * held[a]
        if a > 0:
            diagonal -= below * upper[a - 1]
            source += below * right[a - 1]
        upper[a] = above / diagonal
        right[a] = source / diagonal
        below = above
    u[k - 1] = right[k - 1]
    for a in range(k - 2, -1, -1):
        u[a] = right[a] + upper[a] * u[a + 1]
