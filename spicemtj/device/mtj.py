"""A magnetic tunnel junction: its parameters, presets, conductance and switching. One `Mtj` may hold one device or an array.

state +1 is parallel (low resistance), -1 antiparallel. A positive voltage drives parallel to antiparallel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, unknown
from . import equations

Array = NDArray[np.float64]
TORQUES = ("current", "voltage")


@dataclass(frozen=True)
class Variation:
    """Relative device-to-device spreads (standard deviations), lognormal and independent: RA, TMR and the anisotropy field."""

    ra: float = 0.0
    tmr: float = 0.0
    hk: float = 0.0

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if not 0 <= value <= 1:
                raise InputError(f"variation.{name} = {value}: a relative spread lies between 0 and 1")

    @classmethod
    def from_mapping(cls, table: Mapping[str, float]) -> Variation:
        for key in table:
            if key not in (names := [f.name for f in dataclasses.fields(cls)]):
                raise unknown("variation", key, names)
        return cls(**table)


@dataclass(frozen=True, eq=False)
class Mtj:
    """A perpendicular MTJ (macrospin). Every field is SI; ra, tmr0 and mu0_hk may be arrays of one shape: a device each.

    diameter, thickness [m] of the free layer; ms [A/m]; mu0_hk [T] effective anisotropy field; alpha; eta (spin-torque
    efficiency); ra [ohm m^2]; tmr0; vh [V] (TMR halves there); temperature [K]; breakdown [V]; torque "current" or "voltage"
    (which of i = V G(z, V)/Ic0 and i = V G_P/Ic0 drives the layer).
    """

    diameter: float
    thickness: float
    ms: float
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

    def __post_init__(self) -> None:
        if self.torque not in TORQUES:
            raise unknown("torque", self.torque, TORQUES)
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            if f.name not in ("torque", "name") and not (np.all(np.isfinite(value)) and np.all(np.asarray(value) > 0)):
                raise InputError(f"Mtj.{f.name} = {value}: it must be a finite number above 0")

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

    def vary(self, shape: tuple[int, ...], variation: Variation, seed: int) -> Mtj:
        """An array of devices of `shape`: lognormal draws around this one, median kept, one stream of random numbers a parameter."""
        streams = np.random.SeedSequence(seed, spawn_key=(0x0D2D,)).spawn(3)
        drawn = {}
        for stream, (name, spread) in zip(
            streams, (("ra", variation.ra), ("tmr0", variation.tmr), ("mu0_hk", variation.hk)), strict=True
        ):
            normal = np.random.default_rng(stream).standard_normal(shape)
            drawn[name] = getattr(self, name) * np.exp(np.sqrt(np.log1p(spread**2)) * normal)
        return dataclasses.replace(self, **drawn)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array of devices; () for one."""
        return np.broadcast_shapes(np.shape(self.ra), np.shape(self.tmr0), np.shape(self.mu0_hk))

    def __getitem__(self, index: Any) -> Mtj:
        """Some devices of an array."""
        if not self.shape:
            raise InputError("this Mtj is a single device; it cannot be indexed")
        parts = {k: np.broadcast_to(getattr(self, k), self.shape)[index] for k in ("ra", "tmr0", "mu0_hk")}
        return dataclasses.replace(self, **parts)

    # -- scales

    @cached_property
    def area(self) -> float:
        """Junction area [m^2]."""
        return equations.area(self.diameter)

    @cached_property
    def r_p(self) -> Any:
        """Parallel resistance RA/A [ohm]."""
        return self.ra / self.area

    @cached_property
    def delta(self) -> Any:
        """Thermal stability mu0 Ms Hk Vol/(2 k T)."""
        return equations.delta(self.ms, self.mu0_hk, self.area * self.thickness, self.temperature)

    @cached_property
    def ic0(self) -> Any:
        """Critical current (4 e alpha/(hbar eta)) Delta k T [A]."""
        return equations.critical_current(self.alpha, self.eta, self.delta, self.temperature)

    @cached_property
    def tau_d(self) -> Any:
        """Relaxation time (1 + alpha^2)/(alpha gamma mu0 Hk) [s]."""
        return equations.relaxation_time(self.alpha, self.mu0_hk)

    def conductance(self, state: ArrayLike, v: ArrayLike = 0.0) -> Array:
        """Conductance [S] at `v` volts; state (m_z) from -1 to +1. Linear in m_z (Slonczewski); broadcasts with the devices."""
        return np.asarray(equations.conductance(np.asarray(state), np.asarray(v, dtype=float), self.r_p, self.tmr0, self.vh))

    # -- switching

    def switching_probability(self, v: ArrayLike, t: ArrayLike, state: ArrayLike) -> Array:
        """Probability that a device in `state` stands on the other side at the end of a rectangular pulse of v volts and t seconds.

        Exact for a macrospin (Fokker-Planck equation in m_z) in every regime; broadcasts over v, t, state and the devices.
        """
        from .switching import probability

        return probability(self, v, t, state)

    def switching_time(self, u: ArrayLike, v: ArrayLike, state: ArrayLike) -> Array:
        """The time [s] by which a fraction `u` of such devices has switched at constant v volts; inf where that never happens."""
        from .switching import quantile_time

        return quantile_time(self, u, v, state)

    def mean_switching_time(self, v: ArrayLike, state: ArrayLike, drive: str = "voltage") -> Array:
        """Mean first passage [s] of m_z = 0 from the thermal equilibrium of `state`; drive="current": v is i = I/Ic0."""
        from .switching import mean_time

        return mean_time(self, v, state, drive)
