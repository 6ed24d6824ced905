"""Graded pulses on an array without wires: every cell sees what its two lines do, and follows its own law."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..device.mtj import Mtj
from .backends import ArraySpec, reached
from .time_voltage import Grades

if TYPE_CHECKING:
    from .backends import States

Array = NDArray[np.float64]


def chances(spec: ArraySpec, grades: Grades, towards: int, states: States) -> tuple[Array, Array]:
    """Volts (while the row is on, where that drives the cell over) and flip probabilities (M, N); nan where no part of the pulse does."""
    wl_on, wl_off, _, bl_off = spec.encoder.lines(towards)
    v_bl = np.where(grades.volts > 0, wl_on + towards * grades.volts, bl_off)
    alive = reached(spec.layout, grades.seconds > 0, grades.volts > 0)
    parts = [(wl_on, grades.seconds)]
    if spec.nominal.access is None:
        parts.append((wl_off, grades.total - grades.seconds))
    volts, hazard = np.full(spec.layout.shape, np.nan), np.full(spec.layout.shape, np.nan)
    for wl, seconds in parts:
        over = alive & ((wl - v_bl) * states > 0) & (seconds[:, None] > 0)
        i, c = np.nonzero(over)
        if not i.size:
            continue
        cells = spec.cells[i, c] if spec.cells.shape else spec.cells
        v = _volts(spec, cells, wl, v_bl[c], states[i, c])
        p = cells.switching_probability(v, seconds[i], states[i, c])
        with np.errstate(divide="ignore"):
            hazard[i, c] = np.nan_to_num(hazard[i, c], nan=0.0) - np.log1p(-p)
        volts[i, c] = np.where(np.isnan(volts[i, c]), v, volts[i, c])
    return volts, -np.expm1(-hazard)


def _volts(spec: ArraySpec, cells: Mtj, wl: float, bl: Array, states: States) -> Array:
    """MTJ volts of some cells between a word line at wl and bit lines at bl volts (cells,)."""
    if spec.nominal.access is None:
        return wl - bl
    from ..device.compiled import cell_currents
    from ..surrogate.constants import access_constants

    def row(value: Any) -> Array:
        return np.array(np.broadcast_to(value, (1, bl.size)), dtype=float)

    _, v = cell_currents(
        row(wl), row(bl), row(spec.encoder.gate_on), states[None].astype(np.int8), row(1 / cells.r_p), row(cells.tmr0_t),
        spec.device.vh, access_constants(spec.nominal.access),
    )  # fmt: skip
    return np.asarray(v[0])
