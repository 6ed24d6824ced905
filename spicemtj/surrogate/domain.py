"""Where a surrogate may be asked: the ranges that it was calibrated on. Outside them it refuses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..circuit.crossbar import Crossbar
from ..circuit.faults import OPEN, SHORT
from ..circuit.schemes import Drive
from ..device.mtj import Mtj
from ..device.variation import Variation, covariance
from ..errors import DomainError

SLACK = 1e-9  # relative: a value on the edge is inside


@dataclass(frozen=True)
class Domain:
    """Ranges (low, high) in SI units: lines of an array, wire and driver resistances, volts between two lines of a cell,
    and the relative spread of RA and TMR among the cells (high only)."""

    size: tuple[float, float]
    r_wire: tuple[float, float]
    r_driver: tuple[float, float]
    volts: tuple[float, float]
    spread: float

    def check_array(self, xbar: Crossbar, device: Mtj, cell: str) -> None:
        """Raise `DomainError` unless `xbar` is an array that the calibration speaks for."""
        if xbar.ohmic:
            raise DomainError("the surrogate models MTJ arrays; solve ohmic cells with engine 'nodal' or 'ngspice'")
        if xbar.cell != cell:
            raise DomainError(f"this surrogate was calibrated for {cell} cells, not {xbar.cell}; calibrate one for {xbar.cell}")
        if np.isin(xbar.faults, (OPEN, SHORT)).any():
            raise DomainError("this surrogate was calibrated without open or short cells; use engine 'nodal' or 'ngspice'")
        other = different_parameter(device, xbar.device)  # type: ignore[arg-type]
        if other:
            raise DomainError(
                f"this surrogate was calibrated for device {device.name!r}; {other}; calibrate one for that device"
            )
        for name, value, (low, high) in (
            ("lines", min(xbar.shape), self.size),
            ("lines", max(xbar.shape), self.size),
            ("r_wl", xbar.r_wl, self.r_wire),
            ("r_bl", xbar.r_bl, self.r_wire),
            ("r_driver_wl", xbar.r_driver_wl, self.r_driver),
            ("r_driver_bl", xbar.r_driver_bl, self.r_driver),
        ):
            _inside(name, value, low, high)
        if isinstance(xbar.variation, Variation):
            figures, spreads = covariance(device, xbar.variation)
            for name, figure in (("resistance", "r_p"), ("TMR", "tmr")):
                _inside(f"spread of the {name}", float(np.sqrt(spreads[(figures.index(figure),) * 2])), 0.0, self.spread)

    def check_drive(self, drive: Drive) -> None:
        """Raise `DomainError` for floating lines or voltages beyond those of the calibration."""
        if np.isnan(drive.v_wl).any() or np.isnan(drive.v_bl).any():
            raise DomainError("the surrogate does not model floating lines; use engine 'nodal' or 'ngspice'")
        across = np.abs(drive.v_wl[:, :, None] - drive.v_bl[:, None, :]).max()
        _inside("volts across a cell's lines", float(across), 0.0, self.volts[1])


def _inside(name: str, value: float, low: float, high: float) -> None:
    slack = SLACK * max(abs(low), abs(high))
    if not low - slack <= value <= high + slack:
        raise DomainError(f"{name} = {value:g} is outside the surrogate's domain {low:g} to {high:g}; calibrate a wider one")


def different_parameter(ours: Mtj, theirs: Mtj) -> str:
    """The first parameter in which two nominal devices differ, in words; "" where they agree."""
    import dataclasses

    for field in dataclasses.fields(ours):
        if field.name == "name":
            continue
        a, b = getattr(ours, field.name), getattr(theirs, field.name)
        if isinstance(a, str) or isinstance(b, str):
            if a != b:
                return f"here {field.name} is {b!r}, there {a!r}"
        elif not np.allclose(a, b, rtol=1e-9, atol=0.0):
            return f"here {field.name} is {np.asarray(b).ravel()[0]:g}, there {a:g}"
    return ""
