"""A magnetic tunnel junction: its parameters, presets, conductance and switching. One `Mtj` may hold one device or an array.

state +1 is parallel (low resistance), -1 antiparallel. A positive voltage drives parallel to antiparallel.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, unknown
from . import equations, formulas
from .equations import VARYING
from .variation import Variation, drawn

Array = NDArray[np.float64]
TORQUES = ("current", "voltage")


@dataclass(frozen=True, eq=False)
class Mtj:
    """A perpendicular MTJ (macrospin). Every field is SI; those of VARYING may be arrays of one shape: a device each.

    diameter, thickness [m] of the free layer; ms [A/m]; mu0_hk [T] effective anisotropy field; alpha; eta (spin-torque
    efficiency); ra [ohm m^2]; tmr0; vh [V] (TMR halves there); temperature [K]; breakdown [V]; torque "current" or "voltage"
    (which of i = V G(z, V)/Ic0 and i = V G_P/Ic0 drives the layer). Material values hold at t_ref [K]; t_curie [K], ki_exponent,
    spin_wave [K^-1.5] and demag carry them to `temperature`. mu0_hoff [T]: offset field, above 0 it favours parallel. vcma [J/(V m)]
    and vcma_exponent: above 0 a positive voltage over a barrier of thickness oxide [m] lowers the anisotropy. field_like: the
    field-like torque relative to the damping-like one, for the LLG alone. `equations.PARAMETERS` gives ranges and sources.
    """

    diameter: Any
    thickness: Any
    ms: Any
    mu0_hk: Any
    alpha: float
    eta: float
    ra: Any
    tmr0: Any
    vh: float = 0.5
    temperature: float = 300.0
    breakdown: float = 1.2
    torque: str = "current"
    name: str = field(default="custom")
    mu0_hoff: Any = 0.0
    vcma: float = 0.0
    oxide: float = 1e-9
    field_like: float = 0.0
    t_ref: float = 300.0
    t_curie: float = 1120.0
    ki_exponent: float = 2.18
    spin_wave: float = 2e-5
    demag: float = 0.93
    vcma_exponent: float = 2.83

    def __post_init__(self) -> None:
        if self.torque not in TORQUES:
            raise unknown("torque", self.torque, TORQUES)
        for parameter in (*equations.PARAMETERS, *OTHERS):
            _check(parameter, getattr(self, parameter.symbol))
        if not max(self.temperature, self.t_ref) < self.t_curie:
            name = "t_ref" if self.t_ref >= self.t_curie else "temperature"
            raise InputError(
                f"Mtj.{name} = {getattr(self, name)} K: from t_curie = {self.t_curie} K on nothing is magnetic; lower it"
            )
        if np.size(self.tmr0_t) and not (np.all(np.isfinite(self.tmr0_t)) and np.all(np.asarray(self.tmr0_t) > 0)):
            raise InputError(
                f"at {self.temperature} K the law of spin waves leaves no TMR: spin_wave = {self.spin_wave:g} takes the polarisation of "
                f"tmr0 = {np.max(self.tmr0):g} out of 0 to 1; lower spin_wave or tmr0"
            )
        if np.size(self.mu0_hk_t) and not np.all(np.asarray(self.mu0_hk_t) > 0):
            raise InputError(
                f"at {self.temperature} K the anisotropy field is {np.min(self.mu0_hk_t):.3g} T: the layer is no longer perpendicular; "
                "lower the temperature or raise mu0_hk"
            )

    @classmethod
    def preset(cls, name: str, **changes: Any) -> Mtj:
        """A named parameter set of models/presets.toml; `changes` replace single fields (`temperature=350.0`)."""
        from .presets import mtj_preset

        values = mtj_preset(name) | changes
        known = {f.name for f in dataclasses.fields(cls)}
        for key in values:
            if key not in known:
                raise unknown("Mtj parameter", key, known)
        return cls(**values)

    @classmethod
    def effective(cls, delta: float, vc0: float, tau0: float, tmr: float, r_p: float, **nominal: Any) -> Mtj:
        """A junction with these measured scales and no geometry; see `effective.effective` for what each is and for `nominal`."""
        from .effective import effective

        return effective(delta, vc0, tau0, tmr, r_p, **nominal)

    def vary(self, shape: tuple[int, ...], variation: Variation, seed: int) -> Mtj:
        """An array of devices of `shape` around this one: lognormal draws, medians kept, one stream of random numbers a parameter."""
        return dataclasses.replace(self, **drawn(self, variation, shape, seed))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array of devices; () for one."""
        return np.broadcast_shapes(*(np.shape(getattr(self, name)) for name in VARYING))

    def __getitem__(self, index: Any) -> Mtj:
        """Some devices of an array."""
        if not self.shape:
            raise InputError("this Mtj is a single device; it cannot be indexed")
        varied = {name: getattr(self, name) for name in VARYING if np.ndim(getattr(self, name))}
        return dataclasses.replace(self, **{k: np.broadcast_to(v, self.shape)[index] for k, v in varied.items()})

    # -- scales, at `temperature`

    @cached_property
    def area(self) -> Any:
        """Junction area [m^2]."""
        return formulas.area(self.diameter)

    @cached_property
    def magnetisation(self) -> float:
        """Ms(temperature)/Ms(t_ref)."""
        return float(formulas.magnetisation(self.temperature, self.t_ref, self.t_curie))

    @cached_property
    def ms_t(self) -> Any:
        """Saturation magnetisation [A/m]."""
        return formulas.ms_t(self.ms, self.magnetisation)

    @cached_property
    def mu0_hk_t(self) -> Any:
        """Effective anisotropy field [T] at 0 V."""
        return formulas.mu0_hk_t(self.mu0_hk, self.ms, self.demag, self.magnetisation, self.ki_exponent)

    @cached_property
    def tmr0_t(self) -> Any:
        """TMR at 0 V."""
        return formulas.tmr0_t(self.tmr0, formulas.polarisation(self.temperature, self.t_ref, self.spin_wave))

    @cached_property
    def r_p(self) -> Any:
        """Parallel resistance RA/A [ohm]."""
        return formulas.r_p(self.ra, self.area)

    @cached_property
    def delta(self) -> Any:
        """Thermal stability mu0 Ms Hk Vol/(2 k T), without offset field."""
        return formulas.delta(self.ms_t, self.mu0_hk_t, formulas.volume(self.area, self.thickness), self.temperature)

    @cached_property
    def ic0(self) -> Any:
        """Critical current (4 e alpha/(hbar eta)) Delta k T [A]."""
        return formulas.ic0(self.alpha, self.eta, self.delta, self.temperature)

    @cached_property
    def tau_d(self) -> Any:
        """Relaxation time (1 + alpha^2)/(alpha gamma mu0 Hk) [s]."""
        return formulas.tau_d(self.alpha, self.mu0_hk_t)

    @cached_property
    def offset(self) -> Any:
        """Offset field over anisotropy field: the barriers of P and AP are Delta (1 + offset)^2 and Delta (1 - offset)^2."""
        return formulas.offset(self.mu0_hoff, self.mu0_hk_t)

    @cached_property
    def vcma_slope(self) -> Any:
        """VCMA [1/V]: at V volts the anisotropy field is mu0_hk_t (1 - vcma_slope V)."""
        return formulas.vcma_slope(
            self.vcma, self.magnetisation, self.vcma_exponent, self.oxide, self.thickness, self.ms_t, self.mu0_hk_t
        )

    def conductance(self, state: ArrayLike, v: ArrayLike = 0.0) -> Array:
        """Conductance [S] at `v` volts; state (m_z) from -1 to +1. Linear in m_z (Slonczewski); broadcasts with the devices."""
        z, v = np.asarray(state), np.asarray(v, dtype=float)
        return np.asarray(formulas.conductance(z, v, self.r_p, self.tmr0_t, self.vh))

    def spin_torque(self, z: ArrayLike, v: ArrayLike) -> Array:
        """Spin torque i over its critical value on m_z = `z` at `v` volts, by the device's torque law; broadcasts. Linear in z."""
        z, v = np.asarray(z, dtype=float), np.asarray(v, dtype=float)
        if self.torque == "voltage":
            return np.asarray(formulas.torque_by_voltage(v, self.r_p, self.ic0) + 0 * z)
        return np.asarray(formulas.torque_by_current(v, self.conductance(z, v), self.ic0))

    def drive(self, z: ArrayLike, v: ArrayLike) -> Array:
        """What drives m_z = `z` at `v` volts, in dz/dt = (1 - z^2)(z - drive)/tau_d: torque, VCMA and offset field; broadcasts.

        Linear in z. Above z it drives towards antiparallel.
        """
        z, v = np.asarray(z, dtype=float), np.asarray(v, dtype=float)
        return np.asarray(formulas.drive(z, v, self.spin_torque(z, v), self.vcma_slope, self.offset))

    # -- switching

    def switching_probability(self, v: ArrayLike, t: ArrayLike, state: ArrayLike) -> Array:
        """Probability that a device in `state` stands on the other side at the end of a rectangular pulse of v volts and t seconds.

        Exact for a macrospin (Fokker-Planck equation in m_z) in every regime; broadcasts over v, t, state and the devices.
        """
        from .switching.law import probability

        return probability(self, v, t, state)

    def switching_time(self, u: ArrayLike, v: ArrayLike, state: ArrayLike) -> Array:
        """The time [s] by which a fraction `u` of such devices has switched at constant v volts; inf where that never happens."""
        from .switching.law import quantile_time

        return quantile_time(self, u, v, state)

    def mean_switching_time(self, v: ArrayLike, state: ArrayLike, drive: str = "voltage") -> Array:
        """Mean first passage [s] of m_z = 0 from the thermal equilibrium of `state`; drive="current": v is i = I/Ic0."""
        from .switching.law import mean_time

        return mean_time(self, v, state, drive)

    def retention_time(self, state: ArrayLike) -> Array:
        """Mean time [s] that a device left alone stays in `state`: the inverse of its escape rate at 0 V.

        exp(Delta (1 + offset)^2) for P, exp(Delta (1 - offset)^2) for AP, times the time between attempts; inf where there is no
        other state.
        """
        from .switching.law import retention_time

        return retention_time(self, state)

    def disturb_probability(self, v: ArrayLike, t: ArrayLike, state: ArrayLike, pulses: ArrayLike = 1) -> Array:
        """Probability that one of `pulses` pulses of v volts and t seconds switches a device: 1 - (1 - P)^pulses, right for any small P.

        Each pulse is taken to find the device at rest in `state`.
        """
        from .switching.law import disturb_probability

        return disturb_probability(self, v, t, state, pulses)


OTHERS = (
    equations.Parameter("breakdown", "V", 1.2, 0, np.inf, "voltage that the barrier stands"),
    equations.Parameter("field_like", "1", 0.0, -np.inf, np.inf, "field-like torque relative to the damping-like one"),
)


def _check(parameter: equations.Parameter, value: Any) -> None:
    """`InputError` unless every value is a finite number in the parameter's range."""
    if np.ndim(value) and parameter.symbol not in VARYING:
        raise InputError(f"Mtj.{parameter.symbol} is an array; what may differ from device to device is {', '.join(VARYING)}")
    if np.asarray(value).dtype.kind not in "iuf":
        raise InputError(f"Mtj.{parameter.symbol} = {value!r}: give a number in {parameter.unit} (SI units)")
    for number in (np.min(value), np.max(value)) if np.size(value) else ():
        if not (np.isfinite(number) and parameter.allows(float(number))):
            unit = "" if parameter.unit == "1" else f" {parameter.unit}"
            raise InputError(f"Mtj.{parameter.symbol} = {number:g}{unit}: it must be a finite number in {parameter.range}")
