"""The slowest RC constant of the lines, against the eigenvalues of each line's own matrix."""

from __future__ import annotations

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.circuit.schemes import Drive, Write
from spicemtj.circuit.settling import settling_time

NAN = np.nan


def line(near: float, far: float, r: float, leak: np.ndarray, c: np.ndarray) -> tuple[float, float]:
    """Slowest time constant of a ladder, and the largest entry of G^-1 c: dense matrices."""
    n = len(leak)
    g = np.diag(leak)
    g[0, 0] += 1 / near
    g[-1, -1] += 1 / far
    for k in range(n - 1):
        g[k : k + 2, k : k + 2] += np.array([[1, -1], [-1, 1]]) / r
    return 1 / np.linalg.eigvals(g / c[:, None]).real.min(), float(np.linalg.solve(g, c).max())


def constant(xbar: Crossbar, wl: list[float] | None = None, bl: list[float] | None = None) -> float:
    v_wl, v_bl = np.zeros(xbar.m) if wl is None else wl, np.zeros(xbar.n) if bl is None else bl
    return settling_time(xbar, Drive(np.array([0.0, 1e-9]), np.array([v_wl]), np.array([v_bl])))


@pytest.mark.parametrize("ends", [{}, {"r_far_wl": 100.0, "r_far_bl": 5.0}])
@pytest.mark.parametrize("floating", [False, True])
def test_it_is_the_slowest_lines_delay_and_bounds_its_time_constant(ends: dict[str, float], floating: bool) -> None:
    rng = np.random.default_rng(4)
    r = 10 ** rng.uniform(2, 5, (5, 7))
    xbar = Crossbar.from_resistances(r, r_wl=30.0, r_bl=10.0, r_driver_wl=300.0, r_driver_bl=100.0, c_wire=1e-15, **ends)
    wl = [NAN if floating and i == 2 else 0.0 for i in range(5)]
    lines = []
    for i in range(5):
        off = floating and i == 2
        near, far = (np.inf, np.inf) if off else (330.0, xbar.r_far_wl + 30)
        lines.append(line(near, far, 30.0, 1 / r[i], np.full(7, 1e-15)))
    lines += [line(110.0, xbar.r_far_bl + 10, 10.0, 1 / r[::-1, j], np.full(5, 1e-15)) for j in range(7)]
    slowest, delay = np.max(lines, axis=0)
    assert constant(xbar, wl=wl) == pytest.approx(delay, rel=1e-9, abs=0)
    assert slowest <= delay <= 1.6 * slowest


def test_it_is_zero_without_capacitance_and_for_lines_that_hang_on_nothing() -> None:
    assert constant(Crossbar(3, 3)) == 0
    lone = Crossbar.from_resistances(np.full((1, 1), np.inf), c_wire=1e-15)
    assert constant(lone, wl=[NAN], bl=[NAN]) == 0


def test_ideal_wires_leave_the_drivers_resistance() -> None:
    xbar = Crossbar.from_resistances(
        np.full((4, 4), np.inf), r_wl=0.0, r_bl=0.0, r_driver_wl=80.0, r_driver_bl=0.0, c_wire=1e-15
    )
    assert constant(xbar) == pytest.approx(80.0 * 4e-15, rel=1e-4, abs=0)


def test_a_floating_line_of_selectors_is_slow_and_one_of_open_transistors_is_not() -> None:
    floating = [NAN, 0.0, 0.0]
    passive = constant(Crossbar(3, 3, c_wire=1e-16), wl=floating)
    selectors = Crossbar(3, 3, cell="1S1R", c_wire=1e-16)
    assert selectors.selector is not None
    r_cell = 1 / float(selectors.selector.conductance(0.0))
    assert constant(selectors, wl=floating) == pytest.approx(r_cell * 1e-16, rel=0.01, abs=0)
    assert constant(selectors) < 0.01 * constant(selectors, wl=floating)
    gated = Crossbar(3, 3, cell="1T1R", c_wire=1e-16)
    drive = Write("gate", 1, 1, 0.9, 5e-9).drive(gated)
    v_wl = drive.v_wl.copy()
    v_wl[:, 1] = NAN
    held = settling_time(gated, Drive(drive.edges, v_wl, drive.v_bl, drive.v_gate))
    assert passive < held < 2 * passive


def test_the_drain_counts_on_bit_lines_and_behind_the_transistor() -> None:
    options = {"cell": "1T1R", "r_driver_wl": 0.0, "r_driver_bl": 0.0, "r_wl": 0.0, "r_bl": 0.0}
    xbar = Crossbar(2, 2, states=-np.ones((2, 2)), c_drain=1e-15, **options)
    drive = Write("gate", 0, 0, 0.9, 5e-9).drive(xbar)
    r_ap = 1 / float(xbar.cells.conductance(-1, 0.0))
    assert settling_time(xbar, drive) == pytest.approx(r_ap * 1e-15, rel=1e-6, abs=0)
    slow_line = Crossbar(2, 2, c_drain=1e-15, **(options | {"r_driver_bl": 1e5}))
    closed = Drive(drive.edges, drive.v_wl, drive.v_bl, np.zeros((3, 2)))
    assert settling_time(slow_line, closed) == pytest.approx(1e5 * 2e-15, rel=1e-4, abs=0)
