"""A Verilog-A module as data: equations in static single assignment, parameters, nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REAL, INTEGER, BOOLEAN, TEXT = "real", "integer", "boolean", "text"


@dataclass(frozen=True)
class Instruction:
    """`result = op(operands)`. A phi has one (value, block it comes from) an edge; a branch or jump has targets."""

    op: str
    result: str = ""
    operands: tuple[str, ...] = ()
    callee: str = ""
    edges: tuple[tuple[str, str], ...] = ()
    targets: tuple[str, ...] = ()


@dataclass
class Function:
    """Blocks in the order of the text, the first one is the entry. `inputs[k]` is (kind, name) of the value `parameters[k]`."""

    parameters: list[str]
    inputs: list[tuple[str, str]]
    constants: dict[str, tuple[str, Any]]
    blocks: dict[str, list[Instruction]]
    callees: dict[str, str] = field(default_factory=dict)

    def input(self, kind: str, name: str) -> str:
        """The value that carries an input; "" where the function does not use it."""
        return next((v for v, what in zip(self.parameters, self.inputs, strict=False) if what == (kind, name)), "")

    def definitions(self) -> dict[str, Instruction]:
        """The instruction of each value that one defines."""
        return {i.result: i for block in self.blocks.values() for i in block if i.result}


@dataclass(frozen=True)
class Parameter:
    """A parameter: `resolved` is the value in the init function that holds it, given or by default; `invalid` its range checks."""

    name: str
    aliases: tuple[str, ...] = ()
    integer: bool = False
    instance: bool = False
    units: str = ""
    description: str = ""
    default: str = ""
    range: str = ""
    resolved: str = ""
    local: bool = False


@dataclass(frozen=True)
class Node:
    """An unknown: a node's voltage, a branch's current or an implicit equation's value."""

    name: str
    kind: str


@dataclass(frozen=True)
class Residual:
    """Values of eval with the static current and the charge of a node, "" where there is none."""

    resist: str
    react: str


@dataclass(frozen=True)
class Entry:
    """One entry of the Jacobian."""

    row: int
    column: int
    resist: str
    react: str


@dataclass(frozen=True)
class Output:
    """An operating-point variable: its value in eval."""

    name: str
    value: str
    integer: bool = False
    units: str = ""
    description: str = ""


@dataclass
class Model:
    """One module, ready to be written as C. Node k stands for unknown k; the terminals come first."""

    name: str
    nodes: list[Node]
    terminals: int
    parameters: list[Parameter]
    init: Function
    eval: Function
    cache: list[tuple[str, str]]  # value of init, input of eval
    residuals: list[Residual]
    jacobian: list[Entry]
    collapses: list[tuple[int, int | None]]  # None: ground
    invalid: Mapping[str, str]  # callee of init -> parameter whose range it reports
    hints: Mapping[str, int]  # callee of init -> index into collapses
    outputs: list[Output]
    bound_step: str = ""
    notes: list[str] = field(default_factory=list)  # what was left out
