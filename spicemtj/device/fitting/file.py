"""A fit of switching probabilities as a result file (HDF5) or as JSON."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from ...results import Quantity, Result, replacing, write
from .result import SwitchingFit


def result(fit: SwitchingFit) -> Result:
    """See `SwitchingFit.result`."""
    names = list(fit.estimates)
    parameters = {
        name: {
            "value": Quantity(e.value, e.unit),
            "low": Quantity(e.low, e.unit, "0: open"),
            "high": Quantity(e.high, e.unit, "inf: open"),
            "error": Quantity(e.error, e.unit),
        }
        for name, e in fit.estimates.items()
    }
    rows = {
        "volts": Quantity(fit.data.volts, "V"),
        "seconds": Quantity(fit.data.seconds, "s"),
        "probability": Quantity(fit.data.probability, "1"),
        "trials": Quantity(fit.data.trials, "1", "nan: unknown"),
        "state": Quantity(fit.data.state, "1"),
        "uncertain": Quantity(fit.uncertain.astype(np.int8), "1", "1: the voltage carries the gain"),
        "fitted": Quantity(fit.fitted, "1"),
        "residual": Quantity(fit.residuals, "1", "signed deviance residual over sqrt(phi)"),
    }
    sweeps = {
        f"{k:02d}": {
            "over": Quantity(sweep.over, "1"),
            "fixed": Quantity(sweep.fixed, "s" if sweep.over == "volts" else "V"),
            "state": Quantity(sweep.state, "1"),
            "rows": Quantity(sweep.rows, "1"),
            "curve_x": Quantity(sweep.curve_x, "V" if sweep.over == "volts" else "s"),
            "curve_p": Quantity(sweep.curve_p, "1"),
        }
        for k, sweep in enumerate(fit.sweeps())
    }
    found = fit.summary()
    flat = {f"{name} [{e.unit}]" if e.unit != "1" else name: e.value for name, e in fit.estimates.items()}
    scores = {k: found[k] for k in ("deviance", "dof", "p_value", "phi", "dispersion", "log_likelihood", "attempt_time")}
    data = {
        "parameters": parameters,
        "log_covariance": Quantity(fit.covariance, "1", f"of the natural logarithms of {', '.join(names)}"),
        "rows": rows,
        "sweeps": sweeps,
    }
    return Result("fit", data, {"level": fit.level, **fit.settings}, flat | scores)


def save(fit: SwitchingFit, path: str | Path) -> Path:
    """See `SwitchingFit.save`."""
    path = Path(path)
    if path.suffix != ".json":
        return write(path, fit.result())
    rows = {name: getattr(fit.data, name) for name in ("volts", "seconds", "probability", "trials", "state")}
    rows |= {"fitted": fit.fitted, "residual": fit.residuals}
    table = fit.summary() | {"table": {name: values.tolist() for name, values in rows.items()}}
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(_finite(table), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
