"""`spicemtj sneak`: sneak currents, read margin, disturb and the largest usable array, against size, wires, RA, scheme and cell."""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..circuit.crossbar import CELLS
from ..results import Quantity, Result
from ..units import engineering
from .common import Outcome, device_flags, device_of, number, numbers, seed_of, table, variation_of, verb, whole_numbers
from .own_model import engine_of, model_flag
from .places import check_place

if TYPE_CHECKING:
    from ..sneak import SneakRead, Sweep

Row = dict[str, Any]


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "sneak", run, "measure sneak currents, read margin, disturb and the largest usable array")
    sweep = parser.add_argument_group("what to sweep (lists, as 4,8,16)")
    sweep.add_argument("--sizes", type=whole_numbers, default=[2, 4, 8, 16, 32], help="array sizes (default 2,4,8,16,32)")
    sweep.add_argument("--schemes", type=_words, default=None, help="bias of the other lines (default: all that fit the cells)")
    sweep.add_argument("--cells", type=_words, default=["1R"], help=f"{', '.join(CELLS)} (default 1R)")
    sweep.add_argument("--r-wire", type=numbers("ohm"), default=[0.0], help="wire resistance of a cell's pitch (default 0)")
    sweep.add_argument("--ra", type=numbers(""), default=[], help="RA in ohm um^2 (default: the device's)")
    device_flags(parser.add_argument_group("the devices"))
    group = parser.add_argument_group("reads and writes")
    group.add_argument("--r-driver", type=number("ohm"), default=0.0, help="driver resistance (default 0)")
    group.add_argument("--volts", type=number("V"), default=0.1, help="read voltage (default 0.1 V)")
    group.add_argument("--seconds", type=number("s"), default=10e-9, help="width of a write (default 10ns)")
    group.add_argument("--write-volts", type=number("V"), default=None, help="of a write (default: what --write-p needs)")
    group.add_argument("--write-p", type=number(""), default=0.5, help="flip probability of an isolated cell (default 0.5)")
    group.add_argument("--reads-only", action="store_true", help="leave writes and their disturb out")
    need = parser.add_argument_group("the largest usable array")
    need.add_argument("--margin", type=number(""), default=None, help="apparent TMR that a read must keep, as 20%% or 0.2")
    need.add_argument("--window", type=number("A"), default=None, help="current window that a read must keep, as 2uA")
    need.add_argument("--limit", type=int, default=512, help="where the search ends (default 512)")
    parser.add_argument("--engine", default=None, choices=("ngspice", "nodal"), help="default ngspice; nodal for sweeps")
    parser.add_argument("--workers", type=int, default=None, help="local processes (default: all cores where it is worth it)")
    parser.add_argument("--cluster", default=None, help="address of a Dask scheduler in the place of local processes")
    parser.add_argument("--figure", default=None, metavar="FILE.png", help="draw the picture there")
    model_flag(parser)


def _words(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def run(args: argparse.Namespace) -> Outcome:
    from ..jobs import kept
    from ..results import write

    for name in ("out", "figure"):
        check_place(f"--{name}", getattr(args, name))
    sweep = sweep_of(args)
    jobs = {"workers": args.workers, "cluster": args.cluster, "progress": sys.stderr.isatty() or args.verbose}
    searched = args.margin is not None or args.window is not None
    with kept(args.out) as (done, keep):
        shared = jobs | {"done": done, "on_result": keep}
        rows = sweep.run(title="reads and writes", **shared)
        sizes = sweep.largest(args.margin, args.window, args.limit, title="largest arrays", **shared) if searched else []
        result = result_of(rows, _config(args, sweep), sizes=sizes, seed=sweep.seed)
        if args.out is not None:
            write(args.out, result)
    data: Row = {"engine": sweep.engine, "device": args.model or args.device, "seed": sweep.seed, "reads": rows}
    if searched:
        data |= {"largest": sizes}
    text = _text(args, sweep, rows, sizes)
    if args.out is not None:
        picture = _picture(result, args.figure or Path(args.out).with_suffix(".png"))
        data |= {"out": args.out, "picture": str(picture)}
        text += f"\n{args.out}, {picture}"
    elif args.figure is not None:
        data |= {"picture": str(_picture(result, args.figure))}
        text += f"\n{args.figure}"
    return Outcome(text, data)


def sweep_of(args: argparse.Namespace) -> Sweep:
    """The sweep that the flags describe."""
    from ..sneak.reads import schemes_of
    from ..sneak.sweep import Sweep

    large = len(args.r_wire) > 1 or len(args.ra) > 1 or len(args.cells) > 1 or max(args.sizes) > 32
    searched = args.margin is not None or args.window is not None
    _, engine = engine_of(args, "nodal" if large or searched else "ngspice")
    schemes = args.schemes or list(dict.fromkeys(s for cell in args.cells for s in schemes_of(cell)))
    return Sweep(
        args.sizes, schemes, args.cells, args.r_wire, [1e-12 * ra for ra in args.ra], device_of(args), args.r_driver, args.volts,
        args.seconds, args.write_p, args.write_volts, args.reads_only, variation_of(args), args.faults, seed_of(args), engine, args.model,
    )  # fmt: skip


def _config(args: argparse.Namespace, sweep: Sweep) -> Row:
    names = ("volts", "r_driver", "seconds", "probability", "write_volts", "faults", "engine", "r_wire")
    config = {name: getattr(sweep, name) for name in names}
    spread = None if sweep.variation is None else dataclasses.asdict(sweep.variation)
    required = {"margin": args.margin, "window": args.window, "limit": args.limit}
    return config | {"device": args.model or args.device, "temperature": args.temperature, "variation": spread} | required


Cell = Callable[[Row], str]


def _text(args: argparse.Namespace, sweep: Sweep, rows: Sequence[Row], sizes: Sequence[Row]) -> str:
    """The tables: reads, then what writes disturb, then the largest arrays."""
    varying = [name for name in ("cell", "r_wire", "ra") if len({row[name] for row in rows}) > 1]

    def point(row: Row) -> str:
        size = f" {row['size']} x {row['size']}" if "size" in row else ""
        return f"{row['scheme']}{size}" + "".join(f", {_axis(name, row[name])}" for name in varying)

    def shown(head: Mapping[str, Cell], title: str, of: Sequence[Row]) -> str:
        return table([title, *head], [[point(row), *(cell(row) for cell in head.values())] for row in of])

    reads: dict[str, Cell] = {
        "sneak current": lambda r: engineering(_clear(r["sneak"], r["i_p"]), "A"),
        "closed form": lambda r: engineering(r["closed_form"], "A") if math.isfinite(r["closed_form"]) else "-",
        "of the read": lambda r: f"{_clear(r['fraction'], 1.0):.2%}",
        "apparent TMR": lambda r: f"{r['margin']:.2%}",
        "window": lambda r: engineering(r["window"], "A"),
        "any data": lambda r: engineering(r["window_any"], "A"),
        "cell/applied volts": lambda r: f"{r['v_far']:.4f}",
        "nearest": lambda r: f"{r['v_near']:.4f}",
    }
    parts = [f"{args.model or args.device}, far corner cell, {sweep.engine}", shown(reads, "read", rows)]
    if "disturb_worst" in rows[0]:
        writes: dict[str, Cell] = {
            "volts": lambda r: f"{r['volts_to_antiparallel']:+.3f} {r['volts_to_parallel']:+.3f}",
            "P of the selected": lambda r: f"{r['p_selected_worst']:.3g} to {r['p_selected_best']:.3g}",
            "disturb, worst cell": lambda r: f"{r['disturb_worst']:.2g}",
            "cells": lambda r: f"{r['disturb_sum']:.2g}",
            "in 1000, worst cell": lambda r: f"{r['disturb_worst_thousand']:.2g}",
            "cells in 1000": lambda r: f"{r['disturb_sum_thousand']:.2g}",
        }
        parts += [
            "",
            f"{engineering(sweep.seconds, 's')} writes of the far and near corner, to AP and to P, the most exposed data",
        ]
        parts.append(shown(writes, "write", rows))
    if sizes:
        wanted = [f"apparent TMR of {args.margin:.3g}"] * (args.margin is not None)
        wanted += [f"window of {engineering(args.window or 0.0, 'A')}"] * (args.window is not None)
        found: dict[str, Cell] = {
            "largest array": lambda r: f"{r['largest']} x {r['largest']}{' or more' * r['capped']}" if r["largest"] else "none",
            "apparent TMR": lambda r: f"{r['margin']:.2%}",
            "window": lambda r: engineering(r["window"], "A"),
        }
        title, named = " and ".join(wanted), [row | {"largest": row["size"]} for row in sizes]
        for row in named:
            del row["size"]  # it is no axis of a search
        parts += ["", shown(found, title, named)]
    return "\n".join(parts)


def _clear(value: float, beside: float) -> float:
    """0 in the place of what rounding leaves of a difference of numbers like `beside`."""
    return 0.0 if abs(value) < 1e-9 * abs(beside) else value


def _axis(name: str, value: Any) -> str:
    if name == "r_wire":
        return engineering(value, "ohm")
    return f"RA {value * 1e12:g}" if name == "ra" else str(value)


def result_of(
    rows: Sequence[Row], config: Row, summary: Row | None = None, sizes: Sequence[Row] = (), seed: int | None = None
) -> Result:
    """Rows of a sweep (or of reads alone) as a result of kind "sneak"."""
    from ..sneak.sweep import BINS, UNITS, columns

    data: Row = {name: Quantity(value, UNITS.get(name, "1")) for name, value in columns(rows).items()}
    if "histogram" in data:
        data["histogram"] = Quantity(data["histogram"].value, "1", "cells by class (row, column, unselected) and bin")
        data["bins"] = Quantity(BINS, "1", "edges of the bins: cell voltage over read voltage")
    if sizes:
        data["largest"] = {name: Quantity(value, UNITS.get(name, "1")) for name, value in columns(sizes).items()}
    summary = dict(summary or {})
    if sizes:
        summary |= {"largest_array": max(row["size"] for row in sizes)}
    return Result("sneak", data, config, summary, seed)


def record(path: str | Path, reads: Sequence[SneakRead], config: Row, summary: Row | None = None) -> Path:
    """Write reads to a result file of kind "sneak", and a picture beside it; where the picture is."""
    from ..results import write

    result = result_of([dataclasses.asdict(x) for x in reads], config, summary)
    write(path, result)
    return _picture(result, Path(path).with_suffix(".png"))


def _picture(result: Result, path: str | Path) -> Path:
    from ..figures import save_png
    from ..figures_sneak import overview

    return save_png(overview(result), Path(path))
