"""Reads models/presets.toml: parameter sets with unit and source."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..config import read_toml
from ..errors import unknown
from ..paths import models


@cache
def _tables() -> dict[str, Any]:
    return read_toml(models() / "presets.toml")


def _preset(section: str, name: str) -> dict[str, Any]:
    sets = _tables()[section]
    if name not in sets:
        raise unknown(f"{section} preset", name, sets)
    return {"name": name} | {k: v["value"] for k, v in sets[name].items() if isinstance(v, dict)}


def names(section: str = "mtj") -> list[str]:
    """The names of the presets of a section: "mtj" or "access"."""
    return sorted(_tables()[section])


def describe(name: str, section: str = "mtj") -> dict[str, Any]:
    """A preset as it stands in the file: texts `source`, `published`, `derived`, `caveat`; values with `unit` and `origin`."""
    _preset(section, name)
    return dict(_tables()[section][name])


def mtj_preset(name: str) -> dict[str, Any]:
    """The parameters of `Mtj` under this preset's name."""
    return _preset("mtj", name)


def access_preset(name: str) -> dict[str, Any]:
    """The parameters of `Access` under this preset's name."""
    return _preset("access", name)
