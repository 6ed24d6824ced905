"""The stochastic LLG of single junctions as a netlist for ngspice: B-sources that charge 1 pF capacitors. A spot check of macrospin.py.

The nodes x_k, y_k, z_k of device k carry m in volts, and time runs in seconds. The thermal field is three `trnoise` sources a device, a
value each noise interval and linear in between; that interval is the largest time step. Trapezoidal integration, which in the limit is
Stratonovich's calculus; Gear's method is not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...errors import InputError
from ...randomness import check_seed
from ...units import engineering, literal
from .. import formulas
from ..mtj import Mtj
from ..switching.law import check_states
from .macrospin import larmor_period, thermal_start

FARAD = 1e-12
LARMOR_STEPS = 28  # steps in a precession; with fewer the noise is too coarse
LENGTH = 0.5  # how fast |m| returns to 1, in units of the precession: trapezoidal steps do not keep it


def llg_deck(mtj: Mtj, v: float, seconds: float, state: ArrayLike, devices: int, seed: int, dt: float | None = None) -> str:
    """Netlist text of `devices` independent copies of `mtj` at v volts for `seconds`; saved are v(z_0), v(z_1), ...

    state : +1 or -1, one or (devices,): the wells of the thermal starts, drawn here from `seed`, which also seeds ngspice's noise.
    dt : noise interval and largest step [s], by default and at most 1/28 of a precession.
    """
    check_seed(seed)
    if mtj.shape:
        raise InputError(f"an array of {mtj.shape} devices: give one of them, mtj[index]")
    if devices < 1 or not (np.isfinite(seconds) and seconds > 0) or not np.isfinite(v):
        raise InputError(
            f"devices = {devices}, seconds = {seconds}, v = {v}: give 1 or more, a time above 0 and a finite voltage"
        )
    longest = larmor_period(mtj) / LARMOR_STEPS
    step = longest if dt is None else dt
    if not 0 < step <= longest * (1 + 1e-9):
        raise InputError(f"dt = {step:.3g} s: give a step above 0 and up to {longest:.3g} s, {LARMOR_STEPS} a precession")
    rng = np.random.default_rng(seed)
    start = thermal_start(mtj, np.broadcast_to(check_states(state), (devices,)), rng)
    noise_seed = int(rng.integers(1, 2**31 - 1))

    rate = float(formulas.precession(mtj.alpha, mtj.mu0_hk_t))
    sigma = float(formulas.thermal_field(mtj.alpha, mtj.delta, rate, step))
    cards = _subcircuit(mtj, v, rate)
    for k in range(devices):
        cards += [f"v{c}_{k} n{c}_{k} 0 dc 0 trnoise({literal(sigma)} {literal(step)} 0 0)" for c in "xyz"]
        cards += [
            f"c{c}_{k} {c}_{k} 0 {literal(FARAD)} ic={literal(value)}" for c, value in zip("xyz", start[:, k], strict=True)
        ]
        cards.append(f"xm_{k} x_{k} y_{k} z_{k} nx_{k} ny_{k} nz_{k} llg")
    saves = [
        f".save {' '.join(f'v(z_{k})' for k in range(first, min(first + 50, devices)))}" for first in range(0, devices, 50)
    ]
    head = [
        f"* stochastic LLG of {devices} x {mtj.name} at {engineering(v, 'V')} for {engineering(seconds, 's')}",
        "* v(x_k), v(y_k), v(z_k) are m of device k, fields are in units of the anisotropy field, v(nx_k) ... is the thermal field",
    ]
    tail = [
        f".options method=trap reltol=1e-4 vntol=1e-6 abstol=1e-9 trtol=1e6 seed={noise_seed}",
        *saves,
        f".tran {literal(step)} {literal(seconds)} 0 {literal(step)} uic",
        ".end",
        "",
    ]
    return "\n".join([*head, *cards, *tail])


def _subcircuit(mtj: Mtj, v: float, rate: float) -> list[str]:
    """dm/dt = rate (u x m + LENGTH (1 - m^2) m), u = h + alpha aJ p + m x (alpha h - aJ p), as currents into the capacitors."""
    alpha = mtj.alpha
    p, ap = float(mtj.spin_torque(1, v)), float(mtj.spin_torque(-1, v))
    mean, slope = (p + ap) / 2, (p - ap) / 2
    kappa, offset = float(formulas.stiffness(v, mtj.vcma_slope)), float(mtj.offset)
    current = FARAD * rate

    def motion(u: str, m: str, w: str, n: str, own: str) -> str:
        return f"{literal(current)}*({u}*{m}-{w}*{n}+{literal(LENGTH)}*(1-v(x)*v(x)-v(y)*v(y)-v(z)*v(z))*{own})"

    return [
        ".subckt llg x y z nx ny nz",
        f"bt t 0 v={literal(alpha * mean)}+{literal(alpha * slope)}*v(z)",
        f"bh hz 0 v={literal(kappa)}*v(z)+{literal(offset)}-{literal(mtj.field_like)}*v(t)+v(nz)",
        f"bux ux 0 v=v(nx)+v(y)*({literal(alpha)}*v(hz)-v(t))-v(z)*{literal(alpha)}*v(ny)",
        f"buy uy 0 v=v(ny)+v(z)*{literal(alpha)}*v(nx)-v(x)*({literal(alpha)}*v(hz)-v(t))",
        f"buz uz 0 v=v(hz)+{literal(alpha)}*v(t)+{literal(alpha)}*(v(x)*v(ny)-v(y)*v(nx))",
        f"bx 0 x i={motion('v(uy)', 'v(z)', 'v(uz)', 'v(y)', 'v(x)')}",
        f"by 0 y i={motion('v(uz)', 'v(x)', 'v(ux)', 'v(z)', 'v(y)')}",
        f"bz 0 z i={motion('v(ux)', 'v(y)', 'v(uy)', 'v(x)', 'v(z)')}",
        ".ends",
    ]
