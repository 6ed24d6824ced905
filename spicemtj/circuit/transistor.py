"""Cards of the access transistor: in an array, and in the circuit that tabulates its current."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..device.access import Access
from ..units import literal

if TYPE_CHECKING:
    from .crossbar import Crossbar

# Tolerances of the table: every node of a transistor without inner ones is held by a source.
OPTIONS = "reltol=1e-9 vntol=1e-12 abstol=1e-18 gmin=1e-18 itl1=500 itl2=500"


def kind(access: Access) -> str:
    """How the names of its elements begin."""
    return "xt" if access.subcircuit else "mc"


def tail(access: Access) -> str:
    """What follows drain, gate and source in the card of each: body at 0 V, the model, its parameters."""
    sizes = {} if access.subcircuit else {"w": access.width, "l": access.length}
    values = (sizes | dict(access.parameters)).items()
    return " ".join(["0", access.model, *(f"{key}={literal(value)}" for key, value in values)])


def definition(access: Access) -> list[str]:
    """The cards that define its model."""
    if access.lib is not None:
        access = dataclasses.replace(access, lib=access.lib.resolve())
    return access.card().splitlines()


def kelvin(xbar: Crossbar) -> float:
    """The temperature [K] of an array's transistors: that of its junctions."""
    return float(xbar.device.temperature)  # type: ignore[union-attr]


def options(xbar: Crossbar) -> dict[str, float | int | str]:
    """Options of a deck of `xbar` that its transistors need: the level-1 one of a preset knows no temperature."""
    return {"temp": celsius(kelvin(xbar))} if xbar.access is not None and xbar.access.own else {}


def celsius(temperature: float) -> float:
    """Kelvin as ngspice takes them, without the digits that a difference adds."""
    return round(temperature - 273.15, 9)


def sweep(access: Access, gates: Sequence[float], low: float, step: float, points: int, temperature: float) -> str:
    """A netlist that sweeps drain (inner loop) and source over `points` voltages from `low` on, `step` apart, for each of `gates`.

    It saves i(vd_k) and i(vs_k), the currents into drain and source of the transistor whose gate is at gates[k] volts.
    """
    cards = [f"* {access.model}: current over drain and source voltage", *definition(access), "vd d 0 0", "vs s 0 0"]
    for k, volts in enumerate(gates):
        cards += [f"vg_{k} g_{k} 0 {literal(volts)}", f"vd_{k} d d_{k} 0", f"vs_{k} s s_{k} 0"]
        cards.append(f"{kind(access)}_{k} d_{k} g_{k} s_{k} {tail(access)}")
    cards.append(f".options {OPTIONS} temp={literal(celsius(temperature))}")
    saves = [f"i({end}_{k})" for k in range(len(gates)) for end in ("vd", "vs")]
    cards += [f".save {' '.join(saves[k : k + 50])}" for k in range(0, len(saves), 50)]
    # the end lies between two points, so that rounding loses none
    way = f"{literal(low)} {literal(low + (points - 0.75) * step)} {literal(step)}"
    return "\n".join([*cards, f".dc vd {way} vs {way}", ".end", ""])
