"""The command line: reads the verb and its flags, calls it, prints its answer or one line on what went wrong."""

from __future__ import annotations

import argparse
import importlib
import json
import math
import re
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from .errors import SpicemtjError

VERBS = (
    "doctor", "device", "netlist", "solve", "write", "sneak", "fit", "compile", "calibrate",
    "train", "compare", "replay", "study", "report",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 for a failure, 2 for a mistake in the input."""
    args = _parser().parse_args(_negatives_joined(sys.argv[1:] if argv is None else argv))
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warn  # type: ignore[assignment]
            outcome = args.run(args)
        print(json.dumps(_plain(outcome.data), allow_nan=False) if args.json else outcome.text)
        return int(outcome.code)
    except SpicemtjError as error:
        if args.verbose:
            raise
        print(f"spicemtj: {_one_line(str(error))}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("spicemtj: interrupted; what was finished is kept", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        if args.verbose:
            raise
        print(f"spicemtj: {_one_line(str(error))}", file=sys.stderr)
        return 1


class _Parser(argparse.ArgumentParser):
    """Says a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {_one_line(message)} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def _negatives_joined(argv: Sequence[str]) -> list[str]:
    """`--volts -800mV` as `--volts=-800mV`: argparse takes the value for a flag otherwise."""
    joined: list[str] = []
    for word in argv:
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and re.match(r"-\.?\d", word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined


def _parser() -> argparse.ArgumentParser:
    from . import __version__

    parser = _Parser(
        prog="spicemtj",
        description="MTJ crossbars: ngspice netlists, exact solutions, a calibrated surrogate, in-situ training.",
    )
    parser.add_argument("--version", action="version", version=f"spicemtj {__version__}")
    subparsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name in VERBS:
        importlib.import_module(f".verbs.{name}", __package__).add(subparsers)
    return parser


def _warn(message: Warning | str, *_: Any) -> None:
    print(f"spicemtj: warning: {_one_line(str(message))}", file=sys.stderr)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _plain(value: Any) -> Any:
    """JSON's own types; what is not finite becomes null, since JSON has no word for it."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)
