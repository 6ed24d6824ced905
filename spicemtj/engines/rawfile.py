"""Reads ngspice's binary rawfiles: a text header a plot, then all vectors as little-endian doubles, point by point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SimulationError

Array = NDArray[np.float64]
Waves = Mapping[str, Array]
_MARK = b"Binary:\n"


class Table(Waves):
    """The vectors of one run by name, each (points,). They stay in one matrix (points, vectors), as ngspice leaves them.

    names: of the columns in their order, or a mapping that tells each one's column.
    """

    def __init__(self, names: Sequence[str] | dict[str, int], matrix: Array):
        self.matrix = matrix
        self._column = names if isinstance(names, dict) else {name: k for k, name in enumerate(names)}

    def __getitem__(self, name: str) -> Array:
        return np.ascontiguousarray(self.matrix[:, self._column[name]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._column)

    def __len__(self) -> int:
        return len(self._column)

    def __contains__(self, name: Any) -> bool:
        return name in self._column

    @property
    def points(self) -> int:
        """How many points the run has."""
        return len(self.matrix)

    def columns(self, names: Sequence[str]) -> NDArray[np.intp]:
        """Columns of the matrix by name. Raises `KeyError` for one that is not there."""
        column = self._column
        return np.array([column[name] for name in names], dtype=np.intp)


def read(path: str | Path) -> Table:
    """The vectors of the first plot in a rawfile, under ngspice's own names: `v(w_0_0)`, `i(vwl_0)`, `time`.

    Raises `SimulationError` where the file is missing, cut short or of another kind.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise SimulationError(f"ngspice left no results in {path}: {error.strerror}") from None
    end = data.find(_MARK)
    if end < 0:
        raise SimulationError(f"{path} is not a binary rawfile; unset SPICE_ASCIIRAWFILE and run again")
    header, start = data[:end].decode(errors="replace").lower().splitlines(), end + len(_MARK)
    variables = next((k for k, line in enumerate(header) if line.startswith("variables:")), len(header))
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in header[:variables])}
    try:
        count, points = int(fields["no. variables"]), int(fields["no. points"])
        names = _names(header[variables + 1 :])
    except (KeyError, ValueError):
        raise SimulationError(f"the header of {path} is not that of a rawfile") from None
    if "complex" in fields.get("flags", ""):
        raise SimulationError(f"{path} holds complex vectors; only real ones (operating point, DC, transient) are read")
    if len(names) != count or len(data) - start < 8 * count * points:
        raise SimulationError(f"{path} is cut short: {points} points of {count} vectors were promised")
    values = np.frombuffer(data, dtype="<f8", count=count * points, offset=start).reshape(points, count)
    return Table(names, values.astype(np.float64, copy=False))


def _names(lines: Sequence[str]) -> list[str]:
    """The names of vectors: number, name and kind stand in a line, and with some kinds more."""
    words = " ".join(lines).split()
    if len(words) == 3 * len(lines):
        return words[1::3]
    return [parts[1] for parts in map(str.split, lines) if len(parts) > 2]


def vectors(waves: Waves, names: Sequence[str], points: int) -> Array:
    """(len(names), points): vectors by name, nan for the name "". Raises `SimulationError` for one that was not saved.

    Of a `Table` the transpose is contiguous: `vectors(...).T` of many points can be reshaped without a copy.
    """
    try:
        if isinstance(waves, Table):
            return _taken(waves, names, points).T
        empty = np.full(points, np.nan)
        return np.array([waves[name] if name else empty for name in names]).reshape(len(names), points)
    except KeyError as missing:
        raise SimulationError(f"ngspice did not save {missing}; look for dropped cards in the netlist") from None


def _taken(table: Table, names: Sequence[str], points: int) -> Array:
    """(points, len(names))."""
    if all(names):
        return table.matrix.take(table.columns(names), axis=1)
    found = np.full((points, len(names)), np.nan)
    there = [k for k, name in enumerate(names) if name]
    found[:, there] = table.matrix[:, table.columns([names[k] for k in there])]
    return found


def voltages(waves: Waves, nodes: Sequence[str], points: int) -> Array:
    """(len(nodes), points): node voltages, nan for the node ""."""
    return vectors(waves, [f"v({node})" if node else "" for node in nodes], points)
