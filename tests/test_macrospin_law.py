"""The stochastic LLG against the Fokker-Planck law: probabilities, passages, both drives and torques, offset field and VCMA."""

from __future__ import annotations

import numpy as np
import pytest

from spicemtj import Mtj
from spicemtj.device.reference import macrospin
from spicemtj.device.switching import fokker_planck

PMA = Mtj.preset("ref-pma-40")
TRIALS = 20_000


def sigmas(count: float, trials: int, p: float) -> float:
    return float(abs(count / trials - p) / np.sqrt(p * (1 - p) / trials))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "v", "widths"),
    [
        (1, 0.263, (4e-9, 7e-9)),
        (1, 0.4, (2.5e-9, 4e-9)),
        (1, 0.7, (1.5e-9, 2e-9)),
        (-1, -0.45, (4e-9, 7e-9)),
        (-1, -0.6, (2.5e-9, 4e-9)),
        (-1, -0.9, (1.3e-9, 2e-9)),
    ],
)
def test_switching_probability_of_a_pulse(state: int, v: float, widths: tuple[float, float]) -> None:
    """12 points, 20,000 trials each (1 ps, 140 steps a precession), 3 sigma. The two widths of a voltage share their trials."""
    start, now = None, 0.0
    for width in widths:
        start = macrospin.simulate(PMA, v, width - now, state, TRIALS, 3, start=start).m
        now = width
        p = float(PMA.switching_probability(v, width, state))
        assert 0.005 < p < 0.995
        assert sigmas(np.sum(start[:, 2] * state < 0), TRIALS, p) < 3


@pytest.mark.parametrize(("v", "state"), [(0.6, 1), (-0.9, -1)])
def test_mean_first_passage(v: float, state: int) -> None:
    """4,000 trials long enough for all of them, 3 standard errors."""
    seconds = 10e-9
    times = macrospin.simulate(PMA, v, seconds, state, 4000, 5).first_passage
    assert np.isfinite(times).all()
    expected = float(PMA.mean_switching_time(v, state))
    assert abs(times.mean() - expected) < 3 * times.std() / np.sqrt(4000)


@pytest.mark.slow
def test_current_drive_and_its_mean_first_passage() -> None:
    """i = 2: 2.4282 ns; 8,000 trials, 3 standard errors."""
    times = macrospin.simulate(PMA, 2.0, 10e-9, 1, 8000, 11, drive="current").first_passage
    assert np.isfinite(times).all()
    assert abs(times.mean() - 2.4282e-9) < 3 * times.std() / np.sqrt(8000)


def test_voltage_torque() -> None:
    mtj = Mtj.preset("ref-pma-40", torque="voltage")
    p = float(mtj.switching_probability(-0.6, 2e-9, -1))
    m = macrospin.simulate(mtj, -0.6, 2e-9, -1, 4000, 7).m
    assert 0.2 < p < 0.8
    assert sigmas(np.sum(m[:, 2] > 0), 4000, p) < 3


@pytest.mark.parametrize("state", [1, -1])
def test_offset_field_and_vcma(state: int) -> None:
    """Drift a + (b - 1) z with a lowered by the offset field and b raised by VCMA; 5,000 trials, 3 sigma.

    Written out here from the parameters, and what they change is far more than 3 sigma.
    """
    mtj = Mtj.preset("ref-pma-40", mu0_hoff=-0.015, vcma=40e-15)
    v, seconds = state * 0.6, (1.7e-9 if state > 0 else 4.5e-9)
    offset = -0.015 / 0.25
    slope = 2 * 40e-15 / (1e-9 * 1.3e-9 * 1e6 * 0.25)
    g_p, g_ap = float(PMA.conductance(1, v)), float(PMA.conductance(-1, v))
    ic0, delta, time = float(PMA.ic0), float(PMA.delta), seconds / float(PMA.tau_d)
    a, b = v * (g_p + g_ap) / 2 / ic0, v * (g_p - g_ap) / 2 / ic0
    p, bare = (
        float(fokker_planck.galerkin_probability(state * (a - h), b + k * v, delta, [time], state * h, modes=110)[0])
        for h, k in ((offset, slope), (0.0, 0.0))
    )
    m = macrospin.simulate(mtj, v, seconds, state, 5000, 8).m
    switched = np.sum(m[:, 2] * state < 0)
    assert 0.1 < p < 0.9
    assert sigmas(switched, 5000, p) < 3
    assert sigmas(switched, 5000, bare) > 10


def test_field_like_torque_acts_as_a_field() -> None:
    """In the drift of m_z it adds alpha times its ratio to the drive: i (1 + alpha r); 5,000 trials, 3 sigma."""
    mtj = Mtj.preset("ref-pma-40", field_like=10.0)
    i, seconds = 1.5, 3e-9
    p = float(fokker_planck.galerkin_probability(i * 1.2, 0.0, float(mtj.delta), [seconds / float(mtj.tau_d)], modes=110)[0])
    m = macrospin.simulate(mtj, i, seconds, 1, 5000, 9, drive="current").m
    assert 0.2 < p < 0.8
    assert sigmas(np.sum(m[:, 2] < 0), 5000, p) < 3


def test_two_rectangular_pieces_with_a_thermal_field() -> None:
    """A pulse that turns back: the law by modes, one exponential after the other; 5,000 trials, 3 sigma."""
    from scipy.linalg import expm

    modes, delta, tau = 110, float(PMA.delta), float(PMA.tau_d)
    moments = fokker_planck.galerkin_start(delta, modes)
    for i, seconds in ((2.0, 2.2e-9), (-1.0, 0.4e-9)):
        moments = expm(fokker_planck.galerkin_generator(i, 0.0, delta, modes) * seconds / tau) @ moments
    x, weight = fokker_planck.gauss_legendre(2 * modes)
    below = np.polynomial.legendre.legvander(-0.5 + 0.5 * x, modes - 1).T @ (0.5 * weight) * (np.arange(modes) + 0.5)
    p = float(below @ moments)
    waveform = ([0, 2.2e-9, 2.2e-9], [2.0, 2.0, -1.0])
    m = macrospin.simulate(PMA, 0.0, 2.6e-9, 1, 5000, 10, drive="current", waveform=waveform).m
    assert 0.1 < p < 0.9
    assert sigmas(np.sum(m[:, 2] < 0), 5000, p) < 3
