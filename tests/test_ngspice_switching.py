"""The switching junction of a circuit against the Fokker-Planck law: the distribution of its switching times, for either kind of device."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import kstest

from spicemtj import Crossbar, Drive, Mtj
from spicemtj.circuit.deck import write_deck
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.engines.rawfile import vectors

pytestmark = [pytest.mark.ngspice, pytest.mark.slow]

DEVICES = 2000
SIGNIFICANCE = 1e-3  # of each comparison; 11 are made


def volts_at(mtj: Mtj, drive: float, state: int) -> float:
    """The voltage at which a device in `state` is driven out of it by `drive` Ic0."""
    return float(brentq(lambda v: state * mtj.drive(state, v) - drive, 0.0, 3.0 * state))


def switching_times(mtj: Mtj, volts: float, seconds: float, state: int, u: np.ndarray, engine: NgspiceEngine) -> np.ndarray:
    """Times from the middle of the leading edge to A = 1 of devices side by side at `volts`; inf where that was not reached."""
    xbar = Crossbar(1, len(u), mtj, states=np.full((1, len(u)), state), r_wl=0, r_bl=0, r_driver_wl=0, r_driver_bl=0)
    up, down = max(volts, 0.0), max(-volts, 0.0)
    drive = Drive(edges=np.array([0.0, seconds]), v_wl=np.array([[up]]), v_bl=np.full((1, len(u)), down))
    deck = write_deck(xbar, drive, u[None], junctions=engine.junctions(xbar))
    waves = engine.simulate(deck)
    time = waves["time"] - float(drive.rise or 0.0)
    progress = vectors(waves, [f"v({node})" if node else "" for node in deck.names.progress], len(time))
    found = np.full(len(u), np.inf)
    for k, a in enumerate(progress):
        after = int(np.argmax(a >= 1))
        if a[after] >= 1:  # A is linear in time, but for the latch after 1
            slope = (a[after - 1] - a[after - 2]) / (time[after - 1] - time[after - 2])
            found[k] = time[after - 1] + (1 - a[after - 1]) / slope
    return found


@pytest.mark.parametrize(
    ("device", "state", "current"),
    [("compiled", state, current) for state in (1, -1) for current in (0.7, 1.0, 1.5, 2.0, 3.0)] + [("behavioural", 1, 1.5)],
)
def test_switching_times_follow_the_fokker_planck_law(tmp_path: Path, device: str, state: int, current: float) -> None:
    """Kolmogorov-Smirnov on 2,000 devices: those that switch within the pulse, by the law's P at their time relative to its end."""
    mtj = Mtj.preset("ref-pma-40")
    engine = NgspiceEngine(timeout=300, failed=tmp_path, device=device)
    volts = volts_at(mtj, current, state)
    seconds = 1.5 * float(mtj.mean_switching_time(volts, state))
    u = np.random.default_rng([round(10 * current), state + 1]).random(DEVICES)
    times = switching_times(mtj, volts, seconds, state, u, engine)
    end = float(mtj.switching_probability(volts, seconds, state))
    switched = np.isfinite(times)
    expected = (u <= end).sum()
    assert abs(int(switched.sum()) - int(expected)) <= 0.004 * DEVICES  # what the fit of t_u leaves in P
    # each device by itself: at its flip P has reached its own random number, but for the fit and a time step
    assert np.abs(mtj.switching_probability(volts, times[switched], state) - u[switched]).max() < 0.006
    p = mtj.switching_probability(volts, times[switched], state) / mtj.switching_probability(
        volts, times[switched].max(), state
    )
    assert kstest(p, "uniform").pvalue > SIGNIFICANCE
