"""`spicemtj compile`: Verilog-A to a device that ngspice loads, and what the file's modules look like from outside."""

from __future__ import annotations

import argparse
from typing import Any

from .common import Outcome, table, verb


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "compile", run, "compile Verilog-A to an OSDI device for ngspice")
    parser.add_argument("model", metavar="MODEL.va", help="the Verilog-A file")
    parser.add_argument(
        "--compiler",
        choices=("openvaf", "c"),
        default=None,
        help="openvaf-r or openvaf, or openvaf-py with the C compiler (default: the first that is here)",
    )


def run(args: argparse.Namespace) -> Outcome:
    from pathlib import Path

    from ..engines import veriloga

    path = Path(args.model)
    osdi = veriloga.compile(path, out=args.out, compiler=args.compiler)
    modules = veriloga.describe(path)
    data = {"osdi": str(osdi), "modules": modules}
    lines = []
    for module in modules:
        lines.append(f"module {module['name']} ({', '.join(module['terminals'])})")
        rows = [
            [
                p["name"],
                "instance" if p["instance"] else "model",
                p["default"],
                p["units"] or "-",
                p["range"] or "-",
                p["description"],
            ]
            for p in module["parameters"]
        ]
        if rows:
            lines.append(table(["parameter", "of", "default", "unit", "range", "meaning"], rows))
        lines += [f"shows {o['name']}" + f" [{o['units']}]" * bool(o["units"]) for o in module["outputs"]]
    return Outcome("\n".join([*lines, str(osdi)]), data)
