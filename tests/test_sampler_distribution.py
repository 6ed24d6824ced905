"""The compiled sampling of flips against dense Bernoulli draws: every cell, the number of flips, 10^5 updates, three regimes of P.

Compiled pulses draw one number for every cell where selected lines meet, judge it by a bound first, and by the cell's own law only
below it. The reference draws every cell of the array by numpy's generator, from the device's law alone. Seeds are fixed, so no test
fails by chance; each statistic is held to a significance of 1e-3, on either side of it where it has two.
"""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import stats

import spicemtj as sm
from spicemtj.randomness import element
from spicemtj.surrogate import sampler
from spicemtj.surrogate.backend import SurrogateBackend
from spicemtj.surrogate.model import Surrogate
from spicemtj.training.backends import ArraySpec, IdealBackend, Streams
from spicemtj.training.compiled_loop import _plane
from spicemtj.training.encoding import ANTIPARALLEL, PARALLEL, Encoder
from spicemtj.training.kernels import play
from spicemtj.training.layout import Layout
from spicemtj.training.settings import PulseSettings

UPDATES = 100_000
SIGNIFICANCE = 1e-3
REGIMES = {"small": 2e-3, "middling": 0.5, "near 1": 0.98}
PRESETS = {"1T1R": ("ref-pma-40", 5e-9), "1R": ("ref-hir-20", 2e-8)}
LAYOUT = Layout(19, 16, 1, 12, "column")
SPREAD = sm.Variation(ra=0.1, tmr=0.1, hk=0.1)


def spec(cell, probability, wires=True):
    preset, seconds = PRESETS[cell]
    none = {} if wires else {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}
    nominal = sm.Crossbar(1, 1, preset, cell, **none)
    encoder = Encoder.calibrated(nominal, PulseSettings(seconds=seconds, probability=probability))
    cells = nominal.device.vary(LAYOUT.shape, SPREAD, 3)
    states = LAYOUT.fixed(np.random.default_rng(4).choice(np.array([-1, 1], dtype=np.int8), LAYOUT.shape))
    return ArraySpec(LAYOUT, nominal, cells, encoder, 0.1, 1.0, Streams.of(5, 0, 0), states)


def dense_draws(p, seed):
    """Flips of each cell, and of all cells update by update, drawn one by one from p (cells,)."""
    rng = np.random.default_rng(seed)
    counts, sizes = np.zeros(p.size, dtype=np.int64), np.empty(UPDATES, dtype=np.int64)
    for begin in range(0, UPDATES, 10_000):
        flips = rng.random((10_000, p.size)) < p
        counts += flips.sum(axis=0)
        sizes[begin : begin + 10_000] = flips.sum(axis=1)
    return counts, sizes


def check_cells(counts, expected, variance, pooled):
    """Chi-squared of counts (cells,); rare events are `pooled` into one class. No class may be empty of expectation."""
    counts, expected, variance = (
        np.append(values[~pooled], values[pooled].sum()) if pooled.any() else values for values in (counts, expected, variance)
    )
    statistic = ((counts - expected) ** 2 / variance).sum()
    assert stats.chi2.sf(statistic, counts.size) > SIGNIFICANCE


def check_number(sizes, mean, variance, kurtosis):
    """Mean and variance of the flips an update (UPDATES,), `kurtosis` their fourth cumulant."""
    limit = stats.norm.isf(SIGNIFICANCE / 2)
    assert abs(sizes.mean() - mean) < limit * np.sqrt(variance / UPDATES)
    assert abs(sizes.var(ddof=1) - variance) < limit * np.sqrt((kurtosis + 2 * variance**2) / UPDATES)


def check_histograms(one, two):
    """Chi-squared of two samples' numbers of flips, classes of fewer than 20 together joined to their neighbours."""
    seen = np.stack([np.bincount(sizes, minlength=max(one.max(), two.max()) + 1) for sizes in (one, two)])
    classes, part = [], np.zeros(2, dtype=np.int64)
    for column in seen.T:
        part = part + column
        if part.sum() >= 20:
            classes.append(part)
            part = np.zeros(2, dtype=np.int64)
    classes[-1] = classes[-1] + part
    assert len(classes) > 2
    assert stats.chi2_contingency(np.array(classes).T).pvalue > SIGNIFICANCE


@njit
def pulses(tiles, rows, cols, towards, keys, counts, sizes):
    """One pulse for every key, each on the same array: counts (cells,) and sizes (keys,) of its flips."""
    flips, none = np.empty(counts.size, np.int64), np.empty((0, 0))
    layer = tiles.layer
    states, g, a, weights = layer.states.copy(), layer.g.copy(), layer.a.copy(), layer.weights.copy()
    since, idle = layer.since.copy(), layer.idle.copy()
    for n in range(keys.size):
        sizes[n] = sampler.pulse(tiles, rows, cols, towards, keys[n], flips, none, none)
        for k in range(sizes[n]):
            counts[flips[k]] += 1
        if sizes[n]:
            layer.states[:], layer.g[:], layer.a[:] = states, g, a
            layer.weights[:], layer.since[:], layer.idle[:] = weights, since, idle


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "regime"), [*(("1T1R", regime) for regime in REGIMES), ("1R", "middling")])
def test_pulses_flip_cells_as_dense_draws_do(cell, regime):
    """The surrogate's pulse with wires, drivers and 10 % variation: cells are independent, each of its own P.

    Without transistors half-selected cells are among them.
    """
    array = spec(cell, REGIMES[regime])
    found = SurrogateBackend(array, Surrogate.shipped(PRESETS[cell][0], cell))
    rows, cols = np.arange(0, LAYOUT.rows, 4), np.flatnonzero(LAYOUT.owners >= 0)[::2]
    if cell == "1R":  # every cell of a tile is swept: one tile of four will do
        rows, cols = rows[:3], cols[:4]
    _, volts, _ = found.observed(rows, cols, ANTIPARALLEL, 0)
    found.restore(array.states)
    driven = np.isfinite(volts) & (LAYOUT.owners >= 0)
    exact = array.cells.switching_probability(np.where(driven, volts, 0.0), array.encoder.seconds, array.states)
    p = np.where(driven, exact, 0.0).ravel()
    counts, sizes = np.zeros(p.size, dtype=np.int64), np.zeros(UPDATES, dtype=np.int64)
    keys = element(array.streams.cells, np.arange(UPDATES))
    pulses(found.tiles, rows, cols, ANTIPARALLEL, keys, counts, sizes)

    chosen = p > 0
    assert chosen.sum() >= 16
    assert not counts[~chosen].any()
    p, counts = p[chosen], counts[chosen]
    pooled = UPDATES * p * (1 - p) < 10
    check_cells(counts, UPDATES * p, UPDATES * p * (1 - p) + 1e-300, pooled)
    variance = p * (1 - p)
    check_number(sizes, p.sum(), variance.sum(), (variance * (1 - 6 * variance)).sum())
    theirs, their_sizes = dense_draws(p, 11)
    check_cells(counts - theirs, 0 * p, 2 * UPDATES * variance + 1e-300, pooled)
    check_histograms(sizes, their_sizes)


@njit
def updates(plane, x, errors, row_rate, column_rate, count, counts, sizes):
    """`count` updates of the same array by coincidence coding: counts (M, N) and sizes (count,) of its flips."""
    array = plane.physics
    states, weights = array.states.copy(), array.weights.copy()
    for slot in range(count):
        _, sizes[slot] = play(plane, x, errors, row_rate, column_rate, slot)
        if sizes[slot]:
            for i in range(states.shape[0]):
                for c in range(states.shape[1]):
                    counts[i, c] += array.states[i, c] != states[i, c]
            array.states[:], array.weights[:] = states, weights


def both_flip(row, col, p):
    """Probability (cells, cells) that two cells of a rank-one update both flip: row (M,), col (N,) of their lines to be on, p (M, N) of
    a cell where both are."""
    m, n = p.shape
    rows, cols = np.outer(row, row), np.outer(col, col)
    np.fill_diagonal(rows, row)
    np.fill_diagonal(cols, col)
    both = rows[:, None, :, None] * cols[None, :, None, :] * p[:, :, None, None] * p[None, None]
    both = both.reshape(m * n, m * n)
    np.fill_diagonal(both, (np.outer(row, col) * p).ravel())
    return both


def dense_updates(row, col, p, seed):
    """Flips of all cells, update by update: every line by a draw of its own, then every cell by one."""
    rng, sizes = np.random.default_rng(seed), np.empty(UPDATES, dtype=np.int64)
    for begin in range(0, UPDATES, 10_000):
        on = (rng.random((10_000, row.size, 1)) < row[:, None]) & (rng.random((10_000, 1, col.size)) < col)
        sizes[begin : begin + 10_000] = (on & (rng.random((10_000, *p.shape)) < p)).sum(axis=(1, 2))
    return sizes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("regime", "row_rate", "column_rate"), [("small", 0.5, 0.5), ("middling", 0.3, 0.3), ("near 1", 9.0, 9.0)]
)
def test_whole_updates_flip_cells_as_dense_draws_do(regime, row_rate, column_rate):
    """Lines drawn by the sizes of inputs and errors, four phases of signs, cells of 10 % variation: P of a cell is rank one times its
    own. Cells of one line share that line's draw, so the chi-squared takes their exact covariance."""
    array = spec("1T1R", REGIMES[regime], wires=False)
    found = IdealBackend(array)
    rng = np.random.default_rng(7)
    x, errors = rng.uniform(-1, 1, LAYOUT.rows), rng.uniform(-1, 1, LAYOUT.outputs)
    x[np.abs(x) < 0.2], errors[np.abs(errors) < 0.2] = 0.2, -0.2
    x[3] = errors[1] = 0.0
    counts, sizes = np.zeros(LAYOUT.shape, dtype=np.int64), np.zeros(UPDATES, dtype=np.int64)
    updates(_plane(found), x, errors, row_rate, column_rate, UPDATES, counts, sizes)

    columns = LAYOUT.spread(errors)
    towards = -np.sign(np.outer(x, columns))
    p = np.zeros(LAYOUT.shape)
    for direction in (PARALLEL, ANTIPARALLEL):
        found.restore(array.states)
        every = np.arange(LAYOUT.rows), np.flatnonzero(LAYOUT.owners >= 0)
        _, volts, _ = found.observed(*every, direction, 0)
        mine = np.isfinite(volts) & (towards == direction) & (array.states == -direction) & (LAYOUT.owners >= 0)
        exact = array.cells.switching_probability(np.where(mine, volts, 0.0), array.encoder.seconds, array.states)
        p[mine] = exact[mine]
    row, col = np.minimum(1, row_rate * np.abs(x)), np.minimum(1, column_rate * np.abs(columns))
    both = both_flip(row, col, p)
    mean = both.diagonal().copy()
    covariance = both - np.outer(mean, mean)
    flat = counts.ravel()
    assert not flat[mean == 0].any()
    chosen = UPDATES * mean * (1 - mean) > 10
    assert chosen.sum() > 30
    error = (flat - UPDATES * mean)[chosen]
    statistic = error @ np.linalg.solve(UPDATES * covariance[np.ix_(chosen, chosen)], error)
    assert stats.chi2.sf(statistic, int(chosen.sum())) > SIGNIFICANCE
    theirs = dense_updates(row, col, p, 12)
    for each in (sizes, theirs):
        spread = each - each.mean()
        check_number(each, mean.sum(), covariance.sum(), max((spread**4).mean() - 3 * spread.var() ** 2, 0.0))
    check_histograms(sizes, theirs)
