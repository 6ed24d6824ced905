"""`spicemtj replay`: a stretch of a training once more, with a circuit beside it, cell by cell."""

from __future__ import annotations

import argparse
from typing import Any

from .common import Outcome, table, verb


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "replay", run, "replay a stretch of a training with a circuit beside it and say where they part")
    parser.add_argument("run_file", metavar="RUN.h5", help="what spicemtj train --out wrote (best with --keep-every)")
    parser.add_argument("--samples", type=stretch, required=True, metavar="A:B", help="from sample A up to but without B")
    parser.add_argument(
        "--epoch", type=int, default=None, help="count the samples from the start of this epoch (the first is 1)"
    )
    parser.add_argument("--engine", default="ngspice", help="what is solved beside it: ngspice or nodal (default ngspice)")
    parser.add_argument("--layer", type=int, default=None, help="only this layer, counted from 0")
    parser.add_argument(
        "--calibrate", metavar="NEW.h5", default=None, help="fit the surrogate anew to what the circuit said here"
    )
    parser.add_argument("--tile", type=int, default=None, help="only this tile of the layer (of layer 0 unless told)")


def stretch(text: str) -> tuple[int, int]:
    """An argparse type for `200:260`."""
    try:
        first, last = (int(part) for part in text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"cannot read {text!r}; write it like 200:260") from None
    return first, last


def run(args: argparse.Namespace) -> Outcome:
    from ..training.replay import replay

    done = replay(args.run_file, args.samples, args.engine, epoch=args.epoch, layer=args.layer, tile=args.tile)
    if args.out is not None:
        done.save(args.out)
    s, cells = done.summary, done.worst()
    rows = [[k.replace("_", " "), f"{v:.4g}" if isinstance(v, float) else str(v)] for k, v in s.items() if v is not None]
    text = table([f"{s['leader']} and {s['follower']}", ""], rows)
    if cells:
        text += "\n\n" + table(
            ["cells that part the most", "row", "column", "pulses", "V rms", "P rms", f"{s['leader']} flips", f"{s['follower']}", "both"],
            [
                [c["array"], str(c["row"]), str(c["col"]), f"{c['pulses']:.0f}", f"{c['volts_rms']:.2g}", f"{c['p_rms']:.2g}",
                 *(f"{c[n]:.0f}" for n in ("leader_flips", "follower_flips", "same_flips"))]
                for c in cells
            ],
        )  # fmt: skip
    data = s | {"worst": cells, "seed": done.seed, "out": args.out}
    if args.calibrate is not None:
        better = done.calibrated()
        better.save(args.calibrate)
        old = {name: better.misfit.get(f"before_{name}") for name in ("read_rms_of_full_scale", "volts_rms", "p_rms", "p_max")}
        fits = [[name, f"{was:.3g}", f"{better.misfit[name]:.3g}"] for name, was in old.items() if was is not None]
        text += (
            "\n\n" + table(["misfit on every other read and pulse", "as it was", "fitted here"], fits) + f"\n{args.calibrate}"
        )
        data |= {"calibration": args.calibrate, "misfit": better.misfit}
    if not s["same_as_recorded"]:
        text += "\nthe replayed training is not the recorded one: another version or calibration made the file"
    return Outcome(text + (f"\n{args.out}" if args.out else ""), data)
