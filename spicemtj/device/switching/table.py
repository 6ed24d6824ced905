"""The universal switching law as a table, and the compiled functions that read it.

One law P(i1, g, Delta, t/tau_D) serves every device, temperature and variation (fokker_planck.py says what each means). It is kept as
tensors of quintic B-splines in two halves:

* forward, i1 >= 0: ln(P_inf h'), with P = P_inf (1 - exp(-h')), over asinh(i1/0.6), ln Delta, ln g and ln(s t), s = sqrt(1 + i1^2);
* reverse, i1 < 0, where the drive stabilises: ln P, with the drive at the equator a = i1 (1 + g)/2 in the place of i1, for Delta up to
  60. Above that P is under 1e-20 but for long times, and is P_inf (1 - exp(-k t/P_inf)).

Beside them, without the time axis: ln k, the rate at which the start's well empties, which rules P after the last time of the table,
and ln(P_inf/(1 - P_inf))/(4 Delta a). Before the first time P follows the diffusion over the equator. Beyond i1 = 20 times scale as the
closed form of the mean passage (5e-3 in P at i1 = 40). Below a = -1.5, where P is under 1e-20 but for the shortest pulses, it falls
with the diffusion law. Outside the table's Delta and g the functions answer nan.

Other compiled code calls `log_hazard(i1, log_g, delta, log_t, tables)` or `log_time(i1, log_g, delta, log_h, tables)`, with
`tables = load()` among its arguments.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...errors import SpicemtjError
from ...paths import models

Array = NDArray[np.float64]

FILE = "switching.npz"
I_MAX = 20.0
A_MIN = -1.5
MARGIN = 0.03  # of i1 and a beyond 0, where the halves meet
WARP = 0.6  # the first axis is asinh(i1/WARP): even for weak drives, logarithmic for strong ones
DELTA_RANGE = (10.0, 200.0)
REVERSE_DELTA = 60.0
LOG_G_RANGE = (-1.65, 1.65)
LOG_TAU_RANGE = (math.log(0.01), math.log(64.0))
UNIT = 1e-7  # of the coefficients in the file, which holds integers

# the first and last knot of every axis, in the order of `Tables`
_ENDS = (
    *(math.asinh(edge / WARP) for edge in (-MARGIN, I_MAX, A_MIN, MARGIN)),
    *(math.log(edge) for edge in (*DELTA_RANGE, DELTA_RANGE[0], REVERSE_DELTA)),
    *(2 * LOG_G_RANGE),
    *LOG_TAU_RANGE,
)
_CERTAIN = 38.0  # odds of e^38 are a certainty in double precision


class Tables(NamedTuple):
    """Knots of each axis (the first and last six coincide) and the coefficients on them.

    forward, reverse: (i or a, Delta, g, t); forward_late, reverse_late: (i or a, Delta, g, 2), ln k and ln(odds)/(4 Delta a). The
    reverse half has axes of its own for Delta and g; reverse_late those of the forward one.
    """

    i_knots: Array
    a_knots: Array
    delta_knots: Array
    reverse_delta_knots: Array
    g_knots: Array
    reverse_g_knots: Array
    t_knots: Array
    forward: Array
    forward_late: Array
    reverse: Array
    reverse_late: Array


@cache
def load(path: Path | None = None) -> Tables:
    """The table shipped in models/, or another one."""
    path = path or models() / FILE
    try:
        with np.load(path) as file:
            parts = {name: file[name] for name in Tables._fields}
    except (OSError, KeyError, ValueError) as error:
        raise SpicemtjError(f"cannot read the switching table {path} ({error}); run scripts/build_switching_table.py") from None
    tables = Tables(**{k: np.ascontiguousarray(v * UNIT if v.dtype.kind == "i" else v, dtype=float) for k, v in parts.items()})
    ends = [axis[end] for axis in tables[: Tables._fields.index("forward")] for end in (0, -1)]
    if not np.allclose(ends, _ENDS, rtol=0, atol=1e-9):
        raise SpicemtjError(f"the switching table {path} was made for other axes; run scripts/build_switching_table.py")
    return tables


def save(tables: Tables, path: Path) -> None:
    """Write knots as they are and coefficients as integers in units of 1e-7."""
    parts = tables._asdict()
    whole = {k: v if k.endswith("knots") else np.round(v / UNIT).astype(np.int32) for k, v in parts.items()}
    np.savez_compressed(path, allow_pickle=False, **whole)


# -- splines


@njit(cache=True)
def spline_basis(knots, x, out):  # type: ignore[no-untyped-def]
    """The six quintic B-splines that are not 0 at x, into out (6,); the index of the first (de Boor's recursion)."""
    low, high = 5, knots.size - 6
    while high - low > 1:
        middle = (low + high) // 2
        if x < knots[middle]:
            high = middle
        else:
            low = middle
    out[0] = 1.0
    for degree in range(1, 6):
        carried = 0.0
        for r in range(degree):
            right = knots[low + r + 1]
            left = knots[low + 1 - degree + r]
            part = out[r] / (right - left)
            out[r] = carried + (right - x) * part
            carried = (x - left) * part
        out[degree] = carried
    return low - 5


@njit(cache=True, fastmath=True)
def _value(coefficients, basis, first, second, third, fourth):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(6):
        for j in range(6):
            outer = basis[0, i] * basis[1, j]
            for k in range(6):
                part = 0.0
                for m in range(6):
                    part += basis[3, m] * coefficients[first + i, second + j, third + k, fourth + m]
                total += outer * basis[2, k] * part
    return total


@njit(cache=True, fastmath=True)
def _profile(coefficients, basis, first, second, third):  # type: ignore[no-untyped-def]
    """The coefficients along the last axis alone."""
    out = np.zeros(coefficients.shape[3])
    for i in range(6):
        for j in range(6):
            for k in range(6):
                weight = basis[0, i] * basis[1, j] * basis[2, k]
                for m in range(out.size):
                    out[m] += weight * coefficients[first + i, second + j, third + k, m]
    return out


@njit(cache=True)
def spline(knots, profile, x, basis):  # type: ignore[no-untyped-def]
    """One spline at x; `basis` (6,) is scratch."""
    first = spline_basis(knots, x, basis)
    total = 0.0
    for m in range(6):
        total += basis[m] * profile[first + m]
    return total


# -- the law from what is tabulated


@njit(cache=True)
def fast_passage(i1, delta):  # type: ignore[no-untyped-def]
    """Mean first passage of z = 0 at i1 well above 1 (tau_D): the closed form of the precessional regime."""
    kappa = 2 * 2 ** ((i1 - 1) / (i1 + 1)) * ((i1 - 1) / i1) ** (2 / (i1 + 1))
    return (np.euler_gamma + math.log(kappa * delta * (i1 - 1) / i1)) / (2 * (i1 - 1))


@njit(cache=True)
def coordinates(i1, log_g, delta, log_t):  # type: ignore[no-untyped-def]
    """(side, first coordinate, i1 within the table, ln(s t)): side +1 forward, -1 reverse."""
    if i1 >= 0:
        inside = min(i1, I_MAX)
        if i1 > I_MAX:
            log_t += math.log(fast_passage(I_MAX, delta) / fast_passage(i1, delta))
        return 1, math.asinh(inside / WARP), inside, log_t + 0.5 * math.log1p(inside * inside)
    half = (1 + math.exp(log_g)) / 2
    a = max(i1 * half, A_MIN)
    inside = a / half
    return -1, math.asinh(a / WARP), inside, log_t + 0.5 * math.log1p(inside * inside)


@njit(cache=True)
def _log_crossing(a, delta, log_t):  # type: ignore[no-untyped-def]
    """ln of the mean of (a t + sigma x)^+, sigma^2 = t/Delta: diffusion over the equator from a uniform density."""
    t = math.exp(log_t)
    q = a * math.sqrt(delta * t)
    mean = math.exp(-0.5 * q * q) / math.sqrt(2 * math.pi) + 0.5 * q * math.erfc(-q / math.sqrt(2.0))
    return 0.5 * (log_t - math.log(delta)) + math.log(mean) if mean > 0 else -math.inf


@njit(cache=True)
def _log_hazard_of(log_p):  # type: ignore[no-untyped-def]
    """ln(-ln(1 - P)) from ln P."""
    return log_p if log_p < -37 else math.log(-math.log1p(-math.exp(log_p)))


@njit(cache=True)
def _ends(i1, half, delta, log_k, ratio):  # type: ignore[no-untyped-def]
    """(ln of the equilibrium odds, ln P_inf, slowest rate) from what is tabulated beside the times."""
    odds = 4 * delta * i1 * half * ratio
    log_end = -math.log1p(math.exp(-odds)) if odds > -_CERTAIN else odds
    return odds, log_end, math.exp(log_k - log_end)


@njit(cache=True)
def finish(side, i1, asked, log_g, delta, log_tau, value, log_k, ratio):  # type: ignore[no-untyped-def]
    """ln h = ln(-ln(1 - P)) from the tabulated `value` at ln(s t) = `log_tau`, or at the table's end nearest to it.

    i1: the drive within the table; asked: the drive wanted (they differ only below A_MIN).
    """
    half = (1 + math.exp(log_g)) / 2
    shift = 0.5 * math.log1p(i1 * i1)
    bottom, top = LOG_TAU_RANGE
    odds, log_end, rate = _ends(i1, half, delta, log_k, ratio)
    if log_tau < bottom:
        log_t = log_tau - shift
        value += _log_crossing(i1 * half, delta, log_t) - _log_crossing(i1 * half, delta, bottom - shift)
    later = rate * (math.exp(log_tau - shift) - math.exp(top - shift)) if log_tau > top else 0.0
    if side > 0:
        value -= log_end
        if later > 0:
            value = math.log(math.exp(value) + later)
        if odds > _CERTAIN:
            return value
        if value < -37:
            return log_end + value
        stay = 1 / (1 + math.exp(odds))
        survive = stay + (1 - stay) * math.exp(-math.exp(value))
        if survive < 0.5:
            return math.log(-math.log(survive))
        return math.log(-math.log1p((1 - stay) * math.expm1(-math.exp(value))))
    if later > 0:
        now = math.exp(value)
        value = math.log(now + max(math.exp(log_end) - now, 0.0) * -math.expm1(-later))
    if asked < i1:
        log_t = log_tau - shift
        weaker = _log_crossing(i1 * half, delta, log_t)
        value = value + _log_crossing(asked * half, delta, log_t) - weaker if weaker > -math.inf else -math.inf
    return _log_hazard_of(value)


@njit(cache=True)
def inside(log_g, delta):  # type: ignore[no-untyped-def]
    """Whether the table covers these."""
    return DELTA_RANGE[0] <= delta <= DELTA_RANGE[1] and LOG_G_RANGE[0] <= log_g <= LOG_G_RANGE[1]


@njit(cache=True)
def slow(i1, log_g, delta, log_t, log_k, ratio):  # type: ignore[no-untyped-def]
    """ln h of P_inf (1 - exp(-k t/P_inf)) at ln t."""
    _, log_end, _ = _ends(i1, (1 + math.exp(log_g)) / 2, delta, log_k, ratio)
    x = log_k - log_end + log_t
    return _log_hazard_of(log_end + (x if x < -37 else math.log(-math.expm1(-math.exp(x)))))


@njit(cache=True, fastmath=True)
def _late(side, x, log_g, delta, tables, basis):  # type: ignore[no-untyped-def]
    """(ln k, odds ratio) at the first coordinate x."""
    late = tables.forward_late if side > 0 else tables.reverse_late
    first = spline_basis(tables.i_knots if side > 0 else tables.a_knots, x, basis[0])
    second = spline_basis(tables.delta_knots, math.log(delta), basis[1])
    third = spline_basis(tables.g_knots, log_g, basis[2])
    log_k = ratio = 0.0
    for i in range(6):
        for j in range(6):
            for k in range(6):
                weight = basis[0, i] * basis[1, j] * basis[2, k]
                log_k += weight * late[first + i, second + j, third + k, 0]
                ratio += weight * late[first + i, second + j, third + k, 1]
    return log_k, ratio


@njit(cache=True)
def _place(side, x, log_g, delta, tables, basis):  # type: ignore[no-untyped-def]
    """Bases (3, 6) of the first three axes of a half, and their first indices."""
    if side > 0:
        first = spline_basis(tables.i_knots, x, basis[0])
        second = spline_basis(tables.delta_knots, math.log(delta), basis[1])
        third = spline_basis(tables.g_knots, log_g, basis[2])
    else:
        first = spline_basis(tables.a_knots, x, basis[0])
        second = spline_basis(tables.reverse_delta_knots, math.log(delta), basis[1])
        third = spline_basis(tables.reverse_g_knots, log_g, basis[2])
    return first, second, third


@njit(cache=True)
def log_hazard(i1, log_g, delta, log_t, tables):  # type: ignore[no-untyped-def]
    """ln(-ln(1 - P)) of a device that starts at z = +1: drive i1, ln g, Delta, ln(t/tau_D); -inf for P = 0, nan outside the table."""
    if not inside(log_g, delta):
        return math.nan
    if log_t == -math.inf:
        return -math.inf
    side, x, within, log_tau = coordinates(i1, log_g, delta, log_t)
    basis = np.empty((4, 6))
    if side < 0 and delta > REVERSE_DELTA:
        log_k, ratio = _late(side, x, log_g, delta, tables, basis)
        return slow(within, log_g, delta, log_t, log_k, ratio)
    log_k, ratio = 0.0, 1.0
    # the slow end of the law: where times run over, or where the equilibrium is not all on the other side
    if log_tau > LOG_TAU_RANGE[1] or (side > 0 and delta * within * (1 + math.exp(log_g)) < 2 * _CERTAIN):
        log_k, ratio = _late(side, x, log_g, delta, tables, basis)
    first, second, third = _place(side, x, log_g, delta, tables, basis)
    fourth = spline_basis(tables.t_knots, min(max(log_tau, LOG_TAU_RANGE[0]), LOG_TAU_RANGE[1]), basis[3])
    value = _value(tables.forward if side > 0 else tables.reverse, basis, first, second, third, fourth)
    return finish(side, within, i1, log_g, delta, log_tau, value, log_k, ratio)


@njit(cache=True)
def along(log_tau, point, profile, t_knots, basis):  # type: ignore[no-untyped-def]
    """ln h at ln(s t) of one `point` = (side, i1, i1 asked for, ln g, Delta, ln k, odds ratio), from the profile of what is tabulated."""
    side, i1, asked, log_g, delta, log_k, ratio = point
    value = spline(t_knots, profile, min(max(log_tau, LOG_TAU_RANGE[0]), LOG_TAU_RANGE[1]), basis)
    return finish(side, i1, asked, log_g, delta, log_tau, value, log_k, ratio)


@njit(cache=True)
def invert(log_h, point, profile, t_knots):  # type: ignore[no-untyped-def]
    """ln(s t) at which ln h of this point first reaches `log_h`; inf where it never does."""
    basis = np.empty(6)
    low, high = LOG_TAU_RANGE
    start = along(low, point, profile, t_knots, basis)
    if start >= log_h:
        return _root(log_h, -700.0, low, -math.inf, start, point, profile, t_knots, basis)
    if point[0] < 0:  # P may rise, fall and rise again: the first crossing
        first, step = low, (high - low) / 50
        for m in range(50):
            high = first + (m + 1) * step
            end = along(high, point, profile, t_knots, basis)
            if end >= log_h:
                return _root(log_h, low, high, start, end, point, profile, t_knots, basis)
            low, start = high, end
    else:
        end = along(high, point, profile, t_knots, basis)
        if end >= log_h:
            return _root(log_h, low, high, start, end, point, profile, t_knots, basis)
        low, start = high, end
    step = 1.0  # after the last time: wider and wider
    while low < 700:
        high = low + step
        end = along(high, point, profile, t_knots, basis)
        if end >= log_h:
            return _root(log_h, low, high, start, end, point, profile, t_knots, basis)
        low, start, step = high, end, 2 * step
    return math.inf


@njit(cache=True)
def _root(log_h, low, high, at_low, at_high, point, profile, t_knots, basis):  # type: ignore[no-untyped-def]
    """The crossing between low (under log_h) and high (not under), by false position (Illinois) in turn with bisection."""
    under, over, last = at_low - log_h, at_high - log_h, 0
    for k in range(200):
        middle = 0.5 * (low + high)
        if k % 4 < 3 and under > -math.inf and over < math.inf:
            middle = (low * over - high * under) / (over - under)
        at = along(middle, point, profile, t_knots, basis) - log_h
        if abs(at) < 1e-12 or high - low < 1e-13 * max(1.0, abs(low)):
            return middle
        if at < 0:
            low, under = middle, at
            over *= 0.5 if last < 0 else 1.0
            last = -1
        else:
            high, over = middle, at
            under *= 0.5 if last > 0 else 1.0
            last = 1
    return 0.5 * (low + high)


@njit(cache=True)
def log_time(i1, log_g, delta, log_h, tables):  # type: ignore[no-untyped-def]
    """ln(t/tau_D) at which ln(-ln(1 - P)) first reaches `log_h`: the inverse of `log_hazard`; inf where it never does."""
    if not inside(log_g, delta):
        return math.nan
    if math.isinf(log_h):
        return log_h
    side, x, within, offset = coordinates(i1, log_g, delta, 0.0)
    basis = np.empty((4, 6))
    log_k, ratio = _late(side, x, log_g, delta, tables, basis)
    if side < 0 and delta > REVERSE_DELTA:
        return invert_slow(within, log_g, delta, log_h, log_k, ratio)
    first, second, third = _place(side, x, log_g, delta, tables, basis)
    profile = _profile(tables.forward if side > 0 else tables.reverse, basis, first, second, third)
    point = (side, within, i1, log_g, delta, log_k, ratio)
    return invert(log_h, point, profile, tables.t_knots) - offset


@njit(cache=True)
def invert_slow(i1, log_g, delta, log_h, log_k, ratio):  # type: ignore[no-untyped-def]
    """ln t at which `slow` is `log_h`; inf where it never is."""
    _, log_end, _ = _ends(i1, (1 + math.exp(log_g)) / 2, delta, log_k, ratio)
    log_p = log_h if log_h < -37 else math.log(-math.expm1(-math.exp(log_h)))
    if log_p >= log_end:
        return math.inf
    return _log_hazard_of(log_p - log_end) - log_k + log_end


# Loops over cells stand in this file, so that numba's cache of them, which knows only their own file, is renewed with what they call.


@njit(cache=True, nogil=True)
def log_hazards(i1, log_g, delta, log_t, tables):  # type: ignore[no-untyped-def]
    """`log_hazard` elementwise over equally long arrays."""
    out = np.empty(i1.size)
    for c in range(i1.size):
        out[c] = log_hazard(i1[c], log_g[c], delta[c], log_t[c], tables)
    return out


@njit(cache=True, nogil=True)
def log_times(i1, log_g, delta, log_h, tables):  # type: ignore[no-untyped-def]
    """`log_time` elementwise over equally long arrays."""
    out = np.empty(i1.size)
    for c in range(i1.size):
        out[c] = log_time(i1[c], log_g[c], delta[c], log_h[c], tables)
    return out
