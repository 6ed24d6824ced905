"""Variables that would have to remember their value from one evaluation to the next, which an OSDI device does not.

The rewritten file sets each variable, before anything else, to a parameter that stands for its old value. Where that parameter still
matters in the equations, the variable is read before it is assigned; it is harmless only where the parameters alone decide that.
"""

from __future__ import annotations

from .mir import Function
from .simplify import _sources

_MOVING = frozenset(("voltage", "current", "implicit_unknown", "abstime"))


def remembered(function: Function, old: dict[str, str], live: set[str]) -> str | None:
    """A value among `old` (value -> variable) whose variable has to remember; `live`: the values that the equations depend on."""
    changing = moving(function)
    before = _sources(function)
    dominators: dict[str, set[str]] | None = None
    for block, body in function.blocks.items():
        for i in body:
            if i.result and i.result not in live:
                continue
            used = [v for v in i.operands if v in old]
            if used and i.op != "optbarrier":
                return used[0]
            held = [v for v, _ in i.edges if v in old]
            if not held:
                continue
            dominators = dominators or _dominators(function, before)
            if any(
                body[-1].op == "br" and body[-1].operands[0] in changing
                for body in (function.blocks[b] for b in _region(block, before, dominators))
                if body
            ):
                return held[0]
    return None


def needed(function: Function, roots: list[str]) -> set[str]:
    """Values that the roots and the branches depend on."""
    made = function.definitions()
    todo = [v for v in roots if v] + [v for body in function.blocks.values() for i in body if i.op == "br" for v in i.operands]
    seen: set[str] = set()
    while todo:
        value = todo.pop()
        if value not in seen:
            seen.add(value)
            if value in made:
                todo += [*made[value].operands, *(v for v, _ in made[value].edges)]
    return seen


def moving(function: Function) -> set[str]:
    """Values that change with the voltages."""
    found = {v for v, (kind, _) in zip(function.parameters, function.inputs, strict=False) if kind in _MOVING}
    changed = True
    while changed:
        changed = False
        for body in function.blocks.values():
            for i in body:
                if i.result and i.result not in found and found & {*i.operands, *(v for v, _ in i.edges)}:
                    found.add(i.result)
                    changed = True
    return found


def _dominators(function: Function, before: dict[str, set[str]]) -> dict[str, set[str]]:
    entry = next(iter(function.blocks))
    every = set(function.blocks)
    found = {block: {entry} if block == entry else set(every) for block in every}
    changed = True
    while changed:
        changed = False
        for block in function.blocks:
            if block != entry:
                sets = [found[b] for b in before[block]]
                new = {block} | (set.intersection(*sets) if sets else set())
                if new != found[block]:
                    found[block], changed = new, True
    return found


def _region(block: str, before: dict[str, set[str]], dominators: dict[str, set[str]]) -> set[str]:
    """Blocks on the ways from the last block that all of them pass to `block`, that one included."""
    last = max(dominators[block] - {block}, key=lambda b: len(dominators[b]), default=block)
    seen: set[str] = {last}
    todo = list(before[block])
    while todo:
        b = todo.pop()
        if b not in seen:
            seen.add(b)
            todo += before[b]
    return seen
