"""Closed forms of the switching law, with the ranges in which they hold. The exact law is fokker_planck.py.

In the law's units (times in tau_D), for a device that starts at z = +1 and is driven by a + b z: a constant current is a = i, b = 0; at a
voltage a and b are what `Mtj.drive` gives. A linear drive is a constant one in other units: Delta (1 - b), a/(1 - b), tau_D/(1 - b). Each
function broadcasts and returns an `Estimate`, whose mask says where the form may be used.

Thermal: Brown, Phys. Rev. 130, 1677 (1963), and Kramers' rate; the exponent is 2, for a perpendicular layer. Precessional: the
linear growth of a thermal angle (Sun, Phys. Rev. B 62, 570, 2000; Butler et al., IEEE Trans. Magn. 48, 4684, 2012) from a start with both
its own spread and that of the noise on the way, carried to the equator by the deterministic motion. Between the two, 0.6 < i < 1.5
at Delta 50, there is no closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEAST_BARRIER = 7.8  # kT: i = 0.6 at Delta 50
LEAST_GROWTH = 0.5  # a + b - 1: i = 1.5
LEAST_SHARPNESS = 20.0  # Delta (a + b - 1)


@dataclass(frozen=True, eq=False)
class Estimate:
    """`value`, nan where the form means nothing at all, and where it is `valid`: arrays of one shape."""

    value: Array
    valid: Mask


def thermal_lifetime(a: ArrayLike, b: ArrayLike, delta: ArrayLike) -> Estimate:
    """Time [tau_D] in which the well at z = +1 empties over the barrier: 1/rate.

    sqrt(pi/Delta) exp(Delta (1 - i)^2)/((1 - i)^2 (1 + i)), i the place of the barrier. Valid for i >= 0 with a barrier of 7.8 kT or more
    left: at Delta 50, i < 0.6, where it is 13 % low; at i = 0.8 31 %.
    """
    i, barrier, stiff = _barrier(a, b, delta)
    with np.errstate(all="ignore"):
        value = np.sqrt(np.pi / (np.asarray(delta, dtype=float) * stiff)) * np.exp(barrier) / ((1 - i) ** 2 * (1 + i)) / stiff
    there = (stiff > 0) & (i > -1) & (i < 1)
    return _estimate(value, there, there & (i >= 0) & (barrier >= LEAST_BARRIER))


def thermal_passage(a: ArrayLike, b: ArrayLike, delta: ArrayLike) -> Estimate:
    """Mean first passage [tau_D] of z = 0. Where the barrier is at z = 0 it is half the lifetime: the other half go back.

    The lifetime times (1 + erf(i sqrt(Delta)))/2. Valid as `thermal_lifetime`, 2 to 15 % low.
    """
    from scipy.special import erf

    life = thermal_lifetime(a, b, delta)
    i, _, stiff = _barrier(a, b, delta)
    with np.errstate(all="ignore"):
        share = (1 + erf(i * np.sqrt(np.asarray(delta, dtype=float) * stiff))) / 2
    return Estimate(life.value * share, life.valid)


def thermal_probability(a: ArrayLike, b: ArrayLike, delta: ArrayLike, t: ArrayLike) -> Estimate:
    """P = 1 - exp(-t/lifetime) that a device has switched after t [tau_D]; valid as the lifetime, from 50 tau_D on and for i > 0.15.

    There it is up to 50 % high at the beginning and 20 % later: the flow over the barrier takes some tau_D to build up, and the rate
    itself is high. Without drive P tends to one half.
    """
    life = thermal_lifetime(a, b, delta)
    i, _, stiff = _barrier(a, b, delta)
    with np.errstate(all="ignore"):
        value = -np.expm1(-np.asarray(t, dtype=float) / life.value)
        valid = life.valid & (i > 0.15) & (np.asarray(t) * stiff >= 50)
    return _estimate(value, np.isfinite(value), valid)


def precessional_passage(a: ArrayLike, b: ArrayLike, delta: ArrayLike) -> Estimate:
    """Mean first passage [tau_D] of z = 0 far above the critical drive.

    tau = [gammaE + ln(kappa Delta (i - 1)/i)]/(2 (i - 1)), kappa = 2*2^((i-1)/(i+1))*((i-1)/i)^(2/(i+1)), for a constant i. Valid for
    a + b - 1 >= 0.5 and Delta (a + b - 1) >= 20: 3 % low at i = 1.5 and Delta 50, within 1 % from i = 2 on; within 8 % in all
    that range for |b| < 0.4 a. (pi^2/4 in place of kappa is 26 % high at 2.)
    """
    growth, from_start, way = _growth(a, b, delta)
    with np.errstate(all="ignore"):
        value = (np.euler_gamma + np.log(2 * from_start) + way) / (2 * growth)
    return _estimate(value, growth > 0, _fast(growth, delta))


def precessional_error(a: ArrayLike, b: ArrayLike, delta: ArrayLike, t: ArrayLike) -> Estimate:
    """1 - P, that a device has not switched after t [tau_D]: the angles that started too small.

    1 - exp(-2 Delta_eff exp(C - 2 (a + b - 1) t)), C the deterministic way. Valid as `precessional_passage` with a + b - 1 >= 1: within a
    factor of 2.5 down to 1e-9 for |b| < 0.4 a.
    """
    growth, _, way = _growth(a, b, delta)
    t = np.asarray(t, dtype=float)
    with np.errstate(all="ignore"):
        left = np.exp(way - 2 * growth * t)
        spread = (1 - np.expm1(-2 * growth * t) / growth) / (2 * np.asarray(delta, dtype=float))
        value = -np.expm1(-left / spread)
    return _estimate(value, growth > 0, _fast(growth, delta) & (growth >= 1) & (t > 0))


def _barrier(a: ArrayLike, b: ArrayLike, delta: ArrayLike) -> tuple[Array, Array, Array]:
    """Place of the barrier, its height [kT] and 1 - b, in one shape."""
    a, b, delta = np.broadcast_arrays(*(np.asarray(q, dtype=float) for q in (a, b, delta)))
    stiff = 1 - b
    with np.errstate(all="ignore"):
        i = a / stiff
    return i, delta * stiff * (1 - i) ** 2, stiff


def _growth(a: ArrayLike, b: ArrayLike, delta: ArrayLike) -> tuple[Array, Array, Array]:
    """Rate a + b - 1 of an angle's growth; Delta/(1 + 1/rate), the start with the noise on the way; the way to the equator."""
    a, b, delta = np.broadcast_arrays(*(np.asarray(q, dtype=float) for q in (a, b, delta)))
    growth, across = a + b - 1, a + 1 - b
    with np.errstate(all="ignore"):
        return growth, delta * growth / (growth + 1), (growth * np.log(2) + 2 * (1 - b) * np.log(growth / a)) / across


def _fast(growth: Array, delta: ArrayLike) -> Mask:
    return np.asarray((growth >= LEAST_GROWTH) & (growth * np.asarray(delta, dtype=float) >= LEAST_SHARPNESS))


def _estimate(value: Array, there: Mask, valid: Mask) -> Estimate:
    value = np.where(there, value, np.nan)
    return Estimate(value, np.broadcast_to(valid & np.isfinite(value), value.shape))
