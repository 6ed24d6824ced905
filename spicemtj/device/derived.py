"""What follows from a device's parameters and people ask for: critical voltages, barriers, retention."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from . import formulas

if TYPE_CHECKING:
    from .mtj import Mtj

MEANING = {
    "delta": ("1", "thermal stability without offset field"),
    "ic0": ("A", "critical current without offset field and VCMA"),
    "tau_d": ("s", "relaxation time"),
    "r_p": ("ohm", "resistance, parallel"),
    "r_ap": ("ohm", "resistance, antiparallel, at 0 V"),
    "vc0_p": ("V", "critical voltage out of the parallel state"),
    "vc0_ap": ("V", "critical voltage out of the antiparallel state"),
    "barrier_p": ("1", "barrier of the parallel state over k T, at 0 V"),
    "barrier_ap": ("1", "barrier of the antiparallel state over k T, at 0 V"),
    "retention_p": ("s", "1/rate of escape from the parallel state at 0 V"),
    "retention_ap": ("s", "1/rate of escape from the antiparallel state at 0 V"),
    "offset": ("1", "offset field over anisotropy field"),
    "vcma_slope": ("1/V", "share of the anisotropy field that VCMA takes per volt"),
}

SEARCHED = 10.0  # V: no barrier stands that


def critical_voltage(mtj: Mtj, state: int) -> float:
    """The lowest voltage (with sign) out of `state` at which a device without thermal agitation leaves it; nan where none below 10 V does.

    Above 0 V for the parallel state, below for the antiparallel one: where the drive at the state's own pole reaches 1.
    """
    volts = np.linspace(0.0, SEARCHED, 4001) * state
    leaves = state * mtj.drive(state, volts) >= 1
    if not leaves.any():
        return float("nan")
    first = int(np.argmax(leaves))
    if first == 0:
        return 0.0
    low, high = float(volts[first - 1]), float(volts[first])
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if state * mtj.drive(state, middle) >= 1 else (middle, high)
    return high


def barrier(mtj: Mtj, state: int) -> float:
    """Energy barrier of a state over k T at 0 V, offset field included; 0 where the field holds the device in the other state."""
    return float(formulas.barrier(mtj.delta, mtj.offset, state)) if state * mtj.offset > -1 else 0.0


def retention(mtj: Mtj, state: int) -> float:
    """1/(rate of escape from `state`) [s] at 0 V; nan where the switching law does not reach."""
    try:
        return float(mtj.retention_time(state))
    except InputError:
        return float("nan")


def figures(mtj: Mtj) -> dict[str, float]:
    """Everything of `MEANING` for one device at its temperature."""
    found = {name: float(getattr(mtj, name)) for name in ("delta", "ic0", "tau_d", "r_p", "offset", "vcma_slope")}
    found["r_ap"] = 1 / float(mtj.conductance(-1, 0.0))
    for state, suffix in ((1, "p"), (-1, "ap")):
        found[f"vc0_{suffix}"] = critical_voltage(mtj, state)
        found[f"barrier_{suffix}"] = barrier(mtj, state)
        found[f"retention_{suffix}"] = retention(mtj, state)
    return {name: found[name] for name in MEANING}
