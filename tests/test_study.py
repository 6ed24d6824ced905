"""Studies: the same file from any executor, killed and taken up or not; their meters and writers against the slow obvious way."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spicemtj import study
from spicemtj.errors import InputError
from spicemtj.figures_study import study as draw
from spicemtj.results import read
from spicemtj.study import common, offline
from spicemtj.study import time as timing
from spicemtj.training.train import Loop, prepare

TINY = {
    "data": {"name": "breast-cancer"},
    "network": {"hidden": [2], "devices_per_weight": 2, "tile": 16},
    "rule": {"name": "rank_one", "epochs": 1, "column_rate": 1.0},
}


@pytest.fixture
def cheap(monkeypatch):
    """A study without trainings, so that what is tested is the study around them."""
    calls = []

    def run(task):
        calls.append(task)
        return {"pulses": task["hidden"] / 7, "update_seconds": 1e-9 * task["seed"], "round": float("nan")}

    monkeypatch.setattr(timing, "run", run)
    return calls


def same_file(one, two):
    one, two = read(one, "study"), read(two, "study")
    assert (one.config, one.summary, one.seed) == (two.config, two.summary, two.seed)
    assert list(one.value("tasks")) == list(two.value("tasks"))
    for name, quantity in one.data["results"].items():
        np.testing.assert_array_equal(quantity.value, two.data["results"][name].value, err_msg=name)
        assert quantity.unit == two.data["results"][name].unit


def test_the_same_file_from_any_executor(cheap, tmp_path):
    study.run_study("time", seeds=3, quick=True, workers=1, out=tmp_path / "one.h5")
    with ThreadPoolExecutor(4) as pool:
        study.run_study("time", seeds=3, quick=True, pool=pool, out=tmp_path / "two.h5")
    same_file(tmp_path / "one.h5", tmp_path / "two.h5")
    rows = study.rows_of(study.load(tmp_path / "one.h5"))
    assert len(rows) == 12
    assert all(result["pulses"] == task["hidden"] / 7 for task, result in rows)
    assert [task["seed"] for task, _ in rows[:3]] == [1, 2, 3]
    assert read(tmp_path / "one.h5").data["results"]["update_seconds"].unit == "s"


def test_a_killed_study_goes_on(cheap, tmp_path, monkeypatch):
    real, out = timing.run, tmp_path / "s.h5"

    def dies(task):
        if len(cheap) == 5:
            raise KeyboardInterrupt
        return real(task)

    monkeypatch.setattr(timing, "run", dies)
    with pytest.raises(KeyboardInterrupt):
        study.run_study("time", seeds=3, quick=True, workers=1, out=out)
    assert not out.exists()
    monkeypatch.setattr(timing, "run", real)
    study.run_study("time", seeds=3, quick=True, workers=1, out=out)
    assert len(cheap) == 12
    study.run_study("time", seeds=3, quick=True, workers=1, out=tmp_path / "whole.h5")
    same_file(out, tmp_path / "whole.h5")


def test_every_study_says_all_about_its_tasks():
    for name in study.NAMES:
        module = study.get(name)
        assert module.TITLE
        for quick in (True, False):
            tasks = module.tasks(quick, range(1, 3), "digits")
            assert json.loads(json.dumps(tasks)) == tasks
            assert {task["seed"] for task in tasks} == {1, 2}
            assert len({json.dumps(task, sort_keys=True) for task in tasks}) == len(tasks)
        assert len(module.tasks(True, [1], "digits")) < len(module.tasks(False, [1], "digits"))


def test_mistakes_are_named():
    with pytest.raises(InputError, match="did you mean 'offline'"):
        study.run_study("ofline")
    with pytest.raises(InputError, match="seeds = 0"):
        study.run_study("time", seeds=0)
    with pytest.raises(InputError, match="data set of a study"):
        common.network(True, "mnist", 1)


def test_intervals():
    """Student's t by hand: three values with deviation 1 have 4.303/sqrt(3)."""
    mean, half = common.mean_and_half([1.0, 2.0, 3.0])
    assert mean == 2.0
    assert half == pytest.approx(4.3027 / np.sqrt(3), rel=1e-4, abs=0)
    assert np.isnan(common.mean_and_half([1.0])[1])
    assert common.percent([0.5]) == "50.00"


@pytest.mark.slow
def test_a_metered_training_is_the_same_and_its_counts_are_those_of_the_trace():
    plain, watched = (Loop(prepare(TINY, "ideal", 2), 60) for _ in range(2))
    meters = common.metered(watched.made)
    plain.advance(60)
    watched.advance(60)
    np.testing.assert_array_equal(plain.trace()["loss"], watched.trace()["loss"])
    assert sum(m.pulses for m in meters) == watched.pulses.sum() > 0
    assert sum(m.flipped for m in meters) == watched.flips.sum() > 0
    assert sum(m.disturbed for m in meters) == 0  # gates


def test_disturbed_cells_are_those_that_nobody_selected():
    """V/2 at a voltage that flips half-selected cells too: counted one by one."""
    config = TINY | {
        "device": {"cell": "1R"},
        "pulse": {"scheme": "V/2", "volts_to_antiparallel": 1.0, "volts_to_parallel": 1.0},
    }
    meter = common.Meter(prepare(config, "ideal", 2).network.layers[0].weights)
    before = meter.states.copy()
    rows, cols = np.array([3, 8]), np.array([1])
    meter.pulse(rows, cols, -1, 7)
    flips = [(i, j) for i, j in np.argwhere(before != meter.states)]
    outside = [(i, j) for i, j in flips if i not in rows or j not in cols]
    assert len(outside) > 0
    assert (meter.flipped, meter.disturbed) == (len(flips), len(outside))


def test_the_joules_of_a_pulse_are_those_of_the_write():
    """Beside the exact network's own write, in which no cell flips: 1 % for its rising and falling edges."""
    from spicemtj.engines.nodal import Nodal

    made = prepare(TINY | {"wires": {"r_wl": 2.0}}, "nodal", 2)
    meter = common.Meter(made.network.layers[0].weights)
    meter.measure = True
    rows, cols = np.array([2, 5, 20]), np.array([0, 3])
    spec, expected = meter.spec, 0.0
    for tile in spec.layout.tiles:
        xbar = spec.tile(tile, meter.states)
        mine = rows[(rows >= tile.rows.start) & (rows < tile.rows.stop)] - tile.rows.start
        drive = spec.encoder.drive(xbar, mine, cols, -1)
        expected += Nodal().write(xbar, drive, np.ones((1, *xbar.shape))).energy
    meter.pulse(rows, cols, -1, 3)
    assert meter.measured == 1
    assert meter.joules == pytest.approx(expected, rel=0.01, abs=0)


def test_a_writer_ends_in_the_wanted_states():
    """Open loop leaves about as many wrong cells as the pulse says; verify leaves none."""
    config = TINY | {"network": {"hidden": [8], "devices_per_weight": 8, "tile": 64}, "pulse": {"probability": 0.9}}
    array = prepare(config, "ideal", 3).network.layers[0].weights
    wanted = np.random.default_rng(1).choice([-1, 1], array.states.shape).astype(np.int8)
    begun = int((array.states != wanted).sum())
    writer = offline.Writer(array, wanted)
    writer.write_all()
    assert writer.pulses == wanted.size == 31 * 64
    left = int(writer.wrong.sum())
    sigma = np.sqrt(begun * 0.1 * 0.9)
    assert (
        abs(left - 0.1 * begun) < 4 * sigma + 0.005 * begun
    )  # one draw, seed 3; P of a cell without wires is a little over 0.9
    for _ in range(12):
        writer.write_wrong()
    assert not writer.wrong.any()


@pytest.mark.slow
@pytest.mark.parametrize("name", study.NAMES)
def test_a_quick_study_and_its_figure(name, tmp_path):
    done = study.run_study(name, seeds=1, quick=True, workers=1, out=tmp_path / "s.h5")
    head, lines = study.table(study.load(tmp_path / "s.h5"))
    assert all(len(line) == len(head) for line in lines)
    draw(read(tmp_path / "s.h5")).savefig(tmp_path / "s.png")
    rows = study.rows_of(done)
    again = study.play(rows[-1][0])
    assert json.dumps(again) == json.dumps({name: rows[-1][1][name] for name in again})
    if name == "offline":
        assert all(result["write_verify_wrong"] == 0 for _, result in rows)
        assert all(result["in_situ"] > 0.85 for _, result in rows)


def test_figures_of_replays(tmp_path):
    from spicemtj.figures_study import replay as draw_replay
    from spicemtj.results import Quantity, Result

    cell = np.array([[0.1, np.nan], [0.0, 0.2]])
    maps = {"layer0_array0": {n: Quantity(cell, "1") for n in ("p_rms", "currents_rms", "pulses")}}
    names = ("leader_p", "follower_p", "leader_flipped", "follower_flipped")
    events = {name: Quantity(np.array([0.0, 1.0]), "1") for name in names}
    for data in ({"maps": maps, "events": events}, {"maps": {}, "events": {n: Quantity(np.zeros(0), "1") for n in names}}):
        draw_replay(Result("replay", data, {"leader": "surrogate", "follower": "nodal"})).savefig(tmp_path / "r.png")
