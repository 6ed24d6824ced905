"""Transients of real pulses: capacitances against the lines' own differential equation, reads, parallel updates, and when the
quasi-static answer holds."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.circuit.deck import write_deck
from spicemtj.circuit.schemes import Drive
from spicemtj.circuit.settling import settling_time
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.engines.nodal import Nodal
from spicemtj.errors import InputError, SlowLinesWarning
from spicemtj.randomness import cell_uniforms

NODAL = Nodal()
NAN = np.nan


@pytest.fixture
def engine(tmp_path: Path) -> NgspiceEngine:
    return NgspiceEngine(failed=tmp_path / "failed")


# -- text


def numbers(text: str) -> list[float]:
    return [float(x) for x in re.findall(r"[-+.\deE]+", text.removeprefix("pwl"))]


def test_every_line_of_a_drive_of_many_pieces_has_its_own_waveform() -> None:
    """Each level in the middle of each piece, half way on each edge; nothing else between."""
    rng = np.random.default_rng(1)
    xbar = Crossbar(4, 3, cell="1T1R")
    edges = np.cumsum([0.0, *rng.uniform(1e-9, 3e-9, 6)])
    lines = {"wl": rng.uniform(0, 1, (6, 4)), "bl": rng.uniform(0, 1, (6, 3)), "g": rng.choice([0.0, 1.4], (6, 4))}
    drive = Drive(edges, lines["wl"], lines["bl"], lines["g"], rise=1e-10)
    text = write_deck(xbar, drive, switching=np.zeros((4, 3), dtype=bool)).text()
    for name, levels in lines.items():
        for k, column in enumerate(levels.T):
            card = next(line for line in text.splitlines() if line.startswith(f"v{name}_{k} "))
            points = numbers(card.split(maxsplit=3)[3])
            at, v = points[::2], points[1::2]
            middles, around = (edges[1:] + edges[:-1]) / 2 + 1e-10, np.array([0.0, *column, 0.0])
            np.testing.assert_allclose(np.interp(middles, at, v), column, rtol=1e-12)
            np.testing.assert_allclose(np.interp(edges + 1e-10, at, v), (around[1:] + around[:-1]) / 2, atol=1e-9)
            assert len(at) <= 1 + 2 * 7


def test_capacitances_stand_at_every_node_that_is_reached() -> None:
    xbar = Crossbar(2, 2, cell="1T1R", c_wire=2e-17, c_drain=3e-17, faults=[[1, 0], [0, 0]])
    drive = Drive(np.array([0.0, 1e-9]), np.zeros((1, 2)), np.array([[0.5, 0.5]]), np.array([[1.4, 1.4]]))
    text = write_deck(xbar, drive).text()
    got = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line[:3] in ("cw_", "cb_", "cc_")}
    assert got["cw_0_1"] == ["w_0_1", "0", "2e-17"]
    assert float(got["cb_1_0"][2]) == pytest.approx(5e-17)
    assert float(got["cb_0_0"][2]) == 2e-17  # an open cell's transistor is left out
    assert got["cc_1_1"] == ["c_1_1", "0", "3e-17"]
    assert len(got) == 4 + 4 + 3
    assert "method=gear" in text
    assert "gear" not in write_deck(Crossbar(2, 2), Drive(drive.edges, drive.v_wl, drive.v_bl)).text()


# -- Drive.parallel


def test_a_parallel_drive_gives_each_line_its_volts_for_its_time() -> None:
    drive = Drive.parallel(([0.4, 0.5, NAN, 0.3], [2e-9, 5e-9, 1e-9, 0.0]), ([-0.1, 0.0, -0.2], [5e-9, 3e-9, 2e-9]), rest=0.05)
    np.testing.assert_allclose(drive.edges, [0, 1e-9, 2e-9, 3e-9, 5e-9])
    middle = (drive.edges[1:] + drive.edges[:-1]) / 2
    for k, t in enumerate(middle):
        np.testing.assert_array_equal(drive.v_wl[k], [0.4 if t < 2e-9 else 0.05, 0.5 if t < 5e-9 else 0.05, NAN, 0.05])
        np.testing.assert_array_equal(drive.v_bl[k], [-0.1, 0.0 if t < 3e-9 else 0.05, -0.2 if t < 2e-9 else 0.05])
    assert drive.pulses == 1
    assert drive.rise == 1e-9 / 200
    gated = Drive.parallel((0.9, [1e-9, 2e-9]), ([0.0, 0.0], 3e-9), gate=(1.4, [2e-9, 3e-9]), rise=2e-12)
    np.testing.assert_array_equal(gated.v_gate, [[1.4, 1.4], [1.4, 1.4], [0.0, 1.4]])
    np.testing.assert_array_equal(gated.v_wl, [[0.9, 0.9], [0.0, 0.9], [0.0, 0.0]])
    assert gated.rise == 2e-12


@pytest.mark.parametrize(
    ("wl", "words"),
    [
        ((0.5, 1e-9), "two numbers do not say how many lines"),
        (([0.5, 0.4], [1e-9] * 3), "wl: 2 volts and 3 seconds"),
        (([0.5, 0.4], [1e-9, -1e-9]), "a pulse of -1e-09 s"),
        (([0.5, 0.4], [0.0, 0.0]), "at least one line more than 0 s"),
    ],
)
def test_a_parallel_drive_that_is_none_is_refused(wl: tuple[object, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Drive.parallel(wl, ([0.0, 0.0], 0.0))


# -- in the circuit


def equations(xbar: Crossbar) -> tuple[np.ndarray, np.ndarray]:
    """G and B of C dv/dt = -G v + B s for an ohmic array, v word-line nodes first, s the sources: entry by entry."""
    m, n = xbar.shape
    g, b = np.zeros((2 * m * n, 2 * m * n)), np.zeros((2 * m * n, m + n))

    def join(one: int, two: int, r: float) -> None:
        g[one, one] += 1 / r
        g[two, two] += 1 / r
        g[one, two] -= 1 / r
        g[two, one] -= 1 / r

    def drive(node: int, line: int, r: float) -> None:
        g[node, node] += 1 / r
        b[node, line] += 1 / r

    for i in range(m):
        drive(i * n, i, xbar.r_driver_wl + xbar.r_wl)
        drive(i * n + n - 1, i, xbar.r_far_wl + xbar.r_wl)
        for j in range(n):
            word, bit = i * n + j, m * n + i * n + j
            join(word, bit, xbar.resistances[i, j])
            if j < n - 1:
                join(word, word + 1, xbar.r_wl)
            if i < m - 1:
                join(bit, bit + n, xbar.r_bl)
    for j in range(n):
        drive(m * n + (m - 1) * n + j, m + j, xbar.r_driver_bl + xbar.r_bl)
        drive(m * n + j, m + j, xbar.r_far_bl + xbar.r_bl)
    return g, b


@pytest.mark.ngspice
@pytest.mark.parametrize("c_wire", [1e-17, 2e-14, 4e-13])
def test_node_voltages_follow_the_equation_of_the_lines(engine: NgspiceEngine, c_wire: float) -> None:
    """Lines that settle in 4 fs, 8 ps and 150 ps, ramps of 100 ps, three pieces: within 0.3 % of the largest voltage."""
    resistances = np.random.default_rng(0).uniform(2e3, 9e3, (3, 4))
    xbar = Crossbar.from_resistances(resistances, r_wl=20.0, r_bl=30.0, r_far_bl=70.0, c_wire=c_wire)
    v_wl, v_bl = [[0.5, 0.1, 0.0], [0.5, -0.3, 0.2], [0.0, 0.3, 0.2]], [[0.0, 0.0, 0.3, 0.0]] * 3
    drive = Drive(np.array([0.0, 1e-9, 1.5e-9, 4e-9]), v_wl, v_bl, rise=1e-10)
    deck = write_deck(xbar, drive)
    waves = engine.simulate(deck)
    time = waves["time"]
    got = np.array([waves[f"v({node})"] for node in [*deck.names.word, *deck.names.bit]])

    g, b = equations(xbar)
    levels = np.vstack([np.zeros((1, 7)), np.hstack([drive.v_wl, drive.v_bl]), np.zeros((1, 7))])
    corners = np.sort(np.concatenate([drive.edges + 0.5e-10, drive.edges + 1.5e-10]))
    at_corners = np.repeat(levels, 2, axis=0)[1:-1]

    def slope(t: float, v: np.ndarray) -> np.ndarray:
        s = np.array([np.interp(t, corners, column) for column in at_corners.T])
        return (b @ s - g @ v) / c_wire

    exact = solve_ivp(slope, (0, time[-1]), np.zeros(24), "BDF", time, rtol=1e-7, atol=1e-8, max_step=2e-11, jac=-g / c_wire).y
    assert np.abs(got - exact).max() < 0.003 * 0.5
    if c_wire > 1e-14:
        still = np.linalg.solve(g, b @ np.array([np.interp(time, corners, column) for column in at_corners.T]))
        assert np.abs(got - still).max() > 0.02 * 0.5


@pytest.mark.ngspice
def test_a_read_pulse_switches_nothing_and_costs_what_the_read_says(engine: NgspiceEngine) -> None:
    rng = np.random.default_rng(5)
    xbar = Crossbar(6, 5, states=rng.choice([-1, 1], (6, 5)))
    v_wl = np.where(rng.random(6) < 0.5, 0.1, 0.0)
    drive = Drive(np.array([0.0, 10e-9]), v_wl[None], np.zeros((1, 5)))
    got, sol = engine.write(xbar, drive, np.full((1, 6, 5), 0.5)), NODAL.solve(xbar, v_wl, np.zeros(5))
    assert not got.flipped.any()
    np.testing.assert_allclose(got.v_cell, sol.v_cell, rtol=0, atol=1e-9)
    assert got.energy == pytest.approx(float(sol.energy(v_wl, np.zeros(5), 10e-9)), rel=2e-3, abs=0)
    np.testing.assert_allclose(got.energy_cell, sol.p_cell * 10e-9, rtol=2e-3, atol=1e-25)


@pytest.mark.slow
@pytest.mark.ngspice
@pytest.mark.parametrize("cell", ["1R", "1S1R", "1T1R"])
def test_a_parallel_update_flips_the_cells_that_the_quasi_static_one_does(engine: NgspiceEngine, cell: str) -> None:
    """Widths and amplitudes of each line, both engines, both-end drivers; but for cells whose P and number nearly meet."""
    flips = 0
    for seed in range(3):
        rng = np.random.default_rng(seed)
        xbar = Crossbar(7, 6, cell=cell, states=rng.choice([-1, 1], (7, 6)), r_far_wl=50.0)
        top = {"1R": 0.5, "1S1R": 1.1, "1T1R": 1.2}[cell]
        low = 0.0 if cell == "1T1R" else -top
        wl = rng.uniform(low, top, 7), np.where(rng.random(7) < 0.8, rng.uniform(1e-9, 5e-9, 7), 0.0)
        bl = rng.uniform(low, top, 6), rng.uniform(1e-9, 5e-9, 6)
        gate = (1.4, rng.uniform(1e-9, 5e-9, 7)) if cell == "1T1R" else None
        drive = Drive.parallel(wl, bl, gate=gate)
        u = cell_uniforms(seed, xbar.shape)[None]
        got, wanted = engine.write(xbar, drive, u), NODAL.write(xbar, drive, u)
        surely = np.abs(wanted.p_flip - u[0]) > 0.02
        np.testing.assert_array_equal(got.flipped[surely], wanted.flipped[surely])
        np.testing.assert_allclose(got.p_flip, wanted.p_flip, rtol=1e-3, atol=1e-9)
        if (got.flipped == wanted.flipped).all():
            assert got.energy == pytest.approx(wanted.energy, rel=0.02, abs=0)
        flips += int(got.flipped.sum())
    assert flips > 3


def a_slow_line(c_wire: float) -> tuple[Crossbar, Drive, np.ndarray]:
    """One word line of 24 cells at 0.55 V for 2 ns, their numbers spread about P."""
    xbar = Crossbar(1, 24, r_wl=0.0, r_bl=0.0, r_driver_wl=30.0, r_driver_bl=0.0, c_wire=c_wire)
    drive = Drive(np.array([0.0, 2e-9]), np.array([[0.55]]), np.zeros((1, 24)))
    p = float(xbar.cells.switching_probability(NODAL.solve(xbar, [0.55], np.zeros(24)).v_cell[0, 0], 2e-9, 1))
    return xbar, drive, np.linspace(0.7 * p, 1.3 * p, 24)[None, None]


@pytest.mark.ngspice
def test_quasi_static_agrees_where_lines_are_fast_and_says_when_they_are_not(engine: NgspiceEngine) -> None:
    """0.1 ps: the same cells flip. 300 ps: they do not, and the quasi-static answer comes with a warning."""
    xbar, drive, u = a_slow_line(2e-16)
    assert settling_time(xbar, drive) < 0.001 * 2e-9
    fast = NODAL.write(xbar, drive, u)
    assert 4 < fast.flipped.sum() < 20
    in_circuit = engine.write(xbar, drive, u)
    assert abs(int(in_circuit.flipped.sum()) - int(fast.flipped.sum())) <= 1
    assert in_circuit.energy == pytest.approx(fast.energy, rel=0.01, abs=0)

    xbar, drive, u = a_slow_line(5e-13)
    assert settling_time(xbar, drive) > 0.1 * 2e-9
    with pytest.warns(SlowLinesWarning, match=r"time constant of up to .* ps, and a piece of this Drive lasts 2 ns"):
        still = NODAL.write(xbar, drive, u)
    np.testing.assert_array_equal(still.flipped, fast.flipped)
    slow = engine.write(xbar, drive, u)
    assert slow.flipped.sum() < still.flipped.sum() - 3
