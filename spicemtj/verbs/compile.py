"""`spicemtj compile`: Verilog-A to a device that ngspice loads, and what the file's modules look like from outside."""

from __future__ import annotations

import argparse
import os
from typing import Any

from ..errors import MissingToolError
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


def _require_openvaf() -> None:
    """`MissingToolError` where the program that was asked for is not here, with what this machine would do without it."""
    from ..engines import veriloga

    found = veriloga.find_compilers()
    if found.openvaf or os.environ.get("SPICEMTJ_OPENVAF"):
        return
    other = f"{found.text} will compile it" if found.ok else f"for another compiler {found.remedy}"
    raise MissingToolError(
        f"--compiler openvaf: neither openvaf-r nor openvaf is on the PATH; put it there, or leave --compiler out ({other})"
    )


def run(args: argparse.Namespace) -> Outcome:
    from pathlib import Path

    from ..engines import veriloga

    if args.compiler == "openvaf":
        _require_openvaf()
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
