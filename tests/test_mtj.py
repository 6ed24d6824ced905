"""`Mtj`: derived scales, presets, conductance, variation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spicemtj.device import equations, formulas
from spicemtj.device.mtj import Mtj
from spicemtj.device.variation import Variation
from spicemtj.errors import InputError


def test_scales_of_the_reference_device() -> None:
    mtj = Mtj.preset("ref-pma-40")
    assert mtj.delta == pytest.approx(49.3013, rel=2e-6)
    assert mtj.ic0 == pytest.approx(41.3653e-6, rel=2e-6)
    assert mtj.tau_d == pytest.approx(1.136263e-9, rel=1e-6)
    assert mtj.r_p == pytest.approx(6366.2, rel=1e-5)


def test_scales_agree_with_their_other_forms() -> None:
    """Ic0 = 2 e alpha mu0 Ms Hk Vol/(hbar eta); a tenth of Hk moves Delta and Ic0 with it and tau_D against it."""
    mtj = Mtj.preset("ref-pma-40")
    volume = math.pi / 4 * mtj.diameter**2 * mtj.thickness
    other = 2 * equations.ELECTRON * mtj.alpha * mtj.ms * mtj.mu0_hk * volume / (equations.HBAR * mtj.eta)
    assert mtj.ic0 == pytest.approx(other, rel=1e-12)
    harder = Mtj.preset("ref-pma-40", mu0_hk=1.1 * mtj.mu0_hk)
    assert harder.delta / mtj.delta == pytest.approx(1.1)
    assert harder.ic0 / mtj.ic0 == pytest.approx(1.1)
    assert harder.tau_d / mtj.tau_d == pytest.approx(1 / 1.1)


def critical_voltage(mtj: Mtj, state: int) -> float:
    """|V| at which |I| = Ic0, by bisection."""
    low, high = 0.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if middle * mtj.conductance(state, middle) < mtj.ic0 else (low, middle)
    return low


def test_critical_voltages_of_the_two_states() -> None:
    mtj = Mtj.preset("ref-pma-40")
    assert critical_voltage(mtj, 1) == pytest.approx(0.26334, abs=1e-5)
    assert critical_voltage(mtj, -1) == pytest.approx(0.44106, abs=1e-5)


def test_conductance_formula() -> None:
    """R = R_P (1 + (V/Vh)^2 + TMR0)/(1 + (V/Vh)^2 + TMR0 (1 + z)/2), for any z."""
    mtj = Mtj.preset("ref-pma-40")
    z, v = np.meshgrid(np.linspace(-1, 1, 7), np.linspace(-1.2, 1.2, 9))
    w = 1 + (v / mtj.vh) ** 2
    resistance = mtj.r_p * (w + mtj.tmr0) / (w + mtj.tmr0 * (1 + z) / 2)
    np.testing.assert_allclose(mtj.conductance(z, v), 1 / resistance, rtol=1e-14)
    assert mtj.conductance(1, 0.7) == mtj.conductance(1, 0.0)  # the parallel state has no bias dependence
    assert mtj.conductance(-1, 0.5) == pytest.approx(1 / (mtj.r_p * 1.6))  # TMR halves at Vh


def test_conductance_slope_is_the_derivative() -> None:
    mtj = Mtj.preset("ref-pma-40")
    for z in (-1.0, 0.3, 1.0):
        for v in (-0.6, 0.0, 0.25):
            slope = (mtj.conductance(z, v + 1e-5) - mtj.conductance(z, v - 1e-5)) / 2e-5
            assert formulas.conductance_slope(z, v, mtj.r_p, mtj.tmr0, mtj.vh) == pytest.approx(slope, rel=1e-6, abs=1e-13)


def test_variation_is_lognormal_with_the_asked_spread() -> None:
    """40,000 devices: median kept and relative deviation as asked, within 5 standard errors; the three draws are independent."""
    nominal = Mtj.preset("ref-pma-40")
    spread = Variation(ra=0.1, tmr=0.05, hk=0.2)
    cells = nominal.vary((200, 200), spread, seed=7)
    assert cells.shape == (200, 200)
    logs = []
    for name, asked in (("ra", 0.1), ("tmr0", 0.05), ("mu0_hk", 0.2)):
        log = np.log(getattr(cells, name) / getattr(nominal, name)).ravel()
        sigma = math.sqrt(math.log1p(asked**2))
        assert abs(log.mean()) < 5 * sigma / 200
        assert log.std() == pytest.approx(sigma, rel=5 / math.sqrt(2 * 40000))
        values = np.exp(log)
        assert values.std() / values.mean() == pytest.approx(asked, rel=0.04)
        logs.append(log / sigma)
    assert np.abs(np.corrcoef(logs)[np.triu_indices(3, 1)]).max() < 5 / 200
    np.testing.assert_allclose(cells.delta / nominal.delta, cells.mu0_hk / nominal.mu0_hk)


def test_variation_repeats_with_its_seed_and_keeps_other_draws() -> None:
    nominal = Mtj.preset("ref-pma-40")
    both = nominal.vary((4, 5), Variation(ra=0.1, hk=0.1), seed=3)
    np.testing.assert_array_equal(both.ra, nominal.vary((4, 5), Variation(ra=0.1, hk=0.1), seed=3).ra)
    np.testing.assert_array_equal(both.ra, nominal.vary((4, 5), Variation(ra=0.1), seed=3).ra)
    assert (both.ra != nominal.vary((4, 5), Variation(ra=0.1, hk=0.1), seed=4).ra).all()


def test_one_device_of_an_array() -> None:
    cells = Mtj.preset("ref-pma-40").vary((3, 4), Variation(ra=0.1, tmr=0.1, hk=0.1), seed=1)
    one = cells[1, 2]
    assert one.shape == ()
    assert one.ra == cells.ra[1, 2]
    assert one.delta == cells.delta[1, 2]
    assert cells[1].shape == (4,)
    with pytest.raises(InputError, match="single device"):
        one[0]


def test_mistakes_are_named() -> None:
    with pytest.raises(InputError, match="did you mean 'ref-pma-40'"):
        Mtj.preset("ref-pma40")
    with pytest.raises(InputError, match="did you mean 'temperature'"):
        Mtj.preset("ref-pma-40", temprature=350.0)
    with pytest.raises(InputError, match="did you mean 'current'"):
        Mtj.preset("ref-pma-40", torque="curent")
    with pytest.raises(InputError, match="alpha = -1"):
        Mtj.preset("ref-pma-40", alpha=-1.0)
    with pytest.raises(InputError, match="did you mean 'hk'"):
        Variation.from_mapping({"hkk": 0.1})
    with pytest.raises(InputError, match="relative spread"):
        Variation(ra=-0.1)
