"""Fit the level-1 card of the preset nmos-45 to published drive currents of a 45 nm NMOS, and write the card file.

    python scripts/fit_access.py            print the fit, its residuals and what the preset can drive
    python scripts/fit_access.py --write    also write models/access_level1.lib from the preset

The figures: FreePDK45 (BSIM4, VTG flavour), one cell between 0 V and the nominal supply of 1.1 V, gate at 1.1 V. That supply is
the one they agree with: 136 uA through 6 kohm leave the transistor 0.28 V, where a channel that saturates at 178 uA still
carries three quarters; below 0.82 V there would be nothing left.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.optimize import brentq, least_squares

from spicemtj.device.access import Access, drain_current
from spicemtj.device.mtj import Mtj
from spicemtj.paths import models

SUPPLY = 1.1  # V, lines and gate
LENGTH, PHI = 50e-9, 0.85  # m; V, the surface potential of the doping of such a channel: fixed, the data do not hold it
# width [m], series resistance [ohm], source degenerated?, current [A]
DATA = (
    (90e-9, 3e3, False, 91e-6),
    (90e-9, 6e3, False, 86e-6),
    (90e-9, 3e3, True, 63e-6),
    (90e-9, 6e3, True, 47e-6),
    (180e-9, 3e3, False, 178e-6),
    (180e-9, 6e3, False, 136e-6),
    (180e-9, 3e3, True, 96e-6),
    (180e-9, 6e3, True, 63e-6),
)
NAMES = ("vto", "kp", "lambda_", "gamma")


def cell_current(access: Access, resistance: float, degenerated: bool, supply: float, gate: float) -> float:
    """Current [A] of a resistor and a transistor in series between `supply` and 0 V; degenerated: the resistor at the source."""

    def excess(i: float) -> float:
        drop = i * resistance
        vd, vs = (supply, drop) if degenerated else (supply - drop, 0.0)
        return float(drain_current(access, gate, vd, vs)[0]) - i

    return float(brentq(excess, 0, supply / resistance, xtol=1e-15))


def residuals(access: Access) -> np.ndarray:
    """Relative errors (8,) of the card against the published currents."""
    currents = []
    for width, resistance, degenerated, _ in DATA:
        sized = Access(width, LENGTH, SUPPLY, *(getattr(access, name) for name in NAMES), PHI)
        currents.append(cell_current(sized, resistance, degenerated, SUPPLY, SUPPLY))
    return np.array(currents) / [row[3] for row in DATA] - 1


def fit() -> Access:
    """The card that is nearest in the sum of squared relative errors; lambda and gamma 0 or more."""

    def errors(p: np.ndarray) -> np.ndarray:
        return residuals(Access(90e-9, LENGTH, SUPPLY, *p, PHI))

    found = least_squares(
        errors, [0.35, 2e-4, 0.2, 0.2], bounds=([0, 1e-5, 0, 0], [0.8, 5e-3, 2, 1.5]), x_scale=[0.1, 1e-4, 0.1, 0.1]
    )
    return Access(90e-9, LENGTH, SUPPLY, *found.x, PHI)


def overdrive(access: Access, state: int, volts: float) -> float:
    """|I|/Ic0 through ref-pma-40 in `state` behind the transistor: parallel with the source grounded, antiparallel degenerated."""
    mtj = Mtj.preset("ref-pma-40")

    def excess(v: float) -> float:
        vd, vs = (volts - v, 0.0) if state > 0 else (volts, v)
        return float(drain_current(access, access.gate_on, vd, vs)[0] - mtj.conductance(state, v) * v)

    v = brentq(excess, 0, volts)
    return float(mtj.conductance(state, v) * v / mtj.ic0)


def card_file(access: Access) -> str:
    """The text of models/access_level1.lib."""
    return (
        f"* Access transistor of the preset {access.name}: ngspice level 1, no diodes, no gate capacitance\n"
        f"* instance: w={access.width!r} l={access.length!r}, gate at {access.gate_on!r} V. Written by scripts/fit_access.py\n"
        f"{access.card()}\n"
    )


def main(arguments: list[str]) -> None:
    card, preset = fit(), Access.preset("nmos-45")
    print("fitted  " + "  ".join(f"{name} {getattr(card, name):.4g}" for name in NAMES))
    print("preset  " + "  ".join(f"{name} {getattr(preset, name):.4g}" for name in NAMES))
    errors = residuals(preset)
    print("\nwidth   R      source       published   preset")
    for (width, resistance, degenerated, current), error in zip(DATA, errors, strict=True):
        where = "degenerated" if degenerated else "grounded   "
        print(f"{width * 1e9:4.0f} nm {resistance / 1e3:.0f} kohm {where} {current * 1e6:8.0f} uA {100 * error:+7.1f} %")
    print(f"rms {100 * np.sqrt(np.mean(errors**2)):.1f} %, largest {100 * np.abs(errors).max():.1f} %")
    print(f"\nI/Ic0 of ref-pma-40, width {preset.width * 1e9:.0f} nm, gate {preset.gate_on} V")
    for volts in (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2):
        print(f"{volts:.1f} V: P to AP {overdrive(preset, 1, volts):.2f}, AP to P {overdrive(preset, -1, volts):.2f}")
    if "--write" in arguments:
        path = models() / "access_level1.lib"
        path.write_text(card_file(preset))
        print(f"\nwrote {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
