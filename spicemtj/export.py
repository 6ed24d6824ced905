"""Every pulse of a write and where it went: line waveforms, cell voltages, flip probabilities and flips, as HDF5 or CSV."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .circuit.crossbar import Crossbar
from .circuit.schemes import Drive, Write, as_drive
from .errors import InputError
from .results import Quantity, Result, replacing
from .results import write as save
from .sneak.cells import CLASSES, classes

if TYPE_CHECKING:
    from .engines.base import WriteResult

Array = NDArray[np.float64]
Lines = tuple[Sequence[int], Sequence[int]]
UNITS = {
    "class": "1",
    "state_before": "1",
    "v_start": "V",
    "v_cell": "V",
    "p_flip": "1",
    "flipped": "1",
    "state_after": "1",
    "energy_cell": "J",
}
NOTES = {
    "class": ", ".join(f"{k} {name}" for k, name in enumerate(CLASSES)),
    "state_before": "+1 parallel, -1 antiparallel",
    "v_start": "under the states before the pulse",
    "v_cell": "just before the pulse's last falling edge",
    "p_flip": "under the voltages v_start",
}


def waveforms(drive: Drive, pulse: int = 0) -> tuple[Array, Array, Array, Array | None]:
    """What the lines do in one pulse: times (k,) s from the pulse's start, word lines (k, m), bit lines (k, n), gates (k, g) or None, in V.

    Corner points, with straight ramps of the rise time between them, centred on the edges of the Drive's pieces, as in a transient: 0 V
    before and after, nan for a line that floats.
    """
    part = drive.part(pulse)
    half = float(part.rise or 0.0) / 2
    time = (part.edges[:, None] + np.array([-half, half])).ravel()

    def corners(lines: Array) -> Array:
        rest = np.where(np.isnan(lines[:1]), np.nan, 0.0)
        values = np.vstack([rest, lines, rest])  # before the first edge, the pieces, after the last one
        return np.stack([values[:-1], values[1:]], axis=1).reshape(-1, lines.shape[1])

    return time, corners(part.v_wl), corners(part.v_bl), None if part.v_gate is None else corners(part.v_gate)


def pulses(
    xbar: Crossbar,
    pulse: Write | Drive,
    res: WriteResult,
    *,
    selected: Lines | Sequence[Lines] | None = None,
    engine: str = "",
    seed: int | None = None,
) -> Result:
    """What `write(xbar, pulse)` did, pulse by pulse, as a result of kind "pulses": groups pulse_0, pulse_1, ...

    Each has `time` (k,), the line voltages of `waveforms`, the pieces' `edges`, and for every cell (m, n): class, state before and
    after, v_start, v_cell, p_flip, flipped, and its energy where the engine's result has that by pulse. The energies of all pulses stand
    beside the groups. selected: the rows and columns that a Drive selects, for all pulses or for each (a `Write` says so itself); without
    them there is no class.
    """
    drive = as_drive(xbar, pulse)
    chosen = _selected(pulse, selected, drive.pulses)
    data: dict[str, Any] = {}
    states = np.array(xbar.states)
    for k in range(drive.pulses):
        v_start, v_cell, p_flip, flipped = (
            _of_pulse(getattr(res, n), k, drive) for n in ("v_start", "v_cell", "p_flip", "flipped")
        )
        after = np.where(flipped, -states, states).astype(np.int8)
        cells: dict[str, Any] = {
            "class": None if chosen is None else classes(xbar.shape, *chosen[k]),
            "state_before": states,
            "v_start": v_start,
            "v_cell": v_cell,
            "p_flip": p_flip,
            "flipped": np.asarray(flipped, dtype=np.int8),
            "state_after": after,
            "energy_cell": _cell_energy(res, k, drive),
        }
        group = {name: Quantity(v, UNITS[name], NOTES.get(name, "")) for name, v in cells.items() if v is not None}
        data[f"pulse_{k}"] = _lines(drive, k) | group
        states = after
    data |= _energies(res)
    flips = int(np.sum(res.flipped))
    config = {
        "engine": engine,
        "array": {"shape": xbar.shape, "device": getattr(xbar.device, "name", ""), "cell": xbar.cell, "seed": xbar.seed},
        "wires": {name: getattr(xbar, name) for name in ("r_wl", "r_bl", "r_driver_wl", "r_driver_bl")},
        "rise": np.asarray(drive.rise).tolist(),
    }
    if isinstance(pulse, Write):
        config["pulse"] = {name: getattr(pulse, name) for name in ("scheme", "row", "col", "volts", "seconds")}
    summary = {"pulses": drive.pulses, "flips": flips, "expected_flips": float(np.sum(res.p_flip)), "energy": res.energy}
    return Result("pulses", data, config, summary, seed)


def export(path: str | Path, xbar: Crossbar, pulse: Write | Drive, res: WriteResult, **options: Any) -> list[Path]:
    """Write what `pulses` says (it has the options) to `path`: HDF5 for .h5 and .hdf5, or .csv; the files that were written.

    A CSV has one row a cell and pulse, under a header with units; the lines' waveforms go into a second one, NAME-lines.csv, a row a time.
    """
    check_path(path)
    path = Path(path)
    result = pulses(xbar, pulse, res, **options)
    if path.suffix.lower() == ".csv":
        return [_cells_csv(path, result), _lines_csv(path.with_name(f"{path.stem}-lines.csv"), result)]
    return [save(path, result)]


def check_path(path: str | Path) -> None:
    """`InputError` unless `export` can write there: for a look before the work."""
    if Path(path).suffix.lower() not in (".h5", ".hdf5", ".csv"):
        raise InputError(f"cannot export to {path}: its ending says the format; use .h5 or .csv")
    if not Path(path).parent.is_dir():
        raise InputError(f"cannot write {path}: the folder {Path(path).parent} does not exist; make it first")


def _selected(pulse: Write | Drive, selected: Lines | Sequence[Lines] | None, count: int) -> list[Lines] | None:
    if isinstance(pulse, Write):
        return [([pulse.row], [pulse.col])]
    if selected is None:
        return None
    if np.ndim(selected[0][0]) == 0:  # one pair of rows and columns
        return [selected] * count  # type: ignore[list-item]
    if len(selected) != count:
        raise InputError(f"selected has rows and columns of {len(selected)} pulses; this Drive has {count}")
    return list(selected)  # type: ignore[arg-type]


def _of_pulse(values: Any, k: int, drive: Drive) -> Any:
    return np.asarray(values)[k] if drive.pulses > 1 else np.asarray(values)


def _energies(res: WriteResult) -> dict[str, Any]:
    """The energies of the whole write that the engine's result has."""
    notes = {
        "energy": "out of all line drivers",
        "energy_wl": "out of each word line's driver",
        "energy_bl": "out of each bit line's driver",
        "energy_cell": "into each cell",
        "energy_wires": "into wires and drivers",
    }
    found = {name: getattr(res, name, None) for name in notes}
    return {name: Quantity(value, "J", f"{notes[name]}, all pulses") for name, value in found.items() if value is not None}


def _cell_energy(res: WriteResult, k: int, drive: Drive) -> Any:
    """Energy (m, n) into the cells in one pulse; None where the result has that of all pulses together."""
    value = getattr(res, "energy_cell", None)
    if value is None or (np.ndim(value) == 2 and drive.pulses > 1):
        return None
    return np.asarray(value)[k] if np.ndim(value) == 3 else np.asarray(value)


def _lines(drive: Drive, k: int) -> dict[str, Any]:
    time, v_wl, v_bl, v_gate = waveforms(drive, k)
    lines = {
        "edges": Quantity(drive.part(k).edges, "s", "of the pieces, at half of their ramps"),
        "time": Quantity(time, "s", "corners of the lines' waveforms"),
        "v_wl": Quantity(v_wl, "V", "word lines, at their drivers; nan floats"),
        "v_bl": Quantity(v_bl, "V", "bit lines, at their drivers; nan floats"),
    }
    return lines if v_gate is None else lines | {"v_gate": Quantity(v_gate, "V", "gate lines")}


def _groups(result: Result) -> list[tuple[int, dict[str, Any]]]:
    return [(k, result.data[f"pulse_{k}"]) for k in range(result.summary["pulses"])]


def _cells_csv(path: Path, result: Result) -> Path:
    names = [name for name in UNITS if name in result.data["pulse_0"]]
    units = [f"{name} ({UNITS[name]})" if UNITS[name] != "1" else name for name in names]
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["pulse", "row", "col", *units])
        for k, group in _groups(result):
            columns = [group[name].value for name in names]
            for row, col in np.ndindex(np.shape(columns[0])):
                values = [_text(name, column[row, col]) for name, column in zip(names, columns, strict=True)]
                table.writerow([k, row, col, *values])
    return path


def _text(name: str, value: Any) -> str:
    if name == "class":
        return CLASSES[int(value)]
    return repr(float(value)) if np.asarray(value).dtype.kind == "f" else str(int(value))


def _lines_csv(path: Path, result: Result) -> Path:
    names = [name for name in ("v_wl", "v_bl", "v_gate") if name in result.data["pulse_0"]]
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        lines = [f"{name[2:]}_{k} (V)" for name in names for k in range(result.data["pulse_0"][name].value.shape[1])]
        table.writerow(["pulse", "time (s)", *lines])
        for k, group in _groups(result):
            values = np.hstack([group[name].value for name in names])
            for time, row in zip(group["time"].value, values, strict=True):
                table.writerow([k, repr(float(time)), *(repr(float(v)) for v in row)])
    return path
