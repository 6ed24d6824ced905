"""The selector: its table, what it makes of it, and the part of it that a netlist holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spicemtj.device.selector import Selector
from spicemtj.errors import InputError

V, AMPERES = [-0.4, -0.1, 0.0, 0.1, 0.3], [-5e-5, -1e-6, 0.0, 1e-6, 2e-5]


def test_current_is_linear_between_the_points_and_beyond_them() -> None:
    s = Selector(V, AMPERES)
    inside = np.linspace(-0.4, 0.3, 701)
    np.testing.assert_allclose(s.current(inside), np.interp(inside, V, AMPERES), rtol=1e-12, atol=1e-20)
    assert s.current(0.0) == 0
    np.testing.assert_allclose(s.current([0.5, -0.7]), [2e-5 + 0.2 * 1.9e-5 / 0.2, -5e-5 - 0.3 * 4.9e-5 / 0.3], rtol=1e-12)
    assert s.current(np.zeros((2, 3))).shape == (2, 3)


def test_conductance_is_the_slope_of_the_current() -> None:
    s = Selector(V, AMPERES)
    at = np.array([-0.9, -0.25, -0.05, 0.02, 0.2, 0.8])
    step = 1e-6
    np.testing.assert_allclose(s.conductance(at), (s.current(at + step) - s.current(at - step)) / (2 * step), rtol=1e-6)
    assert s.conductance(0.1) == pytest.approx(1.9e-5 / 0.2, rel=1e-12, abs=0)  # at a point: the section above


def test_the_table_is_copied_and_cannot_be_changed() -> None:
    v = np.array(V)
    s = Selector(v, AMPERES)
    v[0] = -1.0
    assert s.v[0] == -0.4
    with pytest.raises(ValueError, match="read-only"):
        s.v[0] = 0.0


@pytest.mark.parametrize(
    ("v", "i", "words"),
    [
        (V, AMPERES[:-1], r"v \(5,\) and i \(4,\)"),
        ([0.0, 1.0], [0.0, 1.0], "3 points or more"),
        ([-0.1, 0.0, 0.0, 0.1], [-1, 0.0, 0.0, 1], "v goes from 0 to 0 V at point 2"),
        ([-0.1, 0.0, 0.1, 0.2], [-1, 0.0, 2, 1], "i goes from 2 to 1 A at point 3"),
        ([-0.1, 0.01, 0.1], [-1, 0.0, 1], "no point at 0 V and 0 A"),
        ([0.0, 0.1, 0.2], [0.0, 1, 2], "ends at 0 V"),
        ([-0.1, 0.0, np.inf], [-1, 0.0, 1], "must be finite"),
    ],
)
def test_a_table_that_is_none_is_refused(v: list[float], i: list[float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Selector(v, i)


def test_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("# measured\nvolts, amperes\n-0.1,-1e-6\n0, 0\n\n0.1,2e-6\n")
    s = Selector.from_csv(path)
    assert s.name == "mine"
    np.testing.assert_array_equal(s.v, [-0.1, 0.0, 0.1])
    np.testing.assert_array_equal(s.i, [-1e-6, 0.0, 2e-6])
    path.write_text("v,i\n-0.1,-1e-6\n0,zero\n")
    with pytest.raises(InputError, match="line 3: '0,zero'"):
        Selector.from_csv(path)
    with pytest.raises(InputError, match="cannot read the selector's table"):
        Selector.from_csv(tmp_path / "none.csv")


def test_the_preset_has_its_stated_figures() -> None:
    s = Selector.preset()
    assert s.current(0.5) == pytest.approx(60e-6, rel=0.02, abs=0)
    assert s.current(0.5) / s.current(0.25) == pytest.approx(500, rel=0.05)
    np.testing.assert_allclose(s.current(s.v), 4.5e-10 * np.sinh(s.v / 0.04), rtol=1e-12)
    np.testing.assert_array_equal(s.current(-s.v), -s.current(s.v))
    with pytest.raises(InputError, match="did you mean 'ref-sinh'"):
        Selector.preset("ref-sin")


@pytest.mark.parametrize(("low", "high"), [(-0.3, 0.2), (0.0, 0.0), (-0.05, 0.5), (-9.0, 9.0), (-0.1, 0.1)])
def test_between_is_the_same_law_there_with_no_spare_points(low: float, high: float) -> None:
    s = Selector.preset()
    part = s.between(low, high)
    at = np.linspace(max(low, -1.0), min(high, 1.0), 501)
    np.testing.assert_allclose(part.current(at), s.current(at), rtol=1e-12, atol=0)
    needed = np.sum((s.v > low) & (s.v < high))
    assert len(part.v) <= max(needed + 2, 3)


@pytest.mark.parametrize("g", [1e-6, 1.6e-4, 1e-2])
@pytest.mark.parametrize("volts", [0.01, 0.4, 1.0, 3.0])
def test_reach_is_the_voltage_across_it_behind_that_conductance(g: float, volts: float) -> None:
    """The series connection by bisection; and the whole voltage where nothing is in series."""
    s = Selector([-0.4, -0.1, 0.0, 0.2, 0.3], AMPERES)
    low, high = s.reach(volts, g)
    for end, sign in ((low, -1), (high, 1)):
        a, b = 0.0, volts
        for _ in range(100):
            x = (a + b) / 2
            a, b = (x, b) if abs(float(s.current(sign * x))) < g * (volts - x) else (a, x)
        assert abs(end) >= x * (1 - 1e-12)
        if x < abs(s.v[0 if sign < 0 else -1]):
            assert abs(end) == pytest.approx(x, rel=1e-9, abs=0)
    assert s.reach(volts, np.inf) == (-volts, volts)
