"""The nodal solver against closed forms and against an independent dense solution of the same network."""

from __future__ import annotations

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.device import formulas
from spicemtj.device.access import Access, drain_current
from spicemtj.engines.base import Solution
from spicemtj.engines.nodal import Nodal
from spicemtj.errors import InputError

NODAL = Nodal()
IDEAL = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}


def dense_reference(xbar: Crossbar, v_wl: np.ndarray, v_bl: np.ndarray) -> Solution:
    """Modified nodal analysis, cell by cell: every short is a source of 0 V whose current is an unknown of its own.

    What the null space of the equations reaches is undetermined: nan.
    """
    m, n = xbar.shape
    nodes = {name: k for k, name in enumerate([(s, i, j) for s in "wb" for i in range(m) for j in range(n)])}
    lines = [("W", i) for i in range(m)] + [("B", j) for j in range(n)]
    nodes |= {name: len(nodes) + k for k, name in enumerate(lines)}
    applied = dict(zip(lines, [*v_wl, *v_bl], strict=True))
    branches = {}
    for i in range(m):
        branches["W", i] = (("W", i), ("w", i, 0), np.inf if np.isnan(v_wl[i]) else xbar.r_driver_wl + xbar.r_wl)
        for j in range(n - 1):
            branches["ww", i, j] = (("w", i, j), ("w", i, j + 1), xbar.r_wl)
    for j in range(n):
        branches["B", j] = (("b", m - 1, j), ("B", j), np.inf if np.isnan(v_bl[j]) else xbar.r_driver_bl + xbar.r_bl)
        for i in range(m - 1):
            branches["bb", i, j] = (("b", i, j), ("b", i + 1, j), xbar.r_bl)
    for i in range(m):
        for j in range(n):
            r = {0: xbar.resistances[i, j], 1: np.inf, 2: 0.0}[int(xbar.faults[i, j])]
            branches["cell", i, j] = (("w", i, j), ("b", i, j), r)
    shorts = [name for name, (_, _, r) in branches.items() if r == 0]
    size = len(nodes) + len(shorts)
    matrix, rhs = np.zeros((size, size)), np.zeros(size)
    for name, (start, end, r) in branches.items():
        a, b = nodes[start], nodes[end]
        if r == 0:
            k = len(nodes) + shorts.index(name)
            matrix[a, k] += 1
            matrix[b, k] -= 1
            matrix[k, a], matrix[k, b] = 1, -1
        elif np.isfinite(r):
            matrix[a, a] += 1 / r
            matrix[a, b] -= 1 / r
            matrix[b, b] += 1 / r
            matrix[b, a] -= 1 / r
    for line, volts in applied.items():
        if not np.isnan(volts):
            matrix[nodes[line]] = 0
            matrix[nodes[line], nodes[line]], rhs[nodes[line]] = 1, volts
    u, s, vt = np.linalg.svd(matrix)
    kept = s > 1e-11 * s[0]
    x = vt[kept].T @ ((u.T @ rhs)[kept] / s[kept])
    assert np.allclose(matrix @ x, rhs, atol=1e-10)
    x[(np.abs(vt[~kept]) > 1e-7).any(axis=0)] = np.nan

    def current(name: tuple) -> float:
        start, end, r = branches[name]
        if np.isnan(x[nodes[start]]) or np.isinf(r):
            return 0.0
        if r == 0:
            return x[len(nodes) + shorts.index(name)]
        return (x[nodes[start]] - x[nodes[end]]) / r

    word = x[: m * n].reshape(m, n)
    bit = x[m * n : 2 * m * n].reshape(m, n)
    return Solution(
        word,
        bit,
        word - bit,
        np.zeros((m, n)),
        np.array([[current(("cell", i, j)) for j in range(n)] for i in range(m)]),
        np.array([current(("W", i)) for i in range(m)]),
        np.array([current(("B", j)) for j in range(n)]),
    )


def assert_alike(got: Solution, want: Solution, tolerance: float = 1e-9) -> None:
    """Within `tolerance` of the largest voltage and current (or of 1 uV and 100 uA: below, the reference itself is rounding)."""
    for kind, least in ((("v_wl", "v_bl", "v_cell"), 1e-6), (("i_cell", "i_wl", "i_bl"), 1e-4)):
        scale = max(np.nanmax(np.abs(getattr(want, name)), initial=least) for name in kind)
        for name in kind:
            np.testing.assert_allclose(getattr(got, name), getattr(want, name), rtol=0, atol=tolerance * scale, err_msg=name)


def random_case(seed: int) -> tuple[Crossbar, np.ndarray, np.ndarray]:
    """A small network with every edge case mixed in; drivers that a short could join have one common voltage."""
    rng = np.random.default_rng(seed)
    m, n = rng.integers(1, 6, 2)
    r = 10 ** rng.uniform(2, 5, (m, n))
    r[rng.random((m, n)) < rng.choice([0, 0.2, 0.5])] = np.inf
    shorted = rng.random((m, n)) < rng.choice([0, 0.1, 0.4])
    options = {
        name: float(rng.choice([0.0, 10 ** rng.uniform(-1, 1)])) for name in ("r_wl", "r_bl", "r_driver_wl", "r_driver_bl")
    }
    faults = np.where(shorted, 2, np.where(rng.random((m, n)) < 0.1, 1, 0))
    v_wl, v_bl = rng.uniform(-1, 1, m), rng.uniform(-1, 1, n)
    if shorted.any() and min(options["r_driver_wl"] + options["r_wl"], options["r_driver_bl"] + options["r_bl"]) == 0:
        v_wl[:], v_bl[:] = 0.7, 0.7
    floating = rng.choice([0, 0.3, 0.7])
    v_wl[rng.random(m) < floating] = np.nan
    v_bl[rng.random(n) < floating] = np.nan
    return Crossbar.from_resistances(r, faults=faults, **options), v_wl, v_bl


@pytest.mark.parametrize("block", range(8))
def test_random_networks_against_a_dense_solution(block: int) -> None:
    for seed in range(50 * block, 50 * (block + 1)):
        xbar, v_wl, v_bl = random_case(seed)
        try:
            got = NODAL.solve(xbar, v_wl, v_bl)
            assert_alike(got, dense_reference(xbar, v_wl, v_bl))
        except Exception as error:
            error.add_note(f"seed {seed}: {xbar} {v_wl} {v_bl}")
            raise


# -- closed forms


def test_a_single_cell_divides_its_drivers() -> None:
    xbar = Crossbar.from_resistances([[1000.0]], r_wl=2.0, r_bl=3.0, r_driver_wl=40.0, r_driver_bl=60.0)
    sol = NODAL.solve(xbar, [1.0], [0.2])
    current = 0.8 / 1105
    assert sol.i_wl[0] == pytest.approx(current, rel=1e-13, abs=0)
    assert sol.i_bl[0] == pytest.approx(current, rel=1e-13, abs=0)
    assert sol.v_wl[0, 0] == pytest.approx(1 - 42 * current, rel=1e-14, abs=0)
    assert sol.v_bl[0, 0] == pytest.approx(0.2 + 63 * current, rel=1e-14, abs=0)
    assert sol.v_access[0, 0] == 0


def test_a_word_line_is_a_ladder() -> None:
    n, r, wire, driver = 30, 3000.0, 7.0, 20.0
    xbar = Crossbar.from_resistances(np.full((1, n), r), r_wl=wire, r_driver_wl=driver, r_bl=0.0, r_driver_bl=0.0)
    sol = NODAL.solve(xbar, [0.5], np.zeros(n))
    seen = r
    for _ in range(n - 1):
        seen = 1 / (1 / r + 1 / (wire + seen))
    assert sol.i_wl[0] == pytest.approx(0.5 / (driver + wire + seen), rel=1e-12, abs=0)


@pytest.mark.parametrize(("m", "n"), [(2, 2), (4, 7), (16, 8), (32, 32)])
def test_a_floating_read_is_the_cell_beside_the_sneak_network(m: int, n: int) -> None:
    r = 6400.0
    v_wl, v_bl = np.full(m, np.nan), np.full(n, np.nan)
    v_wl[1], v_bl[0] = 0.1, 0.0
    sol = NODAL.solve(Crossbar.from_resistances(np.full((m, n), r), **IDEAL), v_wl, v_bl)
    sneak = r / (n - 1) + r / (m - 1) + r / ((m - 1) * (n - 1))
    assert sol.i_bl[0] == pytest.approx(0.1 * (1 / r + 1 / sneak), rel=1e-12, abs=0)
    assert (np.delete(sol.i_wl, 1) == 0).all()
    assert (sol.i_bl[1:] == 0).all()


def test_without_wires_the_effective_conductance_is_the_cells_own() -> None:
    rng = np.random.default_rng(4)
    g = rng.uniform(1e-5, 1e-3, (5, 3))
    np.testing.assert_allclose(NODAL.effective_conductance(Crossbar.from_resistances(1 / g, **IDEAL)), g, rtol=1e-12)


# The share of a V/2 write that its far cell sees: cells of REF-PMA-40's R_P, 1 ohm a segment.
@pytest.mark.parametrize(
    ("driver", "size", "share"),
    [
        (0, 16, 0.977),
        (0, 32, 0.918),
        (0, 64, 0.739),
        pytest.param(0, 128, 0.382, marks=pytest.mark.slow),
        (50, 16, 0.864),
        (50, 32, 0.739),
        (50, 64, 0.522),
        pytest.param(50, 128, 0.243, marks=pytest.mark.slow),
    ],
)
def test_ir_drop_of_a_half_voltage_write(driver: float, size: int, share: float) -> None:
    resistance = float(Crossbar(1, 1).cells.r_p)
    xbar = Crossbar.from_resistances(np.full((size, size), resistance), r_driver_wl=driver, r_driver_bl=driver)
    v_wl, v_bl = np.full(size, 0.5), np.full(size, 0.5)
    v_wl[0], v_bl[-1] = 1.0, 0.0
    assert NODAL.solve(xbar, v_wl, v_bl).v_cell[0, -1] == pytest.approx(share, abs=0.0005)


def test_a_64_write_leaves_the_far_cell_half_its_voltage() -> None:
    """Cells of 4 or 10 kohm, V/2 write at 0.6 V: one such array was measured with 0.299 V at the far cell and 0.203 V at the worst
    half-selected one. Arrays scatter by 0.008 and 0.003 V (standard deviation): within three of those of the mean of four.
    """
    far, worst = [], []
    for seed in range(4):
        xbar = Crossbar.from_resistances(np.random.default_rng(seed).choice([4e3, 10e3], (64, 64)))
        v_wl, v_bl = np.full(64, 0.3), np.full(64, 0.3)
        v_wl[0], v_bl[-1] = 0.6, 0.0
        v = NODAL.solve(xbar, v_wl, v_bl).v_cell
        far.append(v[0, -1])
        v[0, -1] = 0
        worst.append(v.max())
    assert np.mean(far) == pytest.approx(0.299, abs=0.024)
    assert np.mean(worst) == pytest.approx(0.203, abs=0.009)


# -- laws


def test_reciprocity() -> None:
    rng = np.random.default_rng(5)
    xbar = Crossbar.from_resistances(10 ** rng.uniform(3, 5, (6, 9)), r_wl=5.0, r_bl=2.0)
    forward = NODAL.solve(xbar, np.eye(6), np.zeros(9)).i_bl
    backward = NODAL.solve(xbar, np.zeros(6), np.eye(9)).i_wl
    np.testing.assert_allclose(forward, -backward.T, rtol=1e-11)
    np.testing.assert_allclose(NODAL.effective_conductance(xbar), forward, rtol=1e-11)


def test_currents_in_and_out_are_equal() -> None:
    rng = np.random.default_rng(6)
    xbar = Crossbar(
        20, 12, states=rng.choice([-1, 1], (20, 12)), r_wl=2.0, r_bl=2.0, faults=rng.choice(3, (20, 12), p=[0.8, 0.1, 0.1])
    )
    v_wl, v_bl = rng.uniform(-0.5, 0.5, 20), rng.uniform(-0.5, 0.5, 12)
    v_wl[3], v_bl[5] = np.nan, np.nan
    sol = NODAL.solve(xbar, v_wl, v_bl)
    assert abs(sol.i_wl.sum() - sol.i_bl.sum()) < 1e-12 * np.abs(sol.i_wl).sum()
    assert sol.i_wl[3] == 0
    assert sol.i_bl[5] == 0
    # every word line: what its driver gives, its cells take
    np.testing.assert_allclose(sol.i_cell.sum(axis=1), sol.i_wl, rtol=0, atol=1e-13)
    np.testing.assert_allclose(sol.i_cell.sum(axis=0), sol.i_bl, rtol=0, atol=1e-13)


# -- edges


def test_joined_drivers_of_different_voltage_are_named() -> None:
    xbar = Crossbar.from_resistances(np.full((3, 4), 1e3), faults=np.eye(3, 4, 1) * 2, **IDEAL)
    with pytest.raises(InputError, match=r"word line 1 at 0\.5 V and bit line 2 at 0 V are joined by shorts alone"):
        NODAL.solve(xbar, [0.0, 0.5, 0.0], np.zeros(4))


def test_a_loop_of_shorts_has_no_current_of_its_own() -> None:
    """Two shorted cells between two ideal word lines and one floating bit line at the same voltage: a loop through the sources."""
    xbar = Crossbar.from_resistances([[0.0, 1e3], [0.0, 1e3]], **IDEAL)
    sol = NODAL.solve(xbar, [0.3, 0.3], [np.nan, 0.0])
    np.testing.assert_array_equal(np.isnan(sol.i_cell), [[True, False], [True, False]])
    np.testing.assert_allclose(sol.i_cell[:, 1], 3e-4, rtol=1e-14)
    np.testing.assert_allclose(sol.i_bl, [0, 6e-4], rtol=1e-14)
    assert np.isnan(sol.i_wl).all()


def test_nothing_driven_is_nan_without_currents() -> None:
    for cell in ("1R", "1T1R"):
        sol = NODAL.solve(Crossbar(2, 3, cell=cell), np.full(2, np.nan), np.full(3, np.nan))
        assert all(np.isnan(getattr(sol, name)).all() for name in ("v_wl", "v_bl", "v_cell"))
        assert all((getattr(sol, name) == 0).all() for name in ("i_cell", "i_wl", "i_bl"))


def test_infinite_wires_and_drivers_are_open() -> None:
    xbar = Crossbar.from_resistances(np.full((2, 2), 1e3), r_wl=np.inf)
    sol = NODAL.solve(xbar, [1.0, 1.0], [0.0, 0.0])
    assert (sol.i_wl == 0).all()
    np.testing.assert_allclose(sol.v_wl, 0, atol=1e-15)  # the cells tie the pieces of word line to the bit lines


def test_batches_are_the_single_solutions_side_by_side() -> None:
    rng = np.random.default_rng(7)
    for xbar in (
        Crossbar.from_resistances(10 ** rng.uniform(3, 4, (3, 4))),
        Crossbar(3, 4, states=rng.choice([-1, 1], (3, 4))),
        Crossbar(3, 4, states=rng.choice([-1, 1], (3, 4)), cell="1T1R"),
    ):
        v_wl = rng.uniform(0, 0.5, (5, 1, 3))
        v_wl[rng.random(v_wl.shape) < 0.3] = np.nan
        v_bl = np.array([[0.0, 0.0, 0.0, 0.0], [np.nan, 0.1, 0.0, 0.2]])
        batch = NODAL.solve(xbar, v_wl, v_bl)
        assert batch.v_cell.shape == (5, 2, 3, 4)
        assert batch.i_bl.shape == (5, 2, 4)
        for p in range(5):
            for q in range(2):
                one = NODAL.solve(xbar, v_wl[p, 0], v_bl[q])
                for name in ("v_wl", "v_bl", "v_cell", "v_access", "i_cell", "i_wl", "i_bl"):
                    np.testing.assert_allclose(getattr(batch, name)[p, q], getattr(one, name), rtol=1e-11, atol=1e-17)


def test_solving_changes_nothing() -> None:
    xbar = Crossbar(3, 3)
    before = {name: np.copy(value) for name, value in vars(xbar).items() if isinstance(value, np.ndarray)}
    v_wl = np.full(3, 0.3)
    NODAL.solve(xbar, v_wl, np.zeros(3))
    NODAL.effective_conductance(xbar)
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(xbar, name), value)
    np.testing.assert_array_equal(v_wl, 0.3)


# -- bias dependence


def test_an_mtj_behind_a_resistor_against_a_root_finder() -> None:
    from scipy.optimize import brentq

    xbar = Crossbar(1, 1, states=[[-1]], r_wl=500.0, r_bl=500.0, r_driver_wl=1000.0, r_driver_bl=1000.0)
    for volts in (1.5, 0.05, -0.8):
        v = NODAL.solve(xbar, [volts], [0.0]).v_cell[0, 0]
        want = brentq(
            lambda v, volts=volts: float(xbar.cells.conductance(-1, v)) * v - (volts - v) / 3000, -2, 2, xtol=1e-16, rtol=1e-15
        )
        assert v == pytest.approx(want, rel=1e-12, abs=0)


def chord(xbar: Crossbar, sol: Solution) -> Crossbar:
    """The ohmic array that has the same solution: every cell at the conductance that its law gives at its own voltages."""
    drop = sol.v_wl - sol.v_bl
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.where(sol.i_cell == 0, np.inf, drop / sol.i_cell)
    wires = {name: getattr(xbar, name) for name in ("r_wl", "r_bl", "r_driver_wl", "r_driver_bl")}
    return Crossbar.from_resistances(r, faults=np.where(xbar.access is None, xbar.faults, 0), **wires)


@pytest.mark.parametrize("seed", range(12))
def test_mtj_networks_against_a_dense_solution_of_their_chords(seed: int) -> None:
    rng = np.random.default_rng(seed)
    m, n = rng.integers(2, 6, 2)
    faults = rng.choice(3, (m, n), p=[0.8, 0.1, 0.1])
    xbar = Crossbar(
        m, n, states=rng.choice([-1, 1], (m, n)), variation={"ra": 0.2, "tmr": 0.2}, seed=seed, faults=faults, r_wl=20.0
    )
    v_wl, v_bl = rng.uniform(-1, 1, m), rng.uniform(-1, 1, n)
    v_wl[rng.random(m) < 0.3] = np.nan
    sol = NODAL.solve(xbar, v_wl, v_bl)
    sound = faults == 0
    np.testing.assert_allclose(
        sol.i_cell[sound], (xbar.cells.conductance(xbar.states, sol.v_cell) * sol.v_cell)[sound], rtol=1e-13
    )
    assert_alike(sol, dense_reference(chord(xbar, sol), v_wl, v_bl), 1e-11)


def test_effective_conductance_is_exact_for_the_read_with_all_lines_on() -> None:
    rng = np.random.default_rng(8)
    for cell in ("1R", "1T1R"):
        xbar = Crossbar(8, 5, states=rng.choice([-1, 1], (8, 5)), cell=cell, r_wl=10.0, r_bl=10.0)
        g = NODAL.effective_conductance(xbar, 0.3)
        np.testing.assert_allclose(g.T @ np.full(8, 0.3), NODAL.solve(xbar, np.full(8, 0.3), np.zeros(5)).i_bl, rtol=1e-10)
    at_rest = NODAL.effective_conductance(Crossbar(1, 1, states=[[-1]], **IDEAL), 0.2)
    assert at_rest[0, 0] == pytest.approx(float(Crossbar(1, 1).cells.conductance(-1, 0.2)), rel=1e-13, abs=0)


# -- 1T1R


def test_closed_gates_carry_nothing_and_the_middle_follows_the_word_line() -> None:
    xbar = Crossbar(2, 3, cell="1T1R", faults=[[0, 1, 2], [0, 0, 0]])
    sol = NODAL.solve(xbar, [0.7, 0.7], [0.0, 0.2, 0.0], [0.0, 1.4])
    assert (sol.i_cell[0] == 0).all()
    assert sol.i_wl[0] == 0
    np.testing.assert_array_equal(sol.v_cell[0], [0.0, np.nan, 0.0])  # nothing holds the node behind an open MTJ
    np.testing.assert_array_equal(sol.v_access[0, [0, 2]], (sol.v_wl - sol.v_bl)[0, [0, 2]])
    assert (sol.i_cell[1] > 0).all()


def test_an_open_and_a_short_mtj_behind_an_open_gate() -> None:
    xbar = Crossbar(1, 2, cell="1T1R", faults=[[1, 2]])
    sol = NODAL.solve(xbar, [0.7], [0.1, 0.1])
    assert sol.i_cell[0, 0] == 0
    assert sol.v_access[0, 0] == 0
    assert sol.v_cell[0, 0] == pytest.approx(0.6, abs=0.2)
    assert sol.v_cell[0, 1] == 0
    assert sol.i_cell[0, 1] == pytest.approx(
        float(drain_current(xbar.access, 1.4, sol.v_wl[0, 1], sol.v_bl[0, 1])[0]), rel=1e-12
    )


def test_a_floating_bit_line_charges_to_the_threshold() -> None:
    access = Access.preset("nmos-45", vto=0.4, gamma=0.0)
    xbar = Crossbar(3, 1, cell="1T1R", access=access)
    sol = NODAL.solve(xbar, [1.2, 0.3, 0.3], [np.nan], [1.0, 0.0, 0.0])
    np.testing.assert_allclose(sol.v_bl[:, 0], 0.6, rtol=0, atol=1e-6)
    assert sol.i_bl[0] == 0
    low = NODAL.solve(xbar, [0.5, 0.3, 0.3], [np.nan], [1.0, 0.0, 0.0])
    np.testing.assert_allclose(low.v_bl[:, 0], 0.5, rtol=1e-12)


@pytest.mark.parametrize("block", range(4))
def test_random_1t1r_networks_obey_every_law(block: int) -> None:
    """Cells by their own equations, the network by the dense solution of their chords: opens, shorts, floats, merges, both signs."""
    for seed in range(40 * block, 40 * (block + 1)):
        rng = np.random.default_rng(1000 + seed)
        base, v_wl, v_bl = random_case(seed)
        m, n = base.shape
        wires = {name: getattr(base, name) for name in ("r_wl", "r_bl", "r_driver_wl", "r_driver_bl")}
        faults, gate_by = rng.choice(3, (m, n), p=[0.7, 0.15, 0.15]), str(rng.choice(["row", "column"]))
        access = Access.preset("nmos-45", gamma=0.4, lambda_=0.1)
        xbar = Crossbar.from_resistances(
            np.where(np.isinf(base.resistances), 1e4, base.resistances),
            faults=faults,
            cell="1T1R",
            gate_by=gate_by,
            access=access,
            **wires,
        )
        v_gate = rng.choice([0.0, 1.0, 1.5], xbar.gates)
        sol = NODAL.solve(xbar, v_wl, v_bl, v_gate)
        gate = np.broadcast_to(v_gate[:, None] if gate_by == "row" else v_gate, (m, n))
        middle = sol.v_bl + sol.v_access
        through = drain_current(access, gate, middle, sol.v_bl)[0]
        alive = ~np.isnan(through)
        np.testing.assert_allclose(sol.i_cell[alive], through[alive], rtol=0, atol=1e-12, err_msg=f"seed {seed}")
        sound = alive & (faults == 0)
        np.testing.assert_allclose(
            (sol.v_cell / xbar.resistances)[sound], through[sound], rtol=0, atol=1e-12, err_msg=f"seed {seed}"
        )
        assert (sol.v_cell[alive & (faults == 2)] == 0).all()
        assert (sol.i_cell[(faults == 1) | (gate == 0) & (np.nanmin([*v_wl, *v_bl, 0]) >= 0)] == 0).all()
        if not np.isnan(sol.v_wl).any() and not np.isnan(sol.v_bl).any() and np.abs(sol.i_cell).max() > 1e-9:
            want = dense_reference(chord(xbar, sol), v_wl, v_bl)
            for name in ("i_wl", "i_bl"):
                np.testing.assert_allclose(getattr(sol, name), getattr(want, name), rtol=0, atol=1e-12, err_msg=f"seed {seed}")


def test_slope_of_the_conductance_against_differences() -> None:
    v, h = np.linspace(-1.5, 1.5, 61), 1e-6
    for z in (1.0, -1.0, 0.3):
        numeric = (formulas.conductance(z, v + h, 6e3, 1.2, 0.5) - formulas.conductance(z, v - h, 6e3, 1.2, 0.5)) / (2 * h)
        np.testing.assert_allclose(formulas.conductance_slope(z, v, 6e3, 1.2, 0.5), numeric, rtol=0, atol=1e-13)
    assert np.abs(numeric).max() > 1e-5
