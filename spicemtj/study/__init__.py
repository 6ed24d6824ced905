"""The claims of in-situ training as studies: many trainings over seeds, as independent tasks, with a table and a figure each.

A study is one module with `TITLE`; `tasks(quick, seeds, data)`, a list of plain dicts that say all about themselves; `run(task)`, a dict
of numbers that depends on nothing but the task; and `table(rows)`, head and lines of text over (task, result) pairs. Its figure is in
`figures_study`, from the file alone. Tasks go through `jobs`: local processes or a cluster, the same file either way.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .. import jobs
from ..errors import InputError, unknown
from ..results import Quantity, Result, read, write

KIND = "study"
NAMES = ("accuracy", "codings", "immunity", "offline", "schemes", "time")
Row = tuple[dict[str, Any], dict[str, float]]


class Study(Protocol):
    """What a study's module has."""

    TITLE: str

    def tasks(self, quick: bool, seeds: Sequence[int], data: str) -> list[dict[str, Any]]: ...

    def run(self, task: Mapping[str, Any]) -> dict[str, float]: ...

    def table(self, rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]: ...


def get(name: str) -> Study:
    """The study of that name."""
    if name not in NAMES:
        raise unknown("study", name, NAMES)
    return importlib.import_module(f".{name}", __package__)  # type: ignore[return-value]


def play(task: Mapping[str, Any]) -> dict[str, float]:
    """One task of any study: what a worker calls."""
    return get(task["study"]).run(task)


def run_study(
    name: str,
    *,
    seeds: int = 5,
    quick: bool = False,
    data: str | None = None,
    out: str | Path | None = None,
    pool: Executor | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    progress: bool = False,
    first_seed: int = 1,
) -> Result:
    """Run a study with `seeds` seeds from `first_seed` on, on local processes, an executor or a Dask scheduler; a `Result` of kind "study".

    quick : a size of some ten seconds. data : the data set, "breast-cancer" or "digits" (default: the former when quick). out : where
    to write it; finished tasks are kept beside it until all are done, and the same call takes them up again.
    """
    study = get(name)
    if seeds < 1:
        raise InputError(f"seeds = {seeds}: a study needs 1 or more")
    data = data or ("breast-cancer" if quick else "digits")
    tasks = [{"study": name} | task for task in study.tasks(quick, range(first_seed, first_seed + seeds), data)]
    with jobs.kept(out) as (done, keep):
        found = jobs.run(
            play, tasks, pool=pool, workers=workers, cluster=cluster, title=f"study {name}", progress=progress, done=done,
            on_result=keep,
        )  # fmt: skip
        config = {"study": name, "title": study.TITLE, "quick": quick, "seeds": seeds, "data": data}
        result = Result(
            KIND, _data(tasks, found), config, {"study": name, "data": data, "seeds": seeds, "tasks": len(tasks)}, first_seed
        )
        if out is not None:
            write(out, result)
    return result


def load(path: str | Path) -> Result:
    """A study's file."""
    return read(path, KIND)


def rows_of(result: Result) -> list[Row]:
    """Pairs (task, result) of a study's file, in the order of its tasks."""
    tasks = [json.loads(text) for text in np.atleast_1d(result.value("tasks"))]
    columns = {name: np.atleast_1d(quantity.value) for name, quantity in result.data["results"].items()}
    return [(task, {name: float(values[k]) for name, values in columns.items()}) for k, task in enumerate(tasks)]


def table(result: Result) -> tuple[list[str], list[list[str]]]:
    """A study's table, from its file."""
    return get(result.config["study"]).table(rows_of(result))


def _data(tasks: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for result in found for name in result))
    return {
        "tasks": Quantity(np.array([json.dumps(task, sort_keys=True) for task in tasks]), "1", "one JSON object a task"),
        "results": {
            name: Quantity(np.array([result.get(name, np.nan) for result in found], dtype=float), unit_of(name))
            for name in names
        },
    }


def unit_of(name: str) -> str:
    """The unit that a result's name ends with."""
    last = name.rsplit("_", 1)[-1]
    return {"seconds": "s", "joules": "J", "volts": "V"}.get(last, "1")
