"""What a small flip probability hangs on: how ln P answers to the anisotropy field, the current and the time of a pulse.

At constant current a device is i = I/Ic0, Delta and t/tau_D; Hk moves all three (Ic0 and Delta as Hk, tau_D as 1/Hk), RA moves the
current of a given voltage. The slopes are differences of the exact law.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...errors import InputError
from .table import load, log_hazard

if TYPE_CHECKING:
    from ..mtj import Mtj

STEP = 1e-3  # of the logarithms
PULSES = ((1e-3, 100e-9), (1e-3, 10e-9), (1e-3, 2e-9), (0.1, 2e-9), (0.5, 10e-9), (0.5, 2e-9), (0.5, 1e-9))


class Sensitivity(NamedTuple):
    """Of a pulse of `seconds` at a constant current i = I/Ic0 that flips with p: d ln P by ln Hk, ln i, ln t."""

    p: float
    seconds: float
    i: float
    hk: float
    current: float
    time: float


def sensitivity(mtj: Mtj, p: float, seconds: float) -> Sensitivity:
    """Of one device (not an array), whatever its resistance. `InputError` where no current up to 20 Ic0 gives `p`."""
    from scipy.optimize import brentq

    if not 0 < p < 1:
        raise InputError(f"p = {p:g}: a probability lies between 0 and 1")
    if mtj.shape:
        raise InputError("the sensitivity of a pulse is that of one device; take one out of the array")
    delta, log_t = float(mtj.delta), float(np.log(seconds / mtj.tau_d))

    def log_p(log_i: float, log_hk: float = 0.0, longer: float = 0.0) -> float:
        # ln h at drive i/hk, Delta hk, t hk
        at = np.exp(log_i - log_hk), 0.0, delta * np.exp(log_hk), log_t + log_hk + longer
        return float(np.log(-np.expm1(-np.exp(log_hazard(*at, load())))))

    low, high = np.log(0.02), np.log(20.0)
    if not log_p(low) < np.log(p) < log_p(high):
        raise InputError(
            f"no current from 0.02 to 20 Ic0 flips {mtj.name} with P = {p:g} in {seconds:g} s; choose another width"
        )
    log_i = float(brentq(lambda x: log_p(x) - np.log(p), low, high, xtol=1e-10))

    def slope(hk: float, current: float, time: float) -> float:
        ends = [log_p(log_i + s * current * STEP, s * hk * STEP, s * time * STEP) for s in (1, -1)]
        return (ends[0] - ends[1]) / (2 * STEP)

    return Sensitivity(p, seconds, float(np.exp(log_i)), slope(1, 0, 0), slope(0, 1, 0), slope(0, 0, 1))


def sensitivities(mtj: Mtj, pulses: Sequence[tuple[float, float]] = PULSES) -> list[Sensitivity]:
    """Of several pulses (P, seconds)."""
    return [sensitivity(mtj, p, seconds) for p, seconds in pulses]


def table(found: Sequence[Sensitivity]) -> tuple[list[str], list[list[str]]]:
    """Head and lines of text."""
    head = ["P", "ns", "i", "to ln Hk", "to ln i (RA, voltage)", "to ln t"]
    return head, [
        [f"{s.p:g}", f"{1e9 * s.seconds:g}", f"{s.i:.3f}", f"{s.hk:.1f}", f"{s.current:.1f}", f"{s.time:.2f}"] for s in found
    ]
