"""Accuracy over seeds and time per sample of surrogate training, beside the real-valued network; and the time of MNIST by width.

python benchmarks/bench_training.py [SEEDS]
python benchmarks/bench_training.py mnist FOLDER [SAMPLES]
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np

import spicemtj as sm

EXAMPLES = Path(__file__).parent.parent / "examples"
WIDTHS = (64, 128, 256, 512, 1024)


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


def mnist(folder: str, samples: int) -> None:
    """Time a sample of examples/03c_mnist.toml by hidden width, whole, and the forward reads alone (skip = 1)."""
    from spicemtj.config import read_toml
    from spicemtj.training.compiled_loop import CompiledLoop
    from spicemtj.training.train import Loop, prepare

    tables = read_toml(EXAMPLES / "03c_mnist.toml")
    tables["data"]["path"] = folder
    for width in WIDTHS:
        took = {}
        for kind, skip in (("all", 0.03), ("reads", 1.0)):
            config = tables | {"network": tables["network"] | {"hidden": [width]}, "rule": tables["rule"] | {"skip": skip}}
            made = prepare(config, "surrogate", 1)
            loop = Loop(made, samples + 50)
            compiled = CompiledLoop.of(made)
            assert compiled is not None
            compiled.learn(loop, [loop._next(k) for k in range(50)])  # compiles
            chosen = [loop._next(k) for k in range(samples)]
            start, cpu = time.perf_counter(), time.process_time()
            compiled.learn(loop, chosen)
            took[kind] = 1e3 * (time.perf_counter() - start) / samples, 1e3 * (time.process_time() - cpu) / samples
            flips = loop.flips[50:].sum() / samples
            if kind == "all":
                found = flips, 100 * loop.correct[-samples // 4 :].mean()
        print(
            f"784-{width}-10: {took['all'][0]:.4f} ms a sample ({took['all'][1]:.4f} of processor time), of which forward reads "
            f"{took['reads'][1]:.4f}; {found[0]:.2f} flips, {found[1]:.1f} % right at the end; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["mnist"]:
        mnist(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 20000)
    else:
        accuracy(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
