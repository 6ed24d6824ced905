"""The real-valued yardstick: its step is the gradient, and it learns."""

from __future__ import annotations

import numpy as np
import pytest

from spicemtj.errors import InputError
from spicemtj.training.datasets import load
from spicemtj.training.settings import DataSettings, SoftwareSettings
from spicemtj.training.software import _binary_step, _step, softmax, train_software, with_bias


def loss(weights, x, target):
    for w in weights[:-1]:
        x = with_bias(np.maximum(x @ w, 0.0))
    return -float(np.log(softmax(x @ weights[-1]) @ target))


def test_a_step_goes_down_the_gradient():
    rng = np.random.default_rng(4)
    weights = [rng.normal(size=(6, 7)), rng.normal(size=(8, 5)), rng.normal(size=(6, 3))]
    x, target = with_bias(rng.normal(size=5)), np.eye(3)[1]
    moved = [w.copy() for w in weights]
    _step(moved, x, target, 1e-3)
    for k, w in enumerate(weights):
        gradient = np.zeros(w.shape)
        for index in np.ndindex(w.shape):
            ends = []
            for shift in (1e-5, -1e-5):
                probe = [v.copy() for v in weights]
                probe[k][index] += shift
                ends.append(loss(probe, x, target))
            gradient[index] = (ends[0] - ends[1]) / 2e-5
        # a rectifier at its corner would spoil the difference; none of these inputs is near one
        np.testing.assert_allclose((w - moved[k]) / 1e-3, gradient, atol=1e-7)


def test_it_learns_breast_cancer_and_repeats_itself():
    data = load(DataSettings("breast-cancer"), seed=1)
    first = train_software(data, [8], 5, SoftwareSettings(), seed=1)
    again = train_software(data, [8], 5, SoftwareSettings(), seed=1)
    assert first.test_accuracy > 0.93  # always the larger class would be 0.63
    np.testing.assert_array_equal(first.history, again.history)
    assert len(first.history) == 5


def test_a_step_of_binary_weights_moves_their_latent_weights_down_the_gradient():
    rng = np.random.default_rng(4)
    gains = [0.5, 0.4]
    latent = [rng.uniform(-0.9, 0.9, (6, 7)), rng.uniform(-0.9, 0.9, (8, 3))]
    latent[1][2, 1], latent[1][3, 0] = 0.9999, 1e-9
    weights = [gain * np.sign(v) for gain, v in zip(gains, latent, strict=True)]
    x, target = with_bias(rng.normal(size=5)), np.eye(3)[1]
    before, used = [v.copy() for v in latent], [w.copy() for w in weights]
    _binary_step(latent, weights, gains, x, target, 1e-2)
    for k, gain in enumerate(gains):
        gradient = np.zeros(used[k].shape)
        for index in np.ndindex(gradient.shape):
            ends = []
            for shift in (1e-5, -1e-5):
                probe = [w.copy() for w in used]
                probe[k][index] += shift
                ends.append(loss(probe, x, target))
            gradient[index] = (ends[0] - ends[1]) / 2e-5
        np.testing.assert_allclose(latent[k], np.clip(before[k] - 1e-2 / gain * gradient, -1, 1), atol=1e-8)
        np.testing.assert_array_equal(weights[k], np.where(latent[k] < 0, -gain, gain))
    assert max(np.abs(v).max() for v in latent) <= 1.0


def test_binary_weights_learn_breast_cancer():
    data = load(DataSettings("breast-cancer"), seed=1)
    first = train_software(data, [16], 10, SoftwareSettings(), seed=1, kind="binary")
    assert first.test_accuracy > 0.93  # always the larger class would be 0.63
    with pytest.raises(InputError, match="did you mean 'binary'"):
        train_software(data, [16], 5, SoftwareSettings(), seed=1, kind="binry")
