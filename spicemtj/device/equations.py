"""The equations of the device, one function each, in SI units. The one place where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np

GAMMA = 1.76085963e11  # gyromagnetic ratio of the electron, rad/(s T) (CODATA)
ELECTRON = 1.602176634e-19  # C (exact)
HBAR = 1.054571817e-34  # J s (exact, rounded)
BOLTZMANN = 1.380649e-23  # J/K (exact)
MU0 = 1.25663706212e-6  # H/m (CODATA 2018)


def area(diameter: float) -> float:
    """Area of a circular junction [m^2]."""
    return float(np.pi * diameter**2 / 4)


def delta(ms: Any, mu0_hk: Any, volume: Any, temperature: Any) -> Any:
    """Thermal stability factor mu0 Ms Hk Vol/(2 k T) of a uniaxial macrospin."""
    return ms * mu0_hk * volume / (2 * BOLTZMANN * temperature)


def critical_current(alpha: Any, eta: Any, delta_: Any, temperature: Any) -> Any:
    """Ic0 = (4 e alpha/(hbar eta)) Delta k T [A] of a perpendicular layer (Sun, Phys. Rev. B 62, 570, 2000)."""
    return 4 * ELECTRON * alpha / (HBAR * eta) * delta_ * BOLTZMANN * temperature


def relaxation_time(alpha: Any, mu0_hk: Any) -> Any:
    """tau_D = (1 + alpha^2)/(alpha gamma mu0 Hk) [s]."""
    return (1 + alpha**2) / (alpha * GAMMA * mu0_hk)


def tmr(v: Any, tmr0: Any, vh: Any) -> Any:
    """Bias-dependent TMR0/(1 + (V/Vh)^2)."""
    return tmr0 / (1 + (v / vh) * (v / vh))


def conductance(z: Any, v: Any, r_p: Any, tmr0: Any, vh: Any) -> Any:
    """G(z, V) = (G_P + G_AP)/2 + (G_P - G_AP)/2 z [S], with G_AP = G_P/(1 + TMR(V)).

    Linear in z = cos(theta): Slonczewski, Phys. Rev. B 39, 6995 (1989).
    """
    g_p = 1 / r_p
    g_ap = g_p / (1 + tmr(v, tmr0, vh))
    return (g_p + g_ap) / 2 + (g_p - g_ap) / 2 * z


def conductance_slope(z: Any, v: Any, r_p: Any, tmr0: Any, vh: Any) -> Any:
    """dG/dV [S/V] of `conductance` at fixed z: only G_AP depends on the voltage, through TMR(V)."""
    tmr_v = tmr(v, tmr0, vh)
    tmr_slope = -2 * tmr_v * v / (vh * vh + v * v)
    g_ap_slope = -tmr_slope / (r_p * (1 + tmr_v) * (1 + tmr_v))
    return (1 - z) / 2 * g_ap_slope
