"""Reads in ngspice against the exact nodal solver, the device's text against numpy, and what happens to a run that fails."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from spicemtj import Crossbar, Mtj
from spicemtj.circuit.deck import operating_point_deck
from spicemtj.device.access import Access
from spicemtj.device.emit import Behavioural
from spicemtj.device.variation import Variation
from spicemtj.engines.base import Solution
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.engines.nodal import Nodal
from spicemtj.engines.process import DECK, Workplace
from spicemtj.errors import InputError, SimulationError

pytestmark = pytest.mark.ngspice

NAN = np.nan
VOLTS, AMPERES = ("v_wl", "v_bl", "v_cell", "v_access"), ("i_cell", "i_wl", "i_bl")
IDEAL = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}


@pytest.fixture
def engine(tmp_path: Path) -> NgspiceEngine:
    return NgspiceEngine(timeout=120, failed=tmp_path / "failed", mode="process")


def disagreement(got: Solution, wanted: Solution, least_current: float = 1e-7) -> float:
    """The largest difference of a field, relative to the largest voltage or current; nan must stand at the same places.

    Where hardly any current flows, relative to `least_current`: rounding alone is 1e-16 A through a wire of 1 ohm.
    """
    worst = 0.0
    for fields, least in ((VOLTS, 1e-3), (AMPERES, least_current)):
        scale = max(least, *(np.nanmax(np.abs(getattr(wanted, name)), initial=0.0) for name in fields))
        for name in fields:
            a, b = getattr(got, name), getattr(wanted, name)
            assert a.shape == b.shape
            assert (np.isnan(a) == np.isnan(b)).all(), name
            error = np.nanmax(np.abs(a - b), initial=0.0)
            worst = max(worst, float(error / scale))
    return worst


def random_wires(rng: np.random.Generator) -> dict[str, float]:
    return {name: float(rng.choice([0.0, 1.0, rng.uniform(0.1, 5)])) for name in ("r_wl", "r_bl")} | {
        name: float(rng.choice([0.0, 50.0])) for name in ("r_driver_wl", "r_driver_bl")
    }


def some_floating(rng: np.random.Generator, v: np.ndarray) -> np.ndarray:
    return np.where(rng.random(v.shape) < 0.25, NAN, v)


def test_random_ohmic_networks_agree_to_1e_9(engine: NgspiceEngine) -> None:
    """Rectangular shapes, opens, shorts, floating lines, ideal and real drivers and wires, both polarities."""
    rng, compared, opens, shorts, floats = np.random.default_rng(1), 0, 0, 0, 0
    for _ in range(60):
        m, n = rng.integers(1, 9, 2)
        resistances = 10 ** rng.uniform(2.5, 5.5, (m, n))
        resistances[rng.random((m, n)) < 0.1] = np.inf
        resistances[rng.random((m, n)) < 0.08] = 0.0
        xbar = Crossbar.from_resistances(resistances, **random_wires(rng))
        v_wl, v_bl = some_floating(rng, rng.uniform(-1, 1, m)), some_floating(rng, rng.uniform(-1, 1, n))
        try:
            wanted = Nodal().solve(xbar, v_wl, v_bl)
        except InputError as clash:  # drivers of different voltages joined by shorts: refused alike
            with pytest.raises(InputError, match=re.escape(str(clash))):
                engine.solve(xbar, v_wl, v_bl)
            continue
        assert disagreement(engine.solve(xbar, v_wl, v_bl), wanted) < 1e-9
        compared += 1
        opens, shorts = opens + np.isinf(resistances).any(), shorts + (resistances == 0).any()
        floats += np.isnan([*v_wl, *v_bl]).any()
    assert compared > 50
    assert min(opens, shorts, floats) > 20


def test_arrays_of_shorts_and_ideal_wires_agree(engine: NgspiceEngine) -> None:
    rng, seen = np.random.default_rng(2), 0
    for _ in range(30):
        m, n = rng.integers(1, 6, 2)
        resistances = np.where(rng.random((m, n)) < 0.3, 0.0, 1e4)
        options = {name: float(rng.choice([0, 0, 1])) for name in IDEAL}
        xbar = Crossbar.from_resistances(resistances, **options)
        v_wl, v_bl = some_floating(rng, np.full(m, 0.4)), some_floating(rng, np.full(n, 0.4) * rng.integers(0, 2))
        try:
            wanted = Nodal().solve(xbar, v_wl, v_bl)
        except InputError:
            with pytest.raises(InputError, match="shorts alone"):
                engine.solve(xbar, v_wl, v_bl)
            continue
        assert disagreement(engine.solve(xbar, v_wl, v_bl), wanted, least_current=1e-5) < 1e-9
        seen += np.isnan(wanted.i_cell).any()
    assert seen > 0  # loops of shorts, whose current is open


def test_random_mtj_arrays_agree_to_1e_6(engine: NgspiceEngine) -> None:
    rng = np.random.default_rng(3)
    for seed in range(25):
        m, n = rng.integers(1, 9, 2)
        xbar = Crossbar(
            m,
            n,
            states=rng.choice([-1, 1], (m, n)),
            variation=Variation(ra=0.1, tmr=0.1),
            seed=seed,
            faults=rng.choice([0, 1, 2], (m, n), p=[0.85, 0.1, 0.05]),
            **random_wires(rng),
        )
        v_wl, v_bl = some_floating(rng, rng.uniform(-1, 1, m)), some_floating(rng, rng.uniform(-1, 1, n))
        try:
            wanted = Nodal().solve(xbar, v_wl, v_bl)
        except InputError:
            continue
        assert disagreement(engine.solve(xbar, v_wl, v_bl), wanted) < 1e-6


@pytest.mark.parametrize("gate_by", ["row", "column"])
def test_random_1t1r_arrays_agree_to_1e_6(engine: NgspiceEngine, gate_by: str) -> None:
    rng = np.random.default_rng(4)
    for _ in range(25):
        m, n = rng.integers(1, 7, 2)
        kind = (
            {"resistances": 10 ** rng.uniform(3, 5, (m, n))} if rng.random() < 0.3 else {"states": rng.choice([-1, 1], (m, n))}
        )
        xbar = Crossbar(
            m,
            n,
            cell="1T1R",
            gate_by=gate_by,
            faults=rng.choice([0, 1, 2], (m, n), p=[0.85, 0.1, 0.05]),
            **kind,
            **random_wires(rng),
        )
        v_wl, v_bl = some_floating(rng, rng.uniform(0, 1, m)), some_floating(rng, rng.uniform(0, 1, n))
        v_gate = rng.choice([0.0, 1.4], xbar.gates)
        try:
            wanted = Nodal().solve(xbar, v_wl, v_bl, v_gate)
        except InputError:
            continue
        assert disagreement(engine.solve(xbar, v_wl, v_bl, v_gate), wanted) < 1e-6


def test_a_batch_is_the_same_as_its_points(engine: NgspiceEngine) -> None:
    rng = np.random.default_rng(5)
    xbar = Crossbar(4, 3, states=rng.choice([-1, 1], (4, 3)))
    v_wl = rng.uniform(-0.5, 0.5, (2, 3, 4))
    v_wl[1, :, 2] = NAN  # two decks
    batch = engine.solve(xbar, v_wl, np.zeros(3))
    assert batch.v_cell.shape == (2, 3, 4, 3)
    assert batch.i_bl.shape == (2, 3, 3)
    assert disagreement(batch, Nodal().solve(xbar, v_wl, np.zeros(3))) < 1e-9
    for at in np.ndindex(2, 3):
        one = engine.solve(xbar, v_wl[at], np.zeros(3))
        np.testing.assert_allclose(batch.i_bl[at], one.i_bl, rtol=1e-9)


def test_a_batch_of_gates(engine: NgspiceEngine) -> None:
    rng = np.random.default_rng(6)
    xbar = Crossbar(3, 4, cell="1T1R", states=rng.choice([-1, 1], (3, 4)))
    v_gate = np.where(rng.random((6, 3)) < 0.5, 1.4, 0.0)
    v_wl = rng.uniform(0, 0.8, (6, 3))
    assert disagreement(engine.solve(xbar, v_wl, np.zeros(4), v_gate), Nodal().solve(xbar, v_wl, np.zeros(4), v_gate)) < 1e-6


def test_nothing_driven_needs_no_run(engine: NgspiceEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "simulate", None)
    sol = engine.solve(Crossbar(2, 2), [NAN, NAN], [NAN, NAN])
    assert np.isnan(sol.v_cell).all()
    assert not sol.i_cell.any()
    assert not sol.i_wl.any()


def test_an_empty_batch_is_empty(engine: NgspiceEngine) -> None:
    assert engine.solve(Crossbar(2, 3), np.zeros((0, 2)), np.zeros(3)).i_bl.shape == (0, 3)


def test_without_klu_the_answer_is_the_same(engine: NgspiceEngine) -> None:
    xbar = Crossbar(5, 4, states=np.random.default_rng(7).choice([-1, 1], (5, 4)))
    deck = operating_point_deck(xbar, np.full(5, 0.3), np.zeros(4))
    klu, sparse = engine.run(deck.text()), engine.run(deck.with_klu(False).text())
    assert list(klu) == list(sparse)
    for name in klu:
        np.testing.assert_allclose(klu[name], sparse[name], rtol=1e-9, atol=1e-15)


def test_a_users_own_card_replaces_the_transistor(engine: NgspiceEngine, tmp_path: Path) -> None:
    shipped = Access.preset()
    card = tmp_path / "own.lib"
    # a card of one's own is simulated at the junctions' temperature: taken there, it is the shipped one's law
    card.write_text(shipped.card().replace(shipped.model, "own").replace("level=1", "level=1 tnom=26.85") + "\n")
    v = (np.array([0.6, 0.2]), np.zeros(2), np.array([1.4, 1.4]))
    states = [[1, -1], [-1, 1]]
    own = Crossbar(2, 2, cell="1T1R", states=states, access=dataclasses.replace(shipped, lib=card, model="own"))
    wanted = Nodal().solve(Crossbar(2, 2, cell="1T1R", states=states), *v)
    assert disagreement(engine.solve(own, *v), wanted) < 1e-6


# -- the device's text against numpy


def swept(engine: NgspiceEngine, cards: list[str], extra: list[str], points: int, v_max: float) -> dict[str, np.ndarray]:
    options = ".options reltol=1e-10 vntol=1e-13 abstol=1e-18 gmin=1e-18"
    text = "\n".join(
        ["* sweep", *cards, *extra, "vsweep p 0 0", options, f".dc vsweep {-v_max} {v_max} {2 * v_max / points!r}", ".end"]
    )
    return engine.run(text + "\n")


def test_fixed_junctions_conduct_as_in_numpy(engine: NgspiceEngine) -> None:
    """V from -1.2 to 1.2 V, both states, ten devices with parameters of their own."""
    mtj = Mtj.preset("ref-pma-40").vary((10,), Variation(ra=0.3, tmr=0.3), seed=1)
    states = np.array([1, -1] * 5, dtype=np.int8)
    nodes = [f"n_{k}" for k in range(10)]
    cards = Behavioural().fixed([f"c_{k}" for k in range(10)], ["p"] * 10, nodes, mtj, states)
    waves = swept(engine, cards, [f"vn_{k} n_{k} 0 0" for k in range(10)], 48, 1.2)
    v = waves["v(p)"]
    assert np.ptp(v) == pytest.approx(2.4)
    for k in range(10):
        one = mtj[k]
        wanted = one.conductance(states[k], v) * v
        np.testing.assert_allclose(waves[f"i(vn_{k})"], wanted, rtol=1e-9, atol=1e-9 * np.abs(wanted).max())


# -- runs that fail


def leftovers() -> set[str]:
    return {entry.name for entry in Path(os.environ.get("TMPDIR", "/tmp")).glob("spicemtj-*")}


def children(parent: int) -> set[int]:
    """Processes of `parent` that run ngspice, zombies too (from /proc: a bare machine has no ps)."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, rest = stat.read_text().split("(", 1)[1].rsplit(")", 1)
            if "ngspice" in name and int(rest.split()[1]) == parent:
                found.add(int(stat.parent.name))
    return found


def test_a_success_leaves_nothing_behind(engine: NgspiceEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    engine.solve(Crossbar(2, 2), [0.1, 0.2], [0.0, 0.0])
    assert list(tmp_path.iterdir()) == []


def test_a_bad_card_keeps_deck_and_log_and_says_so_in_one_line(engine: NgspiceEngine) -> None:
    text = "* t\nv1 a 0 1\nr1 a 0 1k\nq1 zz\n.op\n.end\n"
    with pytest.raises(SimulationError, match="q1 zz") as error:
        engine.run(text)
    assert "\n" not in str(error.value)
    assert error.value.deck is not None
    assert error.value.log is not None
    assert error.value.deck.read_text() == text
    assert "q1 zz" in error.value.log.read_text()
    assert error.value.deck.parent.parent == engine.failed.absolute()


def test_no_convergence_is_tried_again_and_then_kept(engine: NgspiceEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    deck = operating_point_deck(Crossbar(1, 1), [0.1], [0.0])
    broken = dataclasses.replace(deck, cards=[*deck.cards, "vloop dwl_0 0 0.3"])
    texts: list[str] = []
    run = Workplace.run
    monkeypatch.setattr(
        Workplace, "run", lambda self, *rest: texts.append((self.folder / DECK).read_text()) or run(self, *rest)
    )
    with pytest.raises(SimulationError, match="singular matrix") as error:
        engine.simulate(broken)
    assert error.value.deck is not None
    assert len(texts) >= 2
    assert error.value.deck.read_text() == texts[-1]
    assert len(list(engine.failed.iterdir())) == 1


def test_gentler_options_are_used_when_the_first_ones_fail(engine: NgspiceEngine) -> None:
    deck = operating_point_deck(Crossbar(1, 1, states=[[-1]]), [0.1], [0.0])
    tries = []

    def picky(waves: dict[str, np.ndarray]) -> str:
        tries.append(waves)
        return "not yet" if len(tries) == 1 else ""

    assert "v(w_0_0)" in engine.simulate(deck, picky)
    assert len(tries) == 2
    assert not engine.failed.exists()


ENDLESS = "* t\nv1 a 0 sin(0 1 1g)\nr1 a b 1k\nc1 b 0 1p\n.tran 1p 1 0 1p\n.end\n"


def test_a_timeout_ends_the_process_and_says_what_to_do(engine: NgspiceEngine) -> None:
    engine.timeout = 0.5
    started = time.monotonic()
    with pytest.raises(SimulationError, match=r"no end after 0\.5 s.*timeout"):
        engine.run(ENDLESS)
    assert time.monotonic() - started < 30
    assert children(os.getpid()) == set()


def test_an_interrupt_ends_the_process_too() -> None:
    program = (
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background job inherits it ignored
        "from spicemtj.engines.locate import find_ngspice\n"
        "from spicemtj.engines.ngspice import NgspiceEngine\n"
        "find_ngspice()\n"  # its own short run is over
        "print('ready', flush=True)\n"
        "try:\n"
        f"    NgspiceEngine().run({ENDLESS!r})\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted', flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            deadline = time.monotonic() + 60
            while not children(process.pid) and time.monotonic() < deadline:
                time.sleep(0.1)
            assert children(process.pid)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == "interrupted\n"
            assert children(process.pid) == set()
            process.communicate("\n", timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0


def test_a_vector_that_is_missing_is_an_error(engine: NgspiceEngine) -> None:
    deck = operating_point_deck(Crossbar(1, 2), [0.1], [0.0, 0.0])
    short = dataclasses.replace(deck, saves=["v(w_0_0)"])
    waves = engine.simulate(short)
    assert list(waves) == ["v(w_0_0)"]
