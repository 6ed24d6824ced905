"""The flag `--access`: the transistor of 1T1R cells, a preset or one with a card of the user's own."""

from __future__ import annotations

import argparse
from typing import Any

from ..device.access import Access
from ..errors import InputError


def access_flag(parser: Any) -> None:
    """Add the flag."""
    parser.add_argument(
        "--access",
        default=None,
        metavar="NAME|FILE.toml",
        help="the transistor of 1T1R cells: a preset (default nmos-45), or one with a card of your own (docs/own-model.md)",
    )


def access_of(args: argparse.Namespace) -> Access | None:
    """The transistor of the flag, where it was given."""
    if args.access is None:
        return None
    if args.cell != "1T1R":
        raise InputError(f"--access {args.access} is the transistor of 1T1R cells, and these are {args.cell}; add --cell 1T1R")
    return Access.named(args.access)
