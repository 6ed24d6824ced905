"""What Verilog-A asks for and an OSDI device of this package cannot do: refused by name and line, before anything is compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from ...errors import InputError
from .source import Module, Source
from .tokens import Token, where

_FILTER, _EVENT, _LOOP, _END = (
    "a filter in time",
    "an event in time",
    "write a for or while loop",
    "a task that ends the simulation",
)
_CALLS = {
    **dict.fromkeys(("laplace_zp", "laplace_zd", "laplace_np", "laplace_nd"), "a Laplace filter"),
    **dict.fromkeys(("zi_zp", "zi_zd", "zi_np", "zi_nd"), "a z-domain filter"),
    "idt": "an integral over time; write it as a node with I(x) <+ ddt(V(x)) - ...",
    "idtmod": "an integral over time",
    "transition": _FILTER,
    "slew": _FILTER,
    "absdelay": "a delay",
    **dict.fromkeys(("last_crossing", "cross", "above", "timer"), _EVENT),
    "ac_stim": "a small-signal source",
    "repeat": _LOOP,
}
_WORDS = {
    "final_step": "an event at the end",
    "posedge": "a digital event",
    "negedge": "a digital event",
    "forever": _LOOP,
    "generate": _LOOP,
    "genvar": _LOOP,
    "disable": "write the way out as a condition",
    "casex": "write case",
    "casez": "write case",
    "string": "text",
    "$finish": _END,
    "$stop": _END,
    "$table_model": "a table from a file",
    "$simparam$str": "a text of the simulator",
    "$simprobe": "a look into another device",
    "$test$plusargs": "a task on the command line",
    "$value$plusargs": "a task on the command line",
}
_FAMILIES = (
    (re.compile(r"\$(random|arandom|urandom\w*|dist_\w+|rdist_\w+)$"), "a random number inside a device; draw it outside"),
    (re.compile(r"\$(f(open|close|display|write|strobe|monitor|gets|scanf|error|flush|debug|seek|tell)|ftell|rewind|sscanf)$"),
     "a task on files"),
)  # fmt: skip


def refuse(source: Source) -> None:
    """Raises `InputError`, with the line, for the first construct that is not supported."""
    for module in source.modules.values():
        for k, token in enumerate(module.tokens):
            if token.kind in ("word", "system"):
                reason = _WORDS.get(token.text) or next((r for p, r in _FAMILIES if p.match(token.text)), None)
                if reason is None and module.tokens[k + 1 : k + 2] and module.tokens[k + 1].text == "(":
                    reason = _CALLS.get(token.text)
                if token.text == "I" and [t.text for t in module.tokens[k + 1 : k + 3]] == ["(", "<"]:
                    port = module.tokens[k + 3].text
                    raise InputError(
                        f"{where(token)}: I(<{port}>), the current of a port, is not supported; use the current of a branch"
                    )
                if reason:
                    raise InputError(f"{where(token)}: {token.text} is not supported ({reason})")
        _other_modules(module)
        if not module.terminals:
            raise InputError(f"{where(module.name)}: the module {module.name.text} has no terminals")
        for parameter in module.parameters.values():
            place = f"{module.name.file}:{parameter.line}"
            if parameter.text:
                raise InputError(
                    f"{place}: the parameter {parameter.name} is a string, which is not supported (only real and integer)"
                )
            if "$simparam" in parameter.default:
                raise InputError(
                    f"{place}: $simparam in the default of {parameter.name} is not supported; use it in the analog block"
                )
        _memory(module)


def _other_modules(module: Module) -> None:
    """Refuses instances of other modules, which the front end passes over without a word."""
    tokens = module.tokens
    k = next(j for j, token in enumerate(tokens) if token.text == ";") + 1
    while k < len(tokens) - 2:
        one, two, three = tokens[k : k + 3]
        if one.text == "analog":
            k += 1
            if tokens[k].text == "function":
                while tokens[k].text != "endfunction" and k < len(tokens) - 1:
                    k += 1
                k += 1
            else:
                k = _statement(tokens, k)
            continue
        if one.text == "(*":
            while tokens[k].text != "*)" and k < len(tokens) - 1:
                k += 1
            k += 1
            continue
        if one.kind == "word" and (two.text == "#" or (two.kind == "word" and three.text == "(")):
            raise InputError(
                f"{where(one)}: an instance of {one.text} in a module is not supported; connect devices in the netlist"
            )
        while tokens[k].text != ";" and k < len(tokens) - 1:
            k += 1
        k += 1


def _memory(module: Module) -> None:
    """Refuses a variable that is set once at the start and changed later: the front end would set it anew at each evaluation."""
    at_start: dict[str, Token] = {}
    later: dict[str, Token] = {}
    tokens = module.tokens
    k = 0
    while k < len(tokens):
        initial = tokens[k].text == "@" and any(t.text == "initial_step" for t in tokens[k : k + 4])
        if tokens[k].text == "initial" and tokens[k - 1].text == "analog":
            initial = True
        if initial:
            if tokens[k].text == "@":
                while tokens[k].text != ")":
                    k += 1
            end = _statement(tokens, k + 1)
            for name in _assigned(tokens[k + 1 : end]):
                at_start.setdefault(name.text, name)
            k = end
            continue
        for name in _assigned(tokens[k : k + 2]):
            later.setdefault(name.text, name)
        k += 1
    for text in at_start.keys() & later.keys():
        raise InputError(
            f"{where(later[text])}: the variable {text}, set in the initial step in line {at_start[text].line}, is changed here: "
            "a variable that remembers its value is not supported; keep the state as the voltage of a node with ddt"
        )


def _assigned(tokens: list[Token]) -> Iterator[Token]:
    return (a for a, b in pairwise(tokens) if a.kind == "word" and b.text == "=")


def _statement(tokens: list[Token], k: int) -> int:
    """The end of the statement that begins at `k`: its `;`, or the `end` of its block."""
    depth = 0
    while k < len(tokens):
        text = tokens[k].text
        depth += text in ("begin", "case", "casex", "casez")
        depth -= text in ("end", "endcase")
        k += 1
        if depth == 0 and text in (";", "end", "endcase") and not (k < len(tokens) and tokens[k].text == "else"):
            return k
    return k
