"""What a cell lets through between its two line nodes: current and its derivatives, for every cell of the array at once.

1R is the element alone. In 1T1R and 1S1R the element is in series with a transistor or a selector; their middle node is eliminated cell by
cell, so that the network sees two-terminal cells in any case.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.transistor import kelvin
from ..device.access import Access, threshold
from ..device.selector import Selector
from ..errors import SimulationError
from .grid import laws, series
from .grid.cards import Cards

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Response:
    """Of each cell (m, n): current [A] from word to bit line, its derivative by the word line's and minus that by the bit line's
    voltage [S], both 0 or more (one array for both where they are the same), and the voltage [V] of the node between element and
    transistor or selector (the bit line's in 1R)."""

    current: Array
    by_word: Array
    by_bit: Array
    middle: Array


NO_CARDS = Cards(np.zeros((0, 0), dtype=np.int64), np.zeros((0, 2, 2, 2, 4)), 0.0, 1.0)


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
            self.conducts = self.conducts & is_on(xbar.access, gate, lowest)
        self.cards = NO_CARDS
        self.cover(np.zeros(0))

    def cover(self, volts: Array) -> None:
        """Have the tables of transistors with a card of the user's own reach over all `volts`, nan aside; no node goes beyond its lines."""
        access, known = self.xbar.access, volts[~np.isnan(volts)]
        if access is not None and access.own:
            from .card_table import table_of

            tables, gate = table_of(access, kelvin(self.xbar)), np.asarray(self.gate)
            self.cards = tables.cards(gate, float(known.min(initial=0.0)), float(known.max(initial=0.0)))
            self.__dict__.pop("kernel", None)

    @cached_property
    def kernel(self) -> series.Law:
        """The same as compiled code takes it."""
        xbar, shape = self.xbar, self.shape
        if xbar.ohmic:  # a resistor is a junction without TMR
            with np.errstate(divide="ignore"):
                r_p = np.where(self.rest > 0, 1 / self.rest, 1.0)
            state, tmr0, vh = np.ones(shape), np.zeros(shape), 1.0
        else:
            state, r_p, tmr0 = (laws.contiguous(value, shape) for value in (self.states, xbar.cells.r_p, xbar.cells.tmr0_t))
            vh = float(xbar.cells.vh)
        kind = series.TRANSISTOR if xbar.access else series.SELECTOR if xbar.selector else series.ALONE
        on = self.conducts if kind != series.ALONE else self.rest > 0
        gate, short, live = (
            laws.contiguous(0.0 if self.gate is None else self.gate, shape),
            self.short.astype(float),
            live_rows(on),
        )
        return series.Law(
            kind,
            state,
            r_p,
            tmr0,
            vh,
            on.astype(float),
            short,
            live,
            gate,
            channel(xbar.access),
            table(xbar.selector),
            self.cards,
        )

    def respond(self, v_word: Array, v_bit: Array, middle: Array | None = None) -> Response:
        """The cells between nodes at `v_word` and `v_bit` (m, n); `middle` is a first guess."""
        symmetric = self.xbar.access is None
        current, by_word = np.empty(self.shape), np.empty(self.shape)
        by_bit = by_word if symmetric else np.empty(self.shape)
        x = np.full(self.shape, np.nan) if middle is None else np.array(middle, dtype=float)
        if symmetric and self.xbar.selector is None:
            series.respond(self.kernel, *(laws.contiguous(v, self.shape) for v in (v_word, v_bit)), x, current, by_word, by_bit)
            return Response(current, by_word, by_bit, v_bit)
        known = np.isfinite(v_word) & np.isfinite(v_bit)
        kernel = self.kernel
        if not known.all():
            on = kernel.on * known
            kernel = kernel._replace(on=on, live=live_rows(on > 0))
        left = series.respond(kernel, *(laws.contiguous(v, self.shape) for v in (v_word, v_bit)), x, current, by_word, by_bit)
        if left > 0:
            raise SimulationError(
                f"the node between MTJ and transistor or selector did not settle (last step {left:.1e} V too large); "
                "check the parameters of both"
            )
        return Response(current, by_word, by_bit, self.middle(v_word, v_bit, x))

    def middle(self, v_word: Array, v_bit: Array, x: Array) -> Array:
        """Voltages of the nodes between, `x` where a cell is on (m, n)."""
        if self.kernel.kind == series.ALONE:
            return v_bit
        on = (self.kernel.on > 0) & np.isfinite(v_word) & np.isfinite(v_bit)
        return x if on.all() else np.where(on, x, self._idle(v_word, v_bit))

    def _idle(self, v_word: Array, v_bit: Array) -> Array:
        """The middle node of a cell without current: it follows the side that it is joined to, and is nan where there is none."""
        if self.xbar.access is None:
            return np.where(self.open, v_bit, v_word)
        joined = is_on(self.xbar.access, self.gate, v_bit)
        return np.where(self.open, np.where(joined, v_bit, np.nan), v_word)


def live_rows(on: Mask) -> Mask:
    """(m,): the rows with any cell that is on (m, n)."""
    return np.asarray(on.any(axis=1))


def channel(access: Access | None) -> Array:
    """(vto, beta, lambda, gamma, phi) of a transistor; empty without one."""
    return np.array([] if access is None else [access.vto, access.beta, access.lambda_, access.gamma, access.phi])


def table(selector: Selector | None) -> Array:
    """A selector's volts, amperes and slopes (3, points); empty without one."""
    if selector is None:
        return np.empty((3, 0))
    return np.stack([selector.v, selector.i, np.append(selector.slope, selector.slope[-1])])


def is_on(access: Access, gate: Array | None, vs: Array | float) -> Mask:
    """Whether a transistor conducts with its source at `vs` volts (False where that is nan)."""
    return np.asarray(gate - vs > threshold(access, vs)[0])  # type: ignore[operator]
