"""A function in static single assignment, written as C: blocks are labels, branches are gotos, phis are assignments on the edges."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping

from ...errors import InputError
from .mir import BOOLEAN, INTEGER, REAL, TEXT, Function, Instruction

_BINARY = {
    "fadd": "{} + {}", "fsub": "{} - {}", "fmul": "{} * {}", "fdiv": "{} / {}", "frem": "fmod({}, {})",
    "iadd": "{} + {}", "isub": "{} - {}", "imul": "{} * {}", "idiv": "divide({}, {})", "irem": "remainder_of({}, {})",
    "ishl": "(int32_t)((uint32_t){} << ({} & 31))", "ishr": "(int32_t)((uint32_t){} >> ({} & 31))",
    "ixor": "{} ^ {}", "iand": "{} & {}", "ior": "{} | {}",
    "ilt": "{} < {}", "igt": "{} > {}", "ile": "{} <= {}", "ige": "{} >= {}", "ieq": "{} == {}", "ine": "{} != {}",
    "flt": "{} < {}", "fgt": "{} > {}", "fle": "{} <= {}", "fge": "{} >= {}", "feq": "{} == {}", "fne": "{} != {}",
    "beq": "{} == {}", "bne": "{} != {}",
    "hypot": "hypot({}, {})", "atan2": "atan2({}, {})", "pow": "pow({}, {})",
}  # fmt: skip
_UNARY = {
    "fneg": "-{}", "ineg": "-{}", "inot": "~{}", "bnot": "!{}", "ficast": "(int32_t)lround({})", "ifcast": "(double){}",
    "bicast": "{}", "ibcast": "{} != 0", "fbcast": "{} != 0.0", "bfcast": "(double){}", "ln": "log({})", "log": "log10({})",
    "clog2": "ceil_log2({})", "optbarrier": "{}",
} | {
    name: name + "({})"
    for name in (
        "sqrt", "exp", "floor", "ceil", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"
    )
}  # fmt: skip
_BOOLEANS = frozenset(("bnot", "ibcast", "fbcast", "beq", "bne"))
_INTEGERS = frozenset(("ineg", "inot", "ficast", "bicast", "clog2"))
C_TYPES = {REAL: "double", INTEGER: "int32_t", BOOLEAN: "int32_t"}

_SHORT = 70  # characters of an expression that is written inside another

Call = Callable[[Instruction, list[str]], str]


def literal(kind: str, value: float) -> str:
    """A constant in C."""
    if kind != REAL:
        return "INT32_MIN" if value == -(2**31) else str(int(value))
    if math.isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return "NAN" if math.isnan(value) else repr(float(value))


def _bare(text: str) -> str:
    """An expression without the one pair of brackets around all of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for k, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth == 0 and k < len(text) - 1:
            return text
    return text[1:-1]


class Writer:
    """Writes one function's body.

    inputs: C expression of each input value and a comment on it. call: the C expression or statement of a call, from its operands.
    """

    def __init__(self, function: Function, inputs: dict[str, tuple[str, str, str]], call: Call):
        self.function = function
        self.inputs = inputs  # value -> (type, expression, comment)
        self.call = call
        self.labels = {v: f"{v}_{word}" for v, (_, _, what) in inputs.items() if (word := re.sub(r"\W+", "_", what).strip("_"))}
        self.made = function.definitions()
        self.types = self._infer()
        self.local: set[str] = set()
        self.inlined: dict[str, str] = {}
        self.kept: set[str] = set()  # values that another function computes

    # -- values

    def name(self, value: str) -> str:
        """A value as C: a constant's literal, a variable's name; barriers are looked through."""
        value = self.source(value)
        if value in self.function.constants:
            kind, content = self.function.constants[value]
            text = literal(kind, content) if kind != TEXT else f'"{content}"'
            return f"({text})" if text.startswith("-") else text
        return self.inlined.get(value) or self.labels.get(value, value)

    def bare(self, value: str) -> str:
        """A value as C where it stands alone."""
        return _bare(self.name(value))

    def source(self, value: str) -> str:
        """What a value is the same as, behind barriers."""
        while value in self.made and self.made[value].op == "optbarrier":
            value = self.made[value].operands[0]
        return value

    def kind(self, value: str) -> str:
        """The type of a value."""
        return self.types.get(self.source(value), REAL)

    def _infer(self) -> dict[str, str]:
        types = {v: kind for v, (kind, _, _) in self.inputs.items()}
        types |= {v: kind for v, (kind, _) in self.function.constants.items()}
        changed = True
        while changed:  # a phi in a loop knows its type only after the loop
            changed = False
            for result, i in self.made.items():
                if result in types:
                    continue
                kind = self._type(i, types)
                if kind:
                    types[result] = kind
                    changed = True
        return types

    def _type(self, i: Instruction, types: Mapping[str, str]) -> str:
        if i.op == "optbarrier":
            return types.get(i.operands[0], "")
        if i.op == "phi":
            return next((types[v] for v, _ in i.edges if v in types), "")
        if i.op == "call":
            return INTEGER if self.function.callees.get(i.callee) == "Analysis" else REAL
        if i.op in _BOOLEANS or (i.op[0] in "fi" and i.op[1:] in ("lt", "gt", "le", "ge", "eq", "ne")):
            return BOOLEAN
        if i.op in _INTEGERS or i.op in ("iadd", "isub", "imul", "idiv", "irem", "ishl", "ishr", "ixor", "iand", "ior"):
            return INTEGER
        return REAL

    # -- what is needed

    def live(self, roots: Iterable[str]) -> set[str]:
        """Values that the roots, the branches and the calls with an effect depend on."""
        todo = [self.source(v) for v in roots]
        for body in self.function.blocks.values():
            for i in body:
                if i.op == "br" or (i.op == "call" and not i.result and self.call(i, ["0"] * len(i.operands))):
                    todo += [self.source(v) for v in i.operands]
        seen: set[str] = set()
        while todo:
            value = todo.pop()
            if value in seen:
                continue
            seen.add(value)
            made = self.made.get(value)
            if made and value not in self.kept:
                todo += [self.source(v) for v in (*made.operands, *(v for v, _ in made.edges))]
        return seen

    # -- text

    def body(self, roots: Iterable[str], stop: str) -> list[str]:
        """Lines of C: inputs and variables, then the blocks. `stop` is the statement of an early exit."""
        roots = list(roots)
        live = self.live(roots)
        lines = []
        for value, (kind, expression, comment) in self.inputs.items():
            if value in live:
                lines.append(
                    f"  const {C_TYPES[kind]} {self.name(value)} = {expression};" + (f" /* {comment} */" if comment else "")
                )
        self.local = self._locals(live, roots)
        self._inline(live, roots)
        for kind in (REAL, INTEGER):
            names = [v for v, i in self.made.items() if v in live - self.local - self.kept and i.op != "optbarrier"]
            names = [v for v in names if C_TYPES[self.kind(v)] == C_TYPES[kind]]
            lines += [f"  {C_TYPES[kind]} {', '.join(names[k : k + 16])};" for k in range(0, len(names), 16)]
        blocks = self.function.blocks
        entered = {t for body in blocks.values() for i in body for t in i.targets}
        ends = [b for b in blocks if not blocks[b] or blocks[b][-1].op not in ("br", "jmp", "exit")]
        # a block without a way on comes last: what follows the body follows it
        order = sorted(blocks, key=lambda b: b in ends)
        for k, block in enumerate(order):
            if block in entered:
                lines.append(f"{block}:;")
            lines += self._block(block, live, order[k + 1] if k + 1 < len(order) else "", stop)
            if block in ends[:-1]:
                lines.append("  goto done;")
        if len(ends) > 1:
            lines.append("done:;")
        jumps = {word for line in lines for word in re.findall(r"goto (\w+);", line)}
        return [line for line in lines if not line.endswith(":;") or line[:-2] in jumps]

    def _locals(self, live: set[str], roots: Iterable[str]) -> set[str]:
        """Values that are used in the block alone that defines them."""
        home: dict[str, str] = {}
        used: dict[str, set[str]] = {self.source(v): {""} for v in roots}
        for block, body in self.function.blocks.items():
            for i in body:
                if i.op == "optbarrier":
                    continue
                if i.result and i.op != "phi":
                    home[i.result] = block
                for v in i.operands:
                    used.setdefault(self.source(v), set()).add(block)
                for v, edge in i.edges:
                    used.setdefault(self.source(v), set()).add(edge)
        return {v for v, block in home.items() if v in live and used.get(v, set()) <= {block}}

    def _block(self, block: str, live: set[str], following: str, stop: str) -> list[str]:
        lines = []
        for i in self.function.blocks[block]:
            if i.op == "phi" or (i.result and self.source(i.result) != i.result):
                continue
            if i.op == "jmp":
                lines += self._edge(block, i.targets[0], live, "  ", following)
            elif i.op == "br":
                lines += self._branch(block, i, live, following)
            elif i.op == "exit":
                lines.append(f"  {stop}")
            elif i.op == "call":
                text = self.call(i, [self.name(v) for v in i.operands])
                if i.result and i.result in live:
                    lines.append(f"  {self._target(i.result)} = {text};")
                elif not i.result and text:
                    lines.append(f"  {text};")
            elif i.result in live and i.result not in self.kept and i.result not in self.inlined:
                lines.append(f"  {self._target(i.result)} = {self.expression(i)};")
        return lines

    def _inline(self, live: set[str], roots: list[str]) -> None:
        """Values that are used once, close by, are written where they are used while that stays short."""
        uses = dict.fromkeys(live, 0)
        for body in self.function.blocks.values():
            for i in body:
                if i.op != "optbarrier" and (not i.result or i.result in live):
                    for v in i.operands:
                        uses[self.source(v)] = uses.get(self.source(v), 0) + 1
                    for v, _ in i.edges:  # phis are assigned one after the other: what they get is computed before
                        uses[self.source(v)] = 2
        self.inlined = {}
        for body in self.function.blocks.values():
            for i in body:
                if i.result in self.local - self.kept and uses[i.result] == 1 and i.op not in ("phi", "call", "optbarrier"):
                    text = self.expression(i)
                    if len(text) <= _SHORT:
                        self.inlined[i.result] = text if re.fullmatch(r"\w+\([^()]*\)", text) else f"({text})"

    def statements(self, values: Iterable[str]) -> list[str]:
        """Lines that compute `values` and all that they are made of: no branches."""
        lines: list[str] = []
        done: set[str] = set()

        def make(value: str) -> None:
            value = self.source(value)
            if value in done or value in self.function.constants:
                return
            done.add(value)
            if value in self.inputs:
                kind, expression, comment = self.inputs[value]
                lines.append(
                    f"  const {C_TYPES[kind]} {self.name(value)} = {expression};" + (f" /* {comment} */" if comment else "")
                )
                return
            i = self.made[value]
            for operand in i.operands:
                make(operand)
            lines.append(f"  const {C_TYPES[self.kind(value)]} {value} = {self.expression(i)};")

        for value in values:
            make(value)
        return lines

    def _target(self, value: str) -> str:
        return f"const {C_TYPES[self.kind(value)]} {value}" if value in self.local else value

    def expression(self, i: Instruction) -> str:
        """The right-hand side of an instruction."""
        form = _BINARY.get(i.op) or _UNARY.get(i.op)
        if form is None or any(self.function.constants.get(v, ("",))[0] == TEXT for v in i.operands):
            raise InputError(
                f"the operation {i.op} is not supported" + (" (text in the analog block)" if i.op in ("seq", "sne") else "")
            )
        names = [self.name(v) for v in i.operands]
        return form.format(*(_bare(name) if "({" in form and "(int" not in form else name for name in names))

    def _branch(self, block: str, i: Instruction, live: set[str], following: str) -> list[str]:
        condition = _bare(self.name(i.operands[0]))
        yes, no = (self._edge(block, target, live, "    ", "") for target in i.targets)
        if len(no) == 1 and (i.targets[0] == following or len(yes) > 1):
            yes, no, condition = no, yes, f"!{self.name(i.operands[0])}"
            after = i.targets[0]
        else:
            after = i.targets[1]
        if after == following:
            no.pop()
        lines = [f"  if ({condition}) {yes[0].strip()}"] if len(yes) == 1 else [f"  if ({condition}) {{", *yes, "  }"]
        return [*lines, *(line[2:] for line in no)]

    def _edge(self, block: str, target: str, live: set[str], indent: str, following: str) -> list[str]:
        """Assignments of the target's phis for this edge, and the jump."""
        pairs = []
        for i in self.function.blocks[target]:
            if i.op == "phi" and i.result in live:
                value = next(v for v, b in i.edges if b == block)
                if self.name(value) != i.result:
                    pairs.append((i.result, self.name(value)))
        lines = []
        results = {result for result, _ in pairs}
        if any(value in results for _, value in pairs):  # all at once: one phi's new value must not be another's old one
            lines.append(f"{indent}{{")
            lines += [f"{indent}  const {C_TYPES[self.kind(result)]} n{result} = {value};" for result, value in pairs]
            lines += [f"{indent}  {result} = n{result};" for result, _ in pairs]
            lines.append(f"{indent}}}")
        else:
            lines += [f"{indent}{result} = {value};" for result, value in pairs]
        return lines if target == following else [*lines, f"{indent}goto {target};"]
