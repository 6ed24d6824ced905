"""The in-situ loop: read forwards, read backwards, pulse. The same for every engine."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..randomness import check_seed
from . import rules
from .datasets import Dataset, load
from .network import Network, build
from .rules.base import Tally
from .settings import ENGINES, TrainSettings, WireSettings
from .software import train_software

Array = NDArray[np.float64]
Config = TrainSettings | Mapping[str, Any] | str | Path
Progress = Callable[[str], None]


@dataclass(eq=False)
class Run:
    """A training and its yardstick.

    samples : how many were seen; seconds : of the in-situ training alone. epochs : arrays with one entry an epoch: "train_accuracy"
    (of the reads during the epoch), "test_accuracy", "software_test_accuracy", "flips" and "pulses" (of the whole epoch), "skipped"
    (share of samples without an update). trace : arrays with one entry a sample: "loss", "correct", "flips" and "pulses" (samples,
    layers), and "outputs" (samples, classes) where asked for. states : those of each layer's arrays at the end, (M, N) under
    "layer0/array0". test_accuracy is nan where nothing was tested, software_test_accuracy where no yardstick was trained.
    """

    settings: TrainSettings
    engine: str
    seed: int
    test_accuracy: float
    software_test_accuracy: float
    samples: int
    seconds: float
    epochs: dict[str, Array]
    trace: dict[str, Array]
    states: dict[str, NDArray[np.int8]]
    network: Network
    notes: list[str] = field(default_factory=list)
    interrupted: bool = False

    def save(self, path: str | Path) -> Path:
        """Write the run to an HDF5 file."""
        from .record import save_run

        return save_run(self, path)


@dataclass(eq=False)
class Prepared:
    """All that a training needs, before its first sample; `name` is the engine's."""

    settings: TrainSettings
    name: str
    seed: int
    data: Dataset
    rule: rules.Rule
    network: Network
    notes: list[str]

    def accuracy(self, samples: int | None = None) -> float:
        """Accuracy of the network's reads on the test part, or on its first `samples`; nan without any."""
        x, y = self.data.x_test[:samples], self.data.y_test[:samples]
        return float(np.mean(self.network.predict(x) == y)) if len(x) else float("nan")


def train(
    config: Config,
    engine: Any = None,
    seed: int | None = None,
    *,
    samples: int | None = None,
    test_samples: int | None = None,
    outputs: bool = False,
    software: bool = True,
    progress: Progress | None = None,
) -> Run:
    """Train a network of MTJ arrays in situ, batch size 1, and its real-valued counterpart beside it.

    config : a TOML file's path, its tables, or `TrainSettings`. engine : "surrogate", "nodal", "ngspice", "ideal" (arrays without wires
    and drivers), or an engine object; `seed`, `samples`, `test_samples` override the file's. outputs : keep every sample's output
    sums. software : whether to train the yardstick. progress : is told a line after each epoch. The same seed gives the same run,
    bit by bit; another engine the same random numbers. An interrupt (Ctrl-C) after the first sample ends it early: the run then holds
    what was done, and says so (`interrupted`).
    """
    if samples is not None and samples < 1:
        raise InputError(f"samples = {samples}: it must be at least 1")
    made = prepare(config, engine, seed)
    limit = made.settings.limit
    loop = Loop(
        made,
        limit.samples if samples is None else samples,
        tested=limit.test_samples if test_samples is None else test_samples,
        outputs=outputs,
    )
    start, interrupted = time.perf_counter(), False
    try:
        loop.run(progress)
    except KeyboardInterrupt:
        if not loop.step:
            raise
        interrupted = True
        loop.close()
    seconds = time.perf_counter() - start

    epochs, yardstick = loop.epochs(), float("nan")
    if software and not interrupted:
        done = train_software(
            made.data, made.settings.network.hidden, made.settings.rule.epochs, made.settings.software, made.seed
        )
        yardstick, epochs["software_test_accuracy"] = done.test_accuracy, done.history
    return Run(
        settings=made.settings,
        engine=made.name,
        seed=made.seed,
        test_accuracy=float(epochs["test_accuracy"][-1]),
        software_test_accuracy=yardstick,
        samples=loop.step,
        seconds=seconds,
        epochs=epochs,
        trace=loop.trace(),
        states=made.network.states(),
        network=made.network,
        notes=[*made.notes, *(["interrupted"] if interrupted else [])],
        interrupted=interrupted,
    )


def prepare(config: Config, engine: Any = None, seed: int | None = None) -> Prepared:
    """Settings read, data loaded, arrays built; arguments as in `train`."""
    settings = TrainSettings.of(config)
    seed = settings.seed if seed is None else seed
    check_seed(seed)
    settings, chosen, notes = _engine(settings, settings.engine if engine is None else engine)
    name = chosen if isinstance(chosen, str) else chosen.name
    data, rule = load(settings.data, seed), rules.get(settings.rule)
    sizes = [data.features, *settings.network.hidden, data.classes]
    network = build(settings, sizes, chosen, rule.arrays, seed)
    notes += network.layers[0].weights.spec.encoder.warnings()
    return Prepared(dataclasses.replace(settings, engine=name, seed=seed), name, seed, data, rule, network, notes)


class Loop:
    """A training under way: samples in their order, one at a time, and what is recorded of each.

    samples : how many there will be at most (None: all epochs); tested : how many of the test part are read after each epoch.
    """

    def __init__(self, made: Prepared, samples: int | None = None, *, tested: int | None = None, outputs: bool = False):
        self.made, self.tested, self.keep_outputs = made, tested, outputs
        self.each = len(made.data.x_train)
        self.total = made.settings.rule.epochs * self.each
        self.planned = self.total if samples is None else min(samples, self.total)
        self._shuffle = np.random.default_rng(np.random.SeedSequence(made.seed, spawn_key=(0x0DE2,)))
        self._order: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self.step = 0
        shape = (self.planned, len(made.network.layers))
        self.loss, self.correct = np.zeros(self.planned), np.zeros(self.planned, dtype=bool)
        self.skipped = np.zeros(self.planned, dtype=bool)
        self.flips, self.pulses = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self.outputs = np.zeros((self.planned if outputs else 0, made.data.classes))
        self.accuracy: list[float] = []

    def run(self, progress: Progress | None = None) -> None:
        """All samples that are left, with a test after each epoch."""
        while self.step < self.planned:
            self.advance(min(self.each - self.step % self.each, self.planned - self.step))
            self.accuracy.append(self.made.accuracy(self.tested))
            if progress is not None:
                epoch = -(-self.step // self.each)
                progress(f"epoch {epoch}: {self.step} samples, test accuracy {100 * self.accuracy[-1]:.2f} %")

    def close(self) -> None:
        """End early: a test for the epoch that was under way."""
        if len(self.accuracy) * self.each < self.step:
            self.accuracy.append(self.made.accuracy(self.tested))

    def advance(self, samples: int) -> None:
        """Learn from the next samples."""
        data = self.made.data
        for _ in range(samples):
            k = self._next()
            self._learn(data.x_train[k], int(data.y_train[k]))
            self.step += 1

    def skip(self, samples: int) -> None:
        """Pass over the next samples, as if they had been learnt elsewhere."""
        for _ in range(samples):
            self._next()
            self.step += 1

    def _next(self) -> int:
        if self.step % self.each == 0:
            self._order = self._shuffle.permutation(self.each)
        return int(self._order[self.step % self.each])

    def _learn(self, x: Array, label: int) -> None:
        """One sample: two reads a layer, then its pulses."""
        network, rule, step = self.made.network, self.made.rule, self.step
        done = network.forward(x)
        likely, progress = float(done.probabilities[label]), step / self.total
        self.loss[step] = -np.log(max(likely, 1e-300))
        self.correct[step] = np.argmax(done.probabilities) == label
        self.skipped[step] = 1 - likely < self.made.settings.rule.skip
        if self.keep_outputs:
            self.outputs[step] = done.sums[-1]
        deltas = None if self.skipped[step] else network.errors(done, label)
        for k, layer in enumerate(network.layers):
            tally = Tally() if deltas is None else rule.update(layer, done.inputs[k], deltas[k], step, progress)
            self.pulses[step, k], self.flips[step, k] = tally.plus(rule.each_sample(layer, step, progress))

    def epochs(self) -> dict[str, Array]:
        """Means and sums by epoch, of the samples so far."""
        parts = [slice(start, min(start + self.each, self.step)) for start in range(0, self.step, self.each)]
        return {
            "train_accuracy": np.array([self.correct[part].mean() for part in parts]),
            "test_accuracy": np.array(self.accuracy),
            "skipped": np.array([self.skipped[part].mean() for part in parts]),
            "flips": np.array([self.flips[part].sum() for part in parts]),
            "pulses": np.array([self.pulses[part].sum() for part in parts]),
        }

    def trace(self) -> dict[str, Array]:
        """What was recorded of each sample so far."""
        trace = {"loss": self.loss, "correct": self.correct, "flips": self.flips, "pulses": self.pulses}
        if self.keep_outputs:
            trace["outputs"] = self.outputs
        return {name: values[: self.step] for name, values in trace.items()}


def _engine(settings: TrainSettings, engine: Any) -> tuple[TrainSettings, Any, list[str]]:
    """The settings as they are under the engine, the engine itself, and what a reader should know of it."""
    from ..engines import get
    from ..errors import unknown

    if isinstance(engine, str) and engine not in ENGINES:
        raise unknown("engine", engine, ENGINES)
    if engine == "ideal":
        bare = dataclasses.replace(settings, wires=WireSettings(0.0, 0.0, 0.0, 0.0))
        return bare, engine, ["arrays without wires and drivers"]
    if engine == "surrogate":
        from ..surrogate.model import Surrogate

        if settings.surrogate.path is not None:
            return settings, Surrogate.load(settings.surrogate.path), [f"calibration {settings.surrogate.path}"]
        preset, cell = settings.device.preset, settings.device.cell
        return settings, Surrogate.shipped(preset, cell), [f"the calibration shipped for {preset} in {cell} cells"]
    return settings, get(engine), []
