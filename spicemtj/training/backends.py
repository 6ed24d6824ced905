"""An array of weights as its physics plays it: read forwards, read backwards, pulsed. One protocol, several engines.

All reads are in units of the difference between the currents of a nominal parallel and antiparallel cell at input 1, halved: an array
without wires and variation answers with x @ w, w the signed sums of its states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.faults import OPEN, SHORT, held
from ..device.mtj import Mtj
from ..errors import InputError
from ..randomness import pulse_key, stream_key, uniforms
from .circuit_backend import CircuitBackend as CircuitBackend
from .encoding import ANTIPARALLEL, PARALLEL, Encoder, Indices
from .layout import Layout, Tile
from .time_voltage import Grades

Array = NDArray[np.float64]
States = NDArray[np.int8]

NEGLIGIBLE = 1e-15  # a flip probability that no training will see: 1e10 cells and pulses, 1e-5 flips


@dataclass(frozen=True)
class Streams:
    """Keys of an array's random numbers: its cells' in every pulse, its row and column lines' in every slot."""

    cells: int
    rows: int
    cols: int

    @classmethod
    def of(cls, seed: int, layer: int, array: int) -> Streams:
        return cls(*(stream_key(seed, layer, array, purpose) for purpose in range(3)))


@dataclass(frozen=True, eq=False)
class ArraySpec:
    """What an array is, whatever plays it.

    nominal : one cell with the array's wires, drivers and transistor (1 x 1). cells : its devices, one `Mtj` for all, or (M, N) of them.
    read_volts : what an input of `x_max` puts on its line, beyond the common voltage. states : at the start, (M, N). faults : (M, N) as in
    `circuit.faults`, None where all cells work.
    """

    layout: Layout
    nominal: Crossbar
    cells: Mtj
    encoder: Encoder
    read_volts: float
    x_max: float
    streams: Streams
    states: States
    faults: NDArray[np.int8] | None = None

    @cached_property
    def stuck(self) -> NDArray[np.bool_] | None:
        """(M, N) the cells that no pulse flips; None where there are none."""
        return None if self.faults is None else self.faults != 0

    def held(self, states: States) -> States:
        """`states` (M, N) with the stuck cells in theirs."""
        return states if self.faults is None else held(states, self.faults)

    @property
    def device(self) -> Mtj:
        """The nominal device."""
        device = self.nominal.device
        assert isinstance(device, Mtj)
        return device

    @property
    def v_common(self) -> float:
        """What all lines stand at in a read: 0 in 1R; in 1T1R high enough that no line goes below 0 V."""
        return 0.0 if self.nominal.access is None else self.read_volts

    @cached_property
    def unit(self) -> float:
        """Amperes of 1 in a read: half the difference of a nominal cell's two currents at input 1, without wires."""
        currents = [float(g[0, 0]) * self.read_volts / self.x_max for g in chords(self, self.device)]
        return (currents[0] - currents[1]) / 2

    def tile(self, tile: Tile, states: States) -> Crossbar:
        """The crossbar of one tile, in its part of `states` (M, N)."""
        n = self.nominal
        xbar = Crossbar(
            *tile.shape, n.device, n.cell, states[tile], access=n.access,
            r_wl=n.r_wl, r_bl=n.r_bl, r_driver_wl=n.r_driver_wl, r_driver_bl=n.r_driver_bl,
            faults=None if self.faults is None else self.faults[tile],
        )  # fmt: skip
        xbar.cells = self.cells[tile] if self.cells.shape else self.cells
        return xbar


class Backend(Protocol):
    """An array that can be read and pulsed. Reads and pulses are all that a training may use; the states are for us who look on."""

    spec: ArraySpec

    @property
    def states(self) -> States:
        """(M, N) of +1 (parallel) and -1 (antiparallel)."""
        ...

    def forward(self, x: Array) -> Array:
        """Inputs (..., M) on the word lines; the bit lines' currents gathered to outputs (..., outputs)."""
        ...

    def backward(self, d: Array) -> Array:
        """Errors (outputs,) on the bit lines; the word lines' currents (M,)."""
        ...

    def pulse(self, rows: Indices, cols: Indices, towards: int, number: int) -> Indices:
        """One pulse on the cells where `rows` meet `cols`, towards a state; the flipped cells as row * N + column.

        `number` counts the array's pulses: cell c flips where element c of the stream of that pulse is under its probability. A tile
        where no selected row meets a selected column is left alone.
        """
        ...

    def observed(self, rows: Indices, cols: Indices, towards: int, number: int) -> tuple[Indices, Array, Array]:
        """`pulse` that also tells each cell's volts and flip probability (M, N) in the states before it; nan where none is driven over."""
        ...

    def restore(self, states: States) -> None:
        """Put the cells into given states (M, N)."""
        ...

    def transmission(self) -> float:
        """Current of all word lines read at once at half the largest input, as a share of what it would be without wires."""
        ...


class GradedBackend(Backend, Protocol):
    """An array that also takes pulses in which each row has its own width and each column its own volts."""

    def pulse(self, rows: Indices, cols: Indices, towards: int, number: int, grades: Grades | None = None) -> Indices: ...

    def observed(
        self, rows: Indices, cols: Indices, towards: int, number: int, grades: Grades | None = None
    ) -> tuple[Indices, Array, Array]: ...


def make(engine: Any, spec: ArraySpec) -> Backend:
    """A backend by engine: "ideal", an `Engine` (nodal, ngspice), or a `Surrogate`."""
    if engine == "ideal":
        return IdealBackend(spec)
    if getattr(engine, "name", engine) == "surrogate":
        from ..surrogate.backend import SurrogateBackend

        return SurrogateBackend(spec, engine)
    from ..engines import get

    return CircuitBackend(spec, get(engine))


def chords(spec: ArraySpec, cells: Mtj) -> tuple[Array, Array]:
    """Conductances [S] of whole cells (device and open transistor) in both states, parallel first, at half the largest read, no wires.

    (1, 1) for a single device, else (M, N).
    """
    from ..engines.nodal import Nodal

    shape = cells.shape or (1, 1)
    volts = spec.read_volts / 2
    found = []
    for state in (PARALLEL, ANTIPARALLEL):
        xbar = bare(spec, shape, cells, state)
        read = Nodal().solve(xbar, np.full(shape[0], spec.v_common + volts), np.full(shape[1], spec.v_common))
        found.append(read.i_cell / volts)
    return found[0], found[1]


def bare(spec: ArraySpec, shape: tuple[int, ...], cells: Mtj, state: int) -> Crossbar:
    """An array of `cells` in one state, without any wire or driver resistance."""
    xbar = Crossbar(
        shape[0], shape[1], spec.nominal.device, spec.nominal.cell, np.full(shape, state), access=spec.nominal.access,
        r_wl=0.0, r_bl=0.0, r_driver_wl=0.0, r_driver_bl=0.0,
    )  # fmt: skip
    xbar.cells = cells
    return xbar


class IdealBackend:
    """An array without wires: every cell sees its lines' voltage, reads are products, flips follow each device's own law.

    What it costs goes with the flips: the effective weights are kept, and corrected where a cell has flipped.
    """

    def __init__(self, spec: ArraySpec):
        self.spec = spec
        g_p, g_ap = _with_faults(spec, *chords(spec, spec.cells))
        unit = spec.unit / (spec.read_volts / spec.x_max)
        self._g_ap, self._gap = (np.broadcast_to(g / unit, spec.layout.shape) for g in (g_ap, g_p - g_ap))
        self._law = {towards: _Law(spec, towards) for towards in (PARALLEL, ANTIPARALLEL)}
        self.states = np.empty(spec.layout.shape, dtype=np.int8)
        self._stuck = np.zeros((0, 0), dtype=bool) if spec.stuck is None else np.ascontiguousarray(spec.stuck)
        self.weights = np.empty((spec.layout.rows, spec.layout.outputs))
        self.restore(spec.states)

    @property
    def physics(self) -> Any:
        """The array for compiled loops, which change it in place; None where pulses reach more than selected cells."""
        from .kernels import Ideal

        if self.spec.encoder.graded:
            return None
        layout, laws = self.spec.layout, [self._law[towards] for towards in (PARALLEL, ANTIPARALLEL)]
        if not all(law.selective for law in laws):
            return None
        p = np.stack([np.broadcast_to(law.driven, law.driven.shape if law.driven.size > 1 else (1, 1)) for law in laws])
        signs, owners = layout.signs.astype(float), layout.owners.astype(np.int64)
        return Ideal(self.states, self.weights, np.ascontiguousarray(self._gap), p, signs, owners, self._stuck)

    def forward(self, x: Array) -> Array:
        from ..surrogate.reads import forward

        return forward(np.asarray(x), self.weights)

    def backward(self, d: Array) -> Array:
        from ..surrogate.reads import backward

        return backward(self.weights, d)

    def transmission(self) -> float:
        return 1.0

    def restore(self, states: States) -> None:
        self.states[:] = self.spec.held(states)
        self.weights[:] = self.spec.layout.gather(self._g_ap + self._gap * (self.states > 0))

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """What `resume` needs to go on to the same bits: the weights carry the rounding of every flip so far."""
        return {"states": self.states.copy(), "weights": self.weights.copy()}

    def resume(self, saved: Mapping[str, Any]) -> None:
        """Take up a `snapshot`, in place."""
        self.states[:], self.weights[:] = saved["states"], saved["weights"]

    def pulse(self, rows: Indices, cols: Indices, towards: int, number: int, grades: Grades | None = None) -> Indices:
        law, key = self._law[towards], pulse_key(self.spec.streams.cells, number)
        if law.selective and grades is None:
            cells = (rows[:, None] * self.spec.layout.cols + cols).ravel()
            cells = cells[self.states.ravel()[cells] != towards]
            if self._stuck.size:
                cells = cells[~self._stuck.ravel()[cells]]
            p = law.selected(cells)
        else:
            everywhere = self._chances(rows, cols, towards, grades)[1].ravel()
            cells = np.flatnonzero(everywhere > 0)
            p = everywhere[cells]
        flipped = cells[uniforms(key, cells) < p]
        self._flip(flipped)
        return flipped

    def observed(
        self, rows: Indices, cols: Indices, towards: int, number: int, grades: Grades | None = None
    ) -> tuple[Indices, Array, Array]:
        volts, p = self._chances(rows, cols, towards, grades)
        return self.pulse(rows, cols, towards, number, grades), volts, p

    def _chances(self, rows: Indices, cols: Indices, towards: int, grades: Grades | None) -> tuple[Array, Array]:
        """Volts and probabilities (M, N); nan where no state is driven over."""
        if grades is None:
            volts, p = self._law[towards].everywhere(rows, cols, self.states)
        else:
            from .graded_ideal import chances

            volts, p = chances(self.spec, grades, towards, self.states)
        if self._stuck.size:
            p[self._stuck & np.isfinite(p)] = 0.0
        return volts, p

    def _flip(self, flipped: Indices) -> None:
        layout = self.spec.layout
        i, c = np.divmod(flipped, layout.cols)
        self.states[i, c] *= -1
        np.add.at(self.weights, (i, layout.owners[c]), self._gap[i, c] * self.states[i, c] * layout.signs[c])


class _Law:
    """Volts and flip probabilities of an array without wires in a pulse towards one state, by a cell's lines and its state."""

    def __init__(self, spec: ArraySpec, towards: int):
        self.layout, self.towards = spec.layout, towards
        wl_on, wl_off, bl_on, bl_off = spec.encoder.lines(towards)
        # by (row on, column on, state): (volts, probabilities) of one device or of all (M, N); only cells that are driven over
        self.table: dict[tuple[bool, bool, int], tuple[Array, Array]] = {}
        for row, wl in ((False, wl_off), (True, wl_on)):
            for col, bl in ((False, bl_off), (True, bl_on)):
                for state in (PARALLEL, ANTIPARALLEL):
                    gated = spec.nominal.access is not None
                    if (wl - bl) * state > 0 and (row or not gated):
                        v = _bare_volts(spec, wl, bl, state)
                        self.table[row, col, state] = v, spec.cells.switching_probability(v, spec.encoder.seconds, state)
        self.selective = all(p.max() < NEGLIGIBLE for key, (_, p) in self.table.items() if key != (True, True, -towards))

    def selected(self, cells: Indices) -> Array:
        """Probabilities of selected cells that stand in the other state, by their numbers."""
        p = self.driven.ravel()
        return p[cells] if p.size > 1 else p

    @property
    def driven(self) -> Array:
        """Probabilities (M, N), or (1, 1) for one device, of selected cells that stand in the other state."""
        return self.table[True, True, -self.towards][1]

    def everywhere(self, rows: Indices, cols: Indices, states: States) -> tuple[Array, Array]:
        """Volts and probabilities (M, N); nan where no state is driven over, and in tiles where no selected lines meet."""
        shape = self.layout.shape
        on_row, on_col = np.zeros((shape[0], 1), dtype=bool), np.zeros(shape[1], dtype=bool)
        on_row[rows], on_col[cols] = True, True
        alive = reached(self.layout, on_row, on_col)
        volts, p = np.full(shape, np.nan), np.full(shape, np.nan)
        for (row, col, state), tables in self.table.items():
            here = alive & (on_row == row) & (on_col == col) & (states == state)
            for out, table in zip((volts, p), tables, strict=True):
                out[here] = np.broadcast_to(table, shape)[here]
        return volts, p


def reached(layout: Layout, on_row: NDArray[np.bool_], on_col: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(M, N) the cells of tiles in which any row (M,) and any column (N,) is on, without references, which are never written."""
    alive = np.zeros(layout.shape, dtype=bool)
    for tile in layout.tiles:
        alive[tile] = on_row[tile.rows].any() and on_col[tile.cols].any()
    return alive & (layout.signs != 0)


def _with_faults(spec: ArraySpec, g_p: Array, g_ap: Array) -> tuple[Array, Array]:
    """Both conductances (M, N) of whole cells as they are read; for a stuck cell the one of its state is right, and it keeps that."""
    if spec.faults is None:
        return g_p, g_ap
    if spec.nominal.access is None and (spec.faults == SHORT).any():
        raise InputError(
            "device.short: a short between two lines without wires carries any current; use another engine, or 1T1R cells"
        )
    from ..engines.nodal import Nodal

    volts = spec.read_volts / 2
    found = []
    for g in (g_p, g_ap):
        g = np.where(spec.faults == OPEN, 0.0, g)
        if (spec.faults == SHORT).any():
            xbar = bare(spec, (1, 1), spec.device, PARALLEL)
            xbar.faults = np.full((1, 1), SHORT, dtype=np.int8)
            read = Nodal().solve(xbar, np.array([spec.v_common + volts]), np.array([spec.v_common]))
            g = np.where(spec.faults == SHORT, read.i_bl[0] / volts, g)
        found.append(g)
    return found[0], found[1]


def _bare_volts(spec: ArraySpec, wl: float, bl: float, state: int) -> Array:
    """MTJ volts of every cell in `state` between lines at wl and bl volts, without wires; (1, 1) for a single device."""
    from ..engines.nodal import Nodal

    shape = spec.cells.shape or (1, 1)
    if spec.nominal.access is None:
        return np.full(shape, wl - bl)
    xbar = bare(spec, shape, spec.cells, state)
    return Nodal().solve(xbar, np.full(shape[0], wl), np.full(shape[1], bl)).v_cell
