"""A layer's reads of one sample as compiled products, summed in one order whoever asks; sums are double, weights may be single."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]


@njit(cache=True)
def product(x, weights, out):  # type: ignore[no-untyped-def]
    """x (M,) @ weights (M, outputs) into `out`, input by input: four at a time, so that the sums are fetched and stored less often."""
    out[:] = 0.0
    whole = x.size - x.size % 4
    for i in range(0, whole, 4):
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        if a == 0.0 and b == 0.0 and c == 0.0 and d == 0.0:
            continue
        for j in range(out.size):
            out[j] = (((out[j] + a * weights[i, j]) + b * weights[i + 1, j]) + c * weights[i + 2, j]) + d * weights[i + 3, j]
    for i in range(whole, x.size):
        value = x[i]
        for j in range(out.size):
            out[j] += value * weights[i, j]


@njit(cache=True)
def back_product(i, weights, d):  # type: ignore[no-untyped-def]
    """Element i of weights (M, outputs) @ d (outputs,)."""
    total = 0.0
    for j in range(d.size):
        total += weights[i, j] * d[j]
    return total


@njit(cache=True)
def _all_back(weights, d, out):  # type: ignore[no-untyped-def]
    for i in range(out.size):
        out[i] = back_product(i, weights, d)


def forward(x: Array, weights: NDArray[Any]) -> Array:
    """x (..., M) @ weights (M, outputs)."""
    if x.ndim > 1:
        return np.asarray(x @ weights)
    out = np.empty(weights.shape[1])
    product(np.asarray(x, dtype=float), weights, out)
    return out


def backward(weights: NDArray[Any], d: Array) -> Array:
    """weights (M, outputs) @ d (outputs,)."""
    out = np.empty(weights.shape[0])
    _all_back(weights, np.asarray(d, dtype=float), out)
    return out
