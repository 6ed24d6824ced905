"""Fit the effective set to a measured table, print it beside its variants, and draw what the law leaves.

    python scripts/fit_measured.py TABLE.csv                        print the fits
    python scripts/fit_measured.py TABLE.csv docs/fit-rehm2023.png  also draw the figure

TABLE.csv holds columns dataset, x, y, units: P against pulse width (fig1a_..., at a nominal voltage), P against voltage at 1 ns
(fig1b_...), and slopes at P = 1/2 against pulse width (fig3b_..., dP/dV; fig4b_..., t dP/dt), digitised from Rehm et al.,
arXiv 2310.18779 (a 40 nm perpendicular junction at 300 K).
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from spicemtj.device.fitting.fit import fit
from spicemtj.device.fitting.measured import Measured
from spicemtj.device.fitting.result import SwitchingFit
from spicemtj.figures import save_png
from spicemtj.figures_fit import fit_with_slopes

NOMINAL = 0.7  # V of the curve against width, "about" by the table
WIDTH = 1e-9  # s of the curve against voltage
TRIALS = 10_000  # not given: the least step of P, 1e-4
TMR = 1.0  # not given
DEAD = 0.1e-9  # s of every pulse lost in its edges, as a variant


def read(path: Path) -> dict[str, np.ndarray]:
    """Each data set as (2, points), by the first word of its name."""
    found: dict[str, list[tuple[float, float]]] = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["dataset"].split("_")[0], []).append((float(row["x"]), float(row["y"])))
    return {name: np.array(points).T for name, points in found.items()}


def rows(table: dict[str, np.ndarray], state: int = 1, dead: float = 0.0) -> tuple[Measured, np.ndarray]:
    """Both curves as one measurement out of `state`, and which rows are at the nominal voltage."""
    (widths, by_width), (volts, by_volts) = table["fig1a"], table["fig1b"]
    all_volts = state * np.concatenate([np.full(widths.size, NOMINAL), volts])
    seconds = np.concatenate([widths, np.full(volts.size, WIDTH)]) - dead
    data = Measured.of(all_volts, seconds, np.concatenate([by_width, by_volts]), TRIALS, state)
    return data, np.arange(all_volts.size) < widths.size


def variants(table: dict[str, np.ndarray]) -> Iterator[tuple[str, SwitchingFit]]:
    """The fit, and what changes with each thing that the table does not say."""
    data, nominal = rows(table)
    yield "both curves, the 0.7 V fitted", fit(data, uncertain=nominal, dispersion="quasi")
    yield "both curves, 0.7 V as it stands", fit(data, dispersion="quasi")
    only = Measured(*(a[~nominal] for a in (data.volts, data.seconds, data.probability, data.trials, data.state)))
    yield "P against voltage alone", fit(only, dispersion="quasi")
    for state, name in ((1, "P"), (-1, "AP")):
        data, _ = rows(table, state)
        yield f"torque by current, out of {name}", fit(data, uncertain=nominal, torque="current", tmr=TMR, dispersion="quasi")
    data, _ = rows(table, dead=DEAD)
    yield f"{DEAD * 1e9:g} ns of each pulse lost", fit(data, uncertain=nominal, dispersion="quasi")


def slopes(found: SwitchingFit, widths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """dP/dV [1/V] and t dP/dt of the fitted law at P = 1/2 for pulses of `widths`."""
    mtj, state = found.mtj, int(found.data.state[0])
    grid = state * np.linspace(0.0, 4 * found.estimates["vc0"].value, 20001)
    by_volts, by_log_t = [], []
    for width in widths:
        half = float(np.interp(0.5, mtj.switching_probability(grid, width, state), np.abs(grid)))
        near = mtj.switching_probability(state * half * np.array([0.999, 1.001]), width, state)
        by_volts.append(float(near[1] - near[0]) / (0.002 * half))
        near = mtj.switching_probability(state * half, width * np.array([0.999, 1.001]), state)
        by_log_t.append(float(near[1] - near[0]) / 0.002)
    return np.array(by_volts), np.array(by_log_t)


def main(arguments: list[str]) -> None:
    if not arguments:
        raise SystemExit("give the path of the table: python scripts/fit_measured.py TABLE.csv [FIGURE.png]")
    table = read(Path(arguments[0]))
    fits = dict(variants(table))
    found = next(iter(fits.values()))
    for name, one in fits.items():
        rest = one.data.probability - one.fitted
        print(f"{name}\n{one.text()}\nmisfit in P: rms {np.sqrt(np.mean(rest**2)):.4f}, largest {np.abs(rest).max():.4f}\n")
    print("slopes at P = 1/2: measured, and by the first law above")
    for name, which, label in (("fig3b", 0, "dP/dV, 1/V"), ("fig4b", 1, "t dP/dt")):
        for width, value, own in zip(*table[name], slopes(found, table[name][0])[which], strict=True):
            print(f"  {width:7.1e} s  {label:10s}  {value:6.3g}  {own:6.3g}")
    if len(arguments) > 1:
        widths = np.geomspace(5e-10, 1e-4, 60)
        by_volts, by_log_t = slopes(found, widths)
        measured = {"dp_dv": table["fig3b"], "dp_dlnt": table["fig4b"]}
        figure = fit_with_slopes(found.result(), measured, {"dp_dv": (widths, by_volts), "dp_dlnt": (widths, by_log_t)})
        print(f"\nwrote {save_png(figure, Path(arguments[1]))}")


if __name__ == "__main__":
    main(sys.argv[1:])
