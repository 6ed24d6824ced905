"""The in-situ loop: read forwards, read backwards, pulse. The same for every engine."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import results
from ..errors import InputError
from ..randomness import check_seed
from . import record, rules
from .checkpoint import Checkpoints, Keeper, interrupts_held, snapshot_network, take, take_up
from .datasets import Dataset, load
from .network import Network, build
from .rules.base import Tally
from .settings import ENGINES, TrainSettings, WireSettings
from .software import train_software

if TYPE_CHECKING:
    from .compiled_loop import CompiledLoop

Array = NDArray[np.float64]
Config = TrainSettings | Mapping[str, Any] | str | Path
Progress = Callable[[str], None]
COMPILED_FROM = 100_000  # samples: the compiled loop takes a minute to compile where that was not done before
PAUSE = 0.1  # about how many seconds a training goes on between two looks at the clock


@dataclass(eq=False)
class Run:
    """A training and its yardstick.

    samples : how many were seen; seconds : of the in-situ training alone. epochs : arrays with one entry an epoch: "train_accuracy"
    (of the reads during the epoch), "test_accuracy", "software_test_accuracy", "flips" and "pulses" (of the whole epoch), "skipped"
    (share of samples without an update). trace : arrays with one entry a sample: "loss", "correct", "skipped", "flips" and "pulses"
    (samples, layers), and "outputs" (samples, classes) where asked for. states : those of each layer's arrays at the end, (M, N) under
    "layer0/array0". test_accuracy is nan where nothing was tested, software_test_accuracy where no yardstick was trained.
    finished : whether all planned samples were seen and the yardstick trained. checkpoint : what a training goes on from; kept : the
    arrays at chosen samples (see `checkpoint`). saving : seconds that checkpoints took; resumed : the sample at which an earlier run
    was taken up, if any.
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
    finished: bool = True
    checkpoint: dict[str, Any] = field(default_factory=dict)
    kept: dict[int, dict[str, Any]] = field(default_factory=dict)
    saving: float = 0.0
    resumed: int | None = None

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
    checkpoint: Checkpoints | str | Path | None = None,
) -> Run:
    """Train a network of MTJ arrays in situ, batch size 1, and its real-valued counterpart beside it.

    config : a TOML file's path, its tables, or `TrainSettings`. engine : "surrogate", "nodal", "ngspice", "ideal" (arrays without wires
    and drivers), or an engine object; `seed`, `samples`, `test_samples` override the file's. outputs : keep every sample's output
    sums. software : whether to train the yardstick. progress : is told a line after each epoch. checkpoint : a result file that is
    written under way, and from which an unfinished run of the same content is taken up (`Checkpoints` says more). The same seed gives
    the same run, bit by bit, killed in between or not; another engine the same random numbers. An interrupt (Ctrl-C) after the first
    sample ends it early: the run then holds what was done, and says so (`interrupted`).
    """
    if samples is not None and samples < 1:
        raise InputError(f"samples = {samples}: it must be at least 1")
    made, how = prepare(config, engine, seed), Checkpoints.of(checkpoint)
    limit = made.settings.limit
    loop = Loop(
        made,
        limit.samples if samples is None else samples,
        tested=limit.test_samples if test_samples is None else test_samples,
        outputs=outputs,
        keep_every=how.keep_every,
    )
    before = None if how.path is None or how.fresh else take_up(loop, how.path)
    resumed = None if before is None else loop.step
    if resumed is not None and progress is not None:
        progress(f"goes on after {resumed} samples, from {how.path}")
    spent, start, interrupted, state = before or 0.0, time.perf_counter(), False, None

    def seconds() -> float:
        return spent + time.perf_counter() - start - keeper.spent

    def save() -> None:
        unfinished = _run(loop, seconds(), take(loop, seconds()), finished=False, saving=keeper.spent, resumed=resumed)
        record.save_run(unfinished, how.path, provenance, quick=True)  # type: ignore[arg-type]

    keeper = Keeper(how, save)
    provenance = {} if how.path is None else results.provenance()
    with interrupts_held() as asked:

        def pause() -> None:
            keeper.look()
            if asked():
                raise KeyboardInterrupt

        try:
            loop.run(progress, pause)
        except KeyboardInterrupt:
            if not loop.step or not loop.whole:
                raise
            interrupted, state = True, take(loop, seconds())
            loop.close()
    took = seconds()
    run = _run(loop, took, state or take(loop, took), finished=not interrupted, saving=keeper.spent, resumed=resumed)
    run.interrupted = interrupted
    if interrupted:
        run.notes.append("interrupted")
    elif software:
        done = train_software(
            made.data, made.settings.network.hidden, made.settings.rule.epochs, made.settings.software, made.seed
        )
        run.software_test_accuracy, run.epochs["software_test_accuracy"] = done.test_accuracy, done.history
    if how.path is not None:
        run.save(how.path)
    return run


def _run(loop: Loop, seconds: float, checkpoint: dict[str, Any], *, finished: bool, saving: float, resumed: int | None) -> Run:
    """A run as it stands."""
    made = loop.made
    return Run(
        settings=made.settings,
        engine=made.name,
        seed=made.seed,
        test_accuracy=loop.accuracy[-1] if loop.accuracy else float("nan"),
        software_test_accuracy=float("nan"),
        samples=loop.step,
        seconds=seconds,
        epochs=loop.epochs(),
        trace=loop.trace(),
        states=made.network.states(),
        network=made.network,
        notes=list(made.notes),
        finished=finished,
        checkpoint=checkpoint,
        kept=loop.kept,
        saving=saving,
        resumed=resumed,
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
    notes += data.notes
    notes += network.layers[0].weights.spec.encoder.warnings()
    return Prepared(dataclasses.replace(settings, engine=name, seed=seed), name, seed, data, rule, network, notes)


class Loop:
    """A training under way: samples in their order, one at a time, and what is recorded of each.

    samples : how many there will be at most (None: all epochs); tested : how many of the test part are read after each epoch;
    keep_every : every so many samples a snapshot of the arrays goes to `kept`, by the number of samples before it. compiled : whether to
    use the compiled loop where there is one (None: for long trainings).
    """

    def __init__(
        self,
        made: Prepared,
        samples: int | None = None,
        *,
        tested: int | None = None,
        outputs: bool = False,
        keep_every: int | None = None,
        compiled: bool | None = None,
    ):
        self.made, self.tested, self.keep_outputs, self.keep_every = made, tested, outputs, keep_every
        self.each = len(made.data.x_train)
        self.total = made.settings.rule.epochs * self.each
        self.planned = self.total if samples is None else min(samples, self.total)
        self.shuffle = np.random.default_rng(np.random.SeedSequence(made.seed, spawn_key=(0x0DE2,)))
        self.order: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
        self.step, self.whole = 0, True  # whole: no sample is half learnt
        shape = (self.planned, len(made.network.layers))
        self.loss, self.correct = np.zeros(self.planned), np.zeros(self.planned, dtype=bool)
        self.skipped = np.zeros(self.planned, dtype=bool)
        self.flips, self.pulses = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self.outputs = np.zeros((self.planned if outputs else 0, made.data.classes))
        self.accuracy: list[float] = []
        self.kept: dict[int, dict[str, Any]] = {}
        self.compiled = self.planned >= COMPILED_FROM if compiled is None else compiled
        self._made_for: list[Any] = []
        self._fast: CompiledLoop | None = None

    def run(self, progress: Progress | None = None, pause: Callable[[], None] | None = None) -> None:
        """All samples that are left, with a test after each epoch; `pause` is called every now and then, between samples."""
        piece = 1
        while self.step < self.planned:
            self._keep()
            start, samples = time.perf_counter(), min(piece, self._free())
            self.advance(samples)
            if self.step % self.each == 0 or self.step == self.planned:
                self.accuracy.append(self.made.accuracy(self.tested))
                if progress is not None:
                    epoch = -(-self.step // self.each)
                    progress(f"epoch {epoch}: {self.step} samples, test accuracy {100 * self.accuracy[-1]:.2f} %")
            elif samples == piece:
                took = time.perf_counter() - start
                piece = 2 * piece if took < PAUSE / 2 else max(piece // 2, 1) if took > PAUSE else piece
            if pause is not None:
                pause()

    def close(self) -> None:
        """End early: a test for the epoch that was under way."""
        if len(self.accuracy) * self.each < self.step:
            self.accuracy.append(self.made.accuracy(self.tested))

    def advance(self, samples: int) -> None:
        """Learn from the next samples."""
        while samples:
            part = min(samples, self.each - self.step % self.each)
            self._learn_all([self._next(ahead) for ahead in range(part)])
            samples -= part

    def skip(self, samples: int) -> None:
        """Pass over the next samples, as if they had been learnt elsewhere."""
        for _ in range(samples):
            self._next()
            self.step += 1

    def _keep(self) -> None:
        if self.keep_every is not None and self.step % self.keep_every == 0 and self.step not in self.kept:
            self.kept[self.step] = snapshot_network(self.made.network)

    def _free(self) -> int:
        """How many samples there are until something else has to be done than learn."""
        ends = [self.each - self.step % self.each, self.planned - self.step]
        return min(ends if self.keep_every is None else [*ends, self.keep_every - self.step % self.keep_every])

    def _next(self, ahead: int = 0) -> int:
        """The place in the training part of the sample `ahead` of the next, in the same epoch."""
        if self.step % self.each == 0 and ahead == 0:
            self.order = self.shuffle.permutation(self.each)
        return int(self.order[self.step % self.each + ahead])

    def _learn_all(self, chosen: list[int]) -> None:
        """Consecutive samples of one epoch, by their places in the training part: in compiled calls where rule and arrays have them."""
        if (compiled := self._compiled()) is not None:
            ahead = slice(self.step, self.step + len(chosen))
            self.flips[ahead], self.pulses[ahead] = 0, 0  # the kernels add to them
            compiled.learn(self, chosen)
            return
        data = self.made.data
        for k in chosen:
            self.whole = False
            self._learn(data.x_train[k], int(data.y_train[k]))
            self.step += 1
            self.whole = True

    def _compiled(self) -> CompiledLoop | None:
        """The compiled loop of the network as it is: arrays may have been put in others' places, and gains set anew."""
        if not self.compiled:
            return None
        from .compiled_loop import CompiledLoop

        layers = self.made.network.layers
        made_for = [(layer.gain, layer.transmission, *map(id, layer.arrays)) for layer in layers]
        if made_for != self._made_for:
            self._made_for, self._fast = made_for, CompiledLoop.of(self.made)
        return self._fast

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
        """Means and sums by epoch, of the samples so far; nan for a test that is still to come."""
        parts = [slice(start, min(start + self.each, self.step)) for start in range(0, self.step, self.each)]
        return {
            "train_accuracy": np.array([self.correct[part].mean() for part in parts]),
            "test_accuracy": np.array(self.accuracy + [np.nan] * (len(parts) - len(self.accuracy))),
            "skipped": np.array([self.skipped[part].mean() for part in parts]),
            "flips": np.array([self.flips[part].sum() for part in parts]),
            "pulses": np.array([self.pulses[part].sum() for part in parts]),
        }

    @property
    def recorded(self) -> dict[str, Array]:
        """What is recorded of each sample, for all planned ones."""
        names = ["loss", "correct", "skipped", "flips", "pulses", *(["outputs"] if self.keep_outputs else [])]
        return {name: getattr(self, name) for name in names}

    def trace(self) -> dict[str, Array]:
        """What was recorded of each sample so far."""
        return {name: values[: self.step] for name, values in self.recorded.items()}


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
