"""The yardstick: a real-valued network of the same shape, trained by plain stochastic gradient descent on the same inputs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .datasets import Dataset
from .settings import SoftwareSettings

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SoftwareRun:
    """Test accuracy after the last epoch, and after each."""

    test_accuracy: float
    history: Array


def with_bias(x: Array) -> Array:
    """A last column of ones."""
    return np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)


def softmax(z: Array) -> Array:
    """Along the last axis."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def train_software(data: Dataset, hidden: Sequence[int], epochs: int, settings: SoftwareSettings, seed: int) -> SoftwareRun:
    """Batch size 1, rectified hidden layers, softmax and cross-entropy; He's initial weights (arXiv 1502.01852)."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0x50F7,)))
    sizes = [data.features, *hidden, data.classes]
    weights = [rng.standard_normal((n + 1, m)) * np.sqrt(2 / n) for n, m in itertools.pairwise(sizes)]
    x, target, samples = with_bias(data.x_train), np.eye(data.classes)[data.y_train], len(data.x_train)
    history = []
    for epoch in range(epochs):
        for k, sample in enumerate(rng.permutation(samples)):
            progress = (epoch + k / samples) / epochs
            _step(weights, x[sample], target[sample], settings.rate * (settings.rate_end / settings.rate) ** progress)
        history.append(float(np.mean(predict(weights, data.x_test) == data.y_test)))
    return SoftwareRun(history[-1], np.array(history))


def predict(weights: list[Array], x: Array) -> NDArray[np.intp]:
    """Classes of inputs (samples, features)."""
    for w in weights[:-1]:
        x = np.maximum(with_bias(x) @ w, 0.0)
    return np.argmax(with_bias(x) @ weights[-1], axis=-1)


def _step(weights: list[Array], x: Array, target: Array, rate: float) -> None:
    inputs = [x]
    for w in weights[:-1]:
        hidden = np.ones(w.shape[1] + 1)
        np.maximum(inputs[-1] @ w, 0.0, out=hidden[:-1])
        inputs.append(hidden)
    delta = softmax(inputs[-1] @ weights[-1]) - target
    for k in range(len(weights) - 1, -1, -1):
        back = weights[k] @ delta if k else delta
        weights[k] -= np.outer(rate * inputs[k], delta)
        if k:
            delta = back[:-1] * (inputs[k][:-1] > 0)
