"""Cards of junctions for a netlist: behavioural elements, or a compiled Verilog-A device. No physics: that is in models/.

Both kinds take the same devices and give the same currents and switching times. `fixed` cells hold their state, `switching` ones have a
node that integrates their switching law.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...paths import models
from ...units import literal
from ..equations import PARAMETERS, VARYING
from ..switching.quantile_fit import QuantileFit

if TYPE_CHECKING:
    from ..mtj import Mtj

Array = NDArray[np.float64]
States = NDArray[np.int8]
Names = Sequence[str]


class Behavioural:
    """B sources: for any ngspice."""

    osdi: Path | None = None

    def fixed(self, names: Names, p: Names, n: Names, mtj: Mtj, states: States) -> list[str]:
        """Junctions held in `states` (k,) between the nodes `p` and `n`: a resistor where parallel, a B source where not.

        `mtj` is one device or an array of k.
        """
        r_p, tmr = _columns(len(names), mtj.r_p, mtj.tmr0_t)
        cards, vh = [], literal(mtj.vh)
        for name, a, b, state, r, t in zip(names, p, n, states.tolist(), r_p, tmr, strict=True):
            if state > 0:
                cards.append(f"r{name} {a} {b} {r!r}")
            else:
                cards.append(f"b{name} {a} {b} i=v({a},{b})*mtj_conductance(-1,v({a},{b}),{r!r},{t!r},{vh})")
        return cards if np.all(states > 0) else [function("conductance"), *cards]

    def switching(
        self, names: Names, p: Names, n: Names, a: Names, mtj: Mtj, states: States, law: QuantileFit, t_ref: float
    ) -> list[str]:
        """Junctions that start in `states` (k,) and switch by `law`; the nodes `a` carry A in volts."""
        r_p, tmr = _columns(len(names), mtj.r_p, mtj.tmr0_t)
        common = f"mtj vh={literal(mtj.vh)} tref={literal(t_ref)}"
        return [
            *subcircuit().splitlines(),
            *(
                f"x{name} {one} {two} {at} {common} s0={state} r_p={r!r} tmr0_t={t!r} {numbers}"
                for name, one, two, at, state, r, t, numbers in zip(
                    names, p, n, a, states.tolist(), r_p, tmr, _coefficients(law, t_ref), strict=True
                )
            ),
        ]


class Compiled:
    """Instances of models/mtj.va, compiled to the file `osdi`: for an ngspice with OSDI."""

    def __init__(self, osdi: Path):
        self.osdi: Path | None = osdi

    def fixed(self, names: Names, p: Names, n: Names, mtj: Mtj, states: States) -> list[str]:
        """As `Behavioural.fixed`: a parallel junction is a resistor here too."""
        cards = [
            f"r{name} {a} {b} {r!r}"
            for name, a, b, state, r in zip(names, p, n, states.tolist(), *_columns(len(names), mtj.r_p), strict=True)
            if state > 0
        ]
        held = [
            f"n{name} {a} {b} mtj_held s0=-1{values}"
            for name, a, b, state, values in zip(names, p, n, states.tolist(), _instances(mtj, len(names)), strict=True)
            if state < 0
        ]
        return [*cards, *([f".model mtj_held mtj_static {_model(mtj)}"] if held else []), *held]

    def switching(
        self, names: Names, p: Names, n: Names, a: Names, mtj: Mtj, states: States, law: QuantileFit, t_ref: float
    ) -> list[str]:
        """As `Behavioural.switching`."""
        return [
            f".model mtj_switching mtj {_model(mtj)} tref={literal(t_ref)}",
            *(
                f"n{name} {one} {two} {at} mtj_switching s0={state}{values} {numbers}"
                for name, one, two, at, state, values, numbers in zip(
                    names, p, n, a, states.tolist(), _instances(mtj, len(names)), _coefficients(law, t_ref), strict=True
                )
            ),
        ]


@cache
def subcircuit() -> str:
    """The junction that can switch, as models/mtj.lib defines it, with the comments on its parameters."""
    text, end = _library(), ".ends mtj\n"
    return text[: text.index(end) + len(end)]


@cache
def function(name: str) -> str:
    """An equation as a card that defines a function, from models/mtj.lib."""
    return next(line for line in _library().splitlines() if line.startswith(f".func mtj_{name}("))


@cache
def _library() -> str:
    return (models() / "mtj.lib").read_text(encoding="utf-8")


def _model(mtj: Mtj) -> str:
    """The parameters that all devices share and that are not the model's defaults."""
    shared = [(p, getattr(mtj, p.symbol)) for p in PARAMETERS if not np.ndim(getattr(mtj, p.symbol))]
    return " ".join(f"{p.symbol}={literal(value)}" for p, value in shared if value != p.default and p.symbol not in VARYING)


def _instances(mtj: Mtj, count: int) -> list[str]:
    """The parameters of each device that are not the model's defaults, each with a blank before it."""
    defaults = {p.symbol: p.default for p in PARAMETERS}
    named = {name: getattr(mtj, name) for name in VARYING}
    given = {name: value for name, value in named.items() if np.ndim(value) or value != defaults[name]}
    columns = _columns(count, *given.values())
    return ["".join(f" {name}={value!r}" for name, value in zip(given, row, strict=True)) for row in _rows(columns, count)]


def _rows(columns: list[list[float]], count: int) -> list[tuple[float, ...]]:
    return list(zip(*columns, strict=True)) if columns else [()] * count


def _columns(count: int, *values: Any) -> list[list[float]]:
    return [np.broadcast_to(np.asarray(value, dtype=float), count).tolist() for value in values]


def _coefficients(law: QuantileFit, t_ref: float) -> list[str]:
    """Range and coefficients of each cell's law. Ten digits of a coefficient are 1e-9 in t_u: far below the fit's own error."""
    powers = law.powers(t_ref)
    numbers = "v_lo=%.10g v_hi=%.10g " + " ".join(f"c{k}=%.10g" for k in range(powers.shape[-1]))
    return [numbers % tuple(row) for row in np.column_stack([law.v_lo, law.v_hi, powers]).tolist()]
