"""The figure of a device comparison, drawn from its result file alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import COLOURS, INK, SOFT, plain
from .results import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

P_CURVES = 5  # voltages or widths drawn of those that LLG was run at


def device_comparison(result: Result) -> Figure:
    """Mean time against overdrive; P against width and against voltage; write error rate: LLG, exact law and closed forms."""
    figure, axes = _grid()
    _means(axes[0], result)
    _against_width(axes[1], result)
    _against_voltage(axes[2], result)
    _errors(axes[3], result)
    way = "parallel to antiparallel" if result.config["state"] > 0 else "antiparallel to parallel"
    trials = f"{result.config['trials']:,} LLG trials a point"
    figure.suptitle(f"{result.config['device']}, {way}; bars are one standard error, {trials}", fontsize=10, color=INK)
    return figure


def _grid() -> tuple[Figure, Any]:
    """Two by two axes, in the style of the other figures."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 7.4), layout="constrained", dpi=120)
    axes = figure.subplots(2, 2).ravel()
    for axis in axes:
        plain(axis)
    return figure, axes


def _values(result: Result, *names: str) -> list[Any]:
    return [np.asarray(result.value(name)) for name in names]


def _points(axis: Any, x: Any, y: Any, sigma: Any, colour: str, label: str | None = None) -> None:
    there = np.isfinite(y) & (y > 0)
    if there.any():
        axis.errorbar(x[there], y[there], sigma[there], fmt="o", ms=3.5, lw=1, capsize=0, color=colour, label=label, zorder=3)


def _pick(there: Any) -> list[int]:
    """Some of the curves that have LLG points and something to show, evenly spread."""
    rows = np.flatnonzero(there)
    picked = np.linspace(0, rows.size - 1, min(P_CURVES, rows.size)).round().astype(int)
    return [int(k) for k in rows[picked]]


def _key(axis: Any, **options: Any) -> None:
    axis.legend(frameon=False, fontsize=7.5, handlelength=1.6, **options)


def _means(axis: Any, result: Result) -> None:
    i, exact, llg, sigma = _values(result, "overdrive", "mean_exact", "mean_llg", "mean_llg_sigma")
    axis.plot(i, exact * 1e9, "-", color=COLOURS[0], lw=1.5, label="exact mean passage")
    for name, mask, colour, label in (
        ("mean_thermal", "thermal_valid", COLOURS[1], "thermal form"),
        ("mean_precessional", "precessional_valid", COLOURS[2], "precessional form"),
    ):
        value, valid = _values(result, name, mask)
        near = np.isfinite(value) & (np.abs(np.log(np.where(value > 0, value, np.nan) / exact)) < 1.5)
        axis.plot(i, np.where(near, value, np.nan) * 1e9, ":", color=colour, lw=1.2)
        axis.plot(i, np.where(valid, value, np.nan) * 1e9, "--", color=colour, lw=1.5, label=label)
    _points(axis, i, llg * 1e9, sigma * 1e9, INK, "LLG")
    ticks = [t for t in (0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 10) if i.min() <= t * 1.001 and t <= i.max() * 1.001]
    axis.set(xscale="log", yscale="log", xlabel="overdrive I/Ic0 at the start", ylabel="mean switching time, ns")
    axis.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axis.minorticks_off()
    axis.set_title("dotted: closed forms out of range", fontsize=8, color=SOFT)
    _key(axis)


def _against_width(axis: Any, result: Result) -> None:
    volts, seconds, exact, llg, sigma, closed = _values(
        result, "p_volts", "p_seconds", "p_exact", "p_llg", "p_llg_sigma", "p_closed"
    )
    for colour, k in zip(COLOURS, _pick(np.isfinite(llg).any(axis=1) & (np.ptp(exact, axis=1) > 0.2)), strict=False):
        axis.plot(seconds * 1e9, exact[k], "-", color=colour, lw=1.3, label=f"{volts[k]:.3g} V")
        axis.plot(seconds * 1e9, closed[k], "--", color=colour, lw=1)
        _points(axis, seconds * 1e9, llg[k], sigma[k], colour)
    ticks = [t for t in (0.5, 1, 2, 5, 10, 20, 50) if seconds[0] * 1e9 <= t <= seconds[-1] * 1e9]
    axis.set(xscale="log", xlabel="pulse width, ns", ylabel="switching probability", ylim=(-0.03, 1.03))
    axis.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axis.minorticks_off()
    axis.set_title("lines: exact law; dashed: closed forms; points: LLG", fontsize=8, color=SOFT)
    _key(axis)


def _against_voltage(axis: Any, result: Result) -> None:
    volts, seconds, exact, llg, sigma = _values(result, "p_volts", "p_seconds", "p_exact", "p_llg", "p_llg_sigma")
    for colour, j in zip(COLOURS, _pick(np.isfinite(llg).any(axis=0) & (np.ptp(exact, axis=0) > 0.2)), strict=False):
        axis.plot(np.abs(volts), exact[:, j], "-", color=colour, lw=1.3, label=f"{seconds[j] * 1e9:.2g} ns")
        _points(axis, np.abs(volts), llg[:, j], sigma[:, j], colour)
    axis.set(xlabel="|voltage|, V", ylabel="switching probability", ylim=(-0.03, 1.03))
    axis.set_title("lines: exact law; points: LLG", fontsize=8, color=SOFT)
    _key(axis, loc="center right")


def _errors(axis: Any, result: Result) -> None:
    volts, seconds, exact, llg, sigma = _values(
        result, "error_volts", "error_seconds", "error_exact", "error_llg", "error_llg_sigma"
    )
    closed, valid = _values(result, "error_closed", "error_closed_valid")
    for k, colour in zip(range(volts.size), COLOURS, strict=False):
        t = seconds[k] * 1e9
        axis.plot(t, exact[k], "-", color=colour, lw=1.3, label=f"{volts[k]:.3g} V")
        axis.plot(t, np.where(valid[k], closed[k], np.nan), "--", color=colour, lw=1)
        some = slice(None, None, max(1, t.size // 12))
        _points(axis, t[some], llg[k][some], np.minimum(sigma[k], 0.9 * llg[k])[some], colour)
    axis.set(yscale="log", xlabel="pulse width, ns", ylabel="write error rate 1 - P", ylim=(3e-10, 2), xlim=(0, None))
    axis.set_title("lines: exact law; dashed: closed form; points: LLG with splitting", fontsize=8, color=SOFT)
    _key(axis)
