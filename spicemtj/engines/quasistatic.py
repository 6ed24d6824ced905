"""A write as a sequence of static networks: the lines are constant in pieces, and between two flips nothing moves.

Each cell integrates dA/dt = 1/t_u(V) during a pulse, with t_u(V) the time by which a fraction u of such devices has switched at the
constant voltage V, and flips where A reaches 1: the law of the circuit's MTJ, without its ramps. A flip changes the network, and with
it the voltages of the cells that are still on their way.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.schemes import Drive
from ..circuit.settling import settling_time
from ..device.mtj import Mtj
from ..errors import InputError, SlowLinesWarning
from ..units import engineering
from .base import Solution, WriteResult
from .power import Energy, wire_power

Array = NDArray[np.float64]
States = NDArray[np.int8]
Mask = NDArray[np.bool_]
Solve = Callable[[States, Array, Array, Array | None], Solution]

LARGEST_HAZARD = 37.0  # -ln(1 - u) of the largest random number below 1
ROOT_STEPS = 60
SETTLED = 0.01  # a flip's P moves by up to 1.5 times the relative change of a pulse's width
REACHED = 1 - 1e-12  # A of a cell that flips at this very moment


def active_pieces(drive: Drive) -> Mask:
    """(k,): the pieces in which any cell can see a voltage: driven lines differ and, with transistors, a gate is above 0 V."""
    lines = np.hstack([drive.v_wl, drive.v_bl])
    driven = ~np.isnan(lines)
    high = np.max(lines, axis=1, initial=-np.inf, where=driven)
    low = np.min(lines, axis=1, initial=np.inf, where=driven)
    active: Mask = high > low
    return active if drive.v_gate is None else active & (drive.v_gate > 0).any(axis=1)


def drives_over(v: Array, states: States) -> Mask:
    """Where a voltage drives a cell out of its state: above 0 V for a parallel one, below for an antiparallel one."""
    return np.asarray(v * states > 0)


def flip_probability(cells: Mtj, v: Array, seconds: Array, states: States) -> Array:
    """Probability (m, n) that cells in `states` flip in pieces of `seconds` (k,) at voltages `v` (k, m, n).

    The u that solves sum_k seconds_k/t_u(V_k) = 1; for a constant voltage that is the switching probability itself. 0 for the polarity that
    stabilises.
    """
    driving = drives_over(v, states)
    v = np.where(driving, v, 0.0)
    pieces = [cells.switching_probability(v[k], t, states) * driving[k] for k, t in enumerate(seconds)]
    low: Array = np.max(pieces, axis=0)
    several = driving.sum(axis=0) > 1
    if not several.any():
        return low
    # The strongest voltage all the time bounds it from above, the strongest piece alone from below.
    strongest = np.max(np.abs(v), axis=0) * states
    time = np.where(driving, seconds[:, None, None], 0.0).sum(axis=0)
    high = np.where(several, cells.switching_probability(strongest, time, states), low)
    several &= (low > 0) & (high > low)

    def progress(log_hazard: Array) -> Array:
        """ln A at the end of the pulse for u = 1 - exp(-hazard): falls with the hazard."""
        u = np.where(several, -np.expm1(-np.exp(log_hazard)), 0.5)
        total = sum(t / cells.switching_time(u, v[k], states) for k, t in enumerate(seconds))
        with np.errstate(divide="ignore"):
            return np.where(several, np.log(total), 0.0)

    ends = [np.where(several, _log_hazard(u), 0.0) for u in (low, high)]
    root = _falling_root(progress, *ends)
    return np.where(several, -np.expm1(-np.exp(root)), low)


def _size(solution: Solution) -> Array:
    return np.nan_to_num(np.abs(solution.v_cell), nan=0.0)


def _log_hazard(u: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.log(np.minimum(-np.log1p(-u), LARGEST_HAZARD))


def _falling_root(function: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """The root of a falling function between `low` and `high`, elementwise: regula falsi with the Illinois rule."""
    f_low, f_high = np.maximum(function(low), 0.0), np.minimum(function(high), 0.0)
    x, side = low, np.zeros(low.shape, dtype=int)
    for _ in range(ROOT_STEPS):
        spread = f_low - f_high
        x = np.where(spread > 0, (high * f_low - low * f_high) / np.where(spread > 0, spread, 1.0), low)
        f = function(x)
        above = f > 0
        # an end that stays for the second time counts half, so that it moves at last
        f_low, f_high = (
            np.where(above, f, np.where(side < 0, f_low / 2, f_low)),
            np.where(above, np.where(side > 0, f_high / 2, f_high), f),
        )
        low, high, side = np.where(above, x, low), np.where(above, high, x), np.where(above, 1, -1)
        if ((np.abs(f) < 1e-9) | (high - low < 1e-12)).all():
            break
    return x


def pulse_numbers(xbar: Crossbar, drive: Drive, uniforms: Array) -> Array:
    """The cells' random numbers (pulses, m, n), also from (m, n) for one pulse; `InputError` unless they and the lines fit `xbar`."""
    drive.check(xbar)
    uniforms = np.asarray(uniforms, dtype=float)
    if uniforms.shape == xbar.shape and drive.pulses == 1:
        uniforms = uniforms[None]
    if uniforms.shape != (drive.pulses, *xbar.shape):
        raise InputError(f"uniforms have shape {uniforms.shape}; this Drive needs {(drive.pulses, *xbar.shape)}")
    return uniforms


def play(xbar: Crossbar, drive: Drive, uniforms: Array, solve: Solve) -> WriteResult:
    """Play `drive` on `xbar` from its present states; `uniforms` (pulses, m, n), or (m, n) for one pulse.

    `solve(states, v_wl, v_bl, v_gate)` gives the static solution. A cell flips at most once a pulse; open and short cells, and ohmic ones,
    never. In a pulse of several pieces v_start and v_cell belong to the last piece in which any cell can see a voltage.
    The energy is nan where a loop of shorts leaves the current of a line that is driven away from 0 V open. Warns (`SlowLinesWarning`)
    where the lines' capacitances do not settle in a small part of every piece.
    """
    uniforms = pulse_numbers(xbar, drive, uniforms)
    warn_of_slow_lines(xbar, drive)
    states: States = np.array(xbar.states, dtype=np.int8)
    energy, results, peak = Energy.none(xbar), [], np.zeros(xbar.shape)
    for pulse in range(drive.pulses):
        played = _Pulse(xbar.in_pulse(pulse), drive.part(pulse), uniforms[pulse], solve, states)
        results.append((played.v_cell, played.v_start, played.p_flip, played.flipped))
        states, energy, peak = played.states, energy + played.energy, np.maximum(peak, played.v_peak)
    return result(drive, results, peak, states, energy)


def result(
    drive: Drive, pulses: Sequence[tuple[NDArray[Any], ...]], peak: Array, states: States, energy: Energy
) -> WriteResult:
    """A `WriteResult` from (v_cell, v_start, p_flip, flipped) of each pulse and what holds for all."""
    v_cell, v_start, p_flip, flipped = (np.stack(part) if drive.pulses > 1 else part[0] for part in zip(*pulses, strict=True))
    seconds = float(drive.edges[-1] - drive.edges[0])
    return WriteResult(
        v_cell, v_start, peak, p_flip, flipped, states, energy.total, seconds, energy.wl, energy.bl, energy.cell, energy.wires
    )


def warn_of_slow_lines(xbar: Crossbar, drive: Drive) -> None:
    """`SlowLinesWarning` where the slowest line needs more than `SETTLED` of the shortest piece in which a cell sees a voltage."""
    pieces = np.diff(drive.edges)[active_pieces(drive)]
    time, shortest = settling_time(xbar, drive), float(pieces.min(initial=np.inf))
    if time > SETTLED * shortest:
        warnings.warn(
            f"the lines settle with a time constant of up to {engineering(time, 's')}, and a piece of this Drive lasts "
            f"{engineering(shortest, 's')}: this engine takes them as settled at once; use engine='ngspice'",
            SlowLinesWarning,
            stacklevel=5,
        )


class _Pulse:
    """One pulse, played: what it did to `states`."""

    def __init__(self, xbar: Crossbar, drive: Drive, u: Array, solve: Solve, states: States):
        self.xbar, self.drive, self.u, self._solve = xbar, drive, u, solve
        self.can_flip: Mask = np.zeros(xbar.shape, dtype=bool) if xbar.ohmic else np.asarray(xbar.faults) == 0
        self.before, self.states = states, states.copy()
        self.flipped = np.zeros(xbar.shape, dtype=bool)
        self.progress = np.zeros(xbar.shape)  # A
        self.energy = Energy.none(xbar)
        self.seconds = np.diff(drive.edges)
        active = np.flatnonzero(active_pieces(drive))
        self.last = int(active[-1]) if len(active) else len(self.seconds) - 1

        self.untouched = [self._at(piece, states) for piece in range(len(self.seconds))]
        self.v_start = self.untouched[self.last].v_cell
        self.v_peak = np.max([_size(solution) for solution in self.untouched], axis=0)
        self.p_flip = self._probability()
        for piece in range(len(self.seconds)):
            end = self._play(piece)
            if piece == self.last:
                self.v_cell = end.v_cell

    def _at(self, piece: int, states: States) -> Solution:
        gate = None if self.drive.v_gate is None else self.drive.v_gate[piece]
        return self._solve(states, self.drive.v_wl[piece], self.drive.v_bl[piece], gate)

    def _probability(self) -> Array:
        if not self.can_flip.any():
            return np.zeros(self.xbar.shape)
        v = np.nan_to_num(np.stack([s.v_cell for s in self.untouched]), nan=0.0)
        return flip_probability(self.xbar.cells, np.where(self.can_flip, v, 0.0), self.seconds, self.before)

    def _play(self, piece: int) -> Solution:
        """Play one piece, flip by flip; the solution at its end."""
        left = self.seconds[piece]
        while True:
            now = self._at(piece, self.states) if self.flipped.any() else self.untouched[piece]
            self.v_peak = np.maximum(self.v_peak, _size(now))
            rate = self._rate(now.v_cell)
            until = np.divide(1 - self.progress, rate, out=np.full(rate.shape, np.inf), where=rate > 0)
            step = min(left, float(until.min()))
            self.energy += self._power(piece, now) * step
            self.progress += rate * step
            if until.min() > left:
                return now
            hit = (rate > 0) & (self.progress >= REACHED)
            self.states[hit] *= -1
            self.flipped |= hit
            left -= step

    def _rate(self, v: Array) -> Array:
        """dA/dt [1/s]: 0 for cells that have flipped, cannot flip or are held in their state."""
        driving = self.can_flip & ~self.flipped & drives_over(v, self.before)
        if not driving.any():
            return np.zeros(v.shape)
        time = self.xbar.cells.switching_time(self.u, np.where(driving, v, 0.0), self.before)
        return np.where(driving, 1 / time, 0.0)

    def _power(self, piece: int, now: Solution) -> Energy:
        """What a second of this solution takes."""
        v_wl, v_bl = self.drive.v_wl[piece], self.drive.v_bl[piece]
        cell = now.p_cell
        known = not np.isnan(cell).any()  # a surrogate's solution has no line nodes
        wires = float(wire_power(self.xbar, v_wl, v_bl, now.v_wl, now.v_bl)) if known else np.nan
        return Energy(now.p_wl(v_wl), now.p_bl(v_bl), cell, wires)
