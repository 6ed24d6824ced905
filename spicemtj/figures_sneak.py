"""Figures of sneak paths, margins and disturb, drawn from result files alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import COLOURS, INK, SOFT, draw_maps, plain
from .results import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLES = ("-", "--", ":", "-.")
MARKS = "os^Dv"
TINY = 1e-12  # the least flip probability that is drawn
LABELS = {"size": "word and bit lines", "r_wire": "wire resistance of a pitch, ohm", "ra": "RA, ohm um^2"}
Draw = Callable[[Any, Result], None]


def _grid(count: int, columns: int = 3, width: float = 4.1, height: float = 3.3) -> tuple[Figure, list[Any]]:
    """`count` axes in rows of up to `columns`, in the style of the other figures."""
    from matplotlib.figure import Figure

    columns = min(columns, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(width * columns, height * rows), layout="constrained", dpi=120)
    axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for axis in axes[count:]:
        axis.set_axis_off()
    for axis in axes[:count]:
        plain(axis)
    return figure, axes[:count]


def _values(result: Result, name: str) -> Any:
    return np.asarray(result.value(name))


def _axis_of(result: Result, data: dict[str, Any]) -> str:
    """What is drawn to the right: the first of size, wire resistance and RA that has more than one value."""
    for name in LABELS:
        if name in data and len(np.unique(np.asarray(data[name].value))) > 1:
            return name
    return "size" if "size" in data else "r_wire"


def _series(data: dict[str, Any], x: str) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Label, line style and rows of every curve: one for each set of the other axes; colours tell schemes, lines the rest."""
    axes = {k: np.asarray(data[k].value) for k in ("scheme", "cell", "r_wire", "ra", "size") if k in data and k != x}
    varying = [k for k, column in axes.items() if k != "scheme" and len(np.unique(column)) > 1]
    for k, scheme in enumerate(dict.fromkeys(axes["scheme"].tolist())):
        mine = np.flatnonzero(axes["scheme"] == scheme)
        others = [tuple(axes[name].tolist()[row] for name in varying) for row in mine]
        told = [len({other[c] for other in others}) > 1 for c in range(len(varying))]
        for style, other in enumerate(dict.fromkeys(others)):
            parts = [_named(name, v) for name, v, tell in zip(varying, other, told, strict=True) if tell]
            look = {"color": COLOURS[k % len(COLOURS)], "ls": STYLES[style % len(STYLES)], "marker": MARKS[style % len(MARKS)]}
            rows = np.array([row for row, o in zip(mine, others, strict=True) if o == other])
            yield ", ".join([scheme, *parts]), look | {"ms": 4, "lw": 1.1}, rows


def _named(name: str, value: Any) -> str:
    if name == "ra":
        return f"RA {value * 1e12:g}"
    if name == "r_wire":
        return f"{value:g} ohm"
    return f"{value} lines" if name == "size" else str(value)


def _curves(axis: Any, result: Result, name: str, label: str, *, scale: float = 1.0, log: bool = False) -> None:
    x = _axis_of(result, result.data)
    across = _values(result, x) * (1e12 if x == "ra" else 1.0)
    for text, look, mine in _series(result.data, x):
        y = _values(result, name)[mine] * scale
        there, y = np.isfinite(y), np.maximum(y, TINY) if log else y
        if there.any():
            axis.plot(across[mine][there], y[there], label=text, **look)
    _scales(axis, x, across, label, log)


def _scales(axis: Any, x: str, across: Any, label: str, log: bool) -> None:
    axis.set(xlabel=LABELS[x], ylabel=label)
    if (across > 0).all():
        axis.set_xscale("log")
        ticks = np.unique(across)
        axis.set_xticks(ticks, [f"{t:g}" for t in ticks])
        axis.minorticks_off()
    if log:
        axis.set_yscale("log")
        axis.yaxis.set_minor_formatter("")


def _sneak(axis: Any, result: Result) -> None:
    """Sneak current, with the closed form of floating reads."""
    x = _axis_of(result, result.data)
    across = _values(result, x) * (1e12 if x == "ra" else 1.0)
    drawn = False
    for text, look, mine in _series(result.data, x):
        current = np.abs(_values(result, "sneak")[mine]) * 1e6
        if current.max() > 1e-9:
            axis.plot(across[mine], current, label=text, **look | {"ls": "none"})
            drawn = True
        closed = _values(result, "closed_form")[mine]
        if np.isfinite(closed).any():
            axis.plot(across[mine], closed * 1e6, "-", color=look["color"], lw=1, label=f"{text}, closed form")
    _scales(axis, x, across, "sneak current, uA", drawn)
    if drawn and axis.dataLim.y1 < 20 * axis.dataLim.y0:
        axis.set_ylim(axis.dataLim.y0 / 3, axis.dataLim.y1 * 3)  # so that there is a power of ten on the axis
    _legend(axis)


def _tmr(axis: Any, result: Result) -> None:
    _curves(axis, result, "margin", "apparent TMR, %", scale=100)
    axis.set_ylim(0, None)
    if result.config.get("margin"):
        axis.axhline(100 * result.config["margin"], color=SOFT, lw=0.8)
    _legend(axis)


def _window(axis: Any, result: Result) -> None:
    _curves(axis, result, "window", "current window, uA", scale=1e6)
    axis.set_ylim(0, 1.1 * axis.dataLim.y1)


def _fraction(axis: Any, result: Result) -> None:
    _curves(axis, result, "fraction", "sneak current of the read, %", scale=100)


def _selected(axis: Any, result: Result) -> None:
    """The band from the worst to the best selected voltage."""
    x = _axis_of(result, result.data)
    across = _values(result, x) * (1e12 if x == "ra" else 1.0)
    for text, look, mine in _series(result.data, x):
        worst, best = _values(result, "v_far")[mine], _values(result, "v_near")[mine]
        axis.plot(across[mine], worst, label=text, **look)
        axis.fill_between(across[mine], worst, best, color=look["color"], alpha=0.15, lw=0)
    _scales(axis, x, across, "selected cell's part of the volts", False)
    axis.set_ylim(0, 1.05)


def _disturb(axis: Any, result: Result) -> None:
    _curves(axis, result, "disturb_worst_thousand", "worst cell in 1000 writes, P (1e-12: less)", log=True)
    axis.set_ylim(axis.dataLim.y0 / 3, 3)


def _largest(axis: Any, result: Result) -> None:
    """The largest array that will do, 1 for none; grey: where the search ends."""
    data: Any = result.data["largest"]
    found = Result("sneak", data, result.config)
    x = "r_wire" if len(np.unique(_values(found, "r_wire"))) > 1 or len(np.unique(_values(found, "ra"))) == 1 else "ra"
    across = _values(found, x) * (1e12 if x == "ra" else 1.0)
    for text, look, mine in _series({k: v for k, v in data.items() if k != "size"}, x):
        axis.plot(across[mine], np.maximum(_values(found, "size")[mine], 1), label=text, **look)
    limit = result.config["limit"]
    _scales(axis, x, across, "largest array, lines", True)
    axis.axhline(limit, color=SOFT, lw=0.8)
    axis.set_ylim(0.9, 1.4 * limit)
    margin, window = result.config.get("margin"), result.config.get("window")
    wanted = [f"apparent TMR of {margin:g}"] * (margin is not None) + [f"window of {1e6 * (window or 0):g} uA"] * (
        window is not None
    )
    axis.set_title(
        f"at least an {' and a '.join(wanted)}" if margin is not None else f"at least a {wanted[0]}", fontsize=9, color=INK
    )


PANELS: tuple[tuple[str, Draw], ...] = (
    ("sneak", _sneak),
    ("margin", _tmr),
    ("window", _window),
    ("fraction", _fraction),
    ("v_near", _selected),
    ("disturb_worst_thousand", _disturb),
    ("largest", _largest),
)


def overview(result: Result) -> Figure:
    """Sneak current, apparent TMR, current window, sneak fraction, selected voltage, disturb, largest array: those that the file has."""
    panels = [draw for needs, draw in PANELS if needs in result.data]
    figure, axes = _grid(len(panels), 4 if len(panels) > 6 else 3)
    for axis, draw in zip(axes, panels, strict=True):
        draw(axis, result)
    read, engine = f"reads at {result.config['volts']:g} V", result.config["engine"]
    figure.suptitle(
        f"{result.config['device']}, {engine}, {read}; bands: from the far to the near corner", fontsize=10, color=INK
    )
    return figure


def voltages(result: Result) -> Figure:
    """Histograms of the voltages of row-, column- and unselected cells of a read, for the largest array of each scheme and cell."""
    size, cell, scheme = (_values(result, name) for name in ("size", "cell", "scheme"))
    pairs = list(dict.fromkeys(zip(scheme.tolist(), cell.tolist(), strict=True)))
    edges, counts = _values(result, "bins"), _values(result, "histogram")
    figure, axes = _grid(len(pairs), 2 if len(pairs) == 4 else 3, height=2.7)
    for axis, pair in zip(axes, pairs, strict=True):
        mine = np.flatnonzero((scheme == pair[0]) & (cell == pair[1]))
        k = mine[np.argmax(size[mine])]
        _bars(axis, edges, counts[k])
        axis.set(xlabel="cell voltage over read voltage")
        axis.set_title(f"{pair[0]}, {pair[1]}, {size[k]} x {size[k]}", fontsize=9, color=INK)
    _legend(axes[0])
    return figure


def largest(result: Result) -> Figure:
    """The largest array of each point of a search, against wire resistance or RA."""
    figure, (axis,) = _grid(1, width=6.4)
    _largest(axis, result)
    axis.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))  # curves lie at both ends of the axis
    return figure


def write_disturb(result: Result) -> Figure:
    """Of one write: the voltages of its row-, column- and unselected cells, and their flip probability by voltage."""
    figure, (left, right) = _grid(2, width=4.6)
    _voltages_of_write(left, result)
    _flips_of_write(right, result)
    return figure


def write_overview(result: Result) -> Figure:
    """One write: maps of voltage and flip probability, voltages by class, flip probability by voltage."""
    figure, axes = _grid(4, 2, width=4.6, height=3.6)
    draw_maps(axes[0], axes[1], result)
    _voltages_of_write(axes[2], result)
    _flips_of_write(axes[3], result)
    what = result.config["pulse"]
    pulse = f"{what['scheme']} write, {what['volts']:g} V, {what['seconds'] * 1e9:.3g} ns"
    figure.suptitle(f"{pulse}, {result.config['engine']}; crosses: cells that flipped", fontsize=10, color=INK)
    return figure


def _voltages_of_write(axis: Any, result: Result) -> None:
    kinds, v = _values(result, "classes"), _values(result, "v_start")
    others = v[(kinds > 0) & np.isfinite(v)]
    bound = 1.02 * float(np.max(np.abs(others), initial=0.0)) or 1.0
    edges = np.linspace(-bound, bound, 82)
    _bars(axis, edges, np.array([np.histogram(v[(kinds == kind) & np.isfinite(v)], edges)[0] for kind in (1, 2, 3)]))
    axis.set(xlabel="cell voltage before any flip, V")
    _legend(axis)


def _bars(axis: Any, edges: Any, counts: Any) -> None:
    """A histogram of row-, column- and unselected cells, side by side in every bin; the axis ends where there are none."""
    width = (edges[1] - edges[0]) / 3.3
    for kind, (name, row) in enumerate(zip(("row", "column", "unselected"), counts, strict=True)):
        there = row > 0
        centres = (edges[:-1] + edges[1:]) / 2 + (kind - 1) * width
        axis.bar(centres[there], row[there], width, color=COLOURS[kind], label=name)
    used = np.flatnonzero(counts.any(axis=0))
    room = 2 * (edges[1] - edges[0])
    ends = (edges[used[0]] - room, edges[used[-1] + 1] + room) if used.size else (edges[0], edges[-1])
    axis.set(yscale="log", ylabel="cells", xlim=ends, ylim=(0.7, None))


def _flips_of_write(axis: Any, result: Result) -> None:
    kinds, v, p = (_values(result, name) for name in ("classes", "v_start", "p_flip"))
    for kind, name, colour in zip((1, 2, 3), ("row", "column", "unselected"), COLOURS, strict=False):
        mine = kinds == kind
        axis.plot(v[mine], np.maximum(p[mine], TINY), "o", ms=3, color=colour, alpha=0.6, label=name)
    chosen = kinds == 0
    axis.plot(v[chosen], np.maximum(p[chosen], TINY), "x", ms=7, color=INK, label="selected")
    axis.set(yscale="log", xlabel="cell voltage before any flip, V", ylabel="flip probability (1e-12: less or none)")
    _legend(axis)


def waveforms(result: Result) -> Figure:
    """Line voltages of the first exported pulse against time: word lines, bit lines and, where there are some, gates."""
    pulse: Any = result.data["pulse_0"]
    names = [n for n in ("v_wl", "v_bl", "v_gate") if n in pulse]
    titles = {"v_wl": "word lines", "v_bl": "bit lines", "v_gate": "gate lines"}
    figure, axes = _grid(len(names), height=2.8)
    time = np.asarray(pulse["time"].value) * 1e9
    for axis, name in zip(axes, names, strict=True):
        lines = np.asarray(pulse[name].value).T
        for k, shape in enumerate(np.unique(lines, axis=0)):
            same = (lines == shape) | (np.isnan(lines) & np.isnan(shape))
            count = int(same.all(axis=1).sum())
            if np.isfinite(shape).all():
                axis.plot(time, shape, color=COLOURS[k % len(COLOURS)], lw=1.4, label=f"{count} of {len(lines)}")
            else:
                axis.plot([], [], color=SOFT, label=f"{count} of {len(lines)} float")
        axis.set(xlabel="time, ns", ylabel="V")
        axis.set_title(titles[name], fontsize=9, color=INK)
        _legend(axis)
    return figure


def _legend(axis: Any) -> None:
    handles, _ = axis.get_legend_handles_labels()
    if handles:
        axis.legend(frameon=False, fontsize=7 if len(handles) > 5 else 8)
