"""Many independent tasks on any `concurrent.futures.Executor`: the one place where parallel work goes through.

Local processes by default; a Dask scheduler by address; or an executor of the caller's. Results come back in the order of the
tasks whatever order they end in, each is handed to `on_result` as soon as it is there, and a worker that dies costs only the tasks
that it was working on, which are tried again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any, TypeVar

from .errors import InputError, MissingToolError, SpicemtjError

T = TypeVar("T")
R = TypeVar("R")


def content_id(task: Any) -> str:
    """A short name for a task that depends on nothing but its content (JSON-like: numbers, strings, lists, dicts)."""
    text = json.dumps(task, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise InputError(f"a task can hold numbers, strings, lists and dicts, not {type(value).__name__}")


@contextmanager
def executor(workers: int | None = None, cluster: str | None = None) -> Iterator[Executor]:
    """An executor: `workers` local processes (all cores by default), or the workers of the Dask scheduler at address `cluster`."""
    if cluster is not None:
        try:
            from distributed import Client
        except ImportError:
            raise MissingToolError("a cluster needs Dask: pip install 'spicemtj[dask]'") from None
        try:
            client = Client(cluster)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else "no answer"
            raise SpicemtjError(
                f"cannot reach a Dask scheduler at {cluster} ({reason}); start one with 'dask scheduler' and give the address it prints"
            ) from None
        with client:
            yield client.get_executor()  # type: ignore[no-untyped-call]
    else:
        pool = _local(workers)
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _local(workers: int | None) -> ProcessPoolExecutor:
    import multiprocessing

    if workers is not None and workers < 1:
        raise InputError(f"workers = {workers}: give 1 or more local processes")
    count = workers or processors()
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"), initializer=_quiet_worker)


def _quiet_worker() -> None:
    """One BLAS thread a worker: on few cores, threads of several libraries fight each other."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "SPICEMTJ_THREADS"):
        os.environ.setdefault(name, "1")


def run(
    function: Callable[[T], R],
    tasks: Sequence[T],
    *,
    pool: Executor | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    title: str = "",
    progress: bool = False,
    done: Mapping[str, R] | None = None,
    on_result: Callable[[str, R], None] | None = None,
    retries: int = 2,
) -> list[R]:
    """`[function(task) for task in tasks]`, in parallel.

    pool : an executor to use, left open. Otherwise `workers` local processes or the scheduler at `cluster`; `workers=1` runs here.
    done : results of earlier runs by `content_id`; such tasks are not run again.
    on_result : called with (content id, result) for each new result, in the order they end: the place to save it.
    retries : how many times a task is tried again after its worker died. A task that raises an error ends the run with that error,
        after the tasks under way have ended and been handed to `on_result`.
    """
    ids = [content_id(task) for task in tasks]
    results: dict[str, R] = dict(done or {})
    waiting = [k for k, name in enumerate(ids) if name not in results]
    seen: set[str] = set()
    waiting = [k for k in waiting if not (ids[k] in seen or seen.add(ids[k]))]  # type: ignore[func-returns-value]

    with _bar(len(tasks), len(tasks) - len(waiting), title, progress) as tick:

        def keep(k: int, value: R) -> None:
            results[ids[k]] = value
            if on_result is not None:
                on_result(ids[k], value)
            tick()

        if pool is None and cluster is None and (workers == 1 or len(waiting) <= 1):
            for k in waiting:
                keep(k, function(tasks[k]))
        else:
            for attempt in range(retries + 1):
                waiting = [k for k in waiting if ids[k] not in results]
                if not waiting:
                    break
                try:
                    if pool is not None:
                        _collect(pool, function, tasks, waiting, keep)
                    else:
                        with executor(workers, cluster) as own:
                            _collect(own, function, tasks, waiting, keep)
                except Exception as error:
                    if not _worker_died(error):
                        raise
                    if attempt == retries or pool is not None:
                        left = sum(ids[k] not in results for k in waiting)
                        raise SpicemtjError(
                            f"a worker died {attempt + 1} times with {left} tasks left (out of memory?); use fewer workers; "
                            "finished tasks are kept"
                        ) from None
    return [results[name] for name in ids]


def _worker_died(error: BaseException) -> bool:
    """Whether a task ended because its worker did: a broken pool, or Dask's word for a task that took several workers along."""
    return isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker"


def _collect(
    pool: Executor, function: Callable[[T], R], tasks: Sequence[T], waiting: Sequence[int], keep: Callable[[int, R], None]
) -> None:
    futures: dict[Future[R], int] = {pool.submit(function, tasks[k]): k for k in waiting}
    failure: BaseException | None = None
    for future in as_completed(futures):
        if future.cancelled():
            continue
        error = future.exception()
        if error is None:
            keep(futures[future], future.result())
        elif failure is None or _worker_died(failure):
            failure = error
            for other in futures:
                other.cancel()
    if failure is not None:
        raise failure


@contextmanager
def _bar(total: int, initial: int, title: str, show: bool) -> Iterator[Callable[[], None]]:
    if not show:
        yield lambda: None
        return
    from tqdm import tqdm

    with tqdm(total=total, initial=initial, desc=title, unit="run", smoothing=0.1) as bar:
        yield lambda: (bar.update(1), None)[1]


@contextmanager
def kept(beside: str | os.PathLike[str] | None) -> Iterator[tuple[dict[str, Any], Callable[[str, Any], None] | None]]:
    """Results of a long run kept as they come in `<beside>.part`, for `done` and `on_result` of `run`.

    A run that is killed and started again takes up what is there; the file vanishes when the block ends well.
    """
    if beside is None:
        yield {}, None
        return
    import pickle
    from pathlib import Path

    part = Path(f"{os.fspath(beside)}.part")
    done: dict[str, Any] = {}
    good = 0
    if part.exists():
        with part.open("rb") as file:
            while True:
                try:
                    name, value = pickle.load(file)
                except (EOFError, pickle.UnpicklingError, AttributeError, ValueError):
                    break  # the end, or a record cut short by a kill
                done[name] = value
                good = file.tell()
        os.truncate(part, good)
    try:
        record = part.open("ab")
    except OSError as error:
        raise InputError(f"cannot write {part}: {error.strerror}; choose another place") from None
    with record:

        def keep(name: str, value: Any) -> None:
            pickle.dump((name, value), record)
            record.flush()

        yield done, keep
    part.unlink(missing_ok=True)
