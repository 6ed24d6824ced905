"""A calibration made better for one training: the fits taken anew from what a circuit said of its own reads and pulses.

`calibrate` draws its circuit runs from a plan; a replay (`training.replay`) has a circuit beside every read and pulse of the tiles that a
training really uses. Half of these, every other one, make new fits; the other half, which they have not seen, judges both.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..errors import InputError
from ..results import provenance
from .calibrate import WriteCells, fit_reads, fit_writes, held_out_pairs, misfit_of
from .constants import Cells
from .model import Surrogate, attenuation, cell_conductance, extrapolated, line_losses, swept

Array = NDArray[np.float64]
MOST_READS = 400  # more hold no more: their arrays are nearly the same
LEAST = 8  # reads, and pulses


class SeenRead:
    """One read of a tile: its lines' volts beyond the common ones, and the currents that the circuit found on the other side."""

    def __init__(self, xbar: Crossbar, volts: Array, currents: Array, half_read: float, v_common: float, *, forwards: bool):
        g = cell_conductance(xbar, half_read, v_common)
        x, y = line_losses(g, Cells.of(xbar).wires)
        self.g, self.x, self.y = (a if forwards else a.T for a in (g, x, y))
        self.volts, self.circuit = volts, currents
        self.scale = float(np.abs(currents).max())

    def predicted(self, fit: Array) -> Array:
        """Currents (lines,) [A]."""
        return np.asarray(self.volts @ (attenuation(self.x, self.y, fit) * self.g))

    def misfit(self, fit: Array) -> Array:
        """What they differ by, as shares of the largest."""
        return (self.predicted(fit) - self.circuit) / self.scale


class SeenPulse:
    """One pulse on a tile: the cells whose volts the circuit told."""

    def __init__(self, xbar: Crossbar, drive: Any, volts: Array, seconds: float):
        v_wl, v_bl, v_gate = drive.acting()
        rows, v, last = swept(xbar, v_wl, v_bl, v_gate)
        applied = v_wl[rows, None] - v_bl[None, :]
        told = np.isfinite(volts[rows]) & (np.abs(applied) > 1e-3)
        where = np.nonzero(told)
        self.index = (rows[where[0]], where[1])
        self.v, self.last, self.applied = v[told], last[told], applied[told]
        self.circuit = volts[self.index]
        self.xbar, self.seconds = xbar, seconds
        self.half = np.zeros(self.v.size, dtype=bool)

    def predicted(self, fit: Array) -> Array:
        """Volts (cells,)."""
        return extrapolated(self.v, self.last, self.applied, fit)

    def probability(self, volts: Array) -> Array:
        """Flip probabilities (cells,) at these volts."""
        cells = self.xbar.cells[self.index] if self.xbar.cells.shape else self.xbar.cells
        return np.asarray(cells.switching_probability(volts, self.seconds, np.asarray(self.xbar.states)[self.index]))


class Seen:
    """What a replay's circuit said, in order."""

    def __init__(self) -> None:
        self.reads: list[SeenRead] = []
        self.pulses: list[SeenPulse] = []


def refit(surrogate: Surrogate, seen: Seen, source: str) -> Surrogate:
    """`surrogate` with fits from every other read and pulse of `seen`, and the misfit on the rest; its domain stays.

    `misfit` also tells what the old fits leave on the same held-out half, under "before_". `InputError` with too few of either.
    """
    reads, pulses = seen.reads[:: -(-len(seen.reads) // MOST_READS) or 1], [p for p in seen.pulses if p.v.size]
    for name, found in (("reads", reads), ("pulses", pulses)):
        if len(found) < LEAST:
            raise InputError(
                f"{len(found)} {name} on the replayed tiles: a calibration wants {LEAST} or more; replay more samples"
            )
    read_fit = fit_reads(reads[::2], surrogate.read_fit)
    write_fit = fit_writes(_all(pulses[::2]))
    held = [held_out_pairs(reads[1::2], pulses[1::2], *fits) for fits in
            ((read_fit, write_fit), (surrogate.read_fit, surrogate.write_fit))]  # fmt: skip
    old = {f"before_{name}": value for name, value in misfit_of(held[1]).items() if name.endswith(("rms", "max", "full_scale"))}
    return dataclasses.replace(
        surrogate, read_fit=read_fit, write_fit=write_fit, held_out=held[0], misfit=misfit_of(held[0]) | old,
        plan=dict(surrogate.plan) | {"refitted": source, "reads": len(reads), "pulses": len(pulses)}, provenance=provenance(),
    )  # fmt: skip


def _all(pulses: list[SeenPulse]) -> WriteCells:
    return WriteCells(*(np.concatenate([getattr(p, name) for p in pulses]) for name in WriteCells._fields))
