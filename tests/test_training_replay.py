"""A replayed stretch is the recorded one, bit by bit; what the circuit says beside it is what it says when asked alone."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from spicemtj.errors import InputError
from spicemtj.results import read
from spicemtj.surrogate.model import Surrogate
from spicemtj.training.checkpoint import Checkpoints
from spicemtj.training.replay import replay, tile_weights
from spicemtj.training.train import Loop, prepare, train

CONFIG = {
    "data": {"name": "breast-cancer"},
    "network": {"hidden": [3], "devices_per_weight": 4, "tile": 16},
    "rule": {"name": "two_array", "epochs": 2, "row_rate": 0.5, "column_rate": 2.0, "column_rate_end": 2.0, "skip": 0.0},
    "device": {"variation": {"ra": 0.05, "hk": 0.05}},
}


@pytest.fixture(scope="module")
def run_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "run.h5"
    train(CONFIG, samples=700, software=False, checkpoint=Checkpoints(path, keep_every=150))
    return path


def test_a_stretch_is_the_recorded_one(run_file, tmp_path):
    done = replay(run_file, (460, 466), "nodal")
    s = done.summary
    assert s["same_as_recorded"]
    assert (s["samples"], s["after"]) == (6, 460)
    assert s["updates"] > 6
    assert 0 < s["current_rms_of_full_scale"] < 0.01
    assert 0 < s["volts_rms"] < 2e-3
    assert s["p_rms"] < 0.02
    assert s["currents_within_it"] > 0.5
    assert s["leader_flips"] >= s["same_flips"] > 0
    # every differing flip has its number between the two probabilities
    e = done.events
    differ = e["leader_flipped"] != e["follower_flipped"]
    between = (e["number"] >= np.minimum(e["leader_p"], e["follower_p"])) & (
        e["number"] < np.maximum(e["leader_p"], e["follower_p"])
    )
    assert differ.sum() == s["differing_between_the_two_p"] == (differ & between).sum()
    # maps and events say the same
    assert e["leader_flipped"].sum() == sum(m["leader_flips"].sum() for m in done.maps.values()) == s["leader_flips"]
    saved = read(done.save(tmp_path / "replay.h5"), "replay")
    np.testing.assert_array_equal(saved.value("events/leader_volts"), e["leader_volts"])
    assert saved.data["events"]["leader_volts"].unit == "V"


def test_the_flips_of_a_stretch_are_those_of_the_trace(run_file):
    """All tiles: the leader's events are all flips that the run recorded."""
    done = replay(run_file, (200, 204), "nodal")
    assert done.events["leader_flipped"].sum() == read(run_file).value("samples/flips")[200:204].sum()


def test_one_tile_is_its_part_of_all(run_file):
    """The same cells, volts and currents as when all tiles are solved."""
    whole, one = replay(run_file, (300, 304), "nodal"), replay(run_file, (300, 304), "nodal", layer=0, tile=1)
    assert set(one.maps) == {"layer0_array0", "layer0_array1"}
    for place, maps in one.maps.items():
        assert maps["pulses"].shape == (15, 12)
        for name, values in maps.items():
            np.testing.assert_allclose(values, whole.maps[place][name][16:31], rtol=1e-9, atol=1e-12, err_msg=name)
    mine = (whole.events["layer"] == 0) & (whole.events["row"] >= 16)
    np.testing.assert_allclose(one.events["follower_volts"], whole.events["follower_volts"][mine], rtol=1e-9)


def test_the_terms_of_a_tile_add_up_to_its_reads():
    """Tile by tile, what `tile_weights` says is what the array's reads are made of: surrogate, ideal and exact network."""
    x = np.random.default_rng(1).normal(size=31)
    for engine, tolerance in (("surrogate", 1e-9), ("ideal", 1e-9), ("nodal", 2e-3)):
        array = prepare(CONFIG | {"read": {"volts": 1e-3}}, engine, 2).network.layers[0].weights
        columns = np.zeros(12)
        for tile in array.spec.layout.tiles:
            columns[tile.cols] += x[tile.rows] @ tile_weights(array, tile)
        np.testing.assert_allclose(array.spec.layout.gather(columns), array.forward(x), atol=tolerance * np.abs(x).sum())


def test_a_stretch_from_kept_arrays_and_from_the_start(run_file, tmp_path):
    """With kept arrays and without: the same bits, also where the stretch begins at the kept sample and counts from an epoch."""
    bare = tmp_path / "bare.h5"
    train(CONFIG, samples=700, software=False).save(bare)
    for samples, epoch in (((450, 452), None), ((0, 2), None), ((4, 6), 2)):
        kept, fresh = (replay(path, samples, "nodal", epoch=epoch, layer=1) for path in (run_file, bare))
        assert kept.summary["same_as_recorded"]
        assert fresh.summary["same_as_recorded"]
        for name, values in kept.events.items():
            np.testing.assert_array_equal(values, fresh.events[name], err_msg=name)
    assert replay(run_file, (4, 5), "nodal", epoch=2, layer=1).summary["after"] == 460


def test_an_unfinished_run_can_be_replayed(tmp_path):
    from spicemtj.training.checkpoint import take
    from spicemtj.training.record import save_run
    from spicemtj.training.train import _run

    loop = Loop(prepare(CONFIG, "ideal"), 100)
    loop.advance(50)
    path = save_run(_run(loop, 1.0, take(loop, 1.0), finished=False, saving=0.0, resumed=None), tmp_path / "r.h5", quick=True)
    assert replay(path, (48, 50), "nodal", layer=1).summary["same_as_recorded"]


def test_a_file_of_another_training_is_noticed(run_file, tmp_path):
    import h5py

    path = tmp_path / "other.h5"
    path.write_bytes(run_file.read_bytes())
    with h5py.File(path, "a") as file:
        file["samples/loss"][305] += 1e-9
    assert not replay(path, (304, 306), "nodal", layer=1, tile=0).summary["same_as_recorded"]
    assert replay(path, (306, 307), "nodal", layer=1, tile=0).summary["same_as_recorded"]


def test_mistakes_are_named(run_file):
    for arguments, match in (
        ({"samples": (5, 5)}, "first < last"),
        ({"samples": (690, 701)}, "has 700 samples"),
        ({"samples": (0, 457), "epoch": 1}, "<= 456 of an epoch"),
        ({"samples": (0, 2), "layer": 2}, "layers 0 to 1"),
        ({"samples": (0, 2), "tile": 2}, "layer 0 has tiles 0 to 1"),
    ):
        with pytest.raises(InputError, match=match):
            replay(run_file, engine="nodal", **arguments)


def test_the_verb(run_file, tmp_path, capsys):
    import argparse

    from spicemtj.verbs import replay as verb

    parser = argparse.ArgumentParser()
    verb.add(parser.add_subparsers())
    args = parser.parse_args(
        ["replay", str(run_file), "--samples", "300:330", "--engine", "nodal", "--tile", "0", "--out", str(tmp_path / "o.h5"),
         "--calibrate", str(tmp_path / "new.h5")]
    )  # fmt: skip
    outcome = args.run(args)
    assert "cells that part the most" in outcome.text
    assert json.dumps(outcome.data, default=float)
    assert read(tmp_path / "o.h5").summary["tile"] == 0
    assert "fitted here" in outcome.text
    assert Surrogate.load(tmp_path / "new.h5").plan["pulses"] >= 8
    with pytest.raises(argparse.ArgumentTypeError, match="200:260"):
        verb.stretch("200-260")


@pytest.mark.slow
@pytest.mark.ngspice
def test_a_stretch_in_ngspice(run_file):
    s = replay(run_file, (460, 464), "ngspice", tile=0).summary
    assert s["same_as_recorded"]
    assert s["updates"] > 0
    assert s["volts_rms"] < 2e-3
    assert s["differing_share_of_flips"] <= 0.2


def test_a_calibration_learns_from_a_replay(run_file, tmp_path):
    """Fits that were spoilt come back to what the circuit says; sound ones stay, and the file trains on."""
    done = replay(run_file, (200, 230), "nodal")
    assert min(len(done.seen.reads), len(done.seen.pulses)) > 20
    better = done.calibrated()
    spoilt = dataclasses.replace(done.surrogate, read_fit=np.array([100.0, 100.0, 100.0]), write_fit=np.array([4.0, 0.0]))
    mended = dataclasses.replace(done, surrogate=spoilt).calibrated()
    for name, factor in (("read_rms_of_full_scale", 3), ("volts_rms", 3)):
        assert mended.misfit[name] < mended.misfit[f"before_{name}"] / factor, name
        assert mended.misfit[name] == pytest.approx(better.misfit[name], rel=0.05, abs=0)
        assert better.misfit[name] < 1.2 * better.misfit[f"before_{name}"]
    np.testing.assert_allclose(mended.write_fit, better.write_fit, rtol=1e-9)
    path = better.save(tmp_path / "new.h5")
    again = train(CONFIG | {"surrogate": {"path": str(path)}}, samples=5, software=False)
    assert again.samples == 5
    with pytest.raises(InputError, match="only a surrogate's has a calibration"):
        dataclasses.replace(done, surrogate=None).calibrated()
    with pytest.raises(InputError, match="replay more samples"):
        replay(run_file, (200, 201), "nodal", layer=1).calibrated()
