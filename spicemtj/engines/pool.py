"""Many runs of ngspice at once, on a pool of processes: what comes back does not depend on how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TypeVar

from .. import jobs
from ..circuit.deck import Deck
from ..errors import InputError, SimulationError
from .locate import find_ngspice
from .process import Stop, sweep
from .rawfile import Waves
from .runs import Runner

DEFAULT = Runner()
T = TypeVar("T")
R = TypeVar("R")


def run_all(
    decks: Sequence[Deck | str],
    runner: Runner = DEFAULT,
    *,
    workers: int | None = None,
    pool: Executor | None = None,
    progress: bool = False,
) -> list[Waves]:
    """The vectors of every deck (or netlist text), in their order, `workers` runs of ngspice at a time (all cores by default).

    runner : time limit, and the place for what fails. Decks are tried again with gentler options; a netlist text runs once.
    pool : an executor whose workers run ngspice instead, on other machines for instance (see `jobs`).
    Raises the first `SimulationError`, after the runs under way have ended.
    """
    return _all(_played, decks, runner, workers, pool, progress)


def try_all(
    decks: Sequence[Deck | str],
    runner: Runner = DEFAULT,
    *,
    workers: int | None = None,
    pool: Executor | None = None,
    progress: bool = False,
) -> list[Waves | SimulationError]:
    """As `run_all`, but a deck that fails ends nothing: its `SimulationError`, with deck and log kept, stands in its place."""
    return _all(_tried, decks, runner, workers, pool, progress)


def _all(
    function: Callable[[Runner, _Task], R],
    decks: Sequence[Deck | str],
    runner: Runner,
    workers: int | None,
    pool: Executor | None,
    progress: bool,
) -> list[R]:
    tasks = [_Task(k, deck) for k, deck in enumerate(decks)]
    if pool is not None:
        try:
            return jobs.run(partial(function, runner), tasks, pool=pool, progress=progress)
        finally:
            sweep()  # what a worker that died has left
    with _threads(workers, len(tasks)) as (threads, stop):
        return jobs.run(partial(function, replace(runner, stop=stop)), tasks, pool=threads, workers=1, progress=progress)


def each(function: Callable[[T, Runner], R], items: Sequence[T], runner: Runner, workers: int) -> list[R]:
    """`[function(item, runner) for item in items]` in `workers` threads, each of which waits for its own ngspice."""
    with _threads(workers, len(items)) as (threads, stop):
        own = replace(runner, stop=stop)
        return jobs.run(lambda k: function(items[k], own), range(len(items)), pool=threads, workers=1)


class _Task(dict[str, int]):
    """A deck, known by its place: what `jobs` takes for the task's content."""

    def __init__(self, place: int, deck: Deck | str):
        super().__init__(place=place)
        self.deck = deck


def _played(runner: Runner, task: _Task) -> Waves:
    return runner.run(task.deck) if isinstance(task.deck, str) else runner.simulate(task.deck)


def _tried(runner: Runner, task: _Task) -> Waves | SimulationError:
    try:
        return _played(runner, task)
    except SimulationError as error:
        return error


@contextmanager
def _threads(workers: int | None, most: int) -> Iterator[tuple[Executor | None, Stop]]:
    """Threads that wait for processes, None for a single one; whatever interrupts the block ends their processes too."""
    if workers is not None and workers < 1:
        raise InputError(f"workers = {workers}: give 1 or more runs of ngspice at a time")
    count = min(workers or jobs.processors(), most)
    stop = Stop()
    if count <= 1:
        yield None, stop
        return
    find_ngspice()  # looked for once, not by every thread
    with ThreadPoolExecutor(count) as threads:
        try:
            yield threads, stop
        except BaseException:
            stop.call()
            threads.shutdown(wait=True, cancel_futures=True)
            raise
