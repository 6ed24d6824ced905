"""A pulse in which every row has its own width and every column its own volts, on a whole layer of tiles, compiled.

Line drops come from the cells' currents by resistance matrices (two cells of one line share its driver and the segments up to the
nearer one), each row's averaged over its own width: while row i is on, row k is so for min(T_k, T_i)/T_i of it. Currents and drops are
iterated a fixed number of times, the transistor's share of a cell by a table; a cell whose random number lies under a bound of its
flip probability is then judged by its own law. Rows that are off see, without transistors, what the columns leave them.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..device.compiled import cell_current, conductance
from ..device.switching.law import log_hazard
from .chance import cell_uniform, full_log_hazard
from .lines import IDLE
from .sampler import follow

Array = NDArray[np.float64]

ROUNDS, FEWER = 4, 2  # of currents and drops, with transistors and without: there the loss is small
MARGIN = 1.03  # of the volts that a cell is bounded at over those of the last round
SLACK = 0.15  # of ln h of cells that differ, between the points where they are bounded
WIDTHS = 24  # that bounds are tabulated for: the full one, and each time 1/sqrt(2) of it
POINTS = 128


class Graded(NamedTuple):
    """Resistance of the transistor [ohm] (2 directions, 2 states, points) over k `dv` volts of the whole cell, of size 0 in 1R; h of the
    nominal device (widths, 2 states, points) over k `dv` volts, for the widths `full` 2^(-w/2); where cells differ, none has more than
    `factor` times the nominal one's h at `scale` times its volts (2, M, N)."""

    channel: Array
    h: Array
    dv: float
    full: float
    scale: Array
    factor: Array


def tables(spec: Any, tiles: Any, largest: float) -> Graded:
    """For an array's `ArraySpec` and its `Tiles`, line volts up to `largest`."""
    volts = np.linspace(0.0, largest, POINTS)
    volts[0] = 1e-3 * volts[1]
    full, nominal = spec.encoder.seconds, spec.device
    widths = full * 2.0 ** (-np.arange(WIDTHS) / 2)
    with np.errstate(over="ignore"):
        h = np.stack([np.exp(log_hazard(nominal, state * volts, widths[:, None], state)) for state in (1, -1)], axis=1)
    access = tiles.devices.access
    channel = np.zeros((2, 2, POINTS) if access.size else (0, 0, 0))
    for d, towards in enumerate((1, -1) if access.size else ()):
        wl = spec.encoder.lines(towards)[0]
        for s, state in enumerate((1, -1)):
            for k, v in enumerate(volts):
                g_p, tmr0 = 1 / nominal.r_p, nominal.tmr0_t
                i, own = cell_current(
                    wl, wl + towards * v, tiles.drives.gate_on, state, g_p, tmr0, tiles.devices.vh, access, 0.5 * v
                )
                channel[d, s, k] = (-towards * v - own) / i
    scale, factor = _differences(spec, largest) if spec.cells.shape else (np.zeros((2, 0, 0)),) * 2
    return Graded(channel, h, float(volts[2] - volts[1]), float(full), scale, factor)


def _differences(spec: Any, largest: float) -> tuple[Array, Array]:
    """`scale` and `factor` (2, M, N), from some volts and widths."""
    nominal, cells = spec.device, spec.cells
    scale, factor = np.empty((2, *spec.layout.shape)), np.empty((2, *spec.layout.shape))
    for s, state in enumerate((1, -1)):
        at = state * 0.5 * largest
        scale[s] = (cells.drive(state, at) / nominal.drive(state, at)) if cells.shape else 1.0
        worst = np.full(spec.layout.shape, -np.inf)
        for seconds in (spec.encoder.seconds, spec.encoder.seconds / 30):
            for part in (0.25, 0.4, 0.6, 0.8, 1.0):
                v = state * part * largest
                own = log_hazard(cells, v, seconds, state)
                worst = np.maximum(worst, own - log_hazard(nominal, v * scale[s], seconds, state))
        factor[s] = np.exp(worst + SLACK)
    return scale, factor


@njit(cache=True)
def interpolated(row, x):  # type: ignore[no-untyped-def]
    """Linear, flat beyond the end."""
    k = min(int(x), row.size - 2)
    t = min(x - k, 1.0)
    return row[k] + t * (row[k + 1] - row[k])


@njit(cache=True)
def currents(v, own, i, direction, tiles, graded, top, left, here):  # type: ignore[no-untyped-def]
    """Fill `i` (rows, columns) with the cells' currents at v volts across them, and `own` with those of the junctions alone."""
    layer, devices = tiles.layer, tiles.devices
    for a in range(v.shape[0]):
        for j in range(v.shape[1]):
            r, c = top + here[a], left + j
            state = layer.states[r, c]
            if devices.access.size == 0:
                own[a, j] = v[a, j]
                i[a, j] = v[a, j] * conductance(state, v[a, j], 1.0 / devices.g_p[r, c], devices.tmr0[r, c], devices.vh)
                continue
            junction = 1.0 / conductance(state, own[a, j], 1.0 / devices.g_p[r, c], devices.tmr0[r, c], devices.vh)
            channel = interpolated(graded.channel[direction, 0 if state > 0 else 1], abs(v[a, j]) / graded.dv)
            i[a, j] = v[a, j] / (junction + channel)
            own[a, j] = i[a, j] * junction


@njit(cache=True)
def shared(count, segment, driver):  # type: ignore[no-untyped-def]
    """Resistance (count, count) that the currents of two cells of a line share; cell 0 lies next to the driver."""
    r = np.empty((count, count))
    for a in range(count):
        for b in range(count):
            r[a, b] = driver + segment * (min(a, b) + 1)
    return r


@njit(cache=True)
def overlaps(r, width, total):  # type: ignore[no-untyped-def]
    """`r` (rows, rows) times how much of row i's time the other row is on or off: (on, on), (on, off), (off, on), (off, off)."""
    n = width.size
    w = np.zeros((4, n, n))
    for a in range(n):
        rest = total - width[a]
        for b in range(n):
            both = min(width[a], width[b])
            if width[a] > 0.0:
                w[0, a, b], w[1, a, b] = r[a, b] * both / width[a], r[a, b] * (width[a] - both) / width[a]
            if rest > 0.0:
                later = width[b] - both
                w[2, a, b], w[3, a, b] = r[a, b] * later / rest, r[a, b] * (rest - later) / rest
    return w


@njit(cache=True)
def lowered(v, applied, drop):  # type: ignore[no-untyped-def]
    """The next round's volts, in place: as if the drop went with them, which is exact for equal cells on lines of one resistance."""
    for a in range(v.shape[0]):
        for j in range(v.shape[1]):
            if abs(applied[a, j]) > IDLE and v[a, j] * applied[a, j] > 0.0:
                v[a, j] = applied[a, j] / max(1.0 + drop[a, j] / v[a, j], 0.5)
            else:
                v[a, j] = applied[a, j] - drop[a, j]


@njit(cache=True)
def pulse(tiles, graded, seconds, volts, total, towards, key, flips, volts_out, p_out):  # type: ignore[no-untyped-def]
    """`sampler.pulse` with seconds (M,) of each row and volts (N,), sizes, of each column, 0 where a line is off."""
    layer, geometry = tiles.layer, tiles.geometry
    m, n = layer.states.shape
    count = 0
    for top in range(0, m, geometry.step_rows):
        bottom = min(top + geometry.step_rows, m)
        if not np.any(seconds[top:bottom] > 0.0):
            continue
        for left in range(0, n, geometry.step_cols):
            right = min(left + geometry.step_cols, n)
            if not np.any(volts[left:right] > 0.0):
                continue
            before = count
            count = _tile(
                tiles,
                graded,
                seconds[top:bottom],
                volts[left:right],
                total,
                towards,
                key,
                top,
                left,
                flips,
                count,
                volts_out,
                p_out,
            )
            if count > before:
                follow(top, bottom, left, right, tiles, flips[before:count])
    return count


@njit(cache=True)
def _tile(tiles, graded, seconds, volts, total, towards, key, top, left, flips, count, volts_out, p_out):  # type: ignore[no-untyped-def]
    devices, drives = tiles.devices, tiles.drives
    gated, direction = devices.access.size > 0, (0 if towards > 0 else 1)
    here = np.flatnonzero(seconds > 0.0) if gated else np.arange(seconds.size)
    nr, nc = here.size, volts.size
    width = seconds[here]
    wl_on, wl_off, bl_off = drives.lines[direction, 0], drives.lines[direction, 1], drives.lines[direction, 3]
    bl = np.empty(nc)
    for j in range(nc):
        bl[j] = wl_on + towards * volts[j] if volts[j] > 0.0 else bl_off
    on, off = np.empty((nr, nc)), np.empty((nr, nc))
    for a in range(nr):
        for j in range(nc):
            on[a, j], off[a, j] = wl_on - bl[j], wl_off - bl[j]
    bit = shared(seconds.size, devices.wires[1], devices.wires[3])[::-1, ::-1].copy()  # a bit line's driver is at the bottom
    if gated:
        bit = bit[here][:, here].copy()
    word = shared(nc, devices.wires[0], devices.wires[2])
    w, rounds = overlaps(bit, width, total), (ROUNDS if gated else FEWER)
    v_on, v_off, own, plain = on.copy(), off.copy(), on.copy(), off.copy()
    i_on, i_off = np.zeros((nr, nc)), np.zeros((nr, nc))
    rise, fall = np.zeros((nr, nc)), np.zeros((nr, nc))
    for s in range(rounds + 1):
        currents(v_on, own, i_on, direction, tiles, graded, top, left, here)
        if not gated:
            currents(v_off, plain, i_off, direction, tiles, graded, top, left, here)
        if s == rounds:
            break
        rise, fall = np.dot(w[0], i_on), np.dot(i_on, word)
        if not gated:
            rise += np.dot(w[1], i_off)
            lowered(v_off, off, np.dot(w[2], i_on) + np.dot(w[3], i_off) + np.dot(i_off, word))
        lowered(v_on, on, rise + fall)
    states, signs, frozen = tiles.layer.states, tiles.geometry.signs, tiles.geometry.stuck
    for a in range(nr):
        rest, i = (0.0 if gated else total - width[a]), top + here[a]
        w_on, w_off = _width(graded.full, width[a]), _width(graded.full, rest)
        for j in range(nc):
            c = left + j
            state = states[i, c]
            first, second = width[a], rest
            if own[a, j] * state <= 0.0 or abs(on[a, j]) < IDLE:
                first = 0.0
            if plain[a, j] * state <= 0.0 or abs(off[a, j]) < IDLE:
                second = 0.0
            if signs[c] == 0.0 or not (first > 0.0 or second > 0.0):
                continue
            cell = i * states.shape[1] + c
            u, stuck = cell_uniform(key, cell), frozen.size > 0 and frozen[i, c]
            if p_out.size == 0:
                bound = _bound(graded, w_on, state, i, c, own[a, j]) if first > 0.0 else 0.0
                bound += _bound(graded, w_off, state, i, c, plain[a, j]) if second > 0.0 else 0.0
                if stuck or u >= bound:  # P is at most h
                    continue
            nodes = (wl_on - fall[a, j], bl[j] + rise[a, j])
            v, p = _chance(tiles, i, c, nodes, own[a, j], first, plain[a, j], second)
            if stuck:
                p = 0.0
            if p_out.size:
                volts_out[i, c], p_out[i, c] = v, p
            if u < p:
                states[i, c] = -state
                flips[count] = cell
                count += 1
    return count


@njit(cache=True)
def _width(full, seconds):  # type: ignore[no-untyped-def]
    """The shortest of the tabulated widths that is no shorter than this."""
    return min(int(2.0 * math.log2(full / seconds)), WIDTHS - 1) if 0.0 < seconds < full else 0


@njit(cache=True)
def _bound(graded, w, state, i, c, v):  # type: ignore[no-untyped-def]
    """At least h of cell (i, c) at v volts."""
    s, x = (0 if state > 0 else 1), MARGIN * abs(v) / graded.dv
    if graded.scale.size == 0:
        return interpolated(graded.h[w, s], x)
    return graded.factor[s, i, c] * interpolated(graded.h[w, s], x * graded.scale[s, i, c])


@njit(cache=True)
def _chance(tiles, i, c, nodes, own, on, plain, off):  # type: ignore[no-untyped-def]
    """Volts and flip probability of cell (i, c): `on` seconds between its nodes, at about `own` volts, `off` seconds at `plain`."""
    devices, state = tiles.devices, tiles.layer.states[i, c]
    g_p, tmr0, h = devices.g_p[i, c], devices.tmr0[i, c], 0.0
    if on > 0.0:
        if devices.access.size:
            _, own = cell_current(nodes[0], nodes[1], tiles.drives.gate_on, state, g_p, tmr0, devices.vh, devices.access, own)
        h += _hazard(tiles, i, c, state, own, on)
    if off > 0.0:
        h += _hazard(tiles, i, c, state, plain, off)
    return (own if on > 0.0 else plain), -math.expm1(-h)


@njit(cache=True)
def _hazard(tiles, i, c, state, v, seconds):  # type: ignore[no-untyped-def]
    devices = tiles.devices
    return math.exp(
        full_log_hazard(
            v, state, devices.g_p[i, c], devices.tmr0[i, c], devices.ic0[i, c], devices.delta[i, c], devices.log_tau[i, c],
            devices.vcma_slope[i, c], devices.vh, devices.by_voltage, math.log(seconds), tiles.law.tables,
        )
    )  # fmt: skip
