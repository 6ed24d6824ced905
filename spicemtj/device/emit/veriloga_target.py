"""The device in Verilog-A: models/mtj.va."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from ...units import literal
from ..equations import LATCH, LEAK, PARAMETERS, SCALES, SWITCHING, TERMS, TRANSPORT, VARYING, Equation, Parameter
from .printers import circuit, expression

_FILE = Template("""\
// Perpendicular magnetic tunnel junction for circuit simulation, from spicemtj/device/equations.py by scripts/make_models.py.
//
//     pre_osdi mtj.osdi                               (in a .control block; `spicemtj compile mtj.va` makes the file)
//     .model held mtj_static ra=8p temperature=350
//     n1 word bit held s0=-1 diameter=38n
//
// mtj_static  holds its state s0
// mtj         switches by itself during a transient, once; in .op, .dc and .ac it holds its state
//
// p is the side of the pinned layer: a positive voltage from p to n drives parallel (state 1) to antiparallel (state -1).
//
// Node a of mtj belongs to the device, and nothing else is to be connected. It integrates dA/dt = 1/t_u(V), 1 V being A = 1; t_u(V) is
// the time by which a fraction u of such devices has switched at the constant voltage V, and u the random number of this device and
// this pulse, drawn outside. ln(t_u/tref) is a polynomial in 1/|V| with the coefficients c0 to c$last, which `spicemtj netlist` writes:
// they alone decide on the switching. The state turns over where A reaches 1.
//
// diameter, ra, tmr0, vh and the temperatures make the resistance; the other physical parameters only the scales that the device shows
// (as @n1[delta] in ngspice). The temperature is the parameter, not that of the circuit.

`include "disciplines.vams"

$modules
""")

_SWITCHING = Template("""\
module mtj(p, n, a);
  inout p, n, a;
  electrical p, n, a;

$parameters
  (* type="instance", desc="state at the start: 1 parallel, -1 antiparallel" *)
  parameter real s0 = 1 from [-1:1];
  (* type="instance", desc="least voltage of the switching law", units="V" *)
  parameter real v_lo = 0.2 from (0:inf);
  (* type="instance", desc="voltage above which it gets no faster", units="V" *)
  parameter real v_hi = 1 from (0:inf);
$coefficients
  (* desc="time scale of the integrator: the length of the pulse", units="s" *)
  parameter real tref = 10n from (0:inf);

$variables
  (* desc="m_z: 1 parallel, -1 antiparallel" *)
  real z;
  real v, size, x, rate, turned;

  analog begin
$scales

    v = V(p, n);
    size = s0*v;
    rate = 0;
    if ($$abstime > 0 && size >= v_lo) begin
      size = min(size, v_hi);
      x = $abscissa;
      rate = exp(-($log_time));
    end
    if (V(a) >= 1)
      rate = rate + $latch;
    turned = $turned;
    z = $turning_state;

    I(p, n) <+ v*$conductance;
    I(a) <+ ddt(tref*V(a)) - rate + $leak*V(a);  // the leak gives a its operating point
  end
endmodule
""")

_STATIC = Template("""\
module mtj_static(p, n);
  inout p, n;
  electrical p, n;

$parameters
  (* type="instance", desc="state: 1 parallel, -1 antiparallel" *)
  parameter real s0 = 1 from [-1:1];

$variables
  real v, z;

  analog begin
$scales

    v = V(p, n);
    z = s0;
    I(p, n) <+ v*$conductance;
  end
endmodule
""")


class VerilogATarget:
    """Renders models/mtj.va."""

    path = "models/mtj.va"

    def render(self) -> str:
        """The whole file."""
        by_name = {equation.name: equation for equation in (*TRANSPORT, *SWITCHING)}
        texts = {name: circuit(expression(equation)) for name, equation in by_name.items()}
        texts["turned"] = texts["turned"].replace("(a - 1)", "(V(a) - 1)")
        common = {
            "parameters": "\n".join(self._parameter(p) for p in PARAMETERS),
            "variables": self._variables(SCALES),
            "scales": "\n".join(f"    {e.name} = {circuit(expression(e))};" for e in SCALES),
            "coefficients": "\n".join(f'  (* type="instance" *) parameter real c{k} = 0;' for k in range(TERMS)),
            "latch": literal(LATCH),
            "leak": literal(LEAK),
            **texts,
        }
        modules = "\n".join(template.substitute(common) for template in (_SWITCHING, _STATIC))
        return _FILE.substitute(last=TERMS - 1, modules=modules.rstrip("\n"))

    def _parameter(self, parameter: Parameter) -> str:
        kind = 'type="instance", ' if parameter.symbol in VARYING else ""
        limits = "" if parameter.range == "(-inf:inf)" else f" from {parameter.range}"
        return (
            f'  (* {kind}desc="{parameter.meaning}"{_units(parameter.unit)} *)\n'
            f"  parameter real {parameter.symbol} = {literal(parameter.default)}{limits};"
        )

    def _variables(self, equations: Sequence[Equation]) -> str:
        """Declarations; those with a description can be read from a simulator."""
        return "\n".join(f'  (* desc="{e.meaning}"{_units(e.unit)} *)\n  real {e.name};' for e in equations)


def _units(unit: str) -> str:
    return f', units="{unit}"' if unit != "1" else ""
