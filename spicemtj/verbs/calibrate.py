"""`spicemtj calibrate`: circuit runs, the surrogate fitted to them, and its misfit on held-out runs."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from .common import Outcome, table, verb, whole_numbers


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "calibrate", run, "fit the surrogate to circuit runs and measure its misfit on held-out ones")
    parser.add_argument("plan", nargs="?", metavar="PLAN.toml", help="a file with a [plan] table; flags override it")
    parser.add_argument("--device", default=None)
    parser.add_argument("--cell", default=None)
    parser.add_argument("--sizes", type=whole_numbers, default=None, help="array sizes, as 4,8,16")
    parser.add_argument("--reads", type=int, default=None, help="how many read circuits")
    parser.add_argument("--writes", type=int, default=None, help="how many write circuits")
    parser.add_argument("--engine", default="ngspice", choices=("ngspice", "nodal"), help="what the surrogate answers to")
    parser.add_argument("--workers", type=int, default=None, help="local processes (default: all cores)")
    parser.add_argument("--cluster", default=None, help="address of a Dask scheduler in the place of local processes")


def run(args: argparse.Namespace) -> Outcome:
    from ..config import read_toml
    from ..errors import unknown
    from ..surrogate.calibrate import calibrate
    from ..surrogate.plan import Plan

    settings: dict[str, Any] = {}
    if args.plan:
        tables = read_toml(args.plan)
        for key in tables:
            if key != "plan":
                raise unknown(f"table in {args.plan}", key, ["plan"])
        settings = dict(tables.get("plan", {}))
    for name in ("device", "cell", "sizes", "reads", "writes", "seed"):
        if getattr(args, name) is not None:
            settings[name] = getattr(args, name)
    plan = Plan.from_mapping(settings)
    out = args.out or f"calibration-{plan.device}-{plan.cell}.h5"
    surrogate = calibrate(
        plan,
        engine=args.engine,
        workers=args.workers,
        cluster=args.cluster,
        progress=sys.stderr.isatty() or args.verbose,
        save=out,
    )
    rows = [[name, f"{value:.4g}"] for name, value in surrogate.misfit.items()]
    text = table([f"{plan.device} {plan.cell}, held-out runs", ""], rows) + f"\n{out}"
    data = {
        "out": out,
        "misfit": surrogate.misfit,
        "read_fit": surrogate.read_fit,
        "write_fit": surrogate.write_fit,
        "seed": plan.seed,
    }
    return Outcome(text, data | {"engine": args.engine})
