"""TOML to frozen dataclasses. An unknown key names its nearest match; a wrong value says what was expected."""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from .errors import InputError, unknown
from .units import quantity

T = TypeVar("T")


def read_toml(path: str | Path) -> dict[str, Any]:
    """The tables of a TOML file; `InputError` with the line when it is missing or malformed."""
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; give the path of a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}") from None


def build(cls: type[T], table: Mapping[str, Any], where: str = "config") -> T:
    """Fill dataclass `cls` from a mapping: nested dataclasses from sub-tables, floats also from strings like `2.5ns`.

    A float field may name its unit in `metadata={"unit": "s"}`. Raises `InputError` naming the key and the remedy.
    """
    if not isinstance(table, Mapping):
        raise InputError(f"{where} must be a table, not {table!r}")
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for key in table:
        if key not in fields:
            raise unknown(f"key in {where}", key, fields)
    hints = typing.get_type_hints(cls)
    values = {
        key: _convert(hints[key], value, f"{where}.{key}", fields[key].metadata.get("unit", "")) for key, value in table.items()
    }
    missing = [
        f.name
        for f in fields.values()
        if f.name not in values and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise InputError(f"{where} lacks {', '.join(missing)}; add it")
    return cls(**values)


def _convert(kind: Any, value: Any, where: str, unit: str) -> Any:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        kinds = [k for k in typing.get_args(kind) if k is not type(None)]
        return _convert(kinds[0], value, where, unit)
    if dataclasses.is_dataclass(kind):
        return build(typing.cast(type, kind), value, where)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise InputError(f"{where} must be a list, not {value!r}")
        return tuple(_convert(typing.get_args(kind)[0], item, where, unit) for item in value)
    if kind is float:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            try:
                return quantity(value, unit)
            except InputError as error:
                raise InputError(f"{where}: {error}") from None
        raise InputError(f"{where} must be a number, not {value!r}")
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind in (str, bool) and isinstance(value, kind):
        return value
    raise InputError(f"{where} must be of type {getattr(kind, '__name__', kind)}, not {value!r}")
