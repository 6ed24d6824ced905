"""ngspice kept open in a process of its own, through PySpice's shared library: for many small solves.

The process is started when it is first needed, again after it has died, and ends with the session or with its owner. What it was asked when
it died is asked again: nothing is lost but time.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..circuit.deck import Deck
from ..errors import MissingToolError
from .locate import find_libngspice, remedy
from .process import environment
from .rawfile import Table
from .spicelog import classify

log = logging.getLogger(__name__)

Array = NDArray[np.float64]
T = TypeVar("T")
START = 60.0  # seconds that PySpice and the library may take to load
ATTEMPTS = 3  # of one request, each in a new process after the one before has died
CELLS = 65_536  # of all circuits that stay loaded: ngspice needs about 10 KB a cell


class Refused(Exception):
    """ngspice failed at a request; the text is its complaint. Other options, in a process of their own, may help."""


class TimedOut(Exception):
    """A request took too long, and its process was ended."""


class _Died(Exception):
    """The process is gone."""


@dataclass(eq=False)
class Circuit:
    """A deck of one operating point that stays loaded.

    names: the vectors wanted of it, under a rawfile's names, with their places. settings: what can be altered, as the left side of an
    `alter`: "vwl_0", "@nc_0_0[s0]"; written: their values in the deck, in this order. lines, cells: where its owner has these values:
    numbers of lines and, after them, gate lines; cells (m, n) whose state is a setting, or None.
    """

    deck: Deck
    names: dict[str, int]
    settings: Sequence[str]
    written: Array
    lines: list[int]
    cells: NDArray[np.bool_] | None = None
    number: int = field(default=0, init=False)
    present: Array | None = field(default=None, init=False)

    def changes(self, values: Array) -> list[list[str]]:
        """The commands that lead from the present values to each row of `values` (points, settings)."""
        assert self.present is not None
        commands, before = [], self.present
        for row in values:
            commands.append([f"alter {self.settings[k]}={float(row[k])!r}" for k in np.flatnonzero(row != before).tolist()])
            before = row
        return commands


class Session:
    """An ngspice that stays open. `timeout`: seconds that one request may take. As a context manager it ends its process."""

    def __init__(self, timeout: float = 600.0):
        self.timeout = timeout
        self.starts = 0
        self.version, self.klu, self.osdi = "", False, False
        self._lock = threading.RLock()
        self._circuits: OrderedDict[Any, Circuit] = OrderedDict()
        self._numbers = 0
        self._worker: _Worker | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process that holds ngspice, None where there is none now."""
        return self._worker.pid if self._worker is not None else None

    def start(self) -> None:
        """Start the process if there is none. Raises `MissingToolError` where PySpice or the library is missing or does not load."""
        with self._lock:
            if self._worker is not None and self._worker.owner != os.getpid():  # after a fork: it is not ours
                self._worker.forget()
                self._worker = None
            if self._worker is not None:
                return
            for circuit in self._circuits.values():
                circuit.present = None
            path = library()
            for _ in range(ATTEMPTS):
                self._worker = _Worker(path)
                self.starts += 1
                try:
                    self.version, self.klu, self.osdi = self._worker.ask(("about",), START)
                    return
                except (_Died, Refused, TimedOut) as error:
                    said = self._worker.said() or str(error) or "nothing"
                    self._end()
            raise MissingToolError(f"{path} does not work as a session (it said: {said}); {remedy()}")

    def close(self) -> None:
        """End the process. The session can be used again: it then starts a new one."""
        with self._lock:
            self._end()
            self._circuits.clear()

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.end()
        self._worker = None

    # -- requests

    def run(self, deck: Deck) -> Table:
        """The vectors of a deck's analysis; the circuit does not stay. Raises `Refused` or `TimedOut`."""
        names, matrix = self._again(lambda worker: worker.ask(("run", *self._text(deck)), self.timeout))
        return Table(names, matrix)

    def solve(self, key: Any, make: Callable[[], Circuit], values: Callable[[Circuit], Array]) -> tuple[Circuit, Table]:
        """Operating points of a circuit that stays loaded under `key`, made where it is not yet.

        `values(circuit)` (points, settings) says how each point alters it. Raises `Refused` or `TimedOut`.
        """
        with self._lock:
            circuit = self._circuits.get(key)
            if circuit is None:
                circuit = make()
            wanted = values(circuit)

            def points(worker: _Worker) -> Array:
                self._keep(worker, key, circuit)
                commands = circuit.changes(wanted)
                circuit.present = None
                found: Array = worker.ask(("solve", circuit.number, commands), self.timeout)
                circuit.present = wanted[-1]
                return found

            return circuit, Table(circuit.names, self._again(points))

    def memory(self) -> float:
        """Resident memory of the process [bytes]."""
        return float(self._again(lambda worker: worker.ask(("memory",), self.timeout)))

    def _text(self, deck: Deck) -> tuple[str, str | None]:
        """A deck's text, and the compiled device that its circuit needs."""
        return replace(deck.with_klu(self.klu), osdi=None).text(), None if deck.osdi is None else str(deck.osdi)

    def _keep(self, worker: _Worker, key: Any, circuit: Circuit) -> None:
        """Have a circuit loaded, the least recently used ones dropped where there are too many."""
        if circuit.present is None:
            self._numbers += 1
            circuit.number = self._numbers
            worker.ask(("load", circuit.number, *self._text(circuit.deck), list(circuit.names)), self.timeout)
            circuit.present = circuit.written
        self._circuits[key] = circuit
        self._circuits.move_to_end(key)
        while len(self._circuits) > 1 and sum(c.deck.net.word.size for c in self._circuits.values()) > CELLS:
            _, oldest = self._circuits.popitem(last=False)
            if oldest.present is not None:
                worker.ask(("drop", oldest.number), self.timeout)

    def _again(self, request: Callable[[_Worker], T]) -> T:
        """The answer to a request; one that finds its process dead, or kills it, is repeated in a new one."""
        with self._lock:
            for _ in range(ATTEMPTS):
                self.start()
                assert self._worker is not None
                try:
                    return request(self._worker)
                except _Died:
                    log.warning("the ngspice of the session died; starting it again")
                    self._end()
                except BaseException:  # an answer may still be under way, or ngspice in no good state
                    self._end()
                    raise
        raise Refused(f"the process died {ATTEMPTS} times")


def library() -> Path:
    """The shared library of ngspice, where PySpice is there to use it. Raises `MissingToolError`."""
    if importlib.util.find_spec("PySpice") is None:
        raise MissingToolError("an ngspice that stays open needs PySpice (GPL-3.0): pip install 'spicemtj[pyspice]'")
    found = find_libngspice()
    if found is None:
        raise MissingToolError(f"an ngspice that stays open needs its shared library; {remedy()}")
    return found


class _Worker:
    """The process and the way to it."""

    def __init__(self, path: Path):
        self.owner = os.getpid()
        ours, theirs = socket.socketpair()
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        root = str(Path(__file__).resolve().parents[2])
        paths = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", f"{__package__}.session_worker", str(theirs.fileno()), str(path)],
                env=environment() | {"PYTHONPATH": paths},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._connection = Connection(ours.detach())
        self._finalizer = weakref.finalize(self, _end, self._process, self._connection, self._output, self.owner)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: tuple[Any, ...], seconds: float) -> Any:
        """The answer to a request. Raises `_Died`, `TimedOut`, or `Refused` with ngspice's complaint."""
        try:
            self._connection.send(request)
            if not self._connection.poll(seconds):
                raise TimedOut
            kind, value = self._connection.recv()
        except (EOFError, OSError):
            raise _Died from None
        if kind == "failed":
            raise Refused(classify(value).reason or value.strip().splitlines()[-1])
        return value

    def said(self) -> str:
        """The last line that the process printed."""
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def end(self) -> None:
        """End the process, whatever it does, and wait for it."""
        self._finalizer()

    def forget(self) -> None:
        """Let go of a process that another one owns."""
        self._finalizer()


def _end(process: subprocess.Popen[bytes], connection: Connection, output: IO[bytes], owner: int) -> None:
    connection.close()
    output.close()
    if os.getpid() == owner and process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
        process.wait()
