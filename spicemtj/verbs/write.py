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

if TYPE_CHECKING:
    from ..engines.base import WriteResult


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


def run(args: argparse.Namespace) -> Outcome:
    from ..api import write

    xbar = array(args)
    what = pulse(args, xbar)
    seed = seed_of(args)
    res = write(xbar, what, engine=args.engine, seed=seed)
    chosen = (what.row, what.col)
    others = np.ones(xbar.shape, dtype=bool)
    others[chosen] = False
    data = {
        "engine": args.engine,
        "seed": seed,
        "scheme": what.scheme,
        "selected": {"v_cell": res.v_cell[chosen], "p_flip": res.p_flip[chosen], "flipped": bool(res.flipped[chosen])},
        "flips": int(res.flipped.sum()),
        "disturbed": int(res.flipped[others].sum()),
        "largest_disturb_probability": float(res.p_flip[others].max()) if others.any() else 0.0,
        "expected_disturbs": float(res.p_flip[others].sum()),
        "energy": res.energy,
        "v_cell": res.v_cell,
        "p_flip": res.p_flip,
        "flipped": res.flipped,
    }
    if args.out is not None:
        data["out"] = str(record(args.out, xbar, what, res, args.engine, seed))
    rows = [
        ["selected cell", f"{what.row}, {what.col}"],
        ["its state before", "parallel" if xbar.states[chosen] > 0 else "antiparallel"],
        ["its voltage", engineering(res.v_cell[chosen], "V")],
        ["its flip probability", f"{res.p_flip[chosen]:.4g}"],
        ["flipped", "yes" if res.flipped[chosen] else "no"],
        ["other cells flipped", str(data["disturbed"])],
        ["largest disturb probability", f"{data['largest_disturb_probability']:.3g}"],
        ["energy", engineering(res.energy, "J")],
    ]
    return Outcome(table([f"{what.scheme} write, {xbar.m} x {xbar.n} {xbar.cell}", args.engine], rows), data)


def record(path: str | Path, xbar: Crossbar, what: Write, res: WriteResult, engine: str, seed: int) -> Path:
    """Write what a pulse did to a result file of kind "write"."""
    from ..results import Quantity, Result
    from ..results import write as save

    units = {"v_cell": "V", "v_start": "V", "p_flip": "1", "flipped": "1", "states": "1"}
    tree = {k: Quantity(np.asarray(getattr(res, k)), u) for k, u in units.items()} | {"energy": Quantity(res.energy, "J")}
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
        "expected_disturbs": float(res.p_flip.sum() - res.p_flip[chosen]),
        "energy": res.energy,
    }
    return save(path, Result("write", tree, config, summary, seed))
