"""A pulse on a tile with transistors, at the cost of the selected cells alone.

Gates are open on selected rows only, and columns that are not selected follow the rows' voltage: their cells carry only what the
word line's own drop drives through them. Those are folded into the Green's functions of the word lines (`rows`); the selected cells
are then swept as in `lines.sweep_cells`. What is left out is the rise of unselected bit lines by that small current, a second order.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from ..device.compiled import cell_current
from .lines import ladder
from .rows import green, injected

# Without what a call from Python needs, which is a third of the time that compiling takes: such a call would end the process.
INNER: dict[str, Any] = {"cache": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
INLINED = INNER | {"forceinline": True}


@njit(cache=True)
def idle_conductance(state, g_p, tmr0, channel):  # type: ignore[no-untyped-def]
    """Conductance [S] of a cell with its open transistor of `channel` siemens, between lines at nearly the same volts."""
    alone = g_p if state > 0 else g_p / (1.0 + tmr0)
    return alone * channel / (alone + channel)


@njit(**INLINED)
def gated_cells(direction, rows, cols, top, bottom, left, right, tiles):  # type: ignore[no-untyped-def]
    """MTJ voltages (rows, cols) of a tile's selected cells after the last sweep and after the one before it.

    rows, cols : ascending positions of the selected lines in the layer, all within the tile.
    """
    layer, devices, drives, fits = tiles.layer, tiles.devices, tiles.drives, tiles.fits
    r_wl, r_bl, driver_wl, driver_bl = devices.wires[0], devices.wires[1], devices.wires[2], devices.wires[3]
    wl, bl = drives.lines[direction, 0], drives.lines[direction, 2]
    nr, nc = rows.size, cols.size
    # one piece of memory each for what is kept by cell and by line: most tiles have a cell or two, and asking for memory costs as much
    cells = np.empty((8, nr, nc))
    p, q, idle, w, b_, g, v, last = cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7]
    lines = np.empty((7, max(right - left, nr)))
    p_line, q_line = lines[0, : right - left], lines[1, : right - left]
    for a in range(nr):
        line = layer.idle[direction, rows[a], left:right]
        green(line, r_wl, driver_wl, p_line, q_line)
        for b in range(nc):
            j = cols[b] - left
            p[a, b], q[a, b], idle[a, b] = p_line[j], q_line[j], line[j]
    segment = lines[2, :nr]  # a bit line's driver is at the bottom, so its nodes count upwards
    for a in range(nr):
        below = rows[nr - a] if a else bottom
        segment[a] = r_bl * (below - rows[nr - 1 - a])
    segment[0] += driver_bl

    column, source, line, held, u = lines[3, :nr], lines[4, :nr], lines[5, :nr], lines[6, :nc], lines[0, :nc]
    w[:], b_[:], v[:] = wl, bl, 0.0
    guess = 0.0
    for s in range(fits.sweeps + 1):
        for a in range(nr):
            for b in range(nc):
                i, c = rows[a], cols[b]
                last[a, b] = v[a, b]
                drop = w[a, b] - b_[a, b]
                if s:
                    guess = v[a, b] * drop / (wl - bl)
                current, guess = cell_current(
                    w[a, b], b_[a, b], drives.gate_on, layer.states[i, c], devices.g_p[i, c], devices.tmr0[i, c], devices.vh,
                    devices.access, guess,
                )  # fmt: skip
                v[a, b] = guess
                g[a, b] = current / drop if drop != 0.0 else 0.0
        if s == fits.sweeps:
            break
        for a in range(nr):
            for b in range(nc):
                held[b] = b_[a, b] - wl
            injected(p[a], q[a], g[a], idle[a], held, u)
            for b in range(nc):
                w[a, b] = wl + u[b]
        for b in range(nc):
            for a in range(nr):
                column[a], source[a] = g[nr - 1 - a, b], w[nr - 1 - a, b]
            ladder(column, source, segment, bl, line)
            for a in range(nr):
                b_[a, b] = line[nr - 1 - a]
    return v, last
