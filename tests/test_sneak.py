"""Sneak currents against the closed form of a floating read, and the limits of driven reads."""

import numpy as np
import pytest

from spicemtj.device.mtj import Mtj
from spicemtj.errors import InputError
from spicemtj.sneak import READS, floating_network, measure

IDEAL = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}


@pytest.mark.parametrize("engine", ["nodal", pytest.param("ngspice", marks=pytest.mark.ngspice)])
def test_floating_sneak_current_is_the_closed_form(engine):
    for read in measure([2, 4, 8, 16, 32], ["floating"], engine=engine, **IDEAL):
        assert read.sneak == pytest.approx(read.closed_form, rel=1e-6)


@pytest.mark.parametrize("engine", ["nodal", pytest.param("ngspice", marks=pytest.mark.ngspice)])
def test_the_apparent_tmr_of_a_floating_read_shrinks_as_the_formula_says(engine):
    device = Mtj.preset("ref-pma-40", vh=1e6)  # no bias dependence: the cell is a resistor in each state
    r = float(device.r_p)
    for read in measure([2, 8, 32], ["floating"], engine=engine, device=device, **IDEAL):
        sneak = floating_network(r, read.size, read.size)
        g_p, g_ap = 1 / r + 1 / sneak, 1 / (2.2 * r) + 1 / sneak
        assert read.margin == pytest.approx(g_p / g_ap - 1, rel=1e-6)


def test_driven_lines_leave_no_sneak_path_without_wires():
    for read in measure([4, 8], ["grounded"], engine="nodal", **IDEAL):
        assert abs(read.sneak) < 1e-15
        assert read.margin == pytest.approx(1.2 / (1 + 0.04), rel=1e-9)  # TMR at 0.1 V with vh = 0.5 V


@pytest.mark.parametrize("scheme", ["V/2", "V/3"])
def test_biased_columns_add_their_share_to_the_sense_current(scheme):
    """The unselected rows push (rows at V/2 or V/3) through the selected column: (m - 1) parallel cells."""
    (read,) = measure([8], [scheme], engine="nodal", **IDEAL)
    share = {"V/2": 0.5, "V/3": 1 / 3}[scheme]
    assert read.sneak == pytest.approx(7 * share * 0.1 / float(Mtj.preset("ref-pma-40").r_p), rel=1e-9)


def test_wires_lower_the_far_cells_voltage():
    (near,) = measure([16], ["grounded"], engine="nodal", **IDEAL)
    (far,) = measure([16], ["grounded"], engine="nodal")
    assert near.v_far == pytest.approx(1.0)
    assert far.v_far < 0.95


def test_wrong_requests_are_named():
    with pytest.raises(InputError, match="did you mean 'floating'"):
        measure([4], ["floatin"], engine="nodal")
    with pytest.raises(InputError, match="sizes start at 2"):
        measure([1], READS, engine="nodal")
    with pytest.raises(InputError, match="1R"):
        measure([4], READS, engine="nodal", cell="1T1R")
    assert np.isinf(floating_network(1e3, 1, 5))
