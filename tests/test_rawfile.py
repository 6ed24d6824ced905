"""The reader of ngspice's rawfiles, against files written here by the format's description."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from spicemtj.engines import rawfile
from spicemtj.errors import SimulationError


def raw(names: list[str], rows: list[list[float]], flags: str = "real", points: int | None = None) -> bytes:
    header = "Title: * t\nDate: today\nPlotname: Transient Analysis\n"
    header += f"Flags: {flags}\nNo. Variables: {len(names)}\nNo. Points: {len(rows) if points is None else points}       \nVariables:\n"
    header += "".join(f"\t{k}\t{name}\tvoltage\n" for k, name in enumerate(names))
    return header.encode() + b"Binary:\n" + b"".join(struct.pack(f"<{len(row)}d", *row) for row in rows)


def put(folder: Path, data: bytes) -> Path:
    path = folder / "a.raw"
    path.write_bytes(data)
    return path


def test_reads_every_double_exactly(tmp_path: Path) -> None:
    rows = [[0.0, 0.1, -1e-300], [1e-9, 1 / 3, 5e300]]
    waves = rawfile.read(put(tmp_path, raw(["time", "V(w_0_0)", "i(vwl_0)"], rows)))
    assert list(waves) == ["time", "v(w_0_0)", "i(vwl_0)"]
    for k, name in enumerate(waves):
        assert waves[name].tolist() == [row[k] for row in rows]


def test_a_second_plot_is_left_alone(tmp_path: Path) -> None:
    waves = rawfile.read(put(tmp_path, raw(["v(a)"], [[1.5]]) + raw(["v(b)"], [[2.5]])))
    assert {k: v.tolist() for k, v in waves.items()} == {"v(a)": [1.5]}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (raw(["v(a)", "v(b)"], [[1.0, 2.0]])[:-1], "cut short"),
        (raw(["v(a)"], [[1.0]], points=7), "7 points of 1 vectors"),
        (raw(["v(a)"], [[1.0]], flags="complex"), "complex"),
        (raw(["v(a)"], [[1.0]]).replace(b"Binary", b"Values"), "SPICE_ASCIIRAWFILE"),
        (b"Title: x\nBinary:\n", "header"),
    ],
)
def test_a_bad_file_is_named_with_its_fault(tmp_path: Path, data: bytes, complaint: str) -> None:
    path = put(tmp_path, data)
    with pytest.raises(SimulationError, match=complaint) as error:
        rawfile.read(path)
    assert str(path) in str(error.value)


def test_a_missing_file_is_a_simulation_error(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="no results"):
        rawfile.read(tmp_path / "none.raw")


def test_vectors_by_name() -> None:
    waves = {"v(a)": np.array([1.0, 2.0]), "v(b)": np.array([3.0, 4.0])}
    got = rawfile.voltages(waves, ["b", "", "a", "a"], 2)
    np.testing.assert_array_equal(got, [[3, 4], [np.nan, np.nan], [1, 2], [1, 2]])
    assert rawfile.voltages(waves, [], 2).shape == (0, 2)


def test_a_vector_that_was_not_saved_is_an_error_that_names_it() -> None:
    with pytest.raises(SimulationError, match=r"did not save 'v\(zz\)'"):
        rawfile.voltages({"v(a)": np.zeros(1)}, ["zz"], 1)
