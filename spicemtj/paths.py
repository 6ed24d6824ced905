"""Where the data folders are: beside the package in a wheel, at the top of a checkout."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import SpicemtjError

_PACKAGE = Path(__file__).resolve().parent


def _folder(name: str) -> Path:
    for place in (_PACKAGE / "data" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise SpicemtjError(f"the folder {name}/ of spicemtj is missing beside {_PACKAGE}; install spicemtj again")


def models() -> Path:
    """Presets, transistor cards, switching tables and shipped calibrations."""
    return _folder("models")


def netlists() -> Path:
    """Golden decks."""
    return _folder("netlists")


def examples() -> Path:
    """The numbered examples."""
    return _folder("examples")


def cache() -> Path:
    """A folder for what can be computed again: $SPICEMTJ_CACHE, else the user's cache folder."""
    root = os.environ.get("SPICEMTJ_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spicemtj"
    folder = Path(root)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
