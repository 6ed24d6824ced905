"""The compiled part of a pulse that is played flip by flip: which cell flips next, and when."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...device.compiled import drive
from ...device.switching.table import Tables, log_time
from .ladders import OPTIONS
from .series import ALONE

Array = NDArray[np.float64]

REACHED = 1 - 1e-12  # A of a cell that flips at this very moment
OUTSIDE = -1.0  # the switching table has no answer


class Switching(NamedTuple):
    """The cells' switching law, from which the time of a flip follows.

    (m, n) each: g_p [S], tmr0, ic0 [A], delta, log_tau [ln s], vcma_slope [1/V]; vh [V]; by_voltage: what the torque goes as. seconds: a
    pulse's length. bound (2, k): ln of the hazard that no cell exceeds in a pulse, by |v| in steps of `dv` volts, parallel first.
    """

    g_p: Array
    tmr0: Array
    ic0: Array
    delta: Array
    log_tau: Array
    vcma_slope: Array
    vh: float
    by_voltage: bool
    seconds: float
    bound: Array
    dv: float
    tables: Tables


class Follow(NamedTuple):
    """How far a pulse is: the cells that are followed, their progress A and its rate [1/s] (m, n); seconds of steps, their number (1,)."""

    on: NDArray[np.bool_]
    progress: Array
    rate: Array
    seconds: Array
    steps: NDArray[np.int64]


@njit(**OPTIONS)
def _bounded(sw, v, state):  # type: ignore[no-untyped-def]
    """ln of a hazard that no cell in `state` exceeds at v volts."""
    row = sw.bound[0] if state > 0 else sw.bound[1]
    k = int(abs(v) / sw.dv) + 1
    return row[k] if k < row.size else np.inf


@njit(**OPTIONS)
def _rate(sw, i, j, v, state, log_h):  # type: ignore[no-untyped-def]
    """dA/dt [1/s] of a cell that flips when its hazard is exp(log_h); nan where the table has no answer."""
    here = state * drive(state, v, sw.g_p[i, j], sw.tmr0[i, j], sw.vh, sw.ic0[i, j], sw.vcma_slope[i, j], sw.by_voltage)
    there = state * drive(-state, v, sw.g_p[i, j], sw.tmr0[i, j], sw.vh, sw.ic0[i, j], sw.vcma_slope[i, j], sw.by_voltage)
    if not there * here > 0.0:
        return np.nan
    return math.exp(-(log_time(here, math.log(there / here), sw.delta[i, j], log_h, sw.tables) + sw.log_tau[i, j]))


@njit(**OPTIONS)
def advance(law, at, first, before, can, log_h, sw, left, past, follow):  # type: ignore[no-untyped-def]
    """Go on with a pulse from a solution of its network, to the next flip or the end: what is left of it [s], or OUTSIDE.

    law, at : of the rows that take part, from number `first` on; law.state is changed where cells flip. All others are of the whole array:
    before (m, n), the states before the pulse; can, the cells that may flip; log_h, ln of the hazard at which each does; past
    (steps, m, n), volts of the pulse's solutions so far, `follow.steps` of them. A cell's progress A is not followed while no cell in its
    state could flip in a whole pulse at its volts, and made up for if that ends.
    """
    volts, more = past[follow.steps[0]], np.inf
    rows, n = at.w.shape
    for k in range(rows):
        if not law.live[k]:
            continue
        i = k + first
        for j in range(n):
            follow.rate[i, j], volts[i, j] = 0.0, 0.0
            state = before[i, j]
            if law.on[k, j] == 0.0 or not can[i, j] or law.state[k, j] != state:
                continue
            v = at.w[k, j] - at.middle[k, j]
            if law.kind == ALONE:
                v = at.w[k, j] - at.x[k, j]
            if v * state <= 0.0:
                continue
            volts[i, j] = v
            if not follow.on[i, j]:
                if log_h[i, j] > _bounded(sw, v, state):
                    continue
                follow.on[i, j] = True
                for p in range(follow.steps[0]):
                    if past[p, i, j] != 0.0:
                        follow.progress[i, j] += follow.seconds[p] * _rate(sw, i, j, past[p, i, j], state, log_h[i, j])
            rate = _rate(sw, i, j, v, state, log_h[i, j])
            if rate != rate or follow.progress[i, j] != follow.progress[i, j]:
                return OUTSIDE
            follow.rate[i, j] = rate
            if rate > 0.0:
                more = min(more, (1.0 - follow.progress[i, j]) / rate)
    step = min(left, more)
    for k in range(rows):
        if not law.live[k]:
            continue
        i = k + first
        for j in range(n):
            follow.progress[i, j] += follow.rate[i, j] * step
            if more <= left and follow.rate[i, j] > 0.0 and follow.progress[i, j] >= REACHED:
                law.state[k, j] = -law.state[k, j]
    follow.seconds[follow.steps[0]] = step
    follow.steps[0] += 1
    return left - step if more <= left else 0.0
