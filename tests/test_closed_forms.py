"""The closed forms against the exact mean passage and the exact law: inside their ranges as near as they say, and not far outside."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from spicemtj.device.switching import closed_forms as cf
from spicemtj.device.switching import fokker_planck as fp

DELTA = 49.3013


def passage(a: ArrayLike, b: ArrayLike, delta: ArrayLike) -> np.ndarray:
    shape = np.shape(a)
    flat = (np.ascontiguousarray(q, dtype=float).ravel() for q in np.broadcast_arrays(a, b, delta, 0.0))
    return fp.mean_passage(*flat).reshape(shape)


@pytest.mark.parametrize(("i", "low", "valid"), [(0.4, 0.052, True), (0.599, 0.133, True), (0.8, 0.31, False)])
def test_thermal_form_is_low_by_what_is_known(i: float, low: float, valid: bool) -> None:
    form = cf.thermal_passage(i, 0.0, DELTA)
    assert form.value / passage(i, 0.0, DELTA) - 1 == pytest.approx(-low, abs=0.01)
    assert form.valid == valid


@pytest.mark.parametrize(("i", "error"), [(1.5, 0.033), (2.0, 0.008), (3.0, 0.005), (6.0, 0.005)])
def test_precessional_form_is_as_near_as_it_says(i: float, error: float) -> None:
    form = cf.precessional_passage(i, 0.0, DELTA)
    assert form.value == pytest.approx(float(passage(i, 0.0, DELTA)), rel=error)
    assert form.valid
    assert not cf.precessional_passage(1.4, 0.0, DELTA).valid


def test_the_usual_precessional_form_is_26_percent_high() -> None:
    usual = (np.euler_gamma + np.log(np.pi**2 / 4 * DELTA)) / 2
    assert usual / passage(2.0, 0.0, DELTA) - 1 == pytest.approx(0.26, abs=0.01)


def test_printed_form_of_kappa() -> None:
    """The form as it is usually written, in i alone."""
    i = np.array([1.5, 2.0, 4.0])
    kappa = 2 * 2 ** ((i - 1) / (i + 1)) * ((i - 1) / i) ** (2 / (i + 1))
    printed = (np.euler_gamma + np.log(kappa * DELTA * (i - 1) / i)) / (2 * (i - 1))
    np.testing.assert_allclose(cf.precessional_passage(i, 0.0, DELTA).value, printed, rtol=1e-12)


def random_points(seed: int, most: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """4,000 devices: a up to `most`, |b| below 0.4 a, Delta from 10 to 150."""
    rng = np.random.default_rng(seed)
    a = rng.uniform(0, most, 4000)
    return a, rng.uniform(-0.4, 0.4, 4000) * a, rng.uniform(10, 150, 4000)


def test_everywhere_in_their_ranges() -> None:
    a, b, delta = random_points(1, 1.0)
    form, exact = cf.thermal_passage(a, b, delta), passage(a, b, delta)
    ratio = (form.value / exact)[form.valid]
    assert form.valid.sum() > 1000
    assert ratio.min() > 0.85
    assert ratio.max() < 1.0
    a, b, delta = random_points(2, 10.0)
    form, exact = cf.precessional_passage(a, b, delta), passage(a, b, delta)
    assert form.valid.sum() > 1000
    assert np.abs(form.value / exact - 1)[form.valid].max() < 0.08


def test_a_linear_drive_is_a_constant_one_in_other_units() -> None:
    """The lifetime of (a, b, Delta) is that of (a/(1 - b), 0, Delta (1 - b)), times 1/(1 - b)."""
    whole = cf.thermal_lifetime(0.4, 0.2, 60.0).value
    assert whole == pytest.approx(float(cf.thermal_lifetime(0.5, 0.0, 48.0).value) / 0.8, rel=1e-12)


def test_lifetime_is_the_escape_rate() -> None:
    """Within 15 %, the other way round from the passage: 1/exp(log_escape_rate)."""
    for a, b, delta in ((0.0, 0.0, 30.0), (0.3, 0.1, 40.0), (0.5, -0.1, 70.0)):
        form = cf.thermal_lifetime(a, b, delta)
        assert form.valid
        assert 0.85 < form.value * np.exp(fp.log_escape_rate(a, b, delta)) < 1


@pytest.mark.parametrize(("i", "g", "delta"), [(0.3, 1.0, 20.0), (0.5, 0.5, 40.0), (0.6, 1.0, 50.0)])
def test_thermal_probability(i: float, g: float, delta: float) -> None:
    a, b = i * (1 + g) / 2, i * (1 - g) / 2
    times = np.array([20.0, 60.0, 200.0, 800.0])
    form, exact = cf.thermal_probability(a, b, delta, times), fp.probability(a, b, delta, times)[0]
    assert form.valid.tolist() == [False, True, True, True]
    error = (form.value / exact - 1)[1:]
    assert (error > 0).all()
    assert error[0] < 0.5
    assert error[-1] < 0.2


def test_write_error_within_a_factor_down_to_1e_9() -> None:
    """40 random drives, Delta 20 to 100."""
    rng = np.random.default_rng(3)
    tried = 0
    for _ in range(40):
        delta, a = rng.uniform(20, 100), rng.uniform(1.8, 6)
        b = rng.uniform(-0.4, 0.4) * a
        if a + b < 1.2:
            continue
        times = np.linspace(0.3, 12, 30) / (a + b - 1)
        form, exact = cf.precessional_error(a, b, delta, times), fp.probability(a, b, delta, times)[1]
        seen = form.valid & (exact > 1e-9)
        tried += seen.sum()
        ratio = form.value[seen] / exact[seen]
        assert ((ratio > 0.4) & (ratio < 2.5)).all()
    assert tried > 300


def test_nan_where_a_form_means_nothing() -> None:
    for form in (
        cf.thermal_lifetime(1.2, 0.0, 50.0),
        cf.precessional_passage(0.8, 0.0, 50.0),
        cf.precessional_error(0.8, 0.0, 50.0, 3.0),
    ):
        assert np.isnan(form.value)
        assert not form.valid
    assert cf.thermal_lifetime(np.zeros((3, 1)), np.zeros(4), 50.0).valid.shape == (3, 4)
