"""`spicemtj netlist`: the deck of a write, to run by hand with `ngspice -b`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from .common import Outcome, array, array_flags, seed_of, verb
from .own_model import junctions_of, model_flag
from .write import pulse, pulse_flags


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "netlist", run, "write the ngspice deck of a write pulse on an array")
    array_flags(parser)
    pulse_flags(parser)
    model_flag(parser)


def run(args: argparse.Namespace) -> Outcome:
    xbar = array(args)
    own = junctions_of(args)
    held = {} if own is None else {"junctions": own, "switching": np.zeros(xbar.shape, dtype=bool)}
    text = xbar.deck(pulse(args, xbar), seed=seed_of(args), **held).text()
    if args.out is None:
        return Outcome(text.rstrip("\n"), {"netlist": text, "lines": text.count("\n")})
    Path(args.out).write_text(text)
    return Outcome(f"{args.out}: {text.count(chr(10))} lines; run it with: ngspice -b {args.out}", {"out": args.out})
