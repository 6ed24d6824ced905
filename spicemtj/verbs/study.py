"""`spicemtj study`: the claims of in-situ training, each over seeds, on local processes or a cluster."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from .common import Outcome, seed_of, table, verb


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "study", run, "run one of the studies over seeds: table and file; spicemtj report draws it")
    parser.add_argument("name", metavar="NAME", help="accuracy, codings, immunity, offline, schemes or time")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from --seed on (default 5)")
    parser.add_argument("--quick", action="store_true", help="a size of some ten seconds")
    parser.add_argument(
        "--data",
        default=None,
        help="breast-cancer or digits, (accuracy: sonar, mnist too); default digits, breast-cancer with --quick",
    )
    parser.add_argument("--workers", type=int, default=None, help="local processes (default: one a core)")
    parser.add_argument(
        "--cluster", default=None, metavar="ADDRESS", help="a Dask scheduler in their place, as tcp://host:8786"
    )
    parser.add_argument("--figure", default=None, metavar="FILE.png", help="draw its figure")


def run(args: argparse.Namespace) -> Outcome:
    from .. import study

    done = study.run_study(
        args.name, seeds=args.seeds, quick=args.quick, data=args.data, out=args.out, workers=args.workers, cluster=args.cluster,
        progress=args.verbose or (sys.stderr.isatty() and not args.json), first_seed=seed_of(args),
    )  # fmt: skip
    head, lines = study.table(done)
    text = f"{done.config['title']}: {done.config['data']}, {args.seeds} seeds\n\n" + table(head, lines)
    if args.figure is not None:
        from pathlib import Path

        from ..figures import save_png
        from ..figures_study import study as draw

        text += f"\n{save_png(draw(done), Path(args.figure))}"
    data = done.summary | {"seed": done.seed, "out": args.out, "table": [dict(zip(head, line, strict=True)) for line in lines]}
    return Outcome(text + (f"\n{args.out}" if args.out else ""), data)
