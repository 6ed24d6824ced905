"""One sample's reads, errors and pulses as compiled functions: what `network`, `encoding` and `rules.base` do, on plain arrays.

Random numbers and sums are taken in the same order as there, so that both ways give the same states bit by bit.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numba.extending import overload
from numpy.typing import NDArray

from ..surrogate import sampler
from ..surrogate.chance import cell_uniform, element
from ..surrogate.constants import INNER
from ..surrogate.reads import back_product, product
from ..surrogate.state import Tiles

Array = NDArray[np.float64]


class Ideal(NamedTuple):
    """An array without wires whose pulses reach selected cells alone: states (M, N), gathered weights (M, outputs), what a flip adds to a
    weight (M, N), flip probabilities towards parallel and antiparallel of a cell in the other state (2, M, N) or (2, 1, 1); sign and
    output of each column (N,); which cells never flip (M, N), of size 0 where all may."""

    states: NDArray[np.int8]
    weights: Array
    gap: Array
    p: Array
    signs: Array
    owners: NDArray[np.int64]
    stuck: NDArray[np.bool_]


class Plane(NamedTuple):
    """An array of weights: its physics (`Ideal` or `Tiles`), its weights (M, outputs), sign and output of each column (N,), the keys of
    its cells', row lines' and column lines' random numbers, room for flips (M N,), the input read at full voltage, the cells of a
    weight."""

    physics: Any
    weights: NDArray[Any]
    signs: Array
    owners: NDArray[np.int64]
    cells: np.uint64
    rows: np.uint64
    cols: np.uint64
    flips: NDArray[np.int64]
    full: float
    devices: int


class Net(NamedTuple):
    """planes : those of layer k at k arrays_per_layer and after, the first of which computes. inputs, sums, deltas : a vector a layer.

    gains, transmissions (layers,); clip : where the rectifier saturates; skip : no update under this error.
    """

    planes: tuple[Plane, ...]
    inputs: tuple[Array, ...]
    sums: tuple[Array, ...]
    deltas: tuple[Array, ...]
    gains: Array
    transmissions: Array
    clip: float
    skip: float


class Samples(NamedTuple):
    """Inputs (samples, features), labels, the order (n,) in which to learn them, the step of the first, how many a training has."""

    x: Array
    y: NDArray[np.int64]
    order: NDArray[np.int64]
    first: int
    total: int


class Record(NamedTuple):
    """What is kept of each of n samples; outputs (n or 0, classes); flips, pulses (n, layers)."""

    loss: Array
    correct: NDArray[np.bool_]
    skipped: NDArray[np.bool_]
    outputs: Array
    flips: NDArray[np.int64]
    pulses: NDArray[np.int64]


@njit(cache=True)
def softmax_into(z, out):  # type: ignore[no-untyped-def]
    """Class probabilities of the sums z (classes,)."""
    top, total = z.max(), 0.0
    for j in range(z.size):
        out[j] = math.exp(z[j] - top)
        total += out[j]
    for j in range(z.size):
        out[j] /= total


@njit(**INNER)
def sense(net, samples, record, n):  # type: ignore[no-untyped-def]
    """Sample n forwards and, if it is worth learning, backwards: fills the net's vectors and the record; whether to update."""
    which, last = samples.order[n], len(net.sums) - 1
    arrays = len(net.planes) // len(net.sums)
    first = net.inputs[0]
    first[:-1] = samples.x[which]
    first[-1] = 1.0
    for k in range(last + 1):
        sums = net.sums[k]
        product(net.inputs[k], net.planes[k * arrays].weights, sums)
        for j in range(sums.size):
            sums[j] *= net.gains[k]
        if k < last:
            following = net.inputs[k + 1]
            for j in range(sums.size):
                following[j] = min(max(sums[j], 0.0), net.clip)
            following[-1] = 1.0
    label, delta, sums = samples.y[which], net.deltas[last], net.sums[last]
    softmax_into(sums, delta)
    likely = delta[label]
    record.loss[n] = -math.log(max(likely, 1e-300))
    record.correct[n] = np.argmax(delta) == label
    record.skipped[n] = 1 - likely < net.skip
    if record.outputs.shape[0]:
        record.outputs[n] = sums
    if record.skipped[n]:
        return False
    delta[label] -= 1
    for k in range(last, 0, -1):
        above, below, sums = net.deltas[k], net.deltas[k - 1], net.sums[k - 1]
        weights = net.planes[k * arrays].weights
        for i in range(below.size):
            below[i] = 0.0
            if 0.0 < sums[i] < net.clip:
                below[i] = net.gains[k] * back_product(i, weights, above)
    return True


@njit(cache=True)
def pruned(values, share):  # type: ignore[no-untyped-def]
    """Values (k,) with those under `share` of the largest at 0, and the others scaled so that the sum of all sizes stays."""
    if share == 0.0:
        return values
    largest = total = kept = 0.0
    for value in values:
        largest = max(largest, abs(value))
        total += abs(value)
    out = np.zeros(values.size)
    for k in range(values.size):
        if abs(values[k]) >= share * largest:
            out[k] = values[k]
            kept += abs(values[k])
    if kept > 0.0:
        for k in range(values.size):
            out[k] *= total / kept
    return out


@njit(cache=True)
def lines_on(values, rate, key):  # type: ignore[no-untyped-def]
    """`encoding.lines_on`, split into those of positive and of negative values."""
    up, down = np.empty(values.size, np.int64), np.empty(values.size, np.int64)
    n_up = n_down = 0
    for k in range(values.size):
        if values[k] != 0.0 and cell_uniform(key, k) < rate * abs(values[k]):
            if values[k] > 0.0:
                up[n_up] = k
                n_up += 1
            else:
                down[n_down] = k
                n_down += 1
    return up[:n_up], down[:n_down]


@njit(cache=True)
def columns_on(errors, signs, owners, rate, key):  # type: ignore[no-untyped-def]
    """`lines_on` of the columns that errors (outputs,) spread to."""
    up, down = np.empty(signs.size, np.int64), np.empty(signs.size, np.int64)
    n_up = n_down = 0
    for c in range(signs.size):
        if signs[c] == 0.0:
            continue
        error = errors[owners[c]]
        if error != 0.0 and cell_uniform(key, c) < rate * abs(error):
            if error * signs[c] > 0.0:
                up[n_up] = c
                n_up += 1
            else:
                down[n_down] = c
                n_down += 1
    return up[:n_up], down[:n_down]


@njit(**INNER)
def update(net, k, plane, rates, step, total):  # type: ignore[no-untyped-def]
    """`rules.base.update`: the outer product of layer k on one of its arrays; pulses and flips."""
    x, errors = net.inputs[k], net.deltas[k]
    column_rate = rates.column * (rates.column_end / rates.column) ** (step / total)
    if k == len(net.sums) - 1:
        column_rate *= rates.output
    else:
        x, errors = pruned(x, rates.row_drop), pruned(errors, rates.column_drop)
    pulses = flips = 0
    for slot in range(rates.slots):
        played = play(plane, x, errors, rates.row, column_rate, (rates.slots + 1) * step + slot)
        pulses += played[0]
        flips += played[1]
    return pulses, flips


@njit(**INNER)
def play(plane, x, errors, row_rate, column_rate, slot):  # type: ignore[no-untyped-def]
    """`rules.base.play`: one slot of coincidence coding; how many pulses were applied and how many cells flipped."""
    row_sets = lines_on(x, row_rate, element(plane.rows, slot))
    if row_sets[0].size + row_sets[1].size == 0:
        return 0, 0
    col_sets = columns_on(errors, plane.signs, plane.owners, column_rate, element(plane.cols, slot))
    pulses = flips = 0
    for number in range(4):
        rows, cols = row_sets[number % 2], col_sets[(0, 1, 1, 0)[number]]
        if rows.size and cols.size:
            towards = -1 if number < 2 else 1
            pulses += 1
            flips += press(plane.physics, rows, cols, towards, element(plane.cells, 4 * slot + number), plane.flips)
    return pulses, flips


def press(physics: Any, rows: Any, cols: Any, towards: int, key: Any, flips: Any) -> int:
    """One pulse on an array; how many cells flipped. Compiled by kind of physics."""
    raise NotImplementedError


@overload(press)
def _press(physics, rows, cols, towards, key, flips):  # type: ignore[no-untyped-def]
    if physics.instance_class is Tiles:
        return _tiles_pulse
    return lambda physics, rows, cols, towards, key, flips: ideal_pulse(physics, rows, cols, towards, key)


def _tiles_pulse(physics, rows, cols, towards, key, flips):  # type: ignore[no-untyped-def]
    unobserved = np.empty((0, 0))
    return sampler.pulse(physics, rows, cols, towards, key, flips, unobserved, unobserved)


@njit(cache=True)
def ideal_pulse(array, rows, cols, towards, key):  # type: ignore[no-untyped-def]
    """`IdealBackend.pulse` where only selected cells are reached."""
    direction, n, flips = (0 if towards > 0 else 1), array.signs.size, 0
    alike = array.p.shape[1] == 1
    for i in rows:
        for c in cols:
            if array.states[i, c] == towards or (array.stuck.size > 0 and array.stuck[i, c]):
                continue
            p = array.p[direction, 0, 0] if alike else array.p[direction, i, c]
            if cell_uniform(key, i * n + c) < p:
                array.states[i, c] = towards
                array.weights[i, array.owners[c]] += array.gap[i, c] * towards * array.signs[c]
                flips += 1
    return flips
