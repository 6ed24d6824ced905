"""Many runs of ngspice at once: results, failures, time limits, and that nothing stays behind, whatever ends a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from spicemtj import Crossbar, Write
from spicemtj.circuit.deck import Deck, operating_point_deck, write_deck
from spicemtj.engines import locate, ngspice, pool, process
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.engines.process import Workplace, sweep
from spicemtj.engines.runs import Runner, attempts
from spicemtj.errors import InputError, SimulationError

BAD = "* t\nv1 a 0 1\nq1 zz\n.op\n.end\n"
ENDLESS = "* t\nv1 a 0 sin(0 1 1g)\nr1 a b 1k\nc1 b 0 1p\n.tran 1p 1 0 1p\n.end\n"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own for temporary files, of child processes too."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


def decks(count: int) -> list[Deck]:
    rng = np.random.default_rng(1)
    return [
        operating_point_deck(Crossbar(3, 4, states=rng.choice([-1, 1], (3, 4))), rng.uniform(0, 0.5, 3), np.zeros(4))
        for _ in range(count)
    ]


def ngspices() -> set[int]:
    """Processes that run a deck in the temporary folder of this test, and zombies of ours."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = stat.read_text().split("(", 1)[1].rsplit(")", 1)
            if rest.split()[0] == "Z":
                here = "ngspice" in name and int(rest.split()[1]) == os.getpid()
            else:
                place, command = (stat.parent / "cwd").readlink(), (stat.parent / "cmdline").read_bytes()
                here = str(place).startswith(os.environ["TMPDIR"]) and b"deck.cir" in command
        except OSError:
            continue
        if here:
            found.add(int(stat.parent.name))
    return found


@pytest.mark.ngspice
def test_results_do_not_depend_on_the_workers(tmp_path: Path) -> None:
    some, runner = decks(7), Runner(60, tmp_path)
    alone = [runner.simulate(deck) for deck in some]
    for workers in (1, 3):
        for one, other in zip(alone, pool.run_all(some, runner, workers=workers), strict=True):
            assert list(one) == list(other)
            assert all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.ngspice
def test_a_batch_is_the_same_for_any_number_of_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spicemtj.engines.ngspice_read.CELLS_A_RUN", 60)
    rng = np.random.default_rng(2)
    xbar, v_wl = Crossbar(4, 5, states=rng.choice([-1, 1], (4, 5))), rng.uniform(0, 0.5, (14, 4))
    v_wl[::3, 1] = np.nan
    runs: list[str] = []
    run = Workplace.run
    monkeypatch.setattr(Workplace, "run", lambda self, *rest: runs.append("") or run(self, *rest))
    one, two = (
        NgspiceEngine(failed=tmp_path, mode="process", workers=workers).solve(xbar, v_wl, np.zeros(5)) for workers in (1, 3)
    )
    assert len(runs) == 2 * (2 + 3)
    for name in ("v_wl", "v_cell", "i_cell", "i_bl"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True)


@pytest.mark.ngspice
def test_a_failure_is_raised_or_stands_in_its_place(tmp_path: Path, temporary: Path) -> None:
    some = [*decks(2), BAD, *decks(1)]
    found = pool.try_all(some, Runner(60, tmp_path / "failed"), workers=2)
    assert [isinstance(result, SimulationError) for result in found] == [False, False, True, False]
    failure = found[2]
    assert isinstance(failure, SimulationError)
    assert failure.deck is not None
    assert failure.deck.read_text() == BAD
    with pytest.raises(SimulationError, match="q1 zz"):
        pool.run_all(some, Runner(60, tmp_path / "failed"), workers=2)
    assert list(temporary.iterdir()) == []


@pytest.mark.ngspice
@pytest.mark.slow
def test_a_hundred_runs_leave_nothing(tmp_path: Path, temporary: Path) -> None:
    """Every tenth fails, every twentieth takes too long."""
    some: list[Deck | str] = list(decks(100))
    some[3::10] = [BAD] * 10
    some[7::20] = [ENDLESS] * 5
    found = pool.try_all(some, Runner(1.0, tmp_path / "failed"), workers=4)
    failures = [str(result) for result in found if isinstance(result, SimulationError)]
    assert sum("q1 zz" in text for text in failures) == 10
    assert sum("no end after 1 s" in text for text in failures) == 5
    assert len(failures) == 15
    assert len(list((tmp_path / "failed").iterdir())) == 15
    assert ngspices() == set()
    assert list(temporary.iterdir()) == []


@pytest.mark.ngspice
def test_other_executors_can_be_used(tmp_path: Path, temporary: Path) -> None:
    some, runner = [*decks(3), BAD], Runner(60, tmp_path / "failed")
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        found = pool.try_all(some, runner, pool=executor)
    for deck, result in zip(some[:3], found, strict=False):
        assert not isinstance(result, SimulationError)
        assert isinstance(deck, Deck)
        assert result["v(w_0_0)"] == runner.simulate(deck)["v(w_0_0)"]
    assert isinstance(found[3], SimulationError)
    assert found[3].log is not None
    assert "q1 zz" in found[3].log.read_text()


def test_a_wrong_number_of_workers_is_refused() -> None:
    with pytest.raises(InputError, match="workers = 0"):
        pool.run_all([], workers=0)
    with pytest.raises(InputError, match="workers = 0"):
        NgspiceEngine(workers=0)


def test_gentler_netlists_are_written_when_they_are_needed() -> None:
    deck = decks(1)[0]
    for klu, count in ((True, 3), (False, 2)):  # without KLU, as in ngspice 39, there is no other solver to try
        texts = list(attempts(deck, klu))
        assert len(texts) == count
        assert [".options klu" in text for text in texts] == [klu] * 2 + [False] * (count - 2)
        assert ["gminsteps" in text for text in texts] == [False] + [True] * (count - 1)


def test_a_gentler_transient_has_smaller_steps() -> None:
    xbar = Crossbar(2, 2)
    deck = write_deck(xbar, Write("V/2", 0, 0, 0.5, 4e-9).drive(xbar))
    before, after = (text.split(".tran ")[1].split() for text in list(attempts(deck, False)))
    assert float(after[0]) == pytest.approx(float(before[0]) / 4, rel=1e-9, abs=0)
    assert float(after[3]) == pytest.approx(float(before[3]) / 4, rel=1e-9, abs=0)
    assert after[1:3] == before[1:3]


OLD = "osdi: no such command available in ngspice\n** ngspice-39 : Circuit level simulation program\nngspice-39 done"


def test_an_old_ngspice_gets_decks_that_it_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that plays ngspice 39 and converges with gentler options only: no KLU, no compiled device, two tries."""
    answer = tmp_path / "answer.raw"
    header = (
        "Title: t\nFlags: real\nNo. Variables: 2\nNo. Points: 1\nVariables:\n\t0\tv(w_0_0)\tvoltage\n\t1\tv(b_0_0)\tvoltage\n"
    )
    answer.write_bytes(f"{header}Binary:\n".encode() + np.array([0.25, 0.125]).tobytes())
    program = tmp_path / "ngspice"
    program.write_text(
        f"#!/bin/sh\nif [ -f probe.cir ]; then\ncat <<'END'\n{OLD}\nEND\nexit 0\nfi\n"
        f"cat deck.cir >>{tmp_path}/decks\n"
        f"if grep -q gminsteps deck.cir; then cp {answer} results.raw; exit 0; fi\n"
        "echo 'doAnalyses: OP: iteration limit reached'\nexit 1\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("SPICEMTJ_NGSPICE", str(program))
    locate._probe.cache_clear()
    ngspice._compiled.cache_clear()
    try:
        engine = NgspiceEngine(mode="process", failed=tmp_path / "failed")
        xbar = Crossbar(1, 1, states=[[-1]])
        cards = engine.junctions(xbar)
        waves = engine.simulate(operating_point_deck(xbar, [0.5], [0.0], None, cards))
    finally:
        locate._probe.cache_clear()
    assert {name: value.tolist() for name, value in waves.items()} == {"v(w_0_0)": [0.25], "v(b_0_0)": [0.125]}
    written = (tmp_path / "decks").read_text()
    assert written.count(".end\n") == 2
    assert "klu" not in written
    assert "osdi" not in written
    assert not engine.failed.exists()


# -- what a killed process leaves

PROGRAM = """
import sys
from spicemtj.engines import pool
from spicemtj.engines.runs import Runner
try:
    pool.run_all([{text!r}] * 4, Runner(100), workers=2)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.stdin.readline()
"""


def started(program: str) -> subprocess.Popen[str]:
    """A process that has two runs under way."""
    code = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n" + program
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(ngspices()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(ngspices()) == 2
    time.sleep(0.2)
    return child


@pytest.mark.ngspice
def test_an_interrupt_ends_all_runs(temporary: Path) -> None:
    with started(PROGRAM.format(text=ENDLESS)) as child:
        try:
            child.send_signal(signal.SIGINT)
            assert child.stdout is not None
            assert child.stdout.readline() == "interrupted\n"
            assert ngspices() == set()
            assert list(temporary.iterdir()) == []
            child.communicate("\n", timeout=30)
        finally:
            child.kill()


@pytest.mark.ngspice
def test_what_a_killed_process_left_is_swept(temporary: Path) -> None:
    with started(PROGRAM.format(text=ENDLESS)) as child:
        assert sweep() == 0  # its owner lives
        child.kill()
        child.wait()
    assert len(list(temporary.iterdir())) == 2
    orphans = ngspices()
    assert len(orphans) == 2
    with Workplace("* t\n.end\n") as place:
        assert sweep() == 2
        assert list(temporary.iterdir()) == [place.folder]
    deadline = time.monotonic() + 10
    while orphans & ngspices() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not orphans & ngspices()
    assert sweep() == 0


def test_a_folder_that_is_not_ours_is_left_alone(temporary: Path) -> None:
    other = temporary / "spicemtj-other"
    other.mkdir()
    (other / "file").write_text("kept")
    assert sweep() == 0
    assert (other / "file").read_text() == "kept"


def test_a_run_has_a_bound_on_processor_time_and_one_thread(tmp_path: Path) -> None:
    """Seen by a program that stands in for ngspice."""
    program = tmp_path / "ngspice"
    program.write_text("#!/bin/sh\nsleep 0.2\nulimit -t\necho $OMP_THREAD_LIMIT\n")
    program.chmod(0o755)
    with Workplace("* t\n") as place:
        outcome = place.run(program, 20.0)
    assert outcome.log.split() == ["25", "1"]
    with Workplace("* t\n") as place:
        stop = process.Stop()
        stop.call()
        with pytest.raises(process.Stopped):
            place.run(program, 20.0, stop)
