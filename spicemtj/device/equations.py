"""The physics of a perpendicular MTJ, as text: constants, parameters and equations. The one place where it stands.

`emit/` renders this page for numpy (formulas.py), for ngspice (models/mtj.lib) and for Verilog-A (models/mtj.va). SI units.

z = m_z along the pinned layer: +1 parallel, -1 antiparallel. A positive voltage v, the pinned layer being the positive side, drives towards
z = -1. Material values hold at the
temperature t_ref; the laws of temperature carry them to `temperature`. Values of the law that carry `_t` are at `temperature`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

GAMMA = 1.76085963e11  # gyromagnetic ratio of the electron, rad/(s T) (CODATA)
ELECTRON = 1.602176634e-19  # C (exact)
HBAR = 1.054571817e-34  # J s (exact, rounded)
BOLTZMANN = 1.380649e-23  # J/K (exact)
MU0 = 1.25663706212e-6  # H/m (CODATA 2018)

CONSTANTS = {"gamma": GAMMA, "electron": ELECTRON, "hbar": HBAR, "boltzmann": BOLTZMANN, "mu0": MU0, "pi": math.pi}


@dataclass(frozen=True)
class Parameter:
    """What a device is given by. The range is open at `low` unless `closed`, and open at `high`."""

    symbol: str
    unit: str
    default: float
    low: float
    high: float
    meaning: str
    source: str = ""
    closed: bool = False

    def allows(self, value: float) -> bool:
        return self.low < value < self.high or (self.closed and value == self.low)

    @property
    def range(self) -> str:
        """As Verilog-A writes it, (0:inf) or [0:inf)."""
        low, high = (
            ("-inf" if self.low == -math.inf else f"{self.low:g}"),
            ("inf" if self.high == math.inf else f"{self.high:g}"),
        )
        return f"{'[' if self.closed else '('}{low}:{high})"


_ALZATE = "Alzate et al., Appl. Phys. Lett. 104, 112410 (2014)"
_SHANG = "Shang et al., Phys. Rev. B 58, R2917 (1998)"
_SPIN_WAVES = f"law: {_SHANG}; value: usual in compact models"

# The defaults are the reference device ref-pma-40.
PARAMETERS = (
    Parameter("diameter", "m", 40e-9, 0, math.inf, "diameter of the junction"),
    Parameter("thickness", "m", 1.3e-9, 0, math.inf, "thickness of the free layer"),
    Parameter("ms", "A/m", 1e6, 0, math.inf, "saturation magnetisation at t_ref"),
    Parameter("mu0_hk", "T", 0.25, 0, math.inf, "effective anisotropy field at t_ref, demagnetisation subtracted"),
    Parameter("alpha", "1", 0.02, 0, math.inf, "Gilbert damping"),
    Parameter("eta", "1", 0.6, 0, math.inf, "spin-torque efficiency"),
    Parameter("ra", "ohm m^2", 8e-12, 0, math.inf, "resistance-area product, parallel"),
    Parameter("tmr0", "1", 1.2, 0, math.inf, "TMR at 0 V and t_ref"),
    Parameter("vh", "V", 0.5, 0, math.inf, "voltage that halves the TMR"),
    Parameter("temperature", "K", 300.0, 0, math.inf, "temperature"),
    Parameter("t_ref", "K", 300.0, 0, math.inf, "temperature at which ms, mu0_hk, tmr0 and vcma hold"),
    Parameter("t_curie", "K", 1120.0, 0, math.inf, "temperature scale of Bloch's law", _ALZATE),
    Parameter("ki_exponent", "1", 2.18, 0, math.inf, "interface anisotropy goes as Ms to this power", _ALZATE, closed=True),
    Parameter("spin_wave", "K^-1.5", 2e-5, 0, math.inf, "loss of spin polarisation by spin waves", _SPIN_WAVES, closed=True),
    Parameter("demag", "1", 0.93, 0, 1, "difference N_z - N_x of the demagnetising factors", closed=True),
    Parameter("mu0_hoff", "T", 0.0, -math.inf, math.inf, "offset (stray) field along the pinned layer; above 0 it favours parallel"),
    Parameter("vcma", "J/(V m)", 0.0, -math.inf, math.inf, "VCMA coefficient; above 0 a positive voltage lowers the barrier"),
    Parameter("vcma_exponent", "1", 2.83, 0, math.inf, "VCMA coefficient goes as Ms to this power", _ALZATE, closed=True),
    Parameter("oxide", "m", 1e-9, 0, math.inf, "thickness of the tunnel barrier: the field of VCMA, and RA where it varies"),
)  # fmt: skip

# What may differ from device to device of an array.
VARYING = ("diameter", "thickness", "oxide", "ms", "mu0_hk", "ra", "tmr0", "mu0_hoff")


@dataclass(frozen=True)
class Equation:
    """name(inputs) = text [unit]: a Python expression of parameters, variables, constants and other equations' names."""

    name: str
    inputs: tuple[str, ...]
    text: str
    unit: str
    meaning: str
    source: str = ""


_BROWN = "Brown, Phys. Rev. 130, 1677 (1963)"
_SUN = "Sun, Phys. Rev. B 62, 570 (2000)"
_SLONCZEWSKI = "Slonczewski, Phys. Rev. B 39, 6995 (1989)"


def _equation(signature: str, text: str, unit: str, meaning: str, source: str = "") -> Equation:
    name, _, inputs = signature.rstrip(")").partition("(")
    return Equation(name, tuple(inputs.split(", ")), text, unit, meaning, source)


# What a device is, whatever its voltage.
SCALES = (
    _equation("area(diameter)", "pi*diameter**2/4", "m^2", "Area of a circular junction"),
    _equation("volume(area, thickness)", "area*thickness", "m^3", "Volume of the free layer"),
    _equation(
        "magnetisation(temperature, t_ref, t_curie)",
        "(1 - (temperature/t_curie)**1.5)/(1 - (t_ref/t_curie)**1.5)",
        "1",
        "Ms(T)/Ms(t_ref) by Bloch's law",
        _ALZATE,
    ),
    _equation("ms_t(ms, magnetisation)", "ms*magnetisation", "A/m", "Saturation magnetisation at the temperature"),
    _equation(
        "mu0_hk_t(mu0_hk, ms, demag, magnetisation, ki_exponent)",
        "mu0_hk*magnetisation**(ki_exponent - 1) + mu0*ms*demag*(magnetisation**(ki_exponent - 1) - magnetisation)",
        "T",
        "Anisotropy field at the temperature: 2 Ki/(Ms thickness) - mu0 Ms demag, with Ki as Ms^ki_exponent",
        _ALZATE,
    ),
    _equation(
        "polarisation(temperature, t_ref, spin_wave)",
        "(1 - spin_wave*temperature**1.5)/(1 - spin_wave*t_ref**1.5)",
        "1",
        "Spin polarisation relative to that at t_ref",
        _SHANG,
    ),
    _equation(
        "tmr0_t(tmr0, polarisation)",
        "2*tmr0*polarisation**2/(tmr0 + 2 - tmr0*polarisation**2)",
        "1",
        "TMR at 0 V and the temperature: 2 P^2/(1 - P^2) (Julliere)",
        _SHANG,
    ),
    _equation("r_p(ra, area)", "ra/area", "ohm", "Parallel resistance; it hardly depends on temperature"),
    _equation(
        "delta(ms_t, mu0_hk_t, volume, temperature)",
        "ms_t*mu0_hk_t*volume/(2*boltzmann*temperature)",
        "1",
        "Thermal stability factor of a uniaxial macrospin",
        _BROWN,
    ),
    _equation(
        "ic0(alpha, eta, delta, temperature)",
        "4*electron*alpha/(hbar*eta)*delta*boltzmann*temperature",
        "A",
        "Critical current of a perpendicular layer",
        _SUN,
    ),
    _equation("tau_d(alpha, mu0_hk_t)", "(1 + alpha**2)/(alpha*gamma*mu0_hk_t)", "s", "Relaxation time", _BROWN),
    _equation("offset(mu0_hoff, mu0_hk_t)", "mu0_hoff/mu0_hk_t", "1", "Offset field over anisotropy field"),
    _equation(
        "vcma_slope(vcma, magnetisation, vcma_exponent, oxide, thickness, ms_t, mu0_hk_t)",
        "2*vcma*magnetisation**vcma_exponent/(oxide*thickness*ms_t*mu0_hk_t)",
        "1/V",
        "VCMA: the anisotropy field is mu0_hk_t (1 - vcma_slope v)",
        _ALZATE,
    ),
)

# Devices whose material and layers are off by factors f_.
VARIED = (
    _equation(
        "varied_mu0_hk(mu0_hk, ms, demag, f_ki, f_thickness, f_ms)",
        "mu0_hk*f_ki/(f_thickness*f_ms) + mu0*ms*demag*(f_ki/(f_thickness*f_ms) - f_ms)",
        "T",
        "Anisotropy field 2 Ki/(Ms thickness) - mu0 Ms demag; demag stays that of the nominal shape",
        "Ikeda et al., Nature Materials 9, 721 (2010)",
    ),
    _equation(
        "varied_ra(ra, oxide, f_oxide, decay)",
        "ra*f_oxide*exp((f_oxide - 1)*oxide/decay)",
        "ohm m^2",
        "RA of a barrier of another thickness, at low voltage",
        "Simmons, J. Appl. Phys. 34, 1793 (1963)",
    ),
)

# What moves a device that thermal agitation moves too.
DYNAMICS = (
    _equation(
        "barrier(delta, offset, state)", "delta*(1 + state*offset)**2", "1", "Energy barrier of a state over k T at 0 V", _BROWN
    ),
    _equation(
        "precession(alpha, mu0_hk_t)",
        "gamma*mu0_hk_t/(1 + alpha**2)",
        "rad/s",
        "Rate of small precession in the anisotropy field",
    ),
    _equation(
        "thermal_field(alpha, delta, precession, dt)",
        "sqrt(alpha/(delta*precession*dt*(1 + alpha**2)))",
        "1",
        "Deviation of each component of the thermal field over a time dt, relative to the anisotropy field",
        _BROWN,
    ),
)

# What depends on state and voltage.
TRANSPORT = (
    _equation("tmr(v, tmr0_t, vh)", "tmr0_t/(1 + v*v/(vh*vh))", "1", "TMR at a bias"),
    _equation(
        "conductance(z, v, r_p, tmr0_t, vh)",
        "(1 - (1 - z)/2*tmr0_t/(1 + tmr0_t + v*v/(vh*vh)))/r_p",
        "S",
        "G, linear in z between G_AP = G_P/(1 + tmr) and G_P = 1/r_p",
        _SLONCZEWSKI,
    ),
    _equation(
        "torque_by_current(v, g, ic0)",
        "v*g/ic0",
        "1",
        "Spin torque over its critical value, an efficiency that does not depend on the angle: as the current g v",
        _SUN,
    ),
    _equation(
        "torque_by_voltage(v, r_p, ic0)",
        "v/(r_p*ic0)",
        "1",
        "The same with a torque per volt that does not depend on the angle",
        "Slonczewski, Phys. Rev. B 71, 024411 (2005)",
    ),
    _equation(
        "stiffness(v, vcma_slope)", "1 - vcma_slope*v", "1", "Anisotropy field at a voltage over that at 0 V (VCMA)", _ALZATE
    ),
    _equation(
        "drive(z, v, torque, vcma_slope, offset)",
        "torque + vcma_slope*v*z - offset",
        "1",
        "What drives z, in dz/dt = (1 - z^2)(z - drive)/tau_d: torque, VCMA, offset field",
        "Apalkov and Visscher, Phys. Rev. B 72, 180405 (2005)",
    ),
)

# What is rendered besides: name, of which equation, by which input, unit.
DERIVATIVES = (("conductance_slope", "conductance", "v", "S/V"),)

# How a device switches in a transient: A integrates 1/t_u(v), t_u(v) being the time by which a fraction u of such devices has
# switched at the constant voltage v. ln(t_u/t_ref) is a polynomial in 1/|v|, fitted from v_lo to v_hi (quantile_fit.py): slower
# counts as never, and above v_hi nothing gets faster. From A = 1 on the state turns over within TURN, and A goes on rising whatever
# the voltage, so that a cell whose flip takes its voltage away still ends it.
TERMS = 12
TURN = 0.001
LATCH = 10.0  # 1/t_ref
LEAK = 1e-12  # 1/t_ref, of A itself

_horner = f"c{TERMS - 1}"
for _k in range(TERMS - 2, -1, -1):
    _horner = f"c{_k} + x*({_horner})"

SWITCHING = (
    _equation(
        "abscissa(size, v_lo, v_hi)",
        "(2/size - (1/v_lo + 1/v_hi))*(v_lo*v_hi/(v_hi - v_lo))",
        "1",
        "x, from 1 at v_lo to -1 at v_hi, of a voltage of this size that drives the device out of its state",
    ),
    _equation(f"log_time(x, {', '.join(f'c{k}' for k in range(TERMS))})", _horner, "1", "ln(t_u/t_ref)"),
    _equation("turned(a)", f"Min(Max((a - 1)*{1 / TURN:g}, 0), 1)", "1", "How far the state has turned over"),
    _equation("turning_state(s0, turned)", "s0*(1 - 2*turned)", "1", "z of a device that started at s0"),
)
