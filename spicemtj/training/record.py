"""A training run as a result file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..results import Quantity, Result, read, write
from .checkpoint import kept_to_data, to_data

if TYPE_CHECKING:
    from .train import Run

KIND = "training"


def save_run(run: Run, path: str | Path, provenance: dict[str, Any] | None = None, *, quick: bool = False) -> Path:
    """Write a run: accuracies, flips and pulses by epoch and by sample, the states as they stand, one tile's voltages under a pulse,
    what a training goes on from, and kept arrays. quick : without the tile, and without packing what is large."""
    data: dict[str, Any] = {
        "epochs": {name: Quantity(values, "1") for name, values in run.epochs.items()},
        "samples": {name: Quantity(values, "1") for name, values in run.trace.items()},
        "states": {
            name.replace("/", "_"): Quantity(values, "1", "+1 parallel, -1 antiparallel") for name, values in run.states.items()
        },
        "checkpoint": to_data(run.checkpoint, not quick),
        "kept": kept_to_data(run.kept, not quick),
    }
    if not quick:
        data["tile"] = _tile(run)
    return write(path, Result(KIND, data, dataclasses.asdict(run.settings), summary(run), run.seed, provenance or {}))


def summary(run: Run) -> dict[str, Any]:
    """The figures of a run that a reader asks for first."""
    flips, pulses = run.epochs["flips"].sum(), run.epochs["pulses"].sum()
    return {
        "engine": run.engine,
        "rule": run.settings.rule.name,
        "data": run.settings.data.name,
        "cells": int(sum(s.size for s in run.states.values())),
        "test_accuracy": run.test_accuracy,
        "software_test_accuracy": run.software_test_accuracy,
        "samples": run.samples,
        "finished": run.finished,
        "seconds": run.seconds,
        "milliseconds_per_sample": 1e3 * run.seconds / max(run.samples, 1),
        "flips_per_sample": float(flips) / max(run.samples, 1),
        "pulses_per_sample": float(pulses) / max(run.samples, 1),
        "notes": "; ".join(run.notes),
    }


def load_run(path: str | Path) -> Result:
    """A training file."""
    return read(path, KIND)


def _tile(run: Run) -> dict[str, Quantity]:
    """The first tile of the first layer at the end: its states, and the exact voltages of its cells under an update pulse."""
    from ..engines.nodal import Nodal
    from .encoding import ANTIPARALLEL

    spec = run.network.layers[0].weights.spec
    tile = spec.layout.tiles[0]
    xbar = spec.tile(tile, run.states["layer0/array0"])
    rows, cols = np.arange(0, xbar.m, 4), np.arange(0, xbar.n, 4)
    drive = spec.encoder.drive(xbar, rows, cols, ANTIPARALLEL)
    solution = Nodal().solve(xbar, *drive.acting())
    return {
        "states": Quantity(np.asarray(xbar.states), "1", "+1 parallel, -1 antiparallel"),
        "v_cell": Quantity(solution.v_cell, "V", "every fourth word line and bit line selected, towards antiparallel"),
    }
