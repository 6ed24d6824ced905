"""A study on a Dask scheduler and two workers, one of them killed halfway: the same file as on a local process."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest

pytest.importorskip("distributed")

from spicemtj import study
from spicemtj.results import read

STUDY = """
import sys
from spicemtj import study
study.run_study("time", seeds=2, quick=True, cluster=sys.argv[1], out=sys.argv[2])
"""
TASKS = 8
PATIENCE = 240  # seconds until a step that does not come counts as a failure


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def finished(part):
    """How many whole records the file of finished tasks holds."""
    count = 0
    if part.exists():
        with part.open("rb") as file:
            try:
                while True:
                    pickle.load(file)
                    count += 1
            except (EOFError, pickle.UnpicklingError):
                pass
    return count


@pytest.fixture
def started():
    """Starts Python programs, and ends them with the test."""
    running = []

    def start(*arguments):
        process = subprocess.Popen([sys.executable, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        running.append(process)
        return process

    yield start
    for process in reversed(running):
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_worker_dies_and_the_file_is_the_same(tmp_path, started):
    book, out = tmp_path / "scheduler.json", tmp_path / "cluster.h5"
    where = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    started("-m", "distributed.cli.dask_scheduler", *where, "--scheduler-file", book)
    until(lambda: book.exists() and book.read_text().endswith("}"))
    address = json.loads(book.read_text())["address"]
    flags = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", tmp_path]
    workers = [started("-m", "distributed.cli.dask_worker", address, *flags, "--name", str(k)) for k in range(2)]
    main = started("-c", STUDY, address, out)

    part = tmp_path / "cluster.h5.part"
    until(lambda: finished(part) >= 2 or main.poll() is not None)
    assert main.poll() is None
    assert finished(part) < TASKS
    workers[0].kill()
    assert main.wait(PATIENCE) == 0
    assert workers[1].poll() is None
    assert not part.exists()

    local = study.run_study("time", seeds=2, quick=True, workers=1)
    found = read(out, "study")
    assert list(found.value("tasks")) == list(local.value("tasks"))
    assert len(found.value("tasks")) == TASKS
    assert (found.config, found.summary, found.seed) == (local.config, local.summary, local.seed)
    for name, quantity in local.data["results"].items():
        np.testing.assert_array_equal(found.value(f"results/{name}"), quantity.value, err_msg=name)


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_named(tmp_path):
    """In a process of its own, with a short patience."""
    code = (
        "import dask; dask.config.set({'distributed.comm.timeouts.connect': '1s'})\n"
        "from spicemtj import study; study.run_study('time', quick=True, cluster='tcp://127.0.0.1:9')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "cannot reach a Dask scheduler at tcp://127.0.0.1:9" in done.stderr.splitlines()[-1]
