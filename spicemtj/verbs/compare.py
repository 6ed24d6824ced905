"""`spicemtj compare`: the surrogate and a circuit engine on the same updates, and where they part."""

from __future__ import annotations

import argparse
from typing import Any

from .common import Outcome, table, verb


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "compare", run, "train a few samples with two engines in step and say where they part")
    parser.add_argument("config", metavar="CONFIG.toml", help="the training's settings")
    parser.add_argument("--engine", default="ngspice", help="the engine that follows (default ngspice)")
    parser.add_argument("--leader", default="surrogate", help="the engine that trains (default surrogate)")
    parser.add_argument("--samples", type=int, default=20, help="samples in step (default 20)")
    parser.add_argument("--after", type=int, default=0, help="samples that the leader trains alone before")
    parser.add_argument("--free", action="store_true", help="then train the same samples with the follower alone, too")
    parser.add_argument("--surrogate", default=None, metavar="FILE.h5", help="a calibration in the place of the shipped one")


def run(args: argparse.Namespace) -> Outcome:
    from ..compare import compare
    from ..config import read_toml

    tables = read_toml(args.config)
    if args.surrogate is not None:
        tables = tables | {"surrogate": {"path": args.surrogate}}
    done = compare(tables, args.engine, args.leader, samples=args.samples, after=args.after, seed=args.seed, free=args.free)
    if args.out is not None:
        done.save(args.out)
    rows = [[k.replace("_", " "), f"{v:.4g}" if isinstance(v, float) else str(v)] for k, v in done.summary.items()]
    text = table([f"{done.summary['leader']} and {done.summary['follower']}", ""], rows) + (f"\n{args.out}" if args.out else "")
    return Outcome(text, done.summary | {"seed": done.seed, "out": args.out})
