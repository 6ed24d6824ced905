"""Cards of a junction that a user brings: a Verilog-A module or a subcircuit with pins, parameters and a way to say its state."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...config import build, read_toml
from ...errors import InputError, unknown
from ...units import literal, quantity
from ..mtj import Mtj
from .elements import Element
from .ranges import Range

States = NDArray[np.int8]
Names = Sequence[str]

GROUND = ("0", "gnd")
DERIVED = ("area", "ms_t", "mu0_hk_t", "tmr0_t", "r_p", "delta", "ic0", "tau_d", "offset")
ATTRIBUTES = (*(f.name for f in dataclasses.fields(Mtj) if f.name not in ("torque", "name")), *DERIVED)


@dataclass(frozen=True)
class State:
    """How an element is told its state: a parameter's value, or the volts on one of its pins."""

    parallel: float
    antiparallel: float
    parameter: str = ""
    pin: str = ""

    def value(self, state: int) -> float:
        """The value for +1 (parallel) or -1."""
        return self.parallel if state > 0 else self.antiparallel


@dataclass(frozen=True)
class Following:
    """A parameter that follows each cell's own `Mtj`: `times` the attribute `of`."""

    of: str
    times: float = 1.0


@dataclass(frozen=True)
class Description:
    """The TOML of a model. `parameters` and `device` are filled by `Description.read`, which knows their free keys.

    pins: in the element's own order, "p" the word-line side (the pinned layer's), "n" the other, "0" ground, the state's pin, any other
    name a node of its own for each cell. section: of a library file with `.lib NAME ... .endl`.
    """

    file: str
    element: str
    pins: tuple[str, ...]
    state: State
    section: str = ""
    parameters: Mapping[str, float] = field(default_factory=dict)
    device: Mapping[str, Following] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path) -> Description:
        """Read and check a TOML, but for what the model's own file has to say."""
        table, where = read_toml(path), str(path)
        keys = [f.name for f in dataclasses.fields(cls)]
        for key in table:
            if key not in keys:
                raise unknown(f"key in {where}", key, keys)
        free = {key: table.pop(key, {}) for key in ("parameters", "device")}
        for key, value in free.items():
            if not isinstance(value, Mapping):
                raise InputError(f"{where}: {key} must be a table, not {value!r}")
        plain = build(cls, table, where)
        plain._check(where)
        parameters = {name: _number(value, f"{where}: parameters.{name}") for name, value in free["parameters"].items()}
        device = {name: _following(value, f"{where}: device.{name}") for name, value in free["device"].items()}
        return dataclasses.replace(plain, parameters=parameters, device=device)

    def _check(self, where: str) -> None:
        state = self.state
        if bool(state.parameter) == bool(state.pin):
            raise InputError(f"{where}: [state] needs either parameter = or pin =, the one that says the state")
        if not np.isfinite([state.parallel, state.antiparallel]).all() or state.parallel == state.antiparallel:
            raise InputError(f"{where}: [state] has {state.parallel} for parallel and {state.antiparallel} for antiparallel")
        for name in self.pins:
            if not re.fullmatch(r"\w+", name):
                raise InputError(f"{where}: {name!r} in pins is no name of a node; use letters, digits and _")
        for name in ("p", "n"):
            if name not in self.pins:
                raise InputError(f"{where}: pins = {list(self.pins)} has no {name!r}, the cell's {_SIDES[name]} side")
        if state.pin in ("p", "n", *GROUND) or (state.pin and state.pin not in self.pins):
            raise unknown(f"pin in {where} [state]", state.pin, set(self.pins) - {"p", "n", *GROUND})


_SIDES = {"p": "word-line", "n": "bit-line"}


def _number(value: Any, where: str) -> float:
    try:
        number = quantity(value)
        literal(number)
    except (InputError, AttributeError, TypeError):
        raise InputError(f"{where} must be a finite number, not {value!r}") from None
    return number


def _following(value: Any, where: str) -> Following:
    found = Following(value) if isinstance(value, str) else build(Following, value, where)
    if found.of not in ATTRIBUTES:
        raise unknown(f"Mtj attribute in {where}", found.of, ATTRIBUTES)
    return found


@dataclass(frozen=True, eq=False)
class UserModel:
    """Junctions of a model that a user brings, for an engine "ngspice". They hold their states: see `switching`.

    file: what a deck includes, or `osdi`: the compiled file that it loads. ranges: what the parameters may be, by name, where that is
    known. Each junction has a source of 0 V in series, `meter`, since nobody else knows its current.
    """

    description: Description
    element: Element
    file: Path
    osdi: Path | None = None
    ranges: Mapping[str, Range] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What it is, for messages."""
        return f"{self.element.name} of {self.file.name}"

    @staticmethod
    def meter(name: str) -> str:
        """The source that carries the current of a junction, from the word-line side to the other."""
        return f"v{name}"

    def check(self, where: str, name: str, values: ArrayLike) -> None:
        """`InputError` unless the parameter `name` may have all of `values`: a simulator may crash at what it refuses."""
        found = self.ranges.get(name, Range(""))
        numbers = np.atleast_1d(np.asarray(values, dtype=float))
        bad = numbers[~found.allows(numbers)]
        if bad.size:
            raise InputError(f"{where} = {bad[0]:.6g}: {name} of the {self.element.kind} {self.element.name} is {found.words}")

    def fixed(self, names: Names, p: Names, n: Names, mtj: Mtj, states: States) -> list[str]:
        """Junctions held in `states` (k,) between the nodes `p` and `n`; `mtj` (one device or an array of k) gives [device]."""
        state = self.description.state
        cards = [f"* junctions: {self.label}", *self._state_sources(states)]
        if self.osdi is None:
            cards.append(
                f'.lib "{self.file}" {self.description.section}' if self.description.section else f'.include "{self.file}"'
            )
        rows = self._values(len(names), mtj, states)
        shared: dict[str, str] = {}
        for name, word, bit, at, row in zip(names, p, n, states.tolist(), rows, strict=True):
            inside = f"{name}_in"
            nodes = {"p": inside, "n": bit} | dict.fromkeys(GROUND, "0")
            if state.pin:
                nodes[state.pin] = self._state_node(at)
            pins = " ".join(nodes.get(pin, f"{name}_{pin}") for pin in self.description.pins)
            own, common = (
                "".join(f" {key}={value!r}" for key, value in row.items() if self.element.parameters[key] == instance)
                for instance in (True, False)
            )
            cards.append(f"{self.meter(name)} {word} {inside} 0")
            if self.osdi is None:
                cards.append(f"x{name} {pins} {self.element.name}{own}")
                continue
            if common not in shared:
                shared[common] = f"junction_{len(shared)}"
                cards.append(f".model {shared[common]} {self.element.name}{common}")
            cards.append(f"n{name} {pins} {shared[common]}{own}")
        return cards

    def switching(self, *_: Any) -> list[str]:
        """Such a model has no switching law that could be integrated."""
        raise InputError(
            f"{self.label} holds its state, so no cell of it can switch in a transient; use it for reads and for the voltages of a "
            "write, and device = 'compiled' or 'behavioural' for flips"
        )

    def _values(self, count: int, mtj: Mtj, states: States) -> Iterable[dict[str, float]]:
        """The parameters of each junction by name."""
        description = self.description
        columns = {name: np.broadcast_to(value, count) for name, value in description.parameters.items()}
        for name, follow in description.device.items():
            values = np.asarray(getattr(mtj, follow.of), dtype=float) * follow.times
            self.check(f"{self.label}: [device] {name}, {follow.of} times {follow.times:g},", name, values)
            columns[name] = np.broadcast_to(values, count)
        if description.state.parameter:
            columns[description.state.parameter] = np.where(
                states > 0, description.state.parallel, description.state.antiparallel
            )
        lists = {name: column.tolist() for name, column in columns.items()}
        return ({name: values[k] for name, values in lists.items()} for k in range(count))

    def _state_sources(self, states: States) -> list[str]:
        """The shared sources of the state's pin."""
        state = self.description.state
        if not state.pin:
            return []
        nodes = {self._state_node(at): state.value(at) for at in states.tolist()}
        return [f"v{node} {node} 0 {literal(value)}" for node, value in nodes.items()]

    def _state_node(self, state: int) -> str:
        return f"{self.description.state.pin}_{'parallel' if state > 0 else 'antiparallel'}"
