"""Netlists of a crossbar as text for ngspice: reads (operating points) and writes (transients)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..device.emit import Cards
from ..errors import InputError
from ..randomness import cell_uniforms
from ..units import engineering, literal
from . import transistor
from .crossbar import Crossbar
from .faults import OPEN, SHORT, STUCK_ANTIPARALLEL, STUCK_PARALLEL
from .netlist import Names, Netlist, stepped, waveform
from .schemes import Drive
from .settling import settling_time
from .topology import Topology, paths, topology

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Tolerances that agree with an exact solver to 1e-9; node voltages are of the order of 1 V.
STATIC: dict[str, float | int | str] = {
    "reltol": 1e-9,
    "vntol": 1e-12,
    "abstol": 1e-18,
    "gmin": 1e-18,
    "itl1": 500,
    "itl2": 500,
}
# The node behind a closed transistor hangs on gmin alone: with less, an operating point of a 1T1R array can fail to converge.
CLOSED: dict[str, float | int | str] = {"abstol": 1e-15, "gmin": 1e-15}
# The progress A is linear in time between flips, so its truncation error (trtol) must not rule the step: the largest step does.
TRANSIENT: dict[str, float | int | str] = {
    "reltol": 1e-6,
    "vntol": 1e-9,
    "abstol": 1e-12,
    "gmin": 1e-18,
    "trtol": 1e6,
    "itl4": 50,
}
# A floating line whose transistors are all off has no path to anything: ohm to ground at every node of such a transient.
SHUNT = 1e15
# Between flips A is linear, so that few steps do: from 20 steps to 400 it changes by 1e-3 at most, at other cells' flips.
STEPS, STEPS_AT_REST = 30, 5  # least numbers of time steps in a pulse: with cells that can switch, and without
# Capacitances: the trapezoidal rule rings on lines that settle within a step, Gear's method does not.
# What settles within FAST of the shortest piece needs no steps of its own; slower lines have STEPS_A_SETTLING in a time constant.
FAST, STEPS_A_SETTLING, MOST_STEPS = 2e-3, 10, 2000
TAIL = 6  # time constants that slow lines get to come back


@dataclass(frozen=True, eq=False)
class Deck:
    """A netlist: comment lines, cards, what to simulate, the compiled device to load. `text()` renders it."""

    title: str
    comments: Sequence[str]
    cards: Sequence[str]
    analysis: str
    names: Names
    net: Topology
    options: Mapping[str, float | int | str] = field(default_factory=dict)
    klu: bool = True
    saves: Sequence[str] = ()
    control: Sequence[str] = ()
    osdi: Path | None = None

    def text(self) -> str:
        """The netlist, ready for `ngspice -b`."""
        options = [*(["klu"] if self.klu else []), *(f"{key}={_value(value)}" for key, value in self.options.items())]
        lines = [f"* {self.title}", *(f"* {line}" for line in self.comments)]
        if self.osdi is not None:
            path = f"'{self.osdi}'" if " " in str(self.osdi) else str(self.osdi)
            lines += [".control", f"pre_osdi {path}", ".endc"]
        lines += self.cards
        lines.append(f".options {' '.join(options)}")
        lines += [f".save {' '.join(self.saves[k : k + 50])}" for k in range(0, len(self.saves), 50)]
        lines.append(self.analysis)
        if self.control:
            lines += [".control", *self.control, ".endc"]
        return "\n".join([*lines, ".end", ""])

    def write(self, path: str | Path) -> Path:
        """Write the text to a file."""
        Path(path).write_text(self.text(), encoding="utf-8")
        return Path(path)

    def with_klu(self, klu: bool) -> Deck:
        """The same deck for an ngspice with or without the KLU solver."""
        return dataclasses.replace(self, klu=klu)

    def gentler(self) -> Deck:
        """The same circuit for a run that did not converge: more iterations, smaller steps, and more on the way to the operating point."""
        options = {**self.options, "itl1": 2000, "itl2": 2000, "itl4": 500, "gminsteps": 30, "srcsteps": 30, "method": "gear"}
        return dataclasses.replace(self, options=options, analysis=_finer(self.analysis))


def _finer(analysis: str) -> str:
    """A transient in steps of a quarter; any other analysis as it is."""
    kind, *numbers = analysis.split()
    if kind != ".tran":
        return analysis
    step, end, start, largest, *rest = numbers
    return " ".join([kind, f"{float(step) / 4:.12g}", end, start, f"{float(largest) / 4:.12g}", *rest])


def _value(value: float | int | str) -> str:
    return literal(value) if isinstance(value, float) else str(value)


def operating_point_deck(
    xbar: Crossbar, v_wl: ArrayLike, v_bl: ArrayLike, v_gate: ArrayLike | None = None, junctions: Cards | None = None
) -> Deck:
    """A deck that solves `xbar` at p sets of applied voltages: v_wl (p, m) or (m,), v_bl (p, n) or (n,), v_gate (p, gates) or (gates,).

    All p must float the same lines. Several points are stepped through by a DC sweep of their number.
    junctions: behavioural (the default) or compiled devices.
    """
    wl, bl = np.atleast_2d(np.asarray(v_wl, dtype=float)), np.atleast_2d(np.asarray(v_bl, dtype=float))
    lines = np.hstack([wl, bl])
    floating = np.isnan(lines[0])
    if (np.isnan(lines) != floating).any():
        raise InputError("one deck has one set of floating lines; split the points into several decks")
    gate = None if v_gate is None else np.atleast_2d(np.asarray(v_gate, dtype=float))
    net = Netlist(xbar, topology(xbar, floating, _can_conduct(xbar, lines, gate)), junctions)
    net.wires()
    net.cells(_most(lines))
    points = len(lines)
    net.sources([stepped(column) for column in lines.T], [] if gate is None else [stepped(column) for column in gate.T])
    if points > 1:
        net.cards.append("vpoint point 0 0")
    comments = [*_description(xbar), f"{points} operating point{'s' * (points > 1)}"]
    analysis = ".op" if points == 1 else f".dc vpoint 0 {points - 1} 1"
    options = STATIC if xbar.access is None else STATIC | CLOSED | transistor.options(xbar)
    title, osdi = f"read of {_size(xbar)}", junctions.osdi if junctions else None
    return Deck(title, comments, net.cards, analysis, net.names(), net.net, options, saves=net.saves(), osdi=osdi)


def write_deck(
    xbar: Crossbar,
    drive: Drive,
    uniforms: ArrayLike | None = None,
    seed: int = 1,
    pulse: int = 0,
    switching: Mask | None = None,
    steps: int | None = None,
    junctions: Cards | None = None,
) -> Deck:
    """A transient of one pulse of `drive`, in which every MTJ that can come to switch has a node that integrates its switching law.

    uniforms: the cells' random numbers, (m, n) of this pulse or (pulses, m, n); drawn from `seed` if not given. switching (m, n): the cells
    that get the integrating device; by default all that could switch at the largest voltage between any two lines. junctions:
    behavioural (the default) or compiled devices. The drive
    starts one rise time into the transient, so that its first ramp is centred on its time 0.
    """
    drive.check(xbar)
    u = cell_uniforms(seed, xbar.shape, pulse) if uniforms is None else np.asarray(uniforms, dtype=float)
    u = u[pulse] if u.ndim == 3 else u
    xbar = xbar if uniforms is not None else xbar.for_write(seed).in_pulse(pulse)
    if u.shape != xbar.shape:
        raise InputError(f"uniforms have shape {u.shape}; one pulse of this crossbar needs {xbar.shape}")
    part = drive.part(pulse)
    seconds = float(part.edges[-1])
    rise = float(part.rise or 0.0)
    if rise > np.diff(part.edges).min():
        raise InputError(f"a rise time of {rise} s does not fit into a piece of {np.diff(part.edges).min()} s; shorten it")
    lines = np.hstack([part.v_wl, part.v_bl])
    net = Netlist(xbar, topology(xbar, np.isnan(lines[0]), _can_conduct(xbar, lines, part.v_gate)), junctions)
    net.wires()
    net.cells(_most_ever(xbar, lines), within_reach(xbar, part, u) if switching is None else switching, u, seconds)
    net.capacitances()
    gates = [] if part.v_gate is None else [waveform(part.edges, column, rise) for column in part.v_gate.T]
    net.sources([waveform(part.edges, column, rise) for column in lines.T], gates)
    comments = [
        *_description(xbar),
        f"pulse of {engineering(seconds, 's')}, ramps of {engineering(rise, 's')}; time 0 of the drive is at {engineering(rise, 's')}",
        f"{net.switching.sum()} of {xbar.m * xbar.n} cells can switch: v(a_i_j) integrates 1/t_u, a cell flips where it reaches 1 V",
    ]
    options = TRANSIENT | transistor.options(xbar)
    if xbar.access is not None and np.isnan(lines).any():
        options["rshunt"] = SHUNT
    settling = settling_time(xbar, part)
    if settling or (xbar.access is not None and xbar.access.own):  # such a card can have capacitances of its own
        options["method"] = "gear"
    steps = steps or max(STEPS if net.switching.any() else STEPS_AT_REST, _steps_of_lines(part, settling))
    analysis = f".tran {seconds / steps:.12g} {duration(xbar, part):.12g} 0 {seconds / steps:.12g} uic"
    title, osdi = f"write of {_size(xbar)}", junctions.osdi if junctions else None
    return Deck(title, comments, net.cards, analysis, net.names(), net.net, options, saves=net.saves(), osdi=osdi)


def duration(xbar: Crossbar, drive: Drive) -> float:
    """How long the transient of one pulse lasts [s]: the pulse, its ramps, and what slow lines need to come back, at most as long again."""
    seconds = float(drive.edges[-1])
    return seconds + 2 * float(drive.rise or 0.0) + min(TAIL * settling_time(xbar, drive), seconds)


def _steps_of_lines(drive: Drive, settling: float) -> int:
    """How many time steps show lines of this time constant [s]; 0 where they settle faster than anyone would see."""
    seconds, shortest = float(drive.edges[-1]), float(np.diff(drive.edges).min())
    return int(min(STEPS_A_SETTLING * seconds / settling, MOST_STEPS)) if settling > FAST * shortest else 0


def _can_conduct(xbar: Crossbar, lines: Array, gate: Array | None) -> Mask:
    """(m, n): cells whose transistor can conduct at any of the points: lines (p, m + n), gate (p, gates) or None."""
    lowest = np.min(lines, axis=1, initial=np.inf, where=~np.isnan(lines))
    path = paths(xbar, gate, np.where(np.isinf(lowest), 0.0, lowest))
    return np.any(path, axis=0) if path.ndim == 3 else path


def _most(lines: Array) -> float:
    """The largest voltage between two driven lines at any of the points (p, m + n), 0 V where there are none."""
    driven = ~np.isnan(lines)
    high, low = np.max(lines, axis=1, initial=-np.inf, where=driven), np.min(lines, axis=1, initial=np.inf, where=driven)
    return max(float(np.max(high - low)), 0.0)


def _most_ever(xbar: Crossbar, lines: Array) -> float:
    """The largest voltage that a cell can see in a transient through `lines` (k, m + n), which starts and ends at 0 V."""
    if not (xbar.c_wire or xbar.c_drain) or np.isnan(lines).all():
        return _most(lines)
    return float(max(np.nanmax(lines), 0.0) - min(np.nanmin(lines), 0.0))


def within_reach(xbar: Crossbar, drive: Drive, u: Array) -> Mask:
    """(m, n): MTJs that would switch if the largest voltage between any two lines drove them out of their state all the time.

    No cell of a network of resistors can see more than that, so that the others surely stay; neither can it during the ramps, which
    all lines go through together. Capacitances can keep a line at any voltage that one has had.
    """
    if xbar.ohmic:
        return np.zeros(xbar.shape, dtype=bool)
    most, states = _most_ever(xbar, np.hstack([drive.v_wl, drive.v_bl])), np.asarray(xbar.states)
    p = xbar.cells.switching_probability(most * states, duration(xbar, drive), states)
    return (xbar.faults == 0) & (u <= p)


def _size(xbar: Crossbar) -> str:
    return f"{xbar.m} x {xbar.n} {xbar.cell} crossbar"


def _description(xbar: Crossbar) -> list[str]:
    """What the array is: wires, drivers, cells and their states."""
    wires, drivers = f"{_ohm(xbar.r_wl)} and {_ohm(xbar.r_bl)}", f"{_ohm(xbar.r_driver_wl)} and {_ohm(xbar.r_driver_bl)}"
    lines = [f"word and bit lines: wires of {wires} a segment, drivers of {drivers}"]
    for name, far in (("word", xbar.r_far_wl), ("bit", xbar.r_far_bl)):
        if np.isfinite(far):
            lines.append(f"{name} lines: a second driver of {_ohm(far)} at the far end")
    if xbar.c_wire:
        lines.append(f"capacitance of {engineering(xbar.c_wire, 'F')} a wire segment")
    selector = f", selector {xbar.selector.name}" if xbar.selector else ""
    if xbar.ohmic:
        return [*lines, f"cells: resistors{selector}"]
    marks = np.where(np.asarray(xbar.states) > 0, "P", "A")
    marks = np.where(np.isin(xbar.faults, (STUCK_PARALLEL, STUCK_ANTIPARALLEL)), np.char.lower(marks), marks)
    marks = np.where(xbar.faults == OPEN, "o", np.where(xbar.faults == SHORT, "s", marks))
    lines.append(f"cells: MTJ {xbar.device.name}{' with variation' if xbar.cells.shape else ''}{selector}")  # type: ignore[union-attr]
    lines.append("states by word line (P parallel, A antiparallel, p and a stuck, o open, s short):")
    return [*lines, *("  " + "".join(row) for row in marks.tolist())]


def _ohm(value: float) -> str:
    return engineering(value, "ohm")
