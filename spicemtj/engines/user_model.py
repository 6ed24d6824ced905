"""A user's own junction model: from its TOML and the file that it names to the cards of a deck."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from ..device.emit.elements import Element, subcircuits
from ..device.emit.ranges import Range
from ..device.emit.user import Description, UserModel
from ..errors import InputError, unknown

COMPILED, SOURCES = (".osdi",), (".va", ".vams")


def load(path: str | Path) -> UserModel:
    """The model that a TOML describes; a Verilog-A file is compiled here.

    Raises `InputError` for what is wrong in the TOML or does not fit to the file that it names, `MissingToolError` where a Verilog-A
    file needs a compiler that is not there.
    """
    description, where = Description.read(path), str(path)
    file = Path(path).parent.joinpath(description.file).resolve()
    if not file.is_file():
        there = sorted(p.name for p in file.parent.glob(f"*{file.suffix}")) if file.suffix and file.parent.is_dir() else []
        raise InputError(f"{where}: no file {file}" + (f" (there: {', '.join(there[:8])})" if there else ""))
    element = _element(description, where, file)
    if len(description.pins) != len(element.terminals):
        raise InputError(
            f"{where}: pins = {list(description.pins)} are {len(description.pins)}, but the {element.kind} {element.name} has "
            f"{len(element.terminals)}: {', '.join(element.terminals)}"
        )
    description = _named(description, element, where)
    ranges = _ranges(file, element)
    _check(UserModel(description, element, file, None, ranges), where)
    return UserModel(description, element, file, _osdi(file), ranges)


def _check(model: UserModel, where: str) -> None:
    """`InputError` for values of the TOML that the model's file does not allow."""
    state = model.description.state
    for name in ("parallel", "antiparallel") if state.parameter else ():
        model.check(f"{where}: [state] {name}", state.parameter, getattr(state, name))
    for name, value in model.description.parameters.items():
        model.check(f"{where}: [parameters] {name}", name, value)


def _ranges(file: Path, element: Element) -> dict[str, Range]:
    """What a Verilog-A file allows the parameters of one of its modules; nothing is known of other files'."""
    if file.suffix not in SOURCES:
        return {}
    from . import veriloga

    (module,) = (found for found in veriloga.describe(file) if found["name"] == element.name)
    return {p["name"]: Range.read(p["range"], p["integer"]) for p in module["parameters"]}


def _element(description: Description, where: str, file: Path) -> Element:
    """The one that the TOML names, among those of its file."""
    if description.section and file.suffix in (*SOURCES, *COMPILED):
        raise InputError(f"{where}: section = {description.section!r} is for library files, not for {file.name}")
    if file.suffix in SOURCES:
        from . import veriloga

        found = [_module(module) for module in veriloga.describe(file)]
    elif file.suffix in COMPILED:
        from .osdi_file import modules

        found = modules(file)
    else:
        sections = subcircuits(file)
        named = sorted(set(sections) - {""})
        section = description.section.lower()
        if section and section not in named:
            raise (
                unknown(f"section of {file.name}", description.section, named)
                if named
                else InputError(f"{where}: {file.name} has no sections; leave section = out")
            )
        if section and " " in str(file):
            raise InputError(
                f"{where}: ngspice reads no section of a file with blanks in its path, {file}; move it or link to it"
            )
        found = sections[section]
        if not found and named and not section:
            raise InputError(f"{where}: {file.name} has its subcircuits in sections; add section = one of {', '.join(named)}")
    if not found:
        raise InputError(f"{where}: {file.name} has no .subckt; name the file that has it")
    for element in found:
        if element.name.lower() == description.element.lower():
            return element
    raise unknown(f"{found[0].kind} of {file.name}", description.element, [element.name for element in found])


def _module(module: dict[str, Any]) -> Element:
    parameters = {p["name"]: bool(p["instance"]) for p in module["parameters"]}
    return Element("module", module["name"], tuple(module["terminals"]), parameters)


def _named(description: Description, element: Element, where: str) -> Description:
    """The description with its parameters under the element's own names: capital letters mean nothing in ngspice."""
    names = {name.lower(): name for name in element.parameters}
    taken: set[str] = set()

    def known(name: str) -> str:
        found = names.get(name.lower())
        if found is None:
            if not names:
                raise InputError(f"{where}: the {element.kind} {element.name} has no parameters, so no {name!r}")
            raise unknown(f"parameter of the {element.kind} {element.name}", name, element.parameters)
        if found in taken:
            raise InputError(f"{where}: {name} is given twice; [state], [parameters] and [device] name different parameters")
        taken.add(found)
        return found

    state = description.state
    if state.parameter:
        state = dataclasses.replace(state, parameter=known(state.parameter))
    return dataclasses.replace(
        description,
        state=state,
        parameters={known(name): value for name, value in description.parameters.items()},
        device={known(name): value for name, value in description.device.items()},
    )


def _osdi(file: Path) -> Path | None:
    if file.suffix in SOURCES:
        from . import veriloga

        return veriloga.compile(file)
    return file if file.suffix in COMPILED else None
