"""The switching law as the surrogate's kernels ask for it: a bound for all cells, and a curve for each.

A cell flips if its random number is under its probability, and which it is can be told from far less than the probability: first a
device that switches more readily than any, then the cell's own ln h, a cubic through four volts, wherever ln h is further from the
random number's than the cubic from the law. Only between them the switching table is asked. So the flips are those of the full law.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..device.mtj import Mtj
from ..device.switching.law import log_hazard, reduced
from ..device.switching.table import DELTA_RANGE, LOG_G_RANGE, load, log_hazards
from ..errors import InputError, SpicemtjError
from .chance import CURVE_SLACK, full_log_hazard, through_four
from .state import CURVE_POINTS, Curves, Law

Array = NDArray[np.float64]

LAW_POINTS = 512
SMALLER_IS_READIER = ("diameter", "thickness", "ms", "mu0_hk", "ra", "tmr0")
CEILING = 1e-3  # added to ln h of the device that bounds all others, beyond rounding and interpolation
CURVE_FROM = 0.75  # of the selected volts: where a cell's curve begins; it ends at these
NO_CURVES = Curves(np.ones(2), np.ones(2), np.zeros(2), math.inf, np.empty((2, 0, 0, CURVE_POINTS + 1), dtype=np.float32))


def law(mtj: Mtj, seconds: float, largest: float, asked: tuple[Array, Array] | None = None) -> Law:
    """The switching law over voltage for one pulse width, of the polarity that switches: exact for a single device, whatever it is.

    For an array, of a device that switches more readily than any of them; `InputError` unless the switching table covers all.
    `asked` : the volts at which selected cells of an array (M, N) are asked, and those that others do not reach, each (2,), towards
    parallel and antiparallel; None: `curves` stay empty.
    """
    volts = np.linspace(0.0, largest, LAW_POINTS)
    volts[0] = 1e-3 * volts[1]  # the law itself is smooth at 0 V; its coordinates are not
    tables = load()
    if not mtj.shape:
        log_h = np.array([log_hazard(mtj, state * volts, seconds, state) for state in (1, -1)])
        margin = 0.0
    else:
        check_covered(mtj, volts)
        check_compiled(mtj[(0,) * len(mtj.shape)], volts[64::64], seconds)
        log_h = np.array([_bound(mtj, state, volts, seconds) for state in (1, -1)])
        margin = CEILING
    own = NO_CURVES if asked is None or not mtj.shape else _curves(mtj, seconds, *asked)
    log_h = log_h + margin
    ceiling = np.maximum.accumulate(log_h, axis=1)
    return Law(float(volts[2] - volts[1]), log_h, ceiling, not mtj.shape, math.log(seconds), tables, own)


def _curves(mtj: Mtj, seconds: float, selected: Array, quiet: Array) -> Curves:
    """Curves still to be filled, and how far they may be from the law: twice as far, and a little more, as those of some 200 cells are."""
    low, step = CURVE_FROM * selected, (1 - CURVE_FROM) * selected / (CURVE_POINTS - 1)
    empty = np.full((2, *mtj.shape, CURVE_POINTS + 1), np.nan, dtype=np.float32)
    flat = np.arange(math.prod(mtj.shape))
    ends = [f(np.broadcast_to(mtj.delta * scale, mtj.shape)) for scale in (1.0, mtj.ra) for f in (np.argmin, np.argmax)]
    cells = np.unravel_index(np.union1d(flat[:: max(flat.size // 200, 1)], ends).astype(np.intp), mtj.shape)
    some, worst = mtj[cells], 0.0
    for direction, state in ((0, -1), (1, 1)):
        x = np.linspace(-CURVE_SLACK, CURVE_POINTS - 1 + CURVE_SLACK, 25)
        nodes = np.stack(
            [log_hazard(some, state * (low[direction] + k * step[direction]), seconds, state) for k in range(CURVE_POINTS)]
        )
        for place in x:
            exact = log_hazard(some, state * (low[direction] + place * step[direction]), seconds, state)
            worst = max(worst, float(np.max(np.abs(through_four(nodes, place) - exact))))
    grows = not np.any(mtj.vcma_slope)  # else weaker volts may switch more readily
    return Curves(low, step, quiet if grows else np.zeros(2), 2 * worst + 0.01, empty)


def _bound(mtj: Mtj, state: int, volts: Array, seconds: float) -> Array:
    """ln h (volts,) of a device with the least RA, TMR, size and anisotropy of all, and at either pole the VCMA that helps most."""
    least_of: dict[str, Any] = {name: float(np.min(getattr(mtj, name))) for name in SMALLER_IS_READIER}
    least = dataclasses.replace(mtj, vcma=0.0, **least_of)
    slopes = np.array([np.max(mtj.vcma_slope), -np.min(mtj.vcma_slope)])  # at z = +1, at z = -1
    own, other = (state * least.drive(z, state * volts) + volts * slopes[0 if z > 0 else 1] for z in (state, -state))
    log_t = math.log(seconds / least.tau_d)
    log_g = np.clip(np.log(other / own), *LOG_G_RANGE)
    delta = max(float(least.delta), DELTA_RANGE[0])
    return np.asarray(log_hazards(own, log_g, np.full(volts.size, delta), np.full(volts.size, log_t), load()))


def check_covered(mtj: Mtj, volts: Array) -> None:
    """`InputError` unless the table covers every cell: it is what the sampler asks for cells that differ."""
    for state in (1, -1):
        for v in volts[[1, volts.size // 2, -1]]:
            _, log_g, delta = reduced(mtj, state * v, state)
            for value, (low, high) in ((log_g, LOG_G_RANGE), (delta, DELTA_RANGE)):
                if not np.all((value >= low) & (value <= high)):
                    raise InputError(
                        "cells that differ from each other and have an offset field, or VCMA or Delta beyond the switching table: "
                        "the surrogate takes such cells only all alike; set the spreads to 0, or use engine 'nodal'"
                    )


def check_compiled(mtj: Mtj, volts: Array, seconds: float) -> None:
    """Raise unless the compiled law is the device's own: compiled code kept from an older version would go unnoticed otherwise."""
    for state in (1, -1):
        for v in state * volts:
            found = full_log_hazard(
                v, state, 1 / mtj.r_p, mtj.tmr0_t, mtj.ic0, mtj.delta, math.log(mtj.tau_d), mtj.vcma_slope, mtj.vh,
                mtj.torque == "voltage", math.log(seconds), load(),
            )  # fmt: skip
            exact = float(log_hazard(mtj, v, seconds, state))
            if not math.isclose(-math.expm1(-math.exp(found)), -math.expm1(-math.exp(exact)), abs_tol=1e-6):
                raise SpicemtjError("compiled code of an older spicemtj is in use; delete the __pycache__ folders (make clean)")
