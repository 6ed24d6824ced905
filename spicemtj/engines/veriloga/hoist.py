"""Parts of the evaluation that the voltages have no say in: computed with the parameters, once, and kept."""

from __future__ import annotations

from .mir import Function

_FIXED = frozenset(("param", "param_given", "temperature", "port_connected", "sysfun", "enable_lim", "enable_integration"))


def fixed(function: Function, cached: set[str]) -> set[str]:
    """Parameters, cached values, constants, and what instructions make of them alone. No phis and no calls."""
    known = {v for v, (kind, _) in zip(function.parameters, function.inputs, strict=False) if kind in _FIXED}
    known |= cached | set(function.constants)
    changed = True
    while changed:
        changed = False
        for result, i in function.definitions().items():
            if result not in known and i.op not in ("phi", "call", "br") and all(v in known for v in i.operands):
                known.add(result)
                changed = True
    return known


def frontier(function: Function, kept: set[str], live: set[str], roots: set[str]) -> list[str]:
    """The values made by instructions, among `kept`, that the rest of the function reads, in the order of the text."""
    wanted = set(roots)
    for body in function.blocks.values():
        for i in body:
            if i.result in kept or (i.result and i.result not in live):
                continue
            wanted |= {*i.operands, *(v for v, _ in i.edges)}
    return [v for v in function.definitions() if v in wanted & kept]
