"""Sneak currents and margins against closed forms, the search for the largest array against brute force, sweeps."""

import json

import numpy as np
import pytest

import spicemtj as sm
from spicemtj.cli import main
from spicemtj.device.mtj import Mtj
from spicemtj.device.variation import Variation
from spicemtj.errors import InputError
from spicemtj.results import read
from spicemtj.sneak import READS, Sweep, disturb, floating_network, largest, measure, read_lines
from spicemtj.sneak.reads import lines_of, square
from spicemtj.sneak.size import search

IDEAL = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}


@pytest.mark.parametrize("engine", ["nodal", pytest.param("ngspice", marks=pytest.mark.ngspice)])
def test_floating_sneak_current_is_the_closed_form(engine):
    for found in measure([2, 4, 8, 32], ["floating"], engine=engine, **IDEAL):
        assert found.sneak == pytest.approx(found.closed_form, rel=1e-6)


@pytest.mark.parametrize("engine", ["nodal", pytest.param("ngspice", marks=pytest.mark.ngspice)])
def test_the_apparent_tmr_of_a_floating_read_shrinks_as_the_formula_says(engine):
    device = Mtj.preset("ref-pma-40", vh=1e6)  # no bias dependence: the cell is a resistor in each state
    r = float(device.r_p)
    for found in measure([2, 8, 32], ["floating"], engine=engine, device=device, **IDEAL):
        sneak = floating_network(r, found.size, found.size)
        g_p, g_ap = 1 / r + 1 / sneak, 1 / (2.2 * r) + 1 / sneak
        assert found.margin == pytest.approx(g_p / g_ap - 1, rel=1e-6)


def test_driven_lines_leave_no_sneak_path_without_wires():
    for found in measure([4, 8], ["grounded"], engine="nodal", **IDEAL):
        assert abs(found.sneak) < 1e-15
        assert found.margin == pytest.approx(1.2 / (1 + 0.04), rel=1e-9)  # TMR at 0.1 V with vh = 0.5 V


@pytest.mark.parametrize("scheme", ["V/2", "V/3"])
def test_biased_columns_add_their_share_to_the_sense_current(scheme):
    """The unselected rows push (rows at V/2 or V/3) through the selected column: (m - 1) parallel cells."""
    (found,) = measure([8], [scheme], engine="nodal", **IDEAL)
    share = {"V/2": 0.5, "V/3": 1 / 3}[scheme]
    assert found.sneak == pytest.approx(7 * share * 0.1 / float(Mtj.preset("ref-pma-40").r_p), rel=1e-9)


def test_wires_lower_the_far_cells_voltage():
    (near,) = measure([16], ["grounded"], engine="nodal", **IDEAL)
    (far,) = measure([16], ["grounded"], engine="nodal")
    assert near.v_far == pytest.approx(1.0)
    assert far.v_far < 0.95


def test_the_margin_for_any_data_has_its_closed_form():
    """Floating lines: the lowest parallel current comes with all others antiparallel, the highest antiparallel one with all parallel."""
    device = Mtj.preset("ref-pma-40", vh=1e6)
    r, volts = float(device.r_p), 0.1
    for size, found in zip(
        (2, 6), measure([2, 6], ["floating"], engine="nodal", any_data=True, device=device, **IDEAL), strict=True
    ):
        low = volts / r + volts / floating_network(2.2 * r, size, size)
        high = volts / (2.2 * r) + volts / floating_network(r, size, size)
        assert found.margin_any == pytest.approx(low / high - 1, rel=1e-6)
        assert found.window_any == pytest.approx(low - high, rel=1e-6)
        assert found.window == pytest.approx(volts / r - volts / (2.2 * r), rel=1e-6)


def test_a_read_of_negative_volts_has_the_same_margins():
    up, down = (measure([5], ["floating"], engine="nodal", any_data=True, volts=v)[0] for v in (0.1, -0.1))
    assert down.margin == pytest.approx(up.margin, rel=1e-9)
    assert down.margin_any == pytest.approx(up.margin_any, rel=1e-9)
    assert down.window_any == pytest.approx(-up.window_any, rel=1e-9)
    assert down.window == pytest.approx(-up.window, rel=1e-9)


@pytest.mark.parametrize("scheme", ["V/2", "V/3", "grounded"])
def test_far_and_near_corner_are_the_worst_and_the_best_of_all_cells(scheme):
    (found,) = measure([5], [scheme], engine="nodal", r_wl=20.0, r_bl=20.0)
    xbar = sm.Crossbar(5, 5, r_wl=20.0, r_bl=20.0)
    every = [sm.solve(xbar, *read_lines(scheme, 5, 5, i, j, 0.1)).v_cell[i, j] / 0.1 for i in range(5) for j in range(5)]
    assert found.v_far == pytest.approx(min(every), rel=1e-9)
    assert found.v_near == pytest.approx(max(every), rel=1e-3)


def test_transistors_cut_the_sneak_paths():
    (found,) = measure([6], engine="nodal", cell="1T1R", **IDEAL)
    (alone,) = measure([2], engine="nodal", cell="1T1R", **IDEAL)
    assert found.scheme == "gate"
    assert abs(found.sneak) < 1e-12 * found.i_p
    assert found.margin == pytest.approx(alone.margin, rel=1e-6)
    assert np.isnan(found.closed_form)


def test_broken_cells_are_drawn_around_the_cells_under_test():
    faults = {"open": 0.3, "stuck": 0.3}
    grids = [square(9, faults, seed=s).faults for s in range(20)]
    assert all(grid[0, 8] == grid[8, 0] == 0 for grid in grids)
    assert 0.5 < np.mean([grid > 0 for grid in grids]) < 0.65
    (whole,), (broken,) = (measure([9], ["floating"], engine="nodal", faults=f, seed=1) for f in (None, faults))
    assert broken.sneak < 0.9 * whole.sneak


def test_the_largest_array_is_that_of_the_closed_form():
    """Floating, no wires, no bias dependence: the apparent TMR by size is a formula, whose last size above the margin is looked up."""
    device = Mtj.preset("ref-pma-40", vh=1e6)
    r = float(device.r_p)

    def margin(size):
        sneak = floating_network(r, size, size)
        return (1 / r + 1 / sneak) / (1 / (2.2 * r) + 1 / sneak) - 1

    for required in (0.3, 0.1, 0.05):
        found = largest("floating", margin=required, limit=64, device=device, **IDEAL)
        assert found.size == max(size for size in range(2, 65) if margin(size) >= required)
        assert found.margin == pytest.approx(margin(found.size), rel=1e-6)
        assert not found.capped
        assert found.reads < 14
    assert largest("floating", margin=0.7, limit=64, device=device, **IDEAL).size == 0
    capped = largest("floating", margin=0.2, limit=4, device=device, **IDEAL)
    assert (capped.size, capped.capped) == (4, True)


@pytest.mark.parametrize("limit", [2, 3, 16, 37])
def test_the_search_finds_every_threshold(limit):
    (read_at,) = measure([2], ["grounded"], engine="nodal", **IDEAL)
    for last in range(1, limit + 3):
        asked = []

        def at(size, asked=asked):
            asked.append(size)
            return read_at

        found = search(at, lambda _, last=last, asked=asked: asked[-1] <= last, limit)
        assert found.size == (0 if last < 2 else min(last, limit))
        assert found.capped == (last >= limit)
        assert len(asked) == len(set(asked)) == found.reads
        assert max(asked) <= limit


def test_the_window_can_be_what_is_required():
    options = {"engine": "nodal", "r_wl": 5.0, "r_bl": 5.0}
    found = largest("grounded", window=5e-6, limit=64, **options)
    inside, outside = measure([found.size, found.size + 1], ["grounded"], **options)
    assert inside.window >= 5e-6 > outside.window


SMALL = {
    "sizes": (4, 6),
    "schemes": ("V/2", "V/3", "gate"),
    "cells": ("1R", "1T1R"),
    "r_wire": (0.5, 3.0),
    "ra": (8e-12, 20e-12),
}


def test_a_sweep_leaves_out_schemes_that_do_not_fit_and_keeps_its_order():
    points = [(t["cell"], t["scheme"], t["ra"], t["r_wire"], t["size"]) for t in Sweep(**SMALL).tasks()]
    assert len(points) == len(set(points)) == 3 * 2 * 2 * 2
    assert points[:2] == [("1R", "V/2", 8e-12, 0.5, 4), ("1R", "V/2", 8e-12, 0.5, 6)]
    assert {p[:2] for p in points} == {("1R", "V/2"), ("1R", "V/3"), ("1T1R", "gate")}


def test_points_of_a_sweep_are_the_reads_and_disturbs_of_their_arrays():
    sweep = Sweep((5,), ("V/3",), r_wire=(2.0,), ra=(12e-12,), variation=Variation(ra=0.1), seed=3, write_volts=0.9)
    (row,) = sweep.run()
    device = Mtj.preset("ref-pma-40", ra=12e-12)
    options = {"device": device, "variation": {"ra": 0.1}, "seed": 3, "r_wl": 2.0, "r_bl": 2.0}
    (single,) = measure([5], ["V/3"], engine="nodal", any_data=True, **options)
    assert row["margin"] == pytest.approx(single.margin, rel=1e-12)
    assert row["window_any"] == pytest.approx(single.window_any, rel=1e-12)
    xbar = sm.Crossbar(5, 5, **options)
    found = [
        disturb(xbar, sm.Write("V/3", *cell, volts, 10e-9), exposed=True) for cell in ((0, 4), (4, 0)) for volts in (0.9, -0.9)
    ]
    assert row["disturb_worst"] == pytest.approx(max(d.worst() for d in found), rel=1e-9)
    assert row["disturb_sum_thousand"] == pytest.approx(max(d.total(1000) for d in found), rel=1e-9)
    assert row["histogram"].sum() == 24


def test_more_resistance_in_the_junction_bears_more_wire():
    rows = Sweep((16,), ("grounded",), r_wire=(3.0,), ra=(5e-12, 20e-12, 80e-12), without_writes=True).run()
    assert [row["ra"] for row in rows] == [5e-12, 20e-12, 80e-12]
    assert rows[0]["v_far"] < rows[1]["v_far"] < rows[2]["v_far"]
    assert "disturb_worst" not in rows[0]


def test_a_write_that_nothing_can_drive_leaves_a_gap():
    """RA 100 on this layer would need more than any controller gives."""
    (row,) = Sweep((3,), ("V/2",), ra=(300e-12,)).run()
    assert np.isnan(row["volts_to_antiparallel"])
    assert np.isnan(row["disturb_worst"])
    assert np.isfinite(row["margin"])


def test_a_sweep_takes_up_what_is_done():
    sweep = Sweep((3, 4), ("V/2",), without_writes=True)
    kept = {}
    sweep.run(on_result=kept.__setitem__)
    assert len(kept) == 2
    mark = {name: dict(value, margin=-1.0) for name, value in kept.items()}
    assert [row["margin"] for row in sweep.run(done=mark)] == [-1.0, -1.0]


@pytest.mark.slow
def test_a_sweep_runs_the_same_in_processes():
    sweep = Sweep((3, 4), ("V/2",))
    here, there = sweep.run(workers=1), sweep.run(workers=2)
    for name in ("i_p", "window_any", "disturb_sum"):
        assert [row[name] for row in there] == [row[name] for row in here]


@pytest.mark.slow
def test_the_verb_sweeps_searches_and_draws(capsys, tmp_path):
    out = tmp_path / "s.h5"
    arguments = ["sneak", "--sizes", "3,4", "--r-wire", "3", "--ra", "8,20", "--schemes", "V/2,gate", "--cells", "1R,1T1R"]
    assert main([*arguments, "--margin", "20%", "--limit", "8", "--out", str(out), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["engine"] == "nodal"
    assert len(data["reads"]) == 8
    assert len(data["largest"]) == 4
    assert {row["size"] for row in data["largest"] if row["scheme"] == "gate"} == {8}
    saved = read(out, "sneak")
    assert saved.value("ra").tolist() == [row["ra"] for row in data["reads"]]
    assert saved.data["ra"].unit == "ohm m^2"
    assert saved.value("histogram").shape[:2] == (8, 3)
    assert saved.value("largest/size").tolist() == [row["size"] for row in data["largest"]]
    assert not out.with_name("s.h5.part").exists()
    from spicemtj import figures_sneak

    assert sum(axis.axison for axis in figures_sneak.overview(saved).axes) == 7
    assert len(figures_sneak.voltages(saved).axes) == 2
    assert figures_sneak.largest(saved).axes[0].get_ylim()[1] > 8
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    assert main([*arguments[:3], "--margin", "20%", "--limit", "3", "--reads-only", "--figure", str(tmp_path / "f.png")]) == 0
    text = capsys.readouterr().out
    assert "3 x 3 or more" in text
    assert "disturb" not in text
    assert (tmp_path / "f.png").exists()


def test_wrong_requests_are_named():
    with pytest.raises(InputError, match="did you mean 'floating'"):
        measure([4], ["floatin"], engine="nodal")
    with pytest.raises(InputError, match="sizes start at 2"):
        measure([1], READS, engine="nodal")
    with pytest.raises(InputError, match="read scheme of 1T1R cells"):
        measure([4], READS, engine="nodal", cell="1T1R")
    with pytest.raises(InputError, match="no scheme of V/2 fits 1T1R cells; add gate"):
        Sweep(schemes=("V/2",), cells=("1R", "1T1R"))
    with pytest.raises(InputError, match="did you mean"):
        Sweep(schemes=("V/4",))
    with pytest.raises(InputError, match="give one"):
        largest("V/2")
    with pytest.raises(InputError, match="above 0"):
        largest("V/2", margin=-1.0)
    with pytest.raises(InputError, match="start at 2"):
        largest("V/2", margin=0.1, limit=1)
    assert main(["sneak", "--engine", "nodal", "--out", "nowhere/at/all.h5"]) == 2
    with pytest.raises(InputError, match="read scheme of 1R"):
        lines_of(sm.Crossbar(3, 3), "gate", 0, 0, 0.1)
    assert np.isinf(floating_network(1e3, 1, 5))
