"""What a compiled OSDI file says about its modules: terminals and parameters, from the tables that a simulator reads."""

from __future__ import annotations

import ctypes
from pathlib import Path

from ..device.emit.elements import Element
from ..errors import InputError

_U32, _TEXT, _POINTER = ctypes.c_uint32, ctypes.c_char_p, ctypes.c_void_p
_KINDS, _INSTANCE = 3 << 30, 1 << 30


class _Node(ctypes.Structure):
    _fields_ = [
        ("name", _TEXT),
        ("units", _TEXT),
        ("residual_units", _TEXT),
        ("offsets", _U32 * 4),
        ("is_flow", ctypes.c_bool),
    ]


class _Parameter(ctypes.Structure):
    _fields_ = [
        ("names", ctypes.POINTER(_TEXT)),
        ("num_alias", _U32),
        ("description", _TEXT),
        ("units", _TEXT),
        ("flags", _U32),
        ("len", _U32),
    ]


class _Descriptor(ctypes.Structure):
    """The beginning of `struct osdi_descriptor`, OSDI 0.3."""

    _fields_ = [
        ("name", _TEXT),
        ("num_nodes", _U32),
        ("num_terminals", _U32),
        ("nodes", ctypes.POINTER(_Node)),
        ("num_jacobian_entries", _U32),
        ("jacobian_entries", _POINTER),
        ("num_collapsible", _U32),
        ("collapsible", _POINTER),
        ("collapsed_offset", _U32),
        ("noise_sources", _POINTER),
        ("num_noise_src", _U32),
        ("num_params", _U32),
        ("num_instance_params", _U32),
        ("num_opvars", _U32),
        ("parameters", ctypes.POINTER(_Parameter)),
        ("offsets", _U32 * 7),
        ("functions", _POINTER * 14),
    ]


def modules(path: Path) -> list[Element]:
    """The modules of an `.osdi` file (OSDI 0.3). Raises `InputError` for any other file."""
    try:
        library = ctypes.CDLL(str(path))
        major, minor, count = (
            _U32.in_dll(library, f"OSDI_{name}").value for name in ("VERSION_MAJOR", "VERSION_MINOR", "NUM_DESCRIPTORS")
        )
        if (major, minor) != (0, 3):
            raise InputError(f"{path} has the interface OSDI {major}.{minor}; only 0.3 is read here: name its .va file")
        tables = (_Descriptor * count).in_dll(library, "OSDI_DESCRIPTORS")
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is no OSDI file of this machine: {error}") from None
    return [_element(table) for table in tables]


def _element(table: _Descriptor) -> Element:
    terminals = tuple(table.nodes[k].name.decode() for k in range(table.num_terminals))
    found = {}
    for k in range(table.num_params):
        parameter = table.parameters[k]
        name = parameter.names[0].decode()
        if not name.startswith("$"):  # $mfactor and its like belong to the simulator
            found[name] = parameter.flags & _KINDS == _INSTANCE
    return Element("module", table.name.decode(), terminals, found)
