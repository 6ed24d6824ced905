"""What every engine answers with, and what it must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.schemes import Drive
from .power import cell_power, line_power

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Solution:
    """A static solution of the network. All shapes may carry the leading axes of the applied voltages.

    v_wl, v_bl (m, n): voltages of the word-line and bit-line nodes. v_cell (m, n): across the MTJ (or resistor), positive from word
    line to bit line; v_access (m, n): drain to source of the transistor (from the MTJ's node to the bit line), 0 for 1R.
    i_cell (m, n): from word line to bit line. i_wl (m,): out of each word line's driver into the array; i_bl (n,): into each bit
    line's driver. Volts and amperes. nan: a node without a path to a driven line.
    """

    v_wl: Array
    v_bl: Array
    v_cell: Array
    v_access: Array
    i_cell: Array
    i_wl: Array
    i_bl: Array

    @property
    def p_cell(self) -> Array:
        """Power [W] that each cell takes, its transistor or selector included, (..., m, n); a short in 1R takes none."""
        return cell_power(self.v_wl, self.v_bl, self.i_cell)

    def p_wl(self, v_wl: ArrayLike) -> Array:
        """Power [W] out of each word line's driver (..., m), at the `v_wl` that were applied; it counts the driver's own resistance."""
        return line_power(v_wl, self.i_wl)

    def p_bl(self, v_bl: ArrayLike) -> Array:
        """Power [W] out of each bit line's driver (..., n), at the `v_bl` that were applied."""
        return -line_power(v_bl, self.i_bl)

    def energy(self, v_wl: ArrayLike, v_bl: ArrayLike, seconds: float) -> Array:
        """Energy [J] (...,) that the line drivers give to a read of `seconds`."""
        return (self.p_wl(v_wl).sum(axis=-1) + self.p_bl(v_bl).sum(axis=-1)) * seconds


@dataclass(frozen=True, eq=False)
class WriteResult:
    """What a Drive did. With more than one pulse, v_cell, v_start, p_flip and flipped carry a leading axis (pulses, m, n).

    v_cell (m, n): just before the falling edge of the pulse's last piece that switches anything, V; v_start (m, n): at the same lines
    with the states before the pulse; v_peak (m, n): the largest |v| of any moment of the whole Drive; p_flip (m, n): probability that
    a cell flips under the voltages of the states before the pulse; flipped (m, n) bool; states (m, n): after the last pulse; seconds: the
    Drive's length. energy: delivered by the line drivers, J, which energy_wl (m,) and energy_bl (n,) share; it goes into energy_cell
    (m, n), transistors and selectors included, and energy_wires, wires and drivers. nan: a loop of shorts leaves it open, or the engine
    does not know the lines' nodes.
    """

    v_cell: Array
    v_start: Array
    v_peak: Array
    p_flip: Array
    flipped: NDArray[np.bool_]
    states: NDArray[np.int8]
    energy: float
    seconds: float
    energy_wl: Array
    energy_bl: Array
    energy_cell: Array
    energy_wires: float


class Engine(Protocol):
    """A solver of reads and writes. It never changes the crossbar that it is given."""

    @property
    def name(self) -> str:
        """What it is called: "nodal", "ngspice"..."""
        ...

    def solve(self, xbar: Crossbar, v_wl: ArrayLike, v_bl: ArrayLike, v_gate: ArrayLike | None = None) -> Solution:
        """Node voltages and currents of a static network, self-consistent with every cell's bias dependence."""
        ...

    def write(self, xbar: Crossbar, drive: Drive, uniforms: Array) -> WriteResult:
        """Play a Drive; `uniforms` (pulses, m, n) are the cells' random numbers: a cell flips where its number is under P."""
        ...
