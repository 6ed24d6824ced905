"""The Fokker-Planck reference against independent methods and closed forms, all in the law's own units (Delta, i, tau_D)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import dblquad, quad

from spicemtj.device.switching import fokker_planck as fp
from spicemtj.device.switching.build import linear_drive

TIMES = np.geomspace(0.1, 40.0, 6)


@pytest.mark.parametrize(
    ("i1", "g", "delta"),
    [(0.0, 0.5, 12.0), (0.8, 1.0, 49.3), (1.0, 0.45, 49.3), (2.0, 1.0, 49.3), (3.0, 0.5, 30.0), (1.5, 2.5, 25.0)],
)
def test_differences_agree_with_galerkin_modes(i1: float, g: float, delta: float) -> None:
    a, b = linear_drive(i1, g)
    below, above = fp.probability(a, b, delta, TIMES)
    modes = fp.galerkin_probability(a, b, delta, TIMES, modes=110)
    assert np.abs(below - modes).max() < 3e-8
    assert (np.abs(below + above - 1) < 1e-12 * np.maximum(1, TIMES / 10)).all()  # rounding adds up with the steps


def test_order_of_convergence_is_six() -> None:
    args, times = (0.75, 0.25, 50.0), np.array([0.3, 1.0, 4.0])
    coarse, middle, fine = (np.log(fp.probability(*args, times, cells=n)[0]) for n in (96, 192, 768))
    order = np.log2(np.abs(coarse - fine) / np.abs(middle - fine))
    assert (order > 5.5).all()
    assert (order < 7.0).all()


def test_small_probabilities_are_right_relative_to_themselves() -> None:
    """P from 1e-35 to 1e-5 against twice the cells, where the modes have long drowned in rounding."""
    times = np.array([0.02, 0.05, 0.1, 0.2, 0.4])
    for i1, g, delta in ((2.0, 1.0, 49.3), (6.0, 0.5, 80.0), (-0.3, 0.6, 20.0)):
        a, b = linear_drive(i1, g)
        cells = fp.cells_for(a, b, delta)
        usual, fine = fp.probability(a, b, delta, times)[0], fp.probability(a, b, delta, times, cells=2 * cells)[0]
        seen = fine > 1e-20
        assert seen.any()
        assert np.abs(usual / fine - 1)[seen].max() < 0.01


def test_short_times_are_diffusion_over_the_equator() -> None:
    """P -> rho(0) sigma/sqrt(2 pi), sigma^2 = t/Delta, without drive: independent of any grid."""
    delta, t = 12.0, 0.004
    density = 1 / quad(lambda z: math.exp(delta * z * z), 0, 1)[0]
    expected = density * math.sqrt(t / delta / (2 * math.pi))
    assert fp.probability(0.0, 0.0, delta, [t], cells=600)[0, 0] == pytest.approx(expected, rel=2e-3)


def test_equilibrium_is_kept_and_reached() -> None:
    """Without drive the slowest rate of the modes is exactly 0, and P tends to the equilibrium's weight."""
    generator = fp.galerkin_generator(0.0, 0.0, 15.0, 80)
    assert (generator[0] == 0).all()
    z, weight = fp.gauss_legendre(200)
    stationary = np.exp(15.0 * (z**2 - 1)) * weight
    moments = np.polynomial.legendre.legvander(z, 79).T @ (stationary / stationary.sum())
    assert np.abs(generator @ moments).max() < 1e-12 * np.abs(generator).max()
    for i1, g in ((0.0, 1.0), (0.05, 0.5), (-0.1, 2.0)):
        a, b = linear_drive(i1, g)
        end = fp.probability(a, b, 4.0, [900.0])[0, 0]
        assert end == pytest.approx(1 / (1 + math.exp(-fp.log_odds(a, b, 4.0))), abs=1e-8)


@pytest.mark.parametrize(("i1", "g", "delta"), [(0.0, 1.0, 12.0), (0.4, 0.5, 30.0), (0.5, 2.0, 40.0), (-0.1, 2.0, 14.0)])
def test_escape_rate_is_the_slowest_eigenvalue(i1: float, g: float, delta: float) -> None:
    point = (*linear_drive(i1, g), delta)
    values = np.sort(-np.linalg.eigvals(fp.galerkin_generator(*point, 90)).real)
    both_ways = math.exp(fp.log_escape_rate(*point)) * (1 + math.exp(-fp.log_odds(*point)))
    assert both_ways == pytest.approx(values[1], rel=max(3e-4, 3 * both_ways))


def mean_passage(i1: float, g: float, delta: float, offset: float = 0.0) -> float:
    return float(fp.mean_passage(*(np.array([q]) for q in (*linear_drive(i1, g), delta, offset)))[0])


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
    assert math.exp(-fp.log_escape_rate(0.0, 0.0, 49.3)) == pytest.approx(2 * mean_passage(0.0, 1.0, 49.3), rel=1e-6)


# -- the general drive a + b z, and a tilted start


@pytest.mark.parametrize(
    ("a", "b", "delta", "offset"),
    [(0.6, 0.3, 40.0, 0.08), (1.2, -1.6, 30.0, 0.0), (0.3, 1.3, 35.0, -0.1), (0.0, 1.2, 25.0, 0.0), (-0.06, 0.0, 12.0, 0.06)],
)
def test_any_drive_and_start_by_two_methods(a: float, b: float, delta: float, offset: float) -> None:
    """Drives of unlike sign at the poles (b beyond a), no barrier (b > 1), a field along z: differences against modes."""
    below, above = fp.probability(a, b, delta, TIMES, offset)
    assert np.abs(below - fp.galerkin_probability(a, b, delta, TIMES, offset, modes=110)).max() < 3e-8
    assert (np.abs(below + above - 1) < 1e-12 * np.maximum(1, TIMES / 10)).all()


def test_the_start_is_the_tilted_boltzmann_distribution() -> None:
    for delta, offset in ((20.0, 0.1), (50.0, -0.15)):
        weights = fp.start_weights(delta, offset, 400)
        theta = (np.arange(weights.size) + 0.5) * np.pi / 400
        z, panel = (0.5 + 0.5 * q for q in fp.gauss_legendre(300))
        density = np.exp(delta * (z * z - 1 + 2 * offset * (z - 1))) * (panel - 0.5)
        for power in (1, 2, 5):
            moment = (density * z**power).sum() / density.sum()
            assert weights @ np.cos(theta) ** power == pytest.approx(moment, rel=1e-8)


def test_barriers_under_an_offset_field() -> None:
    """Neel-Brown: the rate is 2 sqrt(Delta/pi) (1 + h)^2 (1 - h)/2 ... exp(-Delta (1 + h)^2), within its 1/Delta corrections."""
    delta = 60.0
    for h in (-0.1, 0.0, 0.1):
        kramers = math.sqrt(delta / math.pi) * (1 - h * h) * (1 + h) * math.exp(-delta * (1 + h) ** 2)
        assert math.exp(fp.log_escape_rate(-h, 0.0, delta)) == pytest.approx(kramers, rel=0.05)


# -- what the equation must keep


@pytest.mark.parametrize(("a", "b", "offset"), [(0.0, 0.0, 0.0), (1.2, 0.3, 0.0), (0.7, 1.4, 0.1), (-0.5, -0.2, -0.1)])
def test_normalised(a: float, b: float, offset: float) -> None:
    """Modes: no flow into <P_0> = 1. Differences: a constant stays what it is, so that P + (1 - P) = 1 but for rounding."""
    generator = fp.galerkin_generator(a, b, 49.3, 120)
    assert (generator[0] == 0).all()
    assert fp.galerkin_start(49.3, 120, offset)[0] == pytest.approx(1.0, abs=1e-14)
    below, above = fp.probability(a, b, 49.3, [0.1, 1.0, 5.0], offset)
    assert np.abs(below + above - 1).max() < 1e-12


@pytest.mark.parametrize(("a", "b"), [(0.6, 0.2), (0.9, 0.3), (1.5, 0.5)])
def test_a_finer_basis_changes_nothing(a: float, b: float) -> None:
    """160 modes, the default, against 220 at Delta 49.3: less than 1e-9 in P; twice the cells of the differences: less than 1e-7."""
    times = [0.5, 2.0, 8.0]
    usual, finer = (fp.galerkin_probability(a, b, 49.3, times, modes=modes) for modes in (160, 220))
    assert np.abs(usual - finer).max() < 1e-9
    cells = fp.cells_for(a, b, 49.3)
    usual, finer = (fp.probability(a, b, 49.3, times, cells=n)[0] for n in (cells, 2 * cells))
    assert np.abs(usual - finer).max() < 1e-7


def test_without_drive_the_boltzmann_density_stays() -> None:
    """exp(Delta z^2) over both sides does not move in 20 tau_D; with a field neither does exp(Delta (z^2 + 2 h z))."""
    from scipy.linalg import expm

    z, weight = fp.gauss_legendre(300)
    legendre = np.polynomial.legendre.legvander(z, 99)
    for h in (0.0, 0.08):
        density = np.exp(20.0 * (z**2 - 1 + 2 * h * (z - 1))) * weight
        moments = legendre.T @ (density / density.sum())
        later = expm(20.0 * fp.galerkin_generator(-h, 0.0, 20.0, 100)) @ moments
        assert np.abs(later - moments).max() < 1e-10


def test_without_barrier_and_drive_modes_decay_as_on_a_free_sphere() -> None:
    """Delta -> 0: <P_l> falls as exp(-l (l + 1) t/(2 Delta)), with an error of the order of Delta."""
    from scipy.linalg import expm

    delta, modes = 1e-6, 12
    t = 0.3 * delta
    order = np.arange(modes)
    decay = expm(t * fp.galerkin_generator(0.02, 0.01, delta, modes))
    np.testing.assert_allclose(np.diag(decay), np.exp(-order * (order + 1) * 0.15), rtol=1e-5)
    assert np.abs(decay - np.diag(np.diag(decay))).max() < 1e-5
