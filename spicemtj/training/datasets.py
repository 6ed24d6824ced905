"""Data to learn from: tables split by class and seed, MNIST as it was published; inputs scaled on the training part, clipped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MissingToolError, unknown
from .settings import DataSettings

Array = NDArray[np.float64]
Labels = NDArray[np.intp]


class Known(NamedTuple):
    """A published table that is read from a file: its usual name, its samples and features, and what to look for."""

    file: str
    samples: int
    features: int
    source: str


INCLUDED = ("breast-cancer", "digits")  # they come with scikit-learn
KNOWN = {
    "sonar": Known("sonar.csv", 208, 60, "sonar.all-data of 'Connectionist Bench (Sonar, Mines vs. Rocks)', UCI repository"),
    "breast-cancer-original": Known(
        "breast-cancer-wisconsin.csv", 699, 9, "'Breast Cancer Wisconsin (Original)', UCI repository, without its first column"
    ),
}
NAMES = ("csv", "mnist", *INCLUDED, *KNOWN)


@dataclass(frozen=True, eq=False)
class Dataset:
    """x (samples, features) scaled; y (samples,) from 0 to classes - 1; notes: what a reader should know of it."""

    name: str
    classes: int
    x_train: Array
    y_train: Labels
    x_test: Array
    y_test: Labels
    notes: tuple[str, ...] = ()

    @property
    def features(self) -> int:
        return self.x_train.shape[1]


def load(settings: DataSettings, seed: int) -> Dataset:
    """The data set that `settings` name; tables are split by `seed`, MNIST keeps its own test part.

    `InputError` for an unknown name, a missing or a damaged file.
    """
    if settings.name not in NAMES:
        raise unknown("data set", settings.name, NAMES)
    if settings.name == "mnist":
        parts, classes, notes = _mnist(settings), 10, list[str]()
    else:
        x, y, notes = _table(settings)
        train, test = stratified(y, settings.test_fraction, seed)
        parts, classes = (x[train], y[train], x[test], y[test]), int(y.max()) + 1
    x_train, y_train, x_test, y_test = parts
    count = settings.train_samples
    if count is not None:
        x_train, y_train = x_train[:count], y_train[:count]
    scaling = settings.scaling
    if scaling == "auto":
        scaling = "global" if settings.name == "mnist" else "feature"
    scale = globally_scaled if scaling == "global" else standardised
    x_test = scale(x_test, x_train, settings.clip)
    x_train = scale(x_train, x_train, settings.clip)
    return Dataset(settings.name, classes, x_train, y_train, x_test, y_test, tuple(notes))


def table(name: str) -> tuple[Array, Labels]:
    """Raw features (samples, features) and labels (samples,) of a table that comes with scikit-learn."""
    if name not in INCLUDED:
        raise unknown("data set", name, INCLUDED)
    try:
        from sklearn import datasets
    except ImportError:
        raise MissingToolError(f"the data set {name!r} comes with scikit-learn; pip install scikit-learn") from None
    source: Any = {"digits": datasets.load_digits, "breast-cancer": datasets.load_breast_cancer}[name]
    x, y = source(return_X_y=True)
    return np.asarray(x, dtype=float), np.asarray(y, dtype=np.intp)


def _table(settings: DataSettings) -> tuple[Array, Labels, list[str]]:
    from .tables import read_table

    if settings.name in INCLUDED:
        return *table(settings.name), []
    known = KNOWN.get(settings.name)
    if settings.path is None and known is None:
        raise InputError("data.name = 'csv' needs data.path, the table's file")
    path = _place(settings, known.file if known else "")
    if known and path.is_dir():
        path = path / known.file
    if known and not path.is_file():
        raise InputError(f"there is no {path}; put {known.source} there (as CSV), or name its file in data.path")
    x, y, dropped = read_table(path, settings.label_column, settings.header)
    if known and (len(x) + dropped, x.shape[1]) != (known.samples, known.features):
        found, wanted = f"{len(x) + dropped} samples of {x.shape[1]} features", f"{known.samples} of {known.features}"
        raise InputError(f"{path} holds {found}, not the {wanted} of {known.source}")
    return x, y, [f"{dropped} rows of {path.name} with missing fields left out"] if dropped else []


def _mnist(settings: DataSettings) -> tuple[Array, Labels, Array, Labels]:
    from .idx import read_mnist

    path = _place(settings, "mnist")
    x_train, y_train, x_test, y_test = read_mnist(path.parent if path.is_file() else path)
    for name, labels in (("training", y_train), ("test", y_test)):
        if labels.max() > 9:
            raise InputError(f"{path}: a {name} label is {labels.max()}; MNIST has the digits 0 to 9")
    return x_train.astype(float), y_train.astype(np.intp), x_test.astype(float), y_test.astype(np.intp)


def _place(settings: DataSettings, usual: str) -> Path:
    """data.path, or the usual name in the cache folder."""
    from ..paths import cache

    return cache() / usual if settings.path is None else Path(settings.path).expanduser()


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


def globally_scaled(x: Array, reference: Array, clip: float) -> Array:
    """Each feature centred over `reference`, all divided by the one deviation of all its centred numbers; cut off at +-clip."""
    mean = reference.mean(axis=0)
    # the mean of the features' variances is the variance of all centred numbers, without another copy of them
    deviation = float(np.sqrt(reference.var(axis=0).mean()))
    if deviation == 0.0:
        return np.zeros_like(x)
    scaled = x - mean
    scaled /= deviation
    return np.clip(scaled, -clip, clip, out=scaled)
