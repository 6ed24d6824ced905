"""`spicemtj sneak`: sneak current and apparent read margin against size and bias scheme, table and picture."""

from __future__ import annotations

import argparse
import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..results import Quantity, Result
from ..sneak import SneakRead
from ..units import engineering
from .common import Outcome, number, table, verb, whole_numbers
from .own_model import engine_of, model_flag

UNITS = {"i_p": "A", "i_ap": "A", "cell_p": "A", "cell_ap": "A", "sneak": "A", "closed_form": "A"}


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "sneak", run, "measure sneak currents and the apparent read margin of 1R arrays")
    parser.add_argument("--sizes", type=whole_numbers, default=[2, 4, 8, 16, 32], help="array sizes (default 2,4,8,16,32)")
    parser.add_argument("--schemes", default="floating,grounded,V/2,V/3", help="bias of the unselected lines")
    parser.add_argument("--device", default="ref-pma-40")
    parser.add_argument("--volts", type=number("V"), default=0.1, help="read voltage (default 0.1 V)")
    parser.add_argument("--r-wire", type=number("ohm"), default=0.0, help="wire resistance of a cell's pitch (default 0)")
    parser.add_argument("--r-driver", type=number("ohm"), default=0.0, help="driver resistance (default 0)")
    parser.add_argument("--engine", default=None, choices=("ngspice", "nodal"), help="default ngspice")
    model_flag(parser)


def run(args: argparse.Namespace) -> Outcome:
    from ..sneak import measure

    r, d = args.r_wire, args.r_driver
    engine, name = engine_of(args, "ngspice")
    device = args.model or args.device
    reads = measure(
        args.sizes, args.schemes.split(","), volts=args.volts, engine=engine, device=args.device,
        r_wl=r, r_bl=r, r_driver_wl=d, r_driver_bl=d,
    )  # fmt: skip
    rows = [
        [
            f"{x.scheme} {x.size} x {x.size}",
            engineering(x.sneak, "A"),
            engineering(x.closed_form, "A") if math.isfinite(x.closed_form) else "-",
            f"{x.fraction:.2%}",
            f"{x.margin:.2%}",
            f"{x.v_far:.4f}",
        ]
        for x in reads
    ]
    head = ["read", "sneak current", "closed form", "of the read", "apparent TMR", "cell/applied volts"]
    text = f"{device}, far corner cell, {name}\n" + table(head, rows)
    data: dict[str, Any] = {"engine": name, "device": device, "reads": [dataclasses.asdict(x) for x in reads]}
    if args.out is not None:
        config = {"device": device, "volts": args.volts, "r_wire": r, "r_driver": d, "engine": name}
        picture = record(args.out, reads, config)
        data |= {"out": args.out, "picture": str(picture)}
        text += f"\n{args.out}, {picture}"
    return Outcome(text, data)


def record(path: str | Path, reads: Sequence[SneakRead], config: dict[str, Any], summary: dict[str, Any] | None = None) -> Path:
    """Write reads to a result file of kind "sneak", and a picture beside it; where the picture is."""
    from ..figures import save_sneak
    from ..results import write

    columns = {
        f.name: Quantity(np.array([getattr(x, f.name) for x in reads]), UNITS.get(f.name, "1"))
        for f in dataclasses.fields(reads[0])
    }
    result = Result("sneak", columns, config, summary or {})
    write(path, result)
    return save_sneak(result, Path(path).with_suffix(".png"))
