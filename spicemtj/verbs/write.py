"""`spicemtj write`: a write pulse on an array, in the circuit or in the network, and what it did."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..circuit.crossbar import Crossbar
from ..circuit.schemes import SCHEMES, Write
from ..units import engineering
from .common import Outcome, array, array_flags, number, seed_of, table, verb
from .places import check_place

if TYPE_CHECKING:
    from ..engines.base import WriteResult
    from ..results import Result
    from ..sneak.disturb import Disturb


def pulse_flags(parser: argparse.ArgumentParser) -> None:
    """Flags that describe one write pulse."""
    group = parser.add_argument_group("the pulse")
    group.add_argument("--scheme", default=None, help=f"{', '.join(SCHEMES)} (default: V/2 for 1R, gate for 1T1R)")
    group.add_argument("--row", type=int, default=None, help="selected word line (default: the middle one)")
    group.add_argument("--col", type=int, default=None, help="selected bit line (default: the middle one)")
    group.add_argument(
        "--volts", type=number("V"), default=0.6, help="volts across the selected lines; above 0 towards antiparallel"
    )
    group.add_argument("--seconds", type=number("s"), default=5e-9, help="width at half maximum (default 5ns)")


def pulse(args: argparse.Namespace, xbar: Crossbar) -> Write:
    """The write that the flags describe."""
    scheme = args.scheme or ("gate" if xbar.cell == "1T1R" else "V/2")
    row = xbar.m // 2 if args.row is None else args.row
    col = xbar.n // 2 if args.col is None else args.col
    return Write(scheme, row, col, args.volts, args.seconds)


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "write", run, "apply one write pulse to an array and read back every cell")
    array_flags(parser)
    pulse_flags(parser)
    parser.add_argument("--engine", default="nodal", choices=("nodal", "ngspice", "surrogate"))
    parser.add_argument("--figure", default=None, metavar="FILE.png", help="draw voltages, flips and disturb there")
    parser.add_argument(
        "--export", default=None, metavar="FILE.h5|FILE.csv", help="line waveforms and every cell's voltages, P and flips"
    )


def run(args: argparse.Namespace) -> Outcome:
    from ..api import write
    from ..export import check_path, export
    from ..sneak.disturb import selected_voltages

    for name in ("out", "figure", "export"):
        check_place(f"--{name}", getattr(args, name))
    if args.export is not None:
        check_path(args.export)
    xbar = array(args)
    what = pulse(args, xbar)
    seed = seed_of(args)
    res = write(xbar, what, engine=args.engine, seed=seed)
    found = _disturb(xbar, what, res)
    chosen = (what.row, what.col)
    others = np.ones(xbar.shape, dtype=bool)
    others[chosen] = False
    # the surrogate knows no solution of the network; its reference does
    worst, best = selected_voltages(xbar, what.scheme, what.volts, "nodal" if args.engine == "surrogate" else args.engine)
    data = {
        "engine": args.engine,
        "seed": seed,
        "scheme": what.scheme,
        "selected": {"v_cell": res.v_cell[chosen], "p_flip": res.p_flip[chosen], "flipped": bool(res.flipped[chosen])},
        "worst_selected_voltage": worst,
        "best_selected_voltage": best,
        "flips": int(res.flipped.sum()),
        "disturbed": int(res.flipped[others].sum()),
        "largest_disturb_probability": found.worst(),
        "expected_disturbs": found.total(),
        "largest_disturb_probability_in_1000": found.worst(1000),
        "expected_disturbs_in_1000": found.total(1000),
        "classes": found.table(),
        "energy": res.energy,
        "v_cell": res.v_cell,
        "p_flip": res.p_flip,
        "flipped": res.flipped,
    }
    rows = [
        ["selected cell", f"{what.row}, {what.col}"],
        ["its state before", "parallel" if xbar.states[chosen] > 0 else "antiparallel"],
        ["its voltage", engineering(res.v_cell[chosen], "V")],
        ["worst to best of any cell and data", f"{engineering(worst, 'V')} to {engineering(best, 'V')}"],
        ["its flip probability", f"{res.p_flip[chosen]:.4g}"],
        ["flipped", "yes" if res.flipped[chosen] else "no"],
        ["other cells flipped", str(data["disturbed"])],
        ["largest disturb probability", f"{found.worst():.3g}"],
        ["energy", engineering(res.energy, "J")],
    ]
    text = table([f"{what.scheme} write, {xbar.m} x {xbar.n} {xbar.cell}", args.engine], rows) + f"\n\n{_classes(found)}"
    if args.out is not None or args.figure is not None:
        result = result_of(xbar, what, res, args.engine, seed)
        if args.out is not None:
            from ..results import write as save

            data["out"] = str(save(args.out, result))
        if args.figure is not None:
            data["picture"] = str(_picture(result, args.figure))
            text += f"\n{args.figure}"
    if args.export is not None:
        data["export"] = [str(path) for path in export(args.export, xbar, what, res, engine=args.engine, seed=seed)]
        text += "\n" + ", ".join(data["export"])
    return Outcome(text, data)


def _disturb(xbar: Crossbar, what: Write, res: WriteResult) -> Disturb:
    from ..sneak.cells import classes
    from ..sneak.disturb import from_flips

    return from_flips(classes(xbar.shape, [what.row], [what.col]), res.v_start, xbar.states, res.p_flip)


def _classes(found: Disturb) -> str:
    """The table of classes of cells."""
    head = ["cells", "how many", "lowest", "mean", "highest", "P, worst", "P, sum", "in 1000, worst", "in 1000, sum"]
    rows = [
        [
            str(row["class"]),
            str(row["cells"]),
            *(engineering(float(row[k]), "V", 3) for k in ("v_low", "v_mean", "v_high")),
            *(f"{row[k]:.2g}" for k in ("worst", "sum", "worst_thousand", "sum_thousand")),
        ]
        for row in found.table()
    ]
    return table(head, rows)


def _picture(result: Result, path: str | Path) -> Path:
    from ..figures import save_png
    from ..figures_sneak import write_overview

    return save_png(write_overview(result), Path(path))


def record(path: str | Path, xbar: Crossbar, what: Write, res: WriteResult, engine: str, seed: int) -> Path:
    """Write what a pulse did to a result file of kind "write"."""
    from ..results import write as save

    return save(path, result_of(xbar, what, res, engine, seed))


def result_of(xbar: Crossbar, what: Write, res: WriteResult, engine: str, seed: int) -> Result:
    """What a pulse did as a result of kind "write"."""
    from ..results import Quantity, Result
    from ..sneak.cells import CLASSES

    units = {"v_cell": "V", "v_start": "V", "p_flip": "1", "flipped": "1", "states": "1"}
    tree: dict[str, Any] = {k: Quantity(np.asarray(getattr(res, k)), u) for k, u in units.items()}
    found = _disturb(xbar, what, res)
    of = found.table()
    tree |= {
        "energy": Quantity(res.energy, "J"),
        **{name: Quantity(getattr(res, name), "J") for name in ("energy_wl", "energy_bl", "energy_cell", "energy_wires")},
        "states_before": Quantity(np.asarray(xbar.states), "1", "+1 parallel, -1 antiparallel"),
        "classes": Quantity(found.kinds, "1", ", ".join(f"{k} {name}" for k, name in enumerate(CLASSES))),
        "disturb": {
            name: Quantity(np.array([row[name] for row in of]), "V" if name.startswith("v_") else "1") for name in of[0]
        },
    }
    config = {
        "engine": engine,
        "array": {"shape": xbar.shape, "device": getattr(xbar.device, "name", ""), "cell": xbar.cell},
        "pulse": dataclasses.asdict(what),
    }
    chosen = (what.row, what.col)
    summary = {
        "scheme": what.scheme,
        "engine": engine,
        "selected_cell_volts": float(res.v_cell[chosen]),
        "selected_cell_p": float(res.p_flip[chosen]),
        "flips": int(res.flipped.sum()),
        "largest_disturb_probability": found.worst(),
        "expected_disturbs": found.total(),
        "largest_disturb_probability_in_1000": found.worst(1000),
        "expected_disturbs_in_1000": found.total(1000),
        "energy": res.energy,
    }
    return Result("write", tree, config, summary, seed)
