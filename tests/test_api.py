"""The front door: mistakes are named in one line, and a write that no junction would survive is warned of."""

import numpy as np
import pytest

import spicemtj as sm
from spicemtj.errors import InputError


def test_a_write_above_breakdown_warns():
    xbar = sm.Crossbar(2, 2, "ref-hir-20")
    with pytest.warns(sm.BreakdownWarning, match=r"above the breakdown of ref-hir-20 \(1\.2 V\)"):
        sm.write(xbar, sm.Write("V/2", 0, 0, 1.5, 5e-9))


@pytest.mark.parametrize(("call", "word"), [
    (lambda x: sm.write(x, sm.Write("gate", 0, 0, 0.5, 5e-9), seed=-1), "seed -1"),
    (lambda x: sm.write(x, sm.Write("gate", 0, 0, 0.5, 5e-9), seed=1.5), "seed 1.5"),
    (lambda x: sm.solve(x, np.zeros(3), np.zeros(4), v_gate=np.full(3, np.inf)), "finite"),
    (lambda x: sm.solve(x, np.zeros((2, 3)), np.zeros((3, 4))), "leading axes"),
    (lambda x: sm.effective_conductance(x, np.nan), "v_read"),
    (lambda x: sm.Crossbar(2.5, 2), "whole number"),
    (lambda x: sm.Crossbar(2, 2, seed=-1), "seed -1"),
    (lambda x: sm.Crossbar(2, 2, variation=0.1), "mapping"),
    (lambda x: sm.write(sm.Crossbar(2, 2, "buaa-vcma-50"), sm.Write("V/2", 0, 0, 0.5, 5e-9)), "reads only"),
])  # fmt: skip
def test_mistakes_at_the_front_door_are_named(call, word):
    with pytest.raises(InputError, match=word):
        call(sm.Crossbar(3, 4, cell="1T1R"))
