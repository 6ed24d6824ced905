"""What each line does under each scheme, and the checks of a Drive."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.circuit.schemes import SETTLE, Drive, Write, as_drive, line_arrays, selection
from spicemtj.errors import InputError

XBAR = Crossbar(3, 4)
GATED = Crossbar(3, 4, cell="1T1R")


@pytest.mark.parametrize("volts", [0.9, -0.6])
@pytest.mark.parametrize(
    ("scheme", "row_part", "column_part"),
    [("V/2", 1 / 2, 1 / 2), ("V/3", 1 / 3, 2 / 3), ("grounded", 0, 0), ("floating", np.nan, np.nan)],
)
def test_lines_of_a_1r_write(scheme: str, row_part: float, column_part: float, volts: float) -> None:
    drive = Write(scheme, row=1, col=2, volts=volts, seconds=4e-9).drive(XBAR)
    rows, columns = volts * row_part, volts * column_part
    np.testing.assert_allclose(drive.v_wl, [[rows, volts, rows]], rtol=1e-15)
    np.testing.assert_allclose(drive.v_bl, [[columns, columns, 0.0, columns]], rtol=1e-15)
    np.testing.assert_array_equal(drive.edges, [0, 4e-9])
    assert drive.v_gate is None
    assert drive.rise == 10e-12
    assert drive.pulses == 1


def test_short_pulses_have_short_edges() -> None:
    assert Write("V/2", 0, 0, 0.5, 1e-9).drive(XBAR).rise == pytest.approx(5e-12, rel=1e-12, abs=0)
    assert Write("V/2", 0, 0, 0.5, 1e-9, rise=1e-10).drive(XBAR).rise == 1e-10


@pytest.mark.parametrize("gate_by", ["row", "column"])
@pytest.mark.parametrize("volts", [0.8, -0.8])
def test_a_gated_write_drives_one_cell_only(gate_by: str, volts: float) -> None:
    xbar = Crossbar(3, 4, cell="1T1R", gate_by=gate_by)
    drive = Write("gate", row=1, col=2, volts=volts, seconds=5e-9).drive(xbar)
    seen = drive.v_wl[1][:, None] - drive.v_bl[1]
    gate = drive.v_gate[1]
    opened = np.broadcast_to((gate[:, None] if gate_by == "row" else gate) > 0, (3, 4))
    expected = np.zeros((3, 4))
    expected[1, 2] = volts
    np.testing.assert_array_equal(np.where(opened, seen, 0.0), expected)
    assert min(drive.v_wl.min(), drive.v_bl.min()) == 0.0  # no line below ground
    assert gate.max() == xbar.access.gate_on
    np.testing.assert_array_equal(drive.v_gate[[0, 2]], 0.0)
    np.testing.assert_allclose(np.diff(drive.edges), [SETTLE * drive.rise, 5e-9, SETTLE * drive.rise], rtol=1e-12)


@pytest.mark.parametrize("gate_by", ["row", "column"])
@pytest.mark.parametrize("volts", [0.8, -0.8])
def test_a_gated_selection_drives_the_crossings_only(gate_by: str, volts: float) -> None:
    xbar = Crossbar(4, 5, cell="1T1R", gate_by=gate_by)
    rows, columns = [0, 2], [1, 3, 4]
    drive = selection(xbar, "gate", rows, columns, volts, 5e-9)
    gate = drive.v_gate[1]
    opened = np.broadcast_to((gate[:, None] if gate_by == "row" else gate) > 0, (4, 5))
    expected = np.zeros((4, 5))
    expected[np.ix_(rows, columns)] = volts
    np.testing.assert_array_equal(np.where(opened, drive.v_wl[1][:, None] - drive.v_bl[1], 0.0), expected)
    assert min(drive.v_wl.min(), drive.v_bl.min()) == 0.0


def test_a_1r_selection_drives_the_crossings_with_all_of_it() -> None:
    drive = selection(XBAR, "V/3", [0, 2], [1], 0.9, 5e-9)
    seen = drive.v_wl[0][:, None] - drive.v_bl[0]
    np.testing.assert_allclose(seen, [[0.3, 0.9, 0.3, 0.3], [-0.3, 0.3, -0.3, -0.3], [0.3, 0.9, 0.3, 0.3]], rtol=1e-12)


@pytest.mark.parametrize(
    ("write", "xbar", "words"),
    [
        (("V/4", 0, 0, 0.5, 1e-9), XBAR, "unknown write scheme 'V/4'"),
        (("V/2", 3, 0, 0.5, 1e-9), XBAR, "row 3 is outside the array; choose 0 to 2"),
        (("V/2", 0, -1, 0.5, 1e-9), XBAR, "col -1"),
        (("V/2", 0, 0, float("nan"), 1e-9), XBAR, "finite volts"),
        (("V/2", 0, 0, 0.5, 0.0), XBAR, "width must be above 0"),
        (("V/2", 0, 0, 0.5, 1e-9, 2e-9), XBAR, "rise time"),
        (("gate", 0, 0, 0.5, 1e-9), XBAR, "does not fit 1R"),
        (("V/2", 0, 0, 0.5, 1e-9), GATED, "does not fit 1T1R"),
    ],
)
def test_a_wrong_write_is_named(write: tuple[Any, ...], xbar: Crossbar, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Write(*write).drive(xbar)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"edges": [0.0, 0.0, 1e-9]}, "rising times"),
        ({"edges": [0.0]}, "rising times"),
        ({"edges": [0.0, 1e-9, np.inf]}, "rising times"),
        ({"v_wl": np.zeros((1, 3))}, r"v_wl of shape \(2, lines\)"),
        ({"v_bl": np.full((2, 4), np.inf)}, "v_bl of a Drive must be finite"),
        ({"v_gate": np.full((2, 3), np.nan)}, "gate line cannot float"),
        ({"pulse": [1, 1]}, "start at 0"),
        ({"pulse": [0, 2]}, "rise by 0 or 1"),
        ({"v_wl": [[0, 0, np.nan], [0, 0, 0]]}, "must do so in every piece"),
    ],
)
def test_a_wrong_drive_is_named(change: dict[str, Any], words: str) -> None:
    sound = {"edges": [0.0, 1e-9, 2e-9], "v_wl": np.zeros((2, 3)), "v_bl": np.zeros((2, 4))}
    Drive(**sound)
    with pytest.raises(InputError, match=words):
        Drive(**(sound | change))


def test_a_drive_must_fit_the_array() -> None:
    edges = np.array([0.0, 1e-9])
    with pytest.raises(InputError, match="3 word and 3 bit lines; the crossbar is 3 x 4"):
        as_drive(XBAR, Drive(edges, np.zeros((1, 3)), np.zeros((1, 3))))
    with pytest.raises(InputError, match="1T1R"):
        as_drive(GATED, Drive(edges, np.zeros((1, 3)), np.zeros((1, 4))))
    with pytest.raises(InputError, match="1T1R"):
        as_drive(XBAR, Drive(edges, np.zeros((1, 3)), np.zeros((1, 4)), np.zeros((1, 3))))
    with pytest.raises(InputError, match="4 gate lines; the crossbar has 3"):
        as_drive(GATED, Drive(edges, np.zeros((1, 3)), np.zeros((1, 4)), np.zeros((1, 4))))


def test_one_pulse_of_a_drive() -> None:
    v_wl = np.arange(12.0).reshape(4, 3)
    drive = Drive(np.array([1.0, 2, 3, 5, 9]) * 1e-9, v_wl, np.zeros((4, 4)), pulse=[0, 0, 1, 1], rise=3e-12)
    assert drive.pulses == 2
    second = drive.part(1)
    np.testing.assert_allclose(second.edges, [0, 2e-9, 6e-9], atol=1e-24)
    np.testing.assert_array_equal(second.v_wl, v_wl[2:])
    assert second.rise == 3e-12
    assert second.pulses == 1


def test_line_arrays_broadcast_and_default_the_gates() -> None:
    wl, bl, gate = line_arrays(GATED, np.zeros((5, 1, 3)), np.ones((2, 4)), None)
    assert wl.shape == (5, 2, 3)
    assert bl.shape == (5, 2, 4)
    assert gate.shape == (5, 2, 3)
    assert (gate == GATED.access.gate_on).all()


@pytest.mark.parametrize(
    ("xbar", "lines", "words"),
    [
        (XBAR, (np.zeros(4), np.zeros(4), None), r"v_wl has shape \(4,\)"),
        (XBAR, (np.zeros(3), 0.0, None), r"v_bl has shape \(\)"),
        (XBAR, (np.zeros(3), np.zeros(4), np.zeros(3)), "no gate lines"),
        (GATED, (np.zeros(3), np.zeros(4), np.zeros(4)), "v_gate has shape"),
        (GATED, (np.zeros(3), np.zeros(4), np.full(3, np.nan)), "cannot float"),
        (XBAR, (np.full(3, np.inf), np.zeros(4), None), "nan is a floating line"),
    ],
)
def test_wrong_lines_are_named(xbar: Crossbar, lines: tuple[Any, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        line_arrays(xbar, *lines)
