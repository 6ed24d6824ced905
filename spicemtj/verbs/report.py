"""`spicemtj report`: one HTML page from result files."""

from __future__ import annotations

import argparse
from typing import Any

from .common import Outcome, verb


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "report", run, "make a self-contained HTML page from result files")
    parser.add_argument("files", nargs="+", metavar="FILE.h5", help="result files, in the order of the page")
    parser.add_argument("--title", default="spicemtj report")


def run(args: argparse.Namespace) -> Outcome:
    from ..report import report

    out = report(args.files, args.out or "report.html", args.title)
    return Outcome(f"{out}: {out.stat().st_size / 1e6:.2f} MB, {len(args.files)} sections", {"out": str(out)})
