"""Power in a crossbar: out of the lines' drivers, into cells, into wires and drivers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.topology import driver_resistances

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Energy:
    """Energy [J] or power [W] out of the drivers of word lines wl (m,) and bit lines bl (n,), into cell (m, n), into wires and drivers."""

    wl: Array
    bl: Array
    cell: Array
    wires: float

    @classmethod
    def none(cls, xbar: Crossbar) -> Energy:
        """Nothing at all."""
        return cls(np.zeros(xbar.m), np.zeros(xbar.n), np.zeros(xbar.shape), 0.0)

    @property
    def total(self) -> float:
        """All that the drivers gave."""
        return float(self.wl.sum() + self.bl.sum())

    def __add__(self, other: Energy) -> Energy:
        return Energy(self.wl + other.wl, self.bl + other.bl, self.cell + other.cell, self.wires + other.wires)

    def __mul__(self, times: float) -> Energy:
        return Energy(self.wl * times, self.bl * times, self.cell * times, self.wires * times)


def line_power(volts: ArrayLike, amperes: Array) -> Array:
    """Power [W] of lines at `volts` with `amperes`: 0 for a floating line and for one at 0 V, whatever its current."""
    v: Array = np.nan_to_num(np.asarray(volts, dtype=float), nan=0.0)
    return np.asarray(np.where(v == 0, 0.0, v * amperes))


def cell_power(v_word: Array, v_bit: Array, i_cell: Array) -> Array:
    """Power [W] into the cells between line nodes at these volts; 0 without a voltage, whatever the current of a short.

    nan where a cell carries a current and its nodes are not known.
    """
    drop = v_word - v_bit
    return np.asarray(np.where((drop == 0) | (i_cell == 0), 0.0, drop * i_cell))


def wire_power(xbar: Crossbar, v_wl: Array, v_bl: Array, v_word: Array, v_bit: Array) -> Array:
    """Heat [W] (...,) in wires and drivers: lines driven at v_wl (..., m), v_bl (..., n), their nodes at v_word, v_bit (..., m, n).

    Nodes without a voltage (nan), floating lines and resistances of 0 or inf have none.
    """
    near, far = driver_resistances(xbar)
    source = np.concatenate([v_wl, v_bl], axis=-1)
    first = np.concatenate([v_word[..., :, 0], v_bit[..., -1, :]], axis=-1)
    last = np.concatenate([v_word[..., :, -1], v_bit[..., 0, :]], axis=-1)
    heat = _heat(source - first, near) + _heat(source - last, far)
    for drops, r in ((np.diff(v_word, axis=-1), xbar.r_wl), (np.diff(v_bit, axis=-2), xbar.r_bl)):
        heat = heat + _heat(drops.reshape(*drops.shape[:-2], -1), np.asarray(r))
    return np.asarray(heat)


def _heat(drop: Array, r: Array) -> Array:
    there = (r > 0) & np.isfinite(r)
    g = np.divide(1.0, r, out=np.zeros(np.shape(r)), where=there)
    return np.asarray((np.nan_to_num(drop, nan=0.0) ** 2 * g).sum(axis=-1))
