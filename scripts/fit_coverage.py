"""How often the intervals of `spicemtj fit` hold the truth: synthetic measurements of known devices, fitted many times.

    python scripts/fit_coverage.py                100 repeats of each case
    python scripts/fit_coverage.py 20 7           20 repeats, seed 7

A measurement is 3 widths x 8 voltages of 1000 pulses each, the voltages spread so that P goes from 0.05 to 0.95. An interval of 95 %
misses 5 of 100 times on average; 91 to 99 hits of 100 lie within 2 standard deviations of that.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from spicemtj.device.effective import effective
from spicemtj.device.fitting.fit import fit
from spicemtj.device.fitting.measured import Measured
from spicemtj.device.mtj import Mtj

TRIALS = 1000
# name: true set, pulse widths [s], starting states, intra-row correlation (variance = binomial (1 + (trials - 1) rho)), options of fit
CASES: dict[str, dict[str, Any]] = {
    "from ballistic to thermal": {"set": (48.0, 0.42, 1.3e-9), "widths": (1e-9, 10e-9, 100e-9)},
    "thermal": {"set": (35.0, 0.55, 0.8e-9), "widths": (100e-9, 1e-6, 1e-5)},
    "ballistic": {"set": (70.0, 0.30, 2.0e-9), "widths": (0.5e-9, 1e-9, 2e-9)},
    "low barrier, torque by current": {
        "set": (22.0, 0.35, 1.0e-9),
        "widths": (1e-9, 10e-9, 100e-9),
        "states": (1, -1),
        "options": {"torque": "current"},
    },
    "more scatter than counting": {
        "set": (48.0, 0.42, 1.3e-9),
        "widths": (1e-9, 10e-9, 100e-9),
        "rho": 0.003,
        "options": {"dispersion": "quasi"},
    },
}


def voltages(mtj: Mtj, width: float, state: int, levels: np.ndarray) -> np.ndarray:
    """Voltages at which `mtj` switches with the probabilities `levels` (k,) in `width` seconds."""
    grid = np.linspace(0.0, 8 * mtj.ic0 * mtj.r_p, 8001)
    p = mtj.switching_probability(state * grid, width, state)
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(p)) > 0])
    return state * np.interp(levels, p[rising], grid[rising])


def plan(case: dict[str, Any]) -> tuple[Mtj, Measured]:
    """The true device, and the rows to measure with their true probabilities."""
    truth = effective(*case["set"], 1.0, 5e3, **{k: v for k, v in case.get("options", {}).items() if k == "torque"})
    levels = np.linspace(0.05, 0.95, 8)
    rows = [(w, s, voltages(truth, w, s, levels)) for w in case["widths"] for s in case.get("states", (1,))]
    volts = np.concatenate([v for _, _, v in rows])
    seconds, state = (np.repeat([row[k] for row in rows], levels.size).astype(float) for k in (0, 1))
    return truth, Measured.of(volts, seconds, truth.switching_probability(volts, seconds, state), TRIALS, state)


def repeat(case: dict[str, Any], seed: np.random.SeedSequence, true: Measured) -> list[bool]:
    """Whether each interval of one synthetic measurement holds the truth: Delta, Vc0, tau0."""
    rng = np.random.default_rng(seed)
    p, rho = true.probability, case.get("rho", 0.0)
    if rho:
        p = rng.beta(p * (1 / rho - 1), (1 - p) * (1 / rho - 1))
    counted = rng.binomial(TRIALS, p) / TRIALS
    found = fit(Measured.of(true.volts, true.seconds, counted, TRIALS, true.state), **case.get("options", {}))
    return [e.low <= value <= e.high for e, value in zip(found.estimates.values(), case["set"], strict=True)]


def hits(name: str, repeats: int, seed: int) -> np.ndarray:
    """How many of `repeats` intervals hold the truth (3,): Delta, Vc0, tau0."""
    _, true = plan(CASES[name])
    return np.sum([repeat(CASES[name], s, true) for s in np.random.SeedSequence(seed).spawn(repeats)], axis=0)


def main(arguments: list[str]) -> None:
    repeats, seed = ([int(a) for a in arguments] + [100, 1][len(arguments) :])[:2]
    print(f"{repeats} repeats, seed {seed}: how many 95 % intervals hold the truth\n")
    print(f"{'case':32s}  Delta   Vc0  tau0")
    for name in CASES:
        print(f"{name:32s}" + "".join(f"{count:6d}" for count in hits(name, repeats, seed)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
