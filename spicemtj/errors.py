"""The exception family: every error says the thing, the value and the remedy in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class SpicemtjError(Exception):
    """Base of all errors raised on purpose; the command line prints it as one line and exits with `exit_code`."""

    exit_code = 1


class InputError(SpicemtjError, ValueError):
    """A mistake in what the user gave: a value, a key, a shape."""

    exit_code = 2


class DomainError(InputError):
    """A surrogate asked about something outside the domain that it was calibrated on."""


class MissingToolError(SpicemtjError):
    """A program or package that this step needs is not on the machine; the message says how to get it."""


class SimulationError(SpicemtjError):
    """A simulation that failed. The deck and the log are kept; `deck` and `log` say where."""

    def __init__(self, message: str, deck: Path | None = None, log: Path | None = None):
        kept = f" (deck: {deck}, log: {log})" if deck or log else ""
        super().__init__(message + kept)
        self.deck = deck
        self.log = log


class BreakdownWarning(UserWarning):
    """A junction sees more than its breakdown voltage: no real one would survive this write."""


class SlowLinesWarning(UserWarning):
    """Lines that settle too slowly for an answer that takes them as settled at once."""


def unknown(kind: str, name: object, choices: Iterable[str]) -> InputError:
    """An error for a name outside `choices`, which suggests the nearest one and lists the rest."""
    known = sorted(choices)
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return InputError(f"unknown {kind} {name!r}{hint} (choose from {', '.join(known)})")
