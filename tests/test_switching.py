"""The switching law of devices: the table against the Fokker-Planck equation, the reference device's figures, what P means."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from spicemtj.device.mtj import Mtj
from spicemtj.device.switching import fokker_planck as fp
from spicemtj.device.switching import law as switching
from spicemtj.device.switching import table as switching_table
from spicemtj.device.switching.build import linear_drive
from spicemtj.device.variation import Variation
from spicemtj.errors import InputError, SpicemtjError

YEAR = 365.25 * 86400


@pytest.fixture(scope="module")
def mtj() -> Mtj:
    return Mtj.preset("ref-pma-40")


def random_points(count: int, seed: int, low: float = 0.0) -> list[tuple[float, float, float]]:
    """(i1, ln g, Delta) over the domain, dense where pulses live."""
    rng = np.random.default_rng(seed)
    i1 = np.where(rng.random(count) < 0.7, rng.uniform(low, 2.5, count), rng.uniform(2.5, 12.0, count))
    return list(zip(i1, rng.uniform(-1.6, 1.6, count), np.exp(rng.uniform(math.log(11), math.log(150), count)), strict=True))


def tabulated(i1: float, log_g: float, delta: float, times: np.ndarray) -> np.ndarray:
    tables = switching_table.load()
    log_h = [switching_table.log_hazard(i1, log_g, delta, math.log(t), tables) for t in times]
    return -np.expm1(-np.exp(log_h))


def test_table_agrees_with_the_equation_over_its_domain() -> None:
    """1e-4 in P, and 2 % of P down to 1e-20, at points that the table was not built on."""
    times = np.geomspace(0.02, 50.0, 12)
    for point in random_points(20, seed=11):
        i1, log_g, delta = point
        exact = fp.probability(*linear_drive(i1, math.exp(log_g)), delta, times)[0]
        table = tabulated(*point, times)
        assert np.abs(table - exact).max() < 1e-4, point
        seen = exact > 1e-20
        assert np.abs(table / exact - 1)[seen].max(initial=0.0) < 0.02, point
        assert (table >= 0).all()


def test_table_agrees_with_galerkin_modes() -> None:
    times = np.array([0.5, 2.0, 10.0])
    for i1, g, delta in ((0.9, 0.6, 40.0), (1.3, 1.8, 25.0)):
        modes = fp.galerkin_probability(*linear_drive(i1, g), delta, times, modes=100)
        assert np.abs(tabulated(i1, math.log(g), delta, times) - modes).max() < 1e-4


def test_reverse_drive_is_small_positive_and_right_to_two_percent() -> None:
    times = np.geomspace(0.02, 20.0, 8)
    for i1, log_g, delta in ((-0.05, 0.3, 14.0), (-0.2, -0.7, 22.0), (-0.4, 0.9, 18.0), (-0.9, 0.1, 30.0)):
        exact = fp.probability(*linear_drive(i1, math.exp(log_g)), delta, times, cells=400)[0]
        table = tabulated(i1, log_g, delta, times)
        seen = exact > 1e-20
        assert seen.any()
        assert np.abs(table / exact - 1)[seen].max() < 0.02, (i1, log_g, delta)
        assert (table >= 0).all()


@pytest.mark.slow
def test_quantiles_are_within_a_third_of_a_percent() -> None:
    """t_u for u from 1e-6 to 1 - 1e-6 against the equation on a fine grid of times."""
    tables = switching_table.load()
    times = np.geomspace(0.02, 60.0, 400)
    for i1, log_g, delta in random_points(12, seed=5, low=0.6):
        below, above = fp.probability(*linear_drive(i1, math.exp(log_g)), delta, times)
        with np.errstate(divide="ignore", invalid="ignore"):
            log_h = np.where(below < 0.5, np.log(-np.log1p(-below)), np.log(-np.log(above)))
        for u in (1e-6, 1e-3, 0.1, 0.5, 0.9, 1 - 1e-6):
            wanted = math.log(-math.log1p(-u))
            if not (log_h[0] < wanted < np.nanmax(log_h)):
                continue
            k = int(np.argmax(log_h > wanted))
            exact = np.interp(wanted, log_h[k - 1 : k + 1], np.log(times[k - 1 : k + 1]))
            assert switching_table.log_time(i1, log_g, delta, wanted, tables) == pytest.approx(exact, abs=0.003)


def test_the_kernel_is_the_tensor_spline() -> None:
    """The compiled evaluation against scipy's B-splines, axis by axis; no physics in it."""
    from scipy.interpolate import BSpline

    tables = switching_table.load()
    rng = np.random.default_rng(4)
    for _ in range(10):
        i1, log_g, delta = rng.uniform(1.5, 15.0), rng.uniform(-1.6, 1.6), rng.uniform(40.0, 190.0)
        log_t = math.log(rng.uniform(0.1, 3.0)) - 0.5 * math.log1p(i1 * i1)
        part = tables.forward
        x = math.asinh(i1 / switching_table.WARP)
        at = (x, math.log(delta), log_g, log_t + 0.5 * math.log1p(i1 * i1))
        for knots, q in zip((tables.i_knots, tables.delta_knots, tables.g_knots, tables.t_knots), at, strict=True):
            part = BSpline(knots, part, 5)(q)
        assert switching_table.log_hazard(i1, log_g, delta, log_t, tables) == pytest.approx(float(part), abs=1e-9)


def test_the_two_halves_meet_without_drive() -> None:
    """The forward half at i1 = 0 and the reverse one just below it: the same P within 1 %, at all times."""
    tables = switching_table.load()
    for delta in (12.0, 25.0, 40.0):
        for log_g in (-1.2, 0.0, 0.8):
            for log_t in (-3.0, 0.0, 3.0, 5.0, 30.0):
                ahead, behind = (switching_table.log_hazard(i1, log_g, delta, log_t, tables) for i1 in (0.0, -1e-12))
                assert ahead == pytest.approx(behind, abs=0.01), (delta, log_g, log_t)


def test_a_table_that_is_missing_or_of_another_make_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpicemtjError, match="build_switching_table"):
        switching_table.load(tmp_path / "none.npz")
    tables = switching_table.load()
    switching_table.save(tables, tmp_path / "same.npz")
    np.testing.assert_allclose(switching_table.load(tmp_path / "same.npz").forward, tables.forward, atol=1e-7)
    switching_table.save(tables._replace(t_knots=tables.t_knots + 0.1), tmp_path / "other.npz")
    with pytest.raises(SpicemtjError, match="other axes"):
        switching_table.load(tmp_path / "other.npz")


# -- the reference device


def test_mean_times_of_the_reference_device(mtj: Mtj) -> None:
    at_current = mtj.mean_switching_time([0.8, 1.0, 2.0], 1, drive="current")
    np.testing.assert_allclose(at_current, [41.505e-9, 10.986e-9, 2.4282e-9], rtol=1e-3)
    at_voltage = mtj.mean_switching_time([0.21067, 0.26334, 2 * 0.26334], 1)
    np.testing.assert_allclose(at_voltage, [63.40e-9, 12.729e-9, 2.567e-9], rtol=1e-3)


def test_a_current_drives_either_state_by_its_sign(mtj: Mtj) -> None:
    """i > 0 drives towards antiparallel whatever the state: i = -1 for an antiparallel device is i = +1 for a parallel one."""
    assert mtj.mean_switching_time(-1.0, -1, drive="current") == mtj.mean_switching_time(1.0, 1, drive="current")
    assert mtj.mean_switching_time(0.5, -1, drive="current") > 1e6 * mtj.mean_switching_time(0.5, 1, drive="current")
    assert mtj.mean_switching_time(8.0, -1, drive="current") == np.inf  # e^3000


def test_probability_is_of_standing_on_the_other_side(mtj: Mtj) -> None:
    """0.012770 at 0.2 V and 10 ns, not the 0.012945 of a first passage."""
    assert mtj.switching_probability(0.2, 10e-9, 1) == pytest.approx(0.012770, abs=2e-6)


def test_disturb_of_half_and_third_selected_cells(mtj: Mtj) -> None:
    volts = bisect(lambda v: mtj.switching_probability(v, 10e-9, 1), 0.5, 0.1, 0.6)
    assert mtj.switching_probability(volts / 2, 10e-9, 1) == pytest.approx(3.1e-6, rel=0.03)
    assert mtj.switching_probability(volts / 3, 10e-9, 1) == pytest.approx(3.8e-10, rel=0.03)
    volts = -bisect(lambda v: mtj.switching_probability(-v, 10e-9, -1), 0.5, 0.1, 0.8)
    assert volts == pytest.approx(-0.4214, abs=2e-4)
    assert mtj.switching_probability(volts / 2, 10e-9, -1) == pytest.approx(1.6e-6, rel=0.05)
    assert mtj.switching_probability(-volts / 3, 10e-9, 1) == pytest.approx(7.1e-6, rel=0.03)


def bisect(f, wanted: float, low: float, high: float) -> float:  # type: ignore[no-untyped-def]
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) < wanted else (low, middle)
    return low


@pytest.mark.parametrize(
    ("p", "width", "drive", "to_hk", "to_i", "to_t"),
    [
        (1e-3, 100e-9, 0.52, -32, 23, 1.1),
        (1e-3, 10e-9, 0.62, -24, 20, 3.7),
        (1e-3, 2e-9, 1.26, -12, 18, 12.5),
        (0.1, 2e-9, 1.75, -5.3, 9.9, 6.9),
        (0.5, 10e-9, 0.99, -5.0, 5.7, 1.6),
        (0.5, 2e-9, 2.21, -1.9, 4.3, 3.0),
        (0.5, 1e-9, 3.80, -1.3, 4.1, 3.4),
    ],
)
def test_sensitivities_of_a_pulse(
    mtj: Mtj, p: float, width: float, drive: float, to_hk: float, to_i: float, to_t: float
) -> None:
    """At constant current: the drive that gives P, and d ln P by d ln of Hk, i and t (a wide tolerance: the figures have two digits)."""
    tables = switching_table.load()

    def log_p(log_hk: float = 0.0, log_i: float = 0.0, log_t: float = 0.0, i: float = drive) -> float:
        hk = math.exp(log_hk)  # Delta and Ic0 go with Hk, tau_D against it
        log_h = switching_table.log_hazard(
            i * math.exp(log_i) / hk, 0.0, mtj.delta * hk, math.log(width / mtj.tau_d) + log_t + log_hk, tables
        )
        return math.log(-math.expm1(-math.exp(log_h)))

    found = bisect(lambda i: log_p(i=i), math.log(p), 0.1, 6.0)
    assert found == pytest.approx(drive, abs=0.012)
    for name, expected in (("log_hk", to_hk), ("log_i", to_i), ("log_t", to_t)):
        step = 1e-3
        slope = (log_p(**{name: step}, i=found) - log_p(**{name: -step}, i=found)) / (2 * step)
        assert slope == pytest.approx(expected, rel=0.035, abs=0.06), name


# -- long and short times


def test_without_voltage_a_device_is_retained_and_then_forgets(mtj: Mtj) -> None:
    """P = (1 - exp(-2 t/T))/2 with T = 2 x the mean passage to the top."""
    retention = 2 * mtj.mean_switching_time(0.0, 1)
    t = np.array([1e-3, 10 * YEAR, 0.1 * retention, retention, 50 * retention])
    for state in (1, -1):
        np.testing.assert_allclose(mtj.switching_probability(0.0, t, state), -np.expm1(-2 * t / retention) / 2, rtol=2e-3)


def test_weak_long_pulses_follow_the_escape_rate(mtj: Mtj) -> None:
    """The closed form of the thermal regime, at i where it holds (6 % at 0.4)."""
    i1 = 0.4
    volts = i1 * 0.2633397
    delta, t = mtj.delta, np.array([1e-3, 1e-1, 1.0])
    i1, log_g, _ = (float(q) for q in switching.reduced(mtj, volts, 1))
    rate = math.exp(fp.log_escape_rate(*linear_drive(i1, math.exp(log_g)), delta)) / mtj.tau_d
    np.testing.assert_allclose(mtj.switching_probability(volts, t, 1), -np.expm1(-rate * t), rtol=3e-3)


def test_probability_rises_with_time_from_zero(mtj: Mtj) -> None:
    t = np.concatenate([[0.0], np.geomspace(1e-16, 1e8, 600)])
    for volts, state in ((0.0, 1), (0.05, 1), (0.2, 1), (0.26, 1), (0.5, 1), (1.2, 1), (-0.3, -1), (-1.2, -1), (3.0, 1)):
        p = mtj.switching_probability(volts, t, state)
        assert p[0] == 0
        assert (p[1:] > 0).all()
        assert (np.diff(p) >= -1e-15).all(), volts
        assert p[-1] <= 1


def test_probability_rises_with_voltage(mtj: Mtj) -> None:
    v = np.linspace(-1.2, 1.2, 2001)
    for t in (1e-9, 10e-9, 100e-9):
        p = mtj.switching_probability(v, t, 1)
        assert (np.diff(p) >= -1e-12).all()
        assert (np.diff(mtj.switching_probability(v, t, -1)) <= 1e-12).all()


# -- quantiles


def test_quantile_time_inverts_the_probability(mtj: Mtj) -> None:
    u = np.array([1e-9, 1e-3, 0.1, 0.5, 0.99])[:, None]
    volts = np.array([0.1, 0.2, 0.26, 0.5, 1.0])
    t = mtj.switching_time(u, volts, 1)
    np.testing.assert_allclose(mtj.switching_probability(volts, t, 1), np.broadcast_to(u, t.shape), rtol=1e-8)


def test_quantiles_that_are_never_reached_take_forever(mtj: Mtj) -> None:
    assert mtj.switching_time(0.6, 0.0, 1) == np.inf
    assert np.isfinite(mtj.switching_time(0.4, 0.0, 1))
    assert mtj.switching_time(0.5, -0.3, 1) == np.inf
    assert mtj.switching_time(1.0, 0.5, 1) == np.inf
    assert mtj.switching_time(0.0, 0.5, 1) == 0


# -- devices, states, models of the torque


def test_arrays_of_devices_broadcast_with_voltages_and_times(mtj: Mtj) -> None:
    cells = mtj.vary((3, 4), Variation(ra=0.05, tmr=0.05, hk=0.05), seed=2)
    states = np.where(np.random.default_rng(0).random((3, 4)) < 0.5, 1, -1)
    v = 0.3 * states * np.linspace(0.8, 1.5, 12).reshape(3, 4)
    times = np.array([2e-9, 10e-9])[:, None, None]
    p = cells.switching_probability(v, times, states)
    assert p.shape == (2, 3, 4)
    for index in ((0, 0), (2, 1), (1, 3)):
        one = cells[index]
        np.testing.assert_allclose(one.switching_probability(v[index], times[:, 0, 0], states[index]), p[:, *index], rtol=1e-12)
    assert cells.switching_time(0.5, v, states).shape == (3, 4)
    assert cells.mean_switching_time(v, states).shape == (3, 4)
    assert np.shape(mtj.switching_probability(0.3, 1e-9, 1)) == ()


def test_weaker_anisotropy_switches_sooner(mtj: Mtj) -> None:
    p = [Mtj.preset("ref-pma-40", mu0_hk=hk).switching_probability(0.2, 10e-9, 1) for hk in (0.22, 0.25, 0.28)]
    assert p[0] > 3 * p[1] > 9 * p[2]


def test_voltage_torque_treats_both_states_alike() -> None:
    mtj = Mtj.preset("ref-pma-40", torque="voltage")
    v = np.array([0.1, 0.25, 0.6])
    np.testing.assert_array_equal(mtj.switching_probability(v, 5e-9, 1), mtj.switching_probability(-v, 5e-9, -1))
    i = v * 1 / mtj.r_p / mtj.ic0
    np.testing.assert_allclose(mtj.mean_switching_time(v, 1), mtj.mean_switching_time(i, 1, drive="current"), rtol=1e-12)


def test_current_torque_makes_the_antiparallel_state_harder_to_leave(mtj: Mtj) -> None:
    assert mtj.switching_probability(0.3, 10e-9, 1) > 10 * mtj.switching_probability(-0.3, 10e-9, -1)


def test_outside_the_table_the_equation_is_solved(mtj: Mtj) -> None:
    """A Delta below the table's: the answer is the equation's own, and joins the table's at the edge."""
    small = Mtj.preset("ref-pma-40", mu0_hk=0.04)
    assert small.delta < switching_table.DELTA_RANGE[0]
    t = np.array([1e-9, 5e-9, 20e-9])
    i1, log_g, delta = (float(q) for q in switching.reduced(small, 0.03, 1))
    exact = fp.probability(*linear_drive(i1, math.exp(log_g)), delta, t / small.tau_d)[0]
    np.testing.assert_allclose(small.switching_probability(0.03, t, 1), exact, atol=1e-5)
    assert small.switching_probability(0.03, small.switching_time(0.3, 0.03, 1), 1) == pytest.approx(0.3, abs=1e-6)
    edge = [
        Mtj.preset("ref-pma-40", mu0_hk=mtj.mu0_hk * (10 + d) / mtj.delta).switching_probability(0.05, 5e-9, 1)
        for d in (-1e-6, 1e-6)
    ]
    assert edge[0] == pytest.approx(edge[1], abs=3e-5)


def test_beyond_twenty_critical_currents_time_scales(mtj: Mtj) -> None:
    for i1, g, delta in ((25.0, 0.7, 40.0), (40.0, 1.0, 60.0)):
        t = np.array([2.0, 3.0, 4.0]) / i1
        exact = fp.probability(*linear_drive(i1, g), delta, t)[0]
        assert np.abs(tabulated(i1, math.log(g), delta, t) - exact).max() < 5e-3


@pytest.mark.parametrize("state", [0, 2, 0.5, [1, 0]])
def test_a_state_is_plus_or_minus_one(mtj: Mtj, state: object) -> None:
    with pytest.raises(InputError, match=r"stands at \+1"):
        mtj.switching_probability(0.3, 1e-9, state)  # type: ignore[arg-type]


def test_mistakes_are_named(mtj: Mtj) -> None:
    with pytest.raises(InputError, match="0 or more"):
        mtj.switching_probability(0.3, -1e-9, 1)
    with pytest.raises(InputError, match="finite"):
        mtj.switching_probability(np.nan, 1e-9, 1)
    with pytest.raises(InputError, match="between 0 and 1"):
        mtj.switching_time(1.5, 0.3, 1)
    with pytest.raises(InputError, match="did you mean 'current'"):
        mtj.mean_switching_time(0.3, 1, drive="curent")
    with pytest.raises(InputError, match="Delta"):
        Mtj.preset("ref-pma-40", mu0_hk=0.001).switching_probability(0.01, 1e-9, 1)


# -- VCMA and an offset field


def exact(mtj: Mtj, v: float, t: np.ndarray, state: int) -> np.ndarray:
    a, b, delta, offset = (float(q) for q in switching.linear(mtj, v, state))
    return fp.probability(a, b, delta, t / mtj.tau_d, offset)[0]


@pytest.mark.parametrize(
    "changes",
    [{"vcma": 60e-15}, {"vcma": -60e-15, "torque": "voltage"}, {"mu0_hoff": 0.015}, {"mu0_hoff": -0.02, "vcma": 900e-15}],
)
def test_devices_with_vcma_and_offset_follow_the_equation(changes: dict) -> None:  # type: ignore[type-arg]
    """Both states, both polarities, no voltage: within 1e-4, and 2 % of P down to 1e-20. 900 fJ/(V m) turns a pole's drive around."""
    mtj = Mtj.preset("ref-pma-40", **changes)
    t = np.geomspace(3e-11, 4e-8, 7)
    for state in (1, -1):
        for v in (-0.45, 0.0, 0.12, 0.33, 0.8):
            wanted, found = exact(mtj, v, t, state), mtj.switching_probability(v, t, state)
            assert np.abs(found - wanted).max() < 1e-4, (v, state)
            seen = wanted > 1e-20
            assert np.abs(found / wanted - 1)[seen].max(initial=0.0) < 0.02, (v, state)
            assert (found >= 0).all()


def test_the_table_serves_vcma_exactly_where_it_holds() -> None:
    """VCMA only changes the drive at the poles: (i1, ln g) come out as the poles' drives, and no point is solved."""
    mtj = Mtj.preset("ref-pma-40", vcma=60e-15)
    for state in (1, -1):
        i1, log_g, _ = switching.reduced(mtj, 0.3 * state, state)
        own, other = (state * mtj.drive(z, 0.3 * state) for z in (state, -state))
        assert i1 == pytest.approx(float(own))
        assert log_g == pytest.approx(math.log(other / own))


def test_vcma_lowers_the_barrier_for_one_polarity() -> None:
    plain, vcma = Mtj.preset("ref-pma-40"), Mtj.preset("ref-pma-40", vcma=60e-15)
    assert vcma.switching_probability(0.2, 10e-9, 1) > 2 * plain.switching_probability(0.2, 10e-9, 1)
    assert vcma.switching_probability(-0.3, 10e-9, -1) < plain.switching_probability(-0.3, 10e-9, -1) / 2


def test_an_offset_field_and_its_mirror_image() -> None:
    """A field towards P with a torque by voltage: P under it is AP under its opposite, at the opposite voltage."""
    up, down = (Mtj.preset("ref-pma-40", torque="voltage", mu0_hoff=h) for h in (0.02, -0.02))
    t = np.array([1e-9, 5e-9])
    np.testing.assert_allclose(up.switching_probability(0.3, t, 1), down.switching_probability(-0.3, t, -1), rtol=1e-12)
    assert (up.switching_probability(0.3, t, 1) < down.switching_probability(0.3, t, 1)).all()


def test_quantiles_and_means_with_an_offset_field() -> None:
    mtj = Mtj.preset("ref-pma-40", mu0_hoff=0.015, vcma=30e-15)
    u = np.array([1e-6, 0.1, 0.5, 0.99])
    t = mtj.switching_time(u, 0.3, 1)
    np.testing.assert_allclose(mtj.switching_probability(0.3, t, 1), u, rtol=1e-6)
    # The mean of the time from P itself, integral of 1 - P: standing on the other side is a little later than a first passage.
    times = np.linspace(0.0, 400e-9, 4001)
    mean = np.trapezoid(1 - mtj.switching_probability(0.3, times, 1), times)
    assert mtj.mean_switching_time(0.3, 1) == pytest.approx(mean, rel=0.03)
    assert mtj.mean_switching_time(0.3, 1) < mean


def test_retention_of_the_two_states_under_an_offset_field() -> None:
    mtj = Mtj.preset("ref-pma-40", mu0_hk=0.15, mu0_hoff=0.006)
    t_p, t_ap = (float(switching.retention_time(mtj, state)) for state in (1, -1))
    # exp(Delta (1 + h)^2 - Delta (1 - h)^2) = exp(4 Delta h), times the ratio (1 - h)/(1 + h) of the attempt rates
    assert t_p / t_ap == pytest.approx(math.exp(4 * mtj.delta * 0.04) * 0.96 / 1.04, rel=0.02)
    for state, retention in ((1, t_p), (-1, t_ap)):
        t = 0.01 * t_ap
        assert mtj.switching_probability(0.0, t, state) == pytest.approx(t / retention, rel=0.02)
    plain = Mtj.preset("ref-pma-40")
    assert switching.retention_time(plain, 1) == pytest.approx(2 * float(plain.mean_switching_time(0.0, 1)), rel=1e-6)
    assert switching.retention_time(plain, [1, -1]).shape == (2,)


def test_disturb_adds_up_hazards(mtj: Mtj) -> None:
    p = mtj.switching_probability(0.2, 10e-9, 1)
    assert switching.disturb_probability(mtj, 0.2, 10e-9, 1, 100) == pytest.approx(1 - (1 - p) ** 100, rel=1e-9)
    tiny = float(mtj.switching_probability(0.02, 10e-9, 1))
    assert 0 < tiny < 1e-17
    assert switching.disturb_probability(mtj, 0.02, 10e-9, 1, 1000) == pytest.approx(1000 * tiny, rel=1e-9, abs=0)
    assert switching.disturb_probability(mtj, 0.2, 10e-9, 1, 0) == 0
    with pytest.raises(InputError, match="pulses"):
        switching.disturb_probability(mtj, 0.2, 10e-9, 1, -1)


def test_a_table_of_voltages_and_widths(mtj: Mtj) -> None:
    v, t = [0.2, 0.3, 0.4], [1e-9, 5e-9]
    cells = mtj.vary((4,), Variation(ra=0.05), seed=1)
    found = switching.table(cells, v, t, 1)
    assert found.shape == (3, 2, 4)
    np.testing.assert_array_equal(found[1, 0], cells.switching_probability(0.3, 1e-9, 1))
    assert switching.table(mtj, v, t, -1).shape == (3, 2)


def test_many_points_on_threads_are_the_same_as_few(mtj: Mtj) -> None:
    v = np.linspace(0.05, 1.0, 25000)
    whole = mtj.switching_probability(v, 3e-9, 1)
    np.testing.assert_array_equal(whole[::500], mtj.switching_probability(v[::500], 3e-9, 1))


def test_a_state_without_a_well_is_refused() -> None:
    with pytest.raises(InputError, match="no well"):
        Mtj.preset("ref-pma-40", mu0_hoff=-0.14).switching_probability(0.1, 1e-9, 1)
    with pytest.raises(InputError, match="no barrier"):
        switching.retention_time(Mtj.preset("ref-pma-40", mu0_hoff=-0.3), 1)
