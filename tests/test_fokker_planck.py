"""The Fokker-Planck reference against independent methods and closed forms, all in the law's own units (Delta, i, tau_D)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import dblquad, quad

from spicemtj.device import fokker_planck as fp

TIMES = np.geomspace(0.1, 40.0, 6)


@pytest.mark.parametrize(
    ("i1", "g", "delta"),
    [(0.0, 0.5, 12.0), (0.8, 1.0, 49.3), (1.0, 0.45, 49.3), (2.0, 1.0, 49.3), (3.0, 0.5, 30.0), (1.5, 2.5, 25.0)],
)
def test_differences_agree_with_galerkin_modes(i1: float, g: float, delta: float) -> None:
    below, above = fp.probability(i1, g, delta, TIMES)
    modes = fp.galerkin_probability(i1, g, delta, TIMES, modes=110)
    assert np.abs(below - modes).max() < 3e-8
    assert (np.abs(below + above - 1) < 1e-12 * np.maximum(1, TIMES / 10)).all()  # rounding adds up with the steps


def test_order_of_convergence_is_six() -> None:
    args, times = (1.0, 0.5, 50.0), np.array([0.3, 1.0, 4.0])
    coarse, middle, fine = (np.log(fp.probability(*args, times, cells=n)[0]) for n in (96, 192, 768))
    order = np.log2(np.abs(coarse - fine) / np.abs(middle - fine))
    assert (order > 5.5).all()
    assert (order < 7.0).all()


def test_small_probabilities_are_right_relative_to_themselves() -> None:
    """P from 1e-35 to 1e-5 against twice the cells, where the modes have long drowned in rounding."""
    times = np.array([0.02, 0.05, 0.1, 0.2, 0.4])
    for i1, g, delta in ((2.0, 1.0, 49.3), (6.0, 0.5, 80.0), (-0.3, 0.6, 20.0)):
        cells = fp.cells_for(i1, g, delta)
        usual, fine = fp.probability(i1, g, delta, times)[0], fp.probability(i1, g, delta, times, cells=2 * cells)[0]
        seen = fine > 1e-20
        assert seen.any()
        assert np.abs(usual / fine - 1)[seen].max() < 0.01


def test_short_times_are_diffusion_over_the_equator() -> None:
    """P -> rho(0) sigma/sqrt(2 pi), sigma^2 = t/Delta, without drive: independent of any grid."""
    delta, t = 12.0, 0.004
    density = 1 / quad(lambda z: math.exp(delta * z * z), 0, 1)[0]
    expected = density * math.sqrt(t / delta / (2 * math.pi))
    assert fp.probability(0.0, 1.0, delta, [t], cells=600)[0, 0] == pytest.approx(expected, rel=2e-3)


def test_equilibrium_is_kept_and_reached() -> None:
    """Without drive the slowest rate of the modes is exactly 0, and P tends to the equilibrium's weight."""
    generator = fp.galerkin_generator(0.0, 1.0, 15.0, 80)
    assert (generator[0] == 0).all()
    z, weight = fp.gauss_legendre(200)
    stationary = np.exp(15.0 * (z**2 - 1)) * weight
    moments = np.polynomial.legendre.legvander(z, 79).T @ (stationary / stationary.sum())
    assert np.abs(generator @ moments).max() < 1e-12 * np.abs(generator).max()
    for i1, g in ((0.0, 1.0), (0.05, 0.5), (-0.1, 2.0)):
        end = fp.probability(i1, g, 4.0, [900.0])[0, 0]
        assert end == pytest.approx(1 / (1 + math.exp(-fp.log_odds(i1, g, 4.0))), abs=1e-8)


@pytest.mark.parametrize(("i1", "g", "delta"), [(0.0, 1.0, 12.0), (0.4, 0.5, 30.0), (0.5, 2.0, 40.0), (-0.1, 2.0, 14.0)])
def test_escape_rate_is_the_slowest_eigenvalue(i1: float, g: float, delta: float) -> None:
    values = np.sort(-np.linalg.eigvals(fp.galerkin_generator(i1, g, delta, 90)).real)
    both_ways = math.exp(fp.log_escape_rate(i1, g, delta)) * (1 + math.exp(-fp.log_odds(i1, g, delta)))
    assert both_ways == pytest.approx(values[1], rel=max(3e-4, 3 * both_ways))


def mean_passage(i1: float, g: float, delta: float) -> float:
    return float(fp.mean_passage(*(np.array([q]) for q in (i1, g, delta)))[0])


@pytest.mark.parametrize(("i1", "g", "delta"), [(0.8, 1.0, 20.0), (1.2, 0.4, 30.0), (-0.2, 1.0, 8.0)])
def test_mean_passage_is_the_double_integral(i1: float, g: float, delta: float) -> None:
    a, b = i1 * (1 + g) / 2, i1 * (1 - g) / 2
    norm = quad(lambda z: math.exp(delta * z * z), 0, 1)[0]

    def integrand(x: float, y: float) -> float:
        started_above = quad(lambda z: math.exp(delta * z * z), y, 1)[0] / norm
        exponent = delta * ((1 - b) * (x * x - y * y) - 2 * a * (x - y))
        return started_above * math.exp(exponent) / (1 - y * y)

    direct = 2 * delta * dblquad(integrand, 0, 1 - 1e-9, lambda y: y, lambda y: 1.0, epsabs=0, epsrel=1e-5)[0]
    assert mean_passage(i1, g, delta) == pytest.approx(direct, rel=1e-4)


def test_mean_passage_closed_forms_in_their_range() -> None:
    delta = 49.3
    for i1, tolerance in ((0.2, 0.03), (0.4, 0.06), (0.6, 0.15)):
        thermal = math.sqrt(math.pi / delta) * math.exp(delta * (1 - i1) ** 2) / ((1 - i1) ** 2 * (1 + i1))
        assert thermal == pytest.approx(mean_passage(i1, 1.0, delta), rel=tolerance)
    for i1, tolerance in ((1.5, 0.035), (2.0, 0.01), (4.0, 0.01)):
        kappa = 2 * 2 ** ((i1 - 1) / (i1 + 1)) * ((i1 - 1) / i1) ** (2 / (i1 + 1))
        precessional = (np.euler_gamma + math.log(kappa * delta * (i1 - 1) / i1)) / (2 * (i1 - 1))
        assert precessional == pytest.approx(mean_passage(i1, 1.0, delta), rel=tolerance)


def test_retention_is_twice_the_mean_passage_to_the_top() -> None:
    assert math.exp(-fp.log_escape_rate(0.0, 1.0, 49.3)) == pytest.approx(2 * mean_passage(0.0, 1.0, 49.3), rel=1e-6)
