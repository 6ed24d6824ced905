"""Update pulses on a whole layer at once: every tile's cell voltages, flip probabilities, flips and new weights, in compiled calls."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..device.compiled import drive
from ..device.switching.table import Tables, log_hazard
from .lines import IDLE, sweep_cells, transfers

Array = NDArray[np.float64]


class Devices(NamedTuple):
    """The cells of a layer (M, N): G_P [S], TMR0, Ic0 [A], Delta, ln tau_D, VCMA slope [1/V], both chord conductances in read units;
    Vh [V]; whether the torque goes as the voltage; the transistor's constants; wires (r_wl, r_bl, driver_wl, driver_bl) [ohm];
    siemens of one read unit."""

    g_p: Array
    tmr0: Array
    ic0: Array
    delta: Array
    log_tau: Array
    vcma_slope: Array
    chord_p: Array
    chord_ap: Array
    vh: float
    by_voltage: bool
    access: Array
    wires: Array
    unit: float


class Layer(NamedTuple):
    """What a layer is in at the moment, changed in place: states (M, N), conductances and attenuations (M, N), the gathered weights
    (M, outputs), and how many cells of each tile (tile rows, tile columns) have flipped since its attenuation was computed."""

    states: NDArray[np.int8]
    g: Array
    a: Array
    weights: Array
    since: NDArray[np.int64]


class Geometry(NamedTuple):
    """Lines of a tile (rows, columns), cells of a weight, sign of each column (N,)."""

    step_rows: int
    step_cols: int
    devices: int
    signs: Array


class Law(NamedTuple):
    """ln h of a cell at k dv volts (index k), parallel and antiparallel, for one pulse width: that of every cell where `uniform`, else
    of one that switches more readily than any, and a cell below it is judged by the full table."""

    dv: float
    log_h: Array
    uniform: bool
    log_seconds: float
    tables: Tables


class Fits(NamedTuple):
    """The surrogate's two fits, how many sweeps, and after which share of flips a tile's attenuation is computed anew."""

    read: Array
    write: Array
    sweeps: int
    anchor: float


@njit(cache=True)
def _mix(z):  # type: ignore[no-untyped-def]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True)
def cell_uniform(key, cell):  # type: ignore[no-untyped-def]
    """`randomness.uniforms(key, cell)` for one cell."""
    bits = _mix(np.uint64(key) + (np.uint64(cell) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15))
    return (float(bits >> np.uint64(12)) + 0.5) * 2.0**-52


@njit(cache=True)
def full_log_hazard(v, state, g_p, tmr0, ic0, delta, log_tau, vcma_slope, vh, by_voltage, log_seconds, tables):  # type: ignore[no-untyped-def]
    """ln h of one cell without offset field at `v` volts: `Mtj.switching_probability` is 1 - exp(-h); nan outside the table."""
    here = state * drive(state, v, g_p, tmr0, vh, ic0, vcma_slope, by_voltage)
    there = state * drive(-state, v, g_p, tmr0, vh, ic0, vcma_slope, by_voltage)
    if not there * here > 0.0:
        return math.nan
    return log_hazard(here, math.log(there / here), delta, log_seconds - log_tau, tables)


@njit(cache=True)
def tabulated(law, v, state):  # type: ignore[no-untyped-def]
    """The law's ln h at `v` volts: a cubic through the four points around."""
    row = law.log_h[0] if state > 0 else law.log_h[1]
    x = abs(v) / law.dv
    k = min(max(int(x), 1), row.size - 3)
    t = x - k
    return (
        -t * (t - 1) * (t - 2) / 6 * row[k - 1]
        + (t + 1) * (t - 1) * (t - 2) / 2 * row[k]
        - (t + 1) * t * (t - 2) / 2 * row[k + 1]
        + (t + 1) * t * (t - 1) / 6 * row[k + 2]
    )


@njit(cache=True)
def anchor(top, bottom, left, right, layer, devices, geometry, fits):  # type: ignore[no-untyped-def]
    """Compute a tile's attenuation from its present conductances, and the weights that its columns belong to (see `model.attenuation`)."""
    t_w, t_b = transfers(layer.g[top:bottom, left:right] * devices.unit, devices.wires)
    for i in range(bottom - top):
        for j in range(right - left):
            x, y = 1 / t_w[i, j] - 1, 1 / t_b[i, j] - 1
            s = 1 + x + y
            layer.a[top + i, left + j] = 1 / (s + (fits.read[0] * x * x + fits.read[1] * x * y + fits.read[2] * y * y) / s)
    k = geometry.devices
    for output in range(left // k, (right - 1) // k + 1):
        for i in range(top, bottom):
            total = 0.0
            for c in range(output * k, (output + 1) * k):
                total += layer.a[i, c] * layer.g[i, c] * geometry.signs[c]
            layer.weights[i, output] = total


@njit(cache=True)
def anchor_all(layer, devices, geometry, fits):  # type: ignore[no-untyped-def]
    """`anchor` every tile."""
    m, n = layer.states.shape
    for top in range(0, m, geometry.step_rows):
        for left in range(0, n, geometry.step_cols):
            anchor(
                top, min(top + geometry.step_rows, m), left, min(left + geometry.step_cols, n), layer, devices, geometry, fits
            )
    layer.since[:] = 0


@njit(cache=True)
def pulse(layer, devices, geometry, law, fits, rows, cols, lines, gate_on, key, flips, volts_out, p_out):  # type: ignore[no-untyped-def]
    """Apply one pulse to a layer cut into tiles, changing `layer`; how many cells flipped.

    rows, cols : ascending positions of the selected lines; a tile without both is left alone. lines : volts of (selected rows, other
    rows, selected columns, other columns). gate_on : volts of the gates of selected rows; 0 for 1R. flips (M N,) : gets the flipped
    cells as row * N + column. volts_out, p_out : (M, N) to be filled where a cell is driven over, or of size 0.

    All cells see the voltages of the states before the pulse: a flip within it does not move the others' (in `Surrogate.write` it does).
    """
    m, n = layer.states.shape
    gated = devices.access.size > 0
    count = a_begin = 0
    for top in range(0, m, geometry.step_rows):
        bottom = min(top + geometry.step_rows, m)
        a_end = a_begin
        while a_end < rows.size and rows[a_end] < bottom:
            a_end += 1
        if a_end == a_begin:
            continue
        if gated:
            here = rows[a_begin:a_end] - top
            v_wl = np.full(here.size, lines[0])
        else:
            here = np.arange(bottom - top)
            v_wl = np.full(here.size, lines[1])
            for k in range(a_begin, a_end):
                v_wl[rows[k] - top] = lines[0]
        a_begin = a_end
        b_begin = 0
        while b_begin < cols.size:
            left = cols[b_begin] // geometry.step_cols * geometry.step_cols
            right = min(left + geometry.step_cols, n)
            v_bl = np.full(right - left, lines[3])
            while b_begin < cols.size and cols[b_begin] < right:
                v_bl[cols[b_begin] - left] = lines[2]
                b_begin += 1
            before = count
            count = _tile(
                layer,
                devices,
                law,
                fits,
                top,
                bottom,
                left,
                right,
                here,
                v_wl,
                v_bl,
                gate_on,
                key,
                flips,
                count,
                volts_out,
                p_out,
            )
            for k in range(before, count):
                i, c = flips[k] // n, flips[k] % n
                new = devices.chord_p[i, c] if layer.states[i, c] > 0 else devices.chord_ap[i, c]
                layer.weights[i, c // geometry.devices] += layer.a[i, c] * (new - layer.g[i, c]) * geometry.signs[c]
                layer.g[i, c] = new
            if count > before:
                tile = (top // geometry.step_rows, left // geometry.step_cols)
                layer.since[tile] += count - before
                if layer.since[tile] > fits.anchor * (bottom - top) * (right - left):
                    anchor(top, bottom, left, right, layer, devices, geometry, fits)
                    layer.since[tile] = 0
    return count


@njit(cache=True)
def _tile(layer, devices, law, fits, top, bottom, left, right, here, v_wl, v_bl, gate_on, key, flips, count, volts_out, p_out):  # type: ignore[no-untyped-def]
    """One tile's part of `pulse`: draws and flips its cells, and returns the new count."""
    total_cols = layer.states.shape[1]
    shape = (here.size, right - left)
    s, g, r = np.empty(shape, np.int8), np.empty(shape), np.empty(shape)
    for a in range(shape[0]):
        i = top + here[a]
        for j in range(shape[1]):
            s[a, j], g[a, j], r[a, j] = layer.states[i, left + j], devices.g_p[i, left + j], devices.tmr0[i, left + j]
    gate = np.full(shape, gate_on)
    v, last = sweep_cells(here, v_wl, v_bl, gate, s, g, r, devices.vh, devices.access, devices.wires, bottom - top, fits.sweeps)
    for a in range(shape[0]):
        i = top + here[a]
        for j in range(shape[1]):
            applied = v_wl[a] - v_bl[j]
            if abs(applied) < IDLE or applied * s[a, j] <= 0.0:
                continue
            c = left + j
            lost = 1.0 - abs(v[a, j]) / abs(applied)
            volts = v[a, j] + (fits.write[0] + fits.write[1] * lost) * (v[a, j] - last[a, j])
            u = cell_uniform(key, i * total_cols + c)
            p = -math.expm1(-math.exp(tabulated(law, volts, s[a, j])))
            if not law.uniform and (u < p or p_out.size):
                p = -math.expm1(
                    -math.exp(
                        full_log_hazard(
                            volts, s[a, j], g[a, j], r[a, j], devices.ic0[i, c], devices.delta[i, c], devices.log_tau[i, c],
                            devices.vcma_slope[i, c], devices.vh, devices.by_voltage, law.log_seconds, law.tables,
                        )
                    )
                )  # fmt: skip
            if p_out.size:
                volts_out[i, c], p_out[i, c] = volts, p
            if u < p:
                layer.states[i, c] = -s[a, j]
                flips[count] = i * total_cols + c
                count += 1
    return count
