"""A cell's random number and its flip probability, compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ..device.compiled import drive
from ..device.switching.table import log_hazard


@njit(cache=True)
def _mix(z):  # type: ignore[no-untyped-def]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True)
def element(key, index):  # type: ignore[no-untyped-def]
    """`randomness.element(key, index)` for one index."""
    return _mix(np.uint64(key) + (np.uint64(index) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15))


@njit(cache=True)
def cell_uniform(key, cell):  # type: ignore[no-untyped-def]
    """`randomness.uniforms(key, cell)` for one cell."""
    return (float(element(key, cell) >> np.uint64(12)) + 0.5) * 2.0**-52


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
    return cubic(law.log_h[0] if state > 0 else law.log_h[1], abs(v) / law.dv)


@njit(cache=True)
def cubic(row, x):  # type: ignore[no-untyped-def]
    """A table (points,) at the place x: a cubic through the four points around."""
    k = min(max(int(x), 1), row.size - 3)
    t = x - k
    return (
        -t * (t - 1) * (t - 2) / 6 * row[k - 1]
        + (t + 1) * (t - 1) * (t - 2) / 2 * row[k]
        - (t + 1) * t * (t - 2) / 2 * row[k + 1]
        + (t + 1) * t * (t - 1) / 6 * row[k + 2]
    )


@njit(cache=True)
def probability(i, c, volts, u, always, tiles):  # type: ignore[no-untyped-def]
    """Flip probability of cell (i, c) in its present state at `volts`; where cells differ it may be the bound that the random number `u`
    is not under, unless `always`."""
    law, devices, state = tiles.law, tiles.devices, tiles.layer.states[i, c]
    p = -math.expm1(-math.exp(tabulated(law, volts, state)))
    if law.uniform or not (u < p or always):
        return p
    log_h = full_log_hazard(
        volts, state, devices.g_p[i, c], devices.tmr0[i, c], devices.ic0[i, c], devices.delta[i, c], devices.log_tau[i, c],
        devices.vcma_slope[i, c], devices.vh, devices.by_voltage, law.log_seconds, law.tables,
    )  # fmt: skip
    return -math.expm1(-math.exp(log_h))
