"""Write disturb: what a pulse does to the cells that it does not mean, from the network's voltages and the exact switching law."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.faults import SOUND
from ..circuit.schemes import Write, selection
from ..errors import InputError
from .cells import CLASSES, COLUMN, ROW, UNSELECTED, Classes, classes
from .reads import corners

if TYPE_CHECKING:
    from ..engines.base import Engine

Array = NDArray[np.float64]
States = NDArray[np.int8]

MANY = 1000  # the number of pulses that disturb is also quoted for
ROUNDS = 4  # how often the most exposed states are looked for: each round leaves only cells near 0 V open


def repeated(p: ArrayLike, pulses: int) -> Array:
    """Probability that one of `pulses` pulses flips a cell, each from the same state with probability `p`: 1 - (1 - p)^pulses."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(pulses * np.log1p(-np.asarray(p, dtype=float))))


@dataclass(frozen=True, eq=False)
class Disturb:
    """One pulse on cell (row, col): classes (m, n), the cells' voltages [V] and states before it, and their flip probability p.

    p is 0 for cells that cannot flip: open, short, stuck, and those whose voltage holds them in their state.
    """

    kinds: Classes
    v_cell: Array
    states: States
    p: Array

    def worst(self, pulses: int = 1, of: Sequence[int] = (ROW, COLUMN, UNSELECTED)) -> float:
        """The largest probability that `pulses` pulses flip a cell of these classes; 0 where there is none."""
        return float(np.max(repeated(self.p[np.isin(self.kinds, of)], pulses), initial=0.0))

    def total(self, pulses: int = 1, of: Sequence[int] = (ROW, COLUMN, UNSELECTED)) -> float:
        """How many cells of these classes `pulses` pulses flip on average."""
        return float(repeated(self.p[np.isin(self.kinds, of)], pulses).sum())

    def table(self) -> list[dict[str, float | int | str]]:
        """A row a class that has cells: how many, their voltages, flip probability of the worst and sum, for one and for `MANY` pulses."""
        rows: list[dict[str, float | int | str]] = []
        for kind, name in enumerate(CLASSES):
            mine = self.kinds == kind
            if not mine.any():
                continue
            v = self.v_cell[mine & np.isfinite(self.v_cell)]
            low, mean, high = (v.min(), v.mean(), v.max()) if v.size else (np.nan,) * 3
            rows.append(
                {
                    "class": name,
                    "cells": int(mine.sum()),
                    "v_low": float(low),
                    "v_mean": float(mean),
                    "v_high": float(high),
                    "worst": self.worst(1, [kind]),
                    "sum": self.total(1, [kind]),
                    "worst_thousand": self.worst(MANY, [kind]),
                    "sum_thousand": self.total(MANY, [kind]),
                }
            )
        return rows


def disturb(xbar: Crossbar, write: Write, engine: Engine | str = "nodal", *, exposed: bool = False) -> Disturb:
    """What `write` does to `xbar`: the voltages of the states before the pulse, and each cell's flip probability under them.

    exposed: put every cell into the state that its voltage drives it out of: the worst data where all lines are driven (those of floating
    lines move with the data too). Variation from pulse to pulse is not in it.
    """
    from ..engines import get

    if xbar.ohmic:
        raise InputError("ohmic cells never flip; give a crossbar of MTJs")
    solver = get(engine)
    write.drive(xbar)  # names a cell outside the array
    lines = selection(xbar, write.scheme, [write.row], [write.col], write.volts, write.seconds).acting()
    kinds = classes(xbar.shape, [write.row], [write.col])
    if exposed:
        towards = 1 if write.volts > 0 else -1
        xbar = xbar.with_states(np.where(kinds == UNSELECTED, -towards, towards))
    v = solver.solve(xbar, *lines).v_cell
    for _ in range(ROUNDS if exposed else 0):
        safe = (np.nan_to_num(v) * xbar.states < 0) & (np.abs(np.nan_to_num(v)) > 1e-3 * abs(write.volts))
        if not (safe & (xbar.faults == SOUND)).any():
            break
        xbar = xbar.with_states(np.where(safe, -xbar.states, xbar.states))
        v = solver.solve(xbar, *lines).v_cell
    return Disturb(kinds, v, np.asarray(xbar.states), _flips(xbar, v, write.seconds))


def _flips(xbar: Crossbar, v: Array, seconds: float) -> Array:
    there = (xbar.faults == SOUND) & (np.nan_to_num(v) * xbar.states > 0)
    p = xbar.cells.switching_probability(np.where(there, np.nan_to_num(v), 0.0), seconds, xbar.states)
    return np.where(there, p, 0.0)


def from_flips(kinds: Classes, v_cell: Array, states: States, p_flip: Array) -> Disturb:
    """The same from what an engine's `WriteResult` says of one pulse: v_start, the states before it, p_flip."""
    return Disturb(kinds, np.asarray(v_cell), np.asarray(states), np.asarray(p_flip))


def selected_voltages(xbar: Crossbar, scheme: str, volts: float, engine: Engine | str = "nodal") -> tuple[float, float]:
    """The lowest and highest size of a selected cell's voltage [V], over its place and the stored data.

    Read in the far corner with all cells parallel (most current, most lost in the lines) and in the near one with all antiparallel: to
    0.2 % the extremes where nothing but the wires tells cells apart. Where a corner is broken the next one stands in; nan where all are.
    """
    from ..engines import get

    solver = get(engine)
    (top, right), (bottom, left) = corners(xbar)
    places = [(top, right), (top, left), (bottom, right), (bottom, left)]  # from far to near

    def at(order: Sequence[tuple[int, int]], state: int) -> float:
        for row, col in order:
            if xbar.faults[row, col] == SOUND:
                lines = selection(xbar, scheme, [row], [col], volts, 1.0).acting()
                return abs(float(solver.solve(xbar.with_states(np.full(xbar.shape, state)), *lines).v_cell[row, col]))
        return float("nan")

    return at(places, 1), at(places[::-1], -1)
