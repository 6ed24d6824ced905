"""Time times voltage: a row's pulse lasts longer the larger its input, a column's volts rise with its error, the device multiplies.

One pulse a phase of signs updates a whole array: a row's line (with transistors: its gate) is on for a time T(s), its share
s = min(1, row_rate |x_i|); a column stands at volts V(c), its share c = min(1, column_rate |delta_j|). A cell where both are on is to flip
with P = s c P_1, where P_1 is that of the full pulse: on average the update of coincidence coding. The device's law is far from a
product, so both are read off its table: V(c) where P(V, T_1) = c P_1; T(s) where P falls to s of its value at T_1 in the geometric mean
over the volts of shares from `TYPICAL` to 1. What is left (ln P is steeper in time at lower volts) is `error`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.schemes import SETTLE, Drive, default_rise
from ..device.mtj import Mtj
from ..engines.nodal import Nodal
from ..errors import InputError

Array = NDArray[np.float64]

FLOOR = (
    1e-6  # a line with a smaller share stays off: with a full one on the other side, its cell's P is as much smaller than P_1
)
TYPICAL = 1e-3  # shares that the compromise for widths is made for; volts of finite resolution begin there
POINTS = 400  # of volts, and of widths
SHORTEST = 1e-6  # the smallest width that is looked for, as a part of the full one


class Grades(NamedTuple):
    """One pulse: seconds (M,) of each row and volts (N,), a size, of each column, 0 where a line is off; total: seconds until all
    is over."""

    seconds: Array
    volts: Array
    total: float

    def part(self, rows: slice, cols: slice) -> Grades:
        """Those of a tile."""
        return Grades(self.seconds[rows], self.volts[cols], self.total)


@dataclass(frozen=True, eq=False)
class Direction:
    """Widths and volts of pulses towards one state, for one isolated nominal cell with its driver and transistor.

    full_seconds, full_volts : of the full pulse; v_line : volts of a column (a size) when its row is on, rising; v_cell : those of the
    junction then; log_p : ln P at `full_seconds`.
    """

    device: Mtj
    state: int
    full_seconds: float
    v_line: Array
    v_cell: Array
    log_p: Array
    width_bits: int
    volt_bits: int

    @classmethod
    def of(
        cls, nominal: Crossbar, lines: tuple[float, float, float, float], towards: int, seconds: float, bits: tuple[int, int]
    ) -> Direction:
        """From the lines' volts of the full pulse, as in `Encoder.lines`; bits : of widths and of volts."""
        device = nominal.device
        assert isinstance(device, Mtj)
        wl, full = lines[0], abs(lines[0] - lines[2])
        v_line = np.linspace(0.0, full, POINTS + 1)[1:]
        cell = nominal.with_states(np.full((1, 1), -towards))
        bl = wl - (1.0 if towards < 0 else -1.0) * v_line
        v_cell = Nodal().solve(cell, np.full((POINTS, 1), wl), bl[:, None]).v_cell[:, 0, 0]
        with np.errstate(divide="ignore"):
            log_p = np.log(device.switching_probability(v_cell, seconds, -towards))
        used = log_p > log_p[-1] + np.log(FLOOR) - 1
        v_line, v_cell, log_p = v_line[used], v_cell[used], log_p[used]
        if not np.all(np.diff(log_p) > 0):
            raise InputError(
                f"pulse.coding = 'time-voltage': P does not grow up to {full:.3g} V in {seconds:g} s; lower pulse.probability"
            )
        return cls(device, -towards, seconds, v_line, v_cell, log_p, *bits)

    @property
    def p_full(self) -> float:
        """P_1."""
        return float(np.exp(self.log_p[-1]))

    def volts(self, shares: Array) -> Array:
        """Volts of columns with these shares, 0 for a line that stays off."""
        return self._stepped(
            self._exact_volts(shares), self.volt_bits, float(self._exact_volts(np.array([TYPICAL]))[0]), float(self.v_line[-1])
        )

    def seconds(self, shares: Array) -> Array:
        """Widths of rows with these shares, 0 for a line that stays off."""
        log_s, log_t = self._times
        exact = np.where(shares >= FLOOR, np.exp(np.interp(np.log(np.maximum(shares, FLOOR)), log_s, log_t)), 0.0)
        step = self.full_seconds / max(2**self.width_bits - 1, 1)
        return self._stepped(exact, self.width_bits, step, self.full_seconds)

    def _exact_volts(self, shares: Array) -> Array:
        wanted = np.log(np.maximum(shares, FLOOR)) + self.log_p[-1]
        return np.where(shares >= FLOOR, np.interp(wanted, self.log_p, self.v_line), 0.0)

    @staticmethod
    def _stepped(values: Array, bits: int, low: float, high: float) -> Array:
        """The nearest of 2^bits levels: off, and others evenly from `low` to `high`. bits = 0: as they are."""
        if not bits:
            return values
        levels = np.concatenate([[0.0], np.linspace(low, high, 2**bits - 1) if bits > 1 else [high]])
        return np.asarray(levels[np.argmin(np.abs(values[:, None] - levels), axis=1)])

    @cached_property
    def _times(self) -> tuple[Array, Array]:
        """ln s rising, and ln T at each."""
        log_t = np.log(self.full_seconds) + np.linspace(np.log(SHORTEST), 0.0, POINTS)
        volts = np.interp(self._exact_volts(np.geomspace(TYPICAL, 1.0, 25)), self.v_line, self.v_cell)
        with np.errstate(divide="ignore"):
            log_p = np.log(self.device.switching_probability(volts[:, None], np.exp(log_t), self.state))
        log_s = (log_p - log_p[:, -1:]).mean(axis=0)
        sound = np.isfinite(log_s)
        return np.maximum.accumulate(log_s[sound]), log_t[sound]

    def error(self, row_shares: Array, column_shares: Array) -> Array:
        """ln of P over what it is to be, s c P_1, for a nominal cell (rows, columns)."""
        v = np.interp(self.volts(column_shares), self.v_line, self.v_cell)
        p = self.device.switching_probability(v[None, :], self.seconds(row_shares)[:, None], self.state)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(p) - np.log(np.outer(row_shares, column_shares) * self.p_full))


def drive(xbar: Crossbar, lines: tuple[float, float, float, float], towards: int, grades: Grades) -> Drive:
    """What each line of a tile does: `grades` of its lines, the volts of the others as in `Encoder.lines`.

    Columns stand until the last row of the array is off, rows go back one by one; with transistors the rows' gates do.
    """
    wl_on, wl_off, _, bl_off = lines
    on, sign = grades.seconds > 0, 1.0 if towards < 0 else -1.0
    v_wl = np.where(on, wl_on, wl_off)
    v_bl = np.where(grades.volts > 0, wl_on - sign * grades.volts, bl_off)
    if xbar.access is None:
        widths = np.where(on, grades.seconds, grades.total)
        return Drive.parallel((v_wl, widths), (v_bl, grades.total), rest=wl_off)
    gates = np.where(on, xbar.access.gate_on, 0.0)
    inner = Drive.parallel((v_wl, grades.total), (v_bl, grades.total), gate=(gates, grades.seconds))
    settle = SETTLE * default_rise(
        grades.total
    )  # as `selection`: the lines stand before the gates open, and until they have closed
    edges = np.concatenate([[0.0], settle + inner.edges, [2 * settle + inner.edges[-1]]])
    pieces = np.arange(-1, len(inner.edges)).clip(0, len(inner.edges) - 2)
    gate = inner.v_gate[pieces]  # type: ignore[index]
    gate[[0, -1]] = 0.0
    return Drive(edges, inner.v_wl[pieces], inner.v_bl[pieces], gate, rise=inner.rise)
