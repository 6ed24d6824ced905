"""A junction from measured quantities alone: Delta, Vc0, tau0, TMR and R_P, without a geometry.

The switching law of a macrospin knows a device by Delta, by V/Vc0, by t/tau_D and by the ratio of its conductances, so that these five
numbers say all that a measurement can see. `effective` finds a macrospin that has them.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ..errors import InputError, unknown
from .mtj import Mtj
from .switching import closed_forms

# What the set itself fixes, by the names of `Mtj`, and the names that say it here.
FIXED = {"ms": "delta", "mu0_hk": "tau0", "eta": "vc0", "ra": "r_p", "tmr0": "tmr"}
NOMINAL = tuple(f.name for f in dataclasses.fields(Mtj) if f.name not in FIXED)


def effective(
    delta: float,
    vc0: float,
    tau0: float,
    tmr: float,
    r_p: float,
    *,
    vh: float = 0.5,
    torque: str = "voltage",
    temperature: float = 300.0,
    diameter: float = 40e-9,
    thickness: float = 1.3e-9,
    alpha: float = 0.02,
    **others: Any,
) -> Mtj:
    """An equivalent macrospin with exactly these scales at `temperature`.

    delta : thermal stability factor E/(k T) at that temperature
    vc0 : critical voltage of the parallel state [V], Ic0 R_P; with torque="voltage" of both states
    tau0 : relaxation time tau_D = (1 + alpha^2)/(alpha gamma mu0 Hk) [s], the unit of time of the switching law. It is not the attempt
        time of the Néel-Arrhenius formula 1/rate = attempt exp(Delta (1 - V/Vc0)^2): by Brown (Phys. Rev. 130, 1677, 1963)
        attempt = tau0 sqrt(pi/Delta)/((1 - i)^2 (1 + i)) with i = V/Vc0, at 0 V a quarter of tau0 for Delta = 50. See `attempt_time`.
    tmr : at 0 V, as a fraction; it halves at `vh` volts
    r_p : resistance of the parallel state [ohm]
    others : further fields of `Mtj` (`name`, `breakdown`, ...), but those that the set fixes

    `diameter`, `thickness` and `alpha` are nominal; ms, mu0_hk, eta and ra follow and mean nothing by themselves. The set holds at
    `temperature`, which is also its t_ref. `dataclasses.replace(mtj, temperature=...)` carries it to another one by the laws of `Mtj`, with
    no demagnetisation to subtract (demag 0), since that would need the true Ms. `InputError` for a value that is not finite and above 0
    and for names that are none of these.
    """
    given = {"delta": delta, "vc0": vc0, "tau0": tau0, "tmr": tmr, "r_p": r_p}
    for name, value in given.items():
        number = np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf"
        if not (number and np.isfinite(value) and value > 0):
            raise InputError(f"effective set: {name} = {value}: it must be one finite number above 0")
    for name in others:
        if name in FIXED:
            raise InputError(f"effective set: {name} follows from the five numbers; give {FIXED[name]} and leave {name} out")
        if name not in NOMINAL:
            raise unknown("parameter of an effective set", name, (*given, *NOMINAL))
    more: dict[str, Any] = {"name": "effective", "t_ref": temperature, "demag": 0.0} | others
    # Any macrospin will do to start from: tau_D goes as 1/Hk, Delta as Ms Hk, Ic0 as Delta/eta and R_P as RA.
    some = Mtj(
        diameter=diameter,
        thickness=thickness,
        ms=1e6,
        mu0_hk=0.25,
        alpha=alpha,
        eta=0.6,
        ra=8e-12,
        tmr0=tmr,
        vh=vh,
        temperature=temperature,
        torque=torque,
        **more,
    )
    field = some.tau_d / tau0
    barrier = delta / some.delta
    return dataclasses.replace(
        some,
        mu0_hk=some.mu0_hk * field,
        ms=some.ms * barrier / field,
        eta=some.eta * barrier * some.ic0 * r_p / vc0,
        ra=some.ra * r_p / some.r_p,
    )


def attempt_time(delta: float, tau0: float, overdrive: float = 0.0) -> float:
    """tau0 sqrt(pi/Delta)/((1 - i)^2 (1 + i)) [s], the prefactor of exp(Delta (1 - i)^2) at i = V/Vc0, good below i = 0.6.

    nan where there is no barrier (|i| >= 1), and for one above 700 k T, whose exponential is no float any more.
    """
    lifetime = float(closed_forms.thermal_lifetime(overdrive, 0.0, delta).value)
    return float(tau0 * lifetime * np.exp(-delta * (1 - overdrive) ** 2))
