"""Renders the device to text for ngspice: behavioural elements (B sources), fixed in a state or able to switch once.

Integer powers are written as products, because ngspice reads `x**2` and `a**b**c` in ways of its own, and every parameter stands in
brackets, because ngspice puts the text between its braces into the expression as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import Template
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..units import literal
from .quantile_fit import TERMS, QuantileFit

if TYPE_CHECKING:
    from .mtj import Mtj

Array = NDArray[np.float64]

SUBCIRCUIT = "mtj"
STEP = 0.001  # width in A of the soft step, from A = 1 on, that flips the state
# Rate of A, in 1/tref, that is added from A = 1 on: a cell that has begun to flip must end it, even if its flip takes its voltage away.
LATCH = 10.0

_LIBRARY = Template("""\
* Behavioural magnetic tunnel junction for ngspice, written by scripts/make_netlists.py from spicemtj/device/emit.py.
*
* $name p n a: a junction between p and n that can switch once in a transient; a positive voltage drives parallel to antiparallel.
*
*   s0           state at the start: 1 parallel, -1 antiparallel
*   rp           parallel resistance, ohm
*   tmr0, vh     TMR(V) = tmr0/(1 + (V/vh)^2), vh in volts
*   tref         time scale of the integrator, s: the length of the pulse
*   vlo, vhi     range of the switching law in |V|, volts: no progress below vlo, the rate of vhi above vhi
*   c0 ... c$last   ln(t_u/tref) = c0 + c1 x + c2 x^2 + ..., x = (2/|V| - 1/vlo - 1/vhi)/(1/vlo - 1/vhi)
*
* t_u(V) is the time by which a fraction u of such devices has switched at a constant V; u is the random number of this device and
* this pulse, drawn outside. Node a integrates dA/dt = 1/t_u(V) in volts, from 0 (start the transient with `uic`). From A = 1 on the
* state turns over, in a step S(A) of $step in A, and A rises by $latch/tref whatever the voltage, so that no cell stays half flipped.
* With z = s0 (1 - 2 S) the conductance is linear in z:
*   G = (1/rp) (1 - tmr0 vh^2 (1 - z)/2/(vh^2 (1 + tmr0) + V^2)) = (G_P + G_AP)/2 + (G_P - G_AP)/2 z.
*
.subckt $name p n a s0=1 rp=6000 tmr0=1 vh=0.5 tref=10n vlo=0.2 vhi=1
+ $defaults
* v(d) = v(p,n): what depends on one node has one derivative to evaluate, not two
gd 0 d p n 1
rd d 0 1
* v(x) = x; 2 stands for no progress: too little voltage, or the polarity that holds the state
bx 0 x i = ((({s0})*v(d)) >= ({vlo})) ? ((2/min(({s0})*v(d),{vhi})-({1/vlo+1/vhi}))*({vlo*vhi/(vhi-vlo)})) : 2
rx x 0 1
ba 0 a i = ((v(x) < 1.5) ? exp(-($horner)) : 0) + ((v(a) >= 1) ? $latch : 0)
ca a 0 {tref}
br p n i = v(d)*(({1/rp})-({tmr0*vh*vh/rp})*(0.5-({s0})*(0.5-$flip))/(({vh*vh*(1+tmr0)})+v(d)*v(d)))
.ends $name
""")


def library(terms: int = TERMS) -> str:
    """The text of models/mtj.lib: the subcircuit of a junction that can switch, with `terms` coefficients of ln t_u."""
    horner = f"({{c{terms - 1}}})"
    for k in range(terms - 2, -1, -1):
        horner = f"({{c{k}}})+v(x)*({horner})"
    return _LIBRARY.substitute(
        name=SUBCIRCUIT,
        last=terms - 1,
        step=literal(STEP),
        latch=literal(LATCH),
        defaults=" ".join(f"c{k}=0" for k in range(terms)),
        horner=horner,
        flip=f"min(max((v(a)-1)*{literal(1 / STEP)},0),1)",
    )


def fixed(names: Sequence[str], p: Sequence[str], n: Sequence[str], mtj: Mtj, states: NDArray[np.int8]) -> list[str]:
    """Cards of junctions held in `states` (k,) between the nodes `p` and `n`: a resistor where parallel, a B source where not.

    `mtj` is one device or an array of k. The antiparallel current is V (1/rp - tmr0 vh^2/rp/(vh^2 (1 + tmr0) + V^2)).
    """
    r_p, tmr0 = (np.broadcast_to(np.asarray(value, dtype=float), len(names)).tolist() for value in (mtj.r_p, mtj.tmr0))
    square = float(mtj.vh * mtj.vh)
    cards = []
    for name, a, b, state, r, t in zip(names, p, n, states.tolist(), r_p, tmr0, strict=True):
        if state > 0:
            cards.append(f"r{name} {a} {b} {r!r}")
        else:
            v = f"v({a},{b})"
            cards.append(f"b{name} {a} {b} i={v}*({1 / r!r}-{t * square / r!r}/({square * (1 + t)!r}+{v}*{v}))")
    return cards


def switching(
    names: Sequence[str],
    p: Sequence[str],
    n: Sequence[str],
    a: Sequence[str],
    mtj: Mtj,
    states: NDArray[np.int8],
    law: QuantileFit,
    t_ref: float,
) -> list[str]:
    """Cards of k junctions that start in `states` (k,) and switch by `law`; the nodes `a` carry A in volts.

    Ten digits of a coefficient are 1e-9 in t_u: far below the fit's own error.
    """
    powers = law.coefficients @ _chebyshev_to_powers(law.coefficients.shape[-1])
    powers[:, 0] -= np.log(t_ref)
    r_p, tmr0 = (np.broadcast_to(np.asarray(value, dtype=float), len(names)).tolist() for value in (mtj.r_p, mtj.tmr0))
    common = f"{SUBCIRCUIT} vh={literal(mtj.vh)} tref={literal(t_ref)}"
    numbers = "vlo=%.10g vhi=%.10g " + " ".join(f"c{k}=%.10g" for k in range(powers.shape[1]))
    rows = np.column_stack([law.v_lo, law.v_hi, powers]).tolist()
    return [
        f"x{name} {one} {two} {at} {common} s0={state} rp={r!r} tmr0={t!r} {numbers % tuple(row)}"
        for name, one, two, at, state, r, t, row in zip(names, p, n, a, states.tolist(), r_p, tmr0, rows, strict=True)
    ]


def _chebyshev_to_powers(terms: int) -> Array:
    """(terms, terms): row k holds the power-series coefficients of T_k."""
    matrix = np.zeros((terms, terms))
    for k in range(terms):
        matrix[k, : k + 1] = np.polynomial.chebyshev.cheb2poly([0.0] * k + [1.0])
    return matrix
