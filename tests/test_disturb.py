"""Write disturb: predicted from the network's voltages, against the engines' writes, design figures and flips counted in ngspice."""

import dataclasses

import numpy as np
import pytest

import spicemtj as sm
from spicemtj.circuit.schemes import Drive, Write, selection
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.errors import InputError
from spicemtj.sneak import Count, classes, count_flips, disturb, repeated, selected_voltages
from spicemtj.sneak.cells import COLUMN, ROW, SELECTED, UNSELECTED, histogram

IDEAL = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}
STIFF = {"r_wl": 1.0, "r_bl": 1.0, "r_driver_wl": 10.0, "r_driver_bl": 10.0}
SECONDS = 10e-9


def test_classes_of_one_cell_and_of_several():
    one = classes((3, 4), [1], [2])
    np.testing.assert_array_equal(one, [[3, 3, 2, 3], [1, 1, 0, 1], [3, 3, 2, 3]])
    many = classes((6, 5), [0, 3], [1, 2])
    for i in range(6):
        for j in range(5):
            row, col = i in (0, 3), j in (1, 2)
            assert many[i, j] == {(True, True): SELECTED, (True, False): ROW, (False, True): COLUMN}.get((row, col), UNSELECTED)
    with pytest.raises(InputError, match="row 6 is outside"):
        classes((6, 5), [6], [1])


def test_a_histogram_counts_every_cell_once():
    v = np.random.default_rng(1).normal(0, 0.6, (7, 9))
    v[0, 0] = np.nan
    kinds = classes(v.shape, [2], [3])
    counts = histogram(v, kinds, np.linspace(-1, 1, 9))
    assert counts.sum(axis=1).tolist() == [8, 6, 7 * 9 - 1 - 8 - 6 - 1]
    assert counts[0, 0] == (v[2, np.arange(9) != 3] < -0.75).sum()


@pytest.mark.parametrize("pulses", [1, 7, 1000])
def test_repeated_pulses_of_any_probability(pulses):
    for p in (0.0, 1e-20, 1e-12, 1e-3, 0.4, 1.0):
        exact = pulses * p if p * pulses < 1e-8 else 1 - (1 - p) ** pulses
        assert float(repeated(p, pulses)) == pytest.approx(exact, rel=1e-7, abs=0)


@pytest.mark.parametrize(
    ("scheme", "volts", "worst"), [("V/2", 0.2709, 3.1e-6), ("V/2", -0.4214, 1.6e-6), ("V/3", -0.4214, 7.1e-6)]
)
def test_disturb_of_a_pulse_that_flips_half_of_the_cells(scheme, volts, worst):
    """ref-pma-40, 10 ns, no wires; V/3 towards parallel attacks the parallel cells beside it more than V/2 does its half-selected ones."""
    found = disturb(sm.Crossbar(6, 6, **IDEAL), Write(scheme, 2, 3, volts, SECONDS), exposed=True)
    assert found.p[2, 3] == pytest.approx(0.5, abs=0.01)
    assert found.worst() == pytest.approx(worst, rel=0.03)
    assert found.worst(1000) == pytest.approx(1 - (1 - found.worst()) ** 1000, rel=1e-6)
    attacked = {"V/2": (ROW, COLUMN), "V/3": (UNSELECTED,)}[scheme]
    cells = int(np.isin(found.kinds, attacked).sum())
    assert found.total(of=attacked) == pytest.approx(cells * found.worst(), rel=1e-6)
    rows = {row["class"]: row for row in found.table()}
    assert sum(row["cells"] for row in rows.values()) == 36
    assert sum(rows[k]["sum_thousand"] for k in ("row", "column", "unselected")) == pytest.approx(found.total(1000), rel=1e-9)


@pytest.mark.parametrize(("cell", "scheme"), [("1R", "V/2"), ("1R", "V/3"), ("1R", "floating"), ("1T1R", "gate")])
def test_prediction_and_write_tell_the_same_probabilities(cell, scheme):
    rng = np.random.default_rng(4)
    faults = np.zeros((6, 6), dtype=int)
    faults[1, 1], faults[2, 4], faults[3, 0] = 1, 3, 4
    xbar = sm.Crossbar(6, 6, cell=cell, states=rng.choice([-1, 1], (6, 6)), faults=faults, variation={"hk": 0.05}, seed=2)
    pulse = Write(scheme, 2, 2, 0.6, SECONDS)
    found, res = disturb(xbar, pulse), sm.write(xbar, pulse)
    np.testing.assert_allclose(found.v_cell, res.v_start, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.p, res.p_flip, rtol=1e-5, atol=1e-12)
    assert (found.p[faults != 0] == 0).all()


@pytest.mark.parametrize("scheme", ["V/2", "V/3", "floating", "grounded"])
def test_exposed_data_suffer_more_than_any_of_60_random_ones(scheme):
    """But for floating lines, whose voltage the data shift too; there as everywhere no voltage holds its cell in its state."""
    pulse = Write(scheme, 1, 2, -0.9, SECONDS)
    xbar = sm.Crossbar(5, 5)
    found = disturb(xbar, pulse, exposed=True)
    strong = np.abs(found.v_cell) > 0.01
    assert (found.v_cell * found.states > 0)[strong].all()
    rng = np.random.default_rng(6)
    others = [disturb(xbar.with_states(rng.choice([-1, 1], (5, 5))), pulse).total() for _ in range(60)]
    assert 0 < np.median(others) < found.total()
    if scheme != "floating":
        assert max(others) < found.total()


@pytest.mark.parametrize(("cell", "scheme"), [("1R", "V/2"), ("1R", "V/3"), ("1R", "grounded"), ("1T1R", "gate")])
def test_the_corners_hold_the_extremes_of_selected_voltages(cell, scheme):
    """Against every cell of a 4 x 4 array under four random data sets and the two that the function reads itself; to 0.2 %."""
    xbar = sm.Crossbar(4, 4, cell=cell, r_wl=20.0, r_bl=20.0)
    low, high = selected_voltages(xbar, scheme, 0.5)
    rng = np.random.default_rng(3)
    seen = []
    for states in [rng.choice([-1, 1], (4, 4)) for _ in range(4)] + [np.full((4, 4), s) for s in (1, -1)]:
        for i, j in np.ndindex(4, 4):
            lines = selection(xbar, scheme, [i], [j], 0.5, 1.0).acting()
            seen.append(sm.solve(xbar.with_states(states), *lines).v_cell[i, j])
    assert low == pytest.approx(min(seen), rel=2e-3)
    assert high == pytest.approx(max(seen), rel=2e-3)
    assert high > 1.03 * low


def test_counts_merge_and_know_their_spread():
    both = Count(10, 4, 3.0, 2.0) + Count(5, 1, 1.0, 2.0)
    assert dataclasses.astuple(both) == (15, 5, 4.0, 4.0)
    assert both.sigmas == pytest.approx(0.5)
    assert Count().sigmas == 0


def test_counting_puts_the_states_back_and_takes_one_pulse():
    xbar = sm.Crossbar(3, 3, **IDEAL)
    pulse = Write("V/2", 1, 1, 0.55, SECONDS)
    found = count_flips(xbar, pulse, classes((3, 3), [1], [1]), range(40), "nodal")
    assert set(found) == {"selected", "row", "column", "unselected"}
    assert found["row"].cells == 80
    p = float(xbar.cells.switching_probability(0.275, SECONDS, 1))
    assert found["row"].expected == pytest.approx(80 * p, rel=1e-6)  # the same each time
    two = Drive(np.array([0.0, 1e-9, 2e-9]), np.zeros((2, 3)), np.zeros((2, 3)), pulse=[0, 1])
    with pytest.raises(InputError, match="2 pulses"):
        count_flips(xbar, two, classes((3, 3), [1], [1]), [1], "nodal")
    with pytest.raises(InputError, match="ohmic"):
        disturb(sm.Crossbar.from_resistances(np.full((3, 3), 1e3)), pulse)


@pytest.mark.slow
@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("scheme", "volts", "pulses", "watched"),
    [
        ("V/2", 0.53, 26, ("row", "column")),
        ("V/3", 0.8, 20, ("row", "column")),
        ("V/3", -0.75, 9, ("unselected",)),  # towards parallel: -V/3 attacks the parallel cells beside
    ],
)
def test_disturbed_cells_flip_in_the_circuit_as_predicted(tmp_path, scheme, volts, pulses, watched):
    """16 x 16, 1 ohm wires, 10 ohm drivers, other cells parallel before each pulse: at least 200 flips expected, within 3 sigma."""
    engine = NgspiceEngine(timeout=300, failed=tmp_path)
    states = np.ones((16, 16))
    states[8, 8] = np.sign(volts)
    xbar = sm.Crossbar(16, 16, states=states, **STIFF)
    found = count_flips(xbar, Write(scheme, 8, 8, volts, SECONDS), classes((16, 16), [8], [8]), range(pulses), engine)
    seen = sum((found[name] for name in watched), Count())
    assert seen.expected > 200
    assert abs(seen.sigmas) < 3
    rest = sum((found[name] for name in ("row", "column", "unselected") if name not in watched), Count())
    assert rest.cells + seen.cells == 255 * pulses
    assert rest.flips == 0


@pytest.mark.slow
@pytest.mark.ngspice
def test_cells_of_an_open_gate_line_flip_in_the_circuit_as_predicted(tmp_path):
    """A parallel update of three rows and four columns, the other bit lines at half of the word lines' volts instead of at all of them.

    At least 200 flips expected, within 3 sigma. With bit lines that follow the word lines nothing is disturbed, nor behind closed gates.
    """
    engine = NgspiceEngine(timeout=300, failed=tmp_path)
    xbar, volts = sm.Crossbar(16, 16, cell="1T1R", **STIFF), 0.72
    rows, cols = [4, 8, 12], [2, 6, 10, 14]
    kinds = classes((16, 16), rows, cols)
    drive = selection(xbar, "gate", rows, cols, volts, SECONDS)
    assert count_flips(xbar, drive, kinds, range(3), engine)["row"] == Count(
        108, 0, pytest.approx(0, abs=1e-12), pytest.approx(0, abs=1e-12)
    )
    half_level = Drive(drive.edges, drive.v_wl, np.where(drive.v_bl > 0, volts / 2, 0.0), drive.v_gate, rise=drive.rise)
    found = count_flips(xbar, half_level, kinds, range(16), engine)
    assert found["row"].expected > 200
    assert abs(found["row"].sigmas) < 3
    assert found["column"].flips == found["unselected"].flips == 0
