"""The selector of a 1S1R cell: a two-terminal device given as a table of its current against its voltage."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Selector:
    """A device without memory, whose current is linear between the points of a table and goes on beyond them with the end slopes.

    v (k,) [V], i (k,) [A]: both strictly increasing, with a point at exactly (0, 0) and points on either side. slope (k - 1,) [S]: of each
    section.
    """

    v: Array
    i: Array
    name: str = "custom"
    slope: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        v, i = np.array(self.v, dtype=float), np.array(self.i, dtype=float)
        where = f"selector {self.name}"
        if v.ndim != 1 or v.shape != i.shape or len(v) < 3:
            raise InputError(f"{where}: v {v.shape} and i {i.shape} must be two lists of one length, 3 points or more")
        if not (np.isfinite(v).all() and np.isfinite(i).all()):
            raise InputError(f"{where}: volts and amperes must be finite")
        for name, values, unit in (("v", v, "V"), ("i", i, "A")):
            flat = np.flatnonzero(np.diff(values) <= 0)
            if len(flat):
                k = int(flat[0])
                raise InputError(
                    f"{where}: {name} goes from {values[k]:g} to {values[k + 1]:g} {unit} at point {k + 1}; "
                    "both columns must rise from point to point"
                )
        origin = (v == 0) & (i == 0)
        if not origin.any():
            raise InputError(f"{where}: the table has no point at 0 V and 0 A; add it (a selector gives no power)")
        if origin[0] or origin[-1]:
            raise InputError(
                f"{where}: the table ends at 0 V; give points on both sides, mirrored ones for a symmetric selector"
            )
        for name, values in (("v", v), ("i", i), ("slope", np.diff(i) / np.diff(v))):
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    @classmethod
    def sinh(cls, i0: float, v0: float, v_max: float, step: float, name: str = "custom") -> Selector:
        """i = i0 sinh(v/v0) [A], sampled every `step` volts from -v_max to v_max."""
        for key, value in (("i0", i0), ("v0", v0), ("v_max", v_max), ("step", step)):
            if not value > 0:
                raise InputError(f"selector {name}: {key} = {value} must be above 0")
        if v_max < step:
            raise InputError(f"selector {name}: v_max = {v_max:g} V is below one step of {step:g} V")
        v = np.round(step * np.arange(1, round(v_max / step) + 1), 12)
        v = np.concatenate([-v[::-1], [0.0], v])
        return cls(v, i0 * np.sinh(v / v0), name)

    @classmethod
    def from_csv(cls, path: str | Path) -> Selector:
        """A table of two columns, volts and amperes; lines that begin with # and a heading are passed over."""
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"cannot read the selector's table {path}: {error}") from None
        points: list[tuple[float, float]] = []
        for number, row in enumerate(csv.reader(text.splitlines()), 1):
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            try:
                v, i = map(float, cells)
            except ValueError:
                if not points and not any(_is_number(cell) for cell in cells):
                    continue  # the heading
                raise InputError(
                    f"{path}, line {number}: {','.join(row)!r} is not volts and amperes; write it like 0.1,2e-6"
                ) from None
            points.append((v, i))
        table = np.array(points, dtype=float).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1], path.stem)

    @classmethod
    def preset(cls, name: str = "ref-sinh") -> Selector:
        """A named selector of models/presets.toml."""
        from .presets import describe

        entry = describe(name, "selector")
        return cls.sinh(**{key: entry[key]["value"] for key in ("i0", "v0", "v_max", "step")}, name=name)

    def between(self, low: float, high: float) -> Selector:
        """The same law from `low` to `high` volts with no more points than that takes: what a netlist needs to hold."""
        origin = int(np.searchsorted(self.v, 0.0))
        first = min(int(np.searchsorted(self.v, low, side="right")) - 1, origin - 1)
        last = max(int(np.searchsorted(self.v, high)), origin + 1)
        kept = slice(max(first, 0), last + 1)
        return Selector(self.v[kept], self.i[kept], self.name)

    def reach(self, volts: float, conductance: float) -> tuple[float, float]:
        """Least and largest voltage across it [V] where `volts` of either sign stand over it and `conductance` [S] or less in series."""
        if np.isinf(conductance):
            return -volts, volts
        load = self.i + conductance * self.v  # rises with v; it is conductance * volts where both carry one current
        low, high = np.interp([-volts * conductance, volts * conductance], load, self.v, left=-volts, right=volts).tolist()
        return low, high

    def current(self, v: ArrayLike) -> Array:
        """Current [A] at `v` volts. Broadcasts."""
        v = np.asarray(v, dtype=float)
        k = self._section(v)
        return np.asarray(self.i[k] + self.slope[k] * (v - self.v[k]))

    def conductance(self, v: ArrayLike) -> Array:
        """dI/dV [S] at `v` volts, at a point of the table that of the section above it. Broadcasts."""
        return np.asarray(self.slope[self._section(np.asarray(v, dtype=float))])

    def _section(self, v: Array) -> NDArray[np.intp]:
        return np.searchsorted(self.v[1:-1], v, side="right")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
