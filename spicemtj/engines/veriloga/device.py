"""One module as an OSDI device: what its parts are called in C, what its functions get and which calls they make."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import InputError
from . import hoist
from .cemit import Writer
from .mir import BOOLEAN, INTEGER, REAL, Instruction, Model, Parameter

FIELDS = {False: "double", True: "int32_t"}
_FLAGS = {
    "dc": "ANALYSIS_DC", "ac": "ANALYSIS_AC", "tran": "ANALYSIS_TRAN", "noise": "ANALYSIS_NOISE", "ic": "ANALYSIS_IC",
    "static": "ANALYSIS_STATIC", "nodeset": "ANALYSIS_NODESET",
}  # fmt: skip
# Geometry of an instance that ngspice does not know: its place in the layout and its mirror images.
_GEOMETRY = {"xposition": "0.0", "yposition": "0.0", "angle": "0.0", "hflip": "1.0", "vflip": "1.0"}
_RESERVED = frozenset(
    (
        "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern", "float", "for", "goto",
        "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct", "switch",
        "typedef", "union", "unsigned", "void", "volatile", "while", "bool", "true", "false",
    )
)  # fmt: skip

MFACTOR = Parameter("$mfactor", instance=True, description="Multiplier (Verilog-A $mfactor)", default="1.0")


@dataclass(frozen=True)
class Store:
    """A value of eval and the field of the instance that takes it."""

    place: str
    value: str
    note: str = ""
    integer: bool = False


class Device:
    """A model with the names that its parts have in C, and what its two functions get and call."""

    def __init__(self, model: Model):
        self.model = model
        self.name = identifier(model.name)
        public = [p for p in model.parameters if not p.local]
        self.instance = [MFACTOR, *(p for p in public if p.instance)]
        self.public = [*self.instance, *(p for p in public if not p.instance)]
        self.parameters = [*self.public, *(p for p in model.parameters if p.local)]
        self.ids = {p.name: k for k, p in enumerate(self.parameters)}
        self.entries = list(model.jacobian)
        self.eval = Writer(model.eval, self._eval_inputs(), self._eval_call)
        self.init = Writer(model.init, self._init_inputs(), self._init_call)
        self.react_rows = [k for k, r in enumerate(model.residuals) if r.react]
        self.resist_rows = [k for k, r in enumerate(model.residuals) if r.resist]
        self.react_entries = [k for k, e in enumerate(self.entries) if e.react]
        self.steady = hoist.fixed(model.eval, {b for _, b in model.cache})
        self.once, self.each = self._split(self._stores())
        roots = [store.value for store in self.each]
        first = self.eval.live(self.roots())
        live = self.eval.live(roots)
        self.kept = hoist.frontier(model.eval, self.steady, live, {self.eval.source(v) for v in roots})
        self.kept = [v for v in self.kept if v in live and self.eval.source(v) == v and v not in model.eval.constants]
        self.cache = [(a, b) for a, b in model.cache if b in first]

    # -- names

    def field(self, parameter: str) -> str:
        """The name of a parameter in the C structs."""
        return "mfactor" if parameter == MFACTOR.name else f"p_{identifier(parameter)}"

    def roots(self) -> list[str]:
        m = self.model
        roots = [v for r in m.residuals for v in (r.resist, r.react)] + [v for e in m.jacobian for v in (e.resist, e.react)]
        return [v for v in [*roots, *(o.value for o in m.outputs), m.bound_step] if v]

    def node(self, name: str, kinds: tuple[str, ...] = ("KirchoffLaw",)) -> int | None:
        return next((k for k, n in enumerate(self.model.nodes) if n.name == name and n.kind in kinds), None)

    def can_join_terminals(self) -> bool:
        """Whether some choice of parameters lets collapsed nodes join two terminals, or a terminal and ground."""
        m = self.model
        group = list(range(len(m.nodes) + 1))
        for a, b in m.collapses:
            one, two = group[a], group[len(m.nodes) if b is None else b]
            group = [one if g == two else g for g in group]
        ends = [*group[: m.terminals], group[-1]]
        return len(set(ends)) < len(ends)

    # -- what is stored

    def _stores(self) -> list[Store]:
        m = self.model
        stores = []
        for k, r in enumerate(m.residuals):
            stores += [Store(f"resist[{k}]", r.resist, m.nodes[k].name)] * bool(r.resist)
            stores += [Store(f"react[{k}]", r.react)] * bool(r.react)
        for k, e in enumerate(self.entries):
            stores += [Store(f"g[{k}]", e.resist, f"{m.nodes[e.row].name} by {m.nodes[e.column].name}")] * bool(e.resist)
            stores += [Store(f"c[{k}]", e.react)] * bool(e.react)
        stores += [Store(f"o_{identifier(o.name)}", o.value, integer=o.integer) for o in m.outputs if o.value]
        return stores + [Store("bound_step", m.bound_step)] * bool(m.bound_step)

    def _split(self, stores: list[Store]) -> tuple[list[Store], list[Store]]:
        """What is stored once, and what each evaluation stores. An implicit equation may replace what was stored."""
        implicit = any(node.kind == "Implicit" for node in self.model.nodes)
        once = [s for s in stores if self.eval.source(s.value) in self.steady and (s.place.startswith("o_") or not implicit)]
        return once, [s for s in stores if s not in once]

    def assign(self, store: Store) -> str:
        """The statement of a store."""
        value = self.eval.bare(store.value)
        text = f"  in->{store.place} = {f'(int32_t)lround({value})' if store.integer else value};"
        return text + (f" /* {comment(store.note)} */" if store.note else "")

    # -- inputs of the two functions

    def _eval_inputs(self) -> dict[str, tuple[str, str, str]]:
        inputs: dict[str, tuple[str, str, str]] = {}
        f = self.model.eval
        for value, (kind, name) in zip(f.parameters, f.inputs, strict=False):
            if value not in f.constants:
                inputs[value] = self._input(kind, name, "in->value", "in->merged", "in->temperature", "in->connected")
        init = Writer(self.model.init, self._init_inputs(), self._init_call)
        for made, value in self.model.cache:
            inputs[value] = (init.kind(made), f"in->cache.{value}", "")
        return inputs

    def _init_inputs(self) -> dict[str, tuple[str, str, str]]:
        f = self.model.init
        return {
            value: self._input(kind, name, "set", "given", "temperature", "connected")
            for value, (kind, name) in zip(f.parameters, f.inputs, strict=False)
            if value not in f.constants
        }

    def _input(self, kind: str, name: str, values: str, given: str, temperature: str, connected: str) -> tuple[str, str, str]:
        """Type, C expression and comment of an input."""
        at = values + ("->" if values == "set" else ".")
        if kind == "param":
            parameter = self.parameters[self.ids[name]]
            return (INTEGER if parameter.integer else REAL, f"{at}{self.field(name)}", name)
        if kind == "param_given":
            return (BOOLEAN, f"{given}[{self.ids[name]}]", f"$param_given({name})")
        if kind == "temperature":
            return (REAL, temperature, "$temperature")
        if kind == "port_connected":
            return (BOOLEAN, f"{connected} > {self.node(name)}", f"$port_connected({name})")
        if kind == "sysfun":
            return (REAL, f"{at}mfactor" if name == "mfactor" else _GEOMETRY.get(name, "0.0"), f"${name}")
        if kind == "abstime":
            return (REAL, "info->abstime", "$abstime")
        if kind == "voltage":
            return (REAL, self._voltage(name), name)
        if kind in ("current", "implicit_unknown"):
            return (REAL, self._unknown(kind, name), name)
        if kind in ("enable_lim", "enable_integration"):
            return (BOOLEAN, "0", kind)
        return (REAL, "0.0", f"{name}, {kind.replace('_', ' ')}")

    def _voltage(self, name: str) -> str:
        parts = []
        for part in name[2:-1].split(","):
            k = self.node(part)
            if k is None:
                return "0.0"  # of a node that was added for an operating-point value
            parts.append(f"x[in->node[{k}]]")
        return " - ".join(parts)

    def _unknown(self, kind: str, name: str) -> str:
        if kind == "current":
            inner = name[2:-1]
            k = self.node(f"flow({inner})", ("BranchCurrent",))
            if k is None:
                k = self.node(f"flow(<{inner}>)", ("BranchCurrent",))
        else:
            k = self.node(f"implicit_equation_{name.removeprefix('inode')}", ("Implicit",))
        return "0.0" if k is None else f"x[in->node[{k}]]"

    # -- calls

    def _eval_call(self, i: Instruction, operands: list[str]) -> str:
        callee = self.model.eval.callees.get(i.callee, "")
        kind = callee.split(" ")[0].split("(")[0].split("{")[0]
        if kind == "SimParam":
            return f"required_value(info, {operands[0]}, handle, &result)"
        if kind == "SimParamOpt":
            return f"simulator_value(info, {operands[0]}, {operands[1]})"
        if kind == "Analysis":
            flag = _FLAGS.get(operands[0].strip('"'))
            return f"(info->flags & {flag}) != 0" if flag else "0"
        if kind in ("BuiltinLimit", "StoreLimit"):
            return operands[0]
        if kind == "SetRetFlag":
            flag = {"Abort": "FATAL", "Finish": "FINISH", "Stop": "STOP"}[callee.split("(")[1].rstrip(")")]
            return f"result |= RETURN_{flag}"
        if kind in ("Print", "LimDiscontinuity", "CollapseHint"):
            return ""
        if kind in ("WhiteNoise", "FlickerNoise", "NoiseTable"):
            return "0.0"
        raise InputError(f"module {self.model.name}: {kind or 'a call'} in this place is not supported")

    def _init_call(self, i: Instruction, operands: list[str]) -> str:
        if i.callee in self.model.invalid:
            return f"out_of_bounds(info, {self.ids[self.model.invalid[i.callee]]})"
        if i.callee in self.model.hints:
            return f"collapsed[{self.model.hints[i.callee]}] = true"
        if i.result:
            raise InputError(f"module {self.model.name}: a call of the simulator in a parameter's default is not supported")
        return "" if operands else "fatal = true"


def identifier(name: str) -> str:
    word = re.sub(r"\W", "_", name)
    return f"{word}_" if word in _RESERVED else word


def quote(text: str) -> str:
    clean = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{clean}"'


def comment(text: str) -> str:
    return text.replace("*/", "* /").replace("/*", "/ *").strip()


def uses(lines: list[str], word: str) -> bool:
    return any(re.search(rf"\b{word}\b", re.sub(r"/\*.*?\*/", "", line)) for line in lines)
