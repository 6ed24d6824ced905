"""What the studies share: their networks, means over seeds, and an array that counts what its pulses cost."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engines.nodal import Nodal
from ..errors import unknown
from ..training.backends import Backend
from ..training.datasets import load
from ..training.layout import Tile
from ..training.settings import DataSettings, SoftwareSettings, TrainSettings
from ..training.software import train_software
from ..training.train import Loop, Prepared, prepare

Array = NDArray[np.float64]
Row = tuple[dict[str, Any], dict[str, float]]
DATA = {
    "breast-cancer": {"network": {"hidden": [16], "devices_per_weight": 16}, "rule": {"epochs": 15}},
    "digits": {"network": {"hidden": [64], "devices_per_weight": 8}, "rule": {"epochs": 12}},
}
QUICK: dict[str, Any] = {"network": {"hidden": [4], "devices_per_weight": 4}, "rule": {"epochs": 2, "column_rate": 1.0}}


def network(quick: bool, data: str, seed: int, **tables: Mapping[str, Any]) -> dict[str, Any]:
    """The training tables of a study's network, with what `tables` add."""
    if data not in DATA:
        raise unknown("data set of a study", data, DATA)
    config: dict[str, Any] = {"data": {"name": data}, "seed": int(seed)} | (QUICK if quick else DATA[data])
    for name, table in tables.items():
        config[name] = {**config.get(name, {}), **table}
    return config


@lru_cache(maxsize=32)
def _yardstick(data: DataSettings, hidden: tuple[int, ...], epochs: int, software: SoftwareSettings, seed: int) -> float:
    return train_software(load(data, seed), hidden, epochs, software, seed).test_accuracy


def yardstick(s: TrainSettings) -> float:
    """Test accuracy of the real-valued network of a training's shape, epochs and seed; trained once in a process."""
    return _yardstick(s.data, s.network.hidden, s.rule.epochs, s.software, s.seed)


def trained(
    config: Mapping[str, Any], engine: str, wrap: Callable[[Prepared], None] | None = None, compiled: bool | None = None
) -> Loop:
    """A training from its first to its last sample, without its yardstick; `wrap` may change the arrays before."""
    made = prepare(config, engine)
    if wrap is not None:
        wrap(made)
    loop = Loop(made, compiled=compiled)
    loop.advance(loop.planned)
    return loop


class Meter:
    """An array that plays as the one inside, and counts pulses, disturbed cells, and joules of the pulses after `measure` is set.

    disturbed : flips of cells whose row or column was not selected. joules : what the drivers deliver at the states before a pulse,
    times its width, exact network; tiles of the array that a pulse leaves alone cost nothing.
    """

    def __init__(self, inner: Backend):
        self.inner, self.spec = inner, inner.spec
        self.pulses = self.disturbed = self.flipped = 0
        self.joules, self.measured, self.measure = 0.0, 0, False

    @property
    def states(self) -> NDArray[np.int8]:
        return self.inner.states

    def forward(self, x: Array) -> Array:
        return self.inner.forward(x)

    def backward(self, d: Array) -> Array:
        return self.inner.backward(d)

    def transmission(self) -> float:
        return self.inner.transmission()

    def restore(self, states: NDArray[np.int8]) -> None:
        self.inner.restore(states)

    def observed(self, rows: Any, cols: Any, towards: int, number: int, *grades: Any) -> Any:
        return self.inner.observed(rows, cols, towards, number, *grades)

    def pulse(self, rows: Any, cols: Any, towards: int, number: int, *grades: Any) -> Any:
        if self.measure:
            self.joules += sum(self._joules(tile, rows, cols, towards, *grades) for tile in self.spec.layout.tiles)
            self.measured += 1
        flipped = self.inner.pulse(rows, cols, towards, number, *grades)
        i, c = np.divmod(flipped, self.spec.layout.cols)
        self.pulses += 1
        self.flipped += len(flipped)
        self.disturbed += int((~(np.isin(i, rows) & np.isin(c, cols))).sum())
        return flipped

    def _joules(self, tile: Tile, rows: Any, cols: Any, towards: int, grades: Any = None) -> float:
        here = [
            lines[(lines >= block.start) & (lines < block.stop)] - block.start
            for lines, block in ((rows, tile.rows), (cols, tile.cols))
        ]
        if not (here[0].size and here[1].size):
            return 0.0
        xbar = self.spec.tile(tile, self.states)
        if grades is not None:
            drive = self.spec.encoder.drive(xbar, here[0], here[1], towards, grades.part(tile.rows, tile.cols))
            gates: Any = [None] * len(drive.v_wl) if drive.v_gate is None else drive.v_gate
            power = []
            for wl, bl, gate in zip(drive.v_wl, drive.v_bl, gates, strict=True):
                found = Nodal().solve(xbar, wl, bl, gate)
                power.append(wl @ found.i_wl - bl @ found.i_bl)
            return float(np.diff(drive.edges) @ power)
        v_wl, v_bl, v_gate = self.spec.encoder.drive(xbar, here[0], here[1], towards).acting()
        found = Nodal().solve(xbar, v_wl, v_bl, v_gate)
        return float((v_wl @ found.i_wl - v_bl @ found.i_bl) * self.spec.encoder.seconds)


def metered(made: Prepared) -> list[Meter]:
    """Meters around all arrays of a network, put in their places."""
    meters = []
    for layer in made.network.layers:
        layer.arrays[:] = [Meter(array) for array in layer.arrays]
        meters += layer.arrays
    return meters  # type: ignore[return-value]


def mean_and_half(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the width of its 95 % interval (Student's t); nan for one value."""
    from scipy.stats import t

    v = np.asarray(values, dtype=float)
    if len(v) < 2:
        return float(v.mean()), math.nan
    return float(v.mean()), float(t.ppf(0.975, len(v) - 1) * v.std(ddof=1) / np.sqrt(len(v)))


def percent(values: Sequence[float]) -> str:
    """Mean and 95 % interval of shares, as text."""
    mean, half = mean_and_half(values)
    return f"{100 * mean:.2f}" + ("" if math.isnan(half) else f" ± {100 * half:.2f}")


def grouped(rows: Sequence[Row], *names: str) -> dict[tuple[Any, ...], list[Row]]:
    """Rows by the values of these keys of their tasks, in the order in which they come."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[0][name] for name in names), []).append(row)
    return found


def column(rows: Sequence[Row], name: str) -> list[float]:
    """One figure of all rows."""
    return [result[name] for _, result in rows]
