"""Flips counted in an engine's writes against the probabilities that it predicts for them, class by class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..circuit.crossbar import Crossbar
from ..circuit.schemes import Drive, Write, as_drive
from ..errors import InputError
from ..randomness import cell_uniforms
from .cells import CLASSES, Classes

if TYPE_CHECKING:
    from ..engines.base import Engine


@dataclass(frozen=True)
class Count:
    """cells: how many cells were watched, once a pulse; flips: those that flipped; expected, variance: sums of p and of p (1 - p).

    Counts merge by `+`.
    """

    cells: int = 0
    flips: int = 0
    expected: float = 0.0
    variance: float = 0.0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.cells + other.cells,
            self.flips + other.flips,
            self.expected + other.expected,
            self.variance + other.variance,
        )

    @property
    def sigmas(self) -> float:
        """How many standard deviations the flips lie above what was expected; 0 where nothing could vary."""
        return (self.flips - self.expected) / float(np.sqrt(self.variance)) if self.variance > 0 else 0.0


def count_flips(
    xbar: Crossbar, pulse: Write | Drive, kinds: Classes, seeds: Iterable[int], engine: Engine | str = "ngspice"
) -> dict[str, Count]:
    """One pulse on `xbar` for each seed, its states put back in between: a `Count` for each class of `cells.CLASSES` that has cells.

    kinds (m, n) as from `cells.classes`. The probabilities are `p_flip` of the engine's result: those of the voltages before any flip.
    """
    from ..engines import get

    drive, solver = as_drive(xbar, pulse), get(engine)
    if drive.pulses != 1:
        raise InputError(f"a Drive of {drive.pulses} pulses; count one pulse, from the same states each time")
    found = {name: Count() for kind, name in enumerate(CLASSES) if (kinds == kind).any()}
    for seed in seeds:
        res = solver.write(xbar.for_write(seed), drive, cell_uniforms(seed, xbar.shape))
        for name in found:
            mine = kinds == CLASSES.index(name)
            p = res.p_flip[mine]
            found[name] += Count(int(mine.sum()), int(res.flipped[mine].sum()), float(p.sum()), float((p * (1 - p)).sum()))
    return found
