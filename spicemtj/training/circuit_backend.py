"""A layer's array solved tile by tile by a circuit engine. The exact network of `Nodal` goes through compiled calls of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.schemes import Drive
from ..device.switching.table import load
from ..engines.grid.laws import contiguous
from ..engines.grid.play import Switching
from ..engines.grid.system import threads
from ..engines.nodal import Nodal
from ..engines.tile import ExactTile, fits
from ..errors import InputError
from ..randomness import pulse_key, uniforms
from .encoding import Indices
from .layout import Tile
from .time_voltage import Grades

if TYPE_CHECKING:
    from .backends import ArraySpec

Array = NDArray[np.float64]
States = NDArray[np.int8]
Answer = TypeVar("Answer")

NEVER = 1 - 2.0**-53  # the random number of a cell that is not written: it flips at no hazard below 36
WORTH = 4000  # cells of all tiles times reads from which on threads pay
LAW_MARGIN = 1.25  # the bound of the switching law reaches up to this many times the largest volts between two lines


class CircuitBackend:
    """An array whose tiles are solved one by one by a circuit engine.

    With `Nodal` reads and pulses are compiled (`engines/tile.py`), and tiles shared out to the processors. What that does not know (graded
    pulses, devices outside the switching table, open or shorted cells, other engines) goes through the engine itself, at its pace.
    """

    def __init__(self, spec: ArraySpec, engine: Any):
        self.spec, self.engine = spec, engine
        self.restore(spec.states)

    def restore(self, states: States) -> None:
        """Put the cells into given states (M, N)."""
        states = self.spec.held(states)
        self.states = states.copy()
        self._tiles = [(tile, self.spec.tile(tile, states)) for tile in self.spec.layout.tiles]
        self._exact: list[ExactTile] | None = None

    # -- reads

    def forward(self, x: Array) -> Array:
        spec, layout = self.spec, self.spec.layout
        v = spec.v_common + spec.read_volts * np.asarray(x) / spec.x_max
        rows = v.reshape(-1, layout.rows)
        currents = np.zeros((len(rows), layout.cols))
        for tile, answer in self._read(lambda tile: (rows[:, tile.rows], spec.v_common), len(rows)):
            currents[:, tile.cols] += answer[1]
        return np.asarray(layout.gather(currents.reshape(*v.shape[:-1], layout.cols)) / spec.unit)

    def backward(self, d: Array) -> Array:
        """The lines' values are scaled to the full read voltage first, and the answer back."""
        spec, layout = self.spec, self.spec.layout
        lines = layout.balanced(np.asarray(d))
        largest = np.abs(lines).max()
        if largest == 0:
            return np.zeros(layout.rows)
        v = spec.v_common + spec.read_volts * (lines / largest)
        currents = np.zeros(layout.rows)
        for tile, answer in self._read(lambda tile: (spec.v_common, v[None, tile.cols]), 1):
            currents[tile.rows] -= answer[0][0]
        return currents / spec.unit * largest / spec.x_max

    def transmission(self) -> float:
        from .backends import chords

        spec, volts, total = self.spec, self.spec.read_volts / 2, 0.0
        for _, answer in self._read(lambda tile: (spec.v_common + volts, spec.v_common), 1):
            total += float(answer[1].sum())
        g_p, g_ap = chords(spec, spec.cells)
        return total / (volts * float(np.where(self.states > 0, g_p, g_ap).sum()))

    def _read(self, lines: Callable[[Tile], tuple[Any, Any]], reads: int) -> Iterator[tuple[Tile, tuple[Array, Array]]]:
        """Each tile and the currents of its word lines (reads, m) and bit lines (reads, n) [A], at the volts that `lines` tells of it."""
        exact = self._players()

        def one(k: int) -> tuple[Array, Array]:
            tile, xbar = self._tiles[k]
            wl, bl = (
                np.ascontiguousarray(np.broadcast_to(v, (reads, n))) for v, n in zip(lines(tile), xbar.shape, strict=True)
            )
            if exact is None:
                alone = reads == 1
                found = self.engine.solve(xbar.with_states(self.states[tile]), wl[0] if alone else wl, bl[0] if alone else bl)
                return np.atleast_2d(found.i_wl), np.atleast_2d(found.i_bl)
            if (wl == wl[0, 0]).all() and (bl == wl[0, 0]).all():  # nothing flows, exactly
                return np.zeros(wl.shape), np.zeros(bl.shape)
            return exact[k].read(wl, bl)

        answers = self._each(one, range(len(self._tiles)), reads)
        return zip((tile for tile, _ in self._tiles), answers, strict=True)

    # -- pulses

    def pulse(self, rows: Indices, cols: Indices, towards: int, number: int, grades: Grades | None = None) -> Indices:
        exact, switching = self._players(), self._switching
        if grades is not None or exact is None or switching is None:
            return self.observed(rows, cols, towards, number, grades)[0]
        key = pulse_key(self.spec.streams.cells, number)
        wl_on, wl_off, bl_on, bl_off = self.spec.encoder.lines(towards)
        gated, can = self.spec.nominal.access is not None, self._can

        def one(k: int) -> Indices:
            tile, xbar = self._tiles[k]
            on_row, on_col = inside(rows, tile.rows), inside(cols, tile.cols)
            wl, bl = np.full(xbar.m, wl_off), np.full(xbar.n, bl_off)
            wl[on_row], bl[on_col] = wl_on, bl_on
            reached = on_row if gated else np.arange(xbar.m)
            log_h = np.zeros(xbar.shape)
            cells = (reached[:, None] + tile.rows.start) * self.spec.layout.cols + np.arange(tile.cols.start, tile.cols.stop)
            log_h[reached] = np.log(-np.log1p(-uniforms(key, cells)))
            flipped = exact[k].pulse(wl, bl, on_row, can[k], log_h, switching[k])
            if flipped is None:
                self._write(k, rows, cols, towards, key, None)
                exact[k].restore(after := self.states[tile])
                return np.flatnonzero(after != exact[k].states)
            i, j = np.divmod(flipped, xbar.n)
            self.states[tile.rows.start + i, tile.cols.start + j] *= -1
            return np.asarray((tile.rows.start + i) * self.spec.layout.cols + tile.cols.start + j, dtype=np.intp)

        found = self._each(one, self._meeting(rows, cols), 1)
        return np.sort(np.concatenate(found)) if found else np.empty(0, dtype=np.intp)

    def observed(
        self, rows: Indices, cols: Indices, towards: int, number: int, grades: Grades | None = None
    ) -> tuple[Indices, Array, Array]:
        layout, key = self.spec.layout, pulse_key(self.spec.streams.cells, number)
        flips = np.zeros(layout.shape, dtype=bool)
        volts, p = np.full(layout.shape, np.nan), np.full(layout.shape, np.nan)
        for k in self._meeting(rows, cols):
            tile = self._tiles[k][0]
            flips[tile], volts[tile], p[tile] = self._write(k, rows, cols, towards, key, grades)
            if self._exact is not None:
                self._exact[k].restore(self.states[tile])
        return np.flatnonzero(flips), volts, p

    def _write(
        self, k: int, rows: Indices, cols: Indices, towards: int, key: int, grades: Grades | None
    ) -> tuple[Array, Array, Array]:
        """A pulse on one tile through the engine: flips, volts and probabilities (m, n)."""
        tile, template = self._tiles[k]
        xbar = template.with_states(self.states[tile])
        part = None if grades is None else grades.part(*tile)
        drive = self.spec.encoder.drive(xbar, inside(rows, tile.rows), inside(cols, tile.cols), towards, part)
        mine = self.spec.layout.signs[tile.cols] != 0
        numbers = np.arange(self.states.size).reshape(self.states.shape)[tile]
        result = self.engine.write(xbar, drive, np.where(mine, uniforms(key, numbers), NEVER)[None])
        over = driven_over(xbar, drive) & mine
        self.states[tile] = result.states
        start, likely = (np.where(over, values.reshape(tile.shape), np.nan) for values in (result.v_start, result.p_flip))
        return result.flipped.reshape(tile.shape), start, likely

    def _meeting(self, rows: Indices, cols: Indices) -> list[int]:
        """The tiles where selected rows meet selected columns."""
        tiles = enumerate(tile for tile, _ in self._tiles)
        return [k for k, tile in tiles if inside(rows, tile.rows).size and inside(cols, tile.cols).size]

    # -- the compiled tiles

    def _players(self) -> list[ExactTile] | None:
        """The tiles for compiled calls; None where the engine or an array is of another kind."""
        if self._exact is None and isinstance(self.engine, Nodal) and all(fits(xbar) for _, xbar in self._tiles):
            self._exact = [ExactTile(xbar.with_states(self.states[tile])) for tile, xbar in self._tiles]
        return self._exact

    @cached_property
    def _can(self) -> list[NDArray[np.bool_]]:
        """Each tile's cells (m, n) that a pulse may flip."""
        own = np.broadcast_to(self.spec.layout.signs != 0, self.spec.layout.shape)
        can = own if self.spec.stuck is None else own & ~self.spec.stuck
        return [np.array(can[tile], order="C") for tile, _ in self._tiles]

    @cached_property
    def _switching(self) -> list[Switching] | None:
        """Each tile's switching law; None where the table does not cover the devices."""
        from ..surrogate.hazards import law

        spec, mtj = self.spec, self.spec.cells
        pairs = [spec.encoder.lines(towards) for towards in (1, -1)]
        largest = max(abs(wl - bl) for a, b, c, d in pairs for wl in (a, b) for bl in (c, d))
        if np.any(mtj.offset):
            return None
        try:
            known = law(mtj, spec.encoder.seconds, LAW_MARGIN * largest)
        except InputError:
            return None
        fields = (1 / mtj.r_p, mtj.tmr0_t, mtj.ic0, mtj.delta, np.log(mtj.tau_d), mtj.vcma_slope)
        grids = [contiguous(f, spec.layout.shape) for f in fields]
        rest = float(mtj.vh), mtj.torque == "voltage", float(spec.encoder.seconds), known.log_h, known.dv, load()
        return [Switching._make([*(grid[tile].copy() for grid in grids), *rest]) for tile, _ in self._tiles]

    def _each(self, one: Callable[[int], Answer], tiles: Any, reads: int) -> list[Answer]:
        """`one` of each tile, in their order, on all processors where that pays."""
        tiles = list(tiles)
        cells = sum(self._tiles[k][1].m * self._tiles[k][1].n for k in tiles) * reads
        workers = threads(len(tiles)) if self._exact is not None and cells >= WORTH else 1
        return [one(k) for k in tiles] if workers == 1 else list(_pool(workers).map(one, tiles))


_POOLS: dict[int, ThreadPoolExecutor] = {}


def _pool(workers: int) -> ThreadPoolExecutor:
    """Threads that stay."""
    if workers not in _POOLS:
        _POOLS[workers] = ThreadPoolExecutor(workers)
    return _POOLS[workers]


def driven_over(xbar: Crossbar, drive: Drive) -> NDArray[np.bool_]:
    """The cells (m, n) that a drive of one pulse drives out of their state: under an open gate, by their lines' volts."""
    over = (drive.v_wl[:, :, None] - drive.v_bl[:, None, :]) * xbar.states > 0
    if drive.v_gate is not None:
        gates = drive.v_gate[:, :, None] if xbar.gate_by == "row" else drive.v_gate[:, None, :]
        over &= gates > 0
    return np.asarray(over.any(axis=0))


def inside(lines: Indices, block: slice) -> Indices:
    """The lines of a block, counted from its start."""
    return lines[(lines >= block.start) & (lines < block.stop)] - block.start
