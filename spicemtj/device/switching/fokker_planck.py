"""The switching law of a macrospin, exactly: the Fokker-Planck equation in z = m_z. Everything faster answers to this file.

Dimensionless, and written for a device that starts at z = +1 and is driven towards z = -1. Times in tau_D,
    d rho/dt = d/dz[(a + b z - z)(1 - z^2) rho + (1 - z^2)/(2 Delta) d rho/dz],
with a + b z the drive: that of the current in units of Ic0 where there is nothing else. b holds VCMA besides, and a an offset field.
exp(phi), phi = Delta ((1 - b) z^2 - 2 a z), is stationary. The start is the Boltzmann distribution without voltage,
exp(Delta (z^2 + 2 offset z)) on 0 < z <= 1, with `offset` the field along +z in units of the anisotropy field.
(Brown, Phys. Rev. 130, 1677, 1963; Apalkov and Visscher, Phys. Rev. B 72, 180405, 2005.)
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

# Central differences of sixth order.
_FIRST = np.array([-1 / 60, 3 / 20, -3 / 4, 0.0, 3 / 4, -3 / 20, 1 / 60])
_SECOND = np.array([1 / 90, -3 / 20, 3 / 2, -49 / 18, 3 / 2, -3 / 20, 1 / 90])


@cache
def gauss_legendre(n: int) -> tuple[Array, Array]:
    """Nodes and weights on (-1, 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return nodes, weights


# -- the time-dependent law, by differences


def cells_for(a: float, b: float, delta: float) -> int:
    """Cells in theta that keep P within 1e-6, and within 1 % of itself down to 1e-20."""
    drive = max(math.sqrt(abs(a * (a + b))), abs(b))
    return min(2 * math.ceil(18 * math.sqrt((delta + 10) * (1 + drive / 2))), 2000)


@njit(cache=True, nogil=True)
def generator(a: float, b: float, delta: float, n: int) -> Any:
    """Bands (7, n) of the backward operator on theta_k = (k + 1/2) pi/n, half its spectrum, and how long a Taylor step may be."""
    h = math.pi / n
    bands = np.empty((7, n))
    bound = fastest = 0.0
    for k in range(n):
        theta = (k + 0.5) * h
        z, s = math.cos(theta), math.sin(theta)
        drift = ((a + b * z - z) * s + z / s / (2 * delta)) / h
        spread = 1 / (2 * delta) / h**2
        for m in range(7):
            bands[m, k] = drift * _FIRST[m] + spread * _SECOND[m]
        fastest = max(fastest, 1.6 * abs(drift))
        bound = max(bound, 1.6 * abs(drift) + 3.05 * spread)
    # Eigenvalues of 1 + L/bound reach out to hypot(1, fastest/bound): a step of m/bound loses e^(m (that - 1)) to rounding.
    return bands, bound, min(300.0, 14 / (math.hypot(1.0, fastest / bound) - 1))


@njit(cache=True, fastmath=True, nogil=True)
def advance(w: Any, bands: Any, steps: float, longest: float) -> None:
    """w <- exp(steps (bands - 1)) w by Taylor series about the centre of the spectrum; w (n + 6) carries mirror images at the poles."""
    n = w.size - 6
    pieces = max(1, math.ceil(steps / longest))
    m = steps / pieces
    terms = int(m + 8 * math.sqrt(m) + 30)
    x, y, total = np.empty(n + 6), np.empty(n + 6), np.empty(n + 6)
    for _ in range(pieces):
        weight = math.exp(-m)
        for k in range(n + 6):
            x[k] = w[k]
            total[k] = weight * x[k]
        for j in range(1, terms):
            weight *= m / j
            for k in range(n):
                y[k + 3] = (
                    bands[0, k] * x[k]
                    + bands[1, k] * x[k + 1]
                    + bands[2, k] * x[k + 2]
                    + bands[3, k] * x[k + 3]
                    + bands[4, k] * x[k + 4]
                    + bands[5, k] * x[k + 5]
                    + bands[6, k] * x[k + 6]
                )
            for e in range(3):
                y[2 - e] = y[3 + e]
                y[n + 3 + e] = y[n + 2 - e]
            for k in range(n + 6):
                total[k] += weight * y[k]
            x, y = y, x
        for k in range(n + 6):
            w[k] = total[k]


@njit(cache=True, nogil=True)
def _end(f: Any) -> float:
    """End correction of the midpoint rule from six samples across the end: h F'/24 - 7 h^3 F'''/5760."""
    slope = (f[3] - f[2]) * 75 / 64 - (f[4] - f[1]) * 25 / 384 + (f[5] - f[0]) * 3 / 640
    return slope / 24 - 7 / 5760 * (f[4] - 3 * f[3] + 3 * f[2] - f[1])


@njit(cache=True, nogil=True)
def start_weights(delta: float, offset: float, n: int) -> Any:
    """Weights (n/2 + 3,) that average a smooth even function of theta over the start, corrected at both ends."""
    half = n // 2
    density, weights, sample = np.empty(half + 3), np.zeros(half + 3), np.zeros(6)
    for k in range(half + 3):
        theta = (k + 0.5) * math.pi / n
        falls = math.sin(theta) ** 2 + 4 * offset * math.sin(theta / 2) ** 2
        density[k] = math.exp(-delta * falls) * math.sin(theta)
        if k < half:
            weights[k] = density[k]
    for c in range(6):
        sample[:] = 0.0
        sample[c] = 1.0
        end = _end(sample)
        weights[half - 3 + c] += end * density[half - 3 + c]
        if c < 3:  # the integrand is odd about theta = 0
            weights[2 - c] += end * density[2 - c]
        else:
            weights[c - 3] -= end * density[c - 3]
    return weights / weights.sum()


@njit(cache=True)
def _march(a: float, b: float, delta: float, offset: float, times: Any, step: Any, enough: Any) -> Any:
    n = step.size - 6
    bands, rate, longest = generator(a, b, delta, n)
    bands /= rate
    bands[3] += 1.0
    weights = start_weights(delta, offset, n)
    out = np.full((2, times.size), np.nan)
    for side in range(2):
        w = step.copy() if side == 0 else 1 - step
        now, sign = 0.0, 1 - 2 * side
        for j in range(times.size):
            advance(w, bands, rate * (times[j] - now), longest)
            now = times[j]
            out[side, j] = np.dot(weights, w[3 : 3 + weights.size])
            if sign * out[side, j] > sign * enough[side]:
                break
        if side == 0 and out[0, -1] <= enough[0] < 1:  # small to the end: 1 - P tells nothing more
            break
    return out


@cache
def equator(n: int) -> Array:
    """The step 0 for z > 0, 1 for z < 0 as samples of a band-limited function (sixth order), with three mirror images an end."""
    w = np.zeros(n + 6)
    w[n // 2 + 3 :] = 1.0

    def second(v: Array) -> Array:
        return np.concatenate([[0.0], np.diff(v, 2), [0.0]])

    two = second(w)
    four = second(two)
    return np.asarray(w + two / 24 - 17 * four / 5760 + 367 * second(four) / 967680)


def probability(
    a: float,
    b: float,
    delta: float,
    times: ArrayLike,
    offset: float = 0.0,
    cells: int | None = None,
    enough: tuple[float, float] = (np.inf, -np.inf),
) -> Array:
    """(2, times): P and 1 - P at rising `times`, by sixth-order differences of the backward equation in theta.

    Both are right relative to themselves, P down to 1e-40 and further: an explicit local stencil carries no rounding error from
    where the solution is large to where it is small. P is nan after it has passed `enough[0]`, 1 - P after it has fallen below
    `enough[1]`, and everywhere if P never reaches an `enough[0]` below 1.
    """
    times = np.atleast_1d(np.asarray(times, dtype=float))
    n = cells or cells_for(a, b, delta)
    return np.asarray(_march(float(a), float(b), float(delta), float(offset), times, equator(n), np.array(enough)))


# -- the same by Legendre modes


def galerkin_generator(a: float, b: float, delta: float, modes: int) -> Array:
    """M (modes, modes): d c/dt = M c for the moments c_l = <P_l(z)>; row 0 is zero, so that normalisation is exact."""
    order = np.arange(modes + 2)  # two more than asked, for the products that leave the basis
    z = np.diag((order[:-1] + 1) / (2 * order[:-1] + 1), 1) + np.diag(order[1:] / (2 * order[1:] + 1), -1)  # z P_l
    slope = order * (order + 1) / (2 * order + 1)
    turn = np.diag(slope[1:], -1) - np.diag(slope[:-1], 1)  # (1 - z^2) P_l'
    full = -turn @ (a * np.eye(modes + 2) + (b - 1) * z) - np.diag(order * (order + 1) / (2 * delta))
    return np.asarray(full[:modes, :modes])


def galerkin_start(delta: float, modes: int, offset: float = 0.0) -> Array:
    """Moments <P_l> (modes,) of the start."""
    x, weight = gauss_legendre(2 * modes)
    z = 0.5 + 0.5 * x
    density = np.exp(delta * (z**2 - 1 + 2 * offset * (z - 1))) * weight
    return np.asarray(np.polynomial.legendre.legvander(z, modes - 1).T @ (density / density.sum()))


def galerkin_probability(a: float, b: float, delta: float, times: ArrayLike, offset: float = 0.0, modes: int = 160) -> Array:
    """P at `times` from the Legendre moments. An absolute floor of about 1e-11: below it only `probability` is right."""
    from scipy.linalg import expm

    generator, start = galerkin_generator(a, b, delta, modes), galerkin_start(delta, modes, offset)
    x, weight = gauss_legendre(2 * modes)
    below = np.polynomial.legendre.legvander(-0.5 + 0.5 * x, modes - 1).T @ (0.5 * weight) * (np.arange(modes) + 0.5)
    return np.array([below @ (expm(generator * t) @ start) for t in np.atleast_1d(np.asarray(times, dtype=float))])


# -- what lasts: equilibrium, escape, mean passage


def log_odds(a: float, b: float, delta: float) -> float:
    """ln of the equilibrium weight on z < 0 over that on z > 0."""
    x, weight = gauss_legendre(400)
    z = 0.5 + 0.5 * x

    def log_mass(side: int) -> Any:
        phi = delta * ((1 - b) * z**2 - 2 * a * side * z)
        return phi.max() + np.log(weight @ np.exp(phi - phi.max()))

    return float(log_mass(-1) - log_mass(1))


def log_escape_rate(a: float, b: float, delta: float, cells: int = 1000) -> float:
    """ln of the rate (per tau_D) at which the well at z = +1 empties over the barrier: exact up to that rate itself, for a + b < 1.

    The Rayleigh quotient of the slowest mode with a step at the barrier z* = a/(1 - b) as trial function, which is Kramers' flux
    over population without his expansions: k = p^2 (1 - p)/(sum over y of 2 Delta exp(-phi)/(1 - y^2) M(y)^2). By sums on
    `cells` and twice as many cells in theta, extrapolated.
    """
    barrier = min(max(a / (1 - b) if b < 1 else -1.0, -0.95), 0.95)

    def rate(n: int) -> float:
        centre, face = (np.arange(n) + 0.5) * np.pi / n, np.arange(1, n) * np.pi / n
        z, y = np.cos(centre), np.cos(face)
        mass = delta * ((1 - b) * z**2 - 2 * a * z) + np.log(np.sin(centre))
        up = np.logaddexp.accumulate(mass)[:-1]
        down = np.logaddexp.accumulate(mass[::-1])[::-1][1:]
        total = up[-1] + np.log1p(np.exp(mass[-1] - up[-1]))
        split = float(np.interp(barrier, y[::-1], np.arange(n - 1)[::-1]))
        k, part = int(split), split % 1  # the barrier lies between two faces
        log_p = (1 - part) * down[k] + part * down[k + 1] - total
        log_q = (1 - part) * up[k] + part * up[k + 1] - total
        held = np.where(y < barrier, down + log_q, up + log_p) - total
        flux = np.log(2 * delta) - delta * ((1 - b) * y**2 - 2 * a * y) - np.log(np.sin(face)) + 2 * held + total
        return float(2 * log_p + log_q - np.logaddexp.reduce(flux) - 2 * np.log(np.pi / n))

    return (4 * rate(2 * cells) - rate(cells)) / 3


@njit(cache=True)
def _mean_passage(a: float, b: float, delta: float, offset: float, nodes: Any, weights: Any) -> float:
    """`mean_passage` of one point by Gauss-Legendre `nodes` and `weights` on (0, 1).

    2 Delta int_0^1 dy/(1 - y^2) S(y) int_y^1 exp(phi(x) - phi(y)) dx, with S(y) the part of the start above y. Both integrals from
    y to 1 are carried from panel to panel in theta, so that no exponential exceeds what the result itself needs.
    """
    panels = 16 + int(delta * (1 + abs(a)) / 3)
    width = math.pi / 2 / panels
    # inner and start: the two integrals at the panel's upper end, relative to exp(phi) and to the start's density at z = 1
    mean = inner = start = 0.0
    edge = delta * (1 - b) - 2 * delta * a
    for p in range(panels):
        for q in range(nodes.size + 1):
            part = nodes[q] if q < nodes.size else 1.0
            theta = (p + part) * width
            y = math.cos(theta)
            phi = delta * ((1 - b) * y * y - 2 * a * y)
            more = above = 0.0
            for r in range(nodes.size):
                t = (p + part * nodes[r]) * width
                x, dx = math.cos(t), part * width * weights[r] * math.sin(t)
                more += dx * math.exp(delta * ((1 - b) * x * x - 2 * a * x) - phi)
                above += dx * math.exp(delta * (x * x - 1 + 2 * offset * (x - 1)))
            here = inner * math.exp(edge - phi) + more
            if q < nodes.size:
                mean += weights[q] * width / math.sin(theta) * (start + above) * here
        inner, start, edge = here, start + above, phi
    return 2 * delta * mean / start


@njit(cache=True)
def _mean_passages(a: Array, b: Array, delta: Array, offset: Array, nodes: Array, weights: Array) -> Array:
    out = np.empty(a.size)
    for c in range(a.size):
        out[c] = _mean_passage(a[c], b[c], delta[c], offset[c], nodes, weights)
    return out


def mean_passage(a: Array, b: Array, delta: Array, offset: Array) -> Array:
    """Mean first passage (in tau_D) of z = 0 from the start, elementwise over equally long arrays; inf beyond double precision."""
    nodes, weights = gauss_legendre(8)
    return np.asarray(_mean_passages(a, b, delta, offset, 0.5 + 0.5 * nodes, 0.5 * weights))
