"""An ngspice that stays open: against processes and the nodal solver, killed, refused, timed out, and when the engine takes one."""

from __future__ import annotations

import importlib.util
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import spicemtj as sm
from spicemtj import Crossbar, Variation, Write
from spicemtj.circuit.deck import operating_point_deck
from spicemtj.engines import ngspice, session_worker
from spicemtj.engines.base import Solution
from spicemtj.engines.locate import find_libngspice
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.engines.nodal import Nodal
from spicemtj.engines.session import Session
from spicemtj.errors import InputError, MissingToolError, SimulationError

LACK = "" if importlib.util.find_spec("PySpice") else "a session needs PySpice"
LACK = LACK or ("" if find_libngspice() else "a session needs libngspice")
needs_session = [pytest.mark.ngspice, pytest.mark.skipif(bool(LACK), reason=LACK)]
FIELDS = ("v_wl", "v_bl", "v_cell", "v_access", "i_cell", "i_wl", "i_bl")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NgspiceEngine]:
    """One session for all tests that do it no harm."""
    with NgspiceEngine(timeout=120, failed=tmp_path_factory.mktemp("failed"), mode="session") as engine:
        yield engine


@pytest.fixture
def process(tmp_path: Path) -> NgspiceEngine:
    return NgspiceEngine(timeout=120, failed=tmp_path / "failed", mode="process")


def close(one: Solution, other: Solution, rtol: float = 1e-9) -> None:
    """Voltages within `rtol` of the largest one (1 mV at least), currents of the largest one (0.1 uA at least); nan at the same places."""
    for fields, least in ((FIELDS[:4], 1e-3), (FIELDS[4:], 1e-7)):
        largest = max(least, *(np.nanmax(np.abs(getattr(other, name)), initial=0.0) for name in fields))
        for name in fields:
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=rtol * largest, err_msg=name)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


# -- the same as processes


class TestAnswers:
    pytestmark = needs_session

    def test_reads_after_flips_and_new_volts(self, shared: NgspiceEngine, process: NgspiceEngine) -> None:
        """One circuit, loaded once: random flips and volts, points and batches. Processes within 1e-9, the nodal solver within 1e-6."""
        rng = np.random.default_rng(1)
        xbar = Crossbar(6, 5, states=rng.choice([-1, 1], (6, 5)), variation={"ra": 0.1, "tmr": 0.1}, seed=3)
        for points in (1, 1, 3, 1, 30):
            xbar = xbar.with_states(xbar.states * rng.choice([-1, 1], (6, 5), p=[0.2, 0.8]))
            v_wl, v_bl = rng.uniform(-1, 1, (points, 6)), rng.uniform(-1, 1, (points, 5))
            found = shared.solve(xbar, v_wl, v_bl)
            close(found, process.solve(xbar, v_wl, v_bl))
            close(found, Nodal().solve(xbar, v_wl, v_bl), 1e-6)
        assert shared._session is not None
        assert shared._session.starts == 1

    def test_random_crossbars(self, shared: NgspiceEngine, process: NgspiceEngine) -> None:
        """1R and 1T1R, ohmic and MTJ, opens and shorts, floating lines, ideal wires; circuits come and go. Within 1e-9 of processes."""
        rng, refused = np.random.default_rng(2), 0
        for seed in range(40):
            m, n = rng.integers(1, 6, 2)
            options = {name: float(rng.choice([0.0, 1.0])) for name in ("r_wl", "r_bl")}
            options |= {name: float(rng.choice([0.0, 50.0])) for name in ("r_driver_wl", "r_driver_bl")}
            cell = str(rng.choice(["1R", "1T1R"]))
            if rng.random() < 0.3:
                options["resistances"] = 10 ** rng.uniform(3, 5, (m, n))
            xbar = Crossbar(
                m,
                n,
                cell=cell,
                states=rng.choice([-1, 1], (m, n)),
                variation=Variation(ra=0.1, tmr=0.1),
                seed=seed,
                faults=rng.choice([0, 1, 2], (m, n), p=[0.8, 0.1, 0.1]),
                **options,
            )
            gate = None if cell == "1R" else rng.choice([0.0, 1.4], (2, m))
            v_wl, v_bl = rng.uniform(0, 1, (2, m)), rng.uniform(0, 1, (2, n))
            v_wl[:, rng.random(m) < 0.2], v_bl[:, rng.random(n) < 0.2] = np.nan, np.nan
            try:
                wanted = process.solve(xbar, v_wl, v_bl, gate)
            except InputError:
                refused += 1
                with pytest.raises(InputError, match="shorts alone"):
                    shared.solve(xbar, v_wl, v_bl, gate)
                continue
            close(shared.solve(xbar, v_wl, v_bl, gate), wanted, 1e-9 if cell == "1R" else 1e-6)
        assert refused < 15

    def test_many_circuits_take_turns(self, shared: NgspiceEngine, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ten circuits where three may stay: the others are dropped and loaded again."""
        monkeypatch.setattr("spicemtj.engines.session.CELLS", 3 * 16)
        rng = np.random.default_rng(3)
        xbars = [Crossbar(4, 4, r_wl=1.0 + k, states=rng.choice([-1, 1], (4, 4))) for k in range(10)]
        for k in [*range(10), *rng.integers(0, 10, 40).tolist()]:
            xbars[k] = xbars[k].with_states(xbars[k].states * rng.choice([-1, 1], (4, 4), p=[0.1, 0.9]))
            v = rng.uniform(0, 0.5, 4)
            close(shared.solve(xbars[k], v, np.zeros(4)), Nodal().solve(xbars[k], v, np.zeros(4)))
        assert shared._session is not None
        assert len(shared._session._circuits) <= 3

    def test_behavioural_devices_do_too(self, process: NgspiceEngine) -> None:
        """Without OSDI, as in ngspice 39, a circuit belongs to its states."""
        rng, xbar = np.random.default_rng(4), Crossbar(3, 3, states=-np.ones((3, 3)))
        with NgspiceEngine(mode="session", device="behavioural") as engine:
            for _ in range(4):
                xbar = xbar.with_states(rng.choice([-1, 1], (3, 3)))
                for _ in range(2):
                    v = rng.uniform(0, 0.5, 3)
                    close(engine.solve(xbar, v, np.zeros(3)), process.solve(xbar, v, np.zeros(3)))

    def test_writes(self, shared: NgspiceEngine, process: NgspiceEngine) -> None:
        xbar = Crossbar(4, 4, states=np.random.default_rng(5).choice([-1, 1], (4, 4)))
        for seed in range(3):
            one, other = (sm.write(xbar, Write("V/2", 1, 2, 0.7, 5e-9), engine, seed) for engine in (shared, process))
            assert np.array_equal(one.flipped, other.flipped)
            np.testing.assert_allclose(one.v_cell, other.v_cell, rtol=0, atol=1e-9)
            assert one.energy == pytest.approx(other.energy, rel=1e-9, abs=0)

    def test_by_name_it_lasts_from_call_to_call(self) -> None:
        for v in (0.1, 0.2):
            close(sm.solve(Crossbar(2, 2), [v, 0], [0, 0], engine="session"), sm.solve(Crossbar(2, 2), [v, 0], [0, 0]))
        from spicemtj.engines import get

        engine = get("session")
        assert isinstance(engine, NgspiceEngine)
        assert engine._session is not None
        assert engine._session.starts == 1
        engine.close()


# -- what goes wrong


class TestFailures:
    pytestmark = needs_session

    def test_killed_in_the_middle_it_carries_on(self, process: NgspiceEngine) -> None:
        """SIGKILL three times at random moments of 300 solves: every answer is right."""
        rng = np.random.default_rng(6)
        xbar = Crossbar(8, 8, states=rng.choice([-1, 1], (8, 8)))
        with NgspiceEngine(mode="session", failed=process.failed) as engine:
            engine.solve(xbar, np.zeros(8), np.zeros(8))
            session, killed = engine._session, []
            assert session is not None

            def kill() -> None:
                for wait in rng.uniform(0.1, 0.4, 3):
                    time.sleep(wait)
                    while (pid := session.pid) is None or pid in killed:
                        time.sleep(0.01)
                    killed.append(pid)
                    os.kill(pid, signal.SIGKILL)

            killer = threading.Thread(target=kill)
            killer.start()
            own, done = np.random.default_rng(7), 0
            while killer.is_alive() or done < 100:
                xbar = xbar.with_states(xbar.states * own.choice([-1, 1], (8, 8), p=[0.05, 0.95]))
                v = own.uniform(0, 0.5, 8)
                close(engine.solve(xbar, v, np.zeros(8)), Nodal().solve(xbar, v, np.zeros(8)))
                done += 1
            killer.join()
            assert session.starts >= 3
            assert not any(alive(pid) for pid in killed)

    def test_what_it_refuses_a_process_does(self, process: NgspiceEngine, caplog: pytest.LogCaptureFixture) -> None:
        """A circuit without a solution: the process says so and keeps the deck, and the session works again."""
        import dataclasses

        deck = operating_point_deck(Crossbar(1, 1), [0.1], [0.0])
        broken = dataclasses.replace(deck, cards=[*deck.cards, "vloop dwl_0 0 0.3"])
        with NgspiceEngine(mode="session", failed=process.failed) as engine, caplog.at_level(logging.INFO):
            with pytest.raises(SimulationError, match="singular matrix") as error:
                engine.simulate(broken)
            assert error.value.deck is not None
            assert "vloop" in error.value.deck.read_text()
            assert any(record.getMessage().startswith("session: ") for record in caplog.records)
            assert engine.simulate(deck)["v(w_0_0)"] == process.simulate(deck)["v(w_0_0)"]

    def test_a_timeout_ends_its_process(self, tmp_path: Path) -> None:
        import dataclasses

        deck = operating_point_deck(Crossbar(1, 1), [0.1], [0.0])
        cards = ["v1 a 0 sin(0 1 1g)", "r1 a b 1k", "c1 b 0 1p"]
        endless = dataclasses.replace(deck, cards=[*deck.cards, *cards], analysis=".tran 1p 1 0 1p")
        with NgspiceEngine(mode="session", timeout=1.0, failed=tmp_path / "failed") as engine:
            engine.simulate(deck)
            session = engine._session
            assert session is not None
            pid = session.pid
            assert pid is not None
            with pytest.raises(SimulationError, match=r"no end after 1 s.*timeout") as error:
                engine.simulate(endless)
            assert error.value.deck is not None
            assert "sin(0 1 1g)" in error.value.deck.read_text()
            assert not alive(pid)
            engine.simulate(deck)
            assert session.starts == 2

    @pytest.mark.slow
    def test_it_ends_with_its_engine_and_with_its_owner(self, tmp_path: Path) -> None:
        engine = NgspiceEngine(mode="session")
        engine.solve(Crossbar(1, 1), [0.1], [0.0])
        assert engine._session is not None
        pid = engine._session.pid
        assert pid is not None
        assert alive(pid)
        assert pickle.loads(pickle.dumps(engine))._session is None
        del engine
        assert not alive(pid)
        program = (
            "import time\nfrom spicemtj import Crossbar\nfrom spicemtj.engines.ngspice import NgspiceEngine\n"
            "engine = NgspiceEngine(mode='session')\nengine.solve(Crossbar(1, 1), [0.1], [0.0])\n"
            "print(engine._session.pid, flush=True)\ninput()\n"
        )
        for how in ("leaves", "killed"):  # no __main__ guard is needed either
            with subprocess.Popen(
                [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as owner:
                assert owner.stdout is not None
                worker = int(owner.stdout.readline())
                assert alive(worker)
                if how == "killed":
                    owner.kill()
                else:
                    owner.communicate("\n", timeout=30)
                owner.wait(30)
            deadline = time.monotonic() + 10
            while alive(worker) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not alive(worker)

    def test_a_library_that_is_none_is_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        other = tmp_path / "libngspice.so"
        other.write_text("not a library")
        monkeypatch.setenv("SPICEMTJ_LIBNGSPICE", str(other))
        with Session() as session, pytest.raises(MissingToolError, match=f"{other} does not work") as error:
            session.start()
        assert "\n" not in str(error.value)

    @pytest.mark.slow
    def test_memory_stays_level(self, tmp_path: Path) -> None:
        """After 500 solves of warm-up, 1500 more with flips grow it by less than 1 MB; 100 write transients by less than 2 MB."""
        rng = np.random.default_rng(8)
        xbar = Crossbar(8, 8, states=rng.choice([-1, 1], (8, 8)))
        with NgspiceEngine(mode="session", failed=tmp_path) as engine:
            used = []
            for _ in range(4):
                for _ in range(500):
                    xbar = xbar.with_states(xbar.states * rng.choice([-1, 1], (8, 8), p=[0.05, 0.95]))
                    engine.solve(xbar, rng.uniform(0, 0.3, 8), np.zeros(8))
                assert engine._session is not None
                used.append(engine._session.memory())
            assert used[-1] - used[0] < 1e6
            deck = operating_point_deck(xbar, rng.uniform(0, 0.3, (10, 8)), np.zeros((10, 8)), None, engine.junctions(xbar))
            for k in range(120):
                if k == 20:
                    before = engine._session.memory()
                engine.simulate(deck)
            assert engine._session.memory() - before < 2e6
            assert engine._session.starts == 1


# -- when there is one


def test_without_pyspice_processes_do_it_and_one_line_says_so(
    process: NgspiceEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    monkeypatch.setattr(ngspice, "MANY", 0)
    ngspice._say_once.cache_clear()
    for engine in (NgspiceEngine(), NgspiceEngine()):
        assert engine._session_for(4) is None
        assert engine._session_for(4) is None
    said = "an ngspice that stays open needs PySpice (GPL-3.0): pip install 'spicemtj[pyspice]'"
    assert [record.getMessage() for record in caplog.records] == [f"no session, so that many small solves take longer: {said}"]
    with pytest.raises(MissingToolError, match="PySpice"):
        NgspiceEngine(mode="session")._session_for(4)


def test_the_engine_chooses_by_size_and_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "start", lambda self: None)
    engine = NgspiceEngine()
    assert [engine._session_for(16 * 16) is not None for _ in range(ngspice.MANY + 2)] == [False] * ngspice.MANY + [True] * 2
    assert engine._session_for(65 * 64) is None
    engine = NgspiceEngine()
    assert all(engine._session_for(128 * 128) is None for _ in range(100))
    assert NgspiceEngine(mode="session")._session_for(128 * 128) is not None
    assert all(NgspiceEngine(mode="process")._session_for(4) is None for _ in range(100))
    for _ in range(50):  # looking for a circuit that is loaded does not count
        assert NgspiceEngine()._session_for(4, counted=False) is None
    with pytest.raises(InputError, match="did you mean 'session'"):
        NgspiceEngine(mode="sesion")


def test_an_engine_that_chooses_gives_a_session_up_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "start", lambda self: None)
    monkeypatch.setattr(ngspice, "MANY", 0)
    for mode, kept in (("auto", False), ("session", True)):
        engine = NgspiceEngine(mode=mode)
        for complaint in ("no", "no", "", "no", "no"):
            engine._judge(complaint)
        assert engine._session_for(4) is not None
        engine._judge("no")
        assert (engine._session_for(4) is not None) == kept


def test_vector_names_are_translated_both_ways() -> None:
    for name, own in (("v(w_0_1)", "w_0_1"), ("i(vwl_0)", "vwl_0#branch"), ("i(@mc_0_0[id])", "@mc_0_0[id]"), ("time", "time")):
        assert session_worker.vector(name) == own
        assert session_worker.saved(own) == name


def test_commands_are_joined_up_to_what_ngspice_takes() -> None:
    commands = [f"alter vwl_{k}={k / 7!r}" for k in range(200)]
    joined = session_worker.chunks(commands)
    assert ";".join(joined) == ";".join(commands)
    assert max(map(len, joined)) <= 1000
    assert len(joined) < 8
    assert session_worker.chunks([]) == []
