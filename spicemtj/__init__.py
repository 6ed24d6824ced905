"""spicemtj: crossbars of magnetic tunnel junctions, in ngspice, in an exact nodal solver and in a calibrated Monte-Carlo model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .api import calibrate, effective_conductance, solve, train, write
from .circuit.crossbar import Crossbar
from .circuit.schemes import Drive, Write
from .device.access import Access
from .device.mtj import Mtj
from .device.selector import Selector
from .device.variation import Variation
from .errors import (
    BreakdownWarning,
    DomainError,
    InputError,
    MissingToolError,
    SimulationError,
    SlowLinesWarning,
    SpicemtjError,
)

if TYPE_CHECKING:
    from .circuit.faults import random_faults
    from .device.fitting.fit import fit
    from .device.fitting.measured import read_csv
    from .device.reference.macrospin import simulate as simulate_llg
    from .engines.ngspice import NgspiceEngine
    from .engines.veriloga import compile as compile_veriloga
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
    "NgspiceEngine",
    "Plan",
    "Selector",
    "SimulationError",
    "SlowLinesWarning",
    "SpicemtjError",
    "Surrogate",
    "Variation",
    "Write",
    "calibrate",
    "compile_veriloga",
    "effective_conductance",
    "fit",
    "random_faults",
    "read_csv",
    "simulate_llg",
    "solve",
    "train",
    "write",
]


# Names behind heavy imports, loaded when first asked for: module and name there.
_LATER = {
    "NgspiceEngine": ("engines.ngspice", "NgspiceEngine"),
    "Plan": ("surrogate.plan", "Plan"),
    "Surrogate": ("surrogate.model", "Surrogate"),
    "compile_veriloga": ("engines.veriloga", "compile"),
    "fit": ("device.fitting.fit", "fit"),
    "random_faults": ("circuit.faults", "random_faults"),
    "read_csv": ("device.fitting.measured", "read_csv"),
    "simulate_llg": ("device.reference.macrospin", "simulate"),
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _LATER[name]
    return getattr(import_module(f".{module}", __name__), attribute)
