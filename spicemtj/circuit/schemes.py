"""What each line does, when. A `Write` names a scheme; it renders to a `Drive`, the only thing that engines know.

Selected row at `volts`, selected column at 0 (1R): V/2 puts every other line at V/2; V/3 puts other rows at V/3 and other
columns at 2V/3; grounded and floating leave them at 0 or undriven. With gates (1T1R) no line goes below 0 V: a negative write
raises the bit line and grounds the word line, and the gate's pulse sets the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, unknown

if TYPE_CHECKING:
    from .crossbar import Crossbar

Array = NDArray[np.float64]
Index = Sequence[int] | NDArray[np.intp]
SCHEMES = ("V/2", "V/3", "floating", "grounded", "gate")
SETTLE = 10  # how many rise times the lines of a gate-controlled write stand before its gates open, and after they close


def default_rise(seconds: float) -> float:
    """Rise and fall time of a pulse, 0 to 100 %: short beside it, since 0.1 ns of width is 0.08 in P at 0.6 V."""
    return min(10e-12, seconds / 200)


@dataclass(frozen=True, eq=False)
class Drive:
    """Line voltages constant in k pieces, nan where a line floats.

    edges (k + 1,) s; v_wl (k, m) V; v_bl (k, n) V; v_gate (k, m or n) V, None for 1R; pulse (k,) the number of the pulse that each
    piece belongs to (0, 1, ...; a cell has one random number a pulse); rise: seconds of each linear ramp, centred on the edge.
    Before and after the drive all driven lines and gates are at 0 V.
    """

    edges: Array
    v_wl: Array
    v_bl: Array
    v_gate: Array | None = None
    pulse: Any = None
    rise: Any = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        for name in ("edges", "v_wl", "v_bl", "v_gate"):
            if getattr(self, name) is not None:
                put(self, name, np.array(getattr(self, name), dtype=float))
        if (
            self.edges.ndim != 1
            or len(self.edges) < 2
            or not (np.diff(self.edges) > 0).all()
            or not np.isfinite(self.edges).all()
        ):
            raise InputError("a Drive's edges must be at least two rising times in seconds")
        k = len(self.edges) - 1
        for name in ("v_wl", "v_bl", "v_gate"):
            lines = getattr(self, name)
            if lines is not None and (lines.ndim != 2 or len(lines) != k):
                raise InputError(f"a Drive of {k} pieces needs {name} of shape ({k}, lines), not {lines.shape}")
            if lines is not None and np.isinf(lines).any():
                raise InputError(f"{name} of a Drive must be finite volts (nan: a floating line)")
        if self.v_gate is not None and not np.isfinite(self.v_gate).all():
            raise InputError("a gate line cannot float; give v_gate finite volts")
        put(self, "pulse", np.zeros(k, dtype=np.intp) if self.pulse is None else np.array(self.pulse, dtype=np.intp))
        if self.pulse.shape != (k,) or self.pulse[0] != 0 or not np.isin(np.diff(self.pulse), (0, 1)).all():
            raise InputError("a Drive's pulse numbers must start at 0 and rise by 0 or 1 from piece to piece")
        floats = np.isnan(np.hstack([self.v_wl, self.v_bl]))
        if (floats != floats[0]).any():
            raise InputError("a line that floats must do so in every piece of a Drive; split it into two Drives")
        if self.rise is None:
            put(self, "rise", default_rise(float(np.diff(self.edges).max())))

    @classmethod
    def parallel(
        cls,
        wl: tuple[ArrayLike, ArrayLike],
        bl: tuple[ArrayLike, ArrayLike],
        rest: float = 0.0,
        gate: tuple[ArrayLike, ArrayLike] | None = None,
        rise: float | None = None,
    ) -> Drive:
        """One pulse in which every line has its own: all begin at 0 s, each ends by itself, and the line then stands at `rest` volts.

        wl, bl, gate: (volts, seconds) of the lines of each kind, (m,), (n,) and (gates,); numbers stand for all lines. A line of nan volts
        floats; one of 0 seconds stands at `rest` all the time; closed gates are at 0 V. The pieces lie between the ends of the
        pulses. `rise` defaults to that of the shortest pulse.
        """
        kinds = [_pulses(name, *pair) for name, pair in (("wl", wl), ("bl", bl), ("gate", gate)) if pair is not None]
        ends = np.unique(np.concatenate([seconds for _, seconds in kinds]))
        ends = ends[ends > 0]
        if not len(ends):
            raise InputError("a parallel Drive needs a pulse: give at least one line more than 0 s")
        edges = np.concatenate([[0.0], ends])
        lines = [
            np.where((edges[:-1, None] < seconds) | np.isnan(volts), volts, 0.0 if k == 2 else rest)
            for k, (volts, seconds) in enumerate(kinds)
        ]
        shortest = float(np.diff(edges).min())
        rise = min(default_rise(float(ends[0])), shortest) if rise is None else rise
        return cls(edges, lines[0], lines[1], lines[2] if gate is not None else None, rise=rise)

    @property
    def pulses(self) -> int:
        """How many pulses there are."""
        return int(self.pulse[-1]) + 1

    def acting(self) -> tuple[Array, Array, Array | None]:
        """Line and gate voltages (m,), (n,), (gates,) or None while a `selection` writes its cells: with gates, its second piece."""
        k = 0 if self.v_gate is None else 1
        return self.v_wl[k], self.v_bl[k], None if self.v_gate is None else self.v_gate[k]

    def part(self, pulse: int) -> Drive:
        """The pieces of one pulse, as a Drive of its own that starts at 0 s."""
        mine = np.flatnonzero(self.pulse == pulse)
        edges = self.edges[mine[0] : mine[-1] + 2] - self.edges[mine[0]]
        gate = None if self.v_gate is None else self.v_gate[mine]
        return Drive(edges, self.v_wl[mine], self.v_bl[mine], gate, rise=self.rise)

    def check(self, xbar: Crossbar) -> None:
        """Raise `InputError` unless the lines are those of `xbar`."""
        if self.v_wl.shape[1] != xbar.m or self.v_bl.shape[1] != xbar.n:
            raise InputError(
                f"this Drive has {self.v_wl.shape[1]} word and {self.v_bl.shape[1]} bit lines; the crossbar is {xbar.m} x {xbar.n}"
            )
        if (self.v_gate is not None) != (xbar.cell == "1T1R"):
            raise InputError("gate voltages belong to a 1T1R crossbar, and it needs them")
        if self.v_gate is not None and self.v_gate.shape[1] != xbar.gates:
            raise InputError(f"this Drive has {self.v_gate.shape[1]} gate lines; the crossbar has {xbar.gates}")


def _pulses(name: str, volts: ArrayLike, seconds: ArrayLike) -> tuple[Array, Array]:
    """Volts and seconds (lines,) of one kind of lines."""
    v, t = np.asarray(volts, dtype=float), np.asarray(seconds, dtype=float)
    if v.ndim == 0 and t.ndim == 0:
        raise InputError(f"{name}: give volts or seconds of each line, a list; two numbers do not say how many lines there are")
    try:
        v, t = np.broadcast_arrays(v, t)
    except ValueError:
        raise InputError(f"{name}: {len(v)} volts and {len(t)} seconds; give one of each for every line") from None
    if v.ndim != 1:
        raise InputError(f"{name} has shape {v.shape}; give a list with one entry a line")
    if not (t >= 0).all() or not np.isfinite(t).all():
        raise InputError(f"{name}: a pulse of {t[~(t >= 0) | ~np.isfinite(t)][0]} s; its width must be finite, 0 or more")
    return v, t


@dataclass(frozen=True)
class Write:
    """One write pulse on cell (row, col): `volts` across the line pair, for `seconds` (full width at half maximum).

    A positive voltage (word line to bit line) drives parallel to antiparallel. `rise` defaults to min(10 ps, seconds/200).
    """

    scheme: str
    row: int
    col: int
    volts: float
    seconds: float
    rise: float | None = None

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise unknown("write scheme", self.scheme, SCHEMES)
        if not self.seconds > 0 or not np.isfinite(self.seconds):
            raise InputError(f"a pulse of {self.seconds} s: its width must be above 0")
        if not np.isfinite(self.volts):
            raise InputError(f"a pulse of {self.volts} V: give finite volts")
        if self.rise is not None and not 0 < self.rise < self.seconds:
            raise InputError(f"a rise time of {self.rise} s: it must lie between 0 and the pulse's {self.seconds} s")

    def drive(self, xbar: Crossbar) -> Drive:
        """What each line of `xbar` does."""
        for name, index, size in (("row", self.row, xbar.m), ("col", self.col, xbar.n)):
            if not 0 <= index < size:
                raise InputError(f"{name} {index} is outside the array; choose 0 to {size - 1}")
        return selection(xbar, self.scheme, [self.row], [self.col], self.volts, self.seconds, self.rise)


def selection(
    xbar: Crossbar,
    scheme: str,
    rows: Index,
    cols: Index,
    volts: float,
    seconds: float,
    rise: float | None = None,
) -> Drive:
    """A Drive of one pulse on all cells where one of `rows` meets one of `cols`: the parallel form of `Write`."""
    if scheme not in SCHEMES:
        raise unknown("write scheme", scheme, SCHEMES)
    if (scheme == "gate") != (xbar.cell == "1T1R"):
        wanted = "gate" if xbar.cell == "1T1R" else "V/2, V/3, floating or grounded"
        raise InputError(f"scheme {scheme!r} does not fit {xbar.cell} cells; use {wanted}")
    rise = default_rise(seconds) if rise is None else rise
    v_wl, v_bl = selected_lines(xbar, scheme, rows, cols, volts)
    if xbar.access is None:
        return Drive(np.array([0.0, seconds]), v_wl[None], v_bl[None], rise=rise)
    gates = np.zeros((3, xbar.gates))  # the lines stand before the gates open, and until they have closed
    gates[1, rows if xbar.gate_by == "row" else cols] = xbar.access.gate_on
    settle = SETTLE * rise
    edges = np.array([0, settle, settle + seconds, 2 * settle + seconds])
    return Drive(edges, np.tile(v_wl, (3, 1)), np.tile(v_bl, (3, 1)), gates, rise=rise)


def selected_lines(xbar: Crossbar, scheme: str, rows: Index, cols: Index, volts: float) -> tuple[Array, Array]:
    """Line voltages (m,), (n,) that put `volts` on the cells where `rows` meet `cols`."""
    if scheme == "gate":
        # The unselected cells of an open gate line must see no voltage: their other line follows the selected one.
        by_row = xbar.gate_by == "row"
        high = abs(volts)
        v_wl, v_bl = np.zeros(xbar.m), np.zeros(xbar.n)
        if volts >= 0:
            v_wl[rows] = high
            v_bl[:] = high if by_row else 0.0
            v_bl[cols] = 0.0
        else:
            v_bl[cols] = high
            v_wl[:] = 0.0 if by_row else high
            v_wl[rows] = 0.0
        return v_wl, v_bl
    other_rows, other_cols = {
        "V/2": (volts / 2, volts / 2),
        "V/3": (volts / 3, 2 * volts / 3),
        "grounded": (0.0, 0.0),
        "floating": (np.nan, np.nan),
    }[scheme]
    v_wl, v_bl = np.full(xbar.m, other_rows), np.full(xbar.n, other_cols)
    v_wl[rows], v_bl[cols] = volts, 0.0
    return v_wl, v_bl


def as_drive(xbar: Crossbar, pulse: Write | Drive) -> Drive:
    """A `Drive` checked against `xbar`, from either form."""
    drive = pulse.drive(xbar) if isinstance(pulse, Write) else pulse
    drive.check(xbar)
    return drive


def line_arrays(
    xbar: Crossbar, v_wl: ArrayLike, v_bl: ArrayLike, v_gate: ArrayLike | None
) -> tuple[Array, Array, Array | None]:
    """Applied voltages checked and broadcast to common leading axes: (..., m), (..., n), (..., gates) or None.

    Without `v_gate` all gates of a 1T1R array are open (at `access.gate_on`).
    """
    wl, bl = np.asarray(v_wl, dtype=float), np.asarray(v_bl, dtype=float)
    gate = None
    if xbar.access is not None:
        gate = np.full(xbar.gates, xbar.access.gate_on) if v_gate is None else np.asarray(v_gate, dtype=float)
        if not np.isfinite(gate).all():
            raise InputError("a gate line is at finite volts (it cannot float); give v_gate finite volts")
    elif v_gate is not None:
        raise InputError("a 1R crossbar has no gate lines; leave v_gate out")
    for name, lines, size in (("v_wl", wl, xbar.m), ("v_bl", bl, xbar.n), ("v_gate", gate, xbar.gates)):
        if lines is not None and (lines.ndim == 0 or lines.shape[-1] != size):
            raise InputError(f"{name} has shape {lines.shape}; its last axis must be the {size} lines")
    if np.isinf(wl).any() or np.isinf(bl).any():
        raise InputError("applied voltages must be finite; nan is a floating line")
    axes = [wl.shape[:-1], bl.shape[:-1], () if gate is None else gate.shape[:-1]]
    try:
        lead = np.broadcast_shapes(*axes)
    except ValueError:
        raise InputError(
            f"the leading axes of v_wl {axes[0]}, v_bl {axes[1]} and v_gate {axes[2]} do not fit together"
        ) from None
    wl, bl = np.broadcast_to(wl, (*lead, xbar.m)), np.broadcast_to(bl, (*lead, xbar.n))
    return wl, bl, None if gate is None else np.broadcast_to(gate, (*lead, xbar.gates))
