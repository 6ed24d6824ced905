"""Two engines on the same training, in step: the same states, inputs and random numbers, and where their answers part.

The leader trains; the follower is put into the leader's states before every pulse, so that each read and each pulse is compared on
its own. On request the follower then trains the same samples by itself, to show what the differences add up to.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .randomness import pulse_key, uniforms
from .results import Quantity, Result, write

if TYPE_CHECKING:
    from .training.network import Network
    from .training.settings import TrainSettings

Array = NDArray[np.float64]
KIND = "comparison"


class Pair:
    """An array played by two backends at once: answers like the leader, and writes down what both say."""

    def __init__(self, leader: Any, follower: Any, log: Log):
        from .training.backends import chords

        self.leader, self.follower, self.log = leader, follower, log
        self.spec = leader.spec
        # what the columns of an output carry per unit of input before their difference is taken: the sense amplifiers' full scale
        g_p, g_ap = chords(self.spec, self.spec.device)
        unit = self.spec.unit / (self.spec.read_volts / self.spec.x_max)
        self._carried = self.spec.layout.devices * float(g_p[0, 0] + g_ap[0, 0]) / 2 / unit

    @property
    def states(self) -> NDArray[np.int8]:
        return np.asarray(self.leader.states)

    def forward(self, x: Array) -> Array:
        return self._both("forward", x)

    def backward(self, d: Array) -> Array:
        return self._both("backward", d)

    def observed(self, rows: Any, cols: Any, towards: int, number: int, *grades: Any) -> Any:
        return self.leader.observed(rows, cols, towards, number, *grades)

    def restore(self, states: NDArray[np.int8]) -> None:
        self.leader.restore(states)

    def transmission(self) -> float:
        return float(self.leader.transmission())

    def _both(self, way: str, lines: Array) -> Array:
        ours: Array = getattr(self.leader, way)(lines)
        if self.log.on:
            with self.log.timed():
                if not np.array_equal(self.follower.states, self.states):  # its own flips differed
                    self.follower.restore(self.states)
                theirs = getattr(self.follower, way)(lines)
            self.log.outputs.append((np.ravel(ours), np.ravel(theirs)))
            self.log.scales.append(np.full(ours.size, self._carried * np.abs(lines).sum()))
        return ours

    def pulse(self, rows: Any, cols: Any, towards: int, number: int, *grades: Any) -> Any:
        if not self.log.on:
            return self.leader.pulse(rows, cols, towards, number, *grades)
        with self.log.timed():
            self.follower.restore(self.states)
            theirs, v_theirs, p_theirs = self.follower.observed(rows, cols, towards, number, *grades)
        ours, v_ours, p_ours = self.leader.observed(rows, cols, towards, number, *grades)
        seen = np.isfinite(v_ours) & np.isfinite(v_theirs)
        self.log.volts.append((v_ours[seen], v_theirs[seen]))
        self.log.p.append((p_ours[seen], p_theirs[seen]))
        differ = np.setxor1d(ours, theirs)
        u = uniforms(pulse_key(self.spec.streams.cells, number), differ)
        low, high = (np.asarray(f(p_ours.ravel()[differ], p_theirs.ravel()[differ])) for f in (np.fmin, np.fmax))
        self.log.between += int(((u >= low) & (u < high)).sum())
        self.log.flips.append((ours.size, theirs.size, np.intersect1d(ours, theirs).size))
        return ours


@dataclass
class Log:
    """Pairs (leader, follower) of every read and pulse compared; `between`: differing flips whose number lies between the two P;
    `seconds`: what the follower took."""

    on: bool = True
    outputs: list[tuple[Array, Array]] = field(default_factory=list)
    scales: list[Array] = field(default_factory=list)
    volts: list[tuple[Array, Array]] = field(default_factory=list)
    p: list[tuple[Array, Array]] = field(default_factory=list)
    flips: list[tuple[int, int, int]] = field(default_factory=list)
    between: int = 0
    seconds: float = 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Adds the time of its block to the follower's."""
        begun = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - begun


@dataclass(frozen=True, eq=False)
class Comparison:
    """`summary`: the figures; `pairs`: {"outputs" | "volts" | "p": (leader, follower)}, outputs in read units (1: half the difference of
    a nominal cell's two currents at input 1)."""

    summary: dict[str, Any]
    pairs: dict[str, tuple[Array, Array]]
    config: dict[str, Any]
    seed: int

    def save(self, path: str | Path) -> Path:
        """Write the comparison to an HDF5 file."""
        units = {"outputs": "1", "volts": "V", "p": "1"}
        data = {
            name: {"leader": Quantity(ours, units[name]), "follower": Quantity(theirs, units[name])}
            for name, (ours, theirs) in self.pairs.items()
        }
        return write(path, Result(KIND, data, self.config, self.summary, self.seed))


def compare(
    config: TrainSettings | Mapping[str, Any] | str | Path,
    follower: Any = "ngspice",
    leader: Any = "surrogate",
    *,
    samples: int = 20,
    after: int = 0,
    seed: int | None = None,
    free: bool = False,
) -> Comparison:
    """Train `samples` samples with both engines in step, after `after` samples of the leader alone.

    free : also train those samples with the follower alone, from the same states. The test accuracies of both results are those
    of the leader's reads.
    """
    from .training.train import Loop, prepare

    if samples < 1 or after < 0:
        raise InputError(f"samples = {samples}, after = {after}: compare at least 1 sample, after 0 or more")
    made = prepare(config, leader, seed)
    other = prepare(config, follower, seed)
    log = Log(on=False)
    for ours, theirs in zip(made.network.layers, other.network.layers, strict=True):
        ours.arrays[:] = [Pair(a, b, log) for a, b in zip(ours.arrays, theirs.arrays, strict=True)]
        theirs.gain, theirs.transmission = ours.gain, ours.transmission
    loop = Loop(made, after + samples, tested=0)
    loop.advance(after)
    put(other.network, made.network)
    start = [[a.states.copy() for a in layer.arrays] for layer in made.network.layers]

    log.on = True
    loop.advance(samples)
    log.on = False
    summary = summarised(log, made.name, other.name, samples, after) | {"leader_test_accuracy": made.accuracy()}
    if free:
        states = [[a.states.copy() for a in layer.arrays] for layer in made.network.layers]
        for layer, begin in zip(other.network.layers, start, strict=True):
            for array, grid in zip(layer.arrays, begin, strict=True):
                array.restore(grid)
        alone = Loop(other, after + samples, tested=0)
        alone.skip(after)
        alone.advance(samples)
        final = [[a.states.copy() for a in layer.arrays] for layer in other.network.layers]
        pairs = [(x, y) for one, two in zip(states, final, strict=True) for x, y in zip(one, two, strict=True)]
        same = sum(int((x == y).sum()) for x, y in pairs) / sum(x.size for x, _ in pairs)
        put(made.network, other.network)
        summary |= {"follower_test_accuracy": made.accuracy(), "same_final_states": same}
    both = {name: joined(getattr(log, name)) for name in ("outputs", "volts", "p")}
    settings = dataclasses.asdict(made.settings)
    return Comparison(summary, both, {"leader": made.name, "follower": other.name, "training": settings}, made.seed)


def put(target: Network, source: Network) -> None:
    """Put the arrays of one network into the states of another."""
    for ours, theirs in zip(target.layers, source.layers, strict=True):
        for a, b in zip(ours.arrays, theirs.arrays, strict=True):
            a.restore(b.states)


def joined(pairs: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """All pairs one after the other."""
    if not pairs:
        return np.zeros(0), np.zeros(0)
    ours, theirs = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return ours, theirs


def summarised(log: Log, leader: str, follower: str, samples: int, after: int) -> dict[str, Any]:
    """The figures of what was compared over `samples` samples, after `after` of the leader alone."""

    def rms(name: str, scale: Array | float = 1.0) -> float:
        ours, theirs = joined(getattr(log, name))
        return float(np.sqrt(np.mean(((ours - theirs) / scale) ** 2))) if ours.size else float("nan")

    full = np.concatenate(log.scales) if log.scales else 1.0
    largest = np.concatenate([np.full(a.size, np.abs(b).max() or 1.0) for a, b in log.outputs]) if log.outputs else 1.0

    counts = np.array(log.flips).reshape(-1, 3).sum(axis=0)
    either = int(counts[0] + counts[1] - counts[2])
    return {
        "leader": leader,
        "follower": follower,
        "samples": samples,
        "after": after,
        "follower_seconds_per_sample": log.seconds / samples,
        "reads": len(log.outputs),
        "updates": len(log.flips),
        "current_rms_of_full_scale": rms("outputs", full),
        "output_rms_of_largest": rms("outputs", largest),
        "volts_rms": rms("volts"),
        "p_rms": rms("p"),
        "leader_flips": int(counts[0]),
        "follower_flips": int(counts[1]),
        "same_flips": int(counts[2]),
        "differing_share_of_flips": (either - int(counts[2])) / either if either else 0.0,
        "differing_between_the_two_p": log.between,
    }
