"""Claim 2: accuracy against the spread of RA, TMR and Hk between the devices, with and without transistors.

Stuck cells are not part of it: a training has no broken cells yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..training.software import train_software
from .common import Row, column, grouped, network, percent, trained

TITLE = "Accuracy against the spread of the devices"
PARAMETERS = ("ra", "tmr", "hk")
CELLS = {"1T1R": "ref-pma-40", "1R": "ref-hir-20"}


def tasks(quick: bool, seeds: Sequence[int], data: str) -> list[dict[str, Any]]:
    """Each parameter by itself, from no spread on, which all share."""
    spreads = (0.0, 0.3) if quick else (0.0, 0.1, 0.2, 0.3)
    names = ("hk",) if quick else PARAMETERS
    return [
        {"seed": int(seed), "cell": cell, "parameter": name, "spread": spread, "quick": quick, "data": data}
        for cell in CELLS
        for name in names
        for spread in spreads
        for seed in seeds
    ]


def run(task: Mapping[str, Any]) -> dict[str, float]:
    """Test accuracy in situ and of the real-valued network, flips per sample."""
    device = {"cell": task["cell"], "preset": CELLS[task["cell"]], "variation": {task["parameter"]: task["spread"]}}
    config = network(task["quick"], task["data"], task["seed"], device=device)
    loop = trained(config, "surrogate")
    s, made = loop.made.settings, loop.made
    yardstick = train_software(made.data, s.network.hidden, s.rule.epochs, s.software, made.seed)
    return {"in_situ": made.accuracy(), "software": yardstick.test_accuracy, "flips": float(loop.flips.sum() / loop.step)}


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Accuracies in %, means over seeds with 95 % intervals."""
    head = ["cell", "spread of", "spread", "in situ", "real-valued", "flips a sample"]
    return head, [
        [cell, name, f"{100 * spread:g} %", percent(column(mine, "in_situ")), percent(column(mine, "software")),
         f"{sum(column(mine, 'flips')) / len(mine):.1f}"]
        for (cell, name, spread), mine in grouped(rows, "cell", "parameter", "spread").items()
    ]  # fmt: skip
