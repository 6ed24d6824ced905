"""Solvers of reads and writes behind one protocol.

"session" is the engine "ngspice" with an ngspice that stays open, whatever the size. By name there is one engine a process, so that a
session lasts from one call to the next.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ..errors import unknown

if TYPE_CHECKING:
    from .base import Engine

NAMES = ("nodal", "ngspice", "session")


def get(engine: Engine | str) -> Engine:
    """An engine by name, or the one given."""
    if not isinstance(engine, str):
        return engine
    if engine == "nodal":
        from .nodal import Nodal

        return Nodal()
    if engine in ("ngspice", "session"):
        return _ngspice("auto" if engine == "ngspice" else "session")
    raise unknown("engine", engine, NAMES)


@cache
def _ngspice(mode: str) -> Engine:
    from .ngspice import NgspiceEngine

    return NgspiceEngine(mode=mode)
