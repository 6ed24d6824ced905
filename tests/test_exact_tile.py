"""Whole trainings on the exact network: compiled cells, reads and pulses against the plain laws and against `Nodal` itself."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.device.access import Access, drain_current
from spicemtj.device.selector import Selector
from spicemtj.engines.cells import CellLaw, channel, table
from spicemtj.engines.grid import series
from spicemtj.engines.nodal import Nodal
from spicemtj.engines.tile import ExactTile, fits
from spicemtj.training import circuit_backend
from spicemtj.training.backends import make
from spicemtj.training.circuit_backend import CircuitBackend
from spicemtj.training.network import build
from spicemtj.training.settings import TrainSettings

SPREAD = {"ra": 0.1, "tmr": 0.1, "hk": 0.1}
CLOSE = 1e-9  # of the largest current: what a read of a training may be off


class Plain(CircuitBackend):
    """The same array through the engine's own reads and writes."""

    def _players(self) -> None:
        return None


def pair(cell: str, reference: str = "pair", tile: int = 20, sizes: tuple[int, int] = (24, 5), **cells: Any) -> tuple[Any, Any]:
    """One layer's array twice: compiled, and plain; `cells` changes its devices."""
    settings = TrainSettings.of(
        {
            "network": {"hidden": [], "devices_per_weight": 2, "tile": tile, "reference": reference},
            "device": {"preset": "ref-pma-40" if cell == "1T1R" else "ref-hir-20", "cell": cell, "variation": SPREAD},
            "wires": {"r_wl": "2 ohm", "r_bl": "2 ohm"},
        }
    )
    spec = build(settings, list(sizes), "ideal", 1, 3).layers[0].weights.spec
    spec = dataclasses.replace(spec, cells=dataclasses.replace(spec.cells, **cells))
    return make(Nodal(), spec), Plain(spec, Nodal())


def lines(rng: np.random.Generator, spec: Any) -> tuple[np.ndarray, np.ndarray]:
    """Random selected rows and columns, references never among them."""
    rows = np.flatnonzero(rng.random(spec.layout.rows) < 0.2)
    cols = np.flatnonzero((rng.random(spec.layout.cols) < 0.3) & (spec.layout.signs != 0))
    return rows, cols


# -- cells


def test_the_compiled_transistor_is_the_level_1_law() -> None:
    """4,000 random points, either end the source, either sign, cut off, saturated and linear: within rounding."""
    rng, access = np.random.default_rng(1), Access.preset("nmos-45")
    points = rng.uniform(-0.7, 1.5, (4000, 3))
    got = np.array([series.transistor(*point, channel(access)) for point in points])
    current, _, by_drain, by_source = drain_current(access, *points.T)
    assert (current == 0).sum() > 400
    assert (np.abs(current) > 1e-5).sum() > 400
    for ours, theirs in zip(got.T, (current, by_drain, -by_source), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15 * np.abs(theirs).max())


def test_a_selector_section_is_found_from_anywhere() -> None:
    selector = Selector.preset()
    points = table(selector)
    for v in np.linspace(-1, 1, 301):
        want = int(np.searchsorted(selector.v[1:-1], v, side="right"))
        assert all(series.section(v, points, start) == want for start in (0, 40, len(selector.v) - 2))


@pytest.mark.parametrize("cell", ["1T1R", "1S1R"])
def test_a_cell_carries_one_current_and_its_slopes_are_derivatives(cell: str) -> None:
    """900 random cells with opens and shorts among them: both elements by their own laws, slopes by central differences."""
    rng = np.random.default_rng(2)
    shape = (30, 30)
    faults = rng.choice(3, shape, p=[0.8, 0.1, 0.1])
    xbar = Crossbar(*shape, cell=cell, states=rng.choice([-1, 1], shape), variation=SPREAD, faults=faults)
    gate = None if cell == "1S1R" else np.where(rng.random(shape) < 0.2, 0.0, xbar.access.gate_on)
    law = CellLaw(xbar, np.asarray(xbar.states), gate)
    w, b = rng.uniform(-0.1, 0.9, shape), rng.uniform(0, 0.8, shape)
    at = law.respond(w, b)
    off = (faults == 1) | (False if gate is None else gate == 0)
    assert (at.current[off] == 0).all()
    on = ~off
    element = np.where(faults == 2, 0.0, xbar.cells.conductance(xbar.states, w - at.middle) * (w - at.middle))
    lower = xbar.selector.current(at.middle - b) if gate is None else drain_current(xbar.access, gate, at.middle, b)[0]
    whole = on & (faults == 0)
    np.testing.assert_allclose(at.current[on], lower[on], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(element[whole], at.current[whole], rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(at.middle[on & (faults == 2)], w[on & (faults == 2)], rtol=0, atol=0)
    step = 1e-6
    by_word = (law.respond(w + step, b).current - law.respond(w - step, b).current) / (2 * step)
    by_bit = (law.respond(w, b - step).current - law.respond(w, b + step).current) / (2 * step)
    scale = np.abs(by_bit[on]).max()
    # a selector's slope jumps at its points, one of which a step may pass: in at most 3 of 100 cells
    for ours, theirs in ((at.by_word, by_word), (at.by_bit, by_bit)):
        wrong = np.abs(ours - theirs)[on] > 1e-5 * scale
        assert wrong.mean() <= (0.03 if cell == "1S1R" else 0.0)


def test_a_first_guess_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    xbar = Crossbar(12, 12, cell="1T1R", states=rng.choice([-1, 1], (12, 12)))
    law = CellLaw(xbar, np.asarray(xbar.states), np.full((12, 12), xbar.access.gate_on))
    w, b = rng.uniform(0, 0.6, (12, 12)), rng.uniform(0, 0.6, (12, 12))
    cold = law.respond(w, b)
    for guess in (w, b, rng.uniform(-1, 1, w.shape), cold.middle):
        warm = law.respond(w, b, guess)
        np.testing.assert_allclose(warm.current, cold.current, rtol=1e-12, atol=1e-18)
        np.testing.assert_allclose(warm.middle, cold.middle, rtol=1e-13)


# -- reads


@pytest.mark.parametrize(("cell", "reference"), [("1T1R", "column"), ("1T1R", "pair"), ("1R", "pair")])
def test_reads_are_those_of_nodal(cell: str, reference: str) -> None:
    rng = np.random.default_rng(4)
    exact, plain = pair(cell, reference)
    spec = exact.spec
    assert exact._players() is not None
    assert len(exact._tiles) > 1
    for _ in range(5):
        x = rng.uniform(0, spec.x_max, (3, spec.layout.rows)) * (rng.random((3, spec.layout.rows)) < 0.5)
        d = rng.normal(size=spec.layout.outputs)
        for ours, theirs in ((exact.forward(x), plain.forward(x)), (exact.backward(d), plain.backward(d))):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=CLOSE * np.abs(theirs).max())
    assert exact.transmission() == pytest.approx(plain.transmission(), rel=CLOSE, abs=0)


def test_a_read_does_not_depend_on_those_before() -> None:
    rng = np.random.default_rng(5)
    exact, _ = pair("1T1R")
    x = rng.uniform(0, 1, exact.spec.layout.rows)
    first = exact.forward(x)
    exact.forward(rng.uniform(0, 1, x.size))
    exact.backward(rng.normal(size=exact.spec.layout.outputs))
    np.testing.assert_array_equal(exact.forward(x), first)


def test_nothing_read_is_nothing() -> None:
    exact, _ = pair("1T1R", "column")
    assert (exact.forward(np.zeros(exact.spec.layout.rows)) == 0).all()
    assert (exact.backward(np.zeros(exact.spec.layout.outputs)) == 0).all()


# -- pulses


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "reference"), [("1T1R", "column"), ("1T1R", "pair"), ("1R", "pair")])
def test_pulses_flip_what_nodal_flips(cell: str, reference: str) -> None:
    """25 random pulses either way on the same random numbers: the same cells, one by one, the states after them too."""
    rng = np.random.default_rng(6)
    exact, plain = pair(cell, reference)
    flips = 0
    for number in range(25):
        rows, cols = lines(rng, exact.spec)
        towards = int(rng.choice([-1, 1]))
        ours, theirs = exact.pulse(rows, cols, towards, number), plain.pulse(rows, cols, towards, number)
        np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(exact.states, plain.states)
        flips += ours.size
    assert flips > 40
    x = rng.uniform(0, 1, exact.spec.layout.rows)
    np.testing.assert_allclose(exact.forward(x), plain.forward(x), rtol=0, atol=CLOSE * np.abs(plain.forward(x)).max())


def test_a_flip_changes_what_the_others_see() -> None:
    """Cells in one column, all to flip in one pulse: later ones see more or less once the first have gone, as in `Nodal.write`."""
    exact, plain = pair("1T1R", "pair", tile=64, sizes=(24, 5))
    spec = exact.spec
    start = np.full(spec.layout.shape, 1, dtype=np.int8)
    for array in (exact, plain):
        array.restore(start)
    rows, cols = np.arange(spec.layout.rows), np.array([0, 1])
    ours, theirs = exact.pulse(rows, cols, -1, 0), plain.pulse(rows, cols, -1, 0)
    np.testing.assert_array_equal(ours, theirs)
    assert ours.size > 5


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit_backend, "WORTH", 0)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("SPICEMTJ_THREADS", threads)
        rng = np.random.default_rng(7)
        exact, _ = pair("1T1R", "column", tile=8)
        flipped = [exact.pulse(*lines(rng, exact.spec), int(rng.choice([-1, 1])), number) for number in range(6)]
        found.append((np.concatenate(flipped), exact.states, exact.forward(rng.uniform(0, 1, exact.spec.layout.rows))))
    assert found[0][0].size > 5
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)


def test_an_array_goes_on_from_its_states_to_the_same_bits() -> None:
    rng = np.random.default_rng(8)
    exact, _ = pair("1T1R")
    played = [(*lines(rng, exact.spec), int(rng.choice([-1, 1])), number) for number in range(8)]
    for one in played[:4]:
        exact.pulse(*one)
    other, _ = pair("1T1R")
    other.restore(exact.states)
    for one in played[4:]:
        np.testing.assert_array_equal(exact.pulse(*one), other.pulse(*one))
    x = rng.uniform(0, 1, exact.spec.layout.rows)
    np.testing.assert_array_equal(exact.forward(x), other.forward(x))


def test_observed_and_pulse_are_one() -> None:
    rng = np.random.default_rng(9)
    (exact, _), (other, _) = pair("1T1R"), pair("1T1R")
    for number in range(4):
        rows, cols = lines(rng, exact.spec)
        flipped, volts, p = other.observed(rows, cols, -1, number)
        np.testing.assert_array_equal(exact.pulse(rows, cols, -1, number), flipped)
        assert np.isfinite(p[np.isfinite(volts)]).all()
    np.testing.assert_array_equal(exact.states, other.states)
    x = rng.uniform(0, 1, exact.spec.layout.rows)
    np.testing.assert_array_equal(exact.forward(x), other.forward(x))  # of which the first read came after its pulses


def test_what_the_table_does_not_know_goes_through_the_engine() -> None:
    """An offset field, which the compiled pulse has no law for."""
    exact, plain = pair("1T1R", sizes=(2, 1), mu0_hoff=0.005)
    assert exact._switching is None
    rows, cols = np.arange(3), np.array([0])
    np.testing.assert_array_equal(exact.pulse(rows, cols, -1, 0), plain.pulse(rows, cols, -1, 0))
    np.testing.assert_array_equal(exact.states, plain.states)


def test_which_arrays_fit() -> None:
    assert fits(Crossbar(2, 2, cell="1T1R"))
    assert fits(Crossbar(2, 2))
    assert not fits(Crossbar.from_resistances(np.full((2, 2), 1e3)))
    assert not fits(Crossbar(2, 2, r_wl=np.inf))
    assert not fits(Crossbar(2, 2, faults=[[0, 1], [0, 0]]))


def test_a_tile_keeps_its_own_states() -> None:
    xbar = Crossbar(3, 4, cell="1T1R")
    tile = ExactTile(xbar)
    tile.restore(np.full((3, 4), -1, dtype=np.int8))
    assert (tile.states == -1).all()
    assert (xbar.states == 1).all()
    v_wl, v_bl = np.array([[0.2, 0.1, 0.15]]), np.full((1, 4), 0.1)
    want = Nodal().solve(xbar.with_states(tile.states), v_wl, v_bl)
    for ours, theirs in zip(tile.read(v_wl, v_bl), (want.i_wl, want.i_bl), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=CLOSE * np.abs(want.i_wl).max())
