"""The surrogate as an array that a training reads and pulses: a whole layer of tiles, compiled, its attenuation following the states."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..device.mtj import Mtj
from ..device.switching_table import load
from ..errors import InputError, SpicemtjError
from ..randomness import pulse_key
from . import sampler
from .constants import Cells
from .model import SWEEPS, Surrogate, cell_conductance

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
States = NDArray[np.int8]

ANCHOR = 0.02  # share of a tile's cells that may flip before its attenuation is computed anew
LAW_POINTS = 512
LAW_MARGIN = 1.25  # the law is tabulated up to this many times the largest volts between two lines
CEILING = 1e-3  # added to ln h of the device that bounds all others, beyond rounding and interpolation


class SurrogateBackend:
    """A layer's array under the surrogate; see `training.backends.Backend` for what each method means.

    Reads are products with the attenuated conductances of the present states. A flip changes its own cell's conductance at once; the
    attenuation of a tile is computed anew when `ANCHOR` of its cells have flipped.
    """

    def __init__(self, spec: Any, surrogate: Surrogate):
        self.spec, self.surrogate = spec, surrogate
        layout = spec.layout
        if spec.cells.torque != "current":
            raise InputError(
                f"the surrogate's sampler knows torque 'current' only, not {spec.cells.torque!r}; use engine 'nodal'"
            )
        for shape in {tile.shape: tile for tile in layout.tiles}.values():
            surrogate.domain.check_array(spec.tile(shape, spec.states), surrogate.device, surrogate.cell)
        step = layout.tiles[0].shape
        tiles = (-(-layout.rows // step[0]), -(-layout.cols // step[1]))
        self._devices = self._constants()
        self._geometry = sampler.Geometry(step[0], step[1], layout.devices, np.array(layout.signs, dtype=float))
        self._law = law(spec.cells, spec.encoder.seconds, LAW_MARGIN * self._largest_volts())
        self._fits = sampler.Fits(surrogate.read_fit, surrogate.write_fit, SWEEPS, ANCHOR)
        self._layer = sampler.Layer(
            np.array(spec.states, dtype=np.int8, order="C"),
            np.empty(layout.shape),
            np.ones(layout.shape),
            np.zeros((layout.rows, layout.outputs)),
            np.zeros(tiles, dtype=np.int64),
        )
        self._flips = np.empty(layout.rows * layout.cols, dtype=np.int64)
        self._unobserved = np.empty((0, 0))
        self.restore(spec.states)

    @property
    def states(self) -> States:
        """The cells' states (M, N)."""
        return self._layer.states

    @property
    def weights(self) -> Array:
        """(M, outputs): what the reads multiply with."""
        return self._layer.weights

    def restore(self, states: States) -> None:
        """Put the cells into given states."""
        self._layer.states[:] = states
        self._layer.g[:] = np.where(self._layer.states > 0, self._devices.chord_p, self._devices.chord_ap)
        sampler.anchor_all(self._layer, self._devices, self._geometry, self._fits)

    def forward(self, x: Array) -> Array:
        return np.asarray(x @ self._layer.weights)

    def backward(self, d: Array) -> Array:
        return np.asarray(self._layer.weights @ d)

    def transmission(self) -> float:
        return float((self._layer.a * self._layer.g).sum() / self._layer.g.sum())

    def pulse(self, rows: Indices, cols: Indices, towards: int, number: int) -> Indices:
        return self._pulse(rows, cols, towards, number, self._unobserved, self._unobserved)

    def observed(self, rows: Indices, cols: Indices, towards: int, number: int) -> tuple[Indices, Array, Array]:
        volts, p = (np.full(self._layer.states.shape, np.nan) for _ in range(2))
        return self._pulse(rows, cols, towards, number, volts, p), volts, p

    def _pulse(self, rows: Indices, cols: Indices, towards: int, number: int, volts: Array, p: Array) -> Indices:
        encoder = self.spec.encoder
        count = sampler.pulse(
            self._layer, self._devices, self._geometry, self._law, self._fits, np.asarray(rows, dtype=np.int64),
            np.asarray(cols, dtype=np.int64), encoder.lines(towards), encoder.gate_on,
            np.uint64(pulse_key(self.spec.streams.cells, number)), self._flips, volts, p,
        )  # fmt: skip
        return self._flips[:count].astype(np.intp)

    def _largest_volts(self) -> float:
        found = [self.spec.encoder.lines(towards) for towards in (1, -1)]
        return max(abs(wl - bl) for a, b, c, d in found for wl in (a, b) for bl in (c, d))

    def _constants(self) -> sampler.Devices:
        spec, layout, mtj = self.spec, self.spec.layout, self.spec.cells
        whole = spec.tile(type(layout.tiles[0])(slice(0, layout.rows), slice(0, layout.cols)), spec.states)
        cells = Cells.of(whole)

        def grid(value: Any) -> Array:
            return np.array(np.broadcast_to(value, layout.shape), dtype=float, order="C")

        unit = spec.unit / (spec.read_volts / spec.x_max)
        volts = spec.read_volts / 2
        chord = [cell_conductance(whole, volts, spec.v_common, np.full(layout.shape, state)) / unit for state in (1, -1)]
        return sampler.Devices(
            cells.g_p, cells.tmr0, grid(mtj.ic0), grid(mtj.delta), grid(np.log(mtj.tau_d)), chord[0], chord[1], float(cells.vh),
            cells.access, cells.wires, float(unit),
        )  # fmt: skip


def law(mtj: Mtj, seconds: float, largest: float) -> sampler.Law:
    """The switching law over voltage for one pulse width: exact for a single device; for an array, of a device that has the least
    RA, TMR and anisotropy of all, which therefore switches more readily than any of them."""
    uniform = not mtj.shape
    if not uniform:
        least: dict[str, Any] = {name: float(np.min(getattr(mtj, name))) for name in ("ra", "tmr0", "mu0_hk")}
        mtj = dataclasses.replace(mtj, **least)
    tables = load()
    volts = np.linspace(0.0, largest, LAW_POINTS)
    volts[0] = 1e-3 * volts[1]  # the law itself is smooth at 0 V; its coordinates are not
    log_h = np.array(
        [
            [
                sampler.full_log_hazard(
                    state * v, state, 1 / mtj.r_p, mtj.tmr0, mtj.ic0, mtj.delta, math.log(mtj.tau_d), mtj.vh, math.log(seconds), tables
                )
                for v in volts
            ]
            for state in (1, -1)
        ]
    )  # fmt: skip
    _check(mtj, seconds, volts, log_h)
    return sampler.Law(float(volts[2] - volts[1]), log_h + (0.0 if uniform else CEILING), uniform, math.log(seconds), tables)


def _check(mtj: Mtj, seconds: float, volts: Array, log_h: Array) -> None:
    """Raise unless the compiled law is the device's own: compiled code kept from an older version would go unnoticed otherwise."""
    for row, state in zip(log_h, (1, -1), strict=True):
        exact = mtj.switching_probability(state * volts[::32], seconds, state)
        if not np.allclose(-np.expm1(-np.exp(row[::32])), exact, atol=1e-6):
            raise SpicemtjError("compiled code of an older spicemtj is in use; delete the __pycache__ folders (make clean)")
