"""Verilog-A to OSDI devices, which ngspice loads with `pre_osdi`.

By the program openvaf-r or openvaf where there is one, else by openvaf-py as the front end and the machine's C compiler. A device whose C
text is already there (`render_c` writes it) needs the C compiler alone.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ...errors import InputError, MissingToolError, unknown
from . import abi, cache, tools
from .frontend import front_end, models
from .mir import Model
from .source import included, read
from .tools import Compilers, find_compilers

__all__ = ["COMPILERS", "Compilers", "compile", "compile_c", "describe", "find_compilers", "models", "render_c"]

log = logging.getLogger(__name__)

COMPILERS = ("openvaf", "c")


def compile(path: str | Path, *, out: str | Path | None = None, compiler: str | None = None) -> Path:  # noqa: A001
    """The `.osdi` of a Verilog-A file: from the cache where it was compiled before, a copy at `out` where that is given.

    compiler: "openvaf", "c", or None for the first of them that is here. Raises `InputError` for a file with mistakes or constructs
    that are not supported, `MissingToolError` where there is no compiler.
    """
    path = Path(path)
    if compiler is not None and compiler not in COMPILERS:
        raise unknown("Verilog-A compiler", compiler, COMPILERS)
    content = _content(path)
    made = _by_openvaf(path, content) if (compiler or _default()) == "openvaf" else _by_c(path, content)
    return made if out is None else cache.copy(made, Path(out))


def compile_c(source: str | Path) -> Path:
    """The `.osdi` of a C file that `render_c` wrote."""
    source = Path(source)
    try:
        text = source.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {source}: {error.strerror}") from None
    command = tools.find_cc()
    return cache.kept([text, tools.identity(command)], source.stem, lambda made: tools.compile_c(command, source, made))


def render_c(path: str | Path) -> str:
    """The C text of a Verilog-A file: self-contained, the same each time."""
    path = Path(path)
    _content(path)
    return _render(path, models(path))


def describe(path: str | Path) -> list[dict[str, Any]]:
    """The modules of a Verilog-A file as JSON-like data: name, terminals, parameters and operating-point variables, as declared."""
    found = read(Path(path))
    return [
        {
            "name": name,
            "terminals": module.terminals,
            "parameters": [
                {k: getattr(p, k) for k in ("name", "instance", "integer", "default", "units", "range", "description")}
                for p in module.parameters.values()
                if not p.local
            ],
            "outputs": [{k: getattr(module.variables[o], k) for k in ("name", "units", "description")} for o in module.outputs],
        }
        for name, module in found.modules.items()
    ]


def _render(path: Path, found: list[Model]) -> str:
    from .osdi import render

    for model in found:
        for note in model.notes:
            log.info("%s: module %s: left out: %s", path.name, model.name, note)
    try:
        return render(found, path.name)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _content(path: Path) -> list[bytes]:
    """The bytes that a compiled file depends on."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a Verilog-A file")
    if not path.exists():
        near = sorted(p.name for p in path.parent.glob("*.va")) if path.parent.is_dir() else []
        raise InputError(f"no file {path}" + (f" (there: {', '.join(near[:8])})" if near else ""))
    parts: list[bytes] = []
    for file, data in included(path).items():
        parts += [file.name.encode(), data]
    return parts


def _default() -> str:
    try:
        tools.find_openvaf()
    except MissingToolError:
        import os

        if os.environ.get("SPICEMTJ_OPENVAF"):
            raise
        return "c"
    return "openvaf"


def _by_openvaf(path: Path, content: list[bytes]) -> Path:
    program = tools.find_openvaf()
    parts: list[bytes | str] = [*content, tools.identity((str(program),))]
    return cache.kept(parts, path.stem, lambda made: tools.run_openvaf(program, path, made))


def _by_c(path: Path, content: list[bytes]) -> Path:
    command = tools.find_cc()

    def make(made: Path) -> None:
        source = made.with_suffix(".c")
        source.write_text(_render(path, models(path)), encoding="utf-8")
        tools.compile_c(command, source, made)

    version = f"openvaf-py {front_end()}, OSDI {abi.VERSION}"
    parts: list[bytes | str] = [*content, version, cache.writer(), tools.identity(command)]
    return cache.kept(parts, path.stem, make)
