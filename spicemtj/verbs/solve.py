"""`spicemtj solve`: all voltages and currents of a static network."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from ..errors import InputError
from ..units import engineering
from .common import Outcome, array, array_flags, numbers, table, verb
from .own_model import engine_of, model_flag


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "solve", run, "solve a crossbar's network for given line voltages")
    array_flags(parser)
    parser.add_argument(
        "--resistances", metavar="CSV", help="a matrix of ohmic cells (word lines x bit lines) in the place of MTJs"
    )
    parser.add_argument(
        "--v-wl", type=numbers("V"), default=[0.1], help="volts of the word lines, one for all or one each; `float`"
    )
    parser.add_argument("--v-bl", type=numbers("V"), default=[0.0], help="volts of the bit lines, likewise")
    parser.add_argument("--engine", default=None, choices=("nodal", "ngspice"), help="default nodal; ngspice with --model")
    model_flag(parser)


def run(args: argparse.Namespace) -> Outcome:
    from ..api import solve

    xbar = array(args) if args.resistances is None else _ohmic(args)
    v_wl, v_bl = _lines("v-wl", args.v_wl, xbar.m), _lines("v-bl", args.v_bl, xbar.n)
    engine, name = engine_of(args, "nodal")
    sol = solve(xbar, v_wl, v_bl, engine=engine)
    names = ("v_wl", "v_bl", "v_cell", "i_cell", "i_wl", "i_bl")
    used = {"engine": name} | {key: getattr(args, key) for key in ("model", "access") if getattr(args, key) is not None}
    data = used | {"shape": xbar.shape} | {k: getattr(sol, k) for k in names}
    if args.out is not None:
        from ..results import Quantity, Result, write

        tree = {k: Quantity(getattr(sol, k), "V" if k.startswith("v") else "A") for k in names}
        write(args.out, Result("solution", tree, used | {"v_wl": v_wl.tolist(), "v_bl": v_bl.tolist()}))
        data["out"] = args.out
    rows = [[f"bl {j}", engineering(sol.i_bl[j], "A")] for j in range(min(xbar.n, 16))]
    known = np.abs(sol.v_cell[np.isfinite(sol.v_cell)])
    spread = "no cell has a driven line"
    if known.size:
        spread = f"|v_cell| from {engineering(known.min(), 'V')} to {engineering(known.max(), 'V')}"
    text = table(["line", "current"], rows) + ("\n..." if xbar.n > 16 else "")
    return Outcome(f"{text}\n{spread} ({args.model or name})", data)


def _lines(name: str, values: list[float], count: int) -> np.ndarray:
    if len(values) not in (1, count):
        raise InputError(f"--{name} has {len(values)} values; give one, or one for each of the {count} lines")
    return np.broadcast_to(np.array(values, dtype=float), (count,)).copy()


def _ohmic(args: argparse.Namespace) -> Any:
    from ..circuit.crossbar import Crossbar

    try:
        grid = np.atleast_2d(np.loadtxt(args.resistances, delimiter=",", ndmin=2))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {args.resistances} as a CSV matrix of ohms: {error}") from None
    r, d = args.r_wire, args.r_driver
    return Crossbar.from_resistances(grid, r_wl=r, r_bl=r, r_driver_wl=d, r_driver_bl=d)
