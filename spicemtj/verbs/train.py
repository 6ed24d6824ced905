"""`spicemtj train`: a network trained in situ on arrays of MTJs, beside the real-valued one of the same shape."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .common import Outcome, table, verb


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "train", run, "train a network in situ on MTJ arrays, beside its real-valued counterpart")
    parser.add_argument("config", metavar="CONFIG.toml", help="the training's settings; flags override them")
    parser.add_argument("--engine", default=None, help="surrogate, nodal, ngspice or ideal")
    parser.add_argument("--samples", type=int, default=None, help="stop after this many samples")
    parser.add_argument("--surrogate", default=None, metavar="FILE.h5", help="a calibration in the place of the shipped one")
    group = parser.add_argument_group("with --out, an unfinished run in that file is taken up where it was last saved")
    group.add_argument("--fresh", action="store_true", help="start anew, whatever the file holds")
    group.add_argument(
        "--checkpoint", type=float, default=10.0, metavar="SECONDS",
        help="save after so many seconds (default 10), later where saving would take over 1 %% of the time",
    )  # fmt: skip
    group.add_argument(
        "--keep-every", type=int, default=None, metavar="N", help="keep the arrays every N samples, for spicemtj replay"
    )


def run(args: argparse.Namespace) -> Outcome:
    from ..config import read_toml
    from ..training.checkpoint import Checkpoints
    from ..training.record import summary
    from ..training.train import train

    tables, out = read_toml(args.config), args.out
    if args.surrogate is not None:
        tables = tables | {"surrogate": {"path": args.surrogate}}
    say = (lambda line: print(line, file=sys.stderr)) if args.verbose or (sys.stderr.isatty() and not args.json) else None
    how = Checkpoints(None if out is None else Path(out), args.checkpoint, args.keep_every, args.fresh)
    done = train(tables, engine=args.engine, seed=args.seed, samples=args.samples, progress=say, checkpoint=how)
    figures = summary(done)
    rows = [[k.replace("_", " "), f"{v:.4g}" if isinstance(v, float) else str(v)] for k, v in figures.items() if v != ""]
    text = table([f"{done.settings.data.name}, seed {done.seed}", ""], rows) + (f"\n{out}" if out else "")
    if done.resumed is not None:
        text += f"\ntaken up after {done.resumed} samples; --fresh starts anew"
    if done.interrupted:
        text += "\ninterrupted: " + (
            f"what was done is in {out}; the same command goes on" if out else "what was done is lost; --out keeps it"
        )
    more = {"seed": done.seed, "out": out, "interrupted": done.interrupted, "resumed": done.resumed, "saving": done.saving}
    return Outcome(text, figures | more, 130 if done.interrupted else 0)
