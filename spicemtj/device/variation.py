"""How devices of one design differ: from device to device by geometry and material, and from pulse to pulse.

All spreads are relative standard deviations of lognormal factors, so that medians stay the nominal values. Laws:

* diameter d: area, and with it resistance, barrier and critical current. The critical voltage Ic0 R_P does not depend on it.
* thickness t of the free layer, interface anisotropy Ki, magnetisation Ms: mu0_hk = 2 Ki/(t Ms) - mu0 Ms demag (Ikeda et al., Nature
  Materials 9, 721 (2010)), the first term being mu0_hk + mu0 ms demag of the nominal device. demag stays that of the nominal shape.
* oxide: RA goes as oxide exp(oxide/DECAY) (Simmons, J. Appl. Phys. 34, 1793 (1963), at low voltage). It acts on RA alone.
* ra, tmr, hk: RA, TMR and mu0_hk by themselves, beside what the others do to them.
* c2c_hk: mu0_hk anew in every pulse.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, unknown
from . import formulas
from .equations import ELECTRON, HBAR, MU0

if TYPE_CHECKING:
    from .mtj import Mtj

Array = NDArray[np.float64]

# One stream of random numbers each, in this order: a new one goes to the end.
DEVICE_TO_DEVICE = ("ra", "tmr", "hk", "diameter", "thickness", "oxide", "ms", "ki")

ELECTRON_MASS = 9.1093837015e-31  # kg (CODATA 2018)
BARRIER = 0.4  # eV, of MgO: SPINLIB's models take it; Yuasa et al., Nature Materials 3, 868 (2004), find 0.39
# WKB: twice the decay of the wave function
DECAY = HBAR / (2 * math.sqrt(2 * ELECTRON_MASS * BARRIER * ELECTRON))  # m, 0.154 nm


@dataclass(frozen=True)
class Variation:
    """Relative spreads (one standard deviation) between the devices of an array, and of one device from pulse to pulse (c2c_hk).

    ra, tmr, hk: resistance-area product, TMR, anisotropy field; diameter; thickness of the free layer; oxide: thickness of the barrier; ms:
    magnetisation; ki: interface anisotropy; c2c_hk: anisotropy field from pulse to pulse. Laws: this module's text.
    """

    ra: float = 0.0
    tmr: float = 0.0
    hk: float = 0.0
    diameter: float = 0.0
    thickness: float = 0.0
    oxide: float = 0.0
    ms: float = 0.0
    ki: float = 0.0
    c2c_hk: float = 0.0

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if not (isinstance(value, int | float | np.number) and 0 <= value <= 1):
                raise InputError(f"variation.{name} = {value!r}: a relative spread is a number between 0 and 1")

    @classmethod
    def from_mapping(cls, table: Mapping[str, float]) -> Variation:
        for key in table:
            if key not in (names := [f.name for f in dataclasses.fields(cls)]):
                raise unknown("variation", key, names)
        return cls(**table)

    @property
    def between_devices(self) -> bool:
        """Whether devices differ at all."""
        return any(getattr(self, name) > 0 for name in DEVICE_TO_DEVICE)


def log_spread(spread: float) -> float:
    """Standard deviation of the logarithm of a lognormal quantity with this relative standard deviation."""
    return float(np.sqrt(np.log1p(spread**2)))


def drawn(device: Mtj, variation: Variation, shape: tuple[int, ...], seed: int) -> dict[str, Any]:
    """Fields of `Mtj` for devices of `shape` around `device`; `InputError` where one of them has no perpendicular axis left."""
    streams = np.random.SeedSequence(seed, spawn_key=(0x0D2D,)).spawn(len(DEVICE_TO_DEVICE))
    factor = {}
    for stream, name in zip(streams, DEVICE_TO_DEVICE, strict=True):
        spread = getattr(variation, name)
        normal = np.random.default_rng(stream).standard_normal(shape) if spread > 0 else np.zeros(shape)
        factor[name] = np.exp(log_spread(spread) * normal)
    found: dict[str, Any] = {
        "ra": formulas.varied_ra(device.ra, device.oxide, factor["oxide"], DECAY) * factor["ra"],
        "tmr0": device.tmr0 * factor["tmr"],
        "mu0_hk": formulas.varied_mu0_hk(
            device.mu0_hk, device.ms, device.demag, factor["ki"], factor["thickness"], factor["ms"]
        )
        * factor["hk"],
    }
    for name in ("diameter", "thickness", "oxide", "ms"):
        if getattr(variation, name) > 0:
            found[name] = getattr(device, name) * factor[name]
    lost = int(np.sum(found["mu0_hk"] <= 0))
    if lost:
        raise InputError(
            f"variation: in {lost} of {found['mu0_hk'].size} devices demagnetisation outweighs the interface anisotropy; "
            "lower the spread of ki, thickness or ms"
        )
    return found


def cycled(device: Mtj, spread: float, normal: ArrayLike) -> Mtj:
    """The devices as they are in one pulse: the anisotropy field off by a lognormal factor, from standard normal numbers."""
    return dataclasses.replace(device, mu0_hk=device.mu0_hk * np.exp(log_spread(spread) * np.asarray(normal)))


# -- to first order


def sensitivities(device: Mtj) -> dict[str, dict[str, float]]:
    """d ln(figure)/d ln(parameter) of one device, at its temperature: figures r_p, tmr, hk, delta, ic0 and vc0 = Ic0 R_P."""
    # mu0_hk_t = interface - shape: what of each is left at the temperature, over mu0_hk_t
    power, hk_t = device.magnetisation ** (device.ki_exponent - 1), device.mu0_hk_t
    shape = MU0 * device.ms * device.demag
    interface, shape_t = (device.mu0_hk + shape) * power / hk_t, shape * device.magnetisation / hk_t
    hk = {"hk": device.mu0_hk * power / hk_t, "ki": interface, "thickness": -interface, "ms": -interface - shape_t}
    delta = hk | {"diameter": 2.0, "thickness": 1 - interface, "ms": 1 - interface - shape_t}
    r_p = {"ra": 1.0, "oxide": 1 + device.oxide / DECAY, "diameter": -2.0}
    kept = formulas.polarisation(device.temperature, device.t_ref, device.spin_wave) ** 2
    tmr = {"tmr": 2 / (2 + device.tmr0 * (1 - kept))}
    vc0 = {name: delta.get(name, 0.0) + r_p.get(name, 0.0) for name in DEVICE_TO_DEVICE}
    found = {"r_p": r_p, "tmr": tmr, "hk": hk, "delta": delta, "ic0": delta, "vc0": vc0}
    return {figure: {name: float(values.get(name, 0.0)) for name in DEVICE_TO_DEVICE} for figure, values in found.items()}


def pulse_spreads(device: Mtj, variation: Variation) -> dict[str, float]:
    """Relative spreads of the figures of `sensitivities` from pulse to pulse (c2c_hk), to first order. They all go together."""
    return {figure: slopes["hk"] * log_spread(variation.c2c_hk) for figure, slopes in sensitivities(device).items()}


def covariance(device: Mtj, variation: Variation) -> tuple[tuple[str, ...], Array]:
    """The figures of `sensitivities` and the covariance matrix of their logarithms from device to device, to first order."""
    slopes = sensitivities(device)
    sigma = np.array([log_spread(getattr(variation, name)) for name in DEVICE_TO_DEVICE])
    matrix = np.array([[slopes[figure][name] for name in DEVICE_TO_DEVICE] for figure in slopes]) * sigma
    return tuple(slopes), matrix @ matrix.T
