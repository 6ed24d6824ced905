"""Binomial maximum likelihood and profile-likelihood intervals for a law of a few parameters within bounds.

A law gives ln h of every row, P = 1 - exp(-h): with h both P and 1 - P are right relative to themselves. Deviance residuals d make it a
least-squares problem: the sum of d^2 is twice the distance of the log likelihood from that of a perfect fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP = 1e-3  # of the parameters (logarithms) in the law's derivatives
LONGEST = 1.0  # a step of the search at most: a factor e
TOLERANCE = 1e-9  # of the deviance: a promise of less ends a search
BETTER = 1e-3  # of the threshold: a deviance lower by this much along a profile is a new optimum


@dataclass(frozen=True, eq=False)
class Problem:
    """law: points (k, p) -> ln h (k, rows); y (rows,) fractions that switched; n (rows,) weights; low, high (p,) bounds."""

    law: Callable[[Array], Array]
    y: Array
    n: Array
    low: Array
    high: Array

    def residuals(self, x: Array) -> Array:
        """Signed deviance residuals (rows,), positive where more switched than the law says."""
        return deviance_residuals(self.y, self.n, np.exp(self.law(x[None])[0]))

    def hazard_slopes(self, x: Array) -> Array:
        """d ln h/dx (rows, p), by central differences, one-sided at a bound."""
        size = x.size
        upper = np.minimum(x + STEP * np.eye(size), self.high)
        lower = np.maximum(x - STEP * np.eye(size), self.low)
        values = self.law(np.concatenate([upper, lower]))
        width = np.diagonal(upper) - np.diagonal(lower)
        return np.asarray((values[:size] - values[size:]).T / width)

    def slopes(self, x: Array, d: Array) -> Array:
        """d residuals/dx (rows, p)."""
        h = np.exp(self.law(x[None])[0])
        p = -np.expm1(-h)
        excess = self.y - p
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(np.abs(d) > 1e-5, excess / d, np.sqrt(p * np.exp(-h) / self.n))
        return np.asarray(-(self.n * h / p * ratio)[:, None] * self.hazard_slopes(x))

    def information(self, x: Array) -> Array:
        """Expected (Fisher) information (p, p)."""
        h = np.exp(self.law(x[None])[0])
        weight = self.n * h**2 * np.exp(-h) / -np.expm1(-h)
        slopes = self.hazard_slopes(x)
        return np.asarray((slopes * weight[:, None]).T @ slopes)


def deviance_residuals(y: Array, n: Array, h: Array) -> Array:
    """sign(y - P) sqrt(2 n KL(y, P)) with P = 1 - exp(-h); broadcasts."""
    from scipy.special import kl_div

    p = np.maximum(-np.expm1(-h), 1e-300)
    rest = np.maximum(np.exp(-h), 1e-300)
    divergence = np.maximum(kl_div(y, p) + kl_div(1 - y, rest), 0.0)  # rounding may leave -1e-17
    return np.asarray(np.sign(y - p) * np.sqrt(2 * n * divergence))


def overdispersion(y: Array, n: Array, h: Array, dof: int) -> float:
    """phi, the scatter of the rows in units of binomial variance: the larger of two estimates that fail on different rows.

    Pearson's chi^2/dof is ruled by one row whose P is near 0 or 1 and that switched, or failed to, more than the law says. Divided by
    1 + mean (1 - 2 P)(y - P)/(P (1 - P)) (Fletcher, Biometrika 99, 230, 2012) it is right on sparse counts, but lets such a row hide
    the misfit of others. The deviance over dof sees that misfit, and is too small on sparse counts.
    """
    p, rest = np.maximum(-np.expm1(-h), 1e-300), np.maximum(np.exp(-h), 1e-300)
    relative = (y - p) / (p * rest)
    pearson = float(np.sum(n * (y - p) * relative)) / max(1 + float(np.mean((1 - 2 * p) * relative)), 0.1)
    return max(pearson, float(np.sum(deviance_residuals(y, n, h) ** 2))) / dof


class Optimum(NamedTuple):
    """A point and its deviance."""

    x: Array
    deviance: float


def minimise(problem: Problem, start: Array, held: tuple[int, ...] = ()) -> Optimum:
    """The lowest deviance from `start`, parameters `held` left where they are: Levenberg-Marquardt within the bounds."""
    x = np.clip(start, problem.low, problem.high)
    movable = np.ones(x.size, dtype=bool)
    movable[list(held)] = False
    d = problem.residuals(x)
    best, damping = float(d @ d), 1e-3
    for _ in range(200):
        slopes = problem.slopes(x, d)
        gradient = slopes.T @ d
        # against a bound only a way back into the box counts
        free = movable & ~((x <= problem.low) & (gradient > 0)) & ~((x >= problem.high) & (gradient < 0))
        if not free.any():
            break
        normal = slopes[:, free].T @ slopes[:, free]
        scale = np.diagonal(normal) + 1e-12 * (1 + np.trace(normal))
        moved = False
        while damping < 1e12:
            step = np.zeros(x.size)
            step[free] = -np.linalg.solve(normal + np.diag(damping * scale), gradient[free])
            promised = -float(gradient @ step)
            step *= min(1.0, LONGEST / max(float(np.abs(step).max()), 1e-300))
            trial = np.clip(x + step, problem.low, problem.high)
            d_trial = problem.residuals(trial)
            value = float(d_trial @ d_trial)
            if value < best:
                x, d, best, moved = trial, d_trial, value, True
                damping = max(damping / 10, 1e-9)
                break
            if promised < TOLERANCE * best + 1e-14:
                break
            damping *= 10
        if not moved or promised < TOLERANCE * best + 1e-14:
            break
    return Optimum(x, best)


def best_of(problem: Problem, starts: list[Array]) -> Optimum:
    """The lowest of the minima reached from several starts."""
    return min((minimise(problem, start) for start in starts), key=lambda found: found.deviance)


def covariance(problem: Problem, x: Array) -> Array:
    """Inverse of the expected information (p, p); inf on the diagonal of what the rows do not determine at all."""
    information = problem.information(x)
    scale = np.sqrt(np.maximum(np.diagonal(information), 1e-300))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if values.min() > 1e-12:
        return np.asarray((vectors / values) @ vectors.T / np.outer(scale, scale))
    lost = np.abs(vectors[:, values <= 1e-12]).max(axis=1) > 1e-6
    kept = (vectors / np.maximum(values, 1e-12)) @ vectors.T / np.outer(scale, scale)
    kept[lost, lost] = np.inf
    return np.asarray(kept)


class Profile(NamedTuple):
    """An interval (-inf or inf where it is open), and a point that is better than the optimum, if one was met on the way."""

    low: float
    high: float
    better: Optimum | None


def profile(problem: Problem, best: Optimum, k: int, threshold: float, spread: Array) -> Profile:
    """Where the deviance, minimised over the other parameters, is `threshold` above its minimum, on both sides of x[k].

    spread : covariance (p, p), for the first step and the way along which the others follow. An end is open where the deviance stays
    below the threshold up to a bound, of x[k] or of another parameter: there the bound, not the measurement, would set the interval.
    """
    ends = []
    for side in (-1, 1):
        try:
            ends.append(_end(problem, best, k, side, threshold, spread))
        except _Better as met:
            return Profile(-np.inf, np.inf, met.point)
    return Profile(ends[0], ends[1], None)


class _Better(Exception):
    def __init__(self, point: Optimum):
        self.point = point


def _end(problem: Problem, best: Optimum, k: int, side: int, threshold: float, spread: Array) -> float:
    from scipy.optimize import brentq

    bound = problem.high[k] if side > 0 else problem.low[k]
    room = float(abs(bound - best.x[k]))
    error = np.sqrt(threshold * spread[k, k]) if np.isfinite(spread[k, k]) else np.inf
    with np.errstate(invalid="ignore"):
        along = np.nan_to_num(spread[:, k] / spread[k, k], nan=0.0, posinf=0.0, neginf=0.0)
    along[k] = 1.0
    held = {0.0: best}

    def at(distance: float) -> Optimum:
        if distance not in held:
            near = min(held, key=lambda other: abs(other - distance))
            start = held[near].x + side * (distance - near) * along
            start[k] = best.x[k] + side * distance
            found = minimise(problem, start, held=(k,))
            if found.deviance < best.deviance - BETTER * threshold:
                raise _Better(minimise(problem, found.x))
            held[distance] = found
        return held[distance]

    def excess(distance: float) -> float:
        return float(np.sqrt(max(at(distance).deviance - best.deviance, 0.0)) - np.sqrt(threshold))

    inner, outer = 0.0, min(error, room, LONGEST)
    if outer <= 0:
        return side * np.inf
    while excess(outer) < 0:
        if outer >= room:
            return side * np.inf
        inner, outer = outer, min(1.5 * outer, room)
    root = float(brentq(excess, inner, outer, xtol=1e-4 * outer, rtol=1e-6)) if excess(outer) > 0 else outer
    point = at(root).x
    others = np.arange(point.size) != k
    if np.any((point <= problem.low)[others] | (point >= problem.high)[others]):
        return side * np.inf
    return float(best.x[k] + side * root)
