"""Verilog-A to equations, by openvaf-py: OpenVAF's own parser, checker and differentiator."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ...errors import InputError, MissingToolError
from . import check, memory
from .mir import BOOLEAN, INTEGER, REAL, TEXT, Entry, Function, Instruction, Model, Node, Output, Parameter, Residual
from .simplify import simplify
from .source import OLD, PREFIX, STEP, Module, Rewritten, Source, driven, read, remembered, rewrite, voltage_contributions
from .tokens import where

_SECONDS = 120.0
_WORKER = Path(__file__).with_name("worker.py")
_ZERO = "mir_3"  # the front end's 0.0: no contribution
_LEFT_OUT = (
    ("Noise", "noise"),
    ("NoiseTable", "noise"),
    ("Print", "messages ($strobe, $display, $warning and the like)"),
    ("BuiltinLimit", "the limiting of $limit (the solution is the same, Newton's steps are not damped)"),
)


def front_end() -> str | None:
    """The version of openvaf-py, None where it is not installed."""
    if importlib.util.find_spec("openvaf_py") is None:
        return None
    try:
        return version("openvaf-py")
    except PackageNotFoundError:
        return "of unknown version"


def models(path: Path) -> list[Model]:
    """The modules of a Verilog-A file.

    Raises `InputError` with file and line for what is wrong or not supported, `MissingToolError` without openvaf-py.
    """
    source = read(path)
    check.refuse(source)
    if front_end() is None:
        raise MissingToolError(
            f"{path.name} needs a Verilog-A compiler: put openvaf-r or openvaf on the PATH (or name it by SPICEMTJ_OPENVAF), or "
            "install the package openvaf-py (pip install openvaf-py; CPython 3.11 and 3.12 have it)"
        )
    rewritten = rewrite(source)
    return [_model(raw, source.modules[raw["name"]]) for raw in _run(source, rewritten)]


def _run(source: Source, rewritten: Rewritten) -> Any:
    with tempfile.TemporaryDirectory(prefix="spicemtj-") as folder:
        flat = Path(folder) / "flat.va"
        flat.write_text(rewritten.text, encoding="utf-8")
        try:
            run = subprocess.run(
                [sys.executable, _WORKER, flat],
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise InputError(f"{source.path}: the front end gave no answer within {_SECONDS:g} s") from None
    if run.returncode == 0:
        return json.loads(run.stdout)
    raise InputError(_complaint(source, rewritten, run.returncode, run.stdout + run.stderr))


def _complaint(source: Source, rewritten: Rewritten, status: int, said: str) -> str:
    """The front end's first error as one line, with the place in the file that the user wrote."""
    said = re.sub(r"\x1b\[[0-9;]*m", "", said)
    broke = re.search(r"panicked at [^\n]*\n([^\n]*)", said)
    found = re.search(r"error(?:\[\w+\])?: (.+?)\n\s*--> [^\n]*?:(\d+):\d+", said, re.DOTALL)
    if found:
        text = " ".join(found.group(1).split())
        line = int(found.group(2))
        if 0 < line <= len(rewritten.places):
            file, line = rewritten.places[line - 1]
            return f"{file}:{line}: {text}"
    if broke:
        return f"{source.path}: the front end of Verilog-A broke down on this file ({broke.group(1).strip()})"
    lines = [line for line in said.splitlines() if line.strip()]
    return f"{source.path}: the front end of Verilog-A failed ({lines[-1].strip() if lines else f'status {status}'})"


# -- from the front end's dictionaries


def _function(raw: Any, kinds: list[str], names: list[str], callees: dict[str, str], strings: dict[str, str]) -> Function:
    constants: dict[str, tuple[str, Any]] = {}
    for key, kind in (("constants", REAL), ("int_constants", INTEGER), ("bool_constants", BOOLEAN)):
        constants |= {name: (kind, value) for name, value in raw.get(key, {}).items()}
    constants |= {name: (TEXT, text) for name, text in strings.items()}
    blocks: dict[str, list[Instruction]] = {}
    for one in raw["instructions"]:
        op = one["opcode"]
        operands = tuple(one.get("operands", ()))
        targets: tuple[str, ...] = ()
        if op == "br":
            operands, targets = (one["condition"],), (one["true_block"], one["false_block"])
        elif op == "jmp":
            targets = (one["destination"],)
        edges = tuple((e["value"], e["block"]) for e in one.get("phi_operands", ()))
        blocks.setdefault(one["block"], []).append(
            Instruction(op, one.get("result", ""), operands, one.get("func_ref", ""), edges, targets)
        )
    for block in raw["blocks"]:  # those without instructions
        blocks.setdefault(block, [])
    for block in [t for body in blocks.values() for i in body for t in i.targets]:
        blocks.setdefault(block, [])
    inputs = list(zip(kinds, names, strict=True))
    return Function(list(raw["params"]), inputs, constants, blocks, callees)


def _model(raw: Any, module: Module) -> Model:
    callees = {f"inst{k}": name for k, name in enumerate(raw["callback_names"])}
    evaluation = _function(raw["eval"], raw["param_kinds"], raw["param_names"], callees, raw["strings"])
    init = _function(raw["init"], raw["init_param_kinds"], raw["init_param_names"], {}, {})
    nodes = [Node(n["name"], n["kind"]) for n in raw["system"]["nodes"]]
    kept = [k for k, node in enumerate(nodes) if not _added(node.name)]
    place = {old: new for new, old in enumerate(kept)}

    def value(name: str) -> str:
        return "" if name == _ZERO else name.replace("mir_", "v")

    residuals = [Residual(value(r["resist_var"]), value(r["react_var"])) for r in raw["system"]["residuals"]]
    jacobian = [
        Entry(place[e["row_node_idx"]], place[e["col_node_idx"]], value(e["resist_var"]), value(e["react_var"]))
        for e in raw["system"]["jacobian"]
        if e["row_node_idx"] in place and e["col_node_idx"] in place
    ]
    outputs, step = [], ""
    for k, name in enumerate(driven(module)):
        at = next(j for j, node in enumerate(nodes) if node.name == f"flow({PREFIX}{k})")
        if name == STEP:
            step = residuals[at].resist
        else:
            declared = module.variables[name]
            outputs.append(Output(name, residuals[at].resist, declared.integer, declared.units, declared.description))
    parameters, invalid = _parameters(raw, module, init)
    _forget(module, evaluation, init, [v for r in residuals for v in (r.resist, r.react)])
    collapses = [(a, b) for a, b in raw["collapsible_pairs"] if nodes[a].kind != "Implicit" and a in place]
    _kept(module, nodes, collapses)
    hints = {
        callee: k
        for k, callee in enumerate(
            sorted(
                {i.callee for body in init.blocks.values() for i in body if i.op == "call" and not i.operands and not i.result}
                - set(invalid)
                - _fatal(init),
                key=lambda name: int(name[4:]),
            )
        )
    }
    if len(hints) > len(collapses):
        raise InputError(f"{module.name.file}: collapsed nodes of module {module.name.text} are not understood")
    return Model(
        name=raw["name"],
        nodes=[nodes[k] for k in kept],
        terminals=raw["descriptor"]["num_terminals"],
        parameters=parameters,
        init=init,
        eval=evaluation,
        cache=[(c["init_value"], evaluation.parameters[c["eval_param"]]) for c in raw["init"]["cache_mapping"]],
        residuals=[residuals[k] for k in kept],
        jacobian=jacobian,
        collapses=[(place[a], place.get(b)) for a, b in collapses],
        invalid=invalid,
        hints=hints,
        outputs=outputs,
        bound_step=step,
        notes=sorted({text for name in raw["callback_names"] for key, text in _LEFT_OUT if name.split(" ")[0].endswith(key)}),
    )


def _forget(module: Module, evaluation: Function, init: Function, roots: list[str]) -> None:
    """Refuses variables that have to remember their value (the old values of all others are 0), and what is differentiated wrongly."""
    names = {f"{OLD}{k}": name for k, name in enumerate(remembered(module))}
    old = {
        v: names[n]
        for v, (kind, n) in zip(evaluation.parameters, evaluation.inputs, strict=False)
        if kind == "param" and n in names
    }
    needed = memory.needed(evaluation, roots)
    moving = memory.moving(evaluation)
    if any(
        i.op == "frem" and i.result in needed and moving & {*i.operands} for body in evaluation.blocks.values() for i in body
    ):
        place = next((where(t) for t in module.tokens if t.text == "%"), str(module.name.file))
        raise InputError(f"{place}: a % b of voltages or currents is not supported; write a - b * floor(a / b)")
    value = memory.remembered(evaluation, old, needed) if old else None
    if value is not None:
        variable = module.variables[old[value]]
        raise InputError(
            f"{module.name.file}:{variable.line}: the variable {variable.name} may be read before it is assigned and would have to "
            "remember its value, which is not supported; assign it first, and keep a state as the voltage of a node with ddt"
        )
    for function in (evaluation, init):
        for value, (kind, name) in zip(function.parameters, function.inputs, strict=False):
            if kind == "voltage" and PREFIX in name:
                function.constants[value] = (REAL, 0.0)
            elif name.startswith(OLD):
                integer = name in names and module.variables[names[name]].integer
                function.constants[value] = (
                    (BOOLEAN, False) if kind == "param_given" else (INTEGER, 0) if integer else (REAL, 0.0)
                )
        simplify(function)


def _added(name: str) -> bool:
    return name.startswith((PREFIX, f"flow({PREFIX}"))


def _kept(module: Module, nodes: list[Node], collapses: list[tuple[int, int]]) -> None:
    """Refuses a voltage contribution that the front end lost: one that comes to 0 by other ways than a plain 0."""
    flows = {n.name for n in nodes if n.kind == "BranchCurrent"}
    joined = {frozenset(nodes[k].name for k in pair if k < len(nodes)) for pair in collapses}
    for k, names, ends in voltage_contributions(module):
        forms = {
            f"flow({','.join(names)})",
            f"flow({','.join(reversed(names))})",
            f"flow({','.join(ends)})",
            f"flow({','.join(reversed(ends))})",
        }
        if not forms & flows and frozenset(ends) not in joined:
            raise InputError(
                f"{where(module.tokens[k])}: this voltage comes to nothing in the front end; write it as <+ 0, or as a current"
            )


def _fatal(init: Function) -> set[str]:
    """Callees of init that end the simulation: a call right before `exit`."""
    return {
        body[k].callee
        for body in init.blocks.values()
        for k in range(len(body) - 1)
        if body[k + 1].op == "exit" and body[k].op == "call" and not body[k].operands
    }


def _parameters(raw: Any, module: Module, init: Function) -> tuple[list[Parameter], dict[str, str]]:
    """The parameters with their resolved values in init, and which call of init reports which one as out of range.

    Init begins with one piece a parameter: a branch on whether it was given, its checks on both sides, and a phi of the given value
    and the default behind them.
    """
    parameters, invalid = [], {}
    for one in raw["descriptor"]["params"]:
        name = one["name"]
        if name.startswith(OLD):
            continue
        declared = module.parameters.get(name)
        if declared is None:
            raise InputError(f"{module.name.file}: the declaration of parameter {name} in {module.name.text} is not understood")
        given, flag = init.input("param", name), init.input("param_given", name)
        join = next(
            ((b, i) for b, body in init.blocks.items() for i in body if i.op == "phi" and given in [v for v, _ in i.edges]),
            None,
        )
        if join is None or not given or not flag:
            raise InputError(f"{module.name.file}:{declared.line}: the default of parameter {name} is not understood")
        end, phi = join
        branches = [body[-1] for body in init.blocks.values() if body and body[-1].op == "br" and body[-1].operands == (flag,)]
        # $param_given in the analog block branches on the same flag, but behind the join
        start = next(b for b in branches if end in _between(init, b.targets, ""))
        for block in _between(init, start.targets, end):
            for i in init.blocks[block]:
                if i.op == "call" and not i.operands and not i.result:
                    invalid[i.callee] = name
        parameters.append(
            Parameter(
                name=name,
                aliases=tuple(one["aliases"]),
                integer=one["flags"] & 3 == 1,
                instance=declared.instance,
                units=declared.units,
                description=declared.description,
                default=declared.default,
                range=declared.range,
                resolved=phi.result,
                local=declared.local,
            )
        )
    return parameters, invalid


def _between(function: Function, start: tuple[str, ...], end: str) -> set[str]:
    """Blocks that can be reached from `start` without passing `end`."""
    seen: set[str] = set()
    todo = [b for b in start if b != end]
    while todo:
        block = todo.pop()
        if block not in seen:
            seen.add(block)
            todo += [t for i in function.blocks[block] for t in i.targets if t != end]
    return seen
