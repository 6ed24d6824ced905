"""Claim 1: weights trained ideally and then written to the array lose accuracy under wires and variation; in-situ training loses less.

The ideal training has no wires and no spread, and the rule and length of the in-situ one. Its states are written to arrays of random
states row by row, `TOGETHER` columns of a tile at a time, with one strong pulse a cell (open loop); then cells in the wrong state are
pulsed again, up to `ROUNDS` times in all (write-verify, with verifying reads that never err). Gains are set anew for the arrays' reads,
one a layer, and for the verified states also one an output ("scaled"), which the in-situ training does not have.
Reads of all arrays are those of the exact network (`exact_reads`), pulses those of a surrogate calibrated for as many lines and ohms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import paths
from ..training.backends import Backend
from ..training.encoding import ANTIPARALLEL, PARALLEL
from ..training.train import Loop, prepare
from . import exact_reads
from .common import Row, column, grouped, network, percent, yardstick

TITLE = "Weights written from outside against weights trained in place"
CALIBRATION = "calibration-ref-pma-40-1T1R-large.h5"  # to 256 lines and 10 ohm a segment
PROGRAM = {"probability": 0.999, "seconds": 20e-9}  # the programming pulse, by what it does to an isolated nominal cell
ROUNDS = 10
TOGETHER = 4
KINDS = ("ideal", "open_loop", "write_verify", "scaled", "in_situ")
CASES = (  # reference, most lines of a tile, ohm a segment, spread
    *(("column", 64, ohms, 0.1) for ohms in (1.0, 3.0)),
    *(("pair", 256, ohms, 0.1) for ohms in (1.0, 3.0)),
    *(("pair", 64, ohms, 0.1) for ohms in (3.0, 10.0)),
)
QUICK = (("pair", 64, 1.0, 0.1), ("pair", 64, 10.0, 0.1))

States = NDArray[np.int8]


def tasks(quick: bool, seeds: Sequence[int], data: str) -> list[dict[str, Any]]:
    """Cases (reference, tile, wires in ohm a segment, spread of RA, TMR and Hk) times seeds."""
    return [
        {"seed": int(seed), "reference": ref, "tile": tile, "ohms": ohms, "spread": spread, "quick": quick, "data": data}
        for ref, tile, ohms, spread in (QUICK if quick else CASES)
        for seed in seeds
    ]


def run(task: Mapping[str, Any]) -> dict[str, float]:
    """Test accuracies of all kinds and of the real-valued network; in situ less verified; what writing costs and leaves."""
    quick = bool(task["quick"])
    ideal, wanted, gains, software = _ideal(quick, task["data"], task["seed"], task["reference"], task["tile"])
    config = _config(quick, task["data"], task["seed"], task["reference"], task["tile"]) | {
        "wires": {"r_wl": task["ohms"], "r_bl": task["ohms"]},
        "device": {"variation": dict.fromkeys(("ra", "tmr", "hk"), task["spread"])},
        "surrogate": {"path": str(paths.models() / CALIBRATION)},
    }
    found = {"ideal": ideal, "software": software}

    made = prepare(config | {"pulse": PROGRAM}, "surrogate")
    writers = [Writer(layer.weights, states) for layer, states in zip(made.network.layers, wanted, strict=True)]
    exact_reads.attach(made)

    def accuracy() -> float:
        for layer, gain in zip(made.network.layers, gains, strict=True):
            exact_reads.read_exactly(layer.weights)  # type: ignore[arg-type]
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
    found["transmission"] = made.network.layers[0].weights.transmission()
    for layer, gain in zip(made.network.layers, gains, strict=True):
        layer.gain = gain / exact_reads.transmissions(layer.weights)  # type: ignore[arg-type, assignment]
    found["scaled"] = made.accuracy()
    trained = prepare(config, "surrogate")
    exact_reads.train(trained, compiled=not quick)
    found["in_situ"] = trained.accuracy()
    found |= {f"over_{name}": found["in_situ"] - found[name] for name in ("write_verify", "scaled")}
    return {name: float(value) for name, value in found.items()}


def _config(quick: bool, data: str, seed: int, reference: str, tile: int) -> dict[str, Any]:
    return network(quick, data, seed, network={"reference": reference, "tile": tile})


@lru_cache(maxsize=8)
def _ideal(
    quick: bool, data: str, seed: int, reference: str, tile: int
) -> tuple[float, tuple[States, ...], tuple[float, ...], float]:
    """Accuracy, states and gains of the ideal training, and the real-valued network's accuracy: one for all wires and spreads."""
    made = prepare(_config(quick, data, seed, reference, tile), "ideal")
    loop, layers = Loop(made, compiled=not quick), made.network.layers
    loop.advance(loop.planned)
    states = tuple(np.array(layer.weights.states) for layer in layers)
    return made.accuracy(), states, tuple(layer.gain for layer in layers), yardstick(made.settings)


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
    """Accuracies in %, means over seeds with 95 % intervals; in situ less written by pairs of one seed."""
    head = [
        "reference", "tile", "ohm", "spread", "passes", "real-valued", "ideal", "open loop", "write-verify", "scaled", "in situ",
        "less write-verify", "less scaled", "wrong cells", "after verify",
    ]  # fmt: skip
    lines = []
    for (reference, tile, ohms, spread), mine in grouped(rows, "reference", "tile", "ohms", "spread").items():
        figures = [percent(column(mine, name)) for name in ("software", *KINDS, "over_write_verify", "over_scaled")]
        shares = [
            f"{100 * np.mean(column(mine, name)):.2g} %" for name in ("transmission", "open_loop_wrong", "write_verify_wrong")
        ]
        lines.append([reference, str(tile), f"{ohms:g}", f"{100 * spread:g} %", shares[0], *figures, *shares[1:]])
    return head, lines
