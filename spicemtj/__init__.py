"""spicemtj: crossbars of magnetic tunnel junctions, in ngspice, in an exact nodal solver and in a calibrated Monte-Carlo model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .api import calibrate, effective_conductance, solve, train, write
from .circuit.crossbar import Crossbar
from .circuit.schemes import Drive, Write
from .device.access import Access
from .device.mtj import Mtj
from .device.variation import Variation
from .errors import BreakdownWarning, DomainError, InputError, MissingToolError, SimulationError, SpicemtjError

if TYPE_CHECKING:
    from .surrogate.model import Surrogate
    from .surrogate.plan import Plan

__version__ = "0.1.0"
__all__ = [
    "Access",
    "BreakdownWarning",
    "Crossbar",
    "DomainError",
    "Drive",
    "InputError",
    "MissingToolError",
    "Mtj",
    "Plan",
    "SimulationError",
    "SpicemtjError",
    "Surrogate",
    "Variation",
    "Write",
    "calibrate",
    "effective_conductance",
    "solve",
    "train",
    "write",
]


def __getattr__(name: str) -> Any:
    """Names behind heavy imports, loaded when first asked for."""
    if name == "Surrogate":
        from .surrogate.model import Surrogate

        return Surrogate
    if name == "Plan":
        from .surrogate.plan import Plan

        return Plan
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
