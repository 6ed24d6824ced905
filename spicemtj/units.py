"""Numbers at the edge: `"5k"` or `"2.5ns"` to float, and float to an exact SPICE literal.

Inside the package every quantity is a float in SI units.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from .errors import InputError

# Powers of ten of the SI prefixes as people write them; "M" is mega here (SPICE's M is milli, so `literal` writes no suffix).
_PREFIX = {"": 0, "f": -15, "p": -12, "n": -9, "u": -6, "µ": -6, "μ": -6, "m": -3, "k": 3, "K": 3,
           "M": 6, "meg": 6, "Meg": 6, "MEG": 6, "G": 9}  # fmt: skip
_OHM = ("ohm", "Ohm", "Ω")
_UNITS = (*_OHM, "V", "A", "s", "F", "m", "K", "S", "T", "J", "W", "Hz")
_PATTERN = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*([^\s\d]*)\s*$")


def quantity(text: str | float | int, unit: str = "") -> float:
    """Read `5k`, `2.5ns`, `0.9 V` or a plain number as a float in SI units, the same float as `2.5e-9`.

    `unit` is the unit expected (`"s"`, `"V"`, ...; "" for any), used to tell the metre from the milli and in messages.
    Raises `InputError` for anything else.
    """
    if isinstance(text, bool):
        raise InputError(f"{text!r} is not a number")
    if isinstance(text, int | float):
        return float(text)
    if text.strip().lower() in ("inf", "+inf", "-inf", "nan"):
        return float(text)
    match = _PATTERN.match(text)
    power = _power(match.group(2), "" if unit == "1" else unit) if match else None
    if match is None or power is None:
        wanted = f" in {unit}" if unit else ""
        raise InputError(f"cannot read {text!r} as a quantity{wanted}; write it like 2.5n{unit} or 2.5e-9")
    return float(Decimal(match.group(1)).scaleb(power))


def _power(suffix: str, unit: str) -> int | None:
    """The power of ten that a prefix, a unit or both stand for; None for anything else."""
    if not unit and suffix == "%":
        return -2
    # where a unit is expected, it is looked for before the bare prefix ("m" is the metre); otherwise after it ("m" is milli)
    names = (*(_OHM if unit == "ohm" else (unit,)), "") if unit else ("", *_UNITS)
    for name in names:
        if suffix.endswith(name) and (prefix := suffix.removesuffix(name)) in _PREFIX:
            return _PREFIX[prefix]
    return None


def literal(value: float) -> str:
    """The shortest decimal that SPICE reads back as exactly this float (no suffix, no numpy repr)."""
    number = float(value)
    if not math.isfinite(number):
        raise InputError(f"{number} cannot be written into a netlist")
    return repr(number)


def engineering(value: float, unit: str = "", digits: int = 4) -> str:
    """A float for people: `1.136 ns`, `6.366 kohm`."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}".rstrip()
    power = min(max(math.floor(math.log10(abs(value)) / 3) * 3, -18), 12)
    prefix = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}[power]
    return f"{value / 10.0**power:.{digits}g} {prefix}{unit}".rstrip()
