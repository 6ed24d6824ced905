"""Errors by reads are the gradient of the loss."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from spicemtj.training.network import Layer, Network


class RealArray:
    """An array of real-valued weights: what a backend would be without quantisation."""

    def __init__(self, weights):
        self.weights = weights

    def forward(self, x):
        return x @ self.weights

    def backward(self, d):
        return self.weights @ d


def network(sizes, seed=0, clip=1.0):
    rng = np.random.default_rng(seed)
    layers = [
        Layer([RealArray(rng.normal(size=(n + 1, m)))], 0.3 + 0.2 * k, clip)
        for k, (n, m) in enumerate(itertools.pairwise(sizes))
    ]
    return Network(layers)


@pytest.mark.parametrize("sizes", [[5, 3], [6, 8, 4], [6, 9, 7, 3]])
@pytest.mark.parametrize("seed", range(3))
def test_inputs_times_errors_are_the_gradient(sizes, seed):
    net = network(sizes, seed)
    x, label = np.random.default_rng(100 + seed).normal(size=sizes[0]), 1
    done = net.forward(x)
    deltas = net.errors(done, label)
    for layer, inputs, delta in zip(net.layers, done.inputs, deltas, strict=True):
        weights = layer.weights.weights
        expected = np.zeros(weights.shape)
        for index in np.ndindex(weights.shape):
            ends = []
            for shift in (1e-6, -2e-6):
                weights[index] += shift
                ends.append(-np.log(net.forward(x).probabilities[label]))
            weights[index] += 1e-6
            expected[index] = (ends[0] - ends[1]) / 2e-6
        np.testing.assert_allclose(layer.gain * np.outer(inputs, delta), expected, atol=1e-7)


def test_saturated_and_silent_outputs_pass_no_error():
    net = network([6, 40, 4], clip=0.5)
    done = net.forward(np.random.default_rng(3).normal(size=6))
    delta = net.errors(done, 0)[0]
    silent, saturated = done.sums[0] <= 0, done.sums[0] >= 0.5
    assert silent.any()
    assert saturated.any()
    np.testing.assert_array_equal(delta == 0, silent | saturated)


def test_many_samples_at_once_are_each_alone():
    net = network([6, 8, 4])
    x = np.random.default_rng(5).normal(size=(10, 6))
    np.testing.assert_allclose(net.forward(x).sums[-1], [net.forward(row).sums[-1] for row in x])
    np.testing.assert_array_equal(net.predict(x), [np.argmax(net.forward(row).sums[-1]) for row in x])
