"""Measured switching probabilities, from a CSV file or from arrays.

A file has a header that names its columns, in any order, and a pulse a line:

    # a line that begins with # is a comment
    volts,seconds,probability,trials,state
    0.42,5e-9,0.131,1000,P

volts and seconds are SI (`420mV` and `5ns` are read too). The outcome is `probability` or the number that `switched`, which needs `trials`.
`trials` may be left out where it is not known. `state` is where the device stood before the pulse, P (or +1) or AP (or -1); left out, it
is the state out of which the voltage drives: P above 0 V, AP below.
"""

from __future__ import annotations

import csv
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError, unknown
from ...units import quantity

Array = NDArray[np.float64]

COLUMNS = ("volts", "seconds", "probability", "switched", "trials", "state")
STATES = {"P": 1.0, "+1": 1.0, "1": 1.0, "AP": -1.0, "-1": -1.0}
UNITS = {"volts": "V", "seconds": "s"}


@dataclass(frozen=True, eq=False)
class Measured:
    """Rows of a measurement, each an array (rows,): volts [V], seconds [s], probability, trials (nan where not known), state +1 or -1."""

    volts: Array
    seconds: Array
    probability: Array
    trials: Array
    state: Array

    @classmethod
    def of(
        cls,
        volts: ArrayLike,
        seconds: ArrayLike,
        probability: ArrayLike,
        trials: ArrayLike = np.nan,
        state: ArrayLike | None = None,
    ) -> Measured:
        """Rows from arrays that broadcast together; `state` as in a file. `InputError` names the first row that cannot be."""
        volts = np.asarray(volts, dtype=float)
        state = np.where(volts < 0, -1.0, 1.0) if state is None else state
        arrays = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (volts, seconds, probability, trials, state)))
        rows = cls(*(np.ascontiguousarray(a).ravel() for a in arrays))
        for k in range(len(rows)):
            fault = _fault({f.name: float(getattr(rows, f.name)[k]) for f in dataclasses.fields(rows)})
            if fault:
                raise InputError(f"measurement, row {k + 1}, {fault}")
        return rows

    def __len__(self) -> int:
        return self.volts.size

    def with_trials(self, trials: float) -> Measured:
        """The same rows, each of `trials` pulses; `InputError` unless it is a whole number from 1 on."""
        if not _whole(float(trials)):
            raise InputError(f"trials = {trials:g}: give a whole number of pulses, 1 or more")
        return Measured.of(self.volts, self.seconds, self.probability, trials, self.state)


def _whole(trials: float) -> bool:
    return bool(trials >= 1 and trials % 1 == 0)  # inf % 1 is nan


def _fault(row: dict[str, float]) -> str | None:
    """What is wrong with a row's values, with the remedy."""
    volts, seconds, probability, trials, state = (row[f.name] for f in dataclasses.fields(Measured))
    if not np.isfinite(volts):
        return f"column volts: {volts:g}; give a finite voltage"
    if not (np.isfinite(seconds) and seconds > 0):
        return f"column seconds: {seconds:g}; a pulse's width is above 0 (in seconds)"
    if not 0 <= probability <= 1:
        return f"column probability: {probability:g}; it lies between 0 and 1 (divide percents by 100)"
    if not (np.isnan(trials) or _whole(trials)):
        return f"column trials: {trials:g}; give a whole number, 1 or more, or leave the column out"
    if abs(state) != 1:
        return f"column state: {state:g}; write P or +1, AP or -1"
    return None


def read_csv(path: str | Path) -> Measured:
    """Read a file as described above. `InputError` names the line and the column of the first mistake and says what would do."""
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"cannot read the measurement {path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise InputError(f"cannot read the measurement {path}: it is not a text file; save the table as CSV") from None
    numbered = [(k, text) for k, text in enumerate(lines, 1) if text.strip() and not text.lstrip().startswith("#")]
    if not numbered:
        raise InputError(f"{path} is empty; its first line names the columns: volts,seconds,probability,trials,state")
    names = _header(path, *numbered[0])
    rows = [_row(path, number, names, text) for number, text in numbered[1:]]
    if not rows:
        raise InputError(f"{path} has a header and no rows; add a line for each pulse")
    return Measured(*(np.array([row[f.name] for row in rows]) for f in dataclasses.fields(Measured)))


def _header(path: Path, number: int, text: str) -> list[str]:
    where = f"{path}, line {number}"
    names = [name.strip().lower() for name in next(csv.reader([text]))]
    if len(names) == 1:
        raise InputError(
            f"{where}: one column {text.strip()[:40]!r}; name the columns, separated by commas: volts,seconds,probability"
        )
    for name in names:
        if name not in COLUMNS:
            raise unknown(f"column in {where}:", name, COLUMNS)
        if names.count(name) > 1:
            raise InputError(f"{where}: the column {name!r} is there {names.count(name)} times; keep one")
    for needed in ("volts", "seconds"):
        if needed not in names:
            raise InputError(f"{where}: there is no column {needed!r}; add it (found {', '.join(names)})")
    if ("probability" in names) == ("switched" in names):
        raise InputError(f"{where}: give one of the columns 'probability' and 'switched' (found {', '.join(names)})")
    if "switched" in names and "trials" not in names:
        raise InputError(f"{where}: the column 'switched' needs a column 'trials' beside it; add it, or give 'probability'")
    return names


def _row(path: Path, number: int, names: list[str], text: str) -> dict[str, float]:
    cells = [cell.strip() for cell in next(csv.reader([text]))]
    where = f"{path}, line {number}"
    if len(cells) != len(names):
        raise InputError(f"{where}: {len(cells)} values for {len(names)} columns ({', '.join(names)})")
    row: dict[str, Any] = {"trials": np.nan}
    for name, cell in zip(names, cells, strict=True):
        row[name] = _value(where, name, cell)
    if "trials" in names and not _whole(row["trials"]):
        raise InputError(f"{where}, column trials: {row['trials']:g}; give a whole number, 1 or more, or leave the column out")
    if "switched" in row:
        counted = row.pop("switched")
        if not (counted % 1 == 0 and 0 <= counted <= row["trials"]):
            raise InputError(
                f"{where}, column switched: {counted:g} of {row['trials']:g} trials; give a whole number up to trials"
            )
        row["probability"] = counted / row["trials"]
    row.setdefault("state", -1.0 if row["volts"] < 0 else 1.0)
    if fault := _fault(row):
        raise InputError(f"{where}, {fault}")
    return row


def _value(where: str, name: str, cell: str) -> float:
    if name == "state":
        if cell.upper() not in STATES:
            raise InputError(f"{where}, column state: {cell!r}; write P or +1, AP or -1")
        return STATES[cell.upper()]
    try:
        return quantity(cell, UNITS.get(name, ""))
    except InputError:
        wanted = f"a number in {UNITS[name]}" if name in UNITS else "a plain number"
        raise InputError(f"{where}, column {name}: cannot read {cell!r}; write {wanted}") from None
