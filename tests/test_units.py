"""Quantities as people write them, and numbers as SPICE reads them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spicemtj.errors import InputError
from spicemtj.units import engineering, literal, quantity


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("5k", "", 5e3),
        ("5k", "ohm", 5e3),
        ("5K", "ohm", 5e3),
        ("5 kohm", "ohm", 5e3),
        ("5kΩ", "ohm", 5e3),
        ("5kOhm", "", 5e3),
        ("2.5ns", "s", 2.5e-9),
        ("3ns", "s", 3e-9),
        ("2.5n", "s", 2.5e-9),
        ("2.5m", "s", 2.5e-3),
        ("2m", "V", 2e-3),
        ("-3 mV", "V", -3e-3),
        ("0.9 V", "V", 0.9),
        (".5", "V", 0.5),
        ("1e-9", "s", 1e-9),
        ("1E3k", "ohm", 1e6),
        ("1meg", "", 1e6),
        ("1M", "ohm", 1e6),
        ("2G", "ohm", 2e9),
        ("7 µA", "A", 7e-6),
        ("7 μA", "A", 7e-6),
        ("7uA", "A", 7e-6),
        ("250 mT", "T", 0.25),
        ("300K", "K", 300.0),
        ("40nm", "m", 40e-9),
        ("3 m", "m", 3.0),
        ("3m", "", 3e-3),
        ("3mm", "m", 3e-3),
        ("5%", "", 0.05),
        ("5 %", "1", 0.05),
        ("10f", "", 1e-14),
        ("1 F", "F", 1.0),
        (7, "V", 7.0),
        (0.25, "V", 0.25),
        ("inf", "ohm", math.inf),
        ("-inf", "ohm", -math.inf),
    ],
)
def test_quantity(text: str | float, unit: str, value: float) -> None:
    assert quantity(text, unit) == value  # the same float, not one beside it


def test_quantity_nan_is_a_floating_line() -> None:
    assert math.isnan(quantity("nan", "V"))


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("2.5nV", "s"),
        ("5A", "V"),
        ("5%", "V"),
        ("1,5", ""),
        ("", ""),
        ("k", ""),
        ("1 000", ""),
        ("1P", ""),
        ("5 parsec", ""),
        ("1n n", ""),
    ],
)
def test_quantity_refuses(text: str, unit: str) -> None:
    with pytest.raises(InputError, match="cannot read") as caught:
        quantity(text, unit)
    assert repr(text) in str(caught.value)
    assert unit in str(caught.value)
    assert "2.5e-9" in str(caught.value)  # the remedy


def test_quantity_refuses_a_truth_value() -> None:
    with pytest.raises(InputError, match="not a number"):
        quantity(True)


def test_literal_is_exact_and_plain() -> None:
    rng = np.random.default_rng(4)
    numbers = rng.standard_normal(2_000) * 10.0 ** rng.integers(-30, 30, 2_000)
    for number in (*numbers, 0.1, 1.0, 1e22, 5e-324, np.float32(0.1), np.int64(3)):
        text = literal(number)
        assert float(text) == float(number)
        assert set(text) <= set("0123456789.e+-")  # no suffix, no numpy repr


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_literal_refuses_what_spice_cannot_read(value: float) -> None:
    with pytest.raises(InputError, match="netlist"):
        literal(value)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.136263e-9, "s", "1.136 ns"),
        (6366.2, "ohm", "6.366 kohm"),
        (41.3653e-6, "A", "41.37 uA"),
        (-2e-9, "s", "-2 ns"),
        (0.0, "V", "0 V"),
        (5.0, "", "5"),
        (3e-22, "s", "0.0003 as"),
        (math.inf, "ohm", "inf ohm"),
    ],
)
def test_engineering(value: float, unit: str, text: str) -> None:
    assert engineering(value, unit) == text
