"""A cell's random number and its flip probability, compiled."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from ..device.compiled import drive
from ..device.switching.table import log_hazard
from .constants import BARE_INLINED, MAKES_ARRAYS
from .state import CURVE_POINTS

SINGLE = 1e-4  # over the rounding of ln h in single precision
CURVE_SLACK = 0.3  # steps that a curve goes on beyond its ends


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


@njit(**MAKES_ARRAYS)
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
    return through_four(row[k - 1 : k + 3], x - k + 1)


@njit(cache=True)
def through_four(y, x):  # type: ignore[no-untyped-def]
    """The cubic through y (4, ...) at 0, 1, 2, 3, at the place x."""
    t = x - 1
    return (
        -t * (t - 1) * (t - 2) / 6 * y[0]
        + (t + 1) * (t - 1) * (t - 2) / 2 * y[1]
        - (t + 1) * t * (t - 2) / 2 * y[2]
        + (t + 1) * t * (t - 1) / 6 * y[3]
    )


@njit(**BARE_INLINED)
def probability(i, c, volts, u, always, tiles):  # type: ignore[no-untyped-def]
    """Flip probability of cell (i, c) in its present state at `volts`; where cells differ it may be any number on the same side of the
    random number `u`, unless `always`."""
    law, state = tiles.law, tiles.layer.states[i, c]
    if law.curves.log_h.size and not always:
        above = _above(i, c, volts, state, u, tiles)
        if above != 0:
            return 1.0 if above > 0 else 0.0
    p = -math.expm1(-math.exp(tabulated(law, volts, state)))
    if law.uniform or not (u < p or always):
        return p
    return -math.expm1(-math.exp(_own_log_hazard(i, c, volts, state, tiles)))


@njit(**BARE_INLINED)
def _own_log_hazard(i, c, volts, state, tiles):  # type: ignore[no-untyped-def]
    devices, law = tiles.devices, tiles.law
    return full_log_hazard(
        volts, state, devices.g_p[i, c], devices.tmr0[i, c], devices.ic0[i, c], devices.delta[i, c], devices.log_tau[i, c],
        devices.vcma_slope[i, c], devices.vh, devices.by_voltage, law.log_seconds, law.tables,
    )  # fmt: skip


@njit(**BARE_INLINED)
def _above(i, c, volts, state, u, tiles):  # type: ignore[no-untyped-def]
    """1 or -1 where the cell's curve says that its probability is over or under `u`, 0 where it cannot tell."""
    curves, direction, size = tiles.law.curves, (1 if state > 0 else 0), abs(volts)
    mine, wanted = curves.log_h[direction, i, c], math.log(-math.log1p(-u))
    if size <= curves.quiet[direction]:
        if math.isnan(mine[CURVE_POINTS]):
            mine[CURVE_POINTS] = _own_log_hazard(i, c, state * curves.quiet[direction], state, tiles)
        return -1 if wanted > mine[CURVE_POINTS] + SINGLE else 0
    x = (size - curves.low[direction]) / curves.step[direction]
    if not -CURVE_SLACK <= x <= CURVE_POINTS - 1 + CURVE_SLACK:
        return 0
    if math.isnan(mine[0]):
        for k in range(CURVE_POINTS):
            at = curves.low[direction] + k * curves.step[direction]
            mine[k] = _own_log_hazard(i, c, state * at, state, tiles)
    excess = through_four(mine, x) - wanted
    if excess > curves.margin:
        return 1
    return -1 if excess < -curves.margin else 0
