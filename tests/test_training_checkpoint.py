"""A training that is stopped or killed goes on to the same bits, and a file of other settings is not taken for its beginning."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from spicemtj.cli import main
from spicemtj.errors import InputError
from spicemtj.results import read
from spicemtj.training.checkpoint import Checkpoints, put_back_network, snapshot_network, take, take_up
from spicemtj.training.train import Loop, prepare, train

CONFIG = {
    "data": {"name": "breast-cancer"},
    "network": {"hidden": [6], "devices_per_weight": 4},
    "rule": {"epochs": 3, "column_rate": 1.0},
    "device": {"variation": {"hk": 0.05, "ra": 0.05}},
}
LEFT_OUT = {"seconds", "milliseconds_per_sample", "checkpoint/seconds"}  # of the wall clock


def leaves(tree, before=""):
    for name, node in tree.items():
        if isinstance(node, dict):
            yield from leaves(node, f"{before}{name}/")
        else:
            yield f"{before}{name}", node.value


def assert_same_file(one, two):
    """Everything but the clock: states, figures, generators, settings."""
    one, two = read(one, "training"), read(two, "training")
    ours, theirs = dict(leaves(one.data)), dict(leaves(two.data))
    assert ours.keys() == theirs.keys()
    for name in ours.keys() - LEFT_OUT:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)
    for name in one.summary.keys() - LEFT_OUT:
        assert json.dumps(one.summary[name]) == json.dumps(two.summary[name]), name
    assert (one.config, one.seed, one.kind) == (two.config, two.seed, two.kind)


@pytest.mark.parametrize("engine", ["surrogate", "ideal", "nodal"])
def test_arrays_put_back_go_on_to_the_same_bits(engine):
    """Also into a network that has gone elsewhere in the meantime; the surrogate's attenuations are older than its states."""
    config = CONFIG if engine != "nodal" else CONFIG | {"network": {"hidden": [2], "devices_per_weight": 2}}
    count = 3 if engine == "nodal" else 300
    whole, again = (Loop(prepare(config, engine, 3), 2 * count, outputs=True) for _ in range(2))
    whole.advance(count)
    saved = snapshot_network(whole.made.network)
    whole.advance(count)
    again.advance(count + 2)
    again.step = count
    put_back_network(again.made.network, saved)
    again.advance(count)
    assert whole.flips[count:].sum() > 0
    for name in ("loss", "flips", "outputs"):
        np.testing.assert_array_equal(whole.trace()[name][count:], again.trace()[name][count:], err_msg=name)


@pytest.mark.parametrize("stop", [1, 455, 456, 700])
def test_a_run_is_taken_up_at_any_sample(tmp_path, stop):
    """In the middle of an epoch, before its end, at its end (order, generator, accuracies)."""
    path = tmp_path / "run.h5"
    first = Loop(prepare(CONFIG, "surrogate"), 1000, keep_every=300)
    undisturbed = train(CONFIG, samples=1000, software=False, checkpoint=Checkpoints(keep_every=300))
    undisturbed.save(tmp_path / "whole.h5")

    def pause():
        if first.step >= stop:
            raise KeyboardInterrupt

    first._free = lambda: min(Loop._free(first), max(stop - first.step, 1))
    with pytest.raises(KeyboardInterrupt):
        first.run(None, pause)
    assert first.step == stop
    from spicemtj.training.record import save_run
    from spicemtj.training.train import _run

    save_run(_run(first, 1.0, take(first, 1.0), finished=False, saving=0.0, resumed=None), path, quick=True)
    said = []
    done = train(CONFIG, samples=1000, software=False, checkpoint=Checkpoints(path, keep_every=300), progress=said.append)
    assert done.resumed == stop
    assert said[0] == f"goes on after {stop} samples, from {path}"
    assert done.seconds > 1
    assert_same_file(path, tmp_path / "whole.h5")
    assert sorted(done.kept) == [0, 300, 600, 900]


def unfinished(path):
    loop = Loop(prepare(CONFIG, "ideal"), 40)
    loop.advance(10)
    from spicemtj.training.record import save_run
    from spicemtj.training.train import _run

    save_run(_run(loop, 1.0, take(loop, 1.0), finished=False, saving=0.0, resumed=None), path, quick=True)
    return loop


def test_a_file_of_other_settings_is_refused_in_one_line(tmp_path):
    path = tmp_path / "run.h5"
    unfinished(path)
    assert take_up(Loop(prepare(CONFIG, "ideal"), 40), path) == 1.0
    other = CONFIG | {"rule": CONFIG["rule"] | {"epochs": 4}}
    with pytest.raises(InputError, match=r"there rule\.epochs = 3, here 4.*--fresh"):
        take_up(Loop(prepare(other, "ideal"), 40), path)
    with pytest.raises(InputError, match="there seed = 1, here 2"):
        take_up(Loop(prepare(CONFIG, "ideal", 2), 40), path)
    with pytest.raises(InputError, match="number of samples"):
        take_up(Loop(prepare(CONFIG, "ideal"), 50), path)
    done = train(CONFIG, "ideal", 2, samples=40, software=False, checkpoint=Checkpoints(path, fresh=True))
    assert done.resumed is None
    assert read(path).seed == 2


def test_what_is_no_unfinished_run_is_no_beginning(tmp_path):
    path = tmp_path / "run.h5"
    loop = Loop(prepare(CONFIG, "ideal"), 40)
    assert take_up(loop, path) is None
    path.write_text("something else")
    assert take_up(loop, path) is None
    train(CONFIG, "ideal", samples=40, software=False, checkpoint=path)
    assert read(path).summary["finished"]
    assert take_up(loop, path) is None


def test_leftovers_of_a_kill_go(tmp_path):
    left, other = tmp_path / ".run.h5.abcd", tmp_path / ".run2.h5.abcd"
    left.touch()
    other.touch()
    train(CONFIG, "ideal", samples=3, software=False, checkpoint=tmp_path / "run.h5")
    assert not left.exists()
    assert other.exists()


def test_saving_keeps_to_its_share_of_the_time(tmp_path, monkeypatch):
    """After a saving of 1 s there is none for 100 s, and none at all before `seconds` are over."""
    from spicemtj.training import checkpoint

    now, saved = [0.0], []
    monkeypatch.setattr(checkpoint.time, "perf_counter", lambda: now[0])

    def save():
        now[0] += 1.0
        saved.append(now[0])

    keeper = checkpoint.Keeper(Checkpoints(tmp_path / "run.h5", seconds=10), save)
    for _ in range(4000):
        now[0] += 0.1
        keeper.look()
    assert saved[0] == pytest.approx(11, abs=0.2)
    assert np.diff(saved) == pytest.approx(101, abs=0.2)
    assert keeper.spent == len(saved)


def test_senseless_checkpoints():
    with pytest.raises(InputError, match="keep_every = 0"):
        Checkpoints(keep_every=0)
    with pytest.raises(InputError, match="-1: give 0 or more"):
        Checkpoints(seconds=-1.0)


def test_ctrl_c_waits_for_the_sample_and_the_same_command_goes_on(tmp_path, capsys):
    """An interrupt in the middle of a sample ends the run between two, and what it saved is a whole beginning."""
    import tomllib

    text = '[data]\nname = "breast-cancer"\n[network]\nhidden = [3]\ndevices_per_weight = 2\n[rule]\nepochs = 2\n'
    (tmp_path / "c.toml").write_text(text)
    config, out = tomllib.loads(text), tmp_path / "run.h5"
    made = prepare(config, "ideal")
    rule, count = type(made.rule), [0]
    real = rule.each_sample

    def interrupting(self, layer, step, progress):
        count[0] += 1
        if count[0] == 200:
            os.kill(os.getpid(), signal.SIGINT)
        return real(self, layer, step, progress)

    command = ["train", str(tmp_path / "c.toml"), "--engine", "ideal", "--out", str(out), "--json"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background may ignore it
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rule, "each_sample", interrupting)
            patch.setattr(Loop, "_compiled", lambda self: None)  # sample after sample
            assert main(command) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    first = json.loads(capsys.readouterr().out)
    assert first["interrupted"]
    assert 100 <= first["samples"] < 912
    assert main(command) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["resumed"] == first["samples"]
    train(config, "ideal").save(tmp_path / "whole.h5")
    assert_same_file(out, tmp_path / "whole.h5")


PROGRAM = """
import sys
from pathlib import Path
from spicemtj.training.checkpoint import Checkpoints
from spicemtj.training.train import train
config = {config!r}
train(config, software=False, checkpoint=Checkpoints(Path(sys.argv[1]), seconds=0.03, keep_every=500, share=0.5))
"""


@pytest.mark.slow
def test_killed_at_three_random_moments_the_file_is_the_same(tmp_path):
    """SIGKILL, also in the middle of a saving; seed 5 for the moments."""
    config = CONFIG | {"rule": CONFIG["rule"] | {"epochs": 8}}
    program = PROGRAM.format(config=config)
    train(config, software=False, checkpoint=Checkpoints(tmp_path / "whole.h5", keep_every=500))
    path, rng, kills = tmp_path / "run.h5", np.random.default_rng(5), 0
    for _ in range(12):
        process = subprocess.Popen([sys.executable, "-c", program, str(path)])
        before = path.stat().st_mtime_ns if path.exists() else 0
        deadline = time.monotonic() + 60
        while kills < 3 and process.poll() is None and time.monotonic() < deadline:  # wait for a sign of progress
            if path.exists() and path.stat().st_mtime_ns != before:
                break
            time.sleep(0.01)
        if kills < 3 and process.poll() is None:
            time.sleep(rng.uniform(0, 0.4))
            process.send_signal(signal.SIGKILL)
        if process.wait(120) == -signal.SIGKILL:
            kills += 1
        else:
            break
    assert process.returncode == 0
    assert kills >= 2
    assert_same_file(path, tmp_path / "whole.h5")
    assert [p.name for p in tmp_path.glob(".run.h5.*")] == []
