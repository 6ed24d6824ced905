"""What a netlist file offers to the cards of a deck: its subcircuits with their pins and parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ..spice_text import joined_cards

_PARAMETER = re.compile(r"([a-z_]\w*)\s*=")
_EXPRESSION = re.compile(r"\{[^}]*\}|'[^']*'")


@dataclass(frozen=True)
class Element:
    """A module or subcircuit. parameters: by name, whether each instance may have its own value (else all of one .model card)."""

    kind: str
    name: str
    terminals: tuple[str, ...]
    parameters: Mapping[str, bool]


def subcircuits(path: Path) -> dict[str, list[Element]]:
    """The subcircuits of a netlist file by section ("" outside of `.lib NAME ... .endl`), with those of the files that it includes.

    Names are in lower case, as ngspice takes them. Raises `InputError` for a file that cannot be read.
    """
    found: dict[str, list[Element]] = {"": []}
    section, depth = "", 0
    for file, line in _lines(path, set()):
        words = line.split()
        command = words[0]
        if command == ".lib" and len(words) == 2 and file == path:
            section = words[1]
            found.setdefault(section, [])
        elif command == ".endl":
            section = ""
        elif command == ".subckt" and len(words) > 1:
            if depth == 0:
                found[section].append(_subcircuit(line))
            depth += 1
        elif command == ".ends":
            depth = max(depth - 1, 0)
    return found


def _subcircuit(line: str) -> Element:
    """`.subckt name pin ... [params:] name=value ...`."""
    line = _EXPRESSION.sub("0", line)
    first = _PARAMETER.search(line)
    head = line[: first.start()] if first else line
    pins = [word for word in head.split()[2:] if word != "params:"]
    names = _PARAMETER.findall(line[len(head) :])
    return Element("subcircuit", head.split()[1], tuple(pins), dict.fromkeys(names, True))


def _lines(path: Path, seen: set[Path]) -> Iterator[tuple[Path, str]]:
    """The cards of a file and of those that it includes, in lower case, continuations joined, comments left out."""
    if path in seen:
        return
    seen.add(path)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    for card in joined_cards(text):
        words = card.split(maxsplit=1)
        if words[0].lower() in (".include", ".inc") and len(words) > 1:
            yield from _lines((path.parent / words[1].strip("\"' ")).resolve(), seen)
        else:
            yield path, card.lower()
