"""Sneak paths: what a read of one cell sees beside the cell, against array size and bias scheme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .circuit.crossbar import Crossbar
from .errors import InputError, unknown

if TYPE_CHECKING:
    from .engines.base import Engine

Array = NDArray[np.float64]
READS = ("floating", "grounded", "V/2", "V/3")


def read_lines(scheme: str, m: int, n: int, row: int, col: int, volts: float) -> tuple[Array, Array]:
    """Line voltages (m,), (n,) of a read of cell (row, col): selected row at `volts`, selected column at virtual ground.

    floating: all other lines undriven; grounded: at 0 V; V/2: at volts/2; V/3: rows at volts/3, columns at 2 volts/3.
    """
    if scheme not in READS:
        raise unknown("read scheme", scheme, READS)
    rows, cols = {
        "floating": (np.nan, np.nan),
        "grounded": (0.0, 0.0),
        "V/2": (volts / 2, volts / 2),
        "V/3": (volts / 3, 2 * volts / 3),
    }[scheme]
    v_wl, v_bl = np.full(m, rows), np.full(n, cols)
    v_wl[row], v_bl[col] = volts, 0.0
    return v_wl, v_bl


def floating_network(r: float, m: int, n: int) -> float:
    """Resistance [ohm] of the sneak network of a floating read, uniform cells of `r` ohm, no wires: inf where there is none.

    r/(n-1) + r/(m-1) + r/((m-1)(n-1)): the row's other cells, the column's other cells, and all the rest, by symmetry exact.
    """
    if m == 1 or n == 1:
        return float("inf")
    return r / (n - 1) + r / (m - 1) + r / ((m - 1) * (n - 1))


@dataclass(frozen=True)
class SneakRead:
    """One read of the cell under test, parallel and antiparallel, all other cells parallel.

    i_p, i_ap: current into the sense amplifier [A]; cell_p, cell_ap: through the cell itself; sneak: i_p - cell_p, what comes by other
    ways; fraction: sneak/i_p; margin: apparent TMR i_p/i_ap - 1; closed_form: sneak current of a floating read with all cells
    parallel, no wires and no bias dependence (nan for other schemes and for a user's own model); v_far: voltage on the cell over `volts`.
    """

    size: int
    scheme: str
    i_p: float
    i_ap: float
    cell_p: float
    cell_ap: float
    sneak: float
    fraction: float
    margin: float
    closed_form: float
    v_far: float


def measure(
    sizes: Sequence[int],
    schemes: Sequence[str] = READS,
    *,
    volts: float = 0.1,
    engine: Engine | str = "ngspice",
    **crossbar: Any,
) -> list[SneakRead]:
    """Read the far corner cell (the one with the longest wires) of square 1R arrays: a `SneakRead` for each size and scheme.

    `crossbar` holds the options of `Crossbar` (device, r_wl, r_driver_wl, ...). The closed form stands beside floating reads.
    """
    from .engines import get

    if crossbar.get("cell", "1R") != "1R":
        raise InputError("sneak paths are those of 1R arrays; transistors cut them (cell = '1R')")
    if not np.isfinite(volts) or volts == 0:
        raise InputError(f"a read at {volts} V measures nothing; give volts other than 0")
    solver = get(engine)
    table = []
    for size in sizes:
        if size < 2:
            raise InputError(f"an array of size {size} has no sneak paths; sizes start at 2")
        states = np.ones((size, size), dtype=int)
        xbar = Crossbar(size, size, states=states, **crossbar)
        states[0, size - 1] = -1
        flipped = xbar.with_states(states)
        for scheme in schemes:
            table.append(_read(solver, xbar, flipped, scheme, volts))
    return table


def _read(solver: Engine, xbar: Crossbar, flipped: Crossbar, scheme: str, volts: float) -> SneakRead:
    size, row, col = xbar.m, 0, xbar.n - 1
    v_wl, v_bl = read_lines(scheme, xbar.m, xbar.n, row, col, volts)
    parallel, antiparallel = solver.solve(xbar, v_wl, v_bl), solver.solve(flipped, v_wl, v_bl)
    i_p, i_ap = float(parallel.i_bl[col]), float(antiparallel.i_bl[col])
    cell_p, cell_ap = float(parallel.i_cell[row, col]), float(antiparallel.i_cell[row, col])
    closed = float("nan")
    if scheme == "floating" and getattr(solver, "model", None) is None:
        closed = volts / floating_network(1.0 / float(xbar.element_conductance()[row, col]), xbar.m, xbar.n)
    return SneakRead(
        size=size,
        scheme=scheme,
        i_p=i_p,
        i_ap=i_ap,
        cell_p=cell_p,
        cell_ap=cell_ap,
        sneak=i_p - cell_p,
        fraction=(i_p - cell_p) / i_p,
        margin=i_p / i_ap - 1,
        closed_form=closed,
        v_far=float(parallel.v_cell[row, col]) / volts,
    )
