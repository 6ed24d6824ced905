"""Inputs and errors as pulses on lines: which lines are on, at what volts, and what that means for a cell.

Coincidence coding (after Gokmen and Vlasov, Front. Neurosci. 10, 333, 2016): in one slot a row's line is on with a probability
proportional to |x_i|, a column's with one proportional to |delta_j|, each by one random bit; a cell where both are on gets one short,
strong pulse towards the sign of -x_i delta_j. So its flip probability is proportional to |x_i delta_j| while the pulse itself is one
that hardly knows the spread of devices. Its other way is `time_voltage`. All drives of a training are made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.schemes import Drive, selected_lines, selection
from ..engines.amplitude import cell_volts, line_volts
from ..randomness import uniforms
from . import time_voltage
from .settings import PulseSettings
from .time_voltage import Direction, Grades

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

PARALLEL, ANTIPARALLEL = 1, -1
PHASES = 4  # signs of x times signs of delta


class Phase(NamedTuple):
    """One pulse on an array: the lines that are on, and the state towards which it drives the cells where they meet.

    `number` (0 to 3) is the phase's place in the slot, which it keeps where others are empty.
    """

    number: int
    rows: Indices
    cols: Indices
    towards: int


def lines_on(values: Array, rate: float, key: int) -> Indices:
    """The lines that are on in a slot: line k with probability min(1, rate |values_k|), by element k of the stream `key`."""
    live = np.flatnonzero(values)
    return live[uniforms(key, live) < rate * np.abs(values[live])]


def phases(x: Array, columns: Array, rows_on: Indices, cols_on: Indices) -> list[Phase]:
    """The slot's pulses, empty ones left out.

    x (M,) inputs; columns (N,) errors of the columns with their signs. Each cell where lines meet is driven so that
    x_i columns_j falls: towards antiparallel where the product is positive.
    """
    slot = []
    row_sets = [rows_on[x[rows_on] > 0], rows_on[x[rows_on] < 0]]
    col_sets = [cols_on[columns[cols_on] > 0], cols_on[columns[cols_on] < 0]]
    for number, (a, b) in enumerate(((0, 0), (1, 1), (0, 1), (1, 0))):
        if row_sets[a].size and col_sets[b].size:
            slot.append(Phase(number, row_sets[a], col_sets[b], ANTIPARALLEL if a == b else PARALLEL))
    return slot


@dataclass(frozen=True, eq=False)
class Encoder:
    """The pulse: line volts of either direction (sizes), its width in seconds, the scheme; `nominal` is one isolated nominal cell.

    coding, width_bits, volt_bits : as in `PulseSettings`; with "time-voltage" the rest is the full pulse.
    """

    nominal: Crossbar
    scheme: str
    seconds: float
    to_antiparallel: float
    to_parallel: float
    coding: str = "coincidence"
    width_bits: int = 0
    volt_bits: int = 0

    @classmethod
    def calibrated(cls, nominal: Crossbar, settings: PulseSettings) -> Encoder:
        """Volts at which `nominal` (1 x 1, its driver and wire included) flips with the wanted probability, or those that are given."""
        given = {ANTIPARALLEL: settings.volts_to_antiparallel, PARALLEL: settings.volts_to_parallel}
        volts = {
            towards: line_volts(nominal, towards, settings.seconds, settings.probability) if v is None else v
            for towards, v in given.items()
        }
        scheme = settings.scheme_for(nominal.cell)
        coding = settings.coding, settings.width_bits, settings.volt_bits
        return cls(nominal, scheme, settings.seconds, volts[ANTIPARALLEL], volts[PARALLEL], *coding)

    def volts(self, towards: int) -> float:
        """Signed volts across the lines of a selected cell: positive towards antiparallel."""
        return self.to_antiparallel if towards == ANTIPARALLEL else -self.to_parallel

    @property
    def graded(self) -> bool:
        """Whether lines have widths and volts of their own."""
        return self.coding == "time-voltage"

    @cached_property
    def directions(self) -> dict[int, Direction]:
        """Widths and volts of the pulses towards each state."""
        bits = self.width_bits, self.volt_bits
        return {t: Direction.of(self.nominal, self.lines(t), t, self.seconds, bits) for t in (PARALLEL, ANTIPARALLEL)}

    def grades(self, row_shares: Array, column_shares: Array, towards: int) -> Grades:
        """One pulse of lines with these shares (M,) and (N,) of the full one, 0 where off."""
        made = self.directions[towards]
        seconds = made.seconds(row_shares)
        return Grades(seconds, made.volts(column_shares), float(seconds.max(initial=0.0)))

    def drive(self, xbar: Crossbar, rows: Indices, cols: Indices, towards: int, grades: Grades | None = None) -> Drive:
        """One pulse on the cells of a tile where `rows` meet `cols`; where lines are graded, `grades` of this tile's."""
        if grades is not None:
            return time_voltage.drive(xbar, self.lines(towards), towards, grades)
        return selection(xbar, self.scheme, rows, cols, self.volts(towards), self.seconds)

    def lines(self, towards: int) -> tuple[float, float, float, float]:
        """Volts of (selected rows, other rows, selected columns, other columns)."""
        return self._lines[towards]

    @cached_property
    def _lines(self) -> dict[int, tuple[float, float, float, float]]:
        pair = Crossbar(2, 2, self.nominal.device, self.nominal.cell, access=self.nominal.access)
        found = {}
        for towards in (PARALLEL, ANTIPARALLEL):
            wl, bl = selected_lines(pair, self.scheme, [0], [0], self.volts(towards))
            found[towards] = (float(wl[0]), float(wl[1]), float(bl[0]), float(bl[1]))
        return found

    @property
    def gate_on(self) -> float:
        """Volts of a selected row's gate; 0 for 1R."""
        return 0.0 if self.nominal.access is None else self.nominal.access.gate_on

    def warnings(self) -> list[str]:
        """A line for each direction in which an isolated nominal cell would see more than its breakdown voltage."""
        limit, found = self.nominal.device.breakdown, []  # type: ignore[union-attr]
        for towards, state in ((PARALLEL, "parallel"), (ANTIPARALLEL, "antiparallel")):
            volts = abs(self.nominal_volts(towards))
            if volts > limit:
                found.append(f"a pulse towards {state} puts {volts:.3g} V on a junction that breaks down at {limit:g} V")
        return found

    def nominal_volts(self, towards: int) -> float:
        """MTJ volts of the isolated nominal cell, in the state that the pulse drives it out of."""
        return cell_volts(self.nominal, towards, self.volts(towards))
