"""Makes what table.py holds, from fokker_planck.py: the law along time at one point, and the whole table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import fokker_planck
from .table import A_MIN, DELTA_RANGE, I_MAX, LOG_G_RANGE, LOG_TAU_RANGE, MARGIN, REVERSE_DELTA, WARP, Tables

Array = NDArray[np.float64]

RESOLVED = 28.0  # the largest hazard taken from the solution; from there on one mode is left
SURE_RATE = 1e-6  # the escape rate's formula is exact up to the rate itself


def _clustered(low: float, high: float, count: int) -> Array:
    """Points from low to high, denser at both ends, where a spline is at its worst."""
    u = np.linspace(-1.0, 1.0, count)
    return low + (high - low) * (0.5 + 0.5 * (0.55 * u + 0.45 * np.sin(np.pi / 2 * u)))


I_NODES = np.linspace(math.asinh(-MARGIN / WARP), math.asinh(I_MAX / WARP), 84)
A_NODES = np.linspace(math.asinh(A_MIN / WARP), math.asinh(MARGIN / WARP), 48)
DELTA_NODES = _clustered(math.log(DELTA_RANGE[0]), math.log(DELTA_RANGE[1]), 13)
REVERSE_DELTA_NODES = _clustered(math.log(DELTA_RANGE[0]), math.log(REVERSE_DELTA), 12)
G_NODES = _clustered(*LOG_G_RANGE, 10)
REVERSE_G_NODES = _clustered(*LOG_G_RANGE, 17)
T_NODES = np.linspace(*LOG_TAU_RANGE, 54)


# -- one point


def forward(i1: float, log_g: float, delta: float) -> tuple[Array, Array]:
    """ln(P_inf h') at T_NODES, h' = -ln(1 - P/P_inf), and (ln k, odds ratio)."""
    (a, b), times = linear_drive(i1, math.exp(log_g)), _times(i1)
    below, above = fokker_planck.probability(a, b, delta, times, enough=(1e-3, 1e-13))
    odds = fokker_planck.log_odds(a, b, delta)
    end, rest = math.exp(-math.log1p(math.exp(-odds))), math.exp(-odds - math.log1p(math.exp(-odds)))
    with np.errstate(invalid="ignore", divide="ignore"):
        hazard = np.where(below < 1e-3, -np.log1p(-below / end), -np.log((above - rest) / end))
    lost = ~(hazard < RESOLVED)
    last = int(np.argmax(lost)) - 1 if lost.any() else len(times) - 1
    rate = (hazard[last] - hazard[last - 1]) / (times[last] - times[last - 1])
    hazard[last + 1 :] = hazard[last] + rate * (times[last + 1 :] - times[last])
    log_k = math.log(rate * end) if rate > SURE_RATE else fokker_planck.log_escape_rate(a, b, delta)
    return np.log(hazard * end), np.array([log_k, odds_ratio(a, b, delta)])


def reverse(i1: float, log_g: float, delta: float) -> Array:
    """ln P at T_NODES."""
    a, b = linear_drive(i1, math.exp(log_g))
    cells = fokker_planck.cells_for(a, b, 2 * delta)  # more of them: P falls to 1e-100
    below, _ = fokker_planck.probability(a, b, delta, _times(i1), cells=cells, enough=(0.999, 0.0))
    return np.log(np.maximum(below, 1e-300))


def reverse_late(i1: float, log_g: float, delta: float) -> Array:
    """(ln k, odds ratio)."""
    a, b = linear_drive(i1, math.exp(log_g))
    return np.array([fokker_planck.log_escape_rate(a, b, delta), odds_ratio(a, b, delta)])


def odds_ratio(a: float, b: float, delta: float) -> float:
    """ln(P_inf/(1 - P_inf))/(4 Delta a), which tends to <z> of the start for a -> 0."""
    if abs(a) < 1e-6:
        return float(fokker_planck.galerkin_start(delta, 64)[1])
    return fokker_planck.log_odds(a, b, delta) / (4 * delta * a)


def linear_drive(i1: float, g: float) -> tuple[float, float]:
    """(a, b) of the drive a + b z that is i1 at z = +1 and g i1 at z = -1."""
    return i1 * (1 + g) / 2, i1 * (1 - g) / 2


def _times(i1: float) -> Array:
    return np.asarray(np.exp(T_NODES - 0.5 * math.log1p(i1 * i1)))


# -- the whole


def row(task: tuple[int, float]) -> list[Array]:
    """All points of one drive, [values (Delta, g, t), late (Delta, g, 2)]. task: the side, +1 or -1, and the first coordinate."""
    side, x = task

    def grid(point: Callable[[float, float, float], Any], deltas: Array, gs: Array) -> list[list[Any]]:
        drive = WARP * math.sinh(x)
        drives = [drive if side > 0 else 2 * drive / (1 + math.exp(g)) for g in gs]
        return [[point(i, g, math.exp(d)) for i, g in zip(drives, gs, strict=True)] for d in deltas]

    if side > 0:
        points = grid(forward, DELTA_NODES, G_NODES)
        return [np.array([[p[k] for p in line] for line in points]) for k in range(2)]
    return [np.array(grid(reverse, REVERSE_DELTA_NODES, REVERSE_G_NODES)), np.array(grid(reverse_late, DELTA_NODES, G_NODES))]


def tasks() -> list[tuple[int, float]]:
    """What `row` is to be called with for a whole table."""
    return [(1, float(x)) for x in I_NODES] + [(-1, float(x)) for x in A_NODES]


def assemble(rows: Iterable[list[Array]]) -> Tables:
    """The table from all rows, in the order of `tasks`."""
    values, late = zip(*rows, strict=True)
    n = len(I_NODES)
    return Tables(
        i_knots=knots(I_NODES),
        a_knots=knots(A_NODES),
        delta_knots=knots(DELTA_NODES),
        reverse_delta_knots=knots(REVERSE_DELTA_NODES),
        g_knots=knots(G_NODES),
        reverse_g_knots=knots(REVERSE_G_NODES),
        t_knots=knots(T_NODES),
        forward=_spline(values[:n], (I_NODES, DELTA_NODES, G_NODES, T_NODES)),
        forward_late=_spline(late[:n], (I_NODES, DELTA_NODES, G_NODES)),
        reverse=_spline(values[n:], (A_NODES, REVERSE_DELTA_NODES, REVERSE_G_NODES, T_NODES)),
        reverse_late=_spline(late[n:], (A_NODES, DELTA_NODES, G_NODES)),
    )


def knots(nodes: Array) -> Array:
    """The knots of the quintic spline through values at `nodes`."""
    from scipy.interpolate import make_interp_spline

    return np.asarray(make_interp_spline(nodes, np.zeros(len(nodes)), k=5).t)


def _spline(values: Any, axes: tuple[Array, ...]) -> Array:
    """Coefficients of the interpolating tensor spline along the leading axes."""
    from scipy.interpolate import make_interp_spline

    values = np.stack(values)
    for axis, nodes in enumerate(axes):
        values = np.moveaxis(make_interp_spline(nodes, np.moveaxis(values, axis, 0), k=5).c, 0, axis)
    return np.ascontiguousarray(values)
