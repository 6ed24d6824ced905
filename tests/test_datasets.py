"""Data sets: stratified splits by seed, standardised inputs."""

from __future__ import annotations

import numpy as np
import pytest

from spicemtj.errors import InputError
from spicemtj.training.datasets import load, standardised, stratified, table
from spicemtj.training.settings import DataSettings


@pytest.mark.parametrize(("name", "samples", "features", "classes"), [("digits", 1797, 64, 10), ("breast-cancer", 569, 30, 2)])
def test_tables_are_the_published_ones(name, samples, features, classes):
    data = load(DataSettings(name), seed=1)
    assert len(data.x_train) + len(data.x_test) == samples
    assert (data.features, data.classes) == (features, classes)
    assert set(np.unique(data.y_test)) == set(range(classes))


def test_a_split_keeps_every_class_in_its_share_and_loses_no_sample():
    _, y = table("digits")
    train, test = stratified(y, 0.2, seed=3)
    np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(len(y)))
    for label in range(10):
        assert np.sum(y[test] == label) == round(0.2 * np.sum(y == label))


def test_splits_follow_the_seed():
    _, y = table("breast-cancer")
    np.testing.assert_array_equal(stratified(y, 0.2, 5)[1], stratified(y, 0.2, 5)[1])
    assert not np.array_equal(np.sort(stratified(y, 0.2, 5)[1]), np.sort(stratified(y, 0.2, 6)[1]))


def test_the_test_part_has_no_say_in_the_scaling():
    x = np.array([[0.0, 5.0, 1e-9], [2.0, 5.0, 3e-9], [100.0, 7.0, 2e-9]])
    scaled = standardised(x, x[:2], clip=2.0)
    np.testing.assert_allclose(scaled, [[-1, 0, -1], [1, 0, 1], [2, 0, 0]], atol=1e-12)


def test_training_inputs_are_centred_and_of_deviation_one():
    data = load(DataSettings("breast-cancer", clip=100.0), seed=2)
    np.testing.assert_allclose(data.x_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.x_train.std(axis=0), 1, rtol=1e-12)
    clipped = load(DataSettings("breast-cancer", clip=1.5), seed=2)
    np.testing.assert_array_equal(clipped.x_test, np.clip(data.x_test, -1.5, 1.5))


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(InputError, match="did you mean 'digits'"):
        load(DataSettings("digit"), seed=1)


def test_a_class_too_small_to_share():
    with pytest.raises(InputError, match=r"class 1 \(2 samples\)"):
        stratified(np.array([0] * 50 + [1] * 2), 0.2, seed=1)
