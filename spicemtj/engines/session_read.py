"""Reads in a session: a crossbar's circuit stays loaded, and its line voltages and its cells' states are altered in it."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.deck import Deck, operating_point_deck
from ..device.emit import Behavioural, Cards, Compiled
from ..device.mtj import Mtj
from .rawfile import Table
from .session import Circuit, Session

Array = NDArray[np.float64]
States = NDArray[np.int8]
# What a circuit does not depend on, or what is altered in it.
_FREE = ("device", "states", "variation", "seed", "cells", "_write_seed")


class _Alterable(Compiled):
    """Every junction an instance of the compiled device, also a parallel one, which is a resistor elsewhere; all antiparallel at first."""

    def fixed(self, names: Any, p: Any, n: Any, mtj: Mtj, states: States) -> list[str]:
        return super().fixed(names, p, n, mtj, np.full_like(states, -1))


def fits(xbar: Crossbar, junctions: Cards) -> bool:
    """Whether a circuit of this crossbar can stay loaded: no card in it depends on the volts applied, or brings files of the user's."""
    if xbar.selector is not None or (xbar.access is not None and xbar.access.own):
        return False
    return isinstance(junctions, Behavioural | Compiled)


def solve(
    session: Session, xbar: Crossbar, lines: Array, gates: Array | None, paths: bytes, junctions: Cards
) -> tuple[Deck, Table]:
    """Points of one network, lines (p, m + n) and gates (p, gates), and the deck that tells names and topology.

    paths: what stands for the floating lines and the conducting transistors, the same for all points.
    """
    session.start()
    if isinstance(junctions, Compiled):
        assert junctions.osdi is not None
        junctions = _Alterable(junctions.osdi) if session.osdi else Behavioural()
    altered = isinstance(junctions, _Alterable)
    key = _key(xbar, altered, paths)
    values = lines if gates is None else np.hstack([lines, gates])

    def make() -> Circuit:
        return _circuit(xbar, lines[0], None if gates is None else gates[0], junctions, altered)

    def wanted(circuit: Circuit) -> Array:
        volts = values[:, circuit.lines]
        if circuit.cells is None:
            return volts
        states = xbar.states[circuit.cells].astype(float)
        return np.hstack([volts, np.broadcast_to(states, (len(volts), states.size))])

    circuit, table = session.solve(key, make, wanted)
    return circuit.deck, table


def _key(xbar: Crossbar, altered: bool, paths: bytes) -> tuple[Any, ...]:
    """What tells one circuit from another, by content."""
    fixed = {name: value for name, value in vars(xbar).items() if name not in _FREE}
    if xbar.ohmic:
        return pickle.dumps(fixed), paths
    law = [np.asarray(value).tobytes() for value in (xbar.cells.r_p, xbar.cells.tmr0_t, xbar.cells.vh)]
    return pickle.dumps(fixed), paths, *law, b"" if altered else xbar.states.tobytes()


def _circuit(xbar: Crossbar, lines: Array, gates: Array | None, junctions: Cards, altered: bool) -> Circuit:
    """The circuit at the floating lines and open gates of `lines` and `gates`; its other volts are altered before it is solved."""
    m = xbar.m
    deck = operating_point_deck(xbar, lines[:m], lines[m:], gates, junctions)
    names = deck.names
    nodes = dict.fromkeys(node for node in [*names.word, *names.bit, *names.middle] if node)
    shorts = [save for save in deck.saves if save != "all"]
    wanted = [f"v({node})" for node in nodes] + [f"i({name})" for name in [*names.sources, *shorts]]
    ends = [*names.source_wl, *names.source_bl]  # those that shorts join share the source of the first
    columns = [*(ends.index(name) for name in names.sources), *range(len(ends), len(ends) + xbar.gates)]
    sources = [*names.sources, *(f"vg_{k}" for k in range(xbar.gates))]
    written = (lines if gates is None else np.concatenate([lines, gates]))[columns]
    place = {name: k for k, name in enumerate(wanted)}
    if not altered:
        return Circuit(deck, place, sources, written, columns)
    at_rest = xbar.element_conductance(0.0)
    cells = np.asarray(deck.net.live & (at_rest > 0) & np.isfinite(at_rest))
    states = [f"@nc_{i}_{j}[s0]" for i, j in np.argwhere(cells).tolist()]
    return Circuit(deck, place, [*sources, *states], np.concatenate([written, np.full(len(states), -1.0)]), columns, cells)
