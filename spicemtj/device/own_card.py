"""Finds the transistor models in a user's card, and reads the TOML that describes one.

A card is a file of `.model` lines or subcircuits, with files that it includes and sections (`.lib NAME ... .endl`), or its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..config import build, read_toml
from ..errors import InputError, unknown
from ..units import quantity
from .spice_text import joined_cards

_PARAMETER = re.compile(r"([a-z_]\w*)\s*=")
_BIN = re.compile(r"\.\d+$")  # nch.1, nch.2: one model in bins of its geometry
_N_CHANNEL = ("nmos", "nsoi")


@dataclass(frozen=True)
class Model:
    """A transistor that a deck can use: a `.model` of an n-channel MOSFET, or a subcircuit; `sized`: which of w and l it takes."""

    name: str
    subcircuit: bool
    sized: tuple[str, ...] = ("w", "l")


@dataclass(frozen=True)
class _Toml:
    """The TOML of a transistor; `parameters` has free keys and is read apart."""

    width: float = field(metadata={"unit": "m"})
    length: float = field(metadata={"unit": "m"})
    gate_on: float = field(metadata={"unit": "V"})
    file: str = ""
    text: str = ""
    model: str = ""
    section: str = ""


def read(path: str | Path) -> dict[str, Any]:
    """The arguments of `Access.from_card` in a TOML file."""
    table, where = read_toml(path), str(path)
    free = table.pop("parameters", {})
    if not isinstance(free, Mapping):
        raise InputError(f"{where}: parameters must be a table, not {free!r}")
    plain = build(_Toml, table, where)
    if bool(plain.file) == bool(plain.text):
        raise InputError(f"{where}: give file = or text =, the card of the transistor, one of them")
    parameters = {}
    for name, value in free.items():
        try:
            parameters[name] = quantity(value)
        except (InputError, AttributeError, TypeError):
            raise InputError(f"{where}: parameters.{name} must be a number, not {value!r}") from None
    card: dict[str, Any] = {"text": plain.text} if plain.text else {"path": Path(path).absolute().parent / plain.file}
    return card | {
        "model": plain.model, "width": plain.width, "length": plain.length, "gate_on": plain.gate_on, "section": plain.section,
        "parameters": parameters,
    }  # fmt: skip


def find(path: Path | None, text: str, model: str, section: str) -> Model:
    """The model of that name in a card, the only one for ""; names in lower case, as ngspice takes them."""
    where = "the text" if path is None else path.name
    if section and path is None:
        raise InputError(f"section = {section!r} is for library files, not for a card given as text")
    if section and " " in str(path):
        raise InputError(f"ngspice reads no section of a file with blanks in its path, {path}; move it or link to it")
    cards = joined_cards(text.lower()) if path is None else _cards(path, section.lower(), set())
    models: dict[str, Model] = {}
    others, depth = {}, 0
    for card in cards:
        words = card.replace("(", " ").split()
        if words[0] == ".subckt" and len(words) > 1:
            if depth == 0:
                declared = _PARAMETER.findall(card)
                models[words[1]] = Model(words[1], True, tuple(size for size in ("w", "l") if size in declared))
            depth += 1
        elif words[0] == ".ends":
            depth = max(depth - 1, 0)
        elif words[0] == ".model" and len(words) > 2 and depth == 0:
            name = _BIN.sub("", words[1])
            if words[2] in _N_CHANNEL:
                models[name] = Model(name, False)
            else:
                others[name] = words[2]
    name = model.lower()
    if name in models:
        return models[name]
    if name in others:
        raise InputError(f"the model {model} of {where} is of type {others[name]}; an access transistor is an n-channel MOSFET")
    if not models:
        inside = sorted(sections(path)) if path is not None and not section else []
        if inside:
            raise InputError(f"{where} has its models in sections; add section = one of {', '.join(inside)}")
        raise InputError(f"{where} has no .model of type nmos and no .subckt; name the file that has it")
    if not name and len(models) == 1:
        return models.popitem()[1]
    if not name:
        raise InputError(f"{where} has several models; name one of {', '.join(sorted(models))}")
    raise unknown(f"model of {where}", model, models)


def sections(path: Path) -> set[str]:
    """The names of the sections of a library file, in lower case."""
    return {words[1] for words in map(str.split, joined_cards(_read(path).lower())) if words[0] == ".lib" and len(words) == 2}


def files(path: Path) -> list[Path]:
    """A card's file and all that it reads, in any of its sections."""
    found, todo = [], [path]
    while todo:
        here = todo.pop()
        if here in found:
            continue
        found.append(here)
        for words in map(str.split, joined_cards(_read(here))):
            command = words[0].lower()
            if (command in (".include", ".inc") and len(words) > 1) or (command == ".lib" and len(words) > 2):
                todo.append(_beside(here, words, command))
    return found


def _cards(path: Path, section: str, seen: set[tuple[Path, str]]) -> Iterator[str]:
    """The cards of a file in one of its sections, or outside of them for "", with those of files that it reads there; in lower case."""
    if (path, section) in seen:
        return
    seen.add((path, section))
    inside, met = "", not section
    for card in joined_cards(_read(path)):
        words = card.split()
        command = words[0].lower()
        if command == ".lib" and len(words) == 2:
            inside, met = words[1].lower(), met or words[1].lower() == section
        elif command == ".endl":
            inside = ""
        elif inside != section:
            continue
        elif command in (".include", ".inc") and len(words) > 1:
            yield from _cards(_beside(path, words, command), "", seen)
        elif command == ".lib" and len(words) > 2:
            yield from _cards(_beside(path, words, command), words[-1].lower(), seen)
        else:
            yield card.lower()
    if not met:
        raise unknown(f"section of {path.name}", section, sections(path))


def _beside(path: Path, words: list[str], command: str) -> Path:
    """The file that an `.include` or `.lib` line of `path` names."""
    name = " ".join(words[1:-1] if command == ".lib" else words[1:]).strip("\"'")
    return (path.parent / name).resolve()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"cannot read the card {path}: {error.strerror}") from None
