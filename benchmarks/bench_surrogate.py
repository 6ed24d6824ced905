#!/usr/bin/env python3
"""Time a sample of surrogate training on MNIST, 784-H-10, one device a weight, batch size 1, the plain rule; one thread.

python benchmarks/bench_surrogate.py [FOLDER] [--samples N] [--hidden H ...] [--no-peers]

The settings are those of examples/03c_mnist.toml (1T1R, wires, 10 % variation, write physics), its four epochs on the first N/4 images, so
that the rates go through their whole range; N = 240000 is the example itself. Reads are timed by themselves on the trained arrays,
writes are the rest of the time. Peers in the same run: aihwkit (ConstantStep devices) or, where it is not installed, torch's SGD.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from numba import njit

from spicemtj.config import read_toml
from spicemtj.errors import InputError
from spicemtj.training.compiled_loop import CompiledLoop
from spicemtj.training.datasets import load
from spicemtj.training.kernels import Record, Samples, sense
from spicemtj.training.settings import TrainSettings
from spicemtj.training.train import Loop, prepare

EXAMPLE = Path(__file__).parent.parent / "examples" / "03c_mnist.toml"
HIDDEN = (64, 128, 256, 512, 1024)
EPOCHS = 4
WARM = 50  # samples of another training of the same kind, which compile
CHUNK = 500
READ = 2000  # samples of the reads alone
PEER = 4000  # samples of a peer


class Taken(NamedTuple):
    """Milliseconds a sample, by the clock and of the processor."""

    wall: float
    cpu: float


class Found(NamedTuple):
    """One width: times whole, of forward and of both reads; per chunk milliseconds a sample, pulses and flips a sample."""

    hidden: int
    whole: Taken
    forward: Taken
    reads: Taken
    chunks: np.ndarray
    right: float

    @property
    def weights(self) -> int:
        return 785 * self.hidden + 10 * (self.hidden + 1)


def timed(work: Callable[[], Any], samples: int) -> Taken:
    start, cpu = time.perf_counter(), time.process_time()
    work()
    return Taken(1e3 * (time.perf_counter() - start) / samples, 1e3 * (time.process_time() - cpu) / samples)


@njit
def sensed(net, samples, record):  # type: ignore[no-untyped-def]
    for n in range(samples.order.size):
        sense(net, samples, record, n)


def prepared(folder: str | None, samples: int, hidden: int) -> tuple[Loop, CompiledLoop]:
    tables = read_toml(EXAMPLE)
    tables["data"] |= {"train_samples": -(-samples // EPOCHS)} | ({} if folder is None else {"path": folder})
    tables["network"]["hidden"] = [hidden]
    made = prepare(tables, "surrogate", 1)
    loop, compiled = Loop(made, samples), CompiledLoop.of(made)
    assert compiled is not None
    return loop, compiled


def reads(compiled: CompiledLoop, backwards: bool) -> Taken:
    """Reads of READ samples alone, twice, the better time; with an error to take back from each, or none."""
    net = compiled.net._replace(skip=0.0 if backwards else 2.0)
    order = np.arange(READ, dtype=np.int64) % len(compiled.x)
    samples = Samples(compiled.x, compiled.y, order, 0, READ)
    flags, counts = (np.zeros(READ, dtype=bool) for _ in range(2)), (np.zeros((READ, 2), dtype=np.int64) for _ in range(2))
    record = Record(np.zeros(READ), *flags, np.zeros((0, 10)), *counts)
    sensed(net, samples._replace(order=order[:1]), record)
    return min((timed(lambda: sensed(net, samples, record), READ) for _ in range(2)), key=lambda taken: taken.cpu)


def measure(folder: str | None, samples: int, hidden: int) -> Found:
    loop, compiled = prepared(folder, samples, hidden)
    chunks = []
    whole = np.zeros(2)
    while loop.step < samples:
        begin = loop.step
        count = min(CHUNK, samples - begin, loop.each - begin % loop.each)
        chosen = [loop._next(ahead) for ahead in range(count)]
        taken = timed(lambda chosen=chosen: compiled.learn(loop, chosen), count)  # type: ignore[misc]
        whole += np.array(taken) * count / samples
        part = slice(begin, loop.step)
        chunks.append((taken.cpu, loop.pulses[part].sum() / count, loop.flips[part].sum() / count, count))
    right = 100 * float(loop.correct[-max(samples // 10, 1) :].mean())
    return Found(hidden, Taken(*whole), reads(compiled, False), reads(compiled, True), np.array(chunks), right)


def fitted(rows: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, float]:
    """Least squares of relative errors, and the rms of those that are left."""
    factors, *_ = np.linalg.lstsq(rows / times[:, None], np.ones(times.size), rcond=None)
    return factors, float(np.sqrt(np.mean((rows @ factors / times - 1) ** 2)))


def report_fit(all_found: list[Found]) -> None:
    """The writes' time of every chunk, by flips and pulses; then once more with the number of cells beside them."""
    parts = [(found, chunk) for found in all_found for chunk in found.chunks if chunk[0] > found.reads.cpu]
    times = np.array([chunk[0] - found.reads.cpu for found, chunk in parts])
    rows = np.array([(1.0, chunk[1], chunk[2], found.weights / 1e5) for found, chunk in parts])
    factors, left = fitted(rows[:, :3], times)
    print(
        f"writes = {1e3 * factors[0]:.1f} us + {1e3 * factors[1]:.1f} us a pulse + {1e3 * factors[2]:.1f} us a flip, "
        f"within {100 * left:.0f} % rms over all widths"
    )
    factors, left = fitted(rows, times)
    print(f"with a term for what could be touched: {1e3 * factors[3]:.2f} us per 100,000 cells, within {100 * left:.0f} % rms")
    weights = np.array([found.weights for found in all_found], dtype=float)
    both = np.array([found.reads.cpu for found in all_found])
    (start, each), left = fitted(np.stack([np.ones(weights.size), weights], axis=1), both)
    print(f"reads = {1e3 * start:.1f} us + {1e6 * each:.4f} ns a weight, within {100 * left:.0f} % rms")


# -- for scale


def images(folder: str | None, count: int) -> tuple[np.ndarray, np.ndarray]:
    tables = read_toml(EXAMPLE)
    tables["data"] |= {"train_samples": count} | ({} if folder is None else {"path": folder})
    data = load(TrainSettings.of(tables).data, 1)
    return data.x_train[:count].astype(np.float32), data.y_train[:count].astype(np.int64)


def torch_trained(folder: str | None, hidden: int, model: Any, optimiser: Any) -> Taken:
    import torch

    x, y = (torch.from_numpy(part) for part in images(folder, PEER))
    loss = torch.nn.CrossEntropyLoss()

    def learn(begin: int, end: int) -> None:
        for k in range(begin, end):
            optimiser.zero_grad()
            loss(model(x[k : k + 1]), y[k : k + 1]).backward()
            optimiser.step()

    learn(0, WARM)
    return timed(lambda: learn(WARM, PEER), PEER - WARM)


def peers(folder: str | None, hidden: int) -> list[tuple[str, Taken]]:
    """Batch size 1 in torch, one thread, and in aihwkit where it is installed."""
    found = []
    try:
        import torch
    except ImportError:
        print("torch is not installed, and so no peer: pip install torch")
        return found
    torch.set_num_threads(1)
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(784, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 10))
    taken = torch_trained(folder, hidden, model, torch.optim.SGD(model.parameters(), lr=0.01))
    found.append((f"torch {torch.__version__} SGD", taken))
    try:
        from aihwkit.nn import AnalogLinear
        from aihwkit.optim import AnalogSGD
        from aihwkit.simulator.configs import ConstantStepDevice, SingleRPUConfig
    except ImportError:
        print("aihwkit is not installed; torch alone, for scale")
        return found
    config = SingleRPUConfig(device=ConstantStepDevice())
    first, second = (AnalogLinear(*shape, rpu_config=config) for shape in ((784, hidden), (hidden, 10)))
    model = torch.nn.Sequential(first, torch.nn.ReLU(), second)
    optimiser = AnalogSGD(model.parameters(), lr=0.01)
    optimiser.regroup_param_groups(model)
    found.append(("aihwkit ConstantStep", torch_trained(folder, hidden, model, optimiser)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", help="the four IDX files of MNIST (default: the cache folder's mnist/)")
    parser.add_argument("--samples", type=int, default=20000)
    parser.add_argument("--hidden", type=int, nargs="+", default=list(HIDDEN))
    parser.add_argument("--no-peers", action="store_true")
    asked = parser.parse_args()
    try:
        images(asked.folder, 1)
    except InputError as error:
        print(f"nothing was measured: {error}")
        return
    loop, compiled = prepared(asked.folder, 4 * WARM, 64)
    start = timed(lambda: compiled.learn(loop, [loop._next(ahead) for ahead in range(WARM)]), 1)
    print(f"load {os.getloadavg()[0]:.1f}; compiled, or found compiled, in {1e-3 * start.cpu:.1f} s of processor time")
    print(
        "hidden |  whole: wall   cpu | forward backward  writes | pulses  flips  us a flip | first to last quarter: cpu at flips | % right",
        flush=True,
    )
    all_found = []
    for hidden in asked.hidden:
        found = measure(asked.folder, asked.samples, hidden)
        all_found.append(found)
        writes, counts = found.whole.cpu - found.reads.cpu, found.chunks[:, 3]
        pulses, flips = (float(np.average(found.chunks[:, k], weights=counts)) for k in (1, 2))
        quarters = [part.mean(axis=0) for part in np.array_split(found.chunks, 4)]
        print(
            f"{hidden:6d} | {found.whole.wall:12.4f} {found.whole.cpu:.4f} | {found.forward.cpu:7.4f} "
            f"{found.reads.cpu - found.forward.cpu:8.4f} {writes:7.4f} | {pulses:6.2f} {flips:6.2f} {1e3 * writes / flips:10.1f} | "
            + ", ".join(f"{part[0]:.3f} at {part[2]:.1f}" for part in quarters)
            + f" | {found.right:.1f}",
            flush=True,
        )
    if len(all_found) > 1:
        report_fit(all_found)
    if not asked.no_peers:
        middle = next((found for found in all_found if found.hidden == 256), all_found[0])
        for name, taken in peers(asked.folder, middle.hidden):
            print(
                f"{name}, batch size 1, 784-{middle.hidden}-10: {taken.wall:.4f} ms a sample ({taken.cpu:.4f} of processor time), "
                f"{taken.cpu / middle.whole.cpu:.2f} times the surrogate's"
            )
    print(f"load {os.getloadavg()[0]:.1f} at the end; each figure is one run")


if __name__ == "__main__":
    main()
