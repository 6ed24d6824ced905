"""Four floats side by side as one value of compiled code: what numba does not make of loops that carry a value from turn to turn.

`load` and `store` take arrays (n, 4), C-contiguous, and a row number that is not negative. LLVM turns the values into what
the processor has.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic as _intrinsic
from numba.extending import models, overload, register_model

intrinsic: Any = _intrinsic  # what it makes is called without the first argument
WIDTH = 4
VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)
_LANE = ir.IntType(32)
# Multiplications may be fused with additions, but nothing is reordered: the chain from turn to turn is as short as it is written.
_FLAGS = ("contract", "nsz")


class Four(types.Type):  # type: ignore[misc]
    """The type of such a value."""

    def __init__(self) -> None:
        super().__init__(name="Four")


four = Four()


@register_model(Four)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, VECTOR)


@intrinsic
def same(typing, a):
    """One float four times."""

    def build(context, builder, signature, args):
        value = ir.Constant(VECTOR, ir.Undefined)
        for k in range(WIDTH):
            value = builder.insert_element(value, args[0], _LANE(k))
        return value

    return four(types.float64), build


@intrinsic
def fma(typing, a, b, c):
    """a b + c, fused where the processor can."""

    def build(context, builder, signature, args):
        kind = ir.FunctionType(VECTOR, [VECTOR] * 3)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.fmuladd.v{WIDTH}f64"), args)

    return four(four, four, four), build


def _pointer(context, builder, kind, array, row):
    found = context.make_array(kind)(context, builder, array)
    first = cgutils.get_item_pointer(context, builder, kind, found, [row, row.type(0)], wraparound=False)
    return builder.bitcast(first, VECTOR.as_pointer())


@intrinsic
def load(typing, array, row):
    """array[row]."""

    def build(context, builder, signature, args):
        value = builder.load(_pointer(context, builder, signature.args[0], *args))
        value.align = 8
        return value

    return four(array, types.intp), build


@intrinsic
def store(typing, array, row, value):
    """array[row] <- value."""

    def build(context, builder, signature, args):
        done = builder.store(args[2], _pointer(context, builder, signature.args[0], *args[:2]))
        done.align = 8
        return context.get_dummy_value()

    return types.void(array, types.intp, four), build


def _operator(symbol: Callable[..., Any], instruction: str) -> None:
    @intrinsic
    def apply(typing, a, b):
        def build(context, builder, signature, args):
            return getattr(builder, instruction)(*args, flags=_FLAGS)

        return four(four, four), build

    @overload(symbol)
    def choose(a, b):
        if isinstance(a, Four) and isinstance(b, Four):
            return lambda a, b: apply(a, b)  # noqa: PLW0108 -- numba wants a function of Python
        if isinstance(a, Four) and b == types.float64:
            return lambda a, b: apply(a, same(b))
        if a == types.float64 and isinstance(b, Four):
            return lambda a, b: apply(same(a), b)
        return None


for _symbol, _instruction in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _operator(_symbol, _instruction)
