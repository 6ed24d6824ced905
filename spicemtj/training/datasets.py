"""Tables to learn from: split by class and seed, standardised on the training part, clipped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MissingToolError, unknown
from .settings import DataSettings

Array = NDArray[np.float64]
Labels = NDArray[np.intp]
NAMES = ("breast-cancer", "digits")


@dataclass(frozen=True, eq=False)
class Dataset:
    """x (samples, features) standardised; y (samples,) from 0 to classes - 1."""

    name: str
    classes: int
    x_train: Array
    y_train: Labels
    x_test: Array
    y_test: Labels

    @property
    def features(self) -> int:
        return self.x_train.shape[1]


def load(settings: DataSettings, seed: int) -> Dataset:
    """The data set that `settings` name, split by `seed`. `InputError` for an unknown name."""
    x, y = table(settings.name)
    train, test = stratified(y, settings.test_fraction, seed)
    x = standardised(x, x[train], settings.clip)
    return Dataset(settings.name, int(y.max()) + 1, x[train], y[train], x[test], y[test])


def table(name: str) -> tuple[Array, Labels]:
    """Raw features (samples, features) and labels (samples,)."""
    if name not in NAMES:
        raise unknown("data set", name, NAMES)
    try:
        from sklearn import datasets
    except ImportError:
        raise MissingToolError(f"the data set {name!r} comes with scikit-learn; pip install scikit-learn") from None
    source: Any = {"digits": datasets.load_digits, "breast-cancer": datasets.load_breast_cancer}[name]
    x, y = source(return_X_y=True)
    return np.asarray(x, dtype=float), np.asarray(y, dtype=np.intp)


def stratified(y: Labels, test_fraction: float, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of a training and a test part, each with every class in its share (rounded), both shuffled."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0xDA7A,)))
    train, test = [], []
    for label in np.unique(y):
        mine = rng.permutation(np.flatnonzero(y == label))
        held = round(test_fraction * len(mine))
        if not 0 < held < len(mine):
            raise InputError(
                f"data.test_fraction = {test_fraction:g} leaves class {label} ({len(mine)} samples) without a training or a test part"
            )
        test.append(mine[:held])
        train.append(mine[held:])
    return rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))


def standardised(x: Array, reference: Array, clip: float) -> Array:
    """Each feature centred and divided by its deviation over `reference`, cut off at +-clip; a constant feature becomes 0."""
    mean, deviation = reference.mean(axis=0), reference.std(axis=0)
    constant = deviation <= 1e-12 * np.abs(reference).max(axis=0)
    scaled = np.where(constant, 0.0, (x - mean) / np.where(constant, 1.0, deviation))
    return np.asarray(np.clip(scaled, -clip, clip))
