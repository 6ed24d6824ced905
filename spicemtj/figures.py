"""Figures, drawn from result files alone. Each function takes a `Result` and returns a matplotlib figure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .results import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, SOFT = "#1d2733", "#8a94a0"
COLOURS = ("#1b6ca8", "#d1495b", "#3a9d6e", "#edae49", "#6d5a9c")  # told apart in print and by colour-blind readers
MAP, DIVERGING = "viridis", "RdBu_r"


def _figure(columns: int = 1, width: float = 4.6, height: float = 3.4) -> tuple[Figure, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * columns, height), layout="constrained", dpi=120)
    axes = figure.subplots(1, columns, squeeze=False)[0]
    for axis in axes:
        plain(axis)
    return figure, axes


def plain(axis: Any) -> None:
    """The style of all axes here: two spines, dark labels."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(colors=INK, labelsize=9)
    axis.xaxis.label.set_color(INK)
    axis.yaxis.label.set_color(INK)


def _legend(axis: Any) -> None:
    axis.legend(frameon=False, fontsize=8)


def save_png(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG and return where."""
    figure.savefig(path, format="png")
    return path


def heat_map(axis: Any, grid: np.ndarray, label: str, *, centred: bool = False) -> None:
    """An (m, n) array as word lines down, bit lines across, with its colour bar."""
    bound = float(np.nanmax(np.abs(grid))) or 1.0
    limits = {"vmin": -bound, "vmax": bound, "cmap": DIVERGING} if centred else {"cmap": MAP}
    image = axis.imshow(grid, aspect="equal", interpolation="nearest", **limits)
    axis.spines[:].set_visible(False)
    axis.set(xlabel="bit line (sensed below)", ylabel="word line (driven left)")
    axis.locator_params(integer=True)
    axis.figure.colorbar(image, ax=axis, label=label, shrink=0.85)


def write_maps(result: Result) -> Figure:
    """Voltage and flip probability of every cell under a write."""
    figure, (left, right) = _figure(2)
    draw_maps(left, right, result)
    return figure


def draw_maps(left: Any, right: Any, result: Result) -> None:
    """`write_maps` on two axes."""
    heat_map(left, result.value("v_cell"), "cell voltage, V", centred=True)
    heat_map(right, np.log10(np.maximum(result.value("p_flip"), 1e-20)), "log10 of flip probability")
    for axis in (left, right):
        rows, cols = np.nonzero(np.asarray(result.value("flipped"), dtype=bool))
        axis.plot(cols, rows, "x", color=COLOURS[3], ms=6)


def calibration(result: Result) -> Figure:
    """Held-out circuit runs against the surrogate: read currents, cell voltages, flip probabilities."""
    figure, axes = _figure(3, width=3.8)
    held = result.data["held_out"]
    scale = held["i_scale"].value
    pairs = (
        (held["i_circuit"].value / scale, held["i_surrogate"].value / scale, "bit-line current / full scale"),
        (held["v_circuit"].value, held["v_surrogate"].value, "cell voltage, V"),
        (held["p_circuit"].value, held["p_surrogate"].value, "flip probability"),
    )
    for axis, (x, y, label), colour in zip(axes, pairs, COLOURS, strict=False):
        error = y - x
        axis.plot(x, error, ".", color=colour, ms=3, alpha=0.6, rasterized=True)
        axis.axhline(0, color=SOFT, lw=0.8)
        axis.set(xlabel=f"{label}, circuit", ylabel="surrogate minus circuit")
        axis.set_title(f"rms {np.sqrt(np.mean(error**2)):.2g}", fontsize=9, color=INK)
    return figure


def switching(result: Result) -> Figure:
    """Flip probability against line voltage: the surrogate's curve, and frequencies counted in transient circuits."""
    figure, (axis,) = _figure(1, width=5.6)
    _switching(axis, result)
    return figure


def _switching(axis: Any, result: Result) -> None:
    """Curves and points on one axis."""
    runs = result.data["switching"]
    states = runs["state"].value
    for colour, (state, name) in zip(
        COLOURS, ((1, "parallel to antiparallel"), (-1, "antiparallel to parallel")), strict=False
    ):
        mine = np.asarray(states) == state
        if not mine.any():
            continue
        volts, count, flips = (np.asarray(runs[k].value)[mine] for k in ("volts", "cells", "flips"))
        curve = np.asarray(runs["curve_state"].value) == state
        order = np.argsort(np.abs(np.asarray(runs["curve_volts"].value)[curve]))
        axis.plot(
            np.abs(np.asarray(runs["curve_volts"].value)[curve])[order], np.asarray(runs["curve_p"].value)[curve][order], "-",
            color=colour, lw=1.3, label=name,
        )  # fmt: skip
        low, high = wilson(flips, count)
        p = flips / count
        axis.errorbar(
            np.abs(volts), p, [np.maximum(p - low, 0), np.maximum(high - p, 0)], fmt="o", ms=4, color=colour, capsize=2, lw=1)  # fmt: skip
    seconds = float(np.asarray(runs["seconds"].value))
    axis.set(xlabel="volts across the cell's lines", ylabel="flip probability", ylim=(-0.03, 1.03))
    axis.set_title(f"{seconds * 1e9:.3g} ns, no wires; lines: surrogate, points: circuit (95 %)", fontsize=9, color=INK)
    axis.legend(frameon=False, fontsize=8, loc="lower right")


def wilson(successes: np.ndarray, trials: np.ndarray, z: float = 1.96) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval of a binomial probability (J. Am. Stat. Assoc. 22, 209, 1927); z = 1.96 is 95 %."""
    p = successes / trials
    centre = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z * np.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials)) / (1 + z * z / trials)
    return centre - half, centre + half


def training(result: Result) -> Figure:
    """Accuracy by epoch beside the software network's; flips per sample."""
    figure, (left, right) = _figure(2)
    _accuracy(left, result)
    epochs = {k: np.asarray(q.value) for k, q in result.data["epochs"].items()}
    count = len(epochs["test_accuracy"])
    axis = np.arange(1, count + 1)
    samples = max(result.summary["samples"] / count, 1)
    right.plot(axis, epochs["flips"] / samples, "o-", ms=3, lw=1.3, color=COLOURS[2], label="flips")
    right.plot(axis, epochs["pulses"] / samples, "o-", ms=3, lw=1.3, color=COLOURS[3], label="pulses")
    right.set(xlabel="epoch", ylabel="per sample", ylim=(0, None))
    _legend(right)
    return figure


def _accuracy(axis: Any, result: Result) -> None:
    """Accuracy by epoch."""
    epochs = {k: 100 * np.asarray(q.value) for k, q in result.data["epochs"].items()}
    steps = np.arange(1, len(epochs["test_accuracy"]) + 1)
    axis.plot(
        steps, epochs["test_accuracy"], "o-", ms=3, lw=1.3, color=COLOURS[0], label=f"in situ, {result.summary['engine']}: test"
    )
    axis.plot(steps, epochs["train_accuracy"], "-", lw=0.9, color=COLOURS[0], alpha=0.5, label="in situ: while training")
    if "software_test_accuracy" in epochs:
        software = epochs["software_test_accuracy"]
        axis.plot(np.arange(1, len(software) + 1), software, "s-", ms=3, lw=1.3, color=COLOURS[1], label="real-valued: test")
    axis.set(xlabel="epoch", ylabel="accuracy, %")
    axis.locator_params(axis="x", integer=True)
    _legend(axis)


def training_maps(result: Result) -> Figure:
    """States of one tile after the training, and the voltages of its cells under an update pulse."""
    figure, (left, right) = _figure(2)
    tile = result.data["tile"]
    heat_map(left, np.asarray(tile["states"].value), "state (+1 parallel)", centred=True)
    heat_map(right, np.asarray(tile["v_cell"].value), "cell voltage, V", centred=True)
    return figure


def comparison(result: Result) -> Figure:
    """What two engines answer on the same states: outputs, cell voltages, flip probabilities."""
    figure, axes = _figure(3, width=3.8)
    names = (result.config["leader"], result.config["follower"])
    pairs = (("outputs", "output sums, read units"), ("volts", "cell voltage, V"), ("p", "flip probability"))
    for axis, (key, label), colour in zip(axes, pairs, COLOURS, strict=False):
        x, y = (np.asarray(result.data[key][side].value) for side in ("follower", "leader"))
        axis.plot(x, y, ".", color=colour, ms=3, alpha=0.6, rasterized=True)
        if x.size:
            ends = [min(x.min(), y.min()), max(x.max(), y.max())]
            axis.plot(ends, ends, "-", color=SOFT, lw=0.8, zorder=0)
            axis.set_title(f"rms difference {np.sqrt(np.mean((x - y) ** 2)):.2g}", fontsize=9, color=INK)
        axis.set(xlabel=f"{label}, {names[1]}", ylabel=names[0])
    return figure


def overview(written: Result, calibrated: Result, trained: Result) -> Figure:
    """A run at a glance: a write in the circuit, the switching curves with the circuit's points, and a training."""
    figure, (left, middle, right) = _figure(3, width=4.2)
    heat_map(left, written.value("v_cell"), "cell voltage, V", centred=True)
    left.set_title(f"{written.summary['scheme']} write, {written.summary['engine']}", fontsize=10, color=INK)
    _switching(middle, calibrated)
    _accuracy(right, trained)
    right.set_title(f"{trained.summary['data']}, trained in situ", fontsize=10, color=INK)
    return figure
