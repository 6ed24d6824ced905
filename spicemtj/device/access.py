"""The access transistor of a 1T1R cell: a level-1 (Shichman-Hodges) NMOS, or a user's own card by path."""

from __future__ import annotations

import dataclasses
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
    lib, model: a user's card file and model name in the place of the level-1 card (ngspice engine only).
    """

    width: float
    length: float
    gate_on: float
    vto: float
    kp: float
    lambda_: float
    gamma: float
    phi: float
    lib: Path | None = None
    model: str = "spicemtj_nmos"
    name: str = "custom"

    def __post_init__(self) -> None:
        for key in ("width", "length", "gate_on", "kp", "phi"):
            if not getattr(self, key) > 0:
                raise InputError(f"Access.{key} = {getattr(self, key)}: it must be above 0")
        for key in ("lambda_", "gamma"):
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

    @property
    def beta(self) -> float:
        """Gain factor kp W/L [A/V^2]."""
        return self.kp * self.width / self.length

    def card(self) -> str:
        """The `.model` card of the level-1 transistor, or the `.include` of the user's own.

        No bulk diodes (is=0), no overlap (ld=0) and, without tox, no gate capacitance: the channel is all there is.
        """
        if self.lib is not None:
            return f'.include "{self.lib}"'
        names = ("vto", "kp", "lambda_", "gamma", "phi")
        values = " ".join(f"{name.rstrip('_')}={literal(getattr(self, name))}" for name in names)
        return f".model {self.model} nmos (level=1 {values} is=0 ld=0)"


def threshold(access: Access, vs: ArrayLike) -> tuple[Array, Array]:
    """Threshold voltage [V] with the source at `vs` volts above the body, and its derivative: the body effect of level 1.

    Below 0 V (body forward-biased) ngspice continues the square root linearly, down to 0.
    """
    vs = np.asarray(vs, dtype=float)
    rest = np.sqrt(access.phi)
    root = np.sqrt(access.phi + np.maximum(vs, 0.0)) + np.minimum(vs, 0.0) / (2 * rest)
    slope = np.where(root > 0, access.gamma / (2 * np.maximum(root, rest)), 0.0)
    return access.vto + access.gamma * (np.maximum(root, 0.0) - rest), slope


def drain_current(access: Access, vg: ArrayLike, vd: ArrayLike, vs: ArrayLike) -> tuple[Array, Array, Array, Array]:
    """Current [A] from drain to source and its derivatives [S] by the gate's, drain's and source's voltage; body at 0 V.

    Level 1 of SPICE as ngspice evaluates it (Shichman and Hodges, IEEE J. Solid-State Circuits 3, 285, 1968): symmetric, the lower
    end is the source, and (1 + lambda vds) stands in both regions. Broadcasts.
    """
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
