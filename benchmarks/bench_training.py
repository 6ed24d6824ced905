"""Accuracy over seeds and time per sample of surrogate training, beside the real-valued network.

python benchmarks/bench_training.py [SEEDS]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

import spicemtj as sm

EXAMPLES = Path(__file__).parent.parent / "examples"


def accuracy(seeds: int) -> None:
    """Digits and breast cancer by the examples' settings."""
    print(f"load {os.getloadavg()[0]:.2f}, {len(os.sched_getaffinity(0))} cores, seeds 1 to {seeds}")
    for name in ("03_digits", "03b_breast_cancer"):
        runs = [sm.train(EXAMPLES / f"{name}.toml", engine="surrogate", seed=seed) for seed in range(1, seeds + 1)]
        ours, theirs = (100 * np.array([getattr(r, k) for r in runs]) for k in ("test_accuracy", "software_test_accuracy"))
        milliseconds = np.array([1e3 * r.seconds / r.samples for r in runs])
        print(
            f"{name}: in situ {ours.mean():.2f} +- {ours.std(ddof=1):.2f} % ({', '.join(f'{a:.2f}' for a in ours)}), "
            f"real-valued {theirs.mean():.2f} +- {theirs.std(ddof=1):.2f} %, gap {theirs.mean() - ours.mean():.2f} points, "
            f"{np.median(milliseconds):.2f} ms a sample"
        )


if __name__ == "__main__":
    accuracy(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
