"""The surrogate's compiled kernels against plain references: a ladder, a converged sweep, one cell."""

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.circuit.schemes import selection
from spicemtj.device import access as access_module
from spicemtj.device import compiled, formulas
from spicemtj.device.access import Access
from spicemtj.engines.nodal import Nodal
from spicemtj.surrogate import lines
from spicemtj.surrogate.constants import Cells, access_constants
from spicemtj.surrogate.model import gate_grid


def test_a_ladder_against_a_dense_solution():
    rng = np.random.default_rng(2)
    k = 9
    g, u, segment = rng.uniform(1e-5, 1e-3, k), rng.normal(size=k), rng.uniform(0.5, 80, k)
    matrix, right = np.zeros((k, k)), g * u
    for a in range(k):
        matrix[a, a] += g[a] + 1 / segment[a]
        if a:
            matrix[a - 1, a - 1] += 1 / segment[a]
            matrix[a, a - 1] -= 1 / segment[a]
            matrix[a - 1, a] -= 1 / segment[a]
    right[0] += 0.7 / segment[0]
    v = np.empty(k)
    lines.ladder(g, u, segment, 0.7, v, np.empty((2, v.size)))
    np.testing.assert_allclose(v, np.linalg.solve(matrix, right), rtol=1e-12)


def test_a_ladder_without_resistance_stands_at_its_driver():
    v = np.empty(4)
    lines.ladder(np.full(4, 1e-3), np.zeros(4), np.zeros(4), 0.3, v, np.empty((2, 4)))
    np.testing.assert_array_equal(v, 0.3)


def test_compiled_conductance_is_the_equations():
    rng = np.random.default_rng(3)
    for state, v, g_p, tmr0 in zip(
        rng.choice([-1, 1], 50), rng.normal(size=50), rng.uniform(1e-5, 1e-3, 50), rng.uniform(0.5, 3, 50), strict=True
    ):
        expected = formulas.conductance(state, v, 1 / g_p, tmr0, 0.5)
        assert compiled.conductance(state, v, 1 / g_p, tmr0, 0.5) == pytest.approx(expected, rel=1e-13, abs=0)
        i, slope = compiled.mtj_current(state, v, g_p, tmr0, 0.5)
        assert i == pytest.approx(expected * v, rel=1e-13, abs=0)
        ends = [compiled.mtj_current(state, v + h, g_p, tmr0, 0.5)[0] for h in (-1e-5, 1e-5)]
        assert slope == pytest.approx((ends[1] - ends[0]) / 2e-5, rel=1e-6, abs=0)


def test_compiled_transistor_is_the_access_model():
    rng = np.random.default_rng(4)
    access = Access.preset("nmos-45", gamma=0.3, lambda_=0.15)
    constants = access_constants(access)
    for vg, vd, vs in zip(rng.uniform(0, 1.6, 300), rng.uniform(0, 1.2, 300), rng.uniform(0, 1.2, 300), strict=True):
        expected = access_module.drain_current(access, vg, vd, vs)
        i, by_vd = compiled.drain_current(vg, vd, vs, constants)
        assert i == pytest.approx(float(expected[0]), rel=1e-12, abs=1e-18)
        assert by_vd == pytest.approx(float(expected[2]), rel=1e-12, abs=1e-18)


@pytest.mark.parametrize("state", [-1, 1])
@pytest.mark.parametrize("volts", [-1.1, -0.3, 0.3, 1.1])
def test_one_1t1r_cell_against_the_nodal_solution(state, volts):
    xbar = Crossbar(1, 1, cell="1T1R", states=[[state]], r_wl=0, r_bl=0, r_driver_wl=0, r_driver_bl=0)
    cells = Cells.of(xbar)
    vw, vb = max(volts, 0.0), max(-volts, 0.0)
    sol = Nodal().solve(xbar, [vw], [vb])
    i, v = compiled.cell_current(
        vw, vb, xbar.access.gate_on, state, cells.g_p[0, 0], cells.tmr0[0, 0], cells.vh, cells.access, 0.0
    )
    assert v == pytest.approx(sol.v_cell[0, 0], rel=1e-7)
    assert i == pytest.approx(sol.i_cell[0, 0], rel=1e-7)


@pytest.mark.parametrize(
    ("cell", "scheme", "volts"), [("1R", "V/2", 0.6), ("1R", "V/3", -0.7), ("1T1R", "gate", 0.9), ("1T1R", "gate", -1.1)]
)
def test_many_sweeps_converge_to_the_exact_network(cell, scheme, volts):
    rng = np.random.default_rng(5)
    xbar = Crossbar(
        12, 9, cell=cell, states=rng.choice([-1, 1], (12, 9)), variation={"ra": 0.1, "tmr": 0.1}, r_wl=2.0, r_bl=3.0
    )
    drive = selection(xbar, scheme, [1, 4, 11], [0, 7], volts, 5e-9)
    k = 0 if cell == "1R" else 1
    gate = None if drive.v_gate is None else drive.v_gate[k]
    exact = Nodal().solve(xbar, drive.v_wl[k], drive.v_bl[k], gate).v_cell
    cells, gates = Cells.of(xbar), gate_grid(xbar, gate)
    rows = np.arange(12) if cell == "1R" else np.flatnonzero(gates.any(axis=1))
    v, last = lines.sweep_cells(
        rows, drive.v_wl[k][rows], drive.v_bl[k], gates[rows], xbar.states[rows], cells.g_p[rows], cells.tmr0[rows], cells.vh,
        cells.access, cells.wires, 12, 30,
    )  # fmt: skip
    applied = np.abs(drive.v_wl[k][rows, None] - drive.v_bl[k]) > 1e-3
    assert np.abs(v - last).max() < 1e-9
    np.testing.assert_allclose(v[applied], exact[rows][applied], atol=2e-6 if cell == "1R" else 2e-4)
