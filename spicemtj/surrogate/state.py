"""A layer of tiles as the compiled kernels take it: what its cells are, what they are in, and what is applied."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..device.switching.table import Tables

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


class Devices(NamedTuple):
    """The cells of a layer (M, N): G_P [S], TMR0, Ic0 [A], Delta, ln tau_D, VCMA slope [1/V], both chord conductances in read units;
    Vh [V]; whether the torque goes as the voltage; the transistor's constants; wires (r_wl, r_bl, driver_wl, driver_bl) [ohm];
    siemens of one read unit."""

    g_p: Array
    tmr0: Array
    ic0: Array
    delta: Array
    log_tau: Array
    vcma_slope: Array
    chord_p: Array
    chord_ap: Array
    vh: float
    by_voltage: bool
    access: Array
    wires: Array
    unit: float


class Layer(NamedTuple):
    """What a layer is in at the moment, changed in place: states (M, N), read conductances and attenuations (M, N), the gathered weights
    (M, outputs), how many cells of each tile (tile rows, tile columns) have flipped since its attenuation was computed; with transistors
    also each cell's conductance [S] in a pulse of either direction whose column is not selected (2, M, N)."""

    states: NDArray[np.int8]
    g: Array
    a: Array
    weights: NDArray[np.float32]
    since: Integers
    idle: Array


class Geometry(NamedTuple):
    """Lines of a tile (rows, columns); sign of each column (N,), 0 for a reference, and the output that it belongs to (N,); the first and
    last + 1 column of each output (outputs, 2); the reference columns of each block of tiles (blocks, 2) and how much of each is taken
    off an output (blocks, outputs); which cells never flip (M, N), of size 0 where all may."""

    step_rows: int
    step_cols: int
    signs: Array
    owners: Integers
    bounds: Integers
    references: Integers
    shares: Array
    stuck: NDArray[np.bool_]


class Drives(NamedTuple):
    """Pulses of either direction, towards parallel and towards antiparallel: volts of (selected rows, other rows, selected columns, other
    columns) (2, 4); volts of the gates of selected rows, 0 for 1R; small-signal conductance [S] of an open transistor between lines at
    the same volts (2,), 0 for 1R."""

    lines: Array
    gate_on: float
    channel: Array


CURVE_POINTS = 4


class Curves(NamedTuple):
    """ln h of each cell at four volts `low` + k `step` (2,) and at `quiet` volts (2,), which half-selected cells do not reach, towards
    parallel and antiparallel: (2, M, N, 5), nan until a cell is first asked for, of size 0 where there are none; `margin` : what the
    cubic through the four may be wrong by."""

    low: Array
    step: Array
    quiet: Array
    margin: float
    log_h: NDArray[np.float32]


class Law(NamedTuple):
    """ln h of a cell at k dv volts (index k), parallel and antiparallel, for one pulse width: that of every cell where `uniform`, else
    of one that switches more readily than any, and a cell below it is judged by its curve or by the full table. ceiling : the largest
    ln h of any volts up to these, which VCMA may make another."""

    dv: float
    log_h: Array
    ceiling: Array
    uniform: bool
    log_seconds: float
    tables: Tables
    curves: Curves


class Fits(NamedTuple):
    """The surrogate's two fits, how many sweeps, and after which share of flips a tile's attenuation is computed anew."""

    read: Array
    write: Array
    sweeps: int
    anchor: float


class Room(NamedTuple):
    """Scratch of a pulse on a tile: (rows, columns, 8) for its cells, (9, lines) for its lines."""

    cells: Array
    lines: Array


class Tiles(NamedTuple):
    """All of a layer's array."""

    layer: Layer
    devices: Devices
    geometry: Geometry
    drives: Drives
    law: Law
    fits: Fits
    room: Room
