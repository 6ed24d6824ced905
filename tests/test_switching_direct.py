"""The law solved point by point against the march over all times, and its ends."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spicemtj.device.switching import direct
from spicemtj.device.switching import fokker_planck as fp
from spicemtj.errors import InputError

POINTS = (
    (0.0, 0.0, 49.3, 0.0),  # no drive at all
    (-0.05, 0.0, 20.0, 0.05),  # no voltage, an offset field that holds
    (0.05, 0.0, 49.3, -0.05),
    (0.6, 0.2, 49.3, 0.1),
    (3.0, 1.0, 49.3, 0.05),
    (-0.3, -0.1, 20.0, 0.05),  # stabilising
    (-1.0, -0.3, 49.3, 0.0),
    (0.0, 1.2, 40.0, 0.0),  # no barrier, a well at the equator
    (2.5, -2.5, 40.0, 0.0),  # no drive at the start's pole
    (-0.5, 0.9, 5.3, -0.15),  # P rises above its end
    (0.2, 0.0, 8.0, 0.0),
    (0.5, 0.1, 140.0, 0.1),
)


def at(point: tuple[float, float, float, float], times: np.ndarray) -> np.ndarray:
    """P of one point."""
    rows, which, parts = direct.solved([point]), np.zeros((len(times), 1), dtype=int), np.ones((len(times), 1))
    log_h = direct.log_hazards(rows, which, parts, np.log(times), direct.knots())
    return -np.expm1(-np.exp(log_h))


@pytest.mark.parametrize("point", POINTS)
def test_points_follow_the_march(point: tuple[float, float, float, float]) -> None:
    """1e-4 in P and 2 % of P down to 1e-20, from before the first node on."""
    a, b, delta, offset = point
    times = np.geomspace(0.004, 50.0, 15) / math.hypot(1, a + b)
    march = fp.probability(a, b, delta, times, offset, cells=fp.cells_for(a, b, 2 * delta))[0]
    found = at(point, times)
    assert np.abs(found - march).max() < 1e-4
    assert np.abs(found / march - 1)[march > 1e-20].max(initial=0.0) < 0.02
    assert (found > 0).all()


def test_implicit_steps_are_the_exponential() -> None:
    """The compiled band solver against a dense matrix exponential."""
    from scipy.linalg import expm

    n, dt = 60, 0.3
    bands = fp.generator(0.8, 0.3, 10.0, n)[0]
    dense = np.zeros((n, n))
    for k in range(n):
        for m in range(7):
            j = k + m - 3
            dense[k, -j - 1 if j < 0 else (2 * n - 1 - j if j >= n else j)] += bands[m, k]
    v = np.exp(-np.linspace(0, 3, n))
    wanted = expm(0.4 * dense) @ v
    start = expm(0.1 * dense) @ v
    direct._implicit(start, direct._folded(bands), dt, direct.POLES, direct.RESIDUES)
    assert np.abs(start - wanted).max() < 1e-6
    ones = np.ones(n)
    direct._implicit(ones, direct._folded(bands), dt, direct.POLES, direct.RESIDUES)
    assert np.abs(ones - 1).max() < 1e-11  # what is certain stays so


def test_long_times_end_in_equilibrium_by_the_escape_rate() -> None:
    for a, b, delta, offset in ((-0.06, 0.0, 30.0, 0.06), (0.06, 0.0, 30.0, -0.06), (0.1, 0.05, 40.0, 0.0)):
        rate, odds = math.exp(fp.log_escape_rate(a, b, delta)), math.exp(fp.log_odds(a, b, delta))
        end = odds / (1 + odds)
        times = np.array([1e-3, 0.1, 1.0, 30.0]) * end / rate
        np.testing.assert_allclose(at((a, b, delta, offset), times), -end * np.expm1(-rate * times / end), rtol=0.01)


def test_before_the_first_node_a_tilted_start_diffuses() -> None:
    """The closed form against a numerical mean over the start near the equator."""
    from scipy.stats import norm

    for a, delta, tilt, t in ((0.8, 50.0, 10.0, 1e-3), (-0.5, 20.0, -4.0, 2e-3), (0.3, 40.0, 0.0, 1e-4)):
        sigma = math.sqrt(t / delta)
        y, weight = (q * 6 * sigma for q in fp.gauss_legendre(200))
        y += 6 * sigma
        mean = weight @ (np.exp(tilt * y) * norm.cdf((a * t - y) / sigma))
        assert math.exp(direct._log_crossing(math.log(t), a, delta, tilt)) == pytest.approx(mean, rel=1e-6)


def test_times_invert_probabilities_and_never_is_never() -> None:
    point = (0.6, 0.2, 49.3, 0.1)
    rows, which, parts = direct.solved([point]), np.zeros((4, 1), dtype=int), np.ones((4, 1))
    u = np.array([1e-12, 1e-3, 0.5, 0.999])
    log_t = direct.log_times(rows, which, parts, np.log(-np.log1p(-u)), direct.knots())
    np.testing.assert_allclose(at(point, np.exp(log_t)), u, rtol=1e-8)
    rows = direct.solved([(0.0, 1.2, 40.0, 0.0)])
    assert direct.log_times(rows, which[:1], parts[:1], np.log([2.0]), direct.knots())[0] == math.inf


@pytest.mark.slow
def test_anything_that_can_be_asked_has_an_answer() -> None:
    """200 random points far beyond any device: finite, between 0 and 1, over 24 decades of time."""
    rng = np.random.default_rng(12)
    times = np.geomspace(1e-12, 1e12, 60)
    for _ in range(200):
        a, b, delta = rng.uniform(-10, 14), rng.uniform(-6, 6), math.exp(rng.uniform(math.log(5), math.log(380)))
        p = at((a, b, delta, rng.uniform(-0.25, 0.8)), times)
        assert ((p >= 0) & (p <= 1)).all(), (a, b, delta)


def test_limits_are_named() -> None:
    with pytest.raises(InputError, match=r"Delta = 1\.5"):
        direct.solved([(0.1, 0.0, 1.5, 0.0)])
    with pytest.raises(InputError, match="no well"):
        direct.solved([(0.1, 0.0, 40.0, -0.5)])
