"""Writes in ngspice: each pulse of a Drive is a transient in which the MTJs switch, and whose end gives the next one's states."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.deck import Deck, duration, write_deck
from ..circuit.schemes import Drive, line_arrays
from ..device import formulas
from ..device.emit import Cards
from ..device.emit.user import UserModel
from .base import WriteResult
from .ngspice_read import Simulate, idle_middle, solve
from .power import Energy, cell_power, wire_power
from .quasistatic import active_pieces, flip_probability, pulse_numbers, result
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
    energy, results, peak = Energy.none(xbar), [], np.zeros(xbar.shape)
    for k in range(drive.pulses):
        pulse = _Pulse(simulate, xbar.with_states(states).in_pulse(k), drive.part(k), uniforms[k], junctions)
        results.append((pulse.v_cell, pulse.v_start, pulse.p_flip, pulse.flipped))
        states, energy = np.where(pulse.flipped, -states, states).astype(np.int8), energy + pulse.energy
        peak = np.maximum(peak, pulse.v_peak)
    return result(drive, results, peak, states, energy)


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
        seconds = duration(self.xbar, self.drive)
        p = self.xbar.cells.switching_probability(np.maximum(v, 0.0) * self.states, seconds, self.states)
        return self.can_flip & (v > 0) & (self.u <= p)

    def _simulate(self, simulate: Simulate, switching: Mask) -> None:
        while True:
            deck = write_deck(self.xbar, self.drive, self.u, switching=switching, junctions=self.junctions)
            waves = simulate(deck, self._complaint) if deck.net.driven.any() else {"time": np.zeros(1)}
            v_word, v_bit = self._lines(deck, waves)
            v = self._across(deck, waves, v_word, v_bit)
            missed = self._would_flip(np.nan_to_num(np.max(v * self.states, axis=0), nan=0.0)) & ~switching
            if not missed.any():
                break
            log.info("%d more cells came within reach of switching; simulating the pulse again", missed.sum())
            switching = switching | missed
        time = waves["time"]
        progress = self._progress(deck, waves)
        self.flipped: Mask = progress[-1] >= 1
        rise = float(self.drive.rise or 0.0)
        # the falling ramp starts half a rise time before its edge, and the drive one rise time into the transient
        at = np.searchsorted(time, (self.drive.edges[self.last + 1] + rise / 2) * (1 + 1e-9), side="right") - 1
        self.v_cell = np.where(np.isnan(self.v_start), np.nan, v[at])
        self.v_peak = np.max(np.nan_to_num(np.abs(v), nan=0.0), axis=0)
        i_cell = self._currents(deck, waves, v, v_word, v_bit, progress)
        self.energy = self._energy(deck, waves, v_word, v_bit, i_cell)

    def _complaint(self, waves: Waves) -> str:
        end, reached = float(self.drive.edges[-1]), float(waves["time"][-1]) if len(waves.get("time", ())) else 0.0
        return "" if reached >= end else f"the transient ended at {reached:.4g} of {end:.4g} s"

    def _grid(self, waves: Waves, nodes: list[str]) -> Array:
        points = len(waves["time"])
        return voltages(waves, nodes, points).T.reshape(points, *self.xbar.shape)

    def _lines(self, deck: Deck, waves: Waves) -> tuple[Array, Array]:
        """Voltages (points, m, n) of word-line and bit-line nodes, nan where a node has no path to a driven line."""
        return self._grid(waves, deck.names.word), self._grid(waves, deck.names.bit)

    def _across(self, deck: Deck, waves: Waves, v_word: Array, v_bit: Array) -> Array:
        """Voltages (points, m, n) of the MTJs."""
        if not self.xbar.series:
            return v_word - v_bit
        middle, idle = self._grid(waves, deck.names.middle), v_bit  # an open cell's selector carries no current
        if self.drive.v_gate is not None:
            idle = idle_middle(self.xbar, self.drive.v_gate[self.last], v_word, v_bit)
        return v_word - np.where(np.isnan(middle), idle, middle)

    def _progress(self, deck: Deck, waves: Waves) -> Array:
        """A (points, m, n), 0 for cells that do not integrate it."""
        points = len(waves["time"])
        values = vectors(waves, [f"v({node})" if node else "" for node in deck.names.progress], points).T
        return np.nan_to_num(values, nan=0.0).reshape(points, *self.xbar.shape)

    def _currents(self, deck: Deck, waves: Waves, v: Array, v_word: Array, v_bit: Array, progress: Array) -> Array:
        """Currents (points, m, n) of the cells [A]; 0 for shorts in 1R, which take no power."""
        xbar = self.xbar
        v = np.nan_to_num(v, nan=0.0)
        g = xbar.element_conductance(v)
        turning = np.argwhere((progress[-1] > 1) & deck.net.live)
        for i, j in turning.tolist():
            device = xbar.cells[i, j] if xbar.cells.shape else xbar.cells
            z = formulas.turning_state(int(self.states[i, j]), formulas.turned(progress[:, i, j]))
            g[:, i, j] = formulas.conductance(z, v[:, i, j], device.r_p, device.tmr0_t, device.vh)
        short = np.isinf(g)
        current = np.where(short | ~deck.net.live, 0.0, g) * v
        metered = [f"i({name})" if name else "" for name in deck.names.meters]
        if any(metered):
            measured = vectors(waves, metered, len(v)).T.reshape(v.shape)
            current = np.where(np.isnan(measured), current, measured)
        shorted = np.flatnonzero(short[0] & deck.net.live).tolist() if xbar.series else []
        for i, j in (divmod(k, xbar.n) for k in shorted):
            if xbar.selector is not None:
                current[:, i, j] = xbar.selector.current(v_word[:, i, j] - v_bit[:, i, j])
            else:
                # some models give the size alone: the sign is that of the voltage
                current[:, i, j] = np.copysign(waves[f"i(@mc_{i}_{j}[id])"], v_word[:, i, j] - v_bit[:, i, j])
        return current

    def _energy(self, deck: Deck, waves: Waves, v_word: Array, v_bit: Array, i_cell: Array) -> Energy:
        """Energy [J] out of the line drivers and where it went; what the capacitances hold in the end is in none of the parts."""
        sources, time, m = deck.names.sources, waves["time"], self.xbar.m
        if not sources:
            return Energy.none(self.xbar)
        names = list(sources)
        v = voltages(waves, list(sources.values()), len(time)).T
        given = np.asarray(-np.trapezoid(v * vectors(waves, [f"i({name})" for name in names], len(time)).T, time, axis=0))
        lines = np.zeros(m + self.xbar.n)
        applied = np.full((len(time), m + self.xbar.n), np.nan)
        of_line = [*deck.names.source_wl, *deck.names.source_bl]
        for k, name in enumerate(of_line):
            if name:  # lines that shorts join at their sources share alike what they give
                at = names.index(name)
                lines[k], applied[:, k] = given[at] / of_line.count(name), v[:, at]
        cell = np.asarray(np.trapezoid(cell_power(v_word, v_bit, i_cell), time, axis=0))
        wires = np.trapezoid(wire_power(self.xbar, applied[:, :m], applied[:, m:], v_word, v_bit), time)
        return Energy(lines[:m], lines[m:], cell, float(wires))
