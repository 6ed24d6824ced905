"""The surrogate as an array that a training reads and pulses: a whole layer of tiles, compiled, its attenuation following the states."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..device.compiled import drain_current
from ..device.mtj import Mtj
from ..device.switching.law import log_hazard, reduced
from ..device.switching.table import DELTA_RANGE, LOG_G_RANGE, load, log_hazards
from ..errors import InputError, SpicemtjError
from ..randomness import pulse_key
from . import graded, reads, sampler
from .chance import full_log_hazard
from .constants import Cells, access_constants
from .model import SWEEPS, Surrogate, cell_conductance
from .state import Devices, Drives, Fits, Geometry, Law, Layer, Tiles

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
States = NDArray[np.int8]

ANCHOR = 0.02  # share of a tile's cells that may flip before its attenuation is computed anew
LAW_POINTS = 512
LAW_MARGIN = 1.25  # the law is tabulated up to this many times the largest volts between two lines
SMALLER_IS_READIER = ("diameter", "thickness", "ms", "mu0_hk", "ra", "tmr0")
CEILING = 1e-3  # added to ln h of the device that bounds all others, beyond rounding and interpolation


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
            law(spec.cells, spec.encoder.seconds, LAW_MARGIN * self._largest_volts()),
            Fits(surrogate.read_fit, surrogate.write_fit, SWEEPS, ANCHOR),
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


def law(mtj: Mtj, seconds: float, largest: float) -> Law:
    """The switching law over voltage for one pulse width, of the polarity that switches: exact for a single device, whatever it is.

    For an array, of a device that switches more readily than any of them; `InputError` unless the switching table covers all.
    """
    volts = np.linspace(0.0, largest, LAW_POINTS)
    volts[0] = 1e-3 * volts[1]  # the law itself is smooth at 0 V; its coordinates are not
    tables = load()
    if not mtj.shape:
        log_h = np.array([log_hazard(mtj, state * volts, seconds, state) for state in (1, -1)])
        margin = 0.0
    else:
        _check_covered(mtj, volts)
        _check_compiled(mtj[(0,) * len(mtj.shape)], volts[64::64], seconds)
        log_h = np.array([_bound(mtj, state, volts, seconds) for state in (1, -1)])
        margin = CEILING
    return Law(float(volts[2] - volts[1]), log_h + margin, not mtj.shape, math.log(seconds), tables)


def _graded(spec: Any, tiles: Tiles, largest: float) -> graded.Graded:
    """What graded pulses need; `InputError` unless the switching table covers every cell."""
    mtj, volts = spec.cells, np.linspace(0.0, largest, LAW_POINTS)[1:]
    _check_covered(mtj, volts)
    _check_compiled(mtj[(0,) * len(mtj.shape)] if mtj.shape else mtj, volts[64::64], spec.encoder.seconds)
    return graded.tables(spec, tiles, largest)


def _bound(mtj: Mtj, state: int, volts: Array, seconds: float) -> Array:
    """ln h (volts,) of a device with the least RA, TMR, size and anisotropy of all, and at either pole the VCMA that helps most."""
    least_of: dict[str, Any] = {name: float(np.min(getattr(mtj, name))) for name in SMALLER_IS_READIER}
    least = dataclasses.replace(mtj, vcma=0.0, **least_of)
    slopes = np.array([np.max(mtj.vcma_slope), -np.min(mtj.vcma_slope)])  # at z = +1, at z = -1
    own, other = (state * least.drive(z, state * volts) + volts * slopes[0 if z > 0 else 1] for z in (state, -state))
    log_t = math.log(seconds / least.tau_d)
    log_g = np.clip(np.log(other / own), *LOG_G_RANGE)
    delta = max(float(least.delta), DELTA_RANGE[0])
    return np.asarray(log_hazards(own, log_g, np.full(volts.size, delta), np.full(volts.size, log_t), load()))


def _check_covered(mtj: Mtj, volts: Array) -> None:
    """`InputError` unless the table covers every cell: it is what the sampler asks for cells that differ."""
    for state in (1, -1):
        for v in volts[[1, volts.size // 2, -1]]:
            _, log_g, delta = reduced(mtj, state * v, state)
            for value, (low, high) in ((log_g, LOG_G_RANGE), (delta, DELTA_RANGE)):
                if not np.all((value >= low) & (value <= high)):
                    raise InputError(
                        "cells that differ from each other and have an offset field, or VCMA or Delta beyond the switching table: "
                        "the surrogate takes such cells only all alike; set the spreads to 0, or use engine 'nodal'"
                    )


def _check_compiled(mtj: Mtj, volts: Array, seconds: float) -> None:
    """Raise unless the compiled law is the device's own: compiled code kept from an older version would go unnoticed otherwise."""
    for state in (1, -1):
        for v in state * volts:
            found = full_log_hazard(
                v, state, 1 / mtj.r_p, mtj.tmr0_t, mtj.ic0, mtj.delta, math.log(mtj.tau_d), mtj.vcma_slope, mtj.vh,
                mtj.torque == "voltage", math.log(seconds), load(),
            )  # fmt: skip
            exact = float(log_hazard(mtj, v, seconds, state))
            if not math.isclose(-math.expm1(-math.exp(found)), -math.expm1(-math.exp(exact)), abs_tol=1e-6):
                raise SpicemtjError("compiled code of an older spicemtj is in use; delete the __pycache__ folders (make clean)")
