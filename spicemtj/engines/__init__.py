"""Solvers of reads and writes behind one protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import unknown

if TYPE_CHECKING:
    from .base import Engine

NAMES = ("nodal", "ngspice")


def get(engine: Engine | str) -> Engine:
    """An engine by name, or the one given."""
    if not isinstance(engine, str):
        return engine
    if engine == "nodal":
        from .nodal import Nodal

        return Nodal()
    if engine == "ngspice":
        from .ngspice import NgspiceEngine

        return NgspiceEngine()
    raise unknown("engine", engine, NAMES)
