"""Sympy expressions as text: one printer a language, the form of the equation kept as it was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy.parsing.sympy_parser import parse_expr
from sympy.printing.numpy import NumPyPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from ...units import literal
from ..equations import CONSTANTS, Equation


def expression(equation: Equation) -> sympy.Expr:
    """An equation's right-hand side, not rearranged."""
    names = {name: sympy.Symbol(name) for name in (*equation.inputs, *CONSTANTS)}
    found = parse_expr(equation.text, local_dict=names, evaluate=False)
    unknown = {symbol.name for symbol in found.free_symbols} - set(names)
    unused = set(equation.inputs) - {symbol.name for symbol in found.free_symbols}
    if unknown or unused:
        raise ValueError(f"equation {equation.name}: inputs {equation.inputs}, but {unknown or unused} in {equation.text}")
    return found


def derivative(equation: Equation, by: str) -> sympy.Expr:
    """The derivative of an equation by one of its inputs."""
    return sympy.factor(sympy.diff(expression(equation), sympy.Symbol(by)))


def _pairwise(name: str, texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{name}({texts[0]}, {_pairwise(name, texts[1:])})"


def _tidy(text: str) -> str:
    """Without doubled brackets, and without the 1*1 by which sympy writes an unevaluated -1."""
    return single_brackets(text.replace("- 1*1", "- 1"))


def single_brackets(text: str) -> str:
    """`text` without brackets that only hold other brackets."""
    opened: list[int] = []
    pairs = {}
    for at, character in enumerate(text):
        if character == "(":
            opened.append(at)
        elif character == ")":
            pairs[opened.pop()] = at
    doubled = [at for at, end in pairs.items() if pairs.get(at + 1) == end - 1 and (at == 0 or not text[at - 1].isalnum())]
    drop = {*doubled, *(pairs[at] for at in doubled)}
    return "".join(character for at, character in enumerate(text) if at not in drop)


class _Python(NumPyPrinter):  # type: ignore[misc]
    """Constants under their names in capitals; minimum and maximum as ufuncs, which numba knows too."""

    def __init__(self) -> None:
        super().__init__({"order": "none"})

    def _print_Symbol(self, expr: Any) -> str:
        return str(expr.name.upper() if expr.name in CONSTANTS else expr.name)

    def _print_Min(self, expr: Any) -> str:
        return _pairwise("numpy.minimum", [self._print(arg) for arg in expr.args])

    def _print_Max(self, expr: Any) -> str:
        return _pairwise("numpy.maximum", [self._print(arg) for arg in expr.args])


def python(found: sympy.Expr) -> str:
    """For numpy arrays and numba scalars alike."""
    return _tidy(_Python().doprint(found)).replace("numpy.", "np.").replace("PI", "np.pi")


class _CircuitPrinter(StrPrinter):  # type: ignore[misc]
    """What ngspice and Verilog-A share: products for integer powers, min and max of two."""

    def __init__(self, names: Mapping[str, str] | None = None):
        super().__init__({"order": "none"})
        self._names = names or {}

    def _print_Symbol(self, expr: Any) -> str:
        return self._names.get(expr.name, expr.name)

    def _print_Pow(self, expr: Any) -> str:
        if expr.exp == -1:
            return f"1/{self.parenthesize(expr.base, PRECEDENCE['Pow'])}"
        if expr.exp.is_Integer and expr.exp > 0:
            return "*".join([self.parenthesize(expr.base, PRECEDENCE["Mul"])] * int(expr.exp))
        if expr.exp.is_Integer:
            return f"1/({'*'.join([self.parenthesize(expr.base, PRECEDENCE['Mul'])] * -int(expr.exp))})"
        return f"pow({self._print(expr.base)}, {self._print(expr.exp)})"

    def _print_Float(self, expr: Any) -> str:
        return literal(float(expr))

    def _print_Rational(self, expr: Any) -> str:
        return f"{expr.p}.0/{expr.q}.0"

    def _print_Min(self, expr: Any) -> str:
        return _pairwise("min", [self._print(arg) for arg in expr.args])

    def _print_Max(self, expr: Any) -> str:
        return _pairwise("max", [self._print(arg) for arg in expr.args])


def circuit(found: sympy.Expr, names: Mapping[str, str] | None = None) -> str:
    """For Verilog-A and functions of ngspice: symbols under their names, or under other `names`; constants as numbers."""
    return _tidy(_CircuitPrinter(names).doprint(_with_numbers(found)))


class _Folding(_CircuitPrinter):
    """ngspice: what depends on parameters alone stands in braces, as one number that is computed once."""

    def __init__(self, name: Callable[[str], str | None]):
        super().__init__()
        self._name = name  # the text of a quantity that changes, None for a parameter

    def _fixed(self, expr: Any) -> bool:
        return all(self._name(symbol.name) is None for symbol in expr.free_symbols)

    def _print(self, expr: Any, **options: Any) -> str:
        if isinstance(expr, sympy.Basic) and expr.free_symbols and self._fixed(expr):
            return f"({{{_tidy(_CircuitPrinter().doprint(expr)).replace(' ', '')}}})"
        return str(super()._print(expr, **options))

    def _print_Symbol(self, expr: Any) -> str:
        return self._name(expr.name) or expr.name

    def _print_Mul(self, expr: Any) -> str:
        return self._grouped(expr, sympy.Mul, super()._print_Mul)

    def _print_Add(self, expr: Any, order: Any = None) -> str:
        return self._grouped(expr, sympy.Add, super()._print_Add)

    def _grouped(self, expr: Any, kind: Any, plain: Callable[[Any], str]) -> str:
        """Terms or factors that do not change, gathered into one."""
        still = [arg for arg in expr.args if self._fixed(arg)]
        if len(still) < 2:
            return plain(expr)
        moving = [arg for arg in expr.args if not self._fixed(arg)]
        return plain(kind(*moving, kind(*still, evaluate=False), evaluate=False))


def behavioural(found: sympy.Expr, name: Callable[[str], str | None]) -> str:
    """For a B source of ngspice. `name` gives the text of a quantity that changes, None for a parameter."""
    return _tidy(_Folding(name).doprint(_with_numbers(found))).replace(" ", "")


def _with_numbers(found: sympy.Expr) -> sympy.Expr:
    """Constants of nature as one number: ngspice adds something of 1e-32 to every divisor, which must not be as small as hbar."""
    numbers = {symbol: sympy.Float(CONSTANTS[symbol.name], 17) for symbol in found.free_symbols if symbol.name in CONSTANTS}
    return found.xreplace(numbers).doit() if numbers else found


__all__ = ["behavioural", "circuit", "derivative", "expression", "python", "single_brackets"]
