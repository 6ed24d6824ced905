"""Accuracy of every rule beside the real-valued network of the same shape and epochs: K cells a weight, with and without transistors.

Devices spread by 10 % in RA, TMR and Hk, wires have 1 ohm a segment, tiles at most 64 lines; half-selected cells are disturbed as
their volts say. With `engine` "ideal" no spread and no wires: what the rules themselves can do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import unknown
from ..training.train import Loop, prepare
from .common import Row, column, grouped, percent, yardstick

TITLE = "Accuracy of the rules"
SPREAD = {"ra": 0.1, "tmr": 0.1, "hk": 0.1}
CELLS = {"1T1R": "ref-pma-40", "1R": "ref-hir-20"}
DEVICES = (1, 4, 16)
DATA: dict[str, dict[str, Any]] = {
    "breast-cancer": {"network": {"hidden": [16]}, "rule": {"epochs": 30}},
    "sonar": {"network": {"hidden": [24]}, "rule": {"epochs": 100}},
    "digits": {"network": {"hidden": [128]}, "rule": {"epochs": 20}},
    "mnist": {
        "data": {"clip": 4.0},
        "network": {"hidden": [128], "spread": 0.5, "activation_clip": 10.0},
        "rule": {"epochs": 16, "skip": 0.1},
        "software": {"rate": 0.01, "rate_end": 0.0002},
    },
}
# the plain two arrays keep the threshold where the annealed ones start
RULES: dict[str, dict[str, Any]] = {
    "rank_one": {"rule": {"name": "rank_one"}},
    "two_array_plain": {"rule": {"name": "two_array", "transfer": {"threshold_start": 0.25, "threshold_end": 0.25}}},
    "two_array": {"rule": {"name": "two_array"}},
    "consensus": {"rule": {"name": "consensus"}},
}
# one device a weight learns more from weaker first layers and faster pulses
SINGLE = {"network": {"spread": 0.4, "output_spread": 4.0}, "rule": {"column_rate": 0.6, "column_rate_end": 0.01}}

# 785 word lines on 13 tiles: where many lines of a tile are on, P is a third lower than that of a cell alone, which the pulse makes up for
MNIST_TWO_ARRAY: dict[str, Any] = {
    "pulse": {"probability": 0.75},
    "rule": {
        "column_rate": 0.1,
        "column_rate_end": 0.25,
        "row_drop": 0.15,
        "column_drop": 0.3,
        "transfer": {"threshold_start": 0.3125, "threshold_end": 0.6875, "write": 0.06, "reset": 0.2},
    },
}


def settings(task: Mapping[str, Any]) -> dict[str, Any]:
    """The training tables of a task."""
    data, rule, devices = task["data"], task["rule"], task["devices"]
    if data not in DATA:
        raise unknown("data set of this study", data, DATA)
    config: dict[str, Any] = {
        "seed": task["seed"],
        "data": {"name": data},
        "network": {"devices_per_weight": devices, "reference": "pair" if devices % 2 == 0 else "column", "tile": 64},
        "device": {
            "cell": task["cell"],
            "preset": CELLS[task["cell"]],
            "variation": SPREAD if task["engine"] != "ideal" else {},
        },
    }
    parts = [DATA[data], RULES[rule], SINGLE if devices == 1 and rule == "rank_one" else {}]
    if data == "mnist" and rule == "two_array":
        parts.append(MNIST_TWO_ARRAY)
    for part in parts:
        for name, table in part.items():
            config[name] = {**config.get(name, {}), **table}
    if task["quick"]:
        config["rule"]["epochs"] = 1
    return config


def tasks(quick: bool, seeds: Sequence[int], data: str) -> list[dict[str, Any]]:
    """Cells times rules times K times seeds, and the rules on ideal arrays."""
    kinds = [("surrogate", cell) for cell in CELLS] + [("ideal", "1T1R")]
    return [
        {"seed": int(seed), "engine": engine, "cell": cell, "rule": rule, "devices": devices, "quick": quick, "data": data}
        for engine, cell in (kinds[:1] if quick else kinds)
        for rule in (("rank_one", "two_array") if quick else RULES)
        for devices in ((4,) if quick else DEVICES)
        for seed in seeds
    ]


def run(task: Mapping[str, Any]) -> dict[str, float]:
    """Test accuracies in situ and of the real-valued network; flips and pulses a sample."""
    made = prepare(settings(task), task["engine"])
    loop = Loop(made, compiled=not task["quick"])
    loop.advance(loop.planned)
    return {
        "in_situ": made.accuracy(),
        "software": yardstick(made.settings),
        "flips": float(loop.flips.sum() / loop.step),
        "pulses": float(loop.pulses.sum() / loop.step),
    }


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Accuracies in %, means over seeds with 95 % intervals; the gap of the same seeds in points."""
    head = ["arrays", "rule", "K", "in situ", "real-valued", "gap", "flips a sample", "pulses a sample"]
    lines = []
    for (engine, cell, rule, devices), mine in grouped(rows, "engine", "cell", "rule", "devices").items():
        ours, theirs = column(mine, "in_situ"), column(mine, "software")
        gap = percent([b - a for a, b in zip(ours, theirs, strict=True)])
        means = [f"{sum(column(mine, name)) / len(mine):.1f}" for name in ("flips", "pulses")]
        arrays = "ideal" if engine == "ideal" else f"{cell}, {CELLS[cell]}"
        lines.append([arrays, rule, str(devices), percent(ours), percent(theirs), gap, *means])
    return head, lines
