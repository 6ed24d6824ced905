"""What a fit of switching probabilities found: parameters with intervals, the misfit row by row, as a table, as JSON, as a result file."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...units import engineering
from ..effective import attempt_time, effective
from ..mtj import Mtj
from .likelihood import Optimum, Problem, Profile, overdispersion
from .measured import Measured

if TYPE_CHECKING:
    from ...results import Result

Array = NDArray[np.float64]
_Key = tuple[str, float, int, bool]  # of a sweep: over what, at which other value, out of which state, with the gain or not

UNITS = {"delta": "1", "vc0": "V", "tau0": "s", "vc0_ap": "V", "gain": "1"}
LABELS = {"delta": "Delta", "vc0": "Vc0", "tau0": "tau0", "vc0_ap": "Vc0 (AP)", "gain": "gain"}
ADEQUATE = 1e-3  # the chance of a deviance as large, below which the law does not describe the rows


class Estimate(NamedTuple):
    """A parameter, its interval (0 or inf where open: not determined on that side) and its standard error, in `unit`."""

    value: float
    low: float
    high: float
    error: float
    unit: str

    @property
    def determined(self) -> bool:
        """Whether the interval is closed on both sides."""
        return self.low > 0 and math.isfinite(self.high)


class Sweep(NamedTuple):
    """Rows that differ in one thing: `over` is "volts" or "seconds", `fixed` the value of the other one; curve_x, curve_p the law."""

    over: str
    fixed: float
    state: int
    rows: NDArray[np.intp]
    curve_x: Array
    curve_p: Array


@dataclass(frozen=True, eq=False)
class SwitchingFit:
    """A fit. fitted, residuals (rows,): the law's P, and signed deviance residuals divided by sqrt(phi), about normal where it holds.

    covariance (p, p) is that of the natural logarithms of `estimates`, in their order, from the expected information and times phi.
    deviance is that of the binomial law (of one trial a row where trials are unknown); phi is the dispersion that the intervals use,
    scatter what it would be if it were estimated; log_likelihood is nan where trials are unknown. at_limit names parameters whose value
    is a limit of the search: the best set within it, and no optimum.
    """

    data: Measured
    estimates: dict[str, Estimate]
    covariance: Array
    log_likelihood: float
    deviance: float
    scatter: float
    dof: int
    phi: float
    dispersion: str
    level: float
    fitted: Array
    residuals: Array
    uncertain: NDArray[np.bool_]
    at_limit: tuple[str, ...]
    settings: dict[str, Any]

    @cached_property
    def mtj(self) -> Mtj:
        """The effective junction (of the parallel state, if the states have a Vc0 each)."""
        return self._mtj("vc0")

    @cached_property
    def mtj_ap(self) -> Mtj:
        """The effective junction of the antiparallel state: `mtj`, unless asymmetry was asked for."""
        return self._mtj("vc0_ap" if "vc0_ap" in self.estimates else "vc0")

    def _mtj(self, vc0: str) -> Mtj:
        delta, volts, tau0 = (self.estimates[name].value for name in ("delta", vc0, "tau0"))
        return effective(delta, volts, tau0, **self.settings)

    @property
    def gain(self) -> float:
        """The factor of the voltages that were marked uncertain; 1 where none were."""
        return self.estimates["gain"].value if "gain" in self.estimates else 1.0

    @property
    def p_value(self) -> float:
        """The chance of a deviance as large as this one if the law held and trials were right; nan where trials are unknown."""
        from scipy.stats import chi2

        return float(chi2.sf(self.deviance, self.dof)) if np.isfinite(self.log_likelihood) else math.nan

    def sweeps(self, points: int = 121) -> list[Sweep]:
        """The rows sorted into curves, each in the larger of the two groups that it belongs to, and the law along each."""
        keys = [self._keys(k) for k in range(len(self.data))]
        size = Counter(key for pair in keys for key in pair)
        groups: dict[_Key, list[int]] = {}
        for k, pair in enumerate(keys):
            groups.setdefault(max(pair, key=lambda key: size[key]), []).append(k)
        return [self._sweep(key, np.array(rows), points) for key, rows in sorted(groups.items(), key=_order)]

    def _keys(self, k: int) -> tuple[_Key, _Key]:
        volts, seconds, state = float(self.data.volts[k]), float(self.data.seconds[k]), int(self.data.state[k])
        gain = bool(self.uncertain[k])
        return ("volts", seconds, state, gain), ("seconds", volts, state, gain)

    def _sweep(self, key: _Key, rows: NDArray[np.intp], points: int) -> Sweep:
        over, fixed, state, uncertain = key
        x = getattr(self.data, over)[rows]
        curve = np.linspace(x.min(), x.max(), points) if over == "volts" else np.geomspace(x.min(), x.max(), points)
        gain = self.gain if uncertain else 1.0
        volts, seconds = (gain * curve, fixed) if over == "volts" else (gain * fixed, curve)
        p = (self.mtj if state > 0 else self.mtj_ap).switching_probability(volts, seconds, state)
        return Sweep(over, fixed, state, rows, curve, p)

    # -- for people and for programs

    def text(self) -> str:
        """The parameters with their intervals, and what to think of the fit."""
        rows = [_cells(name, e) for name, e in self.estimates.items()]
        head = ["", "value", "std. error", f"{100 * self.level:g} % interval"]
        width = [max(len(row[c]) for row in [head, *rows]) for c in range(4)]
        lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, width, strict=True)).rstrip() for row in [head, *rows]]
        return "\n".join([*lines, *self.notes()])

    def notes(self) -> list[str]:
        """The misfit, and warnings on it, a line each."""
        free = [LABELS[name] for name, e in self.estimates.items() if not e.determined]
        delta, tau0 = self.estimates["delta"].value, self.estimates["tau0"].value
        notes = [f"attempt time at 0 V (from tau0 and Delta) {engineering(attempt_time(delta, tau0), 's')}"]
        if np.isfinite(self.log_likelihood):
            notes.append(
                f"{len(self.data)} rows: deviance {self.deviance:.4g} with {self.dof} degrees of freedom "
                f"(chance {self.p_value:.2g}), scatter {self.scatter:.3g} times binomial, phi {self.phi:.3g}"
            )
            if self.p_value < ADEQUATE and self.dispersion == "binomial":
                notes.append(
                    "The rows scatter more than counting explains, so these intervals are too narrow: "
                    "look at the residuals, and take dispersion quasi"
                )
        else:
            notes.append(
                f"{len(self.data)} rows of unknown trials: they scatter about the law as {1 / self.phi:.3g} trials a row would"
            )
        for name in self.at_limit:
            notes.append(f"{LABELS[name]} is at a limit of the search: the law would go further to follow the rows")
        if free:
            notes.append(f"Not determined by these rows: {', '.join(free)} (open interval); add other widths or voltages")
        return notes

    def summary(self) -> dict[str, Any]:
        """JSON-like: parameters with intervals, misfit, settings."""
        values = {name: e._asdict() | {"determined": e.determined} for name, e in self.estimates.items()}
        return {
            "parameters": values,
            "log_covariance": self.covariance.tolist(),
            "log_likelihood": self.log_likelihood,
            "deviance": self.deviance,
            "scatter": self.scatter,
            "dof": self.dof,
            "p_value": self.p_value,
            "phi": self.phi,
            "dispersion": self.dispersion,
            "level": self.level,
            "at_limit": list(self.at_limit),
            "rows": len(self.data),
            "attempt_time": attempt_time(self.estimates["delta"].value, self.estimates["tau0"].value),
            "settings": dict(self.settings),
        }

    def result(self) -> Result:
        """The fit as a result of kind "fit": parameters, rows, and the law along every sweep."""
        from .file import result

        return result(self)

    def save(self, path: str | Path) -> Path:
        """Write an HDF5 result file, or JSON (summary and rows; null for what is open or unknown) where the name ends in .json."""
        from .file import save

        return save(self, path)


def assemble(
    data: Measured,
    names: list[str],
    problem: Problem,
    best: Optimum,
    profiles: list[Profile],
    phi: float,
    covariance: Array,
    uncertain: NDArray[np.bool_],
    known: bool,
    dispersion: str,
    level: float,
    settings: dict[str, Any],
) -> SwitchingFit:
    """A `SwitchingFit` from the logarithms that the search found."""
    h = np.exp(problem.law(best.x[None])[0])
    dof = len(data) - len(names)
    estimates = {}
    for k, name in enumerate(names):
        value = math.exp(best.x[k])
        error = value * math.sqrt(covariance[k, k])
        estimates[name] = Estimate(value, math.exp(profiles[k].low), math.exp(profiles[k].high), error, UNITS[name])
    return SwitchingFit(
        data=data,
        estimates=estimates,
        covariance=covariance,
        log_likelihood=_log_likelihood(data, best.deviance) if known else math.nan,
        deviance=best.deviance,
        scatter=overdispersion(problem.y, problem.n, h, dof),
        dof=dof,
        phi=phi,
        dispersion=dispersion if known else "quasi",
        level=level,
        fitted=-np.expm1(-h),
        residuals=problem.residuals(best.x) / math.sqrt(phi),
        uncertain=uncertain,
        at_limit=tuple(name for k, name in enumerate(names) if not problem.low[k] < best.x[k] < problem.high[k]),
        settings=settings,
    )


def _log_likelihood(data: Measured, deviance: float) -> float:
    """Of a perfect fit, binomial coefficients included, less half the deviance."""
    from scipy.special import gammaln, xlogy

    n, y = data.trials, data.probability
    ways = gammaln(n + 1) - gammaln(n * y + 1) - gammaln(n * (1 - y) + 1)
    return float(np.sum(ways + n * (xlogy(y, y) + xlogy(1 - y, 1 - y))) - deviance / 2)


def _order(group: tuple[_Key, list[int]]) -> tuple[str, float, int]:
    over, fixed, state, _ = group[0]
    return over, abs(fixed), -state


def _number(value: float, unit: str, digits: int) -> str:
    return f"{value:.{digits}g}" if unit == "1" else engineering(value, unit, digits)


def _digits(e: Estimate) -> int:
    """As many as the standard error lets mean something, and two more."""
    fine = math.log10(e.value / e.error) if 0 < e.error < math.inf else 0.0
    return min(max(math.ceil(fine) + 2, 3), 12)


def _cells(name: str, e: Estimate) -> list[str]:
    """A parameter's line of the table: label, value, standard error, interval."""
    low, high = (_number(end, e.unit, _digits(e)) for end in (e.low, e.high))
    if e.determined:
        interval = f"{low} to {high}"
    elif e.low > 0:
        interval = f"{low} or more"
    else:
        interval = f"{high} or less" if math.isfinite(e.high) else "open"
    return [LABELS[name], _number(e.value, e.unit, _digits(e)), _number(e.error, e.unit, 3) if e.determined else "?", interval]
