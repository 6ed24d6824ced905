"""Line voltages for a wanted flip probability: what a controller has to apply to one isolated cell."""

from __future__ import annotations

import itertools

import numpy as np

from ..circuit.crossbar import Crossbar
from ..errors import InputError

CEILING = 3.0  # V: no controller of such an array goes beyond


def cell_volts(nominal: Crossbar, towards: int, volts: float) -> float:
    """MTJ volts of a 1 x 1 array in the state opposite to `towards`, with `volts` across its lines, none of which goes below 0 V."""
    from .nodal import Nodal

    cell = nominal.with_states(np.full((1, 1), -towards))
    solution = Nodal().solve(cell, np.array([max(volts, 0.0)]), np.array([max(-volts, 0.0)]))
    return float(solution.v_cell[0, 0])


def line_volts(nominal: Crossbar, towards: int, seconds: float, probability: float) -> float:
    """The volts (a size) across the lines of a 1 x 1 array at which it flips `towards` a state (+1 or -1) with `probability` in `seconds`.

    `InputError` where none up to `CEILING` does it.
    """
    from scipy.optimize import brentq

    sign = 1 if towards < 0 else -1

    def excess(volts: float) -> float:
        v = cell_volts(nominal, towards, sign * volts)
        return float(nominal.device.switching_probability(v, seconds, -towards)) - probability  # type: ignore[union-attr]

    grid = np.linspace(0.0, CEILING, 61)
    for low, high in itertools.pairwise(grid):
        if excess(float(high)) > 0:
            return float(brentq(excess, float(low), float(high), xtol=1e-6))
    state = "parallel" if towards > 0 else "antiparallel"
    wider = ", a wider transistor" if nominal.access is not None else ""
    raise InputError(
        f"no line voltage up to {CEILING:g} V drives {nominal.device.name} towards {state} with P = {probability:g} in {seconds:g} s; "  # type: ignore[union-attr]
        f"choose a longer pulse{wider} or a smaller probability"
    )
