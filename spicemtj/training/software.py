"""The yardsticks: networks of the same shape, trained by plain stochastic gradient descent on the same inputs.

"real": real-valued weights. "binary": signs in use, with a real-valued latent weight behind each that the gradient moves and that is cut
off at +-1 (BinaryConnect: Courbariaux, Bengio and David, NeurIPS 2015): what binary weights can do with a memory that devices lack.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import unknown
from .datasets import Dataset
from .settings import SoftwareSettings

Array = NDArray[np.float64]
KINDS = ("real", "binary")


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


def train_software(
    data: Dataset, hidden: Sequence[int], epochs: int, settings: SoftwareSettings, seed: int, kind: str = "real"
) -> SoftwareRun:
    """Batch size 1, rectified hidden layers, softmax and cross-entropy; He's initial weights (arXiv 1502.01852).

    kind : "real" or "binary". Of the latter the latent weights start uniform in +-1, and a layer's signs count for sqrt(2/n), so that
    their sums are as large as those of the real-valued network at its start.
    """
    if kind not in KINDS:
        raise unknown("yardstick", kind, KINDS)
    rng = np.random.default_rng(
        np.random.SeedSequence(seed, spawn_key=(0x50F7, KINDS.index(kind)) if kind != "real" else (0x50F7,))
    )
    sizes = [data.features, *hidden, data.classes]
    shapes = [(n + 1, m) for n, m in itertools.pairwise(sizes)]
    gains = [np.sqrt(2 / n) for n in sizes[:-1]]
    if kind == "real":
        weights = [rng.standard_normal(shape) * gain for shape, gain in zip(shapes, gains, strict=True)]
        latent = None
    else:
        latent = [rng.uniform(-1, 1, shape) for shape in shapes]
        weights = [gain * np.sign(w) for w, gain in zip(latent, gains, strict=True)]
    start, end = (settings.rate, settings.rate_end) if kind == "real" else (settings.binary_rate, settings.binary_rate_end)
    x, target, samples = with_bias(data.x_train), np.eye(data.classes)[data.y_train], len(data.x_train)
    history = []
    for epoch in range(epochs):
        for k, sample in enumerate(rng.permutation(samples)):
            rate = start * (end / start) ** ((epoch + k / samples) / epochs)
            if latent is None:
                _step(weights, x[sample], target[sample], rate)
            else:
                _binary_step(latent, weights, gains, x[sample], target[sample], rate)
        history.append(float(np.mean(predict(weights, data.x_test) == data.y_test)))
    return SoftwareRun(history[-1], np.array(history))


def predict(weights: list[Array], x: Array) -> NDArray[np.intp]:
    """Classes of inputs (samples, features)."""
    for w in weights[:-1]:
        x = np.maximum(with_bias(x) @ w, 0.0)
    return np.argmax(with_bias(x) @ weights[-1], axis=-1)


def _step(weights: list[Array], x: Array, target: Array, rate: float) -> None:
    for w, (inputs, delta) in zip(weights, _gradients(weights, x, target), strict=True):
        w -= np.outer(rate * inputs, delta)


def _binary_step(latent: list[Array], weights: list[Array], gains: list[float], x: Array, target: Array, rate: float) -> None:
    """The gradient at the signs moves the latent weights, by `rate` in their own units (the gain's inverse), and they the signs."""
    for v, w, gain, (inputs, delta) in zip(latent, weights, gains, _gradients(weights, x, target), strict=True):
        v -= np.outer(rate / gain * inputs, delta)
        np.clip(v, -1.0, 1.0, out=v)
        np.copysign(gain, v, out=w)


def _gradients(weights: list[Array], x: Array, target: Array) -> list[tuple[Array, Array]]:
    """(inputs, errors) of each layer, whose outer product is the gradient of the loss by its weights."""
    inputs = [x]
    for w in weights[:-1]:
        hidden = np.ones(w.shape[1] + 1)
        np.maximum(inputs[-1] @ w, 0.0, out=hidden[:-1])
        inputs.append(hidden)
    delta = softmax(inputs[-1] @ weights[-1]) - target
    found = [(inputs[-1], delta)]
    for k in range(len(weights) - 1, 0, -1):
        delta = (weights[k] @ delta)[:-1] * (inputs[k][:-1] > 0)
        found.append((inputs[k - 1], delta))
    return found[::-1]
