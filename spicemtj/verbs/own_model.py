"""The flag `--model`: a junction model of the user's own in the place of the built-in one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from ..errors import InputError

if TYPE_CHECKING:
    from ..engines.base import Engine


def model_flag(parser: Any) -> None:
    """Add the flag."""
    parser.add_argument(
        "--model", default=None, metavar="FILE.toml", help="a junction model of your own, in ngspice (docs/own-model.md)"
    )


def engine_of(args: argparse.Namespace, usual: str) -> tuple[Engine | str, str]:
    """The engine of the flags `--engine` and `--model`, and its name; `usual` where neither was given."""
    if args.model is None:
        return args.engine or usual, args.engine or usual
    if args.engine not in (None, "ngspice"):
        raise InputError(f"--model {args.model} runs in ngspice alone; leave --engine {args.engine} out")
    from ..engines.ngspice import NgspiceEngine

    return NgspiceEngine(device=_toml(args.model)), "ngspice"


def junctions_of(args: argparse.Namespace) -> Any:
    """The cards of `--model` for a deck, None without the flag."""
    if args.model is None:
        return None
    from ..engines.user_model import load

    return load(_toml(args.model))


def _toml(path: str) -> str:
    if not path.endswith(".toml"):
        raise InputError(f"--model {path}: give the TOML that describes the model, FILE.toml")
    return path
