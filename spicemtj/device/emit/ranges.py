"""What a Verilog-A file allows its parameters: `from [0:1) exclude 0.5` as a test of numbers."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# of constants.vams (Verilog-AMS Language Reference Manual 2.4, Annex D), as far as ranges name them; own macros come expanded
CONSTANTS = {
    "M_PI": "3.14159265358979323846",
    "M_TWO_PI": "6.28318530717958647693",
    "M_PI_2": "1.57079632679489661923",
    "M_PI_4": "0.78539816339744830962",
    "M_E": "2.7182818284590452354",
    "M_SQRT2": "1.41421356237309504880",
    "M_LN2": "0.69314718055994530942",
    "M_LN10": "2.30258509299404568402",
}
_SCALES = {"T": 12, "G": 9, "M": 6, "K": 3, "k": 3, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15, "a": -18}
_SCALED = re.compile(r"(?<![\w.])((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)([TGMKkmunpfa])\b")
_INTERVAL = re.compile(r"([\[(])([^:]*):([^:]*)([\])])")
_MACRO = re.compile(r"`(\w+)")
_OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


@dataclass(frozen=True)
class Interval:
    """From `low` to `high`, with its ends where they are `closed`."""

    low: float
    high: float
    closed: tuple[bool, bool] = (True, True)

    def holds(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        above = values >= self.low if self.closed[0] else values > self.low
        return np.asarray(above & (values <= self.high if self.closed[1] else values < self.high))


@dataclass(frozen=True)
class Range:
    """The values that a parameter may have: in one of `allowed` (all where there is none), in none of `excluded`, whole if `integer`.

    text: as the file has it.
    """

    text: str
    allowed: tuple[Interval, ...] = ()
    excluded: tuple[Interval, ...] = ()
    integer: bool = False

    @classmethod
    def read(cls, text: str, integer: bool = False) -> Range:
        """From the text of a declaration. A bound that is no number (another parameter's name) bounds nothing."""
        allowed, excluded = [], []
        for word, body in re.findall(r"\b(from|exclude)\s*(.*?)(?=\bfrom\b|\bexclude\b|$)", text):
            interval = _INTERVAL.fullmatch(body.strip())
            if interval:
                low, high = (_number(part) for part in interval.group(2, 3))
                closed = (interval.group(1) == "[", interval.group(4) == "]")
                if word == "from":
                    allowed.append(Interval(-math.inf if low is None else low, math.inf if high is None else high, closed))
                elif low is not None and high is not None:
                    excluded.append(Interval(low, high, closed))
            elif word == "exclude" and (value := _number(body)) is not None:
                excluded.append(Interval(value, value))
        return cls(text, tuple(allowed), tuple(excluded), integer)

    def allows(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Which of `values` the parameter may have; never one that is not finite."""
        x = np.asarray(values, dtype=float)
        good = np.isfinite(x)
        if self.integer:
            good &= x == np.round(x)
        if self.allowed:
            good &= np.any([interval.holds(x) for interval in self.allowed], axis=0)
        for interval in self.excluded:
            good &= ~interval.holds(x)
        return np.asarray(good)

    @property
    def words(self) -> str:
        """What is allowed, for messages."""
        return " ".join(["a whole number" if self.integer else "a finite number", self.text]).strip()


def _number(text: str) -> float | None:
    """The value of a constant expression; None for one that names what is not known here."""
    text = _MACRO.sub(lambda found: CONSTANTS.get(found.group(1), "?"), text)
    plain = _SCALED.sub(lambda found: f"{found.group(1)}e{_SCALES[found.group(2)]}", text).strip()
    try:
        return _value(ast.parse(plain, mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError):
        return None


def _value(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.Name) and node.id == "inf":
        return math.inf
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return -_value(node.operand) if isinstance(node.op, ast.USub) else _value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return float(_OPERATORS[type(node.op)](_value(node.left), _value(node.right)))
    raise ValueError("not a constant")
