"""The device as behavioural elements of ngspice: models/mtj.lib.

Integer powers are products and every parameter stands in brackets, because ngspice reads `x**2` and `a**b**c` in ways of its own and
puts the text between its braces into the expression as it is.
"""

from __future__ import annotations

from string import Template

from ...units import literal
from .. import formulas
from ..equations import LATCH, PARAMETERS, SCALES, SWITCHING, TERMS, TRANSPORT, TURN, Equation
from .printers import behavioural, circuit, expression

_FILE = Template("""\
* Behavioural magnetic tunnel junction for ngspice, from spicemtj/device/equations.py by scripts/make_models.py.
*
* mtj p n a: a junction that can switch once in a transient; in .op, .dc and .ac it holds its state. p is the side of the pinned layer: a
* positive voltage from p to n drives parallel to antiparallel. Nothing is to be connected to node a.
*
*   s0           state at the start: 1 parallel, -1 antiparallel
*   r_p          parallel resistance, ohm
*   tmr0_t, vh   TMR(V) = tmr0_t/(1 + (V/vh)^2), vh in volts
*   tref         time scale of the integrator, s: the length of the pulse
*   v_lo, v_hi   range of the switching law in |V|, volts: no progress below v_lo, the rate of v_hi above v_hi
*   c0 ... c$last   ln(t_u/tref) = c0 + c1 x + c2 x^2 + ..., x = (2/|V| - 1/v_lo - 1/v_hi)/(1/v_lo - 1/v_hi)
*
* t_u(V) is the time by which a fraction u of such devices has switched at a constant V; u is the random number of this device and
* this pulse, drawn outside. Node a integrates dA/dt = 1/t_u(V) in volts, from 0 (start the transient with `uic`). From A = 1 on the
* state turns over, within $turn in A, and A rises by $latch/tref whatever the voltage, so that no cell stays half turned.
*
$subcircuit
*
* The scales of a device from its geometry and material (SI units), for the parameters above: r_p = {mtj_r_p(8p, mtj_area(40n))}
*
$functions
""")

_SUBCIRCUIT = Template("""\
.subckt mtj p n a s0=1 r_p=$r_p tmr0_t=$tmr0 vh=$vh tref=10n v_lo=0.2 v_hi=1
+ $defaults
* v(d) = v(p,n): what depends on one node has one derivative to evaluate, not two
gd 0 d p n 1
rd d 0 1
* v(x) = x; 2 stands for no progress: too little voltage, or the polarity that holds the state
bx 0 x i = ((({s0})*v(d))>=({v_lo}))?($abscissa):2
rx x 0 1
ba 0 a i = (time>0)*(((v(x)<1.5)?exp(-($log_time)):0)+((v(a)>=1)?$latch:0))
ca a 0 {tref}
* holds a at 0 V in an operating point; to a pulse it is nothing
la a 0 1e6
br p n i = v(d)*$conductance
.ends mtj""")


class NgspiceTarget:
    """Renders models/mtj.lib."""

    path = "models/mtj.lib"

    def render(self) -> str:
        """The whole file."""
        functions = "\n".join(self.function(equation) for equation in (*SCALES, *TRANSPORT))
        return _FILE.substitute(
            last=TERMS - 1, turn=literal(TURN), latch=literal(LATCH), subcircuit=self.subcircuit(), functions=functions
        )

    def subcircuit(self) -> str:
        """The junction that can switch."""
        by_name = {equation.name: expression(equation) for equation in (*TRANSPORT, *SWITCHING)}
        nodes = {"v": "v(d)", "x": "v(x)", "a": "v(a)", "size": "min(({s0})*v(d),{v_hi})"}
        nodes["turned"] = behavioural(by_name["turned"], nodes.get)
        nodes["z"] = behavioural(by_name["turning_state"], nodes.get)
        default = {p.symbol: p.default for p in PARAMETERS}
        return _SUBCIRCUIT.substitute(
            {name: behavioural(found, nodes.get) for name, found in by_name.items()},
            latch=literal(LATCH),
            r_p=f"{formulas.r_p(default['ra'], formulas.area(default['diameter'])):.6g}",
            tmr0=literal(default["tmr0"]),
            vh=literal(default["vh"]),
            defaults=" ".join(f"c{k}=0" for k in range(TERMS)),
        )

    def function(self, equation: Equation) -> str:
        """One equation as a function for parameters and expressions; ngspice replaces text, so that body and arguments need brackets."""
        arguments = {name: f"({name})" for name in equation.inputs}
        body = f"({circuit(expression(equation), arguments).replace(' ', '')})"
        unit = "" if equation.unit == "1" else f" [{equation.unit}]"
        return f"* {equation.meaning}{unit}\n.func mtj_{equation.name}({','.join(equation.inputs)}) {{{body}}}"
