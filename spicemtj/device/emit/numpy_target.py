"""The equations as a Python module: formulas.py."""

from __future__ import annotations

from ..equations import DERIVATIVES, DYNAMICS, SCALES, SWITCHING, TRANSPORT, VARIED, Equation
from .printers import derivative, expression, python

_HEAD = '''\
"""The equations of the device as functions of numpy arrays, and of scalars under numba. SI units.

Written by scripts/make_models.py from equations.py, which says what each symbol means.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .equations import BOLTZMANN, ELECTRON, GAMMA, HBAR, MU0
'''


class NumpyTarget:
    """Renders formulas.py."""

    path = "spicemtj/device/formulas.py"

    def render(self) -> str:
        """The whole module."""
        equations = (*SCALES, *VARIED, *DYNAMICS, *TRANSPORT, *SWITCHING)
        by_name = {equation.name: equation for equation in equations}
        parts = [self.function(equation) for equation in equations]
        for name, of, by, unit in DERIVATIVES:
            base = by_name[of]
            meaning = f"d {of}/d {by}"
            parts.append(self._function(name, base.inputs, python(derivative(base, by)), f"{meaning} [{unit}]."))
        return "\n\n".join([_HEAD, *parts])

    def function(self, equation: Equation) -> str:
        """One equation as a function."""
        doc = f"{equation.meaning} [{equation.unit}]."
        if equation.source:
            doc = (
                f"{doc} {equation.source}."
                if len(doc) + len(equation.source) < 112
                else f"{doc}\n\n    {equation.source}.\n    "
            )
        return self._function(equation.name, equation.inputs, python(expression(equation)), doc)

    def _function(self, name: str, inputs: tuple[str, ...], body: str, doc: str) -> str:
        arguments = ", ".join(f"{one}: Any" for one in inputs)
        return f'def {name}({arguments}) -> Any:\n    """{doc}"""\n    return {body}\n'
