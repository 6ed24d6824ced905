"""A training with stuck cells: drawn from the seed, the same in every engine, left as they are to its end."""

from __future__ import annotations

import numpy as np
import pytest

from spicemtj.training.train import prepare, train

SMALL = {
    "data": {"name": "breast-cancer"},
    "network": {"hidden": [6], "devices_per_weight": 4, "tile": 16},
    "rule": {"epochs": 2, "column_rate": 1.0},
}


def with_stuck(share, **device):
    return SMALL | {"device": {"stuck": share} | device}


def faults_of(made):
    return [array.spec.faults for layer in made.network.layers for array in layer.arrays]


def test_the_same_seed_has_the_same_stuck_cells_in_every_engine():
    sets = [faults_of(prepare(with_stuck(0.1), engine, 3)) for engine in ("ideal", "surrogate", "nodal")]
    for mine, other, third in zip(*sets, strict=True):
        np.testing.assert_array_equal(mine, other)
        np.testing.assert_array_equal(mine, third)
    assert not np.array_equal(sets[0][0], sets[0][1])  # the arrays of a layer differ
    assert not np.array_equal(sets[0][0], faults_of(prepare(with_stuck(0.1), "ideal", 4))[0])
    # 31 x 24 cells, 10 %: 4 standard deviations of a binomial
    share, cells = float((sets[0][0] != 0).mean()), sets[0][0].size
    assert abs(share - 0.1) < 4 * np.sqrt(0.1 * 0.9 / cells)
    assert set(np.unique(sets[0][0])) == {0, 3, 4}
    assert faults_of(prepare(SMALL, "ideal", 3)) == [None] * 4


def test_a_training_without_them_is_the_one_that_it_was():
    one, two = (train(config, "ideal", 2, samples=60, software=False) for config in (SMALL, with_stuck(0.0)))
    for name, states in one.states.items():
        np.testing.assert_array_equal(states, two.states[name])


@pytest.mark.slow
@pytest.mark.parametrize("coding", ["coincidence", "time-voltage"])
@pytest.mark.parametrize(("engine", "samples"), [("ideal", 912), ("surrogate", 912), ("nodal", 6)])
def test_stuck_cells_end_as_they_began(engine, samples, coding):
    config = with_stuck(0.1) | {"pulse": {"coding": coding, "seconds": 2e-8}}
    made = prepare(config, engine, 1)
    run = train(config, engine, 1, samples=samples, test_samples=100 if engine == "nodal" else None, software=False)
    moved = 0
    for k, layer in enumerate(made.network.layers):
        for a, array in enumerate(layer.arrays):
            end, stuck = run.states[f"layer{k}/array{a}"], array.spec.stuck
            np.testing.assert_array_equal(end[stuck], array.spec.states[stuck])
            moved += int((end != array.spec.states).sum())
    assert moved > 0
    if engine != "nodal":
        assert run.test_accuracy > 0.9  # always the larger class would be 0.63
