"""What a Verilog-A file declares, and the same file rewritten so that the front end tells everything that is needed.

Two things are rewritten. Every parameter becomes one of the instance, since the front end hands out the defaults and ranges of those
alone; and every variable with a description or a unit also drives a node of its own, since the front end hands out equations only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import InputError
from .tokens import Reader, Token, where

INSTANCE = '(* type="instance" *)'
PREFIX = "spicemtj_op_"  # of the nodes that carry operating-point values
OLD = "spicemtj_old_"  # of the parameters that stand for a variable's value before the evaluation
ZERO = f"{OLD}zero"  # a parameter that is 0 and that the front end does not know to be
STEP = "spicemtj_bound_step"


@dataclass(frozen=True)
class Declared:
    """A parameter or an operating-point variable as the file has it; `default` and `range` are text."""

    name: str
    line: int
    instance: bool = False
    units: str = ""
    description: str = ""
    default: str = ""
    range: str = ""
    integer: bool = False
    text: bool = False  # a string
    local: bool = False  # a localparam: nobody can set it


@dataclass
class Module:
    """One module's tokens and declarations."""

    name: Token
    tokens: list[Token]
    parameters: dict[str, Declared] = field(default_factory=dict)
    variables: dict[str, Declared] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)  # variables with a description or a unit
    branches: dict[str, list[str]] = field(default_factory=dict)  # their nodes
    steps: bool = False  # has $bound_step

    @property
    def terminals(self) -> list[str]:
        """The names in brackets behind the module's name."""
        end = next(k for k, token in enumerate(self.tokens) if token.text == ";")
        listed = self.tokens[3:end] if len(self.tokens) > 2 and self.tokens[2].text == "(" else []
        kinds = ("inout", "input", "output", "electrical")
        return [t.text for t in listed if t.kind == "word" and t.text not in kinds]


@dataclass
class Source:
    """A whole file, with what it includes."""

    path: Path
    tokens: list[Token]
    modules: dict[str, Module]


def read(path: Path) -> Source:
    """Read `path` and find its modules. Raises `InputError` with file and line."""
    tokens = list(Reader().read(path))
    modules: dict[str, Module] = {}
    start = None
    for k, token in enumerate(tokens):
        if token.text in ("module", "macromodule") and token.kind == "word":
            if start is not None:
                raise InputError(f"{where(token)}: a module begins before endmodule of the one in line {tokens[start].line}")
            start = k
        elif token.text == "endmodule":
            if start is None:
                raise InputError(f"{where(token)}: endmodule without a module")
            name = tokens[start + 1]
            if name.kind != "word":
                raise InputError(f"{where(name)}: {name.text!r} is no name of a module")
            if name.text in modules:
                raise InputError(f"{where(name)}: the module {name.text} is there twice")
            modules[name.text] = _module(name, tokens[start : k + 1])
            start = None
    if start is not None:
        raise InputError(f"{where(tokens[start])}: this module has no endmodule")
    if not modules:
        raise InputError(f"{path}: no module in this file")
    return Source(path, tokens, modules)


def _module(name: Token, tokens: list[Token]) -> Module:
    module = Module(name, tokens, steps=any(t.text == "$bound_step" for t in tokens))
    depth, function, k = 0, False, 0
    attributes: dict[str, str] = {}
    while k < len(tokens):
        text = tokens[k].text
        if text == "(*":
            found, k = _attributes(tokens, k + 1)
            attributes |= found
            continue
        if text == "function":
            function = True
        elif text == "endfunction":
            function = False
        elif text in ("begin", "case", "casex", "casez"):
            depth += 1
        elif text in ("end", "endcase"):
            depth -= 1
        elif depth == 0 and not function:
            if text in ("parameter", "localparam"):
                k = _parameters(module, tokens, k + 1, attributes)
            elif text == "branch":
                _branch(module, tokens, k + 1)
            elif text in ("real", "integer"):
                k = _variables(module, tokens, k, attributes)
        attributes = {}
        k += 1
    return module


def _attributes(tokens: list[Token], k: int) -> tuple[dict[str, str], int]:
    """`(* name = "text", ... *)` as a dictionary."""
    found = {}
    while k < len(tokens) and tokens[k].text != "*)":
        if tokens[k].kind == "word":
            name, value = tokens[k].text, ""
            if k + 2 < len(tokens) and tokens[k + 1].text == "=":
                value = tokens[k + 2].text.strip('"')
                k += 2
            found[name] = value
        k += 1
    return found, k + 1


def _split(tokens: list[Token], k: int) -> tuple[list[list[Token]], int]:
    """What stands up to the next `;`, at its top-level commas split."""
    parts: list[list[Token]] = [[]]
    depth = 0
    while k < len(tokens) and tokens[k].text != ";":
        text = tokens[k].text
        depth += (text in ("(", "[", "{", "'{", "(*")) - (text in (")", "]", "}", "*)"))
        if text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(tokens[k])
        k += 1
    return parts, k


def _text(tokens: list[Token]) -> str:
    text = ""
    for token in tokens:
        glue = text and (text[-1].isalnum() or text[-1] in '_"') and (token.text[0].isalnum() or token.text[0] in '_"$')
        text += " " * bool(glue) + token.text
    return text


def _parameters(module: Module, tokens: list[Token], k: int, attributes: dict[str, str]) -> int:
    local = tokens[k - 1].text == "localparam"
    parts, k = _split(tokens, k)
    kind = ""
    for part in parts:
        if part and part[0].text in ("real", "integer", "string", "realtime"):
            kind = part[0].text
            part = part[1:]
        if len(part) < 2 or part[1].text != "=":
            continue
        bounds = next((j for j, t in enumerate(part) if t.text in ("from", "exclude")), len(part))
        name = part[0].text
        module.parameters[name] = Declared(
            name=name,
            line=part[0].line,
            instance=attributes.get("type") == "instance",
            units=attributes.get("units", ""),
            description=attributes.get("desc", ""),
            default=_text(part[2:bounds]),
            range=re.sub(r"(from|exclude) ?", r" \1 ", _text(part[bounds:])).strip(),
            integer=kind == "integer",
            text=kind == "string" or (not kind and len(part) > 2 and part[2].kind == "string"),
            local=local,
        )
    return k


def _variables(module: Module, tokens: list[Token], k: int, attributes: dict[str, str]) -> int:
    integer = tokens[k].text == "integer"
    parts, k = _split(tokens, k + 1)
    for part in parts:
        if part and (len(part) == 1 or part[1].text == "="):
            name = part[0].text
            units, description = attributes.get("units", ""), attributes.get("desc", "")
            default = _text(part[2:])
            module.variables[name] = Declared(name, part[0].line, True, units, description, default, integer=integer)
            if attributes.keys() & {"desc", "units"}:
                module.outputs.append(name)
    return k


def _branch(module: Module, tokens: list[Token], k: int) -> None:
    """`branch (a, b) one, two;`"""
    end = next(j for j in range(k, len(tokens)) if tokens[j].text == ")")
    nodes = [t.text for t in tokens[k:end] if t.kind == "word"]
    while end < len(tokens) and tokens[end].text != ";":
        if tokens[end].kind == "word":
            module.branches[tokens[end].text] = nodes
        end += 1


def voltage_contributions(module: Module) -> Iterator[tuple[int, list[str], list[str]]]:
    """Each `V(...) <+`: the place of the `<+` among the tokens, what stands in the brackets, and its nodes."""
    tokens = module.tokens
    for k, token in enumerate(tokens):
        if token.text == "V" and tokens[k + 1].text == "(":
            end = next((j for j in range(k, len(tokens)) if tokens[j].text == ")"), len(tokens))
            if end + 1 < len(tokens) and tokens[end + 1].text == "<+":
                names = [t.text for t in tokens[k + 2 : end] if t.kind == "word"]
                yield end + 1, names, module.branches.get(names[0], names) if names else names


# -- rewritten


FUNCTION = "spicemtj_"
# The front end differentiates these two wrongly; written as functions of what it differentiates rightly.
_OWN = {
    "hypot": "analog function real spicemtj_hypot; input x, y; real x, y; spicemtj_hypot = sqrt(x * x + y * y); endfunction",
    "atan2": (
        "analog function real spicemtj_atan2; input y, x; real y, x; begin "
        "if (abs(x) > abs(y)) begin spicemtj_atan2 = atan(y / x); "
        "if (x < 0) spicemtj_atan2 = spicemtj_atan2 + ((y < 0) ? -3.141592653589793 : 3.141592653589793); end "
        "else if (y != 0) spicemtj_atan2 = ((y > 0) ? 1.5707963267948966 : -1.5707963267948966) - atan(x / y); "
        "else spicemtj_atan2 = 0; end endfunction"
    ),
}


@dataclass
class Rewritten:
    """Text for the front end; `places[k]` is the file and line that line k + 1 came from."""

    text: str
    places: list[tuple[Path, int]]


def rewrite(source: Source) -> Rewritten:
    """The file with its parameters turned into instance parameters and its operating-point variables driving nodes."""
    lines: list[str] = []
    places: list[tuple[Path, int]] = []
    module: Module | None = None
    header = False
    shorts: dict[int, str] = {}
    words: list[str] = []
    here: tuple[Path, int] | None = None
    skip = 0
    started = False
    for k, token in enumerate(source.tokens):
        if here != (token.file, token.line) or token.kind == "standard":
            if here is not None:
                lines.append(" ".join(words))
                places.append(here)
            words, here = [], (token.file, token.line)
        if token.text in ("module", "macromodule") and token.kind == "word":
            module, started, header = source.modules[source.tokens[k + 1].text], False, True
        if token.text in ("parameter", "localparam"):
            words.append(INSTANCE)
        elif token.text == "analog" and module and not started and source.tokens[k + 1].text != "function":
            words += _beginning(module)
            started = True
        elif token.text == "$bound_step":
            words.append(f"{STEP} = min({STEP}, ")
            skip = 2
        elif token.text == "endmodule" and module is not None:
            for j, name in enumerate(driven(module)):
                words.append(f"electrical {PREFIX}{j}; analog V({PREFIX}{j}) <+ {name};")
        if token.text == "$bound_step":
            continue
        if skip == 2 and token.text == "(":
            words.append("(")
            skip, depth = 1, 1
            continue
        if skip == 1:
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                words.append("))")
                skip = 0
                continue
        if module is not None and id(token) in shorts:
            words.append(shorts[id(token)])
            continue
        if token.text in _OWN and token.kind == "word" and source.tokens[k + 1].text == "(":
            words.append(f"{FUNCTION}{token.text}")
            continue
        words.append(token.text)
        if header and token.text == ";" and module is not None:
            used = {t.text for t in module.tokens if t.kind == "word"}
            words += [text for name, text in _OWN.items() if name in used]
            words.append(f"{INSTANCE} parameter real {ZERO} = 0;")
            shorts = _shorts(module)
            header = False
    if here is not None:
        lines.append(" ".join(words))
        places.append(here)
    return Rewritten("\n".join(lines) + "\n", places)


def _shorts(module: Module) -> dict[int, str]:
    """The 0 of each `V(a, b) <+ 0` between terminals, and what stands for it: no simulator lets a device join two of them, so that
    this has to be a voltage source of 0 V."""
    found = {}
    for k, names, nodes in voltage_contributions(module):
        end = module.tokens[k + 1 : k + 3]
        if set(nodes) <= set(module.terminals) and end[0].text in ("0", "0.0") and end[1].text == ";":
            found[id(end[0])] = f"{ZERO} * I({', '.join(names)})"
    return found


def driven(module: Module) -> list[str]:
    """The variables that drive a node of their own; number k drives node `PREFIX` k."""
    return [*module.outputs, *([STEP] if module.steps else [])]


def remembered(module: Module) -> list[str]:
    """The variables with a parameter that stands for their old value; number k has `OLD` k."""
    return [name for name, variable in module.variables.items() if not variable.default]


def _beginning(module: Module) -> list[str]:
    """What is done before the first analog block: each variable is set to its old value."""
    words = []
    for k, name in enumerate(remembered(module)):
        kind = "integer" if module.variables[name].integer else "real"
        words.append(f"{INSTANCE} parameter {kind} {OLD}{k} = 0; analog {name} = {OLD}{k};")
    if module.steps:
        words.append(f"real {STEP}; analog {STEP} = 1e30;")
    return words


def included(path: Path, seen: dict[Path, bytes] | None = None) -> dict[Path, bytes]:
    """`path` and every file that it includes, with their bytes: what a compiled file depends on."""
    seen = {} if seen is None else seen
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    seen[path] = data
    for name in re.findall(rb'`include\s+"([^"\n]+)"', data):
        target = path.parent / name.decode(errors="replace")
        if target not in seen and target.is_file():
            included(target, seen)
    return seen
