"""The largest square array whose reads keep a required margin, by bisection of its size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from .reads import SneakRead, read, square

if TYPE_CHECKING:
    from ..engines.base import Engine

SMALLEST = 2


@dataclass(frozen=True)
class Largest:
    """size: of the largest array that will do, 0 where none does; margin, window: its apparent TMR and current window [A] (of the smallest
    array where none will do); capped: whether it is the limit of the search, so that larger ones may do; reads: how many sizes were read.
    """

    size: int
    margin: float
    window: float
    capped: bool
    reads: int


def largest(
    scheme: str,
    *,
    margin: float | None = None,
    window: float | None = None,
    limit: int = 512,
    volts: float = 0.1,
    engine: Engine | str = "nodal",
    faults: Mapping[str, float] | None = None,
    **crossbar: Any,
) -> Largest:
    """The largest array whose far corner cell is read with at least `margin` (apparent TMR) and `window` [A], up to `limit` lines.

    Both fall with the size: the search doubles it until it no longer does, then halves the gap. With variation or faults, which are drawn
    anew for each size, the answer is that of these draws. `crossbar` holds the options of `Crossbar`.
    """
    from ..engines import get

    if margin is None and window is None:
        raise InputError("the largest array needs a required margin or a required window; give one")
    for name, required in (("margin", margin), ("window", window)):
        if required is not None and not required > 0:
            raise InputError(f"a required {name} of {required:g}: it must be above 0")
    if limit < SMALLEST:
        raise InputError(f"a limit of {limit}: arrays start at {SMALLEST} x {SMALLEST}")
    solver = get(engine)

    def at(size: int) -> SneakRead:
        return read(solver, square(size, faults, **crossbar), scheme, volts, any_data=False)[0]

    def will_do(found: SneakRead) -> bool:
        # a read of negative volts has negative currents
        return (margin is None or found.margin >= margin) and (window is None or abs(found.window) >= window)

    return search(at, will_do, limit)


def search(at: Callable[[int], SneakRead], will_do: Callable[[SneakRead], bool], limit: int) -> Largest:
    """The largest size up to `limit` whose read `at(size)` will do, if what will do at one size does at all smaller ones."""
    found = {SMALLEST: at(SMALLEST)}
    good, bad = SMALLEST, limit + 1
    if not will_do(found[SMALLEST]):
        return Largest(0, found[SMALLEST].margin, found[SMALLEST].window, False, 1)
    while bad - good > 1:
        doubling = bad == limit + 1 and 2 * good < bad
        size = 2 * good if doubling else min((good + bad) // 2, limit)
        found[size] = at(size)
        good, bad = (size, bad) if will_do(found[size]) else (good, size)
    return Largest(good, found[good].margin, found[good].window, good == limit, len(found))
