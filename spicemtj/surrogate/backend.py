"""The surrogate as an array that a training reads and pulses: a whole layer of tiles, compiled, its attenuation following the states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..device.compiled import drain_current
from ..randomness import pulse_key
from . import graded, reads, sampler
from .constants import Cells, access_constants
from .hazards import LAW_POINTS, check_compiled, check_covered, law
from .model import SWEEPS, Surrogate, cell_conductance
from .state import Devices, Drives, Fits, Geometry, Layer, Room, Tiles

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
States = NDArray[np.int8]

ANCHOR = 0.02  # share of a tile's cells that may flip before its attenuation is computed anew
QUIET = 1.05  # times the volts between two lines of which one is not selected: more than wires and loads lift any cell to
LAW_MARGIN = 1.25  # the law is tabulated up to this many times the largest volts between two lines


class SurrogateBackend:
    """A layer's array under the surrogate; see `training.backends.Backend` for what each method means.

    Reads are products with the attenuated conductances of the present states. A flip changes its own cell's conductance at once; the
    attenuation of a tile is computed anew when `ANCHOR` of its cells have flipped.
    """

    def __init__(self, spec: Any, surrogate: Surrogate):
        self.spec, self.surrogate = spec, surrogate
        layout = spec.layout
        for shape in {tile.shape: tile for tile in layout.tiles}.values():
            surrogate.domain.check_array(spec.tile(shape, spec.states), surrogate.device, surrogate.cell)
        step = layout.tiles[0].shape
        tiles = (-(-layout.rows // step[0]), -(-layout.cols // step[1]))
        gated = spec.nominal.access is not None
        layer = Layer(
            np.array(spec.states, dtype=np.int8, order="C"),
            np.empty(layout.shape),
            np.ones(layout.shape),
            np.zeros((layout.rows, layout.outputs), dtype=np.float32),  # half the memory that every read goes through
            np.zeros(tiles, dtype=np.int64),
            np.empty((2 if gated else 0, *layout.shape)),
        )
        self.tiles = Tiles(
            layer,
            self._constants(),
            _geometry(layout, spec.stuck),
            self._drives(),
            law(spec.cells, spec.encoder.seconds, LAW_MARGIN * self._largest_volts(), self._asked_volts()),
            Fits(surrogate.read_fit, surrogate.write_fit, SWEEPS, ANCHOR),
            Room(np.empty((*step, 8)), np.empty((9, max(step)))),
        )
        self._flips = np.empty(layout.rows * layout.cols, dtype=np.int64)
        self._unobserved = np.empty((0, 0))
        self._graded = None
        if spec.encoder.graded:
            self._graded = _graded(spec, self.tiles, LAW_MARGIN * self._largest_volts())
        sampler.settle(self.tiles)

    @property
    def states(self) -> States:
        """The cells' states (M, N)."""
        return self.tiles.layer.states

    @property
    def weights(self) -> NDArray[np.float32]:
        """(M, outputs): what the reads multiply with."""
        return self.tiles.layer.weights

    def restore(self, states: States) -> None:
        """Put the cells into given states."""
        self.tiles.layer.states[:] = self.spec.held(states)
        sampler.settle(self.tiles)

    @property
    def physics(self) -> Tiles | None:
        """The array for compiled loops, which change it in place; None where its lines are graded."""
        return None if self.spec.encoder.graded else self.tiles

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """What `resume` needs to go on to the same bits: states, and attenuations that are those of earlier states."""
        return {name: values.copy() for name, values in self.tiles.layer._asdict().items()}

    def resume(self, saved: Mapping[str, Any]) -> None:
        """Take up a `snapshot`, in place."""
        for name, values in self.tiles.layer._asdict().items():
            values[...] = saved[name]

    def forward(self, x: Array) -> Array:
        return reads.forward(x, self.weights)

    def backward(self, d: Array) -> Array:
        return reads.backward(self.weights, d)

    def transmission(self) -> float:
        return float((self.tiles.layer.a * self.tiles.layer.g).sum() / self.tiles.layer.g.sum())

    def pulse(self, rows: Indices, cols: Indices, towards: int, number: int, grades: Any = None) -> Indices:
        return self._pulse(rows, cols, towards, number, grades, self._unobserved, self._unobserved)

    def observed(
        self, rows: Indices, cols: Indices, towards: int, number: int, grades: Any = None
    ) -> tuple[Indices, Array, Array]:
        volts, p = (np.full(self.tiles.layer.states.shape, np.nan) for _ in range(2))
        return self._pulse(rows, cols, towards, number, grades, volts, p), volts, p

    def _pulse(self, rows: Indices, cols: Indices, towards: int, number: int, grades: Any, volts: Array, p: Array) -> Indices:
        key = np.uint64(pulse_key(self.spec.streams.cells, number))
        if grades is not None:
            count = graded.pulse(
                self.tiles, self._graded, grades.seconds, grades.volts, grades.total, towards, key, self._flips, volts, p
            )
        else:
            lines = np.asarray(rows, dtype=np.int64), np.asarray(cols, dtype=np.int64)
            count = sampler.pulse(self.tiles, *lines, towards, key, self._flips, volts, p)
        return self._flips[:count].astype(np.intp)

    def _drives(self) -> Drives:
        encoder, access = self.spec.encoder, self.spec.nominal.access
        lines = np.array([encoder.lines(towards) for towards in (1, -1)], dtype=float)
        constants = access_constants(access)
        channel = [drain_current(encoder.gate_on, off, off, constants)[1] if constants.size else 0.0 for off in lines[:, 3]]
        return Drives(lines, float(encoder.gate_on), np.array(channel))

    def _largest_volts(self) -> float:
        found = [self.spec.encoder.lines(towards) for towards in (1, -1)]
        return max(abs(wl - bl) for a, b, c, d in found for wl in (a, b) for bl in (c, d))

    def _asked_volts(self) -> tuple[Array, Array]:
        """Volts of an isolated nominal cell in a pulse towards parallel and towards antiparallel, and a bit more than other cells get."""
        encoder = self.spec.encoder
        selected = np.array([abs(encoder.nominal_volts(towards)) for towards in (1, -1)])
        if self.spec.nominal.access is not None:
            return selected, np.zeros(2)
        lines = [encoder.lines(towards) for towards in (1, -1)]
        return selected, np.array([QUIET * max(abs(a - d), abs(b - c), abs(b - d)) for a, b, c, d in lines])

    def _constants(self) -> Devices:
        spec, layout, mtj = self.spec, self.spec.layout, self.spec.cells
        whole = spec.tile(type(layout.tiles[0])(slice(0, layout.rows), slice(0, layout.cols)), spec.states)
        cells = Cells.of(whole)

        def grid(value: Any) -> Array:
            return np.array(np.broadcast_to(value, layout.shape), dtype=float, order="C")

        unit = spec.unit / (spec.read_volts / spec.x_max)
        volts = spec.read_volts / 2
        chord = [cell_conductance(whole, volts, spec.v_common, np.full(layout.shape, state)) / unit for state in (1, -1)]
        return Devices(
            cells.g_p, cells.tmr0, grid(mtj.ic0), grid(mtj.delta), grid(np.log(mtj.tau_d)),
            grid(mtj.vcma_slope), chord[0], chord[1], float(cells.vh), mtj.torque == "voltage", cells.access, cells.wires, float(unit),
        )  # fmt: skip


def _geometry(layout: Any, stuck: Any) -> Geometry:
    """A `training.layout.Layout` as the kernels take it; stuck (M, N) or None."""
    step, owners = layout.tiles[0].shape, layout.owners
    ends = [(int(mine[0]), int(mine[-1]) + 1) for mine in (np.flatnonzero(owners == o) for o in range(layout.outputs))]
    return Geometry(
        step[0], step[1], np.array(layout.signs, dtype=float), np.array(owners, dtype=np.int64), np.array(ends, dtype=np.int64),
        np.array(layout.references, dtype=np.int64), np.array(layout.shares, dtype=float),
        np.zeros((0, 0), dtype=bool) if stuck is None else np.ascontiguousarray(stuck),
    )  # fmt: skip


def _graded(spec: Any, tiles: Tiles, largest: float) -> graded.Graded:
    """What graded pulses need; `InputError` unless the switching table covers every cell."""
    mtj, volts = spec.cells, np.linspace(0.0, largest, LAW_POINTS)[1:]
    check_covered(mtj, volts)
    check_compiled(mtj[(0,) * len(mtj.shape)] if mtj.shape else mtj, volts[64::64], spec.encoder.seconds)
    return graded.tables(spec, tiles, largest)
