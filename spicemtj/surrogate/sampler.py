"""Update pulses on a whole layer at once: every tile's cell voltages, flip probabilities, flips and new weights, in compiled calls."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .chance import cell_uniform, probability
from .constants import BARE, BARE_INLINED, INNER, MAKES_ARRAYS
from .gated import LAST, V, gated_cells, idle_conductance
from .lines import IDLE, sweep_cells
from .passive import passive_cells
from .rows import transfers

SAFE = 1 + 1e-9  # over rounding


@njit(**MAKES_ARRAYS, error_model="numpy")
def anchor(top, bottom, left, right, tiles):  # type: ignore[no-untyped-def]
    """Compute a tile's attenuation from its present conductances, and the weights that its columns belong to (see `model.attenuation`)."""
    layer, fit = tiles.layer, tiles.fits.read
    f_xx, f_xy, f_yy = fit[0], fit[1], fit[2]
    t_w, t_b = transfers(layer.g[top:bottom, left:right] * tiles.devices.unit, tiles.devices.wires)
    for i in range(bottom - top):
        for j in range(right - left):
            x, y = 1 / t_w[i, j] - 1, 1 / t_b[i, j] - 1
            s = 1 + x + y
            layer.a[top + i, left + j] = 1 / (s + (f_xx * x * x + f_xy * x * y + f_yy * y * y) / s)
    for i in range(top, bottom):
        done = -1
        for c in range(left, right):
            output = tiles.geometry.owners[c]
            if output > done:
                done = output
                layer.weights[i, done] = weight(i, done, layer, tiles.geometry)


@njit(**BARE)
def weight(i, output, layer, geometry):  # type: ignore[no-untyped-def]
    """What a read multiplies input i with: the signed sum of an output's cells, less its tiles' references."""
    start, stop = geometry.bounds[output, 0], geometry.bounds[output, 1]
    total = 0.0
    for c in range(start, stop):
        total += layer.a[i, c] * layer.g[i, c] * geometry.signs[c]
    if geometry.references.shape[0]:
        for block in range(start // geometry.step_cols, (stop - 1) // geometry.step_cols + 1):
            one, other = geometry.references[block, 0], geometry.references[block, 1]
            total -= geometry.shares[block, output] * (
                layer.a[i, one] * layer.g[i, one] + layer.a[i, other] * layer.g[i, other]
            )
    return total


@njit(cache=True)
def settle(tiles):  # type: ignore[no-untyped-def]
    """All that follows from the states, computed anew: conductances, attenuations, weights."""
    layer, devices, geometry = tiles.layer, tiles.devices, tiles.geometry
    m, n = layer.states.shape
    for i in range(m):
        for c in range(n):
            layer.g[i, c] = devices.chord_p[i, c] if layer.states[i, c] > 0 else devices.chord_ap[i, c]
            for direction in range(layer.idle.shape[0]):
                channel = tiles.drives.channel[direction]
                layer.idle[direction, i, c] = idle_conductance(
                    layer.states[i, c], devices.g_p[i, c], devices.tmr0[i, c], channel
                )
    for top in range(0, m, geometry.step_rows):
        for left in range(0, n, geometry.step_cols):
            anchor(top, min(top + geometry.step_rows, m), left, min(left + geometry.step_cols, n), tiles)
    layer.since[:] = 0


@njit(cache=True)
def pulse(tiles, rows, cols, towards, key, flips, volts_out, p_out):  # type: ignore[no-untyped-def]
    """Apply one pulse to a layer cut into tiles, changing its state; how many cells flipped.

    rows, cols : ascending positions of the selected lines; a tile without both is left alone. flips (M N,) : gets the flipped cells as
    row * N + column. volts_out, p_out : (M, N) to be filled where a cell is driven over, or of size 0.

    All cells see the voltages of the states before the pulse: a flip within it does not move the others' (in `Surrogate.write` it does).
    """
    layer, geometry = tiles.layer, tiles.geometry
    m, n = layer.states.shape
    direction = 0 if towards > 0 else 1
    sparse = tiles.devices.access.size > 0 and tiles.devices.wires[0] > 0.0
    count = a_begin = 0
    while a_begin < rows.size:
        top = rows[a_begin] // geometry.step_rows * geometry.step_rows
        bottom = min(top + geometry.step_rows, m)
        a_end = a_begin
        while a_end < rows.size and rows[a_end] < bottom:
            a_end += 1
        b_begin = 0
        while b_begin < cols.size:
            left = cols[b_begin] // geometry.step_cols * geometry.step_cols
            right = min(left + geometry.step_cols, n)
            b_end = b_begin
            while b_end < cols.size and cols[b_end] < right:
                b_end += 1
            here, there, free = rows[a_begin:a_end], cols[b_begin:b_end], flips[count:]
            if sparse:
                fresh = _gated(direction, here, there, top, bottom, left, right, tiles, key, free, volts_out, p_out)
            else:
                fresh = _dense(direction, here, there, top, bottom, left, right, tiles, key, free, volts_out, p_out)
            b_begin = b_end
            if fresh:
                follow(top, bottom, left, right, tiles, free[:fresh])
                count += fresh
        a_begin = a_end
    return count


@njit(**BARE)
def follow(top, bottom, left, right, tiles, flips):  # type: ignore[no-untyped-def]
    """Conductances and weights after the flips of a tile, and a new attenuation where they are many."""
    layer, devices, geometry = tiles.layer, tiles.devices, tiles.geometry
    for cell in flips:
        i, c = cell // layer.states.shape[1], cell % layer.states.shape[1]
        new = devices.chord_p[i, c] if layer.states[i, c] > 0 else devices.chord_ap[i, c]
        layer.weights[i, geometry.owners[c]] += layer.a[i, c] * (new - layer.g[i, c]) * geometry.signs[c]
        layer.g[i, c] = new
        for direction in range(layer.idle.shape[0]):
            channel = tiles.drives.channel[direction]
            layer.idle[direction, i, c] = idle_conductance(layer.states[i, c], devices.g_p[i, c], devices.tmr0[i, c], channel)
    tile = (top // geometry.step_rows, left // geometry.step_cols)
    layer.since[tile] += flips.size
    if layer.since[tile] > tiles.fits.anchor * (bottom - top) * (right - left):
        anchor(top, bottom, left, right, tiles)
        layer.since[tile] = 0


@njit(**BARE)
def _gated(direction, rows, cols, top, bottom, left, right, tiles, key, flips, volts_out, p_out):  # type: ignore[no-untyped-def]
    """A tile's part of `pulse` under open gates: draws and flips its selected cells; how many flipped."""
    gated_cells(direction, rows, cols, top, bottom, left, right, tiles)
    cells = tiles.room.cells
    applied = tiles.drives.lines[direction, 0] - tiles.drives.lines[direction, 2]
    n, count = tiles.layer.states.shape[1], 0
    for a in range(rows.size):
        for b in range(cols.size):
            if _draw(rows[a], cols[b], applied, cells[a, b, V], cells[a, b, LAST], tiles, key, volts_out, p_out):
                flips[count] = rows[a] * n + cols[b]
                count += 1
    return count


@njit(**INNER)
def _dense(direction, rows, cols, top, bottom, left, right, tiles, key, flips, volts_out, p_out):  # type: ignore[no-untyped-def]
    """A tile's part of `pulse`, all its cells swept: half-selected ones see a voltage too where there are no transistors."""
    layer, devices, drives = tiles.layer, tiles.devices, tiles.drives
    gated = devices.access.size > 0
    here = rows - top if gated else np.arange(bottom - top)
    v_wl, v_bl = np.full(here.size, drives.lines[direction, 1]), np.full(right - left, drives.lines[direction, 3])
    for a in range(rows.size):
        v_wl[a if gated else rows[a] - top] = drives.lines[direction, 0]
    for c in cols:
        v_bl[c - left] = drives.lines[direction, 2]
    if gated:
        shape = (here.size, right - left)
        s, g, r = np.empty(shape, np.int8), np.empty(shape), np.empty(shape)
        for a in range(shape[0]):
            i = top + here[a]
            s[a], g[a], r[a] = layer.states[i, left:right], devices.g_p[i, left:right], devices.tmr0[i, left:right]
        gate = np.full(shape, drives.gate_on)
        v, last = sweep_cells(
            here, v_wl, v_bl, gate, s, g, r, devices.vh, devices.access, devices.wires, bottom - top, tiles.fits.sweeps
        )
    else:
        s, g, r = (
            layer.states[top:bottom, left:right],
            devices.g_p[top:bottom, left:right],
            devices.tmr0[top:bottom, left:right],
        )
        v, last = passive_cells(v_wl, v_bl, s, g, r, devices.vh, devices.wires, tiles.fits.sweeps)
    n, count = layer.states.shape[1], 0
    volts = np.empty(v.shape)
    bounds = _estimate(direction, v_wl, v_bl, here, top, left, v, last, volts, tiles)
    for a in range(v.shape[0]):
        kind = 2 if v_wl[a] == drives.lines[direction, 0] else 0
        i = top + here[a]
        for j in range(v.shape[1]):
            if volts[a, j] == 0.0:
                continue
            c = left + j
            if p_out.size == 0:  # most cells end here
                bound = bounds[kind + (1 if v_bl[j] == drives.lines[direction, 2] else 0)]
                if cell_uniform(key, i * n + c) > bound:
                    continue
            if _draw(i, c, v_wl[a] - v_bl[j], v[a, j], last[a, j], tiles, key, volts_out, p_out):
                flips[count] = i * n + c
                count += 1
    return count


@njit(**INNER)
def _estimate(direction, v_wl, v_bl, here, top, left, v, last, volts, tiles):  # type: ignore[no-untyped-def]
    """Fill `volts` with the sizes that `_draw` will judge by, 0 for cells that are not driven over; bounds (4,) of P among cells whose row
    and column are off, row is off, column is off, both are on."""
    fit, states, lines = tiles.fits.write, tiles.layer.states, tiles.drives.lines
    most = np.zeros((4, 2))
    for a in range(v.shape[0]):
        kind = 2 if v_wl[a] == lines[direction, 0] else 0
        for j in range(v.shape[1]):
            applied, state = v_wl[a] - v_bl[j], states[top + here[a], left + j]
            if abs(applied) < IDLE or applied * state <= 0.0:
                volts[a, j] = 0.0
                continue
            size = abs(v[a, j] + (fit[0] + fit[1] * (1.0 - abs(v[a, j]) / abs(applied))) * (v[a, j] - last[a, j]))
            volts[a, j] = max(size, 1e-300)
            k = kind + (1 if v_bl[j] == lines[direction, 2] else 0)
            most[k, 0 if state > 0 else 1] = max(most[k, 0 if state > 0 else 1], size)
    bounds = np.zeros(4)
    for k in range(4):
        for s in range(2):
            if most[k, s] > 0.0:  # P is at most h
                above = min(int(most[k, s] / tiles.law.dv) + 2, tiles.law.ceiling.shape[1] - 1)
                bounds[k] = max(bounds[k], SAFE * math.exp(tiles.law.ceiling[s, above]))
    return bounds


@njit(**BARE_INLINED)
def _draw(i, c, applied, v, last, tiles, key, volts_out, p_out):  # type: ignore[no-untyped-def]
    """Flip cell (i, c) if its random number is under its probability; whether it did. References and stuck cells stay."""
    layer, fit = tiles.layer, tiles.fits.write
    geometry = tiles.geometry
    if applied * layer.states[i, c] <= 0.0 or geometry.signs[c] == 0.0:
        return False
    stuck = geometry.stuck.size > 0 and geometry.stuck[i, c]
    if stuck and not p_out.size:
        return False
    volts = v + (fit[0] + fit[1] * (1.0 - abs(v) / abs(applied))) * (v - last)
    u = cell_uniform(key, i * layer.states.shape[1] + c)
    p = 0.0 if stuck else probability(i, c, volts, u, p_out.size > 0, tiles)
    if p_out.size:
        volts_out[i, c], p_out[i, c] = volts, p
    if not u < p:
        return False
    layer.states[i, c] = -layer.states[i, c]
    return True
