"""The junction in a netlist, of either kind: its law at every voltage, its rest in operating points, and both kinds in one array."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spicemtj import Crossbar, Mtj, Write
from spicemtj.device import equations
from spicemtj.device.switching.quantile_fit import QuantileFit, fit
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.engines.nodal import Nodal
from spicemtj.randomness import cell_uniforms

pytestmark = pytest.mark.ngspice

KINDS = ("behavioural", "compiled")
T_REF = 5e-9


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> NgspiceEngine:
    return NgspiceEngine(timeout=120, failed=tmp_path / "failed", device=request.param)


def junction(engine: NgspiceEngine, start: int, sources: list[str], analysis: str) -> tuple[dict[str, np.ndarray], QuantileFit]:
    """One junction between p and ground through the source vn, with node a; and its law."""
    mtj, states = Mtj.preset("ref-pma-40"), np.array([start], dtype=np.int8)
    law = fit(mtj, np.array([0.4]), states, T_REF)
    cards = engine.junctions(Crossbar(1, 1))
    load = [".control", f"pre_osdi {cards.osdi}", ".endc"] if cards.osdi else []
    body = cards.switching(["c"], ["p"], ["n"], ["a"], mtj, states, law, T_REF)
    options = ".options klu reltol=1e-9 vntol=1e-12 abstol=1e-15 gmin=1e-18 trtol=1e6"
    return engine.run("\n".join(["* one junction", *load, *body, "vn n 0 0", *sources, options, analysis, ".end", ""])), law


@pytest.mark.parametrize("start", [1, -1])
def test_it_holds_its_state_in_operating_points(engine: NgspiceEngine, start: int) -> None:
    mtj = Mtj.preset("ref-pma-40")
    for sources, analysis in ((["vp p 0 0.5"], ".op"), (["vp p 0 0"], ".dc vp -0.6 0.6 0.05")):
        waves, _ = junction(engine, start, sources, analysis)
        v = waves["v(p)"]
        np.testing.assert_allclose(waves["i(vn)"], mtj.conductance(start, v) * v, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("start", [1, -1])
def test_it_switches_in_a_transient_that_starts_from_an_operating_point(engine: NgspiceEngine, start: int) -> None:
    """Under a voltage that stands from the beginning, at t_u of the fit, within a step."""
    waves, law = junction(engine, start, [f"vp p 0 {0.5 * start}"], ".tran 10p 20n 0 10p")
    flipped = waves["time"][np.argmax(waves["v(a)"] >= 1)]
    assert flipped == pytest.approx(1 / float(law.rate(0.5 * start)[0]), abs=2.5e-11)


@pytest.mark.parametrize("start", [1, -1])
@pytest.mark.parametrize("progress", [0.0, 0.5, 1.0003, 1.2])
def test_its_law_at_every_voltage(engine: NgspiceEngine, start: int, progress: float) -> None:
    """Current and rate while a source holds A and another sweeps the voltage in time."""
    ramp = "vp p 0 pwl(0 -1.2 1u 1.2)"
    waves, law = junction(engine, start, [ramp, f"va a 0 {progress!r}"], ".tran 10n 1u 0 10n uic")
    v, late = waves["v(p)"], waves["time"] > 2e-8
    z = start * (1 - 2 * np.clip((progress - 1) / equations.TURN, 0, 1))
    wanted = Mtj.preset("ref-pma-40").conductance(z, v) * v
    np.testing.assert_allclose(waves["i(vn)"][late], wanted[late], rtol=1e-9, atol=1e-9 * np.abs(wanted).max())
    rate = np.array([float(law.rate(one)[0]) for one in v]) * T_REF + equations.LATCH * (progress >= 1)
    near = np.abs(v * start - law.v_lo[0]) < 1e-9  # the step where the law begins
    np.testing.assert_allclose(waves["i(va)"][late & ~near], rate[late & ~near], rtol=1e-6, atol=1e-9)
    assert rate.max() > 5


def test_both_kinds_and_the_exact_network_in_one_array(tmp_path: Path) -> None:
    """A read and a V/2 write of 8 x 8 varied cells with wires, seed 3."""
    states = np.random.default_rng(3).choice([-1, 1], (8, 8))
    xbar = Crossbar(8, 8, states=states, variation={"ra": 0.1, "hk": 0.1, "diameter": 0.03}, seed=3)
    engines = [NgspiceEngine(timeout=120, failed=tmp_path, device=kind) for kind in KINDS]
    reads = [engine.solve(xbar, np.linspace(0.1, 0.3, 8), np.zeros(8)) for engine in (*engines, Nodal())]
    for read in reads[:2]:
        np.testing.assert_allclose(read.i_cell, reads[2].i_cell, rtol=1e-9, atol=1e-15)
    drive = Write("V/2", row=4, col=4, volts=1.1, seconds=5e-9).drive(xbar)
    u = cell_uniforms(3, xbar.shape)[None]
    writes = [engine.write(xbar, drive, u) for engine in (*engines, Nodal())]
    assert writes[2].flipped.sum() > 3
    for write in writes[:2]:
        np.testing.assert_array_equal(write.flipped, writes[2].flipped)
        np.testing.assert_allclose(write.v_cell, writes[2].v_cell, atol=1e-6)
