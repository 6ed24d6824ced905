"""Exports of writes: what the lines do as the netlist has it, every cell's story, in HDF5 and CSV alike."""

import csv
import json
import re

import numpy as np
import pytest

import spicemtj as sm
from spicemtj.circuit.netlist import waveform
from spicemtj.circuit.schemes import Drive, Write
from spicemtj.cli import main
from spicemtj.errors import InputError
from spicemtj.export import export, pulses, waveforms
from spicemtj.results import read


@pytest.fixture(scope="module")
def two_pulses():
    """One pulse of three pieces up, one down, on a 3 x 4 array: crossbar, Drive and what it did."""
    xbar = sm.Crossbar(3, 4, states=np.random.default_rng(5).choice([-1, 1], (3, 4)), seed=2)
    v_wl, v_bl = np.zeros((4, 3)), np.zeros((4, 4))
    v_wl[:, 1] = [0.3, 0.62, 0.2, -0.85]
    v_bl[:, 0] = np.nan
    v_bl[1, 3] = 0.3
    drive = Drive(np.array([0, 2, 7, 9, 15]) * 1e-9, v_wl, v_bl, pulse=[0, 0, 0, 1], rise=50e-12)
    return xbar, drive, sm.write(xbar, drive, seed=4)


def rows_of(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_waveforms_are_those_of_the_netlist(two_pulses):
    """The corners of the export, read off the netlist's own piecewise linear source, which is one rise time late."""
    _, drive, _ = two_pulses
    for pulse in range(2):
        part = drive.part(pulse)
        time, *lines, gates = waveforms(drive, pulse)
        assert gates is None
        assert len(time) == 2 * len(part.edges)
        for values, columns in zip(lines, (part.v_wl, part.v_bl), strict=True):
            for shape, column in zip(values.T, columns.T, strict=True):
                text = waveform(part.edges, column, 50e-12)
                if not text:
                    assert np.isnan(shape).all()
                    continue
                points = (
                    np.array(re.findall(r"[-+.\de]+", text.removeprefix("pwl")), dtype=float).reshape(-1, 2)
                    if "pwl" in text
                    else np.zeros((1, 2))
                )
                np.testing.assert_allclose(shape, np.interp(time + 50e-12, *points.T), atol=1e-9)


def test_gates_are_exported_too(tmp_path):
    xbar = sm.Crossbar(3, 3, cell="1T1R")
    pulse = Write("gate", 1, 2, 0.7, 5e-9)
    (path,) = export(tmp_path / "g.h5", xbar, pulse, sm.write(xbar, pulse), engine="nodal", seed=1)
    found = read(path, "pulses")
    gate, time = found.value("pulse_0/v_gate"), found.value("pulse_0/time")
    assert gate.shape == (8, 3)
    assert gate[:, 1].max() == xbar.access.gate_on
    assert np.trapezoid(gate[:, 1], time) == pytest.approx(5e-9 * xbar.access.gate_on, rel=1e-9)  # width at half maximum
    assert not gate[:, [0, 2]].any()
    assert found.config["pulse"]["scheme"] == "gate"
    assert found.seed == 1


def test_every_pulse_and_where_it_went(two_pulses, tmp_path):
    xbar, drive, res = two_pulses
    (path,) = export(tmp_path / "p.h5", xbar, drive, res, selected=[([1], [3]), ([1], [1, 2])], engine="nodal", seed=4)
    found = read(path, "pulses")
    assert res.flipped.any(axis=(1, 2)).all()  # both pulses do something
    states = np.asarray(xbar.states)
    for k in range(2):
        group = {name: q.value for name, q in found.data[f"pulse_{k}"].items()}
        np.testing.assert_array_equal(group["state_before"], states)
        for name in ("v_start", "v_cell", "p_flip", "flipped"):
            np.testing.assert_array_equal(group[name], getattr(res, name)[k])
        states = np.where(res.flipped[k], -states, states)
        np.testing.assert_array_equal(group["state_after"], states)
    np.testing.assert_array_equal(states, res.states)
    assert found.value("pulse_1/class").tolist()[1] == [1, 0, 0, 1]
    assert found.data["pulse_0"]["v_cell"].unit == "V"
    assert found.data["pulse_0"]["time"].unit == "s"
    assert found.summary["flips"] == res.flipped.sum()
    assert found.summary["expected_flips"] == pytest.approx(res.p_flip.sum(), rel=1e-12)
    assert found.value("energy") == res.energy


def test_csv_has_a_row_a_cell_and_a_row_a_time(two_pulses, tmp_path):
    xbar, drive, res = two_pulses
    cells, lines = export(tmp_path / "p.csv", xbar, drive, res, selected=([1], [3]))
    rows = rows_of(cells)
    assert len(rows) == 2 * 12
    assert list(rows[0])[:9] == [
        "pulse",
        "row",
        "col",
        "class",
        "state_before",
        "v_start (V)",
        "v_cell (V)",
        "p_flip",
        "flipped",
    ]
    for row in rows:
        at = int(row["pulse"]), int(row["row"]), int(row["col"])
        np.testing.assert_equal(float(row["v_cell (V)"]), res.v_cell[at])
        assert float(row["p_flip"]) == res.p_flip[at]
        assert int(row["flipped"]) == res.flipped[at]
    assert {row["class"] for row in rows} == {"selected", "row", "column", "unselected"}
    header, *times = csv.reader(lines.read_text().splitlines())
    assert header == ["pulse", "time (s)", *(f"wl_{i} (V)" for i in range(3)), *(f"bl_{j} (V)" for j in range(4))]
    table = np.array(times, dtype=float)
    time, v_wl, v_bl, _ = waveforms(drive, 0)
    np.testing.assert_array_equal(table[table[:, 0] == 0][:, 1:], np.column_stack([time, v_wl, v_bl]))


def test_a_drive_without_a_selection_has_no_classes(two_pulses):
    found = pulses(*two_pulses)
    assert "class" not in found.data["pulse_0"]
    with pytest.raises(InputError, match="3 pulses"):
        pulses(*two_pulses, selected=[([0], [0])] * 3)


class ByPulse:
    """A result with the cells' energies by pulse."""

    def __init__(self, res, energy_cell):
        self.__dict__.update(
            {name: getattr(res, name) for name in ("v_start", "v_cell", "p_flip", "flipped", "states", "energy")}
        )
        self.energy_cell = energy_cell


def test_energies_are_exported_where_a_result_has_them(two_pulses, tmp_path):
    xbar, drive, res = two_pulses
    found = pulses(xbar, drive, res)
    np.testing.assert_array_equal(found.value("energy_wl"), res.energy_wl)
    assert found.value("energy_wl").sum() + found.value("energy_bl").sum() == pytest.approx(found.value("energy"), rel=1e-9)
    assert "energy_cell" not in found.data["pulse_0"]  # the engine has that of both pulses together
    np.testing.assert_array_equal(found.value("energy_cell"), res.energy_cell)
    joules = np.random.default_rng(1).random((2, 3, 4))
    cells, _ = export(tmp_path / "e.csv", xbar, drive, ByPulse(res, joules))
    assert float(rows_of(cells)[-1]["energy_cell (J)"]) == joules[1, 2, 3]
    one = Write("V/2", 1, 1, 0.6, 5e-9)
    single = sm.write(xbar, one)
    np.testing.assert_array_equal(pulses(xbar, one, single).value("pulse_0/energy_cell"), single.energy_cell)


def test_the_verb_writes_both_formats(capsys, tmp_path):
    arguments = ["write", "--rows", "4", "--volts", "0.7", "--seed", "3", "--json"]
    assert main([*arguments, "--export", str(tmp_path / "p.csv"), "--figure", str(tmp_path / "p.png")]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["export"] == [str(tmp_path / "p.csv"), str(tmp_path / "p-lines.csv")]
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    rows = rows_of(tmp_path / "p.csv")
    assert sum(int(row["flipped"]) for row in rows) == data["flips"]
    assert [row["class"] for row in data["classes"]] == ["selected", "row", "column", "unselected"]
    assert data["expected_disturbs"] == pytest.approx(
        sum(float(r["p_flip"]) for r in rows if r["class"] != "selected"), rel=1e-12
    )
    assert main([*arguments, "--export", str(tmp_path / "p.h5"), "--out", str(tmp_path / "w.h5")]) == 0
    capsys.readouterr()
    saved = read(tmp_path / "w.h5", "write")
    np.testing.assert_array_equal(read(tmp_path / "p.h5").value("pulse_0/v_cell"), saved.value("v_cell"))
    assert saved.value("disturb/cells").tolist() == [1, 3, 3, 9]


@pytest.mark.parametrize(("name", "said"), [("p.txt", "use .h5 or .csv"), ("nowhere/p.csv", "does not exist")])
def test_a_place_that_cannot_be_written_is_named_before_the_work(capsys, tmp_path, name, said):
    assert main(["write", "--rows", "3", "--export", str(tmp_path / name)]) == 2
    assert said in capsys.readouterr().err


def test_figures_of_a_write_and_of_its_lines(tmp_path):
    from spicemtj import figures_sneak
    from spicemtj.figures import save_png

    xbar = sm.Crossbar(4, 4)
    pulse = Write("floating", 1, 2, 0.6, 5e-9)
    found = pulses(xbar, pulse, sm.write(xbar, pulse))
    figure = figures_sneak.waveforms(found)
    assert len(figure.axes) == 2
    texts = [text.get_text() for axis in figure.axes for text in axis.get_legend().get_texts()]
    assert "3 of 4 float" in texts
    assert save_png(figure, tmp_path / "w.png").stat().st_size > 5000
