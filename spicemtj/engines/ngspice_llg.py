"""Runs the stochastic LLG of single junctions in ngspice: a spot check of reference/macrospin.py, some 0.02 s a device and nanosecond."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..device.mtj import Mtj
from ..device.reference.llg_deck import llg_deck
from .ngspice import NgspiceEngine
from .rawfile import Waves, voltages

Array = NDArray[np.float64]
DEVICES_A_DECK = 40  # one run of many takes longer than several of few: all share the time step that the wildest of them needs


def simulate(
    mtj: Mtj,
    v: float,
    seconds: float,
    state: int,
    devices: int,
    seed: int,
    dt: float | None = None,
    engine: NgspiceEngine | None = None,
) -> Array:
    """m_z (devices,) of independent copies of `mtj` after `seconds` at v volts; see `llg_deck.llg_deck`.

    Raises `SimulationError` where ngspice fails or stops early.
    """

    def complaint(waves: Waves) -> str:
        times = waves.get("time", np.zeros(1))
        return "" if times[-1] >= seconds * (1 - 1e-6) else f"the run ended at {times[-1]:.3g} of {seconds:.3g} s"

    runner = NgspiceEngine() if engine is None else engine
    counts = [min(DEVICES_A_DECK, devices - first) for first in range(0, max(devices, 1), DEVICES_A_DECK)]
    seeds = np.random.SeedSequence(seed).generate_state(len(counts)).tolist()
    ends = []
    for count, own in zip(counts, seeds, strict=True):
        waves = runner.run(llg_deck(mtj, v, seconds, state, count, own, dt), complaint)
        ends.append(voltages(waves, [f"z_{k}" for k in range(count)], waves["time"].size)[:, -1])
    return np.concatenate(ends)
