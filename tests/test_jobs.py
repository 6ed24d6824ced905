"""Parallel work: same results on any executor, nothing lost when a worker dies or the run is killed, errors passed on."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spicemtj import jobs
from spicemtj.errors import InputError, SpicemtjError


def square(task):
    return task["x"] ** 2


def fail_on_three(task):
    if task["x"] == 3:
        raise InputError("three")
    return task["x"]


def die_once(task):
    """Kills its worker the first time it sees x = 2."""
    mark = Path(task["folder"]) / "died"
    if task["x"] == 2 and not mark.exists():
        mark.touch()
        os._exit(1)
    return task["x"]


def always_die(task):
    if task["x"] == 2:
        os._exit(1)
    return task["x"]


TASKS = [{"x": x} for x in range(7)]


def test_order_and_values_on_every_executor():
    expected = [x * x for x in range(7)]
    assert jobs.run(square, TASKS, workers=1) == expected
    assert jobs.run(square, TASKS, workers=2) == expected
    with ThreadPoolExecutor(3) as pool:
        assert jobs.run(square, TASKS, pool=pool) == expected


def test_done_tasks_do_not_run_again():
    done = {jobs.content_id(t): -1 for t in TASKS[:3]}
    new = []
    values = jobs.run(square, TASKS, workers=1, done=done, on_result=lambda name, value: new.append(value))
    assert values == [-1, -1, -1, 9, 16, 25, 36]
    assert new == [9, 16, 25, 36]


def test_equal_tasks_run_once():
    calls = []
    values = jobs.run(square, [{"x": 2}, {"x": 2}], workers=1, on_result=lambda name, value: calls.append(value))
    assert values == [4, 4]
    assert calls == [4]


def test_content_id_depends_on_content_alone():
    import numpy as np

    assert jobs.content_id({"a": 1, "b": [1.5]}) == jobs.content_id({"b": np.array([1.5]), "a": 1})
    assert jobs.content_id({"a": 1}) != jobs.content_id({"a": 2})
    with pytest.raises(InputError, match="object"):
        jobs.content_id({"a": object()})


def test_an_error_ends_the_run_and_keeps_what_was_finished():
    kept = []
    with ThreadPoolExecutor(1) as pool, pytest.raises(InputError, match="three"):
        jobs.run(fail_on_three, TASKS, pool=pool, on_result=lambda name, value: kept.append(value))
    assert kept[:3] == [0, 1, 2]


def test_a_dead_worker_costs_nothing(tmp_path):
    tasks = [{"x": x, "folder": str(tmp_path)} for x in range(5)]
    assert jobs.run(die_once, tasks, workers=2) == list(range(5))
    assert (tmp_path / "died").exists()


def test_a_worker_that_always_dies_is_reported():
    with pytest.raises(SpicemtjError, match="a worker died 2 times"):
        jobs.run(always_die, [{"x": x} for x in range(3)], workers=2, retries=1)


def test_kept_results_survive_a_kill_in_the_middle_of_a_record(tmp_path):
    path = tmp_path / "out.h5"
    part = tmp_path / "out.h5.part"

    def killed():
        with jobs.kept(path) as (done, keep):
            assert done == {}
            keep("a", 1)
            keep("b", [2.0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed()
    whole = part.read_bytes()
    part.write_bytes(whole[:-3])
    with jobs.kept(path) as (done, keep):
        assert done == {"a": 1}
        keep("c", 3)
    assert not part.exists()


class KilledWorker(Exception):
    """Named as Dask names it."""


def test_a_task_that_kills_cluster_workers_is_tried_again_and_then_reported(monkeypatch):
    from contextlib import contextmanager

    tries = []

    def kills(task):
        if task["x"] == 2:
            tries.append(task)
            raise KilledWorker("x")
        return task["x"]

    @contextmanager
    def threads(workers, cluster):
        with ThreadPoolExecutor(1) as pool:
            yield pool

    monkeypatch.setattr(jobs, "executor", threads)
    kept = []
    with pytest.raises(SpicemtjError, match="a worker died 3 times with"):
        jobs.run(
            kills, [{"x": x} for x in range(4)], cluster="tcp://somewhere", on_result=lambda name, value: kept.append(value)
        )
    assert len(tries) == 3
    assert kept[:2] == [0, 1]
