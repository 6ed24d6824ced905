"""The access transistor of a 1T1R cell: a level-1 (Shichman-Hodges) NMOS, or one of a card of the user's own."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError, unknown
from ..units import literal

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Access:
    """An NMOS access transistor, body at 0 V.

    width, length [m]; gate_on [V] opens it. vto [V], kp [A/V^2], lambda_ [1/V], gamma [V^0.5], phi [V]: SPICE level 1.
    lib, model: a user's card file (`section` of it, if it has any) and the name of a model in it; or text: the card itself. They take the
    place of the level-1 card, whose constants then mean nothing. subcircuit: `model` is one, with pins drain, gate, source, bulk.
    parameters: those of each instance, w and l among them where it takes them. See `from_card`.
    """

    width: float
    length: float
    gate_on: float
    vto: float = 0.0
    kp: float = 0.0
    lambda_: float = 0.0
    gamma: float = 0.0
    phi: float = 0.0
    lib: Path | None = None
    model: str = "spicemtj_nmos"
    name: str = "custom"
    section: str = ""
    text: str = ""
    subcircuit: bool = False
    parameters: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", tuple((name, value) for name, value in self.parameters))  # lists out of a file
        own = ("width", "length", "gate_on")
        for key in own if self.own else (*own, "kp", "phi"):
            if not getattr(self, key) > 0:
                raise InputError(f"Access.{key} = {getattr(self, key)}: it must be above 0")
        for key in () if self.own else ("lambda_", "gamma"):
            if not getattr(self, key) >= 0:
                raise InputError(f"Access.{key} = {getattr(self, key)}: it must be 0 or more")

    @classmethod
    def preset(cls, name: str = "nmos-45", **changes: Any) -> Access:
        """A named transistor of models/presets.toml; `changes` replace single fields (`width=270e-9`)."""
        from .presets import access_preset

        known = {f.name for f in dataclasses.fields(cls)}
        for key in changes:
            if key not in known:
                raise unknown("Access parameter", key, known)
        return dataclasses.replace(cls(**access_preset(name)), **changes)

    @classmethod
    def from_card(
        cls,
        path: str | Path | None = None,
        model: str = "",
        *,
        width: float,
        length: float,
        gate_on: float,
        section: str = "",
        text: str = "",
        parameters: Mapping[str, float] | None = None,
    ) -> Access:
        """A transistor of a `.model` card (any MOSFET that ngspice has: level 1, BSIM4, ...) or of a subcircuit around one.

        path: the file with the card, or `text`, the card itself. model: its name there, needed where there are several. section: of a
        library with `.lib NAME ... .endl`. width, length [m]; gate_on [V]; parameters: more of the instance (`{"nf": 2}`).
        Raises `InputError` for a file that cannot be read or has no such n-channel model.
        """
        from .own_card import find

        if (path is None) == (not text):
            raise InputError("Access.from_card needs the path of a card or its text, one of them")
        file = None if path is None else Path(path).expanduser().absolute()
        found = find(file, text, model, section)
        sizes = {key: value for key, value in (("w", width), ("l", length)) if key in found.sized}
        return cls(
            width, length, gate_on, lib=file, model=found.name, name=found.name, section=section, text=text.strip(),
            subcircuit=found.subcircuit, parameters=_numbers(sizes | {name.lower(): value for name, value in (parameters or {}).items()}),
        )  # fmt: skip

    @classmethod
    def from_toml(cls, path: str | Path) -> Access:
        """The transistor that a TOML describes, by the names of `from_card` (docs/own-model.md); `file` is relative to it."""
        from .own_card import read

        return cls.from_card(**read(path))

    @classmethod
    def named(cls, name: str) -> Access:
        """A preset, or the TOML of a transistor of the user's own where the name ends in .toml."""
        return cls.from_toml(name) if str(name).endswith(".toml") else cls.preset(name)

    @property
    def own(self) -> bool:
        """Whether it has a card of the user's own, so that only ngspice knows its law."""
        return self.lib is not None or bool(self.text)

    @property
    def origin(self) -> str:
        """What it is, for messages."""
        return f"{self.model} of {self.lib.name}" if self.lib is not None else self.model

    @property
    def beta(self) -> float:
        """Gain factor kp W/L [A/V^2]."""
        return self.kp * self.width / self.length

    def card(self) -> str:
        """The `.model` card of the level-1 transistor, the user's own, or the line that reads its file.

        The level-1 one has no bulk diodes (is=0), no overlap (ld=0) and, without tox, no gate capacitance: the channel is all there is.
        """
        if self.lib is not None:
            return f'.lib "{self.lib}" {self.section}' if self.section else f'.include "{self.lib}"'
        if self.text:
            return self.text
        names = ("vto", "kp", "lambda_", "gamma", "phi")
        values = " ".join(f"{name.rstrip('_')}={literal(getattr(self, name))}" for name in names)
        return f".model {self.model} nmos (level=1 {values} is=0 ld=0)"


def _numbers(parameters: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    """Parameters of an instance; `InputError` for one that is no finite number."""
    for name, value in parameters.items():
        if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not math.isfinite(value):
            raise InputError(f"Access parameter {name} = {value!r}: it must be a finite number")
    return tuple((name, float(value)) for name, value in parameters.items())


def threshold(access: Access, vs: ArrayLike) -> tuple[Array, Array]:
    """Threshold voltage [V] with the source at `vs` volts above the body, and its derivative: the body effect of level 1.

    Below 0 V (body forward-biased) ngspice continues the square root linearly, down to 0. A card of the user's own has none that is
    known here, and always conducts: -inf.
    """
    vs = np.asarray(vs, dtype=float)
    if access.own:
        return np.full(vs.shape, -np.inf), np.zeros(vs.shape)
    rest = np.sqrt(access.phi)
    root = np.sqrt(access.phi + np.maximum(vs, 0.0)) + np.minimum(vs, 0.0) / (2 * rest)
    slope = np.where(root > 0, access.gamma / (2 * np.maximum(root, rest)), 0.0)
    return access.vto + access.gamma * (np.maximum(root, 0.0) - rest), slope


def drain_current(access: Access, vg: ArrayLike, vd: ArrayLike, vs: ArrayLike) -> tuple[Array, Array, Array, Array]:
    """Current [A] from drain to source and its derivatives [S] by the gate's, drain's and source's voltage; body at 0 V.

    Level 1 of SPICE as ngspice evaluates it (Shichman and Hodges, IEEE J. Solid-State Circuits 3, 285, 1968): symmetric, the lower
    end is the source, and (1 + lambda vds) stands in both regions. Broadcasts. `InputError` for a card of the user's own, whose law
    ngspice alone knows: see `engines.card_table`.
    """
    if access.own:
        raise InputError(
            f"the level-1 equations do not hold for {access.origin}; use engines.card_table.table_of for its current"
        )
    vg, vd, vs = np.broadcast_arrays(np.asarray(vg, dtype=float), np.asarray(vd, dtype=float), np.asarray(vs, dtype=float))
    reversed_ = vd < vs
    low, vds = np.minimum(vd, vs), np.abs(vd - vs)
    vth, vth_slope = threshold(access, low)
    over = np.maximum(vg - low - vth, 0.0)
    reach = np.minimum(over, vds)  # the channel's part of vds: all of it (linear) or the overdrive (saturation)
    rise = 1 + access.lambda_ * vds
    square = access.beta * reach * (over - reach / 2)
    current = square * rise
    gm = access.beta * reach * rise
    gds = access.beta * np.maximum(over - vds, 0.0) * rise + access.lambda_ * square
    g_source = gm * (1 + vth_slope) + gds
    sign = np.where(reversed_, -1.0, 1.0)
    by_drain = np.where(reversed_, g_source, gds)
    by_source = np.where(reversed_, -gds, -g_source)
    return sign * current, sign * gm, by_drain, by_source
