"""`spicemtj train`: a network trained in situ on arrays of MTJs, beside the real-valued one of the same shape."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from .common import Outcome, table, verb


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "train", run, "train a network in situ on MTJ arrays, beside its real-valued counterpart")
    parser.add_argument("config", metavar="CONFIG.toml", help="the training's settings; flags override them")
    parser.add_argument("--engine", default=None, help="surrogate, nodal, ngspice or ideal")
    parser.add_argument("--samples", type=int, default=None, help="stop after this many samples")
    parser.add_argument("--surrogate", default=None, metavar="FILE.h5", help="a calibration in the place of the shipped one")


def run(args: argparse.Namespace) -> Outcome:
    from ..config import read_toml
    from ..training.record import summary
    from ..training.train import train

    tables = read_toml(args.config)
    if args.surrogate is not None:
        tables = tables | {"surrogate": {"path": args.surrogate}}
    say = (lambda line: print(line, file=sys.stderr)) if args.verbose or (sys.stderr.isatty() and not args.json) else None
    done = train(tables, engine=args.engine, seed=args.seed, samples=args.samples, progress=say)
    out = args.out
    if out is not None:
        done.save(out)
    figures = summary(done)
    rows = [[k.replace("_", " "), f"{v:.4g}" if isinstance(v, float) else str(v)] for k, v in figures.items() if v != ""]
    text = table([f"{done.settings.data.name}, seed {done.seed}", ""], rows) + (f"\n{out}" if out else "")
    if done.interrupted:
        text += "\ninterrupted: what was done is " + (f"in {out}" if out else "lost; --out keeps it")
    return Outcome(
        text, figures | {"seed": done.seed, "out": out, "interrupted": done.interrupted}, 130 if done.interrupted else 0
    )
