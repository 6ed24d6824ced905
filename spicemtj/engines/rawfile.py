"""Reads ngspice's binary rawfiles: a text header a plot, then all vectors as little-endian doubles, point by point."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import SimulationError

Array = NDArray[np.float64]
Waves = dict[str, Array]
_MARK = b"Binary:\n"


def read(path: str | Path) -> Waves:
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
    header, start = data[:end].decode(errors="replace").splitlines(), end + len(_MARK)
    fields = {key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in header)}
    variables = next((k for k, line in enumerate(header) if line.startswith("Variables:")), len(header))
    try:
        count, points = int(fields["no. variables"]), int(fields["no. points"])
        names = [line.split()[1].lower() for line in header[variables + 1 :] if len(line.split()) > 2]
    except (KeyError, ValueError, IndexError):
        raise SimulationError(f"the header of {path} is not that of a rawfile") from None
    if "complex" in fields.get("flags", ""):
        raise SimulationError(f"{path} holds complex vectors; only real ones (operating point, DC, transient) are read")
    if len(names) != count or len(data) - start < 8 * count * points:
        raise SimulationError(f"{path} is cut short: {points} points of {count} vectors were promised")
    values = np.frombuffer(data, dtype="<f8", count=count * points, offset=start).reshape(points, count)
    return dict(zip(names, np.ascontiguousarray(values.T).astype(np.float64, copy=False), strict=True))


def vectors(waves: Waves, names: list[str], points: int) -> Array:
    """(len(names), points): vectors by name, nan for the name "". Raises `SimulationError` for one that was not saved."""
    empty = np.full(points, np.nan)
    try:
        return np.array([waves[name] if name else empty for name in names]).reshape(len(names), points)
    except KeyError as missing:
        raise SimulationError(f"ngspice did not save {missing}; look for dropped cards in the netlist") from None


def voltages(waves: Waves, nodes: list[str], points: int) -> Array:
    """(len(nodes), points): node voltages, nan for the node ""."""
    return vectors(waves, [f"v({node})" if node else "" for node in nodes], points)
