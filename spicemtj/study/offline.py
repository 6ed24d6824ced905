"""Claim 1: weights trained ideally and then written to the array lose accuracy under wires and variation; in-situ training does not.

The ideal training has no wires and no spread, and the rule and length of the in-situ one. Its states are written to arrays of random
states row by row, `TOGETHER` columns of a tile at a time, with one strong pulse a cell (open loop); then cells in the wrong state are
pulsed again, up to `ROUNDS` times in all (write-verify, with verifying reads that never err). Gains are set anew for the arrays' reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..training.backends import Backend
from ..training.encoding import ANTIPARALLEL, PARALLEL
from ..training.software import train_software
from ..training.train import prepare
from .common import Row, column, grouped, network, percent, trained

TITLE = "Weights written from outside against weights trained in place"
PROGRAM = {"probability": 0.999, "seconds": 20e-9}  # the programming pulse, by what it does to an isolated nominal cell
ROUNDS = 10
TOGETHER = 4
KINDS = ("ideal", "open_loop", "write_verify", "in_situ")

States = NDArray[np.int8]


def tasks(quick: bool, seeds: Sequence[int], data: str) -> list[dict[str, Any]]:
    """Wires [ohm a segment] times spread (of RA, TMR and Hk) times seeds."""
    wires, spreads = ((1.0, 3.0), (0.1,)) if quick else ((0.3, 1.0, 2.0, 3.0), (0.0, 0.1, 0.2))
    return [
        {"seed": int(seed), "ohms": ohms, "spread": spread, "quick": quick, "data": data, "tile": 64}
        for spread in spreads
        for ohms in wires
        for seed in seeds
    ]


def run(task: Mapping[str, Any]) -> dict[str, float]:
    """Test accuracies of all four kinds and of the real-valued network; what writing costs and leaves."""
    plain = {"network": {"tile": task["tile"]}}
    spread = dict.fromkeys(("ra", "tmr", "hk"), task["spread"])
    wires = {"wires": {"r_wl": task["ohms"], "r_bl": task["ohms"]}, "device": {"variation": spread}}
    ideal, wanted, gains, software = _ideal(task["quick"], task["data"], task["seed"], task["tile"])
    config = network(task["quick"], task["data"], task["seed"], **plain, **wires)
    found = {"ideal": ideal, "software": software}

    made = prepare(config | {"pulse": PROGRAM}, "surrogate")
    writers = [Writer(layer.weights, states) for layer, states in zip(made.network.layers, wanted, strict=True)]

    def accuracy() -> float:
        for layer, gain in zip(made.network.layers, gains, strict=True):
            layer.gain = gain / layer.weights.transmission()
        return made.accuracy()

    cells = sum(states.size for states in wanted)
    for writer in writers:
        writer.write_all()
    found |= {"open_loop": accuracy(), "open_loop_wrong": sum(w.wrong.sum() for w in writers) / cells}
    for _ in range(ROUNDS - 1):
        for writer in writers:
            writer.write_wrong()
    found |= {"write_verify": accuracy(), "write_verify_wrong": sum(w.wrong.sum() for w in writers) / cells}
    found["pulses_per_cell"] = sum(w.pulses for w in writers) / cells
    found["in_situ"] = trained(config, "surrogate").made.accuracy()
    return {name: float(value) for name, value in found.items()}


@lru_cache(maxsize=4)
def _ideal(quick: bool, data: str, seed: int, tile: int) -> tuple[float, tuple[States, ...], tuple[float, ...], float]:
    """Accuracy, states and gains of the ideal training, and the real-valued network's accuracy: one for all wires and spreads."""
    loop = trained(network(quick, data, seed, network={"tile": tile}), "ideal")
    made, layers = loop.made, loop.made.network.layers
    s = made.settings
    yardstick = train_software(made.data, s.network.hidden, s.rule.epochs, s.software, made.seed)
    states = tuple(np.array(layer.weights.states) for layer in layers)
    return made.accuracy(), states, tuple(layer.gain for layer in layers), yardstick.test_accuracy


class Writer:
    """Programs an array to wanted states (M, N) by pulses on single rows."""

    def __init__(self, array: Backend, wanted: States):
        self.array, self.wanted, self.pulses, self._number = array, wanted, 0, 0
        self._groups = [np.arange(wanted.shape[1])]
        width = max(t.cols.stop - t.cols.start for t in array.spec.layout.tiles)
        step = max(width // TOGETHER, 1)
        self._groups = [np.arange(k, wanted.shape[1], step) for k in range(step)]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """(M, N) cells that are not in their wanted state."""
        return np.asarray(self.array.states != self.wanted)

    def write_all(self) -> None:
        """One pulse on every cell, towards its wanted state."""
        self._write(np.ones(self.wanted.shape, dtype=bool))

    def write_wrong(self) -> None:
        """One pulse on every cell in the wrong state."""
        self._write(self.wrong)

    def _write(self, chosen: NDArray[np.bool_]) -> None:
        for row in range(len(chosen)):
            for towards in (PARALLEL, ANTIPARALLEL):
                mine = chosen[row] & (self.wanted[row] == towards)
                for group in self._groups:
                    cols = group[mine[group]]
                    if cols.size:
                        self.array.pulse(np.array([row]), cols, towards, self._number)
                        self.pulses += cols.size
                    self._number += 1


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Accuracies in %, means over seeds with 95 % intervals."""
    head = ["spread", "ohm", "real-valued", "ideal", "open loop", "write-verify", "in situ", "wrong cells", "after verify"]
    lines = []
    for (spread, ohms), mine in grouped(rows, "spread", "ohms").items():
        figures = [percent(column(mine, name)) for name in ("software", *KINDS)]
        wrong = [f"{100 * np.mean(column(mine, name)):.2g} %" for name in ("open_loop_wrong", "write_verify_wrong")]
        lines.append([f"{100 * spread:g} %", f"{ohms:g}", *figures, *wrong])
    return head, lines
