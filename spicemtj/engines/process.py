"""One run of `ngspice -b` in a process and a folder of its own, of which nothing stays behind, whatever ends it.

A folder's owner holds a lock on a file in it for as long as it lives. What a killed owner left, its ngspice and its folder, is removed by
the next process that runs anything, or by `sweep`.
"""

from __future__ import annotations

import fcntl
import math
import os
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType

DECK, LOG, RAW = "deck.cir", "ngspice.log", "results.raw"
_LONGEST = 2e6  # seconds that the system can be asked to wait
_LOCK, _PREFIX = "lock", "spicemtj-"


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the exit status (negative: by that signal), None after a timeout; and what ngspice printed."""

    status: int | None
    log: str


class Stopped(Exception):
    """A run that was ended because its results are not wanted any more."""


class Stop:
    """Ends the runs of several threads at once, and refuses new ones."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self.called = False

    def call(self) -> None:
        """End what runs; their threads get `Stopped`."""
        with self._lock:
            self.called = True
            for process in self._running:
                _signal(process)

    def add(self, process: subprocess.Popen[bytes]) -> None:
        """Take up a process that has just started."""
        with self._lock:
            self._running.add(process)
            if self.called:
                _signal(process)

    def remove(self, process: subprocess.Popen[bytes]) -> None:
        """Forget a process that has ended."""
        with self._lock:
            self._running.discard(process)


class Workplace:
    """A temporary folder with a deck, for one run. As a context manager it leaves nothing behind; `keep` moves it away."""

    def __init__(self, text: str):
        _sweep_once()
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        try:
            self._lock = _locked(self.folder)
            (self.folder / DECK).write_text(text, encoding="utf-8")
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def __enter__(self) -> Workplace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    @property
    def raw(self) -> Path:
        """The rawfile that a run leaves."""
        return self.folder / RAW

    def run(self, program: Path, timeout: float, stop: Stop | None = None) -> Outcome:
        """Run the deck for at most `timeout` seconds. Whatever interrupts this call ends ngspice too; raises `Stopped` after `stop`."""
        with open(self.folder / LOG, "wb") as log:
            process = subprocess.Popen(
                [program, "-n", "-b", "-r", RAW, DECK],
                cwd=self.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            status: int | None = None
            try:
                _bound(process.pid, timeout)
                if stop is not None:
                    stop.add(process)
                status = _wait(process, timeout)
            finally:
                if stop is not None:
                    stop.remove(process)
                _end(process)
        if stop is not None and stop.called:
            raise Stopped
        return Outcome(status, (self.folder / LOG).read_text(errors="replace"))

    def keep(self, place: Path) -> tuple[Path, Path]:
        """Copy deck and log into a new folder under `place`; their paths there."""
        place.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=place)).absolute()
        folder.chmod(0o755)
        for name in (DECK, LOG):
            if (self.folder / name).exists():
                shutil.copy(self.folder / name, folder / name)
        return folder / DECK, folder / LOG


def environment() -> dict[str, str]:
    """The environment of an ngspice: binary rawfiles, numbers in the C locale, one thread.

    ngspice asks OpenMP for two threads whatever OMP_NUM_THREADS says, and they lose more by waiting for each other than they gain.
    """
    inherited = {k: v for k, v in os.environ.items() if k != "SPICE_ASCIIRAWFILE"}
    return inherited | {"LC_ALL": "C", "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}


def sweep() -> int:
    """Remove the folders of owners that are dead, and end the ngspice that one may have left running; how many there were."""
    found = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            descriptor = os.open(folder / _LOCK, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _end_orphan(folder)
                shutil.rmtree(folder)
                found += 1
            finally:
                os.close(descriptor)
    return found


@cache
def _sweep_once() -> None:
    sweep()


def _locked(folder: Path) -> int:
    """A descriptor that holds the lock of a new folder. Locked before it gets its name, so that no `sweep` sees it free."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    (folder / ".lock").rename(folder / _LOCK)
    return descriptor


def _end_orphan(folder: Path) -> None:
    """End the ngspice that still works in a folder."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes().split(b"\0")
            if (process / "cwd").readlink() == folder.resolve() and DECK.encode() in command:
                os.kill(int(process.name), signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], timeout: float) -> int | None:
    """The exit status, None after `timeout` seconds. `Popen.wait` looks again every 50 ms only: more than a small run takes."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # not a Linux from 5.3 on
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout)
        return None
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        ended = poll.poll(min(timeout, _LONGEST) * 1000)
    finally:
        os.close(descriptor)
    return process.wait() if ended else None


def _bound(pid: int, timeout: float) -> None:
    """The kernel's limit on processor time: an ngspice whose owner was killed does not run for ever."""
    if hasattr(resource, "prlimit") and math.isfinite(timeout):
        seconds = math.ceil(timeout) + 5
        with suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_CPU, (seconds, seconds))


def _signal(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a process and all that it started."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started, and wait for it, so that no zombie stays."""
    _signal(process)
    process.wait()
