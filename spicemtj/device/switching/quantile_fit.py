"""ln t_u of every cell as a short Chebyshev series in 1/|V|: the switching law in the form that a circuit device evaluates.

A device in a transient needs t_u where it is near the pulse's own length: a rate ten times slower or faster decides nothing. So the
series is a least-squares fit whose weight falls away from t_u = t_ref on both sides. What it leaves is an error of P of 0.004 at most,
for any u; in t_u itself that is some 0.3 % for u near a half, and more for a small u, which P hardly sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ..equations import TERMS
from .law import check_states, quantile_time

if TYPE_CHECKING:
    from ..mtj import Mtj

Array = NDArray[np.float64]

FASTEST, SLOWEST = 1e-2, 300.0  # the fit's range of t_u/t_ref
V_MIN, V_MAX = 0.03, 2.0  # volts; no fit reaches beyond
FADE = 0.7  # the weight is (t_ref/t_u)^FADE on the slow side, the inverse on the fast one
FAINTEST = 0.01  # and not below this


@dataclass(frozen=True, eq=False)
class QuantileFit:
    """ln(t_u/1 s) = sum_k coefficients[..., k] T_k(x), x = (2/|V| - 1/v_lo - 1/v_hi)/(1/v_lo - 1/v_hi), T_k Chebyshev's.

    coefficients (..., k); v_lo, v_hi (...,): the fit's range of |V| in volts. x = +1 at v_lo (slow end), -1 at v_hi. Below v_lo the
    rate 1/t_u is 0; above v_hi x is clamped to -1. A cell that is out of reach within V_MAX has v_lo = v_hi = inf, coefficients 0.
    polarity (...,): +1 where a positive voltage switches the cell (it is parallel), -1 where a negative one does.
    """

    coefficients: Array
    v_lo: Array
    v_hi: Array
    polarity: NDArray[np.int8]

    def rate(self, v: ArrayLike) -> Array:
        """1/t_u [1/s] at `v` volts, as the circuit device computes it. Broadcasts with the cells."""
        size = np.asarray(v, dtype=float) * self.polarity
        driven = (size >= self.v_lo) & np.isfinite(self.v_lo)
        low, high = (np.where(np.isfinite(self.v_lo), edge, 1.0 + k) for k, edge in enumerate((self.v_lo, self.v_hi)))
        x = (2 / np.clip(size, low, high) - 1 / low - 1 / high) / (1 / low - 1 / high)
        log_t = np.sum(np.moveaxis(_chebyshev(x, self.coefficients.shape[-1]), 0, -1) * self.coefficients, axis=-1)
        return np.asarray(np.where(driven, np.exp(-log_t), 0.0))

    def powers(self, t_ref: float) -> Array:
        """ln(t_u/t_ref) (..., k) as coefficients of powers of x: what `equations.SWITCHING` evaluates."""
        powers = self.coefficients @ _chebyshev_to_powers(self.coefficients.shape[-1])
        powers[..., 0] -= np.log(t_ref)
        return powers


def fit(mtj: Mtj, u: ArrayLike, states: ArrayLike, t_ref: float, terms: int = TERMS) -> QuantileFit:
    """Fit every cell: own parameters (`mtj` may be an array), own uniform number `u`, own state; all broadcast together.

    t_ref [s]: the length of the pulse, about which the fit is good. `terms`: coefficients a cell.
    """
    if not t_ref > 0:
        raise InputError(f"t_ref = {t_ref} s: it must be above 0")
    state, u = check_states(states), np.asarray(u, dtype=float)
    shape = np.broadcast_shapes(u.shape, state.shape, mtj.shape)
    u, state = np.broadcast_to(u, shape), np.broadcast_to(state, shape)

    def log_times(volts: Array) -> Array:
        """ln(t_u/t_ref) (points, cells) at |V| = volts (points, ...)."""
        return np.asarray(np.log(quantile_time(mtj, u, volts * state, state) / t_ref).reshape(len(volts), -1))

    def column(values: Array) -> Array:
        return values.reshape(-1, *[1] * len(shape))

    v_lo, v_hi = _range(log_times(column(_SCAN)))
    reached = np.isfinite(v_lo)
    low, high = np.where(reached, v_lo, V_MIN), np.where(reached, v_hi, V_MAX)
    x = np.cos(np.pi * (np.arange(2 * terms) + 0.5) / (2 * terms))
    volts = 2 / (1 / low + 1 / high + x[:, None] * (1 / low - 1 / high))
    values = np.clip(log_times(volts.reshape(-1, *shape)), -50.0, 50.0)
    weight = np.maximum(np.exp(-FADE * np.abs(values)), FAINTEST) ** 2
    basis = _chebyshev(x, terms)
    matrix = np.einsum("kp,pc,lp->ckl", basis, weight, basis)
    coefficients = np.linalg.solve(matrix, np.einsum("kp,pc->ck", basis, weight * values)[..., None])[..., 0]
    coefficients[:, 0] += np.log(t_ref)
    coefficients[~reached] = 0.0
    return QuantileFit(coefficients.reshape(*shape, terms), v_lo.reshape(shape), v_hi.reshape(shape), state.astype(np.int8))


_SCAN = 1 / np.concatenate([np.linspace(1 / V_MIN, 6, 12, endpoint=False), np.linspace(6, 1 / V_MAX, 14)])


def _range(log_t: Array) -> tuple[Array, Array]:
    """v_lo, v_hi (cells,) from ln(t_u/t_ref) (points, cells) on _SCAN, where it falls: by linear interpolation in 1/|V|."""
    inverse = 1 / _SCAN
    low, high = np.full(log_t.shape[1], np.inf), np.full(log_t.shape[1], np.inf)
    for c, falling in enumerate(np.minimum(log_t, 1e3).T):
        if falling[-1] < np.log(10):  # beyond that it is far from flipping at any voltage
            rising = falling[::-1]
            low[c] = 1 / np.interp(np.log(SLOWEST), rising, inverse[::-1])
            high[c] = 1 / np.interp(np.log(FASTEST), rising, inverse[::-1])
    return low, high


def _chebyshev_to_powers(terms: int) -> Array:
    """(terms, terms): row k holds the power-series coefficients of T_k."""
    matrix = np.zeros((terms, terms))
    for k in range(terms):
        matrix[k, : k + 1] = np.polynomial.chebyshev.cheb2poly([0.0] * k + [1.0])
    return matrix


def _chebyshev(x: Array, terms: int) -> Array:
    """T_0 ... T_(terms - 1) (terms, ...) at x."""
    return np.cos(np.arange(terms).reshape(-1, *[1] * x.ndim) * np.arccos(np.clip(x, -1.0, 1.0)))
