"""The effective set (Delta, Vc0, tau0) of a device from measured switching probabilities, with intervals.

The law is the exact one of `Mtj.switching_probability`, in every regime. TMR and R_P are given, since a resistance measurement tells them
better; they matter only with torque="current", where the drive goes with the conductance of the state.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError, unknown
from ..effective import effective
from ..switching import law as switching
from ..switching import table as switching_table
from . import likelihood
from .likelihood import Optimum, Problem
from .measured import Measured

if TYPE_CHECKING:
    from .result import SwitchingFit

Array = NDArray[np.float64]

DISPERSIONS = ("binomial", "quasi")
TAU_LIMITS = (1e-12, 1e-6)  # s
DRIVE_LIMITS = (1 / 30, 20.0)  # the largest V/Vc0 of the rows
GAIN_LIMITS = (0.5, 2.0)
GRID_ROWS = 60  # rows that the first guess looks at


def fit(
    data: Measured,
    *,
    torque: str = "voltage",
    tmr: float = 1.0,
    r_p: float = 5e3,
    vh: float = 0.5,
    temperature: float = 300.0,
    asymmetry: bool = False,
    uncertain: ArrayLike | None = None,
    dispersion: str = "binomial",
    level: float = 0.95,
) -> SwitchingFit:
    """Maximum likelihood over ln Delta, ln Vc0 and ln tau0, and profile-likelihood intervals of probability `level`.

    asymmetry : a Vc0 of its own ("vc0_ap") for rows that start antiparallel; with torque="current" it is the one that the parallel state
        would need for the same critical current.
    uncertain : (rows,) booleans: rows whose voltages all carry one unknown factor ("gain", 0.5 to 2), which is fitted too. Rows with
        voltages that are known hold it.
    dispersion : "binomial" takes `trials` at their word. "quasi" takes the variance to be phi times binomial, estimates phi (see
        `likelihood.overdispersion`; at least 1) and widens intervals by it (McCullagh and Nelder, Generalized Linear Models, 1989,
        4.5): for scatter beyond counting, and where the device does not quite obey the law. With unknown `trials` it is "quasi" with
        any phi, and 1/phi is the effective number of trials a row.

    Delta is sought from 10 to 200, tau0 from 1 ps to 1 us. An end of an interval that only these limits would set is open: the
    rows do not determine it. `InputError` if the rows cannot be fitted.
    """
    if dispersion not in DISPERSIONS:
        raise unknown("dispersion", dispersion, DISPERSIONS)
    if not 0.5 <= level < 1:
        raise InputError(f"level = {level}: the probability of an interval lies between 0.5 and 1, as 0.95")
    names = ["delta", "vc0", "tau0"] + ["vc0_ap"] * asymmetry + ["gain"] * (uncertain is not None)
    mask = np.zeros(len(data), dtype=bool) if uncertain is None else np.asarray(uncertain, dtype=bool)
    known = bool(np.all(np.isfinite(data.trials)))
    _check(data, names, mask, known)
    settings = {"torque": torque, "tmr": tmr, "r_p": r_p, "vh": vh, "temperature": temperature}
    law = _law(data, names, mask, settings)
    low, high = _limits(data, names)
    weights = data.trials if known else np.ones(len(data))
    problem = Problem(law, data.probability, weights, low, high)

    best = likelihood.best_of(problem, _starts(data, names, mask, settings, low, high))
    for _ in range(5):
        phi, quantile = _dispersion(problem, best, known, dispersion, level)
        spread = likelihood.covariance(problem, best.x)
        profiles = [likelihood.profile(problem, best, k, phi * quantile, spread) for k in range(len(names))]
        better = [found.better for found in profiles if found.better is not None]
        if not better:
            break
        best = min(better, key=lambda found: found.deviance)

    from .result import assemble

    return assemble(data, names, problem, best, profiles, phi, phi * spread, mask, known, dispersion, level, settings)


def _dispersion(problem: Problem, best: Optimum, known: bool, dispersion: str, level: float) -> tuple[float, float]:
    """phi, and the quantile of the deviance that goes with knowing or estimating it."""
    from scipy.stats import chi2, f

    dof = problem.y.size - best.x.size
    if known and dispersion == "binomial":
        return 1.0, float(chi2.ppf(level, 1))
    phi = likelihood.overdispersion(problem.y, problem.n, np.exp(problem.law(best.x[None])[0]), dof)
    return max(phi, 1.0 if known else 1e-12), float(f.ppf(level, 1, dof))


# -- the law as a function of the parameters


def _law(data: Measured, names: list[str], uncertain: NDArray[np.bool_], settings: dict[str, Any]) -> Callable[[Array], Array]:
    """ln h of every row at points (k, p) of the logarithms of `names`.

    Delta, Vc0 and tau0 scale the coordinates of the law; what is left, the drive at 1 V of Vc0 and the ratio of conductances, is
    taken from a device that has these.
    """
    unit = effective(40.0, 1.0, 1e-9, **settings)
    limit = switching_table.LOG_G_RANGE[1]
    if unit.torque == "current" and math.log1p(settings["tmr"]) > limit:
        raise InputError(
            f"tmr = {settings['tmr']}: a fit with torque by current takes less than {math.expm1(limit):.3g}; use torque='voltage'"
        )
    at = {name: k for k, name in enumerate(names)}
    log_t = np.log(data.seconds)
    antiparallel = data.state < 0
    log_hazards: Any = switching_table.log_hazards
    tables = switching_table.load()
    fixed = switching.reduced(unit, data.volts, data.state) if "gain" not in at else None

    def law(points: Array) -> Array:
        x = points[:, :, None]
        shape = (points.shape[0], len(data))
        if fixed is not None:
            drive, log_g = fixed[0], fixed[1]
        else:
            gain = np.where(uncertain, np.exp(x[:, at["gain"]]), 1.0)
            drive, log_g = switching.reduced(unit, gain * data.volts, data.state)[:2]
        log_vc0 = x[:, at["vc0"]]
        if "vc0_ap" in at:
            log_vc0 = np.where(antiparallel, x[:, at["vc0_ap"]], log_vc0)
        coordinates = (drive * np.exp(-log_vc0), log_g, np.exp(x[:, at["delta"]]), log_t - x[:, at["tau0"]])
        flat = (np.ascontiguousarray(np.broadcast_to(c, shape)).ravel() for c in coordinates)
        return np.asarray(log_hazards(*flat, tables).reshape(shape))

    return law


def _limits(data: Measured, names: list[str]) -> tuple[Array, Array]:
    largest = float(np.abs(data.volts).max())
    volts = (largest / DRIVE_LIMITS[1], largest / DRIVE_LIMITS[0])
    inside = 1e-9  # of the table's own edges
    limits = {
        "delta": (switching_table.DELTA_RANGE[0] * (1 + inside), switching_table.DELTA_RANGE[1] * (1 - inside)),
        "vc0": volts,
        "tau0": TAU_LIMITS,
        "vc0_ap": volts,
        "gain": GAIN_LIMITS,
    }
    low, high = np.log([limits[name] for name in names]).T
    return low, high


def _starts(
    data: Measured, names: list[str], uncertain: NDArray[np.bool_], settings: dict[str, Any], low: Array, high: Array
) -> list[Array]:
    """A start for each Delta of a coarse grid: the Vc0 and tau0 that come nearest, all other parameters neutral."""
    some = np.unique(np.linspace(0, len(data) - 1, min(len(data), GRID_ROWS)).astype(int))
    rows = Measured(data.volts[some], data.seconds[some], data.probability[some], data.trials[some], data.state[some])
    law = _law(rows, names[:3], uncertain[some], settings)
    largest = math.log(float(np.abs(data.volts).max()))
    deltas = np.log([15.0, 25.0, 40.0, 60.0, 90.0, 140.0])
    volts = largest + np.log(np.geomspace(0.06, 12.0, 18))
    times = np.log(np.geomspace(1e-11, 1e-7, 17))
    starts = []
    for log_delta in deltas:
        grid = np.stack(np.meshgrid([log_delta], volts, times, indexing="ij"), axis=-1).reshape(-1, 3)
        h = np.exp(law(grid))
        # a little of everything mixed in: a point far off should not be judged by its one worst row
        blunt = -np.log1p(-(0.02 + 0.96 * -np.expm1(-h)))
        d = likelihood.deviance_residuals(rows.probability, np.ones(len(rows)), blunt)
        point = grid[np.argmin(np.sum(d**2, axis=1))]
        extra = [point[1] if name == "vc0_ap" else 0.0 for name in names[3:]]
        starts.append(np.clip(np.concatenate([point, extra]), low, high))
    return starts


def _check(data: Measured, names: list[str], uncertain: NDArray[np.bool_], known: bool) -> None:
    """`InputError` for rows that no effective set could be fitted to."""
    rows, free = len(data), len(names)
    if rows <= free:
        raise InputError(f"{rows} rows for {free} parameters ({', '.join(names)}): measure at least {free + 1} pulses")
    if not known and np.any(np.isfinite(data.trials)):
        raise InputError("some rows have trials and some have none; give them for all rows or for none")
    if not np.any((data.probability > 0) & (data.probability < 1)):
        raise InputError("every probability is 0 or 1: nothing to fit; add pulses that switch now and then")
    if not np.any(data.volts):
        raise InputError("every row is at 0 V: the critical voltage cannot be fitted; add pulses of other voltages")
    _check_signs(data)
    if "vc0_ap" in names and not (np.any(data.state > 0) and np.any(data.state < 0)):
        raise InputError("asymmetry needs rows out of both states; measure both, or leave it out")
    if uncertain.shape != (rows,):
        raise InputError(f"uncertain has shape {uncertain.shape}; give one boolean a row ({rows},)")
    if "gain" in names and (not uncertain.any() or uncertain.all()):
        raise InputError("uncertain names no row or every row: the voltages of some rows must be known to fit those of others")


def _check_signs(data: Measured) -> None:
    """`InputError` where a state switches by voltages that hold it: their sign, or the state, is another than meant."""
    for state, name, way in ((1, "parallel", "above"), (-1, "antiparallel", "below")):
        mine = np.flatnonzero(data.state == state)
        holding = mine[data.volts[mine] * state < 0]
        if holding.size == 0:
            continue
        by_strength = holding[np.argsort(np.abs(data.volts[holding]))]
        weakest, strongest = data.probability[by_strength[[0, -1]]]
        most = int(holding[np.argmax(data.probability[holding])])
        if data.probability[most] > 0.5 or (holding.size == mine.size and strongest > weakest):
            raise InputError(
                f"row {most + 1}: P = {data.probability[most]:g} out of the {name} state at {data.volts[most]:g} V, which holds it; "
                f"voltages that drive out of it are {way} 0: change the sign or the state"
            )
