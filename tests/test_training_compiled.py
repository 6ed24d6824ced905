"""A chunk of samples in one compiled call is the plain loop, sample after sample."""

from __future__ import annotations

import numpy as np
import pytest

from spicemtj.training.compiled_loop import CompiledLoop
from spicemtj.training.train import Loop, prepare

BASE = {"data": {"name": "breast-cancer"}, "network": {"hidden": [9], "devices_per_weight": 4, "tile": 16}}
FAST = {
    "batch": {"start": 8, "end": 16},
    "row_rate": 0.5,
    "column_rate": 1.0,
    "column_rate_end": 0.1,
    "skip": 0.01,
    "epochs": 2,
}


def learnt(loop, count):
    """By the plain loop, sample after sample."""
    data = loop.made.data
    for _ in range(count):
        place = loop.step % loop.each
        if place == 0:
            loop.order = loop.shuffle.permutation(loop.each)
        k = int(loop.order[place])
        loop._learn(data.x_train[k], int(data.y_train[k]))
        loop.step += 1


def both(config, engine, samples):
    one, two = (Loop(prepare(config, engine), samples, outputs=True) for _ in range(2))
    compiled = CompiledLoop.of(one.made)
    assert compiled is not None
    learnt(two, samples)
    order = two.order[:samples].tolist()
    compiled.learn(one, order[: samples // 3])
    compiled.learn(one, order[samples // 3 :])
    return one, two


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["rank_one", "two_array"])
def test_slots_and_drops_of_a_chunk_are_the_plain_loops(rule):
    more = {"slots": 3, "output_rate": 0.5, "row_drop": 0.1, "column_drop": 0.2, "column_rate": 0.4}
    compiled, plain = both(BASE | {"rule": FAST | more | {"name": rule}}, "ideal", 60)
    assert plain.flips.sum() > 50
    assert plain.pulses.max() > 4
    np.testing.assert_array_equal(compiled.flips, plain.flips)
    np.testing.assert_array_equal(compiled.pulses, plain.pulses)
    np.testing.assert_array_equal(compiled.outputs, plain.outputs)


@pytest.mark.slow  # compiling each rule for each kind of physics, where it was not done before
@pytest.mark.parametrize("rule", ["rank_one", "two_array", "consensus"])
@pytest.mark.parametrize(
    ("engine", "changes"),
    [
        ("ideal", {}),
        ("ideal", {"device": {"variation": {"ra": 0.1, "tmr": 0.1, "hk": 0.1}}}),
        ("surrogate", {}),
        ("surrogate", {"device": {"variation": {"ra": 0.1, "tmr": 0.1, "hk": 0.1}}}),
        ("surrogate", {"network": {"hidden": [9], "devices_per_weight": 1, "reference": "column", "tile": 12}}),
        (
            "surrogate",
            {
                "device": {"cell": "1R", "preset": "ref-hir-20"},
                "pulse": {"seconds": 2e-8, "scheme": "V/2"},
                "network": {"hidden": [6], "tile": 16, "devices_per_weight": 2},
            },
        ),
    ],
)
def test_a_chunk_is_the_plain_loop(rule, engine, changes):
    compiled, plain = both(BASE | {"rule": FAST | {"name": rule}} | changes, engine, 60)
    assert plain.flips.sum() > 50
    assert 0 < plain.skipped.sum() < 60 or plain.skipped.sum() == 0
    for name in ("flips", "pulses", "skipped", "correct"):
        np.testing.assert_array_equal(getattr(compiled, name), getattr(plain, name), err_msg=name)
    for name, states in plain.made.network.states().items():
        np.testing.assert_array_equal(compiled.made.network.states()[name], states)
    for one, two in zip(compiled.made.network.layers, plain.made.network.layers, strict=True):
        np.testing.assert_array_equal(one.weights.weights, two.weights.weights)
    np.testing.assert_array_equal(compiled.outputs, plain.outputs)
    np.testing.assert_allclose(compiled.loss, plain.loss, rtol=1e-13)  # two libraries' logarithms
    assert compiled.step == plain.step == 60


def test_engines_and_rules_without_a_kernel_keep_the_plain_loop():
    rule = {"rule": FAST | {"name": "rank_one"}}
    assert CompiledLoop.of(prepare(BASE | rule, "nodal")) is None
    half_selected = {"device": {"cell": "1R", "preset": "ref-pma-40"}, "pulse": {"scheme": "V/2", "seconds": 2e-9}}
    assert CompiledLoop.of(prepare(BASE | rule | half_selected, "ideal")) is None
    made = prepare(BASE | rule, "ideal")
    made.rule = object()
    assert CompiledLoop.of(made) is None
