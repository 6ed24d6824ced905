"""Sneak paths: what a read of one cell sees beside the cell, against array size and bias scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.faults import SOUND, random_faults
from ..circuit.schemes import selected_lines
from ..errors import InputError, unknown

if TYPE_CHECKING:
    from ..engines.base import Engine, Solution

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


def lines_of(xbar: Crossbar, scheme: str, row: int, col: int, volts: float) -> tuple[Array, Array, Array | None]:
    """Line and gate voltages (m,), (n,), (gates,) or None of a read of cell (row, col), by `read_lines` or, with gates, by "gate"."""
    if scheme not in schemes_of(xbar.cell):
        raise unknown(f"read scheme of {xbar.cell} cells", scheme, schemes_of(xbar.cell))
    if xbar.access is None:
        return *read_lines(scheme, xbar.m, xbar.n, row, col, volts), None
    gate = np.zeros(xbar.gates)
    gate[row if xbar.gate_by == "row" else col] = xbar.access.gate_on
    return *selected_lines(xbar, "gate", [row], [col], volts), gate


def schemes_of(cell: str) -> tuple[str, ...]:
    """The bias schemes that fit a cell."""
    return ("gate",) if cell == "1T1R" else READS


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
    ways; fraction: sneak/i_p; margin: apparent TMR i_p/i_ap - 1; window: i_p - i_ap; closed_form: sneak current of a floating read with all
    cells parallel, no wires and no bias dependence (nan for other schemes and cells and for a user's own model); v_far: voltage on the
    cell over `volts`, the worst of the array; v_near: the same of the nearest cell, the best. margin_any, window_any: the same with the
    lowest i_p and the highest i_ap of two data sets, all other cells parallel or all antiparallel: what one fixed reference must tell apart
    (nan where not measured).
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
    window: float
    v_near: float
    margin_any: float = float("nan")
    window_any: float = float("nan")


def measure(
    sizes: Sequence[int],
    schemes: Sequence[str] | None = None,
    *,
    volts: float = 0.1,
    engine: Engine | str = "ngspice",
    faults: Mapping[str, float] | None = None,
    any_data: bool = False,
    **crossbar: Any,
) -> list[SneakRead]:
    """Read the far corner cell (the one with the longest wires) of square arrays: a `SneakRead` for each size and scheme.

    `schemes`: all that fit the cell by default. `crossbar` holds the options of `Crossbar` (device, cell, r_wl, variation, ...).
    `faults` are the shares of `random_faults`, drawn anew for each size from `seed`, the far and the near corner kept sound. With
    `any_data` margin_any and window_any are measured, which doubles the work. The closed form stands beside floating reads.
    """
    from ..engines import get

    if not np.isfinite(volts) or volts == 0:
        raise InputError(f"a read at {volts} V measures nothing; give volts other than 0")
    solver = get(engine)
    table = []
    for size in sizes:
        xbar = square(size, faults, **crossbar)
        for scheme in schemes_of(xbar.cell) if schemes is None else schemes:
            table.append(read(solver, xbar, scheme, volts, any_data=any_data)[0])
    return table


def square(size: int, faults: Mapping[str, float] | None = None, **crossbar: Any) -> Crossbar:
    """A square array of parallel cells to be read, with random faults anywhere but in its far and near corner."""
    if size < 2:
        raise InputError(f"an array of size {size} has no sneak paths; sizes start at 2")
    broken = None
    if faults:
        broken = random_faults((size, size), **faults, seed=crossbar.get("seed", 0))
        broken[0, -1] = broken[-1, 0] = SOUND
    return Crossbar(size, size, faults=broken, **crossbar)


def corners(xbar: Crossbar) -> tuple[tuple[int, int], tuple[int, int]]:
    """The far cell (top right) and the near one (bottom left): the longest and the shortest wires to the drivers."""
    return (0, xbar.n - 1), (xbar.m - 1, 0)


def read(solver: Engine, xbar: Crossbar, scheme: str, volts: float, *, any_data: bool = True) -> tuple[SneakRead, Solution]:
    """Read the far corner cell of `xbar`, whose states do not matter; also the solution with all cells parallel."""
    far, near = corners(xbar)
    lines, near_lines = lines_of(xbar, scheme, *far, volts), lines_of(xbar, scheme, *near, volts)

    def sensed(others: int, cell: int) -> Solution:
        states = np.full(xbar.shape, others)
        states[far] = cell
        return solver.solve(xbar.with_states(states), *lines)

    all_parallel = xbar.with_states(np.ones(xbar.shape))
    parallel, antiparallel = sensed(1, 1), sensed(1, -1)
    nearest = solver.solve(all_parallel, *near_lines).v_cell[near]
    i_p, i_ap = float(parallel.i_bl[far[1]]), float(antiparallel.i_bl[far[1]])
    cell_p, cell_ap = float(parallel.i_cell[far]), float(antiparallel.i_cell[far])
    margin_any = window_any = float("nan")
    if any_data:
        sign = 1.0 if volts > 0 else -1.0  # currents of a negative read count the other way round
        low, high = (float(sensed(-1, state).i_bl[far[1]]) * sign for state in (1, -1))
        low, high = min(low, i_p * sign), max(high, i_ap * sign)
        margin_any, window_any = low / high - 1, (low - high) * sign
    closed = float("nan")
    if scheme == "floating" and xbar.cell == "1R" and getattr(solver, "model", None) is None:
        closed = volts / floating_network(1.0 / float(all_parallel.element_conductance()[far]), xbar.m, xbar.n)
    found = SneakRead(
        size=xbar.m,
        scheme=scheme,
        i_p=i_p,
        i_ap=i_ap,
        cell_p=cell_p,
        cell_ap=cell_ap,
        sneak=i_p - cell_p,
        fraction=(i_p - cell_p) / i_p,
        margin=i_p / i_ap - 1,
        closed_form=closed,
        v_far=float(parallel.v_cell[far]) / volts,
        window=i_p - i_ap,
        v_near=float(nearest) / volts,
        margin_any=margin_any,
        window_any=window_any,
    )
    return found, parallel
