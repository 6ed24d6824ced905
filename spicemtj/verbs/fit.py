"""`spicemtj fit`: Delta, Vc0 and tau0 of a device from a CSV of measured switching probabilities."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import InputError
from .common import Outcome, number, verb
from .places import check_place


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "fit", run, "fit Delta, Vc0 and tau0 to measured switching probabilities, with intervals")
    parser.add_argument("data", metavar="DATA.csv", help="columns volts, seconds, probability (or switched), trials, state")
    parser.add_argument(
        "--torque", default="voltage", choices=("voltage", "current"), help="what drives the layer (default voltage)"
    )
    parser.add_argument("--tmr", type=number(""), default=1.0, help="TMR at 0 V, as 100%% or 1.0 (default 1.0)")
    parser.add_argument("--r-p", type=number("ohm"), default=5e3, help="resistance of the parallel state (default 5 kohm)")
    parser.add_argument("--vh", type=number("V"), default=0.5, help="voltage that halves the TMR (default 0.5 V)")
    parser.add_argument("--temperature", type=number("K"), default=300.0, help="temperature of the measurement (default 300 K)")
    parser.add_argument("--trials", type=number(""), default=None, help="pulses behind each row, a whole number")
    parser.add_argument(
        "--dispersion", default="binomial", choices=("binomial", "quasi"), help="quasi: estimate scatter beyond counting"
    )
    parser.add_argument("--asymmetry", action="store_true", help="a critical voltage for each state")
    parser.add_argument("--level", type=number(""), default=0.95, help="probability of the intervals (default 95%%)")
    parser.add_argument("--figure", default=None, metavar="FIT.png", help="draw the rows, the law and what is left")


def run(args: argparse.Namespace) -> Outcome:
    from ..device.fitting.fit import fit
    from ..device.fitting.measured import read_csv

    for flag, path in (("--out", args.out), ("--figure", args.figure)):
        check_place(flag, path)
    if args.figure and Path(args.figure).suffix != ".png":
        raise InputError(f"--figure {args.figure}: the picture is a PNG; give a name that ends in .png")
    if args.out and args.figure and Path(args.out).resolve() == Path(args.figure).resolve():
        raise InputError(f"--out and --figure are both {args.out}: give each a name of its own (.h5 or .json, and .png)")
    data = read_csv(args.data)
    if args.trials is not None:
        data = data.with_trials(args.trials)
    found = fit(
        data,
        torque=args.torque,
        tmr=args.tmr,
        r_p=args.r_p,
        vh=args.vh,
        temperature=args.temperature,
        asymmetry=args.asymmetry,
        dispersion=args.dispersion,
        level=args.level,
    )
    text, answer = [found.text()], found.summary() | {"notes": found.notes()}
    if args.out:
        answer["out"] = str(found.save(args.out))
        text.append(answer["out"])
    if args.figure:
        from ..figures_fit import save_fit

        answer["figure"] = str(save_fit(found.result(), Path(args.figure)))
        text.append(answer["figure"])
    return Outcome("\n".join(text), answer)
