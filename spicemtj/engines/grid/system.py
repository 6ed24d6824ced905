"""A grid of cells under solution: the factors of all its lines, kept for as many right-hand sides as come."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import SimulationError
from ...jobs import processors
from . import conjugate, ladders
from .lines import Lines

Array = NDArray[np.float64]

SMALL = 2e-14  # error of a voltage, relative to the largest one applied
WORTH = 50_000  # nodes times right-hand sides from which on threads pay
MANY = 3  # right-hand sides from which on it pays to solve another one first, for its steps
LEARNT = 64  # steps that are taken over, at most
KEPT = 1024 * 1024  # nodes of a line's kind up to which scratch is kept, 32 MB
APART = 64  # floats between arrays of one block
NONE: Array = np.empty((0, 0))
_kept = threading.local()


class NotConvergedError(SimulationError):
    """The iteration did not come to an end; a direct solver can still."""


def most_steps(shape: tuple[int, int]) -> int:
    """Far more than any array has taken: the hardest of hundreds took one step a line."""
    return 200 + 10 * sum(shape)


def threads(tasks: int) -> int:
    """How many threads to use for some independent tasks: SPICEMTJ_THREADS, or as many as there are processors for this process."""
    given = os.environ.get("SPICEMTJ_THREADS", "")
    return max(1, min(tasks, int(given) if given.isdigit() else processors()))


class System:
    """Cells of current g v, with g (m, n) [S], on `lines`; or g w - by_bit x between nodes at w and x volts. The arrays are not copied."""

    def __init__(self, lines: Lines, g: Array, by_bit: Array | None = None):
        self.lines, self.g = lines, g
        self.by_bit = g if by_bit is None else by_bit
        self.definite = bool(g.all()) and lines.seg_w > 0
        self.word = ladders.factor_words(g, lines.seg_w, lines.first_w, lines.far_w)
        self.bit = ladders.factor_bits(self.by_bit, lines.seg_b, lines.first_b, lines.far_b)

    def solve(
        self, v_wl: Array, v_bl: Array, x: Array, source: Array = NONE, small: float | None = None, part: float = 0.0
    ) -> tuple[Array, float]:
        """Voltages (m, n) of the word nodes for drivers at v_wl (m,), v_bl (n,); those of the bit nodes in `x`, from a first guess there.

        source (m, n): A that each cell carries besides. Stops at an error of `small` volts, or at `part` of the first residual, and returns
        which. Lines that float are at 0 here.
        """
        if small is None:
            small = SMALL * max(np.abs(v_wl).max(), np.abs(v_bl).max())
        w = np.empty(self.g.shape)
        each = (v_wl[None], v_bl[None], source, np.array([small]), part)
        return w, self._solve(0, 1, x[None], w[None], *each)

    @property
    def _known(self) -> tuple[Any, ...]:
        """What the kernels are told of the lines."""
        a = self.lines
        return self.word, self.bit, a.seg_w, a.seg_b, a.far_w, a.far_b

    def _solve(self, lo: int, hi: int, x: Array, w: Array, v_wl: Array, v_bl: Array, *how: Any) -> float:
        """`conjugate.solve` or `krylov.solve` with what is known of the lines; the error that the last one stopped at [V]."""
        most = most_steps(self.g.shape)
        known = (*self._known, v_wl, v_bl, *how, most)
        if self.by_bit is self.g:
            taken, reached = conjugate.solve_in(_room(*self.g.shape), lo, hi, x, w, self.g, self.definite, *known)
        else:
            from . import krylov

            taken, reached = krylov.solve(x[0], w[0], self.g, self.by_bit, *known, krylov.ROOM)
        _ended(taken, most)
        return reached

    def read(self, v_wl: Array, v_bl: Array) -> tuple[Array, Array, Array, Array]:
        """Reads of ohmic cells with drivers at v_wl (p, m), v_bl (p, n), on all processors.

        Word and bit nodes (p, m, n), currents of word lines (p, m) and bit lines (p, n).
        """
        (m, n), p = self.g.shape, len(v_wl)
        w, x = _block(2, p, m, n)
        i_wl, i_bl = np.empty((p, m)), np.empty((p, n))
        small = SMALL * np.maximum(np.abs(v_wl).max(axis=1), np.abs(v_bl).max(axis=1))

        def by_itself(lo: int, hi: int) -> None:
            x[lo:hi] = v_bl[lo:hi, None]
            self._solve(lo, hi, x, w, v_wl, v_bl, NONE, small, 0.0)
            conjugate.currents(lo, hi, w, x, self.g, i_wl, i_bl)

        if p < MANY:
            by_itself(0, p)
            return w, x, i_wl, i_bl
        from . import lanes
        from .four import WIDTH

        roots = self._roots()

        def side_by_side(lo: int, hi: int) -> None:
            lo, hi, room = WIDTH * lo, min(WIDTH * hi, p), np.empty((2, m, n, WIDTH))
            while lo < hi:  # where they stop, four go by themselves
                lo = lanes.solve(room, lo, hi, x, w, self.g, roots, *self._known, v_wl, v_bl, small, i_wl, i_bl)
                if lo < hi:
                    by_itself(lo, min(lo + WIDTH, hi))
                    lo += WIDTH

        _in_parallel(side_by_side, -(-p // WIDTH), p * m * n)
        return w, x, i_wl, i_bl

    def _roots(self) -> Array:
        """What `lanes.roots` makes of a read of random voltages, which leave out nothing that another read could need."""
        from . import lanes

        m, n = self.g.shape
        rng, lengths = np.random.default_rng(0), np.zeros((2, LEARNT))
        v_wl, v_bl = rng.uniform(-1, 1, m), rng.uniform(-1, 1, n)
        conjugate.rehearse(_room(m, n), self.g, self.definite, *self._known, v_wl, v_bl, SMALL, lengths)
        return lanes.roots(lengths[:, : np.count_nonzero(lengths[0])])

    def transfer(self) -> Array:
        """Currents (m, n) [A] into each bit line's driver for 1 V on each word line alone, all other drivers at 0 V."""
        m, n = self.g.shape
        out = np.empty((m, n))
        by_word = m <= n  # the same from either side

        def some(lo: int, hi: int) -> None:
            w, x, small = np.empty((1, m, n)), np.empty((1, m, n)), np.array([SMALL])
            v_wl, v_bl = np.zeros((1, m)), np.zeros((1, n))
            driven = v_wl if by_word else v_bl
            for k in range(lo, hi):
                driven[:] = 0.0
                driven[0, k] = 1.0
                x[:] = v_bl
                self._solve(0, 1, x, w, v_wl, v_bl, NONE, small, 0.0)
                if by_word:
                    out[k] = np.einsum("ij,ij->j", self.g, w[0] - x[0])
                else:
                    out[:, k] = np.einsum("ij,ij->i", self.g, x[0] - w[0])

        _in_parallel(some, m if by_word else n, m * n * min(m, n))
        return out


def _ended(taken: int, most: int) -> None:
    if taken >= most:
        raise NotConvergedError(f"the network did not converge in {most} steps; check for extreme resistances")


def _block(count: int, *shape: int) -> list[Array]:
    """Arrays in one block, which comes in large pages if it is large; a bit apart, or those of a round size compete for cache lines."""
    size = math.prod(shape)
    block = np.empty(count * (size + APART))
    return [block[k * (size + APART) :][:size].reshape(shape) for k in range(count)]


def _room(m: int, n: int) -> Any:
    """As `conjugate.room`, in one block, and kept for the next call of this thread: new pages cost as much as some steps."""
    if getattr(_kept, "shape", None) != (m, n):
        r, p, kr, folded = _block(4, m, n)
        room = r, (np.empty((n, 4)), np.empty(n), kr, p, folded)
        if m * n > KEPT:
            return room
        _kept.shape, _kept.room = (m, n), room
    return _kept.room


def _in_parallel(some: Callable[[int, int], None], tasks: int, work: int) -> None:
    """some(lo, hi) for all tasks, shared out to the processors where there is enough work to be worth it."""
    workers = threads(tasks) if work > WORTH else 1
    if workers == 1:
        some(0, tasks)
        return
    bounds = np.linspace(0, tasks, workers + 1).astype(int)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(some, bounds[:-1], bounds[1:]))
