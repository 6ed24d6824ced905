"""Netlists as lines of text: what is common to all that read a user's file."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"\s+[$;].*$|;.*$|\s//.*$")


def joined_cards(text: str) -> list[str]:
    """The cards of a netlist, continuations joined, comments and empty lines left out."""
    found: list[str] = []
    for line in text.splitlines():
        line = _COMMENT.sub("", line).strip()
        if line.startswith("+") and found:
            found[-1] += " " + line[1:]
        elif line and line[0] not in "*+":
            found.append(line)
    return found
