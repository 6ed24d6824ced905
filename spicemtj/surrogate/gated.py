"""A pulse on a tile with transistors, at the cost of the selected cells alone.

Gates are open on selected rows only, and columns that are not selected follow the rows' voltage: their cells carry only what the
word line's own drop drives through them. Those are folded into the Green's functions of the word lines (`rows`); the selected cells
are then swept as in `lines.sweep_cells`. What is left out is the rise of unselected bit lines by that small current, a second order.
"""

from __future__ import annotations

from numba import njit

from ..device.compiled import cell_current
from .constants import BARE, BARE_INLINED
from .lines import ladder
from .rows import AT_REST, G, P, Q, green, injected

WORD, BIT, V, LAST = 4, 5, 6, 7  # and the rest of a cell's place in `Room.cells`: volts of its nodes, its own, those before


@njit(**BARE)
def idle_conductance(state, g_p, tmr0, channel):  # type: ignore[no-untyped-def]
    """Conductance [S] of a cell with its open transistor of `channel` siemens, between lines at nearly the same volts."""
    alone = g_p if state > 0 else g_p / (1.0 + tmr0)
    return alone * channel / (alone + channel)


@njit(**BARE_INLINED)
def gated_cells(direction, rows, cols, top, bottom, left, right, tiles):  # type: ignore[no-untyped-def]
    """MTJ voltages of a tile's selected cells after the last sweep and after the one before it: `room.cells[a, b, V]` and `[a, b, LAST]`.

    rows, cols : ascending positions of the selected lines in the layer, all within the tile.
    """
    layer, devices, drives, fits = tiles.layer, tiles.devices, tiles.drives, tiles.fits
    r_wl, r_bl, driver_wl, driver_bl = devices.wires[0], devices.wires[1], devices.wires[2], devices.wires[3]
    wl, bl = drives.lines[direction, 0], drives.lines[direction, 2]
    nr, nc = rows.size, cols.size
    cells, lines = tiles.room.cells, tiles.room.lines
    p_line, q_line = lines[0, : right - left], lines[1, : right - left]
    for a in range(nr):
        line = layer.idle[direction, rows[a], left:right]
        green(line, r_wl, driver_wl, p_line, q_line)
        for b in range(nc):
            j = cols[b] - left
            cells[a, b, P], cells[a, b, Q], cells[a, b, AT_REST] = p_line[j], q_line[j], line[j]
            cells[a, b, WORD], cells[a, b, BIT], cells[a, b, V] = wl, bl, 0.0
    segment = lines[2, :nr]  # a bit line's driver is at the bottom, so its nodes count upwards
    for a in range(nr):
        below = rows[nr - a] if a else bottom
        segment[a] = r_bl * (below - rows[nr - 1 - a])
    segment[0] += driver_bl

    column, source, line, held, u = lines[3, :nr], lines[4, :nr], lines[5, :nr], lines[6, :nc], lines[0, :nc]
    fold = lines[7:]
    guess = 0.0
    for s in range(fits.sweeps + 1):
        for a in range(nr):
            for b in range(nc):
                i, c, cell = rows[a], cols[b], cells[a, b]
                cell[LAST] = cell[V]
                drop = cell[WORD] - cell[BIT]
                if s:
                    guess = cell[V] * drop / (wl - bl)
                current, guess = cell_current(
                    cell[WORD], cell[BIT], drives.gate_on, layer.states[i, c], devices.g_p[i, c], devices.tmr0[i, c], devices.vh,
                    devices.access, guess,
                )  # fmt: skip
                cell[V] = guess
                cell[G] = current / drop if drop != 0.0 else 0.0
        if s == fits.sweeps:
            break
        for a in range(nr):
            for b in range(nc):
                held[b] = cells[a, b, BIT] - wl
            injected(cells[a, :nc], held, u, fold)
            for b in range(nc):
                cells[a, b, WORD] = wl + u[b]
        for b in range(nc):
            for a in range(nr):
                column[a], source[a] = cells[nr - 1 - a, b, G], cells[nr - 1 - a, b, WORD]
            ladder(column, source, segment, bl, line, fold)
            for a in range(nr):
                cells[a, b, BIT] = line[nr - 1 - a]
