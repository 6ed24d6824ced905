"""Figures of studies and replays, drawn from result files alone. Each function takes a `Result` and returns a matplotlib figure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .figures import COLOURS, INK, SOFT, _figure, _legend, heat_map, plain
from .results import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
PARAMETERS = {"ra": "RA", "tmr": "TMR", "hk": "Hk", "stuck": "stuck cells"}  # of the study of immunity
T_95 = {
    1: 12.71,
    2: 4.303,
    3: 3.182,
    4: 2.776,
    5: 2.571,
    6: 2.447,
    7: 2.365,
    8: 2.306,
    9: 2.262,
}  # Student's t by degrees of freedom


def study(result: Result) -> Figure:
    """The figure of a study's file, whichever study it is."""
    draw = {
        "accuracy": accuracy, "codings": codings, "immunity": immunity, "offline": offline, "schemes": schemes, "time": time,
    }  # fmt: skip
    return draw[result.config["study"]](result)


class _Rows:
    """The tasks of a file with their results, to be chosen from."""

    def __init__(self, result: Result):
        self.tasks = [json.loads(text) for text in np.atleast_1d(result.value("tasks"))]
        self.values = {name: np.atleast_1d(q.value) for name, q in result.data["results"].items()}

    def options(self, name: str, **chosen: Any) -> list[Any]:
        """The different values of a key, in their order, of the tasks that are `chosen`."""
        return list(dict.fromkeys(t[name] for t in self.tasks if self._is(t, chosen)))

    def curve(self, along: str, figure: str, scale: float = 1.0, **chosen: Any) -> tuple[list[Any], Array, Array]:
        """Values of the key `along`, means over seeds of a figure, and half their 95 % intervals (0 for one seed)."""
        places = self.options(along, **chosen)
        groups = [
            scale * np.array([self.values[figure][k] for k, t in enumerate(self.tasks) if self._is(t, chosen | {along: place})])
            for place in places
        ]
        halves = [T_95.get(len(v) - 1, 1.96) * v.std(ddof=1) / np.sqrt(len(v)) if len(v) > 1 else 0.0 for v in groups]
        return places, np.array([v.mean() for v in groups]), np.array(halves)

    @staticmethod
    def _is(task: dict[str, Any], chosen: dict[str, Any]) -> bool:
        return all(task[name] == value for name, value in chosen.items())


def _line(axis: Any, x: Iterable[Any], mean: Array, half: Array, colour: str, label: str, style: str = "o-") -> None:
    axis.errorbar(list(x), mean, half, fmt=style, color=colour, ms=4, lw=1.3, capsize=2, label=label)


def accuracy(result: Result) -> Figure:
    """Accuracy against K, a panel a kind of arrays, a line a rule."""
    rows = _Rows(result)
    kinds = [(e, c) for e in rows.options("engine") for c in rows.options("cell", engine=e)]
    figure, axes = _figure(len(kinds), width=3.8)
    for axis, (engine, cell) in zip(axes, kinds, strict=True):
        for colour, rule in zip(COLOURS, rows.options("rule", engine=engine, cell=cell), strict=False):
            devices, mean, half = rows.curve("devices", "in_situ", 100, engine=engine, cell=cell, rule=rule)
            _line(axis, devices, mean, half, colour, rule.replace("_", " "))
        devices, mean, _ = rows.curve("devices", "software", 100, engine=engine, cell=cell)
        axis.plot(devices, mean, "--", color=SOFT, lw=1, label="real-valued")
        axis.set(xscale="log", xlabel="devices a weight, K", ylabel="test accuracy, %")
        axis.set_xticks(devices, [str(k) for k in devices])
        axis.minorticks_off()
        axis.set_title("ideal arrays" if engine == "ideal" else f"{cell}, wires, spread", fontsize=9, color=INK)
    _legend(axes[0])
    return figure


def offline(result: Result) -> Figure:
    """Accuracy against wire resistance, a panel a reference, size of tiles and spread: ideal, written open loop, with verify, in place."""
    rows = _Rows(result)
    names = ("reference", "tile", "spread")
    panels = list(dict.fromkeys(tuple(task[name] for name in names) for task in rows.tasks))
    figure, axes = _figure(len(panels), width=3.8)
    kinds = (
        ("open_loop", "written, open loop"),
        ("write_verify", "written, with verify"),
        ("in_situ", "trained in place"),
        ("scaled", "verified, a gain an output"),
    )
    for axis, panel in zip(axes, panels, strict=True):
        chosen = dict(zip(names, panel, strict=True))
        for colour, (name, label) in zip(COLOURS, kinds, strict=False):
            ohms, mean, half = rows.curve("ohms", name, 100, **chosen)
            _line(axis, ohms, mean, half, colour, label)
        for name, style in (("ideal", ":"), ("software", "--")):
            ohms, mean, _ = rows.curve("ohms", name, 100, **chosen)
            axis.plot(ohms, mean, style, color=SOFT, lw=1, label={"ideal": "ideal arrays", "software": "real-valued"}[name])
        axis.set(xscale="log", xlabel="ohm a wire segment", ylabel="test accuracy, %")
        axis.set_xticks(ohms, [f"{o:g}" for o in ohms])
        axis.minorticks_off()
        reference, tile, spread = panel
        axis.set_title(f"{reference}, tiles of {tile}, spread {100 * spread:g} %", fontsize=9, color=INK)
    _legend(axes[0])
    return figure


def immunity(result: Result) -> Figure:
    """Accuracy against spread, a panel a kind of cell, a line a parameter."""
    rows = _Rows(result)
    cells = rows.options("cell")
    figure, axes = _figure(len(cells), width=4.2)
    for axis, cell in zip(axes, cells, strict=True):
        for colour, name in zip(COLOURS, rows.options("parameter", cell=cell), strict=False):
            spreads, mean, half = rows.curve("spread", "in_situ", 100, cell=cell, parameter=name)
            _line(axis, [100 * s for s in spreads], mean, half, colour, PARAMETERS[name])
        _, mean, _ = rows.curve("cell", "software", 100, cell=cell)
        axis.axhline(mean[0], ls="--", color=SOFT, lw=1, label="real-valued")
        axis.set(xlabel="spread, or share of stuck cells, %", ylabel="test accuracy, %")
        axis.set_title(cell, fontsize=9, color=INK)
    _legend(axes[0])
    return figure


def codings(result: Result) -> Figure:
    """Accuracy and disturbed cells against the pulse's width, a column a spread; a colour a scheme, a style a coding; hollow: a junction
    sees more than its breakdown voltage."""
    from matplotlib.figure import Figure

    rows = _Rows(result)
    spreads, lengths = rows.options("spread"), rows.options("nanoseconds")
    figure = Figure(figsize=(3.4 * len(spreads), 5.6), layout="constrained", dpi=120)
    axes = figure.subplots(2, len(spreads), squeeze=False, sharex=True)
    for k, spread in enumerate(spreads):
        for axis, (name, scale) in zip(axes[:, k], (("in_situ", 100), ("disturbed_per_device_and_sample", 1)), strict=True):
            plain(axis)
            for colour, scheme in zip(COLOURS, rows.options("scheme"), strict=False):
                for style, coding in (("o-", "coincidence"), ("s--", "time-voltage")):
                    chosen = {"spread": spread, "scheme": scheme, "coding": coding}
                    widths, mean, half = rows.curve("nanoseconds", name, scale, **chosen)
                    harmed = rows.curve("nanoseconds", "breaks_down", **chosen)[1] > 0
                    _line(axis, widths, mean, half, colour, f"{scheme}, {coding}", style)
                    axis.plot(np.array(widths)[harmed], mean[harmed], style[0], color="white", mec=colour, ms=4, zorder=3)
            axis.set(xscale="log", xlim=(min(lengths) / 1.5, 1.5 * max(lengths)))
        axes[0, k].set_title(f"spread {100 * spread:g} % of RA, Hk", fontsize=9, color=INK)
        axes[1, k].set(xlabel="ns")
        axes[1, k].set_yscale("symlog", linthresh=1e-7)
    axes[0, 0].set(ylabel="test accuracy, %")
    axes[1, 0].set(ylabel="disturbed, a device and sample")
    _legend(axes[0, 0])
    return figure


def time(result: Result) -> Figure:
    """Pulses, and energy, of an update against the width of the network."""
    rows = _Rows(result)
    figure, axes = _figure(3, width=3.8)
    for colour, rule in zip(COLOURS, rows.options("rule"), strict=False):
        for axis, (name, scale) in zip(axes, (("pulses", 1.0), ("update_seconds", 1e9), ("update_joules", 1e12)), strict=True):
            widths, mean, half = rows.curve("hidden", name, scale, rule=rule)
            _line(axis, widths, mean, half, colour, rule)
    for axis, label in zip(axes, ("pulses an update", "ns an update", "pJ an update"), strict=True):
        axis.set(xscale="log", xlabel="hidden width", ylabel=label, ylim=(0, None))
        widths = rows.options("hidden")
        axis.set_xticks(widths, [str(w) for w in widths])
        axis.minorticks_off()
    _legend(axes[0])
    return figure


def schemes(result: Result) -> Figure:
    """Accuracy, disturbed cells and energy against the size of a tile, a line a scheme."""
    rows = _Rows(result)
    figure, axes = _figure(3, width=3.8)
    wanted = (
        ("in_situ", 100, "test accuracy, %"),
        ("disturbed_per_device_and_sample", 1, "disturbed, a device and sample"),
        ("pulse_joules", 1e12, "pJ a pulse"),
    )
    for axis, (name, scale, label) in zip(axes, wanted, strict=True):
        for colour, scheme in zip(COLOURS, rows.options("scheme"), strict=False):
            sizes, mean, half = rows.curve("tile", name, scale, scheme=scheme)
            _line(axis, sizes, mean, half, colour, scheme)
        axis.set(xlabel="most lines of a tile", ylabel=label)
        ticks = rows.options("tile")
        axis.set_xticks(ticks, [str(t) for t in ticks])
    axes[1].set_yscale("symlog", linthresh=1e-7)
    _legend(axes[0])
    return figure


def replay(result: Result) -> Figure:
    """Flip probabilities of both engines with what flipped, and where on the array probabilities and currents part."""
    figure, (left, middle, right) = _figure(3, width=4.2)
    events = {name: np.asarray(q.value) for name, q in result.data["events"].items()}
    leader, follower = result.config["leader"], result.config["follower"]
    if events["leader_p"].size:
        differ = events["leader_flipped"] != events["follower_flipped"]
        for mine, colour, label in ((~differ, COLOURS[0], "the same"), (differ, COLOURS[1], "flips differ")):
            left.plot(
                events["follower_p"][mine], events["leader_p"][mine], ".", color=colour, ms=4, label=label, rasterized=True
            )
        _legend(left)
    left.plot([0, 1], [0, 1], "-", color=SOFT, lw=0.8, zorder=0)
    left.set(xlabel=f"flip probability, {follower}", ylabel=leader)
    maps = {name: {n: np.asarray(q.value) for n, q in m.items()} for name, m in result.data["maps"].items()}
    if maps:
        name = max(maps, key=lambda n: maps[n]["pulses"].sum())
        for axis, key, label in (
            (middle, "p_rms", "rms of the difference in P"),
            (right, "currents_rms", "rms of the currents, read units"),
        ):
            grid = maps[name][key]
            if np.isfinite(grid).any():
                heat_map(axis, grid, label)
            axis.set_title(name.replace("_", ", "), fontsize=9, color=INK)
    return figure
