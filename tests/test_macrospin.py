"""The stochastic LLG: orders of convergence, conserved and equilibrium quantities, and the Fokker-Planck law that it must follow."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import erfi
from scipy.stats import kstest

from spicemtj import Mtj
from spicemtj.device.reference import macrospin
from spicemtj.device.switching import fokker_planck
from spicemtj.errors import InputError

PMA = Mtj.preset("ref-pma-40")
SOFT = Mtj.preset("ref-pma-40", diameter=10e-9, alpha=0.3)  # Delta 3.08: reaches equilibrium in some ns


def heun(m: np.ndarray, noise: np.ndarray, h: float, alpha: float, drive: tuple[float, ...], *rest: float) -> np.ndarray:
    """m (3, trials) after the steps of `noise` (steps, 3, trials) under (i at z = 0, di/dz, kappa); rest: offset, field-like torque."""
    m = m.copy()
    table = np.repeat(np.array([[*drive, *drive]]).T, len(noise), axis=1)
    trials = m.shape[1]
    layer = np.array([alpha, *(rest or (0.0, 0.0))])
    macrospin.advance(m, noise, table, layer, h, np.ones(trials), np.full(trials, np.inf), 0.0, 1.0)
    return m


def coarse(fine: np.ndarray, every: int) -> np.ndarray:
    """The same Brownian path in steps `every` times as long: increments summed, fields averaged."""
    return np.ascontiguousarray(fine.reshape(-1, every, 3, fine.shape[-1]).mean(axis=1))


def tilted(trials: int) -> np.ndarray:
    return np.repeat(np.array([[0.6], [0.0], [0.8]]), trials, axis=1)


def white(alpha: float, delta: float, h: float, shape: tuple[int, ...], seed: int, kind: type) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(shape, dtype=kind)
    noise *= kind(math.sqrt(alpha / (delta * h * (1 + alpha**2))))
    return noise


def derivative(
    m: np.ndarray, alpha: float, i: float, slope: float, kappa: float, offset: float, field_like: float
) -> np.ndarray:
    """dm/ds of the LLG with spin torque, written out with cross products."""
    p, torque = np.array([0.0, 0.0, 1.0]), alpha * (i + slope * m[2])
    h = (kappa * m[2] + offset - field_like * torque) * p
    return (
        -np.cross(m, h)
        - alpha * np.cross(m, np.cross(m, h))
        + torque * np.cross(m, np.cross(m, p))
        - alpha * torque * np.cross(m, p)
    )


# -- the integrator


def test_deterministic_order_is_two() -> None:
    """Against an eighth-order integrator of the equation in vectors, with every term at work."""
    alpha, drive = 0.1, (1.3, 0.4, 0.9)
    exact = solve_ivp(
        lambda _, m: derivative(m, alpha, *drive, 0.03, 0.4), (0, 16), [0.6, 0.0, 0.8], method="DOP853", rtol=1e-12, atol=1e-13
    ).y[:, -1]
    steps = [128, 256, 512, 1024]
    errors = [
        np.linalg.norm(heun(tilted(1), np.zeros((n, 3, 1)), 16 / n, alpha, drive, 0.03, 0.4)[:, 0] - exact) for n in steps
    ]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert errors[-1] < 1e-3
    assert np.abs(orders[1:] - 2).max() < 0.1


def test_strong_order_is_one_half() -> None:
    """300 coupled paths, steps of 16 to 256 of the finest: rotations do not commute, so that it is 0.5 and not 1."""
    alpha, levels = 0.5, range(4, 9)
    h = 1 / 2**13
    fine = white(alpha, 2.0, h, (2**13, 3, 300), 1, np.float64)
    reference = heun(tilted(300), fine, h, alpha, (0.5, 0.0, 1.0))
    errors = []
    for k in levels:
        off = heun(tilted(300), coarse(fine, 2**k), h * 2**k, alpha, (0.5, 0.0, 1.0)) - reference
        errors.append(math.sqrt((off**2).sum(axis=0).mean()))
    assert np.polyfit(levels, np.log2(errors), 1)[0] == pytest.approx(0.5, abs=0.1)


def test_weak_order_of_mean_z_is_at_least_one() -> None:
    """200,000 coupled paths, so that the differences between steps are known to 3 %."""
    alpha, trials, h = 0.5, 200_000, 1 / 16
    fine = white(alpha, 2.0, h, (64, 3, trials), 2, np.float32)
    z = [heun(tilted(trials), coarse(fine, 2**k), h * 2**k, alpha, (1.0, 0.0, 1.0))[2] for k in range(4)]
    moved = [z[k + 1] - z[k] for k in range(3)]
    mean, sigma = [q.mean() for q in moved], [q.std() / math.sqrt(trials) for q in moved]
    assert max(s / abs(m) for m, s in zip(mean, sigma, strict=True)) < 0.03
    orders = np.log2(np.array(mean[1:]) / mean[:-1])
    assert (orders > 0.9).all()  # 0.06 is their standard error
    assert (orders < 2.5).all()


def test_length_is_kept() -> None:
    run = macrospin.simulate(PMA, 0.6, 3e-9, 1, 300, 1, record_every=100)
    assert np.abs(np.linalg.norm(run.trace, axis=2) - 1).max() < 1e-12
    assert np.abs(np.linalg.norm(run.m, axis=1) - 1).max() < 1e-12


# -- without a thermal field


def test_energy_falls_without_drive_at_zero_temperature() -> None:
    """-m_z^2 - 2 offset m_z at every step, from any direction, to one of the two wells."""
    mtj = Mtj.preset("ref-pma-40", mu0_hoff=0.02)
    start = np.random.default_rng(1).standard_normal((50, 3))
    run = macrospin.simulate(mtj, 0.0, 20e-9, 1, 50, 1, start=start, thermal=False, record_every=1)
    z = run.trace[:, :, 2]
    energy = -(z**2) - 2 * float(mtj.offset) * z
    assert (np.diff(energy, axis=0) < 1e-14).all()
    assert np.abs(np.abs(run.m[:, 2]) - 1).max() < 1e-5
    assert set(np.sign(run.m[:, 2])) == {-1.0, 1.0}


@pytest.mark.parametrize("i", [0.9, 1.1])
def test_critical_current_at_zero_temperature(i: float) -> None:
    """Below Ic0 a small angle dies out, above it grows: tan(theta/2) as exp((i - 1) t/tau_D) while small."""
    angle = 1e-3
    start = [math.sin(angle), 0.0, math.cos(angle)]
    run = macrospin.simulate(PMA, i, 5e-9, 1, 1, 1, drive="current", start=start, thermal=False, dt=0.25e-12)
    now = math.hypot(*run.m[0, :2])
    assert now == pytest.approx(angle * math.exp((i - 1) * 5e-9 / PMA.tau_d), rel=1e-4)


def test_passage_at_zero_temperature_is_the_integral() -> None:
    """dt = tau_D dz/((z - i(z))(1 - z^2)) from z0 to 0, voltage-driven."""
    from scipy.integrate import quad

    v, z0 = 0.6, 0.9
    expected = quad(lambda z: 1 / ((float(PMA.drive(z, v)) - z) * (1 - z * z)), 0, z0)[0] * PMA.tau_d
    run = macrospin.simulate(PMA, v, 5e-9, 1, 1, 1, start=[math.sqrt(1 - z0**2), 0, z0], thermal=False)
    assert run.first_passage[0] == pytest.approx(expected, rel=1e-4)
    assert run.m[0, 2] < -0.9


def test_small_damping_precesses_at_the_field() -> None:
    """A quarter of a turn in a quarter of the Larmor period, about the field kappa z + offset - field_like aJ; meanwhile aJ widens it."""
    mtj = Mtj.preset("ref-pma-40", alpha=1e-5, mu0_hoff=0.05, vcma=30e-15, field_like=4.0)
    v, angle = 0.3, 1e-3
    torque = float(mtj.alpha * v / (mtj.r_p * mtj.ic0))
    field = float(1 - mtj.vcma_slope * v + mtj.offset - 4 * torque)
    assert 4 * torque > 0.05
    assert mtj.vcma_slope * v > 0.05
    quarter = math.pi / 2 / field / (1.76085963e11 * 0.25)
    run = macrospin.simulate(mtj, v, quarter, 1, 1, 1, start=[angle, 0, 1.0], thermal=False, dt=1e-14)
    np.testing.assert_allclose(run.m[0, :2], [0, angle * math.exp(torque * math.pi / 2 / field)], atol=2e-7)


def test_waveform_of_two_pieces_is_two_runs() -> None:
    """Without a thermal field to rounding, whether the pieces come as points with a jump, as a function or as two runs."""
    start = [0.3, 0.1, 0.9]
    first = macrospin.simulate(PMA, 0.6, 1e-9, 1, 1, 1, start=start, thermal=False)
    second = macrospin.simulate(PMA, -0.5, 2e-9, 1, 1, 1, start=first.m, thermal=False)
    points = ([0, 1e-9, 1e-9, 3e-9], [0.6, 0.6, -0.5, -0.5])
    whole = macrospin.simulate(PMA, 0.0, 3e-9, 1, 1, 1, start=start, thermal=False, waveform=points)
    np.testing.assert_allclose(whole.m, second.m, rtol=0, atol=1e-11)
    function = macrospin.simulate(
        PMA, 0.1, 3e-9, 1, 1, 1, start=start, thermal=False, waveform=lambda t: np.where(t < 1e-9, 0.5, -0.6)
    )
    np.testing.assert_allclose(function.m, second.m, rtol=0, atol=3e-3)  # its jump lies somewhere in a step


def test_a_sine_is_the_same_as_points_and_as_a_function() -> None:
    times = np.linspace(0, 3e-9, 3001)

    def sine(t: np.ndarray) -> np.ndarray:
        return 0.4 * np.sin(2e9 * t)

    runs = [
        macrospin.simulate(PMA, 0.2, 3e-9, 1, 20, 3, waveform=waveform, dt=1e-12).m for waveform in (sine, (times, sine(times)))
    ]
    np.testing.assert_allclose(*runs, rtol=0, atol=1e-9)


# -- with it


def test_start_is_boltzmann() -> None:
    """Kolmogorov-Smirnov on 20,000 starts, both wells and with an offset field; 1 % significance each."""
    mtj = Mtj.preset("ref-pma-40", mu0_hoff=0.05)
    delta, offset = float(mtj.delta), float(mtj.offset)
    for state in (1, -1):
        m = macrospin.thermal_start(mtj, np.full(20_000, state), np.random.default_rng(5))
        grid = np.linspace(0, 1, 100_001)
        density = np.exp(delta * (grid**2 + 2 * state * offset * grid - 1 - 2 * state * offset))
        below = np.concatenate([[0], np.cumsum(density[1:] + density[:-1])])
        assert kstest(m[2] * state, lambda z, below=below, grid=grid: np.interp(z, grid, below / below[-1])).pvalue > 0.01
        assert kstest(np.arctan2(m[1], m[0]), "uniform", args=(-math.pi, 2 * math.pi)).pvalue > 0.01


@pytest.mark.slow
def test_equilibrium_is_boltzmann() -> None:
    """Delta 3.08, 12,000 trials after 8 ns from one well (the slowest mode has died out 500 times over): KS at 1 %.

    In both calculi that could be meant only Stratonovich's, with the length kept, has this distribution.
    """
    delta = float(SOFT.delta)
    slowest = np.sort(-np.linalg.eigvals(fokker_planck.galerkin_generator(0.0, 0.0, delta, 40)).real)[1]
    assert slowest * 8e-9 / SOFT.tau_d > math.log(500)
    z = macrospin.simulate(SOFT, 0.0, 8e-9, 1, 12_000, 4).m[:, 2]
    root = math.sqrt(delta)
    assert kstest(z, lambda q: 0.5 + erfi(root * q) / erfi(root) / 2).pvalue > 0.01


def test_seeds_repeat_whatever_the_threads() -> None:
    runs = [macrospin.simulate(PMA, 0.5, 1e-9, 1, 600, 9, threads=n) for n in (1, 3)]
    np.testing.assert_array_equal(runs[0].m, runs[1].m)
    np.testing.assert_array_equal(runs[0].first_passage, runs[1].first_passage)
    other = macrospin.simulate(PMA, 0.5, 1e-9, 1, 600, 10)
    assert not np.isclose(runs[0].m[:, 2], other.m[:, 2]).any()
    assert np.unique(runs[0].m[:, 2]).size == 600


def test_records_change_nothing() -> None:
    plain = macrospin.simulate(PMA, 0.5, 1.003e-9, 1, 300, 9, dt=1e-12)
    run = macrospin.simulate(PMA, 0.5, 1.003e-9, 1, 300, 9, dt=1e-12, record_every=17)
    np.testing.assert_array_equal(plain.m, run.m)
    assert run.times == pytest.approx(np.arange(60) * 17e-12, abs=1e-20)
    assert run.trace.shape == (60, 300, 3)
    np.testing.assert_array_equal(run.mean, run.trace.mean(axis=1))
    last = macrospin.simulate(PMA, 0.5, 1.003e-9, 1, 300, 9, dt=1e-12, record_every=1003)
    np.testing.assert_array_equal(last.trace[-1], last.m)
    crossed = run.trace[:, :, 2].min(axis=0) < 0
    assert np.isfinite(run.first_passage[crossed]).all()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"trials": 0}, "trials = 0"),
        ({"seconds": 0.0}, "seconds = 0"),
        ({"state": 0}, "state 0"),
        ({"drive": "curent"}, "did you mean 'current'"),
        ({"dt": 3e-12}, "too long for the thermal field; give at most 2.04e-12 s"),
        ({"start": [0, 0, 0]}, "length 0"),
        ({"start": np.ones((4, 3))}, "start has shape"),
        ({"waveform": ([0, 2e-9, 1e-9], [0, 1, 0])}, "must not fall"),
        ({"waveform": ([0, 1e-9], [0.0])}, "as many values as times"),
        ({"waveform": lambda t: t * np.nan}, "not finite"),
        ({"seed": -1}, "seed -1"),
        ({"record_every": 0}, "record_every = 0"),
        ({"state": [1, -1]}, r"state has shape \(2,\)"),
    ],
)
def test_mistakes_are_named(change: dict[str, object], complaint: str) -> None:
    arguments = {"v": 0.5, "seconds": 1e-9, "state": 1, "trials": 3, "seed": 1} | change
    with pytest.raises(InputError, match=complaint):
        macrospin.simulate(PMA, **arguments)


def test_an_array_of_devices_is_refused() -> None:
    with pytest.raises(InputError, match=r"mtj\[index\]"):
        macrospin.simulate(Mtj.preset("ref-pma-40", mu0_hk=np.array([0.2, 0.3])), 0.5, 1e-9, 1, 3, 1)
