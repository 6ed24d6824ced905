"""Writes by the nodal engine: which cells flip when, what a flip does to the others, probability, energy.

Most tests use a device without memory, whose law is one line: a fraction 1 - exp(-rate(V) t) has switched after t seconds. Then every
answer has a closed form, pieces and flips of neighbours included.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.circuit.schemes import Drive, Write, as_drive
from spicemtj.device.mtj import Mtj
from spicemtj.engines.base import WriteResult
from spicemtj.engines.nodal import Nodal
from spicemtj.engines.quasistatic import active_pieces, flip_probability
from spicemtj.errors import InputError
from spicemtj.randomness import cell_uniforms

NODAL = Nodal()
IDEAL = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}
NANOSECOND = 1e-9


def rate(v: Any) -> Any:
    """Switching rate [1/s] of the device without memory: 0.14 per ns at 0.5 V, e times more every 50 mV."""
    return 6e3 * np.exp(np.abs(v) / 0.05)


class Memoryless(Mtj):
    """An MTJ of the usual conductance that switches at `rate`."""

    def switching_probability(self, v: Any, t: Any, state: Any) -> Any:
        return np.where(np.asarray(v) * state > 0, -np.expm1(-rate(v) * t), 0.0)

    def switching_time(self, u: Any, v: Any, state: Any) -> Any:
        return np.where(np.asarray(v) * state > 0, -np.log1p(-np.asarray(u)) / rate(v), np.inf)


DEVICE = Memoryless.preset("ref-pma-40")


def lines(seconds: list[float], v_wl: list[list[float]], v_bl: list[list[float]], **options: Any) -> Drive:
    return Drive(np.cumsum([0.0, *seconds]) * NANOSECOND, np.array(v_wl), np.array(v_bl), **options)


def write(xbar: Crossbar, pulse: Write | Drive, u: Any) -> WriteResult:
    drive = as_drive(xbar, pulse)
    return NODAL.write(xbar, drive, np.broadcast_to(np.asarray(u, dtype=float), (drive.pulses, *xbar.shape)))


def either_side(p: float) -> tuple[float, float]:
    """Random numbers just under and just over P, by 1e-6 of the hazard."""
    hazard = -np.log1p(-p)
    return float(-np.expm1(-hazard * (1 - 1e-6))), float(-np.expm1(-hazard * (1 + 1e-6)))


def test_one_cell_flips_exactly_where_its_number_is_under_p() -> None:
    xbar = Crossbar(1, 1, device=DEVICE, **IDEAL)
    pulse = Write("grounded", 0, 0, 0.5, 5e-9)
    p = 1 - np.exp(-rate(0.5) * 5e-9)
    under, over = (write(xbar, pulse, u) for u in either_side(p))
    assert under.p_flip[0, 0] == pytest.approx(p, rel=1e-12, abs=0)
    assert under.flipped[0, 0]
    assert under.states[0, 0] == -1
    assert not over.flipped[0, 0]
    assert over.states[0, 0] == 1
    assert xbar.states[0, 0] == 1
    assert over.seconds == 5e-9


@pytest.mark.parametrize(("state", "volts"), [(1, -0.6), (-1, 0.6), (1, 0.0), (-1, 0.0)])
def test_the_polarity_that_stabilises_never_flips(state: int, volts: float) -> None:
    xbar = Crossbar(1, 1, device=DEVICE, states=[[state]])
    result = write(xbar, Write("grounded", 0, 0, volts, 1e-3), 1e-15)
    assert result.p_flip[0, 0] == 0
    assert not result.flipped[0, 0]


def test_two_pieces_add_their_hazards() -> None:
    xbar = Crossbar(1, 1, device=DEVICE, **IDEAL)
    drive = lines([2.0, 1.0, 3.0], [[0.45], [-0.5], [0.48]], [[0.0]] * 3)
    p = 1 - np.exp(-(rate(0.45) * 2e-9 + rate(0.48) * 3e-9))  # the piece between drives the other way
    under, over = (write(xbar, drive, u) for u in either_side(p))
    assert under.p_flip[0, 0] == pytest.approx(p, rel=1e-8, abs=0)
    assert under.flipped[0, 0]
    assert not over.flipped[0, 0]
    assert over.v_cell[0, 0] == pytest.approx(0.48, rel=1e-12, abs=0)


def test_probability_of_many_pieces_and_cells_at_once() -> None:
    rng = np.random.default_rng(1)
    v = rng.uniform(-0.55, 0.55, (5, 6, 7))
    v[rng.random(v.shape) < 0.3] = 0.0
    seconds = rng.uniform(0.5, 20, 5) * NANOSECOND
    states = rng.choice([-1, 1], (6, 7)).astype(np.int8)
    hazard = np.where(v * states > 0, rate(v) * seconds[:, None, None], 0.0).sum(axis=0)
    np.testing.assert_allclose(flip_probability(DEVICE, v, seconds, states), -np.expm1(-hazard), rtol=1e-7)


def test_a_flip_changes_what_the_others_see() -> None:
    """Two cells on one word line behind a driver of 2 kohm: the first flips at a known time, and the second then sees more."""
    xbar = Crossbar(1, 2, device=DEVICE, r_wl=0.0, r_bl=0.0, r_driver_wl=2000.0, r_driver_bl=0.0)
    drive = lines([6.0], [[0.8]], [[0.0, 0.0]])
    v_before = NODAL.solve(xbar, [0.8], [0.0, 0.0]).v_cell[0, 0]
    v_after = NODAL.solve(xbar.with_states([[-1, 1]]), [0.8], [0.0, 0.0]).v_cell[0, 1]
    assert v_after > v_before + 0.03
    flip_at = 2e-9
    u_first = -np.expm1(-rate(v_before) * flip_at)
    hazard = rate(v_before) * flip_at + rate(v_after) * 4e-9
    untouched = -np.expm1(-rate(v_before) * 6e-9)
    under, over = (write(xbar, drive, [[u_first, u]]) for u in either_side(-np.expm1(-hazard)))
    np.testing.assert_array_equal(under.flipped, [[True, True]])
    np.testing.assert_array_equal(over.flipped, [[True, False]])
    np.testing.assert_allclose(over.p_flip, untouched, rtol=1e-10)
    np.testing.assert_allclose(over.v_start, v_before, rtol=1e-12)
    np.testing.assert_allclose(over.v_cell, v_after, rtol=1e-10)
    assert hazard > rate(v_before) * 6e-9 * 1.5  # the coupling decides between the two


def test_energy_follows_the_flip() -> None:
    xbar = Crossbar(1, 1, device=DEVICE, **IDEAL)
    flip_at = 2e-9
    result = write(xbar, Write("grounded", 0, 0, 0.5, 6e-9), -np.expm1(-rate(0.5) * flip_at))
    g_p, g_ap = (float(xbar.cells.conductance(state, 0.5)) for state in (1, -1))
    assert result.energy == pytest.approx(0.25 * (g_p * 2e-9 + g_ap * 4e-9), rel=1e-9, abs=0)


def test_energy_of_ohmic_cells_counts_every_driver() -> None:
    """Both ends driven: what the drivers give is what resistors take."""
    xbar = Crossbar.from_resistances([[1000.0, 2000.0]], r_wl=0.0, r_bl=0.0, r_driver_wl=100.0, r_driver_bl=0.0)
    drive = lines([3.0, 1.0], [[0.6], [0.0]], [[0.2, -0.3], [0.0, 0.5]])
    result = write(xbar, drive, 0.5)
    heat = 0.0
    for v_wl, v_bl, t in zip(drive.v_wl, drive.v_bl, np.diff(drive.edges), strict=True):
        sol = NODAL.solve(xbar, v_wl, v_bl)
        heat += t * (sol.i_wl[0] ** 2 * 100 + (sol.i_cell**2 * [[1000.0, 2000.0]]).sum())
    assert result.energy == pytest.approx(heat, rel=1e-12, abs=0)
    assert not result.flipped.any()
    assert (result.p_flip == 0).all()


def test_faulty_cells_stay() -> None:
    xbar = Crossbar(1, 3, device=DEVICE, faults=[[1, 2, 0]])
    result = write(xbar, lines([100.0], [[0.9]], [[0.0] * 3]), 1e-6)
    np.testing.assert_array_equal(result.flipped, [[False, False, True]])
    np.testing.assert_array_equal(result.p_flip[0, :2], 0)
    np.testing.assert_array_equal(result.states, [[1, 1, -1]])


def test_pulses_start_anew_and_may_flip_back() -> None:
    xbar = Crossbar(1, 1, device=DEVICE, **IDEAL)
    drive = lines([9.0, 9.0, 1.0], [[0.6], [-0.6], [0.1]], [[0.0]] * 3, pulse=[0, 1, 2])
    result = NODAL.write(xbar, drive, np.array([0.5, 0.5, 0.5]).reshape(3, 1, 1))
    np.testing.assert_array_equal(result.flipped.ravel(), [True, True, False])
    assert result.states[0, 0] == 1
    assert result.v_cell.shape == result.v_start.shape == result.p_flip.shape == (3, 1, 1)
    np.testing.assert_allclose(result.v_cell.ravel(), [0.6, -0.6, 0.1], rtol=1e-12)
    np.testing.assert_allclose(result.p_flip[:2].ravel(), 1 - np.exp(-rate(0.6) * 9e-9), rtol=1e-12)
    # once a pulse only: in one pulse of both signs there is no way back
    once = NODAL.write(xbar, lines([9.0, 9.0], [[0.6], [-0.6]], [[0.0]] * 2), np.full((1, 1, 1), 0.5))
    assert once.states[0, 0] == -1


@pytest.mark.parametrize("gate_by", ["row", "column"])
@pytest.mark.parametrize("state", [1, -1])
def test_a_gated_write_reaches_one_cell(gate_by: str, state: int) -> None:
    xbar = Crossbar(3, 4, device=DEVICE, states=np.full((3, 4), state), cell="1T1R", gate_by=gate_by)
    pulse = Write("gate", 1, 2, 1.0 * state, 20e-9)
    result = write(xbar, pulse, 0.999)
    expected = np.zeros((3, 4), dtype=bool)
    expected[1, 2] = True
    np.testing.assert_array_equal(result.flipped, expected)
    assert (result.p_flip[~expected] < 1e-3).all()
    drive = pulse.drive(xbar)
    before = NODAL.solve(xbar, drive.v_wl[1], drive.v_bl[1], drive.v_gate[1])
    after = NODAL.solve(xbar.with_states(result.states), drive.v_wl[1], drive.v_bl[1], drive.v_gate[1])
    np.testing.assert_allclose(result.v_start, before.v_cell, rtol=0, atol=1e-12)
    np.testing.assert_allclose(result.v_cell, after.v_cell, rtol=0, atol=1e-12)
    assert abs(result.v_cell[1, 2]) > 0.4
    np.testing.assert_array_equal(active_pieces(drive), [False, True, False])


def test_half_selected_cells_of_a_write_with_wires() -> None:
    rng = np.random.default_rng(2)
    xbar = Crossbar(8, 8, device=DEVICE, states=rng.choice([-1, 1], (8, 8)), variation={"ra": 0.1, "tmr": 0.1}, seed=1)
    pulse = Write("V/2", 2, 5, 0.9, 5e-9)
    u = rng.random((8, 8))
    result = write(xbar, pulse, u)
    drive = pulse.drive(xbar)
    v = NODAL.solve(xbar, drive.v_wl[0], drive.v_bl[0]).v_cell
    np.testing.assert_allclose(result.v_start, v, rtol=0, atol=1e-12)
    np.testing.assert_allclose(result.p_flip, np.where(v * xbar.states > 0, -np.expm1(-rate(v) * 5e-9), 0), rtol=1e-8)
    np.testing.assert_array_equal(result.states, np.where(result.flipped, -xbar.states, xbar.states))
    after = NODAL.solve(xbar.with_states(result.states), drive.v_wl[0], drive.v_bl[0]).v_cell
    np.testing.assert_allclose(result.v_cell, after, rtol=0, atol=1e-11)


def test_floating_lines_carry_no_energy_and_unfed_cells_do_not_flip() -> None:
    xbar = Crossbar(2, 2, device=DEVICE, faults=[[0, 1], [1, 1]], **IDEAL)
    result = write(xbar, Write("floating", 0, 0, 0.5, 5e-9), 0.9)
    assert result.energy == pytest.approx(0.25 / float(xbar.cells.r_p) * 5e-9, rel=1e-12, abs=0)
    assert np.isnan(result.v_cell[1, 1])
    assert result.p_flip[1, 1] == 0


def test_a_mistake_is_named() -> None:
    xbar = Crossbar(2, 2, device=DEVICE)
    drive = as_drive(xbar, Write("V/2", 0, 0, 0.5, 1e-9))
    with pytest.raises(InputError, match=r"uniforms have shape \(2, 3\); this Drive needs \(1, 2, 2\)"):
        NODAL.write(xbar, drive, np.zeros((2, 3)))
    with pytest.raises(InputError, match="2 word and 2 bit lines"):
        NODAL.write(Crossbar(3, 3, device=DEVICE), drive, np.zeros((1, 3, 3)))


# -- the real law


@pytest.mark.parametrize(("state", "volts"), [(1, 0.42), (-1, -0.55)])
def test_flips_are_as_many_as_the_probability_says(state: int, volts: float) -> None:
    """1,000 cells that do not see each other, one pulse of 5 ns each: the count within 3.5 standard deviations (0.05 %)."""
    xbar = Crossbar(10, 10, states=np.full((10, 10), state), **IDEAL)
    drive = lines([5.0], [[volts] * 10], [[0.0] * 10])
    p = float(xbar.device.switching_probability(volts, 5e-9, state))
    assert 0.1 < p < 0.9
    flips = 0
    for seed in range(10):
        result = NODAL.write(xbar, drive, cell_uniforms(seed, (10, 10))[None])
        np.testing.assert_allclose(result.p_flip, p, rtol=1e-9)
        flips += int(result.flipped.sum())
    assert abs(flips - 1000 * p) < 3.5 * np.sqrt(1000 * p * (1 - p))


def test_a_constant_pulse_cut_in_two_is_the_same_pulse() -> None:
    """Two pieces of one voltage have the law of the whole, in the regime where the law has memory."""
    xbar = Crossbar(1, 1, **IDEAL)
    whole = float(xbar.device.switching_probability(0.5, 3e-9, 1))
    assert 0.1 < whole < 0.9
    drive = lines([1.0, 2.0], [[0.5], [0.5]], [[0.0], [0.0]])
    assert write(xbar, drive, 0.5).p_flip[0, 0] == pytest.approx(whole, rel=1e-3, abs=0)
    assert write(xbar, drive, whole * 0.995).flipped[0, 0]
    assert not write(xbar, drive, whole * 1.005).flipped[0, 0]
