"""Figures of fits to measured switching, drawn from result files alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import COLOURS, INK, SOFT, plain, save_png
from .results import Result, replacing
from .units import engineering

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_AXES = {"volts": ("pulse voltage, V", 1.0), "seconds": ("pulse width, ns", 1e9)}


def fit(result: Result) -> Figure:
    """Measured P with the fitted law, and below what is left: a column for sweeps of voltage, one for sweeps of width."""
    kinds = [kind for kind in _AXES if _sweeps(result, kind)]
    figure, grid = _grid(len(kinds))
    for column, kind in enumerate(kinds):
        _draw(grid[0, column], grid[1, column], result, kind)
    return figure


def save_fit(result: Result, path: Path) -> Path:
    """`fit` as a PNG file; `InputError` where its folder does not exist."""
    with replacing(path) as temporary:
        save_png(fit(result), temporary)
    return path


def fit_with_slopes(
    result: Result, measured: Mapping[str, Sequence[np.ndarray]], law: Mapping[str, Sequence[np.ndarray]]
) -> Figure:
    """`fit`, and a column with the slopes at P = 1/2 against pulse width, which the fit has not seen.

    measured, law : "dp_dv" and "dp_dlnt", each two arrays: widths [s] and slopes ([1/V], and [1] for t dP/dt).
    """
    kinds = [kind for kind in _AXES if _sweeps(result, kind)]
    figure, grid = _grid(len(kinds) + 1)
    for column, kind in enumerate(kinds):
        _draw(grid[0, column], grid[1, column], result, kind)
    for axis, name, label in zip(grid[:, -1], ("dp_dv", "dp_dlnt"), ("dP/dV, 1/V", "t dP/dt"), strict=True):
        axis.plot(law[name][0], law[name][1], "-", color=COLOURS[1], lw=1.2, label="law, fitted to the left")
        axis.plot(measured[name][0], measured[name][1], "o", color=COLOURS[0], ms=5, label="measured")
        axis.set(xscale="log", xlabel="pulse width, s", ylabel=label)
    grid[0, -1].set_yscale("log")
    grid[0, -1].set_yticks([3, 5, 10, 20, 50], ["3", "5", "10", "20", "50"])
    grid[0, -1].minorticks_off()
    grid[0, -1].set_title("slopes at P = 1/2", fontsize=9, color=INK)
    grid[1, -1].axhline(np.log(2) / 2, color=SOFT, lw=0.8, ls="--", label="(ln 2)/2: one rate")
    grid[1, -1].set_ylim(0, None)
    for axis in grid[:, -1]:
        axis.legend(frameon=False, fontsize=8)
    return figure


def _grid(columns: int) -> tuple[Figure, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.4 * columns, 5.2), layout="constrained", dpi=120)
    grid = figure.subplots(2, columns, squeeze=False, height_ratios=(2, 1.2))
    for axis in grid.ravel():
        plain(axis)
    return figure, grid


def _sweeps(result: Result, kind: str) -> list[dict[str, Any]]:
    return [
        {name: leaf.value for name, leaf in result.data["sweeps"][key].items()}
        for key in sorted(result.data["sweeps"])
        if str(np.asarray(result.data["sweeps"][key]["over"].value)) == kind
    ]


def _draw(above: Any, below: Any, result: Result, kind: str) -> None:
    """Sweeps of one kind: points and curves above; measured minus fitted below, with 2 standard deviations of counting."""
    axis_label, scale = _AXES[kind]
    rows = {name: np.asarray(leaf.value) for name, leaf in result.data["rows"].items()}
    sweeps = _sweeps(result, kind)
    wide = rows[kind].max() / max(rows[kind].min(), 1e-30) > 30 and kind == "seconds"
    named: dict[float, str] = {}
    for sweep in sweeps:
        mine, size = sweep["rows"], abs(float(sweep["fixed"]))
        first = size not in named
        colour = named.setdefault(size, COLOURS[len(named) % len(COLOURS)])
        # full points start parallel, open ones antiparallel
        style = {"color": colour, "ms": 4, "mfc": colour if sweep["state"] > 0 else "white"}
        label = engineering(size, "s" if kind == "volts" else "V", 3) if first else None
        above.plot(scale * sweep["curve_x"], sweep["curve_p"], "-", color=colour, lw=1.2)
        above.plot(scale * rows[kind][mine], rows["probability"][mine], "o", label=label, **style)
        rest = rows["probability"][mine] - rows["fitted"][mine]
        below.errorbar(scale * rows[kind][mine], rest, 2 * _noise(rows, mine), fmt="o", lw=0.8, **style)
    below.axhline(0, color=SOFT, lw=0.8)
    above.set(ylabel="switching probability", ylim=(-0.03, 1.03))
    below.set(xlabel=axis_label, ylabel="measured minus fitted")
    for axis in (above, below):
        axis.set_xscale("log" if wide else "linear")
    if len(named) == 1:
        only = engineering(next(iter(named)), "s" if kind == "volts" else "V", 3)
        above.set_title(f"pulses of {only}", fontsize=9, color=INK)
    elif len(named) <= len(COLOURS):
        title = "width" if kind == "volts" else "voltage"
        above.legend(frameon=False, fontsize=8, title=title, title_fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _noise(rows: Mapping[str, np.ndarray], mine: np.ndarray) -> np.ndarray:
    """Standard deviation of counting alone; 0 where trials are unknown."""
    p, n = rows["fitted"][mine], rows["trials"][mine]
    return np.nan_to_num(np.sqrt(p * (1 - p) / n), nan=0.0)
