"""Cells that do not work: what each number of a crossbar's `faults` means, and a random draw of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..randomness import check_seed

States = NDArray[np.int8]

SOUND, OPEN, SHORT, STUCK_PARALLEL, STUCK_ANTIPARALLEL = range(5)
MEANING = {
    SOUND: "sound",
    OPEN: "open",
    SHORT: "short",
    STUCK_PARALLEL: "stuck parallel",
    STUCK_ANTIPARALLEL: "stuck antiparallel",
}
FAULTS = ("open", "short", "stuck")  # what `random_faults` draws


def held(states: States, faults: NDArray[np.int8]) -> States:
    """`states` with the stuck cells in theirs, broadcast."""
    forced = np.where(faults == STUCK_PARALLEL, 1, np.where(faults == STUCK_ANTIPARALLEL, -1, states))
    return np.asarray(forced, dtype=np.int8)


def random_faults(
    shape: tuple[int, int],
    open: float = 0.0,  # noqa: A002 - the faults' own names
    short: float = 0.0,
    stuck: float = 0.0,
    seed: int = 0,
) -> NDArray[np.int8]:
    """`faults` (m, n) for a `Crossbar`: every cell open, short or stuck with these probabilities, stuck in either state alike."""
    check_seed(seed)
    rates = {"open": open, "short": short, "stuck": stuck}
    for name, rate in rates.items():
        if not (isinstance(rate, int | float | np.number) and 0 <= rate <= 1):
            raise InputError(f"faults.{name} = {rate!r}: a share of the cells is a number between 0 and 1")
    if sum(rates.values()) > 1:
        raise InputError(
            f"faults: open, short and stuck make {sum(rates.values()):g} of the cells; together they are 1 at most"
        )
    u = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0xFA17,))).random(shape)
    edges = np.cumsum([open, short, stuck / 2, stuck / 2])
    which = np.searchsorted(edges, u, side="right")  # 0 to 3 in the order of the edges, 4 beyond
    return np.array([OPEN, SHORT, STUCK_PARALLEL, STUCK_ANTIPARALLEL, SOUND], dtype=np.int8)[which]
