"""The loop: it learns, repeats itself, follows its limits, and is the same for every engine."""

from __future__ import annotations

import numpy as np
import pytest

from spicemtj.training.record import load_run
from spicemtj.training.train import Loop, prepare, train

SMALL = {
    "data": {"name": "breast-cancer"},
    "network": {"hidden": [8], "devices_per_weight": 8},
    "rule": {"epochs": 4},
}


def with_rule(name, **more):
    return SMALL | {"rule": SMALL["rule"] | {"name": name} | more}


@pytest.mark.parametrize("rule", ["rank_one", "two_array"])
def test_it_learns_breast_cancer(rule):
    run = train(with_rule(rule, epochs=5), engine="ideal", seed=1)
    assert run.test_accuracy >= 0.93  # always the larger class would be 0.63
    assert run.software_test_accuracy >= 0.93
    assert run.samples == 5 * 456
    assert len(run.epochs["test_accuracy"]) == len(run.epochs["software_test_accuracy"]) == 5
    assert run.epochs["flips"].sum() == run.trace["flips"].sum() > 0
    assert run.trace["loss"][-456:].mean() < run.trace["loss"][:456].mean()


@pytest.mark.parametrize("rule", ["rank_one", "two_array"])
def test_the_same_seed_gives_the_same_run(rule):
    runs = [train(with_rule(rule), "ideal", seed, samples=40, outputs=True, software=False) for seed in (2, 2, 3)]
    for name, values in runs[0].trace.items():
        np.testing.assert_array_equal(values, runs[1].trace[name], err_msg=name)
    for name, states in runs[0].states.items():
        np.testing.assert_array_equal(states, runs[1].states[name])
        assert not np.array_equal(states, runs[2].states[name])
    assert not np.array_equal(runs[0].trace["outputs"], runs[2].trace["outputs"])


def test_limits_and_progress():
    lines = []
    run = train(SMALL, "ideal", samples=460, test_samples=0, software=False, progress=lines.append)
    assert [line.split(",")[0] for line in lines] == ["epoch 1: 456 samples", "epoch 2: 460 samples"]
    assert run.samples == len(run.trace["loss"]) == 460
    assert len(run.epochs["flips"]) == 2
    assert np.isnan(run.test_accuracy)
    assert np.isnan(run.software_test_accuracy)
    assert train(SMALL | {"limit": {"samples": 3, "test_samples": 1}}, "ideal", software=False).samples == 3


def test_a_loop_in_steps_is_the_loop_in_one():
    whole, parts = Loop(prepare(SMALL, "ideal"), 40), Loop(prepare(SMALL, "ideal"), 40)
    whole.advance(40)
    parts.advance(25)
    parts.advance(15)
    np.testing.assert_array_equal(whole.trace()["loss"], parts.trace()["loss"])


def test_skipped_samples_keep_the_order():
    frozen = with_rule("rank_one", skip=1.0)  # nothing is learnt, so that a sample's loss is its own
    whole, parts = Loop(prepare(frozen, "ideal"), 470), Loop(prepare(frozen, "ideal"), 470)
    whole.advance(470)
    parts.skip(450)
    parts.advance(20)
    assert not whole.trace()["flips"].any()
    np.testing.assert_array_equal(whole.trace()["loss"][450:], parts.trace()["loss"][450:])


def test_the_outputs_of_the_first_samples_agree_between_engines():
    tiny = SMALL | {"network": {"hidden": [4], "devices_per_weight": 4}, "read": {"volts": 1e-3}}
    tiny |= {"wires": {"r_wl": 0, "r_bl": 0, "r_driver_wl": 0, "r_driver_bl": 0}, "rule": {"epochs": 1, "column_rate": 1.0}}
    options = {"samples": 6, "test_samples": 3, "outputs": True, "software": False}
    ideal, nodal = (train(tiny, engine, 1, **options) for engine in ("ideal", "nodal"))
    assert ideal.trace["flips"].sum() > 0
    np.testing.assert_array_equal(ideal.trace["flips"], nodal.trace["flips"])
    np.testing.assert_allclose(ideal.trace["outputs"], nodal.trace["outputs"], atol=1e-3)
    assert ideal.test_accuracy == nodal.test_accuracy
    assert (ideal.engine, nodal.engine) == ("ideal", "nodal")


@pytest.mark.slow
def test_digits_within_three_points_of_the_real_valued_network():
    """Mean of two seeds without wires; the difference of such means scatters by about half a point."""
    config = {"data": {"name": "digits"}, "network": {"hidden": [128]}, "rule": {"epochs": 12}}
    runs = [train(config, "ideal", seed) for seed in (1, 2)]
    lost = np.mean([run.software_test_accuracy - run.test_accuracy for run in runs])
    assert lost < 0.03


def test_an_interrupt_keeps_what_was_done(tmp_path):
    """The states are those of a training of as many samples, and the file says that it ended early."""
    config = {"data": {"name": "breast-cancer"}, "network": {"hidden": [3], "devices_per_weight": 2}, "rule": {"epochs": 3}}

    def stop(line):
        raise KeyboardInterrupt

    run = train(config, "ideal", progress=stop)
    assert run.interrupted
    assert len(run.epochs["test_accuracy"]) == 1
    shorter = train(config, "ideal", samples=run.samples, software=False)
    assert not shorter.interrupted
    for name, states in run.states.items():
        np.testing.assert_array_equal(states, shorter.states[name])
    assert "interrupted" in load_run(run.save(tmp_path / "r.h5")).summary["notes"]
