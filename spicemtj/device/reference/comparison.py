"""One device seen four ways: stochastic LLG, the exact Fokker-Planck law, the exact mean first passage, and the closed forms.

Mean switching time against overdrive, switching probability against width and voltage, and the write error rate down to 1e-9.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ... import results
from ...errors import InputError
from ...results import Quantity, Result
from ..mtj import Mtj
from ..switching import closed_forms, fokker_planck
from ..switching.law import check_states, linear
from . import macrospin
from .splitting import error_by_splitting, next_seed

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
KIND = "device"

OVERDRIVES = tuple(np.geomspace(0.6, 4.0, 49).tolist())
P_OVERDRIVES = tuple(np.linspace(0.6, 3.0, 49).tolist())
P_WIDTHS = tuple(np.geomspace(0.7, 20.0, 49).tolist())  # tau_D
ERROR_OVERDRIVES = (1.5, 2.0, 3.0)
LEAST_ERROR = 1e-9
PARTICLES = 4  # for each LLG trial, in the splitting


@dataclass(frozen=True, eq=False)
class Comparison:
    """Arrays of one comparison, SI units. `state` is where the device starts; voltages have the sign that drives it out.

    Mean first passage of m_z = 0 at n voltages: overdrive (the drive at the state's own pole), volts, mean_exact (quadrature), mean_llg
    with its standard error (nan where it was not simulated), the two closed forms and where they hold.
    P at p voltages and w widths, p_* (p, w): exact, LLG with its standard error (nan where it was not simulated), the closed forms.
    1 - P at e voltages and s widths each, error_* (e, s): exact, LLG by splitting with its standard error, the closed form.
    """

    device: str
    state: int
    seed: int
    trials: int
    longest: float
    overdrive: Array
    volts: Array
    mean_exact: Array
    mean_llg: Array
    mean_llg_sigma: Array
    mean_thermal: Array
    thermal_valid: Mask
    mean_precessional: Array
    precessional_valid: Mask
    p_volts: Array
    p_seconds: Array
    p_exact: Array
    p_llg: Array
    p_llg_sigma: Array
    p_closed: Array
    p_closed_valid: Mask
    error_volts: Array
    error_seconds: Array
    error_exact: Array
    error_llg: Array
    error_llg_sigma: Array
    error_closed: Array
    error_closed_valid: Mask

    def result(self) -> Result:
        """As a result file holds it."""
        data = {
            f.name: Quantity(getattr(self, f.name), _unit(f.name)) for f in dataclasses.fields(self) if f.name not in _CONFIG
        }
        summary = {
            "device": self.device,
            "state": self.state,
            "llg_trials": self.trials,
            "largest_deviation_sigma": self.largest_deviation(),
            "largest_error_ratio": self.largest_error_ratio(),
            "least_write_error": float(np.nanmin(self.error_exact)),
        }
        return Result(KIND, data, {name: getattr(self, name) for name in _CONFIG}, summary, self.seed)

    @classmethod
    def from_result(cls, result: Result) -> Comparison:
        """From what `result` made."""
        names = [f.name for f in dataclasses.fields(cls) if f.name not in _CONFIG]
        arrays: dict[str, Any] = {name: np.asarray(result.value(name)) for name in names}
        return cls(**{name: result.config[name] for name in _CONFIG}, **arrays)

    def save(self, path: str | Path) -> Path:
        """Write an HDF5 result file of kind "device"."""
        return results.write(path, self.result())

    @classmethod
    def load(cls, path: str | Path) -> Comparison:
        """Read what `save` wrote."""
        return cls.from_result(results.read(path, KIND))

    def largest_deviation(self) -> float:
        """The largest distance of LLG's means and probabilities from the exact law, in standard errors; about 3 for so many points."""
        pairs = ((self.mean_exact, self.mean_llg, self.mean_llg_sigma), (self.p_exact, self.p_llg, self.p_llg_sigma))
        scores = np.concatenate([np.ravel(np.abs(llg - exact) / sigma) for exact, llg, sigma in pairs])
        return float(np.nanmax(scores, initial=0.0))

    def largest_error_ratio(self) -> float:
        """The largest factor between LLG's write error rates and the exact ones, either way; inf where LLG found none."""
        with np.errstate(divide="ignore"):
            return float(np.exp(np.abs(np.log(self.error_llg / self.error_exact)).max()))


_CONFIG = ("device", "state", "seed", "trials", "longest")


def _unit(name: str) -> str:
    if name.endswith("seconds") or (name.startswith("mean_") and not name.endswith("valid")):
        return "s"
    return "V" if name.endswith("volts") else "1"


def compare(
    mtj: Mtj,
    state: int = 1,
    *,
    trials: int = 2000,
    seed: int = 1,
    longest: float = 50e-9,
    overdrives: Sequence[float] = OVERDRIVES,
    p_overdrives: Sequence[float] = P_OVERDRIVES,
    p_widths: Sequence[float] = P_WIDTHS,
    error_overdrives: Sequence[float] = ERROR_OVERDRIVES,
    error_widths: int = 36,
    every: int = 6,
) -> Comparison:
    """Compare a single device's four descriptions at constant voltages, given as overdrive: the drive at the state's own pole.

    trials of LLG for each point, and four times as many particles for each write error rate. LLG stands at every `every`-th of the points
    of means and probabilities, where it takes no longer than `longest` [s] of simulated time. p_widths: rising, in units of tau_D.
    Write errors are taken at `error_widths` even steps up to the width that brings them below 1e-9.
    """
    if mtj.shape:
        raise InputError(f"an array of {mtj.shape} devices: compare one of them, mtj[index]")
    if trials < 100 or error_widths < 3 or every < 1:
        raise InputError(f"trials = {trials}, error_widths = {error_widths}, every = {every}: give at least 100, 3 and 1")
    if not (np.diff(p_widths, prepend=0.0) > 0).all():
        raise InputError("p_widths must rise from above 0; sort them")
    state = int(check_states(state))
    means, probabilities, errors = np.random.SeedSequence(seed).spawn(3)
    arrays: dict[str, Any] = {
        **_means(mtj, state, voltages(mtj, overdrives, state), trials, longest, every, means),
        **_probabilities(
            mtj,
            state,
            voltages(mtj, p_overdrives, state),
            np.asarray(p_widths, dtype=float),
            trials,
            longest,
            every,
            probabilities,
        ),
        **_errors(mtj, state, voltages(mtj, error_overdrives, state), error_widths, trials, errors),
    }
    return Comparison(device=mtj.name, state=state, seed=seed, trials=trials, longest=longest, **arrays)


# -- the law's own units


def law(mtj: Mtj, v: ArrayLike, state: int) -> tuple[Array, Array, float, float]:
    """a and b (shape of v), Delta and offset of one device at v volts, as fokker_planck.py takes them (see `switching.law.linear`)."""
    a, b, _, _ = linear(mtj, v, state)
    return a, b, float(mtj.delta), float(state * mtj.offset)


def voltages(mtj: Mtj, overdrives: ArrayLike, state: int) -> Array:
    """Voltages (n,) at which the drive at the state's own pole is `overdrives` (n,), all above 0."""
    from scipy.optimize import brentq

    wanted = np.atleast_1d(np.asarray(overdrives, dtype=float))
    if not (np.isfinite(wanted) & (wanted > 0)).all():
        raise InputError(f"overdrives {wanted.tolist()}: give finite numbers above 0")

    def excess(v: float, i: float) -> float:
        return float(state * mtj.drive(state, state * v)) - i

    out = []
    for i in wanted.tolist():
        high = float(mtj.ic0 * mtj.r_p)
        while excess(high, i) < 0:
            high *= 2
            if high > 1e3:
                raise InputError(f"no voltage drives this device at {i:g} times its critical drive; lower the overdrive")
        out.append(state * brentq(excess, 0.0 if excess(0.0, i) < 0 else -high, high, args=(i,), xtol=1e-12, rtol=1e-12))
    return np.array(out)


def _means(
    mtj: Mtj, state: int, volts: Array, trials: int, longest: float, every: int, seeds: np.random.SeedSequence
) -> dict[str, Any]:
    a, b, delta, offset = law(mtj, volts, state)
    tau = float(mtj.tau_d)
    with np.errstate(over="ignore"):
        exact = fokker_planck.mean_passage(a, b, np.full(a.size, delta), np.full(a.size, offset)) * tau
    llg = np.full((2, volts.size), np.nan)
    for k, child in enumerate(seeds.spawn(volts.size)):
        if k % every == 0 and exact[k] <= longest:
            times = first_passages(mtj, float(volts[k]), state, trials, child, float(exact[k]))
            llg[:, k] = times.mean(), times.std(ddof=1) / np.sqrt(trials)
    thermal, fast = closed_forms.thermal_passage(a, b, delta), closed_forms.precessional_passage(a, b, delta)
    return {
        "overdrive": a + b,
        "volts": volts,
        "mean_exact": exact,
        "mean_llg": llg[0],
        "mean_llg_sigma": llg[1],
        "mean_thermal": thermal.value * tau,
        "thermal_valid": thermal.valid,
        "mean_precessional": fast.value * tau,
        "precessional_valid": fast.valid,
    }


def first_passages(mtj: Mtj, v: float, state: int, trials: int, seeds: np.random.SeedSequence, scale: float) -> Array:
    """First passages (trials,) [s] of m_z = 0 by LLG at v volts: pieces of `scale` seconds, those that have not passed go on."""
    found, now, start = np.full(trials, np.nan), 0.0, None
    while (left := np.flatnonzero(np.isnan(found))).size:
        run = macrospin.simulate(mtj, v, scale, state, left.size, next_seed(seeds), start=start)
        found[left] = now + run.first_passage
        start = run.m[np.isnan(run.first_passage)]
        now += scale
        if now > 100 * scale:
            raise InputError(f"at {v:g} V {left.size} of {trials} devices have not switched in {now:.3g} s; raise the voltage")
    return found


def _probabilities(
    mtj: Mtj,
    state: int,
    volts: Array,
    widths: Array,
    trials: int,
    longest: float,
    every: int,
    seeds: np.random.SeedSequence,
) -> dict[str, Any]:
    a, b, delta, offset = law(mtj, volts, state)
    seconds = widths * float(mtj.tau_d)
    shape = (volts.size, widths.size)
    exact, llg, sigma = np.empty(shape), np.full(shape, np.nan), np.full(shape, np.nan)
    for k, child in enumerate(seeds.spawn(volts.size)):
        p, error = fokker_planck.probability(a[k], b[k], delta, widths, offset)
        exact[k] = p
        if k % every:
            continue
        start, now = None, 0.0  # one set of trials walks through all widths: the points of a voltage are correlated
        for j in range(0, widths.size, every):
            if seconds[j] > longest or trials * error[j] < 1:
                break
            start = macrospin.simulate(mtj, float(volts[k]), seconds[j] - now, state, trials, next_seed(child), start=start).m
            now = seconds[j]
            if trials * p[j] > 1:
                llg[k, j], sigma[k, j] = np.mean(start[:, 2] * state < 0), np.sqrt(p[j] * error[j] / trials)
    slow = closed_forms.thermal_probability(a[:, None], b[:, None], delta, widths)
    fast = closed_forms.precessional_error(a[:, None], b[:, None], delta, widths)
    return {
        "p_volts": volts,
        "p_seconds": seconds,
        "p_exact": exact,
        "p_llg": llg,
        "p_llg_sigma": sigma,
        "p_closed": np.where(slow.valid, slow.value, np.where(fast.valid, 1 - fast.value, np.nan)),
        "p_closed_valid": slow.valid | fast.valid,
    }


# -- write errors


def _errors(mtj: Mtj, state: int, volts: Array, widths: int, trials: int, seeds: np.random.SeedSequence) -> dict[str, Any]:
    a, b, delta, offset = law(mtj, volts, state)
    tau = float(mtj.tau_d)
    shape = (volts.size, widths)
    seconds, exact, llg, sigma = (np.empty(shape) for _ in range(4))
    for k, child in enumerate(seeds.spawn(volts.size)):
        end = _width_for_error(float(a[k]), float(b[k]), delta, offset)
        seconds[k] = np.linspace(end / widths, end, widths) * tau
        exact[k] = fokker_planck.probability(a[k], b[k], delta, seconds[k] / tau, offset)[1]
        llg[k], sigma[k] = error_by_splitting(mtj, float(volts[k]), seconds[k], state, PARTICLES * trials, child)
    closed = closed_forms.precessional_error(a[:, None], b[:, None], delta, seconds / tau)
    return {
        "error_volts": volts,
        "error_seconds": seconds,
        "error_exact": exact,
        "error_llg": llg,
        "error_llg_sigma": sigma,
        "error_closed": closed.value,
        "error_closed_valid": closed.valid,
    }


def _width_for_error(a: float, b: float, delta: float, offset: float) -> float:
    """A width [tau_D] at which 1 - P has just fallen below 1e-9."""
    times = np.geomspace(1.0, 200.0, 100) / max(a + b, 1.0)
    error = fokker_planck.probability(a, b, delta, times, offset, enough=(np.inf, LEAST_ERROR / 2))[1]
    small = np.flatnonzero(error < LEAST_ERROR)
    return float(times[small[0]] if small.size else times[-1])
