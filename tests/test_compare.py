"""Two engines in step: what each says is written down, differences are counted, and the leader's training is not disturbed."""

import numpy as np
import pytest

import spicemtj as sm
from spicemtj.compare import compare
from spicemtj.results import read

CONFIG = {
    "data": {"name": "breast-cancer"},
    "network": {"hidden": [3], "devices_per_weight": 2, "tile": 8},
    "rule": {"name": "rank_one", "epochs": 2, "row_rate": 0.4, "column_rate": 1.0},
}


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("calibration") / "c.h5"
    sm.calibrate(sizes=[4, 8], reads=8, writes=10, switching=0, engine="nodal", workers=1, save=path)
    return CONFIG | {"surrogate": {"path": str(path)}}


@pytest.mark.slow
def test_an_engine_agrees_with_itself(config):
    done = compare(config, "nodal", "nodal", samples=3, seed=2)
    assert done.summary["updates"] > 0
    assert done.summary["current_rms_of_full_scale"] == 0
    assert done.summary["volts_rms"] == 0
    assert done.summary["differing_share_of_flips"] == 0
    assert done.summary["leader_flips"] == done.summary["same_flips"] > 0


@pytest.mark.slow
def test_the_surrogate_beside_the_exact_network(config, tmp_path):
    done = compare(config, "nodal", samples=12, after=30, seed=2, free=True)
    summary = done.summary
    assert summary["updates"] >= 12
    assert 0 < summary["current_rms_of_full_scale"] < 0.01
    assert 0 < summary["volts_rms"] < 2e-3
    assert summary["p_rms"] < 0.02
    assert summary["differing_share_of_flips"] < 0.1
    assert summary["same_final_states"] > 0.97
    assert 0 < summary["leader_test_accuracy"] <= 1
    saved = read(done.save(tmp_path / "c.h5"), "comparison")
    np.testing.assert_array_equal(saved.value("volts/leader"), done.pairs["volts"][0])
    assert saved.summary["updates"] == summary["updates"]


@pytest.mark.slow
def test_watching_does_not_change_the_training(config):
    """The leader's states after a compared stretch are those of the same training alone."""
    from spicemtj.training.train import Loop, prepare

    alone = prepare(config, "surrogate", 2)
    Loop(alone, 25, tested=0).advance(25)
    watched = compare(config, "nodal", samples=5, after=20, seed=2)
    assert watched.summary["leader_test_accuracy"] == alone.accuracy()


def test_differing_flips_are_found():
    """A follower whose cells are weaker flips less often, and the count says so."""
    from spicemtj.compare import Log, Pair
    from spicemtj.training.backends import IdealBackend
    from spicemtj.training.train import prepare

    strong = prepare(CONFIG, "ideal", 2).network.layers[0].weights.spec
    weak = prepare(CONFIG | {"pulse": {"volts_to_antiparallel": 0.3}}, "ideal", 2).network.layers[0].weights.spec
    log = Log()
    pair = Pair(IdealBackend(strong), IdealBackend(weak), log)
    pair.pulse(np.arange(31), np.arange(6), -1, 5)
    ((ours, theirs, same),) = log.flips
    assert theirs < ours
    assert same == theirs
    assert log.between == ours - theirs


@pytest.mark.ngspice
@pytest.mark.slow
def test_the_surrogate_beside_ngspice(config):
    summary = compare(config, "ngspice", samples=4, after=30, seed=2).summary
    assert summary["updates"] >= 4
    assert summary["current_rms_of_full_scale"] < 0.01
    assert summary["p_rms"] < 0.02
    assert summary["differing_share_of_flips"] <= 0.2
