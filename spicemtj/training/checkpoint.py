"""Trainings that survive a kill: all that the next sample depends on, in the result file, written whole or not at all.

A run that is taken up again goes on to the same bits: besides the states this holds what an engine carries along from pulse to pulse
(the surrogate's attenuations are those of earlier states), the generator of the samples' order, and what was recorded so far. All
other random numbers are keyed by seed and step.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..jobs import content_id
from ..results import Quantity, Result, read, remove_leftovers

if TYPE_CHECKING:
    from .network import Network
    from .train import Loop, Prepared

Tree = dict[str, Any]
SHARE = 0.01  # of the time, about what saving may take: 2 % is never reached for long


@dataclasses.dataclass(frozen=True)
class Checkpoints:
    """Where and when a training is saved under way.

    path : the run's result file, unfinished until the end; None to save nothing. seconds : at least so many between two savings,
    and more where one takes over `share` of them. keep_every : every so many samples the arrays are kept for `replay`, sample 0
    included. fresh : start anew even where `path` holds an unfinished run.
    """

    path: Path | None = None
    seconds: float = 10.0
    keep_every: int | None = None
    fresh: bool = False
    share: float = SHARE

    def __post_init__(self) -> None:
        if self.keep_every is not None and self.keep_every < 1:
            raise InputError(f"keep_every = {self.keep_every}: keep the arrays every 1 or more samples")
        if not self.seconds >= 0:
            raise InputError(f"seconds between checkpoints = {self.seconds:g}: give 0 or more")

    @classmethod
    def of(cls, given: Checkpoints | str | Path | None) -> Checkpoints:
        """Checkpoints from themselves or from a path."""
        return given if isinstance(given, Checkpoints) else cls(None if given is None else Path(given))


# -- the arrays


def snapshot(backend: Any) -> Tree:
    """Copies of all that an array carries from one pulse to the next: its own word for it, else its states alone."""
    own = getattr(backend, "snapshot", None)
    return {"states": np.array(backend.states, dtype=np.int8)} if own is None else dict(own())


def put_back(backend: Any, saved: Mapping[str, Any]) -> None:
    """Put an array into a `snapshot`."""
    own = getattr(backend, "resume", None)
    if own is None:
        backend.restore(np.asarray(saved["states"], dtype=np.int8))
    else:
        own(saved)


def snapshot_network(network: Network) -> Tree:
    """The snapshots of all arrays: {"layer0": {"array0": {...}}}."""
    return {
        f"layer{k}": {f"array{a}": snapshot(array) for a, array in enumerate(layer.arrays)}
        for k, layer in enumerate(network.layers)
    }


def put_back_network(network: Network, saved: Mapping[str, Any]) -> None:
    """Put all arrays into a `snapshot_network`."""
    for k, layer in enumerate(network.layers):
        for a, array in enumerate(layer.arrays):
            put_back(array, saved[f"layer{k}"][f"array{a}"])


# -- the loop


def take(loop: Loop, seconds: float) -> Tree:
    """A checkpoint of a loop that stands between two samples; `seconds` are those of the training so far."""
    rule = getattr(loop.made.rule, "snapshot", None)
    return {
        "step": loop.step,
        "seconds": seconds,
        "content": identity(loop),
        "generator": json.dumps(loop.shuffle.bit_generator.state, default=int),
        "order": loop.order.copy(),
        "accuracy": np.array(loop.accuracy, dtype=float),
        "arrays": snapshot_network(loop.made.network),
        **({} if rule is None else {"rule": rule()}),
    }


def put_back_loop(loop: Loop, saved: Mapping[str, Any], trace: Mapping[str, Any], kept: Mapping[int, Tree]) -> None:
    """Put a new loop where another one stood when it made the checkpoint `saved`."""
    loop.step = int(saved["step"])
    loop.order = np.array(saved["order"], dtype=np.intp)
    loop.shuffle.bit_generator.state = json.loads(str(saved["generator"]))
    loop.accuracy = [float(a) for a in np.atleast_1d(saved["accuracy"])]
    for name, values in trace.items():
        loop.recorded[name][: loop.step] = values
    loop.kept.update(kept)
    put_back_network(loop.made.network, saved["arrays"])
    if "rule" in saved:
        loop.made.rule.resume(saved["rule"])  # type: ignore[attr-defined]


def identity(loop: Loop) -> str:
    """The content id of a training: same id, same bits."""
    from .. import __version__

    made = loop.made
    return content_id(
        {
            "spicemtj": __version__,
            "settings": dataclasses.asdict(made.settings),
            "calibration": _calibration(made),
            "planned": loop.planned,
            "tested": loop.tested,
            "outputs": loop.keep_outputs,
        }
    )


def _calibration(made: Prepared) -> str:
    """A digest of the surrogate's fits, which a file of the same name need not share; "" for other engines."""
    model = getattr(made.network.layers[0].weights, "surrogate", None)
    if model is None:
        return ""
    fits = (np.ascontiguousarray(getattr(model, name), dtype=float).tobytes() for name in ("read_fit", "write_fit"))
    return hashlib.sha256(b"".join(fits)).hexdigest()[:16]


# -- the file


def to_data(saved: Tree, packed: bool = True) -> Tree:
    """A checkpoint or kept arrays as a tree for `results.write`."""
    return {
        name: to_data(node, packed) if isinstance(node, dict) else Quantity(node, "1", packed=packed)
        for name, node in saved.items()
    }


def from_data(node: Any) -> Any:
    """What `to_data` was made of."""
    if isinstance(node, dict):
        return {name: from_data(child) for name, child in node.items()}
    return node.value


def kept_to_data(kept: Mapping[int, Tree], packed: bool = True) -> Tree:
    """Kept arrays by sample, under names that sort."""
    return {f"sample{step:09d}": to_data(tree, packed) for step, tree in kept.items()}


def kept_from_data(data: Mapping[str, Any]) -> dict[int, Tree]:
    """What `kept_to_data` was made of."""
    return {int(name.removeprefix("sample")): from_data(node) for name, node in data.items()}


def take_up(loop: Loop, path: Path) -> float | None:
    """Put `loop` where the unfinished run in the file `path` stands; its seconds so far, None where there is no such run.

    `InputError` where the unfinished run is of other settings.
    """
    if not path.exists():
        return None
    try:
        result = read(path)
    except InputError:
        return None  # not a file of ours, or damaged: as good as none
    if result.kind != "training" or result.summary.get("finished", True) or "checkpoint" not in result.data:
        return None
    saved = from_data(result.data["checkpoint"])
    if saved["content"] != identity(loop):
        raise InputError(
            f"{path} holds an unfinished training of other settings ({_difference(result, loop)}); "
            "give those to go on with it, start anew with --fresh, or choose another --out"
        )
    trace = {name: quantity.value for name, quantity in result.data["samples"].items()}
    put_back_loop(loop, saved, trace, kept_from_data(result.data.get("kept", {})))
    return float(saved["seconds"])


def _difference(result: Result, loop: Loop) -> str:
    """The first setting in which a file and a loop differ, in words."""
    ours = _flat(json.loads(json.dumps(dataclasses.asdict(loop.made.settings))))
    theirs = _flat(result.config)
    for name, value in ours.items():
        if theirs.get(name, value) != value:
            return f"there {name} = {theirs[name]}, here {value}"
    return "another number of samples, another calibration or another version"


def _flat(table: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in table.items():
        found |= _flat(value, f"{before}{name}.") if isinstance(value, Mapping) else {f"{before}{name}": value}
    return found


# -- under way


class Keeper:
    """Called between samples: saves when it is time, and stops the training when the user wants it to.

    save : writes the run as it stands. spent : seconds that saving took.
    """

    def __init__(self, checkpoints: Checkpoints, save: Callable[[], None]):
        self.checkpoints, self.save, self.spent = checkpoints, save, 0.0
        self._wait, self._last = checkpoints.seconds, time.perf_counter()
        if checkpoints.path is not None:
            remove_leftovers(checkpoints.path)

    def look(self) -> None:
        """Save if it is time."""
        if self.checkpoints.path is not None and time.perf_counter() - self._last >= self._wait:
            self.now()

    def now(self) -> None:
        """Save."""
        begun = time.perf_counter()
        self.save()
        self._last = time.perf_counter()
        cost = self._last - begun
        self.spent += cost
        self._wait = max(self.checkpoints.seconds, cost / self.checkpoints.share)


@contextmanager
def interrupts_held() -> Iterator[Callable[[], bool]]:
    """Ctrl-C waits for the end of a sample: yields a function that says whether one came. A second one interrupts at once.

    Outside the main thread, and where another handler than Python's own is set, nothing is held.
    """
    own = (
        threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not own:
        yield lambda: False
        return
    came: list[int] = []

    def note(number: int, frame: Any) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(came)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
