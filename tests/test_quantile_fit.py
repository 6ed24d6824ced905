"""The Chebyshev form of t_u(V) against the switching law itself."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spicemtj.device.mtj import Mtj
from spicemtj.device.switching.quantile_fit import SLOWEST, V_MAX, QuantileFit, fit
from spicemtj.device.variation import Variation
from spicemtj.errors import InputError

T_REFS = (2e-9, 10e-9, 50e-9)


def cells(name: str, count: int, seed: int) -> tuple[Mtj, np.ndarray, np.ndarray]:
    """Devices with 10 % spreads, random states, and u from 1e-6 to 1 - 1e-6, small ones included."""
    rng = np.random.default_rng(seed)
    mtj = Mtj.preset(name).vary((count,), Variation(ra=0.1, tmr=0.1, hk=0.1), seed)
    u = np.where(rng.random(count) < 0.4, 10 ** rng.uniform(-6, -1, count), rng.uniform(0, 1, count))
    u[:3] = 1e-6, 1 - 1e-6, 0.5
    return mtj, u, np.where(rng.random(count) < 0.5, 1, -1)


def volts_of(law: QuantileFit, count: int = 81) -> np.ndarray:
    """|V| (count, cells) over the fit's range, evenly in 1/|V|."""
    part = np.linspace(0, 1, count)[:, None]
    return np.clip(1 / (1 / law.v_hi + part * (1 / law.v_lo - 1 / law.v_hi)), law.v_lo, law.v_hi)


@pytest.mark.parametrize("name", ["ref-pma-40", "ref-hir-20", "spinlib-pma-32"])
def test_fit_keeps_the_probability_within_three_thousandths(name: str) -> None:
    """A cell of number u that flips at the fit's t_u instead of its own: P there is u within 0.003, wherever t_u is near the pulse."""
    mtj, u, states = cells(name, 24, seed=3)
    for t_ref in T_REFS:
        law = fit(mtj, u, states, t_ref)
        assert np.isfinite(law.v_lo).all()
        v = volts_of(law) * states
        fitted = 1 / law.rate(v)
        near = np.abs(np.log(fitted / t_ref)) < math.log(3)
        assert near.any(axis=0).sum() > 20  # a few cells are slower than 3 t_ref at any voltage, or faster than t_ref/3
        error = np.abs(mtj.switching_probability(v, fitted, states) - u)
        assert error[near].max() < 3e-3
        exact = mtj.switching_time(u, v, states)
        off = np.abs(np.log(fitted / exact))
        assert off[near & (u > 0.1)].max() < 0.01
        assert np.median(off[near & (u > 0.1)]) < 0.003
        assert off[near].max() < 0.06


def test_more_terms_converge() -> None:
    mtj, u, states = cells("ref-pma-40", 12, seed=5)
    worst = []
    for terms in (8, 12, 18):
        law = fit(mtj, u, states, 10e-9, terms=terms)
        assert law.coefficients.shape == (12, terms)
        v = volts_of(law) * states
        off = np.abs(np.log(law.rate(v) * mtj.switching_time(u, v, states)))
        worst.append(off[np.abs(np.log(law.rate(v) * 10e-9)) < math.log(10)].max())
    assert worst[0] > 2 * worst[1] > 4 * worst[2]
    assert worst[2] < 0.02


def test_range_and_clamps() -> None:
    mtj = Mtj.preset("ref-pma-40")
    law = fit(mtj, np.array([0.5, 0.5]), np.array([1, -1]), 100e-9)
    sign = np.array([1, -1])
    slow = mtj.switching_time(0.5, law.v_lo * sign, sign) / 100e-9
    assert (np.abs(np.log(slow / SLOWEST)) < 0.3).all()
    assert (law.rate(sign * law.v_lo * 0.999) == 0).all()
    assert (law.rate(sign * law.v_lo * 1.001) > 0).all()
    assert (law.rate(-sign * 0.5) == 0).all()  # the polarity that holds the state
    assert (law.rate(np.zeros(2)) == 0).all()
    np.testing.assert_array_equal(law.rate(sign * 5.0), law.rate(sign * law.v_hi))
    assert (law.v_hi <= V_MAX).all()
    assert (law.polarity == sign).all()


def test_cells_out_of_reach_are_marked() -> None:
    slow = Mtj.preset("ref-pma-40", ra=np.array([8e-12, 400e-12]))
    law = fit(slow, np.array([0.5, 0.5]), np.array([1, 1]), 5e-9)
    assert np.isfinite(law.v_lo[0])
    assert law.v_lo[1] == law.v_hi[1] == np.inf
    assert (law.coefficients[1] == 0).all()
    assert law.rate(np.array([1.0, 1.0]))[1] == 0


def test_shapes_follow_the_cells() -> None:
    mtj = Mtj.preset("ref-pma-40")
    u = np.full((3, 4), 0.4)
    law = fit(mtj, u, np.ones((3, 4)), 5e-9, terms=9)
    assert law.coefficients.shape == (3, 4, 9)
    assert law.v_lo.shape == law.v_hi.shape == law.polarity.shape == (3, 4)
    one = fit(mtj, 0.4, 1, 5e-9, terms=9)
    np.testing.assert_allclose(one.coefficients, law.coefficients[2, 1], rtol=1e-9)
    assert one.rate(0.4).shape == ()


def test_chebyshev_convention() -> None:
    """The series is what its docstring says: numpy's chebval of the stated x."""
    law = fit(Mtj.preset("ref-pma-40"), 0.3, 1, 5e-9)
    v = 0.45
    x = (2 / v - 1 / law.v_lo - 1 / law.v_hi) / (1 / law.v_lo - 1 / law.v_hi)
    assert law.rate(v) == pytest.approx(math.exp(-np.polynomial.chebyshev.chebval(x, law.coefficients)), rel=1e-12)


def test_a_pulse_has_a_length() -> None:
    with pytest.raises(InputError, match="t_ref"):
        fit(Mtj.preset("ref-pma-40"), 0.5, 1, 0.0)
