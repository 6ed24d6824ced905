"""What a cell lets through between its two line nodes: current and its derivatives, for every cell of the array at once.

1R is the element alone. In 1T1R and 1S1R the element is in series with a transistor or a selector; their middle node is eliminated cell by
cell, so that the network sees two-terminal cells in any case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..device.access import Access, drain_current, threshold
from ..errors import InputError, SimulationError
from .grid import laws

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Least slope [S] of a transistor in Newton's matrix, so that a line which only cut-off transistors reach does not make it singular.
# It changes the path to the solution, not the solution: currents come without it.
LEAST_SLOPE = 1e-11
SERIES_STEPS = 200  # bisection alone would need about 60


@dataclass(frozen=True, eq=False)
class Response:
    """Of each cell (m, n): current [A] from word to bit line, its derivative by the word line's and minus that by the bit line's
    voltage [S], both 0 or more (one array for both where they are the same), and the voltage [V] of the node between element and
    transistor or selector (the bit line's in 1R)."""

    current: Array
    by_word: Array
    by_bit: Array
    middle: Array


class CellLaw:
    """The cells of a crossbar in given states and at given gate voltages.

    gate: (m, n) V at every cell's own gate, None without transistors. `lowest`: the lowest voltage that any node can take. `conducts`
    (m, n): the cells that can carry a current; `shorted` (m, n): 1R cells of 0 ohm, which the network merges (`merges`: whether there
    are any). rest (m, n) [S]: the elements at 0 V, 0 for shorts; with `linear` cells that is all.
    """

    def __init__(self, xbar: Crossbar, states: NDArray[np.int8], gate: Array | None, lowest: float = 0.0):
        at_rest = xbar.element_conductance(0.0, states)
        self.xbar, self.states, self.gate, self.shape = xbar, states, gate, xbar.shape
        self.conducts: Mask = at_rest > 0
        self.short: Mask = np.isinf(at_rest)
        shorts = bool(self.short.any())
        alone = xbar.access is None and xbar.selector is None
        self.merges = shorts and alone
        self.shorted: Mask = self.short if alone else np.zeros(xbar.shape, dtype=bool)
        self.linear = xbar.ohmic and alone
        self.rest: Array = np.where(self.short, 0.0, at_rest) if shorts else np.ascontiguousarray(at_rest)
        self.open: Mask = ~self.conducts
        if xbar.access is not None:
            if xbar.access.lib is not None:
                raise InputError(
                    f"the nodal engine knows level-1 transistors only, not {xbar.access.lib}; use engine='ngspice' for a card of your own"
                )
            self.conducts = self.conducts & is_on(xbar.access, gate, lowest)
        if not xbar.ohmic:
            cells = xbar.cells
            self._state, self._r_p, self._tmr0 = (
                laws.contiguous(value, xbar.shape) for value in (states, cells.r_p, cells.tmr0_t)
            )
            self._vh, self._sound = float(cells.vh), (self.rest > 0).astype(float)
        self._channel: Array | None = None
        if xbar.access is not None and not xbar.ohmic:
            a = xbar.access
            self._channel = np.array([a.vto, a.beta, a.lambda_, a.gamma, a.phi])

    def element(self, w: Array, x: Array) -> tuple[Array, Array]:
        """Current [A] and differential conductance [S] of the bare elements between nodes at w and x volts (m, n); 0 for shorts."""
        if self.xbar.ohmic:
            return self.rest * (w - x), self.rest
        current, slope = np.empty(self.shape), np.empty(self.shape)
        laws.junctions(w, x, self._state, self._r_p, self._tmr0, self._vh, self._sound, current, slope)
        return current, slope

    def respond(self, v_word: Array, v_bit: Array, middle: Array | None = None) -> Response:
        """The cells between nodes at `v_word` and `v_bit` (m, n); `middle` is a first guess."""
        if self.xbar.access is None and self.xbar.selector is None:
            current, slope = self.element(v_word, v_bit)
            return Response(current, slope, slope, v_bit)
        return self._series(v_word, v_bit, middle)

    def _lower(self, x: Array, bit: Array) -> tuple[Array, Array, Array]:
        """Current [A] of the transistor or selector between nodes at x and bit volts, its slope by x and minus that by bit [S]."""
        if self.xbar.selector is not None:
            slope = self.xbar.selector.conductance(x - bit)
            return self.xbar.selector.current(x - bit), slope, slope
        current, _, by_drain, by_source = drain_current(self.xbar.access, self.gate, x, bit)  # type: ignore[arg-type]
        return current, by_drain, -by_source

    def _series(self, v_word: Array, v_bit: Array, middle: Array | None) -> Response:
        on = self.conducts & np.isfinite(v_word) & np.isfinite(v_bit)
        word, bit = np.where(on, v_word, 0.0), np.where(on, v_bit, 0.0)
        x = word if middle is None else np.where(on, middle, 0.0)
        if self._channel is not None:
            x = word - self._split(word, bit)
        x = np.where(self.short | ~on, word, self._middle(word, bit, x))
        _, g = self.element(word, x)
        current, by_x, by_bit = self._lower(x, bit)
        if self.xbar.access is not None:
            by_x, by_bit = np.maximum(by_x, LEAST_SLOPE), np.maximum(by_bit, LEAST_SLOPE)
        # share of the element in the series connection's voltage; a short has none
        share = np.where(self.short, 1.0, g / np.where(self.short, 1.0, g + by_x))
        zero = np.zeros(word.shape)
        by_word = np.where(on, share * by_x, zero)
        return Response(
            np.where(on, current, zero),
            by_word,
            by_word if self.xbar.access is None else np.where(on, share * by_bit, zero),
            np.where(on, x, self._idle(v_word, v_bit)),
        )

    def _split(self, word: Array, bit: Array) -> Array:
        """The junctions' part (m, n) of the voltage between word and bit nodes, to 1e-10 V, by the compiled law of a 1T1R cell."""
        from ..device.compiled import cell_currents

        gate = np.ascontiguousarray(self.gate)
        return np.asarray(cell_currents(word, bit, gate, self._state, 1 / self._r_p, self._tmr0, self._vh, self._channel)[1])

    def _idle(self, v_word: Array, v_bit: Array) -> Array:
        """The middle node of a cell without current: it follows the side that it is joined to, and is nan where there is none."""
        if self.xbar.access is None:
            return np.where(self.open, v_bit, v_word)
        joined = is_on(self.xbar.access, self.gate, v_bit)
        return np.where(self.open, np.where(joined, v_bit, np.nan), v_word)

    def _middle(self, word: Array, bit: Array, x: Array) -> Array:
        """Voltage of the node where both elements carry the same current: Newton inside a bracket, which always holds."""
        # excess(x) = element current - transistor current falls from >= 0 at the lower end to <= 0 at the upper one
        low, high = np.minimum(word, bit), np.maximum(word, bit)
        x = np.clip(x, low, high)
        last = high - low
        resolution = 2 * np.finfo(float).eps * np.maximum(np.abs(low), np.abs(high))
        for _ in range(SERIES_STEPS):
            i_element, g = self.element(word, x)
            i_lower, slope, _ = self._lower(x, bit)
            excess = i_element - i_lower
            low, high = np.where(excess > 0, x, low), np.where(excess < 0, x, high)
            total = g + slope
            step = np.where(total > 0, excess / np.where(total > 0, total, 1.0), 0.0)
            inside = (x + step >= low) & (x + step <= high) & (np.abs(step) <= last / 2)
            step = np.where(inside | (excess == 0), step, (low + high) / 2 - x)
            x = x + step
            last = np.abs(step)
            if (last <= resolution).all():
                return x
        raise SimulationError(
            f"the node between MTJ and transistor or selector did not settle in {SERIES_STEPS} steps (last step {last.max():.1e} V); "
            "check the parameters of both"
        )


def is_on(access: Access, gate: Array | None, vs: Array | float) -> Mask:
    """Whether a transistor conducts with its source at `vs` volts (False where that is nan)."""
    return np.asarray(gate - vs > threshold(access, vs)[0])  # type: ignore[operator]
