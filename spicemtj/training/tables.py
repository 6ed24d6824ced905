"""Tables of numbers with a column of labels, from CSV files."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

Array = NDArray[np.float64]
Labels = NDArray[np.intp]
MISSING = ("", "?")
MOST_CLASSES = 1000


def read_table(path: Path, label_column: int = -1, header: str = "auto") -> tuple[Array, Labels, int]:
    """Features (samples, features), labels (samples,) numbered in the order of their values, and how many rows were left out.

    label_column : counted from 0, or from the end with -1. header : "yes", "no", or "auto": the first row is one where a field beside
    the label is not a number. A row with a missing field ("?", nothing, nan) is left out. `InputError` with the line of a wrong one.
    """
    rows = _rows(path)
    width = len(rows[0][1])
    if not -width <= label_column < width:
        raise InputError(f"data.label_column = {label_column}: the rows of {path} have {width} fields, 0 to {width - 1}")
    label = label_column % width
    if width < 2:
        raise InputError(f"{path}: a row needs a label and at least one number, separated by commas")
    first = [field for k, field in enumerate(rows[0][1]) if k != label]
    if header == "yes" or (header == "auto" and any(_number(f) is None for f in first)):
        rows = rows[1:]
    values, names, dropped = [], [], 0
    for line, fields in rows:
        if len(fields) != width:
            raise InputError(f"{path}, line {line}: {len(fields)} fields where the first row has {width}")
        numbers = [_number(field) for k, field in enumerate(fields) if k != label]
        if None in numbers:
            wrong = next(f for k, f in enumerate(fields) if k != label and _number(f) is None)
            raise InputError(f"{path}, line {line}: {wrong!r} is not a number; only the label (data.label_column) may be text")
        if fields[label] in MISSING or not all(math.isfinite(x) for x in numbers if x is not None):
            dropped += 1
            continue
        values.append(numbers)
        names.append(fields[label])
    if not values:
        raise InputError(f"{path} has no complete row; one sample a line is expected, numbers and a label separated by commas")
    return np.array(values, dtype=float), _numbered(names, path), dropped


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """(line, stripped fields) of every row that is not empty."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            rows = [(reader.line_num, [field.strip() for field in row]) for row in reader if any(f.strip() for f in row)]
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; a CSV table is expected, one sample a line") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is not a CSV table: {error}") from None
    if not rows:
        raise InputError(f"{path} is empty; a CSV table is expected, one sample a line")
    return rows


def _number(field: str) -> float | None:
    """nan for a missing field, None for text."""
    if field in MISSING:
        return math.nan
    try:
        return float(field)
    except ValueError:
        return None


def _numbered(names: list[str], path: Path) -> Labels:
    """Labels from 0, in numerical order where all are numbers, else in alphabetical order."""
    numbers = [_number(name) for name in names]
    keys: list[float] | list[str] = names if None in numbers else [x for x in numbers if x is not None]
    classes, labels = np.unique(np.array(keys), return_inverse=True)
    if not 2 <= len(classes) <= MOST_CLASSES:
        raise InputError(
            f"{path}: the label column has {len(classes)} different values; set data.label_column to that of the classes"
        )
    return np.asarray(labels, dtype=np.intp)
