"""Line voltages for a wanted flip probability: what a controller would have to apply to one isolated cell."""

from __future__ import annotations

import numpy as np

from ..device.access import Access
from ..device.compiled import cell_current
from ..device.mtj import Mtj
from ..errors import InputError
from .constants import access_constants

CEILING = 3.0  # V: no controller of these arrays goes beyond


def cell_volts(mtj: Mtj, access: Access | None, state: int, line_volts: float) -> float:
    """MTJ volts of one isolated cell without wires, its word line `line_volts` above its bit line (below: negative)."""
    high = abs(line_volts)
    vw, vb = (high, 0.0) if line_volts >= 0 else (0.0, high)
    gate = 0.0 if access is None else access.gate_on
    _, v = cell_current(
        vw, vb, gate, state, float(1 / mtj.r_p), float(mtj.tmr0), mtj.vh, access_constants(access), 0.5 * line_volts
    )
    return float(v)


def line_volts(
    device: str | Mtj, cell: str, sign: int, probability: float, seconds: float, access: Access | None = None
) -> float:
    """The smallest |volts| across the lines at which a cell flips with `probability` in `seconds`.

    sign +1: parallel to antiparallel; -1: back. `InputError` where no voltage up to `CEILING` does it (a transistor too weak).
    """
    from scipy.optimize import brentq

    mtj = Mtj.preset(device) if isinstance(device, str) else device
    if cell == "1T1R" and access is None:
        access = Access.preset()

    def excess(volts: float) -> float:
        v = cell_volts(mtj, access, sign, sign * volts)
        return float(mtj.switching_probability(v, seconds, sign)) - probability

    grid = np.linspace(0.02, CEILING, 150)
    over = next((k for k, volts in enumerate(grid) if excess(float(volts)) >= 0), None)
    if over is None:
        way = "parallel to antiparallel" if sign > 0 else "antiparallel to parallel"
        raise InputError(
            f"no line voltage up to {CEILING:g} V flips {mtj.name} {way} with P = {probability:g} in {seconds:g} s; "
            "use a longer pulse, or a wider transistor or higher gate voltage"
        )
    if over == 0:
        return float(grid[0])
    return float(brentq(excess, float(grid[over - 1]), float(grid[over]), xtol=1e-6))
