"""Claim 2: accuracy against the spread of RA, TMR and Hk between the devices, and against the share of stuck cells, with and without
transistors.

A stuck cell stands in either state alike, and no pulse flips it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from .common import Row, column, grouped, network, percent, trained, yardstick

TITLE = "Accuracy against the spread of the devices and against stuck cells"
SPREADS = (0.0, 0.1, 0.2, 0.3)
PARAMETERS = {"ra": SPREADS, "tmr": SPREADS, "hk": SPREADS, "stuck": (0.0, 0.01, 0.02, 0.05, 0.1)}
CELLS = {"1T1R": "ref-pma-40", "1R": "ref-hir-20"}


def tasks(quick: bool, seeds: Sequence[int], data: str) -> list[dict[str, Any]]:
    """Each parameter by itself, from 0 on, which all share; "spread" is a share of cells where the parameter is "stuck"."""
    parameters = {"hk": (0.0, 0.3), "stuck": (0.1,)} if quick else PARAMETERS
    return [
        {"seed": int(seed), "cell": cell, "parameter": name, "spread": spread, "quick": quick, "data": data}
        for cell in CELLS
        for name, spreads in parameters.items()
        for spread in spreads
        for seed in seeds
    ]


def run(task: Mapping[str, Any]) -> dict[str, float]:
    """Test accuracy in situ and of the real-valued network, flips per sample."""
    name = task["parameter"] if task["spread"] else ""  # without a spread all are the same
    return dict(_run(task["quick"], task["data"], task["seed"], task["cell"], name, task["spread"]))


@lru_cache(maxsize=32)
def _run(quick: bool, data: str, seed: int, cell: str, name: str, value: float) -> dict[str, float]:
    differs = {"stuck": value} if name == "stuck" else {"variation": {name: value} if name else {}}
    config = network(quick, data, seed, device={"cell": cell, "preset": CELLS[cell]} | differs)
    loop = trained(config, "surrogate", compiled=not quick)
    flips = float(loop.flips.sum() / loop.step)
    return {"in_situ": loop.made.accuracy(), "software": yardstick(loop.made.settings), "flips": flips}


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Accuracies in %, means over seeds with 95 % intervals."""
    head = ["cell", "spread or share of", "value", "in situ", "real-valued", "flips a sample"]
    return head, [
        [cell, name, f"{100 * spread:g} %", percent(column(mine, "in_situ")), percent(column(mine, "software")),
         f"{sum(column(mine, 'flips')) / len(mine):.1f}"]
        for (cell, name, spread), mine in grouped(rows, "cell", "parameter", "spread").items()
    ]  # fmt: skip
