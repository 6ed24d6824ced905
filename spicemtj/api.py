"""The functions of the front door: solve, write, effective_conductance, calibrate, train."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .circuit.crossbar import Crossbar
from .circuit.faults import OPEN
from .circuit.schemes import Drive, Write, as_drive
from .device import presets
from .errors import BreakdownWarning, InputError
from .randomness import cell_uniforms, check_seed

if TYPE_CHECKING:
    from .engines.base import Engine, Solution, WriteResult
    from .surrogate.model import Surrogate
    from .training.train import Run


def solve(
    xbar: Crossbar, v_wl: ArrayLike, v_bl: ArrayLike, v_gate: ArrayLike | None = None, engine: Engine | str = "nodal"
) -> Solution:
    """All node voltages and currents of a static network with the lines at the given volts (nan floats).

    v_wl (..., m), v_bl (..., n), v_gate (..., m or n) with common leading axes; engine "nodal", "ngspice" or
    "session" (ngspice kept open). See `Solution`.
    """
    from .engines import get

    return get(engine).solve(xbar, v_wl, v_bl, v_gate)


def write(xbar: Crossbar, pulse: Write | Drive, engine: Engine | str = "nodal", seed: int = 1) -> WriteResult:
    """What a write does to the array, which keeps its own states: `res.states` are those after it.

    Each cell and pulse has one random number from `seed`, the same in every engine: "nodal", "ngspice", "surrogate" (the
    calibration shipped for the array's preset), or an engine object such as a loaded `Surrogate`. Warns (`BreakdownWarning`) where a
    cell sees more than its breakdown voltage.
    """
    check_seed(seed)
    if getattr(xbar.device, "name", "") in presets.names() and presets.describe(xbar.device.name).get("reads_only"):  # type: ignore[union-attr]
        raise InputError(f"the preset {xbar.device.name} is for reads only; spicemtj device show {xbar.device.name} says why")  # type: ignore[union-attr]
    drive = as_drive(xbar, pulse)
    uniforms = np.stack([cell_uniforms(seed, xbar.shape, pulse=k) for k in range(drive.pulses)])
    result: WriteResult = _engine(xbar, engine).write(xbar.for_write(seed), drive, uniforms)
    _warn_of_breakdown(xbar, result)
    return result


def _warn_of_breakdown(xbar: Crossbar, result: WriteResult) -> None:
    if xbar.ohmic:
        return
    device: Any = xbar.device
    limit = device.breakdown
    found = float(np.max(np.where(xbar.faults == OPEN, 0.0, result.v_peak)))
    if found > limit:
        warnings.warn(
            f"a cell of this write sees {found:.3g} V, above the breakdown of {device.name} ({limit:g} V); lower the volts",
            BreakdownWarning,
            stacklevel=3,
        )


def _engine(xbar: Crossbar, engine: Engine | str) -> Any:
    from .engines import NAMES, get
    from .errors import unknown

    if engine == "surrogate":
        from .surrogate.model import Surrogate

        if xbar.ohmic:
            raise InputError("the surrogate models MTJ arrays; use engine 'nodal' or 'ngspice' for ohmic cells")
        return Surrogate.shipped(xbar.device.name, xbar.cell)  # type: ignore[union-attr]
    if isinstance(engine, str) and engine not in NAMES:
        raise unknown("engine", engine, [*NAMES, "surrogate"])
    return get(engine)


def effective_conductance(xbar: Crossbar, v_read: float = 0.1) -> NDArray[np.float64]:
    """(m, n) [S]: i_bl = G_eff.T @ v_wl with the bit lines at 0 V; cells at their chord conductance at `v_read` volts."""
    from .engines.nodal import Nodal

    if not np.isfinite(v_read) or v_read == 0:
        raise InputError(f"v_read = {v_read} V: a chord conductance needs finite volts other than 0")
    return Nodal().effective_conductance(xbar, v_read)


def calibrate(plan: Any = None, **options: Any) -> Surrogate:
    """Circuit runs, fits and held-out misfit: see `surrogate.calibrate.calibrate`."""
    from .surrogate.calibrate import calibrate as run

    return run(plan, **options)


def train(config: Any, engine: str | None = None, seed: int | None = None, **options: Any) -> Run:
    """In-situ training: see `training.train.train`."""
    from .training.train import train as run

    return run(config, engine=engine, seed=seed, **options)
