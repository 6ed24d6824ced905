"""The lines of an array: what drives them, at which ends, and which of them any driver reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Wires:
    """Resistances [ohm]: a segment of word and bit line, their drivers, and their drivers at the far ends (inf: none)."""

    r_wl: float = 1.0
    r_bl: float = 1.0
    r_driver_wl: float = 50.0
    r_driver_bl: float = 50.0
    r_far_wl: float = np.inf
    r_far_bl: float = np.inf

    @property
    def whole(self) -> bool:
        """Whether no line is cut: every wire has a finite resistance."""
        return bool(np.isfinite(self.r_wl) and np.isfinite(self.r_bl))


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines with their drivers, as `ladders` takes them.

    seg_w, seg_b [ohm]; first_w (m,), first_b (n,) [ohm]: from the driver to the first cell, inf where the line floats; far_w,
    far_b [S]: from the
    driver at the far end to the last cell. `fed` (m + n,), word lines first: the lines with a path to a driver, None if all
    have. The others
    count as driven, at 0 V, so that their equations have a solution.
    """

    seg_w: float
    seg_b: float
    first_w: Array
    first_b: Array
    far_w: Array
    far_b: Array
    fed: Mask | None

    @classmethod
    def of(cls, wires: Wires, floating: Mask, conducts: Mask) -> Lines:
        """Lines `floating` (m + n,) where no driver is attached, through cells that conduct (m, n)."""
        m = len(conducts)
        drivers = [
            _drivers(driver, seg, far, floats)
            for driver, seg, far, floats in (
                (wires.r_driver_wl, wires.r_wl, wires.r_far_wl, floating[:m]),
                (wires.r_driver_bl, wires.r_bl, wires.r_far_bl, floating[m:]),
            )
        ]
        (first_w, far_w), (first_b, far_b) = drivers
        fed = None
        driven_w, driven_b = np.isfinite(first_w) | (far_w > 0), np.isfinite(first_b) | (far_b > 0)
        if not (driven_w.all() and driven_b.all()):
            fed = np.concatenate(reached(driven_w, driven_b, conducts))
            first_w[~fed[:m]], first_b[~fed[m:]] = wires.r_wl, wires.r_bl
        return cls(wires.r_wl, wires.r_bl, first_w, first_b, far_w, far_b, fed)


def _drivers(driver: float, seg: float, far: float, floating: Mask) -> tuple[Array, Array]:
    """`first` and `far` of `Lines`, from resistances and from which lines float."""
    first = np.where(floating, np.inf, driver + seg)
    if far + seg == 0:  # the far driver holds the whole line, through no resistance: one driver without any is the same
        return np.where(floating, np.inf, 0.0), np.zeros(len(floating))
    return first, np.where(floating, 0.0, 1 / (far + seg))


def reached(word: Mask, bit: Mask, conducts: Mask) -> tuple[Mask, Mask]:
    """Word lines (m,) and bit lines (n,) that cells join to one of the lines given."""
    while True:
        more_bit = bit | conducts[word].any(axis=0)
        more_word = word | conducts[:, more_bit].any(axis=1)
        if (more_word == word).all() and (more_bit == bit).all():
            return word, bit
        word, bit = more_word, more_bit
