"""The laws of temperature against the same laws by hand, and what follows from them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from spicemtj.device import derived, presets
from spicemtj.device.mtj import Mtj
from spicemtj.errors import InputError

K, E, HBAR, MU0, GAMMA = 1.380649e-23, 1.602176634e-19, 1.054571817e-34, 1.25663706212e-6, 1.76085963e11
TEMPERATURES = (250.0, 300.0, 358.0, 400.0)

# ref-pma-40, worked out apart from this package: Bloch's law with 1120 K, Ki ~ Ms^2.18, Nz - Nx = 0.93, polarisation 1 - 2e-5 T^1.5
PRINTED = {
    250.0: {"ms_t": 1.0385089e6, "mu0_hk_t": 0.26968199, "tmr0_t": 1.3118134, "delta": 66.276883, "ic0": 46.340246e-6},
    300.0: {"ms_t": 1.0e6, "mu0_hk_t": 0.25, "tmr0_t": 1.2, "delta": 49.301336, "ic0": 41.365302e-6},
    358.0: {"ms_t": 0.95113935e6, "mu0_hk_t": 0.22567233, "tmr0_t": 1.0724689, "delta": 35.471486, "ic0": 35.515559e-6},
    400.0: {"ms_t": 0.91315652e6, "mu0_hk_t": 0.20727705, "tmr0_t": 0.98299650, "delta": 27.994736, "ic0": 31.317900e-6},
}


def by_hand(t: float) -> dict[str, float]:
    """ref-pma-40 at a temperature, every law written out; the anisotropy from Ki in J/m^2."""
    m = (1 - (t / 1120) ** 1.5) / (1 - (300 / 1120) ** 1.5)
    ms = 1e6 * m
    ki = (0.25 + MU0 * 1e6 * 0.93) * 1.3e-9 * 1e6 / 2 * m**2.18
    field = 2 * ki / (1.3e-9 * ms) - MU0 * ms * 0.93
    p2 = 1.2 / (2 + 1.2) * ((1 - 2e-5 * t**1.5) / (1 - 2e-5 * 300**1.5)) ** 2
    energy = ms * field * math.pi / 4 * 40e-9**2 * 1.3e-9 / 2
    return {
        "ms_t": ms,
        "mu0_hk_t": field,
        "tmr0_t": 2 * p2 / (1 - p2),
        "delta": energy / (K * t),
        "ic0": 4 * E * 0.02 / (HBAR * 0.6) * energy,
        "tau_d": (1 + 0.02**2) / (0.02 * GAMMA * field),
        "r_p": 8e-12 / (math.pi / 4 * 40e-9**2),
    }


@pytest.mark.parametrize("t", TEMPERATURES)
def test_the_laws_by_hand(t: float) -> None:
    mtj = Mtj.preset("ref-pma-40", temperature=t)
    for name, value in by_hand(t).items():
        assert getattr(mtj, name) == pytest.approx(value, rel=1e-12, abs=0), name
    for name, value in PRINTED[t].items():
        assert getattr(mtj, name) == pytest.approx(value, rel=1e-7, abs=0), name
    assert 1 / mtj.conductance(-1, 0.5) == pytest.approx(mtj.r_p * (1 + mtj.tmr0_t / 2), rel=1e-12)
    assert 1 / mtj.conductance(1, 0.5) == pytest.approx(mtj.r_p, rel=1e-12)


@pytest.mark.parametrize("name", presets.names())
def test_at_the_reference_temperature_nothing_changes(name: str) -> None:
    """Whatever the constants of the laws, and whatever the reference temperature is."""
    for t in (300.0, 350.0):
        laws = {"t_curie": 900.0, "ki_exponent": 3.0, "spin_wave": 5e-5, "demag": 0.5, "vcma_exponent": 1.0}
        mtj = Mtj.preset(name, temperature=t, t_ref=t, **laws)
        assert mtj.magnetisation == 1
        assert mtj.ms_t == mtj.ms
        assert mtj.mu0_hk_t == mtj.mu0_hk
        assert mtj.tmr0_t == pytest.approx(mtj.tmr0, rel=1e-15)
        energy = mtj.ms * mtj.mu0_hk * math.pi / 4 * mtj.diameter**2 * mtj.thickness / 2
        assert mtj.delta == pytest.approx(energy / (K * t), rel=1e-12)
        assert mtj.vcma_slope == pytest.approx(
            2 * mtj.vcma / (mtj.oxide * mtj.thickness * mtj.ms * mtj.mu0_hk), rel=1e-12, abs=0
        )


@pytest.mark.parametrize("name", presets.names())
def test_the_barrier_falls_faster_than_one_over_temperature(name: str) -> None:
    """As do Ms, Hk, TMR and Ic0 with it; Ic0 falls as the barrier in joules, without the 1/T."""
    cold, warm = Mtj.preset(name, temperature=300.0), Mtj.preset(name, temperature=358.0)
    assert warm.delta / cold.delta < 300 / 358
    assert warm.ic0 / cold.ic0 == pytest.approx(warm.delta / cold.delta * 358 / 300, rel=1e-12)
    for value in ("ms_t", "mu0_hk_t", "tmr0_t", "ic0"):
        assert getattr(warm, value) < getattr(cold, value)
    assert warm.tau_d > cold.tau_d
    assert warm.r_p == cold.r_p


def test_retention_falls_and_a_write_gets_easier_with_temperature() -> None:
    """Retention over the range of a product, -40 to 125 degrees, falls by decades; fewer volts switch, with less current."""
    at = [Mtj.preset("ref-pma-40", temperature=t) for t in (233.0, 298.0, 358.0, 398.0)]
    kept = [derived.retention(mtj, 1) for mtj in at]
    assert all(a > 100 * b for a, b in itertools.pairwise(kept))
    assert kept[1] > 10 * 365 * 86400 > kept[2]
    volts = [abs(derived.critical_voltage(mtj, -1)) for mtj in at]
    assert volts == sorted(volts, reverse=True)
    p = [float(mtj.switching_probability(0.3, 5e-9, 1)) for mtj in at]
    assert p == sorted(p)


def test_temperature_acts_on_every_device_of_an_array() -> None:
    from spicemtj.device.variation import Variation

    warm = Mtj.preset("ref-pma-40", temperature=358.0).vary((3, 4), Variation(hk=0.05, tmr=0.1, ms=0.002), seed=1)
    for i, j in np.ndindex(3, 4):
        one = warm[i, j]
        for name in ("ms_t", "mu0_hk_t", "tmr0_t", "delta", "ic0", "tau_d"):
            assert getattr(one, name) == np.broadcast_to(getattr(warm, name), (3, 4))[i, j]


@pytest.mark.parametrize(("changes", "words"), [
    ({"temperature": 1120.0}, r"temperature = 1120\.0 K: from t_curie = 1120\.0 K on nothing is magnetic"),
    ({"temperature": 300.0, "t_curie": 290.0}, "nothing is magnetic"),
    ({"temperature": 0.0}, "temperature = 0 K: it must be a finite number"),
    ({"temperature": math.nan}, "temperature = nan K"),
    ({"temperature": 900.0}, r"at 900\.0 K the anisotropy field is -?\d.* the layer is no longer perpendicular"),
])  # fmt: skip
def test_beyond_the_laws_it_says_so(changes: dict[str, float], words: str) -> None:
    device = {"mu0_hk": 0.02, "ki_exponent": 2.5} if changes["temperature"] == 900.0 else {}
    with pytest.raises(InputError, match=words):
        Mtj.preset("ref-pma-40", **(device | changes))
