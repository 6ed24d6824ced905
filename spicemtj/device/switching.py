"""The switching law of `Mtj`: probability, quantile time and mean time, broadcast over voltages, times, states and devices.

Each device is reduced to the coordinates of the universal law (drive, ratio of the two poles' drives, Delta, time in tau_D), and the
table of switching_table.py answers; outside the table the Fokker-Planck equation is solved for that device, some 0.1 s each.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, unknown
from . import equations, fokker_planck, switching_table

if TYPE_CHECKING:
    from .mtj import Mtj

Array = NDArray[np.float64]

DRIVES = ("current", "voltage")
DELTA_LIMITS = (2.0, 400.0)  # what can be solved at all, in and out of the table
LOG_G_LIMIT = 4.0


def check_states(state: ArrayLike) -> Array:
    """`state` as floats; `InputError` unless every one is +1 or -1."""
    states = np.asarray(state, dtype=float)
    if not np.all(np.abs(states) == 1):
        raise InputError(
            f"state {_culprit(states, np.abs(states) != 1)}: a device stands at +1 (parallel) or -1 (antiparallel)"
        )
    return states


def reduced(mtj: Mtj, v: ArrayLike, state: ArrayLike) -> tuple[Array, Array, Array]:
    """The law's own coordinates of a device at `v` volts: (i1, ln g, Delta), broadcast over v, state and the devices.

    i1 is the drive I/Ic0 at the state's own pole, positive where it drives out of it; g is the drive at the other pole relative to it.
    """
    states, v = check_states(state), _finite("voltage", v, "V")
    g_p = equations.conductance(1.0, v, mtj.r_p, mtj.tmr0, mtj.vh)
    g_ap = g_p if mtj.torque == "voltage" else equations.conductance(-1.0, v, mtj.r_p, mtj.tmr0, mtj.vh)
    i1 = states * v * np.where(states > 0, g_p, g_ap) / mtj.ic0
    i1, log_g, delta = np.broadcast_arrays(i1, states * np.log(g_ap / g_p), np.asarray(mtj.delta, dtype=float))
    return i1, log_g, delta


def probability(mtj: Mtj, v: ArrayLike, t: ArrayLike, state: ArrayLike) -> Array:
    """See `Mtj.switching_probability`."""
    t = np.asarray(t, dtype=float)
    if not np.all(t >= 0):
        raise InputError(f"a pulse of {_culprit(t, ~(t >= 0))} s: its width must be 0 or more")
    with np.errstate(divide="ignore"):
        log_t = np.log(t / mtj.tau_d)
    log_h = _everywhere(switching_table.log_hazards, _log_hazard_direct, *reduced(mtj, v, state), log_t)
    return np.asarray(-np.expm1(-np.exp(log_h)))


def quantile_time(mtj: Mtj, u: ArrayLike, v: ArrayLike, state: ArrayLike) -> Array:
    """See `Mtj.switching_time`."""
    u = np.asarray(u, dtype=float)
    if not np.all((u >= 0) & (u <= 1)):
        raise InputError(f"u = {_culprit(u, ~((u >= 0) & (u <= 1)))}: a fraction lies between 0 and 1")
    with np.errstate(divide="ignore"):
        log_h = np.log(-np.log1p(-u))
    log_t = _everywhere(switching_table.log_times, _log_time_direct, *reduced(mtj, v, state), log_h)
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(log_t) * mtj.tau_d)


def mean_time(mtj: Mtj, v: ArrayLike, state: ArrayLike, drive: str = "voltage") -> Array:
    """See `Mtj.mean_switching_time`."""
    if drive not in DRIVES:
        raise unknown("drive", drive, DRIVES)
    if drive == "voltage":
        i1, log_g, delta = reduced(mtj, v, state)
    else:
        i1, delta = np.broadcast_arrays(check_states(state) * _finite("current", v, "Ic0"), np.asarray(mtj.delta, dtype=float))
        log_g = np.zeros(i1.shape)
    flat = (np.ascontiguousarray(q).ravel() for q in (i1, np.exp(log_g), delta))
    times = fokker_planck.mean_passage(*flat)
    return np.asarray(times.reshape(i1.shape) * mtj.tau_d)


def _finite(name: str, values: ArrayLike, unit: str) -> Array:
    numbers = np.asarray(values, dtype=float)
    if not np.all(np.isfinite(numbers)):
        raise InputError(f"a device at {_culprit(numbers, ~np.isfinite(numbers))} {unit}: the {name} must be finite")
    return numbers


def _culprit(values: Array, wrong: NDArray[np.bool_]) -> float:
    return float(np.broadcast_to(values, wrong.shape)[wrong].flat[0])


# -- from the table, and outside it


def _everywhere(tabulated: Any, direct: Any, i1: Array, log_g: Array, delta: Array, last: Array) -> Array:
    arrays = np.broadcast_arrays(i1, log_g, delta, last)
    flat = [np.ascontiguousarray(q).ravel() for q in arrays]
    out = tabulated(*flat, switching_table.load())
    for c in np.flatnonzero(np.isnan(out)):
        out[c] = direct(*(float(q[c]) for q in flat))
    return out.reshape(arrays[0].shape)


@lru_cache(maxsize=1024)
def _solved(side: int, i1: float, log_g: float, delta: float) -> tuple[Array, Array, float, float]:
    """The law along time at one point, as a table would hold it: knots and coefficients over ln(s t), ln k and the odds ratio."""
    from scipy.interpolate import make_interp_spline

    from . import switching_build

    if not DELTA_LIMITS[0] <= delta <= DELTA_LIMITS[1]:
        low, high = DELTA_LIMITS
        raise InputError(
            f"Delta = {delta:.4g}: the switching law is for {low:g} to {high:g}; change the anisotropy or the volume"
        )
    if abs(log_g) > LOG_G_LIMIT:
        tmr, limit = math.exp(abs(log_g)) - 1, math.exp(LOG_G_LIMIT) - 1
        raise InputError(f"TMR of {tmr:.3g}: the switching law is for less than {limit:.3g}; lower tmr0")
    if side > 0:
        values, late = switching_build.forward(i1, log_g, delta)
    else:
        values, late = switching_build.reverse(i1, log_g, delta), switching_build.reverse_late(i1, log_g, delta)
    spline = make_interp_spline(switching_build.T_NODES, values, k=5)
    return spline.t, spline.c, float(late[0]), float(late[1])


def _log_hazard_direct(i1: float, log_g: float, delta: float, log_t: float) -> float:
    side, _, within, log_tau = switching_table.coordinates(i1, log_g, delta, log_t)
    knots, profile, log_k, ratio = _solved(side, within, log_g, delta)
    if side < 0 and delta > switching_table.REVERSE_DELTA:
        return float(switching_table.slow(within, log_g, delta, log_t, log_k, ratio))
    point = (side, within, i1, log_g, delta, log_k, ratio)
    return float(switching_table.along(log_tau, point, profile, knots, np.empty(6)))


def _log_time_direct(i1: float, log_g: float, delta: float, log_h: float) -> float:
    if math.isinf(log_h):
        return log_h
    side, _, within, offset = switching_table.coordinates(i1, log_g, delta, 0.0)
    knots, profile, log_k, ratio = _solved(side, within, log_g, delta)
    if side < 0 and delta > switching_table.REVERSE_DELTA:
        return float(switching_table.invert_slow(within, log_g, delta, log_h, log_k, ratio))
    return float(switching_table.invert(log_h, (side, within, i1, log_g, delta, log_k, ratio), profile, knots) - offset)
