"""Which coding, which pulse and which scheme go together, at which spread of the devices: accuracy and disturb of small networks.

Both codings have the same full pulse (P = 0.5 of an isolated nominal cell) and the same rates, so that without wires and spread an update
flips as many cells on average. A pulse that no line volts reach has no result; one that puts more on a junction than it bears is marked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..training.encoding import Encoder
from ..training.settings import CODINGS, TrainSettings
from ..training.train import Loop, prepare
from .common import Row, column, grouped, metered, network, percent

TITLE = "Codings: accuracy and disturb against pulse, scheme and spread"
SCHEMES = {"gate": ("1T1R", "ref-pma-40"), "V/2": ("1R", "ref-hir-20"), "V/3": ("1R", "ref-hir-20")}
NANOSECONDS = (1, 2, 5, 10, 30, 100)
SPREADS = (0.0, 0.05, 0.1, 0.2)
SMALL: dict[str, Any] = {"network": {"hidden": [16], "devices_per_weight": 4, "tile": 32}, "rule": {"epochs": 3}}


def tasks(quick: bool, seeds: Sequence[int], data: str) -> list[dict[str, Any]]:
    """Codings times schemes times pulses times spreads (of RA and Hk alike) times seeds."""
    schemes, pulses, spreads = (("gate", "V/3"), (10,), (0.1,)) if quick else (tuple(SCHEMES), NANOSECONDS, SPREADS)
    return [
        {
            "seed": int(seed),
            "coding": coding,
            "scheme": scheme,
            "nanoseconds": ns,
            "spread": spread,
            "quick": quick,
            "data": data,
        }
        for coding in CODINGS
        for scheme in schemes
        for ns in pulses
        for spread in spreads
        for seed in seeds
    ]


def run(task: Mapping[str, Any]) -> dict[str, float]:
    """Test accuracy; flips a sample; cells disturbed a device and sample; whether the junction breaks down; nan where no volts do it."""
    cell, preset = SCHEMES[task["scheme"]]
    tables = {} if task["quick"] else SMALL
    config = network(
        task["quick"], task["data"], task["seed"], **tables,
        device={"cell": cell, "preset": preset, "variation": {"ra": task["spread"], "hk": task["spread"]}},
        pulse={"seconds": 1e-9 * task["nanoseconds"], "coding": task["coding"], "scheme": task["scheme"]},
    )  # fmt: skip
    settings = TrainSettings.of(config)
    try:
        encoder = Encoder.calibrated(settings.crossbar(1, 1), settings.pulse)
    except InputError:  # no line volts reach it
        return dict.fromkeys(("in_situ", "flips", "disturbed_per_device_and_sample", "breaks_down"), math.nan)
    made = prepare(settings, "surrogate")
    meters = metered(made) if cell == "1R" else []  # behind gates nothing else is reached, and the compiled loop runs
    loop = Loop(made, compiled=not task["quick"])
    loop.advance(loop.planned)
    cells = sum(m.states.size for m in meters)
    return {
        "in_situ": made.accuracy(),
        "flips": float(loop.flips.sum() / loop.step),
        "disturbed_per_device_and_sample": sum(m.disturbed for m in meters) / cells / loop.step if meters else 0.0,
        "breaks_down": float(bool(encoder.warnings())),
    }


def best(rows: Sequence[Row]) -> dict[float, tuple[str, str, float]]:
    """For each spread the (coding, scheme, nanoseconds) of the highest mean accuracy among pulses that the junctions bear."""
    found: dict[float, tuple[float, tuple[str, str, float]]] = {}
    for (spread, *choice), mine in grouped(rows, "spread", "coding", "scheme", "nanoseconds").items():
        mean = float(np.mean(column(mine, "in_situ")))
        if not any(column(mine, "breaks_down")) and mean > found.get(spread, (-1.0,))[0]:
            found[spread] = mean, (choice[0], choice[1], choice[2])
    return {spread: choice for spread, (_, choice) in found.items()}


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Accuracies in %, means over seeds with 95 % intervals; the best choice of each spread is marked."""
    head = ["spread", "coding", "scheme", "ns", "in situ", "flips a sample", "disturbed a device and sample", ""]
    lines, chosen = [], best(rows)
    for (spread, coding, scheme, ns), mine in grouped(rows, "spread", "coding", "scheme", "nanoseconds").items():
        first = [f"{100 * spread:g} %", coding, scheme, f"{ns:g}"]
        if np.isnan(column(mine, "in_situ")).any():
            lines.append([*first, "none", "", "", "no volts reach P = 0.5"])
            continue
        mark = (
            "beyond breakdown"
            if any(column(mine, "breaks_down"))
            else "best"
            if chosen.get(spread) == (coding, scheme, ns)
            else ""
        )
        lines.append(
            [*first, percent(column(mine, "in_situ")), f"{np.mean(column(mine, 'flips')):.2f}",
             f"{np.mean(column(mine, 'disturbed_per_device_and_sample')):.2g}", mark]
        )  # fmt: skip
    return head, lines
