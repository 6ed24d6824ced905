"""Writes in ngspice: each pulse of a Drive is a transient in which the MTJs switch, and whose end gives the next one's states."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.deck import Deck, write_deck
from ..circuit.schemes import Drive, line_arrays
from ..device.emit import Cards
from ..device.emit.user import UserModel
from .base import WriteResult
from .ngspice_read import Simulate, idle_middle, solve
from .quasistatic import active_pieces, flip_probability, pulse_numbers
from .rawfile import Waves, vectors, voltages

log = logging.getLogger(__name__)

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
States = NDArray[np.int8]

# A cell gets a device that can switch if this much more than its voltage before any flip would make it. A guess that saves time only:
# what the others saw is checked after the run, which is repeated if one of them should have switched.
MARGIN = 1.15


def play(simulate: Simulate, xbar: Crossbar, drive: Drive, uniforms: Array, junctions: Cards | None = None) -> WriteResult:
    """Play `drive` on `xbar` from its present states; `uniforms` (pulses, m, n), or (m, n) for one pulse; `junctions` of either kind."""
    uniforms = pulse_numbers(xbar, drive, uniforms)
    states: States = np.array(xbar.states, dtype=np.int8)
    energy, results, peak = 0.0, [], np.zeros(xbar.shape)
    for k in range(drive.pulses):
        pulse = _Pulse(simulate, xbar.with_states(states).in_pulse(k), drive.part(k), uniforms[k], junctions)
        results.append((pulse.v_cell, pulse.v_start, pulse.p_flip, pulse.flipped))
        states, energy = np.where(pulse.flipped, -states, states).astype(np.int8), energy + pulse.energy
        peak = np.maximum(peak, pulse.v_peak)
    v_cell, v_start, p_flip, flipped = (np.stack(part) if drive.pulses > 1 else part[0] for part in zip(*results, strict=True))
    return WriteResult(v_cell, v_start, peak, p_flip, flipped, states, energy, float(drive.edges[-1] - drive.edges[0]))


class _Pulse:
    """One pulse, simulated."""

    def __init__(self, simulate: Simulate, xbar: Crossbar, drive: Drive, u: Array, junctions: Cards | None):
        self.xbar, self.drive, self.u, self.junctions = xbar, drive, u, junctions
        self.states = np.asarray(xbar.states)
        held = xbar.ohmic or isinstance(junctions, UserModel)
        self.can_flip: Mask = np.zeros(xbar.shape, dtype=bool) if held else np.asarray(xbar.faults) == 0
        active = np.flatnonzero(active_pieces(drive))
        self.last = int(active[-1]) if len(active) else len(drive.v_wl) - 1

        at_start = solve(simulate, xbar, *line_arrays(xbar, drive.v_wl, drive.v_bl, drive.v_gate), junctions).v_cell
        self.v_start = at_start[self.last]
        before = np.nan_to_num(at_start, nan=0.0)
        self.p_flip = np.zeros(xbar.shape)
        if self.can_flip.any():
            self.p_flip = flip_probability(xbar.cells, np.where(self.can_flip, before, 0.0), np.diff(drive.edges), self.states)
        self._simulate(simulate, self._would_flip(MARGIN * np.max(before * self.states, axis=0)))

    def _would_flip(self, v: Array) -> Mask:
        """Cells that would flip if `v` volts, positive out of their state, stood on them all the time."""
        if not self.can_flip.any():
            return self.can_flip
        seconds = float(self.drive.edges[-1]) + 2 * float(self.drive.rise or 0.0)
        p = self.xbar.cells.switching_probability(np.maximum(v, 0.0) * self.states, seconds, self.states)
        return self.can_flip & (v > 0) & (self.u <= p)

    def _simulate(self, simulate: Simulate, switching: Mask) -> None:
        while True:
            deck = write_deck(self.xbar, self.drive, self.u, switching=switching, junctions=self.junctions)
            waves = simulate(deck, self._complaint) if deck.net.driven.any() else {"time": np.zeros(1)}
            v = self._across(deck, waves, len(waves["time"]))
            missed = self._would_flip(np.nan_to_num(np.max(v * self.states, axis=0), nan=0.0)) & ~switching
            if not missed.any():
                break
            log.info("%d more cells came within reach of switching; simulating the pulse again", missed.sum())
            switching = switching | missed
        time = waves["time"]
        progress = vectors(waves, [f"v({node})" if node else "" for node in deck.names.progress], len(time))[:, -1]
        self.flipped: Mask = (np.nan_to_num(progress, nan=0.0) >= 1).reshape(self.xbar.shape)
        rise = float(self.drive.rise or 0.0)
        # the falling ramp starts half a rise time before its edge, and the drive one rise time into the transient
        at = np.searchsorted(time, (self.drive.edges[self.last + 1] + rise / 2) * (1 + 1e-9), side="right") - 1
        self.v_cell = np.where(np.isnan(self.v_start), np.nan, v[at])
        self.v_peak = np.max(np.nan_to_num(np.abs(v), nan=0.0), axis=0)
        self.energy = self._energy(deck, waves)

    def _complaint(self, waves: Waves) -> str:
        end, reached = float(self.drive.edges[-1]), float(waves["time"][-1]) if len(waves.get("time", ())) else 0.0
        return "" if reached >= end else f"the transient ended at {reached:.4g} of {end:.4g} s"

    def _across(self, deck: Deck, waves: Waves, points: int) -> Array:
        """Voltages (points, m, n) of the MTJs, nan where a node has no path to a driven line."""
        v_word, v_bit, middle = (
            voltages(waves, nodes, points).T.reshape(points, *self.xbar.shape)
            for nodes in (deck.names.word, deck.names.bit, deck.names.middle)
        )
        if self.drive.v_gate is None:
            return v_word - v_bit
        return v_word - np.where(np.isnan(middle), idle_middle(self.xbar, self.drive.v_gate[self.last], v_word, v_bit), middle)

    def _energy(self, deck: Deck, waves: Waves) -> float:
        """Energy [J] out of the line drivers."""
        sources, points = deck.names.sources, len(waves["time"])
        if not sources:
            return 0.0
        v = voltages(waves, list(sources.values()), points)
        i = vectors(waves, [f"i({name})" for name in sources], points)
        return float(-np.trapezoid((v * i).sum(axis=0), waves["time"]))
