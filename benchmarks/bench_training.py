"""Accuracy of some lines of the study `accuracy` beside the real-valued network: under wires and spread, and of the rules themselves.

python benchmarks/bench_training.py [SEEDS [mnist]]     mnist: that alone, some 40 minutes of one core a seed
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np

from spicemtj.errors import InputError
from spicemtj.study import accuracy

# data, engine, rule, devices a weight: 10 % spread, 1 ohm, tiles of 64 under "surrogate"; none of it under "ideal"
LINES = [
    *((data, "surrogate", "two_array", 16) for data in ("breast-cancer", "sonar", "digits")),
    *(("digits", "ideal", rule, k) for rule, k in [("rank_one", 1), ("rank_one", 4), ("rank_one", 16), ("consensus", 4)]),
]

LONG = [("mnist", "surrogate", "two_array", 32)]


def line(data: str, engine: str, rule: str, devices: int, seeds: int) -> str:
    """Means over seeds, standard deviations, and the gap to the real-valued network of the same seeds."""
    task = {"data": data, "engine": engine, "cell": "1T1R", "rule": rule, "devices": devices, "quick": False}
    begun, cpu = time.perf_counter(), time.process_time()
    found = [accuracy.run(task | {"seed": seed}) for seed in range(1, seeds + 1)]
    ours, theirs = (100 * np.array([one[name] for one in found]) for name in ("in_situ", "software"))
    return (
        f"{data}, {engine}, {rule}, K = {devices}: {ours.mean():.2f} +- {ours.std(ddof=1):.2f} % "
        f"({', '.join(f'{a:.2f}' for a in ours)}), real-valued {theirs.mean():.2f} +- {theirs.std(ddof=1):.2f} %, "
        f"gap {theirs.mean() - ours.mean():.2f} points; {time.perf_counter() - begun:.0f} s ({time.process_time() - cpu:.0f} of a core)"
    )


def main(seeds: int, lines: list[tuple[str, str, str, int]]) -> None:
    print(f"load {os.getloadavg()[0]:.2f}, {len(os.sched_getaffinity(0))} cores, seeds 1 to {seeds}; 1T1R, ref-pma-40")
    for what in lines:
        try:
            print(line(*what, seeds), flush=True)
        except InputError as error:  # sonar's table comes with no package
            print(f"{what[0]}: not there ({error})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, LONG if sys.argv[2:] == ["mnist"] else LINES)
