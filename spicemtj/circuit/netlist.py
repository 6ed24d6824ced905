"""The cards of a crossbar: names of nodes and elements, wires, cells, sources.

Nodes: w_i_j and b_i_j (word and bit line at cell (i, j)), c_i_j (between MTJ and transistor or selector), a_i_j (progress of a cell that
can switch), dwl_i and dbl_j (ideal ends of the drivers), g_k (gate lines). Elements: vwl_i, vbl_j, vg_k (sources; bwl_i, bbl_j, bg_k where
they step through several points), rwl_i, rbl_j (driver and first wire segment), rfwl_i, rfbl_j (driver at the far end and last segment),
rw_i_j, rb_i_j (wires), cw_i_j, cb_i_j, cc_i_j (capacitances to ground of word line, bit line and c_i_j), rc_i_j, bc_i_j, xc_i_j, nc_i_j
(MTJs), mc_i_j (transistors; xt_i_j where they are subcircuits), xs_i_j (selectors), vc_i_j (0 V before a user's own junction, whose
current it carries). Nodes that shorts join are one, under the name of the first; what no driver reaches is left out.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..device.emit import Behavioural, Cards
from ..device.emit.user import UserModel
from ..device.mtj import Mtj
from ..device.selector import Selector
from ..device.switching.quantile_fit import QuantileFit, fit
from ..errors import InputError
from ..units import literal
from . import transistor
from .crossbar import Crossbar
from .topology import Topology, driver_resistances

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Names:
    """Names of nodes and sources in a deck, to read results back: (m, n) and (lines,) lists of text, "" where there is none.

    Joined driver ends share one source. progress: nodes of A. meters: sources that carry the currents of cells, "" where the cell's law
    tells them. sources: the node that each source of a line drives.
    """

    word: list[str]
    bit: list[str]
    middle: list[str]
    progress: list[str]
    meters: list[str]
    source_wl: list[str]
    source_bl: list[str]
    sources: dict[str, str]


class Netlist:
    """The cards of one deck in the making."""

    def __init__(self, xbar: Crossbar, net: Topology, junctions: Cards | None = None):
        self.xbar, self.net = xbar, net
        self.junctions = junctions or Behavioural()
        m, n = xbar.shape
        self._cells = [f"{i}_{j}" for i in range(m) for j in range(n)]
        self._elements = [f"c_{cell}" for cell in self._cells]
        self._lines = [f"wl_{i}" for i in range(m)] + [f"bl_{j}" for j in range(n)]
        node = [f"{kind}_{cell}" for kind in "wb" for cell in self._cells] + [f"d{line}" for line in self._lines]
        node += [f"c_{cell}" for cell in self._cells] if xbar.series else []
        self._word, self._bit, self._middle = (
            [node[k] for k in part.ravel().tolist()] for part in (net.word, net.bit, net.middle)
        )
        self._ends = [node[k] for k in net.ends.tolist()]
        self._source = [""] * (m + n)
        self._sources: dict[str, str] = {}
        self._meters = [""] * (m * n)
        self.switching = np.zeros(xbar.shape, dtype=bool)
        self.cards: list[str] = []

    def wires(self) -> None:
        """Drivers with their first wire segment, and the wires between neighbours; those of 0 ohm have merged their nodes."""
        xbar, net = self.xbar, self.net
        m, n = xbar.shape
        first = self._word[::n] + self._bit[(m - 1) * n :]
        last = self._word[n - 1 :: n] + self._bit[:n]
        for kind, nodes, resistance in zip(("r", "rf"), (first, last), driver_resistances(xbar), strict=True):
            self.cards += [
                f"{kind}{self._lines[k]} {self._ends[k]} {nodes[k]} {literal(resistance[k])}"
                for k in np.flatnonzero(net.driven & (resistance > 0) & np.isfinite(resistance)).tolist()
            ]
        row, col = np.indices(xbar.shape)
        self._segments("rw", xbar.r_wl, self._word, net.fed[net.word] & (col < n - 1), 1)
        self._segments("rb", xbar.r_bl, self._bit, net.fed[net.bit] & (row < m - 1), n)

    def _segments(self, name: str, resistance: float, nodes: list[str], there: Mask, step: int) -> None:
        if 0 < resistance < np.inf:
            text = literal(resistance)
            self.cards += [
                f"{name}_{self._cells[k]} {nodes[k]} {nodes[k + step]} {text}" for k in np.flatnonzero(there).tolist()
            ]

    def cells(self, most: float, switching: Mask | None = None, u: Array | None = None, seconds: float = 0.0) -> None:
        """Every cell that joins two fed nodes: resistor or MTJ, and its transistor or selector. most [V]: the largest between two lines."""
        xbar, net = self.xbar, self.net
        at_rest = xbar.element_conductance(0.0)
        live = net.live & (at_rest > 0)
        element = live & np.isfinite(at_rest)
        if xbar.ohmic:
            assert xbar.resistances is not None
            resistances = np.asarray(xbar.resistances).ravel().tolist()
            self.cards += [
                f"rc_{self._cells[k]} {self._word[k]} {self._middle[k]} {resistances[k]!r}"
                for k in np.flatnonzero(element).tolist()
            ]
        else:
            if switching is not None:
                assert u is not None
                self._switching(element & switching, u, seconds)
            still = element & ~self.switching
            names, p, n = self._of(still, self._elements, self._word, self._middle)
            self.cards += self.junctions.fixed(names, p, n, _devices(xbar, still), np.asarray(xbar.states)[still])
            if isinstance(self.junctions, UserModel):
                for k, name in zip(np.flatnonzero(still).tolist(), names, strict=True):
                    self._meters[k] = self.junctions.meter(name)
        if xbar.access is not None:
            self._transistors(live)
        if xbar.selector is not None:
            self._selectors(xbar.selector, live, most)

    def _switching(self, wanted: Mask, u: Array, seconds: float) -> None:
        """The cells of `wanted` whose switching law comes within reach of the pulse, as integrating subcircuits."""
        if not wanted.any():
            return
        xbar, states = self.xbar, np.asarray(self.xbar.states)
        law = fit(_devices(xbar, wanted), u[wanted], states[wanted], seconds)
        reached = np.isfinite(law.v_lo)
        law = QuantileFit(*(getattr(law, f.name)[reached] for f in dataclasses.fields(law)))
        mask = self.switching
        mask[wanted] = reached
        if not mask.any():
            return
        names, p, n, a = self._of(mask, self._elements, self._word, self._middle, self.progress())
        self.cards += self.junctions.switching(names, p, n, a, _devices(xbar, mask), states[mask], law, seconds)

    def progress(self) -> list[str]:
        """The nodes of A, "" for cells without one."""
        return [f"a_{cell}" if on else "" for cell, on in zip(self._cells, self.switching.ravel().tolist(), strict=True)]

    def _of(self, mask: Mask, *lists: list[str]) -> list[list[str]]:
        at = np.flatnonzero(mask).tolist()
        return [[names[k] for k in at] for names in lists]

    def _transistors(self, live: Mask) -> None:
        access, xbar = self.xbar.access, self.xbar
        assert access is not None
        line = 0 if xbar.gate_by == "row" else 1
        kind, tail = transistor.kind(access), transistor.tail(access)
        self.cards += [
            f"{kind}_{self._cells[k]} {self._middle[k]} g_{divmod(k, xbar.n)[line]} {self._bit[k]} {tail}"
            for k in np.flatnonzero(live).tolist()
        ]
        self.cards += transistor.definition(access)

    def _selectors(self, selector: Selector, live: Mask, most: float) -> None:
        """One subcircuit for all: ngspice expands it faster than a .func, whose text it rewrites for every cell."""
        table = selector.between(*selector.reach(most, self._largest_conductance(live)))
        points = ",".join(f"{v!r},{i!r}" for v, i in zip(table.v.tolist(), table.i.tolist(), strict=True))
        self.cards += [".subckt selector p n", f"bi p n i=pwl(v(p,n),{points})", ".ends selector"]
        self.cards += [f"xs_{self._cells[k]} {self._middle[k]} {self._bit[k]} selector" for k in np.flatnonzero(live).tolist()]

    def _largest_conductance(self, live: Mask) -> float:
        """What the element of any cell can conduct at most [S], in any state and at any voltage: that of a parallel MTJ."""
        at_rest = self.xbar.element_conductance(0.0)[live]
        if isinstance(self.junctions, UserModel) or np.isinf(at_rest).any():
            return float("inf")
        return float(np.max(at_rest, initial=0.0) if self.xbar.ohmic else np.max(1 / np.asarray(self.xbar.cells.r_p)))

    def capacitances(self) -> None:
        """Capacitance to ground of every fed node: its wire segment's, and that of the transistor's terminals."""
        xbar, net = self.xbar, self.net
        if not (xbar.c_wire or xbar.c_drain):
            return
        drain = 0.0 if xbar.access is None else xbar.c_drain
        live = net.live & (xbar.element_conductance(0.0) > 0)
        for name, nodes, there, farad in (
            ("cw", self._word, net.fed[net.word], np.full(xbar.shape, xbar.c_wire)),
            ("cb", self._bit, net.fed[net.bit], np.where(live, xbar.c_wire + drain, xbar.c_wire)),
            ("cc", self._middle, live, np.full(xbar.shape, drain)),
        ):
            value = farad.ravel().tolist()
            self.cards += [
                f"{name}_{self._cells[k]} {nodes[k]} 0 {value[k]!r}" for k in np.flatnonzero(there & (farad > 0)).tolist()
            ]

    def sources(self, lines: list[str], gates: list[str]) -> None:
        """The voltage sources of all driven lines and of the gates, by their values; ends that shorts join share one source."""
        at_node: dict[str, str] = {}
        for k in np.flatnonzero(self.net.driven).tolist():
            node = self._ends[k]
            if node not in at_node:
                at_node[node] = _source(self._lines[k], lines[k])
                self.cards.append(f"{at_node[node]} {node} 0 {lines[k]}")
            self._source[k] = at_node[node]
        self._sources = {source: node for node, source in at_node.items()}
        self.cards += [f"{_source(f'g_{k}', value)} g_{k} 0 {value}" for k, value in enumerate(gates)]

    def saves(self) -> list[str]:
        """Vectors to save besides the default: the current of transistors behind a short, which no voltage tells."""
        if self.xbar.access is None:
            return []
        shorted = self.net.live & np.isinf(self.xbar.element_conductance(0.0))
        if self.xbar.access.subcircuit and shorted.any():
            raise InputError(
                f"a shorted cell's current cannot be read from a transistor that is a subcircuit, {self.xbar.access.model}; "
                "use a .model card or engine='nodal'"
            )
        return ["all", *(f"@mc_{self._cells[k]}[id]" for k in np.flatnonzero(shorted).tolist())] if shorted.any() else []

    def names(self) -> Names:
        """Where the results stand."""
        fed, m = self.net.fed, self.xbar.m
        complete = self.net.live & (self.xbar.element_conductance(0.0) > 0)
        word, bit, middle = (
            [name if on else "" for name, on in zip(names, there.ravel().tolist(), strict=True)]
            for names, there in ((self._word, fed[self.net.word]), (self._bit, fed[self.net.bit]), (self._middle, complete))
        )
        return Names(word, bit, middle, self.progress(), self._meters, self._source[:m], self._source[m:], self._sources)


def _source(line: str, value: str) -> str:
    """A source's name: B elements are those that step through points."""
    return f"b{line}" if value.startswith("v=") else f"v{line}"


def _devices(xbar: Crossbar, mask: Mask) -> Mtj:
    """The MTJs of some cells: an array, or the one that all of them are."""
    return xbar.cells[mask] if xbar.cells.shape else xbar.cells


def stepped(values: Array) -> str:
    """A line's voltage at each of the points, as the value of its source; nan (a floating line) gives ""."""
    if np.isnan(values[0]):
        return ""
    if (values == values[0]).all():
        return literal(values[0])
    return f"v=pwl(v(point),{','.join(f'{k},{literal(v)}' for k, v in enumerate(values))})"


def waveform(edges: Array, values: Array, rise: float) -> str:
    """A line's voltage in the pieces between `edges`, 0 V before and after, as the value of its source; "" for a floating line.

    Each ramp is centred on its edge; all is one rise time late, which leaves room for the first.
    """
    if np.isnan(values[0]):
        return ""
    if not values.any():
        return "0"
    points = [(0.0, 0.0)]
    for edge, before, after in zip(edges.tolist(), [0.0, *values.tolist()], [*values.tolist(), 0.0], strict=True):
        if before != after:
            points += [(edge + rise / 2, before), (edge + 3 * rise / 2, after)]
    return f"pwl({' '.join(f'{t:.12g} {literal(v)}' for t, v in points)})"
