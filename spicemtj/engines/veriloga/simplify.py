"""Removes from a function what is known beforehand: branches on constants, blocks that nothing enters, phis that choose nothing.

The C compiler would do so too; this is for people who read the C.
"""

from __future__ import annotations

import operator
from dataclasses import replace

from .mir import BOOLEAN, INTEGER, REAL, Function, Instruction

_COMPARE = {"lt": operator.lt, "gt": operator.gt, "le": operator.le, "ge": operator.ge, "eq": operator.eq, "ne": operator.ne}


def simplify(function: Function) -> None:
    """In place. Values keep their names: one that has become known is a constant, one that equals another a barrier of it."""
    while _fold(function) | _prune(function) | _choose(function) | _merge(function):
        pass


def _source(function: Function, value: str, made: dict[str, Instruction]) -> str:
    while value in made and made[value].op == "optbarrier":
        value = made[value].operands[0]
    return value


def _fold(function: Function) -> bool:
    """Casts and comparisons of constants, and branches on them."""
    made, changed = function.definitions(), False
    known = function.constants
    for block, body in function.blocks.items():
        kept = []
        for i in body:
            values = [known.get(_source(function, v, made)) for v in i.operands]
            if i.result and i.result not in known and values and all(v is not None for v in values):
                contents = [v[1] for v in values if v]
                if i.op == "ifcast":
                    known[i.result] = (REAL, float(contents[0]))
                elif i.op == "bnot":
                    known[i.result] = (BOOLEAN, not contents[0])
                elif i.op[0] in "fi" and i.op[1:] in _COMPARE:
                    known[i.result] = (BOOLEAN, _COMPARE[i.op[1:]](*contents))
                elif i.op in ("fneg", "ineg"):
                    known[i.result] = (REAL if i.op == "fneg" else INTEGER, -contents[0])
                if i.result in known:
                    changed = True
                    continue
            if i.op == "fsub" and values[1] is not None and values[1][1] == 0.0:
                i = Instruction("optbarrier", i.result, i.operands[:1])
                changed = True
            if i.op == "br" and (values[0] is not None or i.targets[0] == i.targets[1]):
                target = i.targets[0] if values[0] is None or values[0][1] else i.targets[1]
                i = Instruction("jmp", targets=(target,))
                changed = True
            kept.append(i)
        function.blocks[block] = kept
    return changed


def _prune(function: Function) -> bool:
    """Blocks that nothing enters, and the edges of phis from where no jump comes."""
    entry = next(iter(function.blocks))
    seen, todo = {entry}, [entry]
    while todo:
        for i in function.blocks[todo.pop()]:
            for target in i.targets:
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
    changed = len(seen) < len(function.blocks)
    function.blocks = {b: body for b, body in function.blocks.items() if b in seen}
    sources = _sources(function)
    for block, body in function.blocks.items():
        for k, i in enumerate(body):
            edges = tuple(e for e in i.edges if e[1] in sources[block])
            if i.op == "phi" and len(edges) < len(i.edges):
                body[k] = replace(i, edges=edges)
                changed = True
    return changed


def _sources(function: Function) -> dict[str, set[str]]:
    sources: dict[str, set[str]] = {block: set() for block in function.blocks}
    for block, body in function.blocks.items():
        for i in body:
            for target in i.targets:
                sources[target].add(block)
    return sources


def _choose(function: Function) -> bool:
    """A phi of one value is that value."""
    changed = False
    made = function.definitions()
    for body in function.blocks.values():
        for k, i in enumerate(body):
            if i.op == "phi":
                values = {_source(function, v, made) for v, _ in i.edges} - {i.result}
                if len(values) == 1:
                    body[k] = Instruction("optbarrier", i.result, (values.pop(),))
                    made[i.result] = body[k]
                    changed = True
    return changed


def _merge(function: Function) -> bool:
    """A block that is entered from one place alone, by a jump, joins the block before it; a jump to a jump goes on to its target."""
    changed = False
    for block in list(function.blocks):
        body = function.blocks.get(block)
        while body and body[-1].op == "jmp":
            target = body[-1].targets[0]
            if target == block or _sources(function)[target] != {block} or any(i.op == "phi" for i in function.blocks[target]):
                break
            body[-1:] = function.blocks.pop(target)
            for other in function.blocks.values():
                for k, i in enumerate(other):
                    if any(b == target for _, b in i.edges):
                        other[k] = replace(i, edges=tuple((v, block if b == target else b) for v, b in i.edges))
            changed = True
    entry = next(iter(function.blocks))
    for block, body in list(function.blocks.items()):
        if block == entry or len(body) != 1 or body[0].op != "jmp" or body[0].targets[0] == block:
            continue
        target = body[0].targets[0]
        if any(i.op == "phi" for i in function.blocks[target]):
            continue
        for other in function.blocks.values():
            for k, i in enumerate(other):
                if block in i.targets:
                    other[k] = replace(i, targets=tuple(target if t == block else t for t in i.targets))
        del function.blocks[block]
        changed = True
    return changed
