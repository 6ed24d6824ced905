"""Claim 3: pulses, seconds and energy of an update against the size of the network.

Seconds are those on the arrays' lines: pulses one after the other times their width, layers at the same time. An update is what one
sample does to the arrays, a rule's transfers included; its round, after which every row of an array was read, is told apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..training.train import Loop, prepare
from .common import Row, column, grouped, metered, network

TITLE = "Pulses, seconds and energy of an update against the network's size"
RULES = ("rank_one", "two_array")
BEFORE, METERED = 300, 10  # samples before, and those whose pulses' energy is computed


def tasks(quick: bool, seeds: Sequence[int], data: str) -> list[dict[str, Any]]:
    """Hidden widths times rules times seeds."""
    widths = (4, 16) if quick else (16, 32, 64, 128, 256, 512)
    return [
        {"seed": int(seed), "rule": rule, "hidden": width, "quick": quick, "data": data}
        for rule in RULES
        for width in widths
        for seed in seeds
    ]


def run(task: Mapping[str, Any]) -> dict[str, float]:
    """Means over samples: pulses of the busiest layer, seconds, joules, flips; devices; samples of a transfer's round."""
    config = network(
        task["quick"], task["data"], task["seed"], network={"hidden": [task["hidden"]], "devices_per_weight": 4, "tile": 32},
        rule={"name": task["rule"], "epochs": 4, "column_rate": 0.5, "column_rate_end": 0.5, "skip": 0.0},
    )  # fmt: skip
    made = prepare(config, "surrogate")
    meters = metered(made)
    before = 60 if task["quick"] else BEFORE
    loop = Loop(made, before + METERED)
    loop.advance(before)
    for meter in meters:
        meter.measure = True
    loop.advance(METERED)
    seconds = made.network.layers[0].weights.spec.encoder.seconds
    busiest = float(loop.pulses.max(axis=1).mean())
    return {
        "devices": float(sum(m.states.size for m in meters)),
        "pulses": busiest,
        "update_seconds": busiest * seconds,
        "update_joules": sum(m.joules for m in meters) / METERED,
        "flips": float(loop.flips.sum() / loop.step),
        "round": float(max(m.spec.layout.rows for m in meters)) if task["rule"] == "two_array" else 0.0,
    }


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Means over seeds."""
    head = ["rule", "hidden", "devices", "pulses an update", "ns an update", "pJ an update", "flips", "samples of a round"]
    lines = []
    for (rule, hidden), mine in grouped(rows, "rule", "hidden").items():
        mean = {name: float(np.mean(column(mine, name))) for name in mine[0][1]}
        lines.append(
            [rule, str(hidden), f"{mean['devices']:.0f}", f"{mean['pulses']:.2f}", f"{1e9 * mean['update_seconds']:.1f}",
             f"{1e12 * mean['update_joules']:.1f}", f"{mean['flips']:.1f}", f"{mean['round']:.0f}"]
        )  # fmt: skip
    return head, lines
