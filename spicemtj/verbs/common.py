"""What several verbs share: the outcome, the common flags, and an array described by flags."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import CELLS, Crossbar
from ..circuit.faults import FAULTS, random_faults
from ..device.mtj import Mtj
from ..device.selector import Selector
from ..device.variation import Variation
from ..errors import InputError, unknown
from ..randomness import check_seed
from ..units import quantity
from .own_access import access_flag, access_of


@dataclass
class Outcome:
    """What a verb answers: `text` for people, `data` (JSON-like) for programs."""

    text: str
    data: dict[str, Any] = field(default_factory=dict)
    code: int = 0


def number(unit: str) -> Callable[[str], float]:
    """An argparse type for a quantity in `unit`."""

    def read(text: str) -> float:
        try:
            return quantity(text, unit)
        except InputError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    read.__name__ = f"number in {unit}"
    return read


def numbers(unit: str) -> Callable[[str], list[float]]:
    """An argparse type for a comma-separated list of quantities; `float` is an undriven line."""

    def read(text: str) -> list[float]:
        return [float("nan") if part.strip() in ("float", "nan") else number(unit)(part) for part in text.split(",")]

    read.__name__ = f"list in {unit}"
    return read


def whole_numbers(text: str) -> list[int]:
    """An argparse type for `4,8,16`."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"cannot read {text!r} as whole numbers; write them like 4,8,16") from None


def verb(subparsers: Any, name: str, run: Callable[[argparse.Namespace], Outcome], text: str) -> argparse.ArgumentParser:
    """A parser with the flags that every verb takes."""
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--seed", type=int, default=None, help="seed of all random numbers (default: 1, or the file's)")
    parser.add_argument("--out", default=None, help="where to write the result")
    parser.add_argument("-v", "--verbose", action="store_true", help="say more, and show tracebacks")
    return parser


def array_flags(parser: argparse.ArgumentParser) -> None:
    """Flags that describe one crossbar."""
    group = parser.add_argument_group("the array")
    group.add_argument("--rows", type=int, default=8, help="word lines (default 8)")
    group.add_argument("--cols", type=int, default=None, help="bit lines (default: as many as word lines)")
    group.add_argument("--cell", default="1R", choices=CELLS)
    group.add_argument("--r-wire", type=number("ohm"), default=1.0, help="wire resistance of a cell's pitch (default 1 ohm)")
    group.add_argument("--r-driver", type=number("ohm"), default=50.0, help="resistance of each driver (default 50 ohm)")
    group.add_argument(
        "--r-far", type=number("ohm"), default=math.inf, help="a second driver at the far end of each line (default none)"
    )
    group.add_argument(
        "--c-wire", type=number("F"), default=0.0, help="capacitance of a wire's segment (default 0; ngspice alone has it)"
    )
    access_flag(group)
    group.add_argument("--selector", default=None, metavar="FILE.csv", help="I-V table of the selector of 1S1R cells")
    device_flags(group)
    group.add_argument("--pattern", default="random", choices=("random", "parallel", "antiparallel"), help="the stored data")


def device_flags(group: Any) -> None:
    """Flags that say what an array's devices are like: see `device_of`, `variation_of` and `faults_of`."""
    group.add_argument("--device", default="ref-pma-40", help="preset of the MTJ (see: spicemtj device list)")
    group.add_argument("--temperature", type=number("K"), default=None, help="in the place of the preset's, in kelvin")
    group.add_argument(
        "--spread", type=number(""), default=0.0, help="device-to-device spread of RA, TMR and Hk, as 10%% or 0.1"
    )
    group.add_argument(
        "--variation", type=shares, default={}, metavar="NAME=SPREAD,...",
        help="single spreads: diameter, thickness, oxide, ms, ki, ra, tmr, hk, c2c_hk (pulse to pulse), as diameter=5%%,ki=1%%",
    )  # fmt: skip
    group.add_argument(
        "--faults",
        type=shares,
        default={},
        metavar="NAME=SHARE,...",
        help="shares of broken cells: open, short, stuck, as open=1%%",
    )


def shares(text: str) -> dict[str, float]:
    """An argparse type for `open=1%,stuck=0.005`."""
    found = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals:
            raise argparse.ArgumentTypeError(f"cannot read {part!r}; write it like name=5%")
        found[name.strip()] = number("")(value)
    return found


def device_of(args: argparse.Namespace) -> Mtj:
    """The nominal device of the flags."""
    return Mtj.preset(args.device, **({} if args.temperature is None else {"temperature": args.temperature}))


def variation_of(args: argparse.Namespace) -> Variation | None:
    """The spreads of the flags, None where there are none; --variation goes before --spread."""
    table = dict.fromkeys(("ra", "tmr", "hk"), args.spread) | args.variation
    return Variation.from_mapping(table) if any(table.values()) else None


def faults_of(args: argparse.Namespace, shape: tuple[int, int], seed: int) -> NDArray[np.int8] | None:
    """The broken cells of the flags, None where there are none."""
    for name in args.faults:
        if name not in FAULTS:
            raise unknown("fault", name, FAULTS)
    return random_faults(shape, **args.faults, seed=seed) if args.faults else None


def array(args: argparse.Namespace) -> Crossbar:
    """The crossbar that the flags describe."""
    m, n = args.rows, args.cols if args.cols is not None else args.rows
    if m < 1 or n < 1:
        raise InputError(f"an array of {m} x {n} cells: both numbers must be at least 1")
    seed = seed_of(args)
    rng = np.random.default_rng([seed, 0x57A7E])
    states = {"parallel": 1, "antiparallel": -1}.get(args.pattern)
    grid = rng.choice([-1, 1], size=(m, n)) if states is None else np.full((m, n), states)
    return Crossbar(
        m, n, device_of(args), args.cell, grid, variation_of(args), seed, args.r_wire, args.r_wire, args.r_driver, args.r_driver,
        faults=faults_of(args, (m, n), seed), r_far_wl=args.r_far, r_far_bl=args.r_far, c_wire=args.c_wire,
        selector=None if args.selector is None else Selector.from_csv(args.selector), access=access_of(args),
    )  # fmt: skip


def seed_of(args: argparse.Namespace) -> int:
    """The seed of the flags, 1 by default; `InputError` below 0."""
    seed = 1 if args.seed is None else args.seed
    check_seed(seed)
    return int(seed)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> str:
    """Columns aligned right, those of `left` left."""
    width = [max(len(str(r[k])) for r in [head, *rows]) for k in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(
            str(c).ljust(w) if k in left else str(c).rjust(w) for k, (c, w) in enumerate(zip(cells, width, strict=True))
        )

    return "\n".join([line(head).rstrip(), *(line(r).rstrip() for r in rows)])
