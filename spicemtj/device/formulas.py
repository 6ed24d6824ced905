"""The equations of the device as functions of numpy arrays, and of scalars under numba. SI units.

Written by scripts/make_models.py from equations.py, which says what each symbol means.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .equations import BOLTZMANN, ELECTRON, GAMMA, HBAR, MU0


def area(diameter: Any) -> Any:
    """Area of a circular junction [m^2]."""
    return np.pi * diameter**2 / 4


def volume(area: Any, thickness: Any) -> Any:
    """Volume of the free layer [m^3]."""
    return area * thickness


def magnetisation(temperature: Any, t_ref: Any, t_curie: Any) -> Any:
    """Ms(T)/Ms(t_ref) by Bloch's law [1]. Alzate et al., Appl. Phys. Lett. 104, 112410 (2014)."""
    return (1 - (temperature / t_curie) ** 1.5) / (1 - (t_ref / t_curie) ** 1.5)


def ms_t(ms: Any, magnetisation: Any) -> Any:
    """Saturation magnetisation at the temperature [A/m]."""
    return ms * magnetisation


def mu0_hk_t(mu0_hk: Any, ms: Any, demag: Any, magnetisation: Any, ki_exponent: Any) -> Any:
    """Anisotropy field at the temperature: 2 Ki/(Ms thickness) - mu0 Ms demag, with Ki as Ms^ki_exponent [T].

    Alzate et al., Appl. Phys. Lett. 104, 112410 (2014).
    """
    return mu0_hk * magnetisation ** (ki_exponent - 1) + MU0 * ms * demag * (magnetisation ** (ki_exponent - 1) - magnetisation)


def polarisation(temperature: Any, t_ref: Any, spin_wave: Any) -> Any:
    """Spin polarisation relative to that at t_ref [1]. Shang et al., Phys. Rev. B 58, R2917 (1998)."""
    return (1 - spin_wave * temperature**1.5) / (1 - spin_wave * t_ref**1.5)


def tmr0_t(tmr0: Any, polarisation: Any) -> Any:
    """TMR at 0 V and the temperature: 2 P^2/(1 - P^2) (Julliere) [1]. Shang et al., Phys. Rev. B 58, R2917 (1998)."""
    return 2 * tmr0 * polarisation**2 / (tmr0 + 2 - tmr0 * polarisation**2)


def r_p(ra: Any, area: Any) -> Any:
    """Parallel resistance; it hardly depends on temperature [ohm]."""
    return ra / area


def delta(ms_t: Any, mu0_hk_t: Any, volume: Any, temperature: Any) -> Any:
    """Thermal stability factor of a uniaxial macrospin [1]. Brown, Phys. Rev. 130, 1677 (1963)."""
    return ms_t * mu0_hk_t * volume / (2 * BOLTZMANN * temperature)


def ic0(alpha: Any, eta: Any, delta: Any, temperature: Any) -> Any:
    """Critical current of a perpendicular layer [A]. Sun, Phys. Rev. B 62, 570 (2000)."""
    return 4 * ELECTRON * alpha * delta * BOLTZMANN * temperature / (HBAR * eta)


def tau_d(alpha: Any, mu0_hk_t: Any) -> Any:
    """Relaxation time [s]. Brown, Phys. Rev. 130, 1677 (1963)."""
    return (1 + alpha**2) / (alpha * GAMMA * mu0_hk_t)


def offset(mu0_hoff: Any, mu0_hk_t: Any) -> Any:
    """Offset field over anisotropy field [1]."""
    return mu0_hoff / mu0_hk_t


def vcma_slope(vcma: Any, magnetisation: Any, vcma_exponent: Any, oxide: Any, thickness: Any, ms_t: Any, mu0_hk_t: Any) -> Any:
    """VCMA: the anisotropy field is mu0_hk_t (1 - vcma_slope v) [1/V].

    Alzate et al., Appl. Phys. Lett. 104, 112410 (2014).
    """
    return 2 * vcma * magnetisation**vcma_exponent / (oxide * thickness * ms_t * mu0_hk_t)


def varied_mu0_hk(mu0_hk: Any, ms: Any, demag: Any, f_ki: Any, f_thickness: Any, f_ms: Any) -> Any:
    """Anisotropy field 2 Ki/(Ms thickness) - mu0 Ms demag; demag stays that of the nominal shape [T].

    Ikeda et al., Nature Materials 9, 721 (2010).
    """
    return mu0_hk * f_ki / (f_thickness * f_ms) + MU0 * ms * demag * (f_ki / (f_thickness * f_ms) - f_ms)


def varied_ra(ra: Any, oxide: Any, f_oxide: Any, decay: Any) -> Any:
    """RA of a barrier of another thickness, at low voltage [ohm m^2]. Simmons, J. Appl. Phys. 34, 1793 (1963)."""
    return ra * f_oxide * np.exp((f_oxide - 1) * oxide / decay)


def barrier(delta: Any, offset: Any, state: Any) -> Any:
    """Energy barrier of a state over k T at 0 V [1]. Brown, Phys. Rev. 130, 1677 (1963)."""
    return delta * (1 + state * offset) ** 2


def precession(alpha: Any, mu0_hk_t: Any) -> Any:
    """Rate of small precession in the anisotropy field [rad/s]."""
    return GAMMA * mu0_hk_t / (1 + alpha**2)


def thermal_field(alpha: Any, delta: Any, precession: Any, dt: Any) -> Any:
    """Deviation of each component of the thermal field over a time dt, relative to the anisotropy field [1].

    Brown, Phys. Rev. 130, 1677 (1963).
    """
    return np.sqrt(alpha / (delta * precession * dt * (1 + alpha**2)))


def tmr(v: Any, tmr0_t: Any, vh: Any) -> Any:
    """TMR at a bias [1]."""
    return tmr0_t / (1 + v * v / (vh * vh))


def conductance(z: Any, v: Any, r_p: Any, tmr0_t: Any, vh: Any) -> Any:
    """G, linear in z between G_AP = G_P/(1 + tmr) and G_P = 1/r_p [S]. Slonczewski, Phys. Rev. B 39, 6995 (1989)."""
    return (1 - (1 - z) * tmr0_t / (2 * (1 + tmr0_t + v * v / (vh * vh)))) / r_p


def torque_by_current(v: Any, g: Any, ic0: Any) -> Any:
    """Spin torque over its critical value, an efficiency that does not depend on the angle: as the current g v [1].

    Sun, Phys. Rev. B 62, 570 (2000).
    """
    return v * g / ic0


def torque_by_voltage(v: Any, r_p: Any, ic0: Any) -> Any:
    """The same with a torque per volt that does not depend on the angle [1].

    Slonczewski, Phys. Rev. B 71, 024411 (2005).
    """
    return v / (r_p * ic0)


def stiffness(v: Any, vcma_slope: Any) -> Any:
    """Anisotropy field at a voltage over that at 0 V (VCMA) [1]. Alzate et al., Appl. Phys. Lett. 104, 112410 (2014)."""
    return 1 - vcma_slope * v


def drive(z: Any, v: Any, torque: Any, vcma_slope: Any, offset: Any) -> Any:
    """What drives z, in dz/dt = (1 - z^2)(z - drive)/tau_d: torque, VCMA, offset field [1].

    Apalkov and Visscher, Phys. Rev. B 72, 180405 (2005).
    """
    return torque + vcma_slope * v * z - offset


def abscissa(size: Any, v_lo: Any, v_hi: Any) -> Any:
    """x, from 1 at v_lo to -1 at v_hi, of a voltage of this size that drives the device out of its state [1]."""
    return (2 / size - (1 / v_lo + 1 / v_hi)) * v_lo * v_hi / (v_hi - v_lo)


def log_time(
    x: Any, c0: Any, c1: Any, c2: Any, c3: Any, c4: Any, c5: Any, c6: Any, c7: Any, c8: Any, c9: Any, c10: Any, c11: Any
) -> Any:
    """ln(t_u/t_ref) [1]."""
    return c0 + x * (
        c1 + x * (c2 + x * (c3 + x * (c4 + x * (c5 + x * (c6 + x * (c7 + x * (c8 + x * (c9 + x * (c10 + x * c11)))))))))
    )


def turned(a: Any) -> Any:
    """How far the state has turned over [1]."""
    return np.minimum(1, np.maximum(0, (a - 1) * 1000))


def turning_state(s0: Any, turned: Any) -> Any:
    """z of a device that started at s0 [1]."""
    return s0 * (1 - 2 * turned)


def conductance_slope(z: Any, v: Any, r_p: Any, tmr0_t: Any, vh: Any) -> Any:
    """d conductance/d v [S/V]."""
    return -tmr0_t * v * vh**2 * (-1 + z) / (r_p * (v**2 + vh**2 + tmr0_t * vh**2) ** 2)
