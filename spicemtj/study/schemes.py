"""Claim 4: half-select schemes and gates: accuracy, disturbed cells, energy of a pulse, against the size of a tile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..training.train import Loop, prepare
from .common import Meter, Row, column, grouped, metered, network, percent

TITLE = "Schemes: accuracy, disturb and energy"
SCHEMES = {
    "V/2": ("1R", "ref-hir-20"),
    "V/3": ("1R", "ref-hir-20"),
    "grounded": ("1R", "ref-hir-20"),
    "gate": ("1T1R", "ref-pma-40"),
}
METERED = 20  # samples at the end whose pulses' energy is computed


def tasks(quick: bool, seeds: Sequence[int], data: str) -> list[dict[str, Any]]:
    """Schemes times sizes of tiles times seeds."""
    sizes = (16,) if quick else (16, 32, 64)
    return [
        {"seed": int(seed), "scheme": scheme, "tile": tile, "quick": quick, "data": data}
        for scheme in SCHEMES
        for tile in sizes
        for seed in seeds
    ]


def run(task: Mapping[str, Any]) -> dict[str, float]:
    """Test accuracy; share of flips that hit cells nobody selected; such flips per device and sample; joules of a pulse and a sample."""
    cell, preset = SCHEMES[task["scheme"]]
    config = network(
        task["quick"], task["data"], task["seed"], network={"tile": task["tile"]}, pulse={"scheme": task["scheme"]},
        device={"cell": cell, "preset": preset},
    )  # fmt: skip
    made = prepare(config, "surrogate")
    meters, loop = metered(made), Loop(made)
    loop.advance(loop.planned - METERED)
    for meter in meters:
        meter.measure = True
    loop.advance(METERED)
    return {"in_situ": made.accuracy()} | figures(meters, loop.step)


def figures(meters: Sequence[Meter], samples: int) -> dict[str, float]:
    """What the meters of a training say."""
    cells = sum(m.states.size for m in meters)
    flips, disturbed = sum(m.flipped for m in meters), sum(m.disturbed for m in meters)
    joules, measured = sum(m.joules for m in meters), sum(m.measured for m in meters)
    return {
        "disturbed_share": disturbed / max(flips, 1),
        "disturbed_per_device_and_sample": disturbed / cells / samples,
        "pulses": sum(m.pulses for m in meters) / samples,
        "pulse_joules": joules / measured if measured else float("nan"),
        "sample_joules": joules / METERED,
    }


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Accuracies in %, means over seeds with 95 % intervals."""
    head = ["scheme", "cell", "tile", "in situ", "disturbed share", "a device and sample", "pJ a pulse", "pulses a sample"]
    return head, [
        [scheme, SCHEMES[scheme][0], str(tile), percent(column(mine, "in_situ")),
         f"{100 * np.mean(column(mine, 'disturbed_share')):.2g} %", f"{np.mean(column(mine, 'disturbed_per_device_and_sample')):.2g}",
         f"{1e12 * np.nanmean(column(mine, 'pulse_joules')):.3g}" if not np.isnan(column(mine, "pulse_joules")).all() else "none",
         f"{np.mean(column(mine, 'pulses')):.2f}"]
        for (scheme, tile), mine in grouped(rows, "scheme", "tile").items()
    ]  # fmt: skip
