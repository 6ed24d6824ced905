"""How the time of a read grows with the size: fitted and drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from spicemtj import figures

FROM = 128  # lines: below, what Python does for a call counts
COLOURS = dict(zip(("sm.solve", "splu", "badcrossbar"), figures.COLOURS, strict=False))


def growth(sizes: list[int], times: list[float]) -> tuple[float, float]:
    """exponent, factor: times as factor size^exponent, by least squares of the logarithms."""
    exponent, constant = np.polyfit(np.log(sizes), np.log(times), 1)
    return float(exponent), float(np.exp(constant))


def show_growth(found: dict[str, dict[int, float]], path: Path | None) -> None:
    """Fits of seconds by solver and size, printed, and drawn to `path`."""
    fits = {}
    for name, times in found.items():
        large = [size for size in times if size >= FROM]
        if len(large) > 1:
            fits[name] = (large[0], large[-1], *growth(large, [times[size] for size in large]))
    shown = ", ".join(f"{name} as size^{fit[2]:.2f}" for name, fit in fits.items())
    print(f"growth from {FROM} on, where the cells grow as size^2: {shown}")
    if path is None:
        return
    figure = Figure(figsize=(6.4, 4.4), layout="constrained", dpi=120)
    axis = figure.subplots()
    figures.plain(axis)
    for name, times in found.items():
        if not times:
            continue
        many, colour, label = "reads" in name, COLOURS[name.split(",")[0]], name
        marks = {"marker": "s" if many else "o", "color": colour, "mfc": "white" if many else colour}
        if name in fits:
            first, last, exponent, factor = fits[name]
            ends = np.array([first, last])
            axis.plot(ends, 1e3 * factor * ends**exponent, "--" if many else "-", color=colour, lw=1)
            label += f": size^{exponent:.2f}"
        axis.plot(list(times), [1e3 * t for t in times.values()], ls="", label=label, **marks)
    ticks = sorted({size for times in found.values() for size in times})
    axis.set(xscale="log", yscale="log", xlabel="lines each way", ylabel="processor time of one read [ms], one thread")
    axis.set_xticks(ticks, [str(size) for size in ticks])
    axis.minorticks_off()
    axis.legend(frameon=False, fontsize=8)
    figure.savefig(path, format="png")
    print(f"drawn to {path.name}")
