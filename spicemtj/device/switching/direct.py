"""The switching law of any device, solved for that device: what the universal table does not hold (offset field, strong VCMA, other Delta).

A point is (a, b, Delta, offset) of fokker_planck.py. Its law along time is kept as a quintic spline of ln h, h = -ln(1 - P), over
ln(s t), s = sqrt(1 + (a + b)^2), with asymptotes on both sides:

* early, the explicit march of fokker_planck.py, which keeps a small P right relative to itself, until P is above SMALL or has settled to
  the escape rate; before the first node, diffusion over the equator;
* then 1 - P by implicit steps of high order on the same cells;
* late, what is left decays with the slowest rate to the equilibrium.

A point takes some 3 to 10 ms, and stays in memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ... import jobs
from ...errors import InputError
from . import fokker_planck
from .fokker_planck import advance, equator, generator, start_weights
from .table import fast_passage, spline_basis

Array = NDArray[np.float64]
Point = tuple[float, float, float, float]

DELTA_LIMITS = (2.0, 400.0)  # what can be solved at all
DRIVE_MAX = 20.0  # stronger drives scale their times as the closed form of the mean passage does
SMALL = 1e-9  # the P that implicit steps keep right relative to itself
SETTLED = 1e-2  # relative deviation of the flux from the escape rate that counts as settled
FAINT = 1e-20  # the P down to which it is to be right relative to itself
NOTHING = 1e-30  # a P that has fallen below this is not followed further
LEAST = 1e-300  # stands for a P of 0
SURE_RATE = 1e-6  # the escape rate's formula is exact up to the rate itself
RESOLVED = 24.0  # the largest hazard taken from the solution; from there on one mode is left
FLOOR = 1e-13  # of 1 - P: below it is rounding error

NODES = np.linspace(math.log(0.01), math.log(1024.0), 71)  # of ln(s t)

# exp(z) = sum over k of 2 Re(residue_k/(z - pole_k)): the Pade approximant [5/6], L-stable, within 1e-7 for -3 < z < 0.
POLES = np.array(
    [
        7.49063752880963 + 1.621502388778394j,
        6.47051493670157 + 4.900121147421387j,
        4.0388475344888 + 8.345600414872216j,
    ]
)
RESIDUES = np.array(
    [
        185.54487885755512 - 917.7923648638089j,
        -226.06041189362895 + 305.10335904505314j,
        43.515533036073826 - 14.015306215640607j,
    ]
)


# -- one point along time


@njit(cache=True, nogil=True)
def _folded(bands):  # type: ignore[no-untyped-def]
    """The operator's bands (7, n) without mirror images: what they carry is added to the cells that they mirror."""
    n = bands.shape[1]
    out = bands.copy()
    for k in range(3):
        for m in range(3 - k):  # column k + m - 3 < 0 mirrors column 2 - k - m
            out[(2 - k - m) - k + 3, k] += bands[m, k]
            out[m, k] = 0.0
            out[3 - ((2 - k - m) - k), n - 1 - k] += bands[6 - m, n - 1 - k]
            out[6 - m, n - 1 - k] = 0.0
    return out


@njit(cache=True, nogil=True)
def _implicit(v, bands, dt, poles, residues):  # type: ignore[no-untyped-def]
    """v <- exp(dt L) v for the folded bands of L, by partial fractions; Gaussian elimination in the band."""
    n = v.size
    total = np.zeros(n)
    rows = np.empty((n, 4), np.complex128)  # of the triangle, scaled to 1 on the diagonal
    y = np.empty(n, np.complex128)
    left = np.empty(7, np.complex128)
    for p in range(poles.size):
        for k in range(n):
            for m in range(7):
                left[m] = dt * bands[m, k]
            left[3] -= poles[p]
            right = residues[p] * v[k]
            for m in range(3):
                row = k + m - 3
                if row >= 0:
                    factor = left[m]
                    for q in range(1, 4):
                        left[m + q] -= factor * rows[row, q]
                    right -= factor * y[row]
            pivot = 1 / left[3]
            for q in range(1, 4):
                rows[k, q] = left[3 + q] * pivot
            y[k] = right * pivot
        for k in range(n - 1, -1, -1):
            for q in range(1, min(4, n - k)):
                y[k] -= rows[k, q] * y[k + q]
            total[k] += 2 * y[k].real
    v[:] = total


@njit(cache=True, nogil=True)
def _later(log_h, dt, log_end, log_rest, rate):  # type: ignore[no-untyped-def]
    """ln h a time dt after it was `log_h`, with one mode left that decays at `rate` to P_inf = exp(log_end) = 1 - exp(log_rest)."""
    if log_h < -1.0:
        log_p = log_h if log_h < -37 else math.log(-math.expm1(-math.exp(log_h)))
        gone = -math.expm1(-rate * dt)
        log_p = _log_sum(log_p - rate * dt, log_end + math.log(gone) if gone > 0 else -math.inf)
        return _log_hazard(log_p, math.log1p(-math.exp(log_p))) if log_p < 0 else math.inf
    log_above = -math.exp(log_h)  # what is left above the end
    if log_rest > -RESOLVED - 12:
        above = math.exp(log_above) - math.exp(log_rest)
        if above <= 0:  # from the other side
            return math.log(-math.log(math.exp(log_rest) + above * math.exp(-rate * dt)))
        log_above = math.log(above)
    return math.log(-_log_sum(log_rest, log_above - rate * dt))


@njit(cache=True, nogil=True)
def _log_sum(x, y):  # type: ignore[no-untyped-def]
    """ln(e^x + e^y)."""
    top = max(x, y)
    return top if top == -math.inf else top + math.log(math.exp(x - top) + math.exp(y - top))


@njit(cache=True, nogil=True)
def _log_hazard(log_p, log_q):  # type: ignore[no-untyped-def]
    """ln(-ln(1 - P)) from ln P and ln(1 - P)."""
    return log_p if log_p < -37 else math.log(-log_q)


@njit(cache=True, nogil=True)
def _along(point, times, step, poles, residues, log_end, log_rest, log_rate):  # type: ignore[no-untyped-def]
    """(P, 1 - P) (2, times) at one point; nan once they follow the slowest rate."""
    a, b, delta, offset = point
    n = step.size - 6
    bands, bound, longest = generator(a, b, delta, n)
    raw = bands.copy()
    bands /= bound
    bands[3] += 1.0
    weights = start_weights(delta, offset, n)
    out = np.full((2, times.size), np.nan)
    w = step.copy()
    now, peak, settled, first = 0.0, 0.0, 0, times.size
    for j in range(times.size):
        advance(w, bands, bound * (times[j] - now), longest)
        p = max(np.dot(weights, w[3 : 3 + weights.size]), LEAST)
        if a < 0 and p < NOTHING and j and p <= peak:
            return out
        peak = max(peak, p)
        out[0, j], out[1, j] = p, 1 - p
        if p > (SMALL if a >= 0 else 100 * SMALL) and math.log(p) < log_end + 7:  # else it falls by much yet
            first = j + 1
            now = times[j]
            break
        if j:
            expected = math.exp(_later(math.log(out[0, j - 1]), times[j] - now, log_end, log_rest, math.exp(log_rate)))
            moved = expected - out[0, j - 1]
            loose = 1.0 if p > FAINT else 10.0
            close = abs(p - expected) < loose * max(SETTLED * abs(moved), 1e-6 * p)
            settled = settled + 1 if close else 0
            if settled == 2:
                return out
        now = times[j]
    if first < times.size:
        folded = _folded(raw)
        v = 1 - w[3 : n + 3]
        for j in range(first, times.size):
            _implicit(v, folded, times[j] - now, poles, residues)
            now = times[j]
            out[1, j] = np.dot(weights, v[: weights.size])
            out[0, j] = 1 - out[1, j]
            if out[1, j] < math.exp(-RESOLVED) or abs(out[1, j] - math.exp(log_rest)) < FLOOR:
                break
    return out


# A point's law is a row: what it is asked at and how it ends, then the spline's coefficients.
_SHIFT, _SCALE, _LOG_END, _LOG_REST, _RATE, _EQUATOR, _DELTA, _TILT, _HEAD = range(9)


@cache
def _spline() -> tuple[Array, Array]:
    """Knots of the spline through values at NODES, and the matrix (nodes, nodes) that makes coefficients of them."""
    from scipy.interpolate import make_interp_spline

    through = make_interp_spline(NODES, np.eye(len(NODES)), k=5)
    return through.t, through.c


def _solve(point: Point) -> Array:
    """The row of one point."""
    a, b, delta, offset = (float(q) for q in point)
    strongest = max(abs(a + b), abs(a - b))
    shift = 0.0
    if strongest > DRIVE_MAX:
        shift = math.log(fast_passage(DRIVE_MAX, delta) / fast_passage(strongest, delta))
        a, b = a * DRIVE_MAX / strongest, b * DRIVE_MAX / strongest
    scale = 0.5 * math.log1p((a + b) ** 2)
    times = np.exp(NODES - scale)
    odds = fokker_planck.log_odds(a, b, delta)
    log_end, log_rest = -float(np.logaddexp(0.0, -odds)), -float(np.logaddexp(0.0, odds))
    log_rate = fokker_planck.log_escape_rate(a, b, delta) - log_end
    step = equator(fokker_planck.cells_for(a, b, delta))
    p, q = _along((a, b, delta, offset), times, step, POLES, RESIDUES, log_end, log_rest, log_rate)
    known = int(np.isfinite(p).sum())
    with np.errstate(invalid="ignore"):
        log_h = np.log(np.where(p < 0.5, -np.log1p(-p), -np.log(q)))
    # nodes that drowned in rounding error: carried on from what follows
    lost = int(np.argmax(p > NOTHING**2)) if p[0] <= LEAST else 0
    log_h[:lost] = log_h[lost] + (log_h[lost + 1] - log_h[lost]) / (NODES[1] - NODES[0]) * (NODES[:lost] - NODES[lost])
    rate = math.exp(log_rate)
    over = q[:known] - math.exp(log_rest)
    clear = np.flatnonzero(np.abs(over) > 100 * FLOOR)[-2:]
    if p[known - 1] > SMALL and len(clear) == 2 and 0 < over[clear[1]] / over[clear[0]] < 1:
        measured = -math.log(over[clear[1]] / over[clear[0]]) / (times[clear[1]] - times[clear[0]])
        if measured > SURE_RATE:
            rate, known = measured, int(clear[1]) + 1
    for k in range(known, len(times)):
        log_h[k] = _later(log_h[known - 1], times[k] - times[known - 1], log_end, log_rest, rate)
    head = [shift + scale, scale, log_end, log_rest, rate * math.exp(-scale), a, delta, 2 * delta * offset]
    return np.concatenate([head, _spline()[1] @ log_h])


def solved(points: Sequence[Point]) -> Array:
    """The rows (points, row) of these points: from memory, or solved on all processors."""
    missing = [point for point in dict.fromkeys(points) if point not in _rows]
    for point in missing:
        _check(*point[2:])
    if len(missing) > 1:
        _spline()  # once, before the threads ask for it
        with ThreadPoolExecutor(jobs.processors()) as pool:
            rows = jobs.run(_solve, missing, pool=pool)
    else:
        rows = [_solve(point) for point in missing]
    found = dict(zip(missing, rows, strict=True))
    out = np.array([_rows[point] if point in _rows else found[point] for point in points])
    _rows.update(found)
    while len(_rows) > KEPT:
        del _rows[next(iter(_rows))]  # the oldest
    return out


def _check(delta: float, offset: float) -> None:
    """`InputError` unless there is a state to start from."""
    low, high = DELTA_LIMITS
    if not low <= delta <= high:
        raise InputError(
            f"Delta = {delta:.4g}: the switching law is for {low:g} to {high:g}; change the anisotropy or the volume"
        )
    if delta * (1 + 2 * offset) < low:  # the barrier without voltage, seen from the equator
        raise InputError(
            f"an offset field of {abs(offset):.3g} Hk at Delta = {delta:.4g} leaves one state no well to start from; lower mu0_hoff"
        )


KEPT = 20000  # rows, of 0.6 kB
_rows: dict[Point, Array] = {}


# -- asked at any time


@njit(cache=True)
def _log_crossing(log_t, a, delta, tilt):  # type: ignore[no-untyped-def]
    """ln of what has diffused over the equator from the density exp(tilt z) on z > 0, drifting with -a."""
    sigma = math.exp(0.5 * (log_t - math.log(delta)))
    q, e = a * sigma * delta, tilt * sigma
    near = q + 0.5 * e
    mean = (_mills(q + e) - _mills(q)) / e if abs(e) > 1e-4 else 1 + near * _mills(near)
    return math.log(sigma / math.sqrt(2 * math.pi)) - 0.5 * q * q + (math.log(mean) if mean > 0 else -math.inf)


@njit(cache=True)
def _mills(x):  # type: ignore[no-untyped-def]
    """Phi(x)/phi(x), of the normal distribution."""
    if x > -25:
        return 0.5 * math.erfc(-x / math.sqrt(2.0)) * math.exp(0.5 * x * x) * math.sqrt(2 * math.pi)
    y = 1 / (x * x)
    return (1 - y * (1 - y * (3 - 15 * y))) / -x


@njit(cache=True)
def _one(row, log_t, knots, basis):  # type: ignore[no-untyped-def]
    """ln h of one row at ln t."""
    low, high = knots[0], knots[-1]
    x = log_t + row[_SHIFT]
    first = spline_basis(knots, min(max(x, low), high), basis)
    value = 0.0
    for m in range(6):
        value += basis[m] * row[_HEAD + first + m]
    if x < low:
        a, delta, tilt = row[_EQUATOR], row[_DELTA], row[_TILT]
        value += _log_crossing(x - row[_SCALE], a, delta, tilt) - _log_crossing(low - row[_SCALE], a, delta, tilt)
    elif x > high:
        value = _later(value, math.exp(x) - math.exp(high), row[_LOG_END], row[_LOG_REST], row[_RATE])
    return value


@njit(cache=True)
def _mixed(rows, parts, log_t, knots, basis):  # type: ignore[no-untyped-def]
    """ln h between rows (k, row) in the proportions `parts` (k,)."""
    value = 0.0
    for k in range(parts.size):
        value += parts[k] * _one(rows[k], log_t, knots, basis)
    return value


@njit(cache=True)
def log_hazards(rows, which, parts, log_t, knots):  # type: ignore[no-untyped-def]
    """ln h (n,) at log_t (n,) from the rows `which` (n, k) in the proportions `parts` (n, k)."""
    out, basis = np.empty(log_t.size), np.empty(6)
    for c in range(log_t.size):
        out[c] = -math.inf if log_t[c] == -math.inf else _mixed(rows[which[c]], parts[c], log_t[c], knots, basis)
    return out


@njit(cache=True)
def log_times(rows, which, parts, log_h, knots):  # type: ignore[no-untyped-def]
    """ln t (n,) at which ln h first reaches log_h (n,); inf where it never does."""
    out, basis = np.empty(log_h.size), np.empty(6)
    for c in range(log_h.size):
        out[c] = log_h[c] if math.isinf(log_h[c]) else _first(rows[which[c]], parts[c], log_h[c], knots, basis)
    return out


@njit(cache=True)
def _first(rows, parts, log_h, knots, basis):  # type: ignore[no-untyped-def]
    high = knots[0] - rows[0, _SHIFT]
    low, step, latest = -700.0, 0.2, high + knots[-1] - knots[0]
    while _mixed(rows, parts, high, knots, basis) < log_h:
        if high > 700:
            return math.inf
        low = high
        high += step
        if high > latest:  # wider and wider
            step *= 2
    while high - low > 1e-12 * max(1.0, abs(low)):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if _mixed(rows, parts, middle, knots, basis) < log_h:
            low = middle
        else:
            high = middle
    return high


def knots() -> Array:
    """Of every row's spline."""
    return _spline()[0]
