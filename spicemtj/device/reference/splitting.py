"""Write error rates by stochastic LLG far below one in the number of trials: splitting by importance.

Del Moral and Garnier, Ann. Appl. Probab. 15, 2496 (2005).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..mtj import Mtj
from . import macrospin

Array = NDArray[np.float64]

DECIDED = 0.8  # |m_z| beyond which, on the other side, a device that is driven further counts as switched for good


def next_seed(seeds: np.random.SeedSequence) -> int:
    """A whole number for the next run out of a sequence of seeds."""
    return int(seeds.spawn(1)[0].generate_state(1, np.uint64)[0])


def error_by_splitting(
    mtj: Mtj, v: float, seconds: ArrayLike, state: int, particles: int, seeds: np.random.SeedSequence, batches: int = 8
) -> tuple[Array, Array]:
    """1 - P by LLG at rising widths `seconds` (s,), and its standard error, far below 1/particles.

    After each width the particles are drawn anew, with probabilities that favour small angles from the starting pole and with weights that
    make up for it. Those deep on the other side, |m_z| > 0.8, end there: under a voltage that drives on they would not come back. Needs
    widths so close that the error falls by no more than some 3 times from one to the next. The standard error is that of `batches`
    independent runs; the distribution is skewed, most runs being low.
    """
    seconds = np.atleast_1d(np.asarray(seconds, dtype=float))
    each = max(particles // batches, 1)
    errors = np.zeros((batches, seconds.size))
    for batch, own in enumerate(seeds.spawn(batches)):
        rng, weights, start = np.random.default_rng(own.spawn(1)[0]), np.full(each, 1 / each), None
        for j, piece in enumerate(np.diff(seconds, prepend=0.0)):
            m = macrospin.simulate(mtj, v, float(piece), state, each, next_seed(own), start=start).m
            side = m[:, 2] * state
            errors[batch, j] = weights[side >= 0].sum()
            likely = np.where(side > -DECIDED, weights / (1 - side + 1 / mtj.delta), 0.0)
            if not likely.any():
                break
            # systematic resampling: each particle expects each * likely/sum copies
            chosen = np.searchsorted(np.cumsum(likely), (np.arange(each) + rng.random()) * likely.sum() / each)
            chosen = np.minimum(chosen, np.flatnonzero(likely)[-1])
            weights = weights[chosen] * likely.sum() / (each * likely[chosen])
            start = m[chosen]
    return errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(batches)
