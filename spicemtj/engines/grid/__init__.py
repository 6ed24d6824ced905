"""The nodal engine's method, usable by itself: conductances and line voltages in, currents out.

    from spicemtj.engines.grid import read
    read(g, v_wl, v_bl).i_bl

Wires, drivers at either end, floating lines (nan) and batches are as for `spicemtj.solve`; docs/nodal.md says how it works and how fast.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError

Array = NDArray[np.float64]


class Read(NamedTuple):
    """Currents out of the word lines' drivers (..., m) and into the bit lines' (..., n), of the cells (..., m, n) [A]; voltages across the
    cells, of word nodes and bit nodes (..., m, n) [V], nan where no driver reaches."""

    i_wl: Array
    i_bl: Array
    i_cell: Array
    v_cell: Array
    v_wl: Array
    v_bl: Array


def read(
    g: ArrayLike,
    v_wl: ArrayLike,
    v_bl: ArrayLike,
    r_wl: float = 1.0,
    r_bl: float = 1.0,
    r_driver_wl: float = 0.0,
    r_driver_bl: float = 0.0,
    r_far_wl: float = np.inf,
    r_far_bl: float = np.inf,
) -> Read:
    """Read an array of resistors of conductance g (m, n) [S], 0 for an open one.

    v_wl (..., m), v_bl (..., n): volts of the drivers, nan where a line floats. Ohm: r_wl, r_bl one wire segment; r_driver_wl,
    r_driver_bl the
    drivers; r_far_wl, r_far_bl second drivers at the far ends, inf for none.
    """
    from ...circuit.crossbar import Crossbar
    from ..nodal import Nodal

    g = np.asarray(g, dtype=float)
    if g.ndim != 2 or not (np.isfinite(g).all() and (g >= 0).all()):
        raise InputError(
            "g must be a matrix (word lines, bit lines) of finite siemens, 0 or more; spicemtj.solve takes cells of 0 ohm"
        )
    with np.errstate(divide="ignore"):
        xbar = Crossbar.from_resistances(
            1 / g,
            r_wl=r_wl,
            r_bl=r_bl,
            r_driver_wl=r_driver_wl,
            r_driver_bl=r_driver_bl,
            r_far_wl=r_far_wl,
            r_far_bl=r_far_bl,
        )
    sol = Nodal().solve(xbar, v_wl, v_bl)
    return Read(sol.i_wl, sol.i_bl, sol.i_cell, sol.v_cell, sol.v_wl, sol.v_bl)
