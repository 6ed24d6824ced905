"""The process of a session: ngspice as a shared library, through PySpice. It is run by `session.Session`, one library a process.

A request is a tuple, its first item a name; the answer is ("done", value), or ("failed", what ngspice printed) where that holds an error.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .spicelog import classify

Array = NDArray[np.float64]
COMMAND = 1000  # characters that ngspice takes in one command
HISTORY = 200  # commands after which ngspice forgets what it has kept of them


class Failed(Exception):
    """ngspice printed an error."""


class Library:
    """libngspice with the circuits that it holds, the newest first, as it numbers them."""

    def __init__(self, path: str):
        from PySpice.Spice.NgSpice import Shared

        class Ngspice(Shared.NgSpiceShared):  # type: ignore[misc]
            LIBRARY_PATH = path
            NUMBER_OF_EXEC_CALLS_TO_RELEASE_MEMORY = HISTORY
            lines: list[str] = []  # noqa: RUF012 (shared on purpose: the first lines come before there is an instance)
            ended = False

            @staticmethod
            def _send_char(message: Any, number: int, user_data: Any) -> int:
                """PySpice's own takes any line with "error" in it, a title too, for a failure."""
                text = Shared.ffi.string(message).decode(errors="replace")
                Ngspice.lines.append(text.partition(" ")[2])
                return 0

            @staticmethod
            def _exit(status: int, immediate: bool, quit_: bool, number: int, user_data: Any) -> int:
                Ngspice.ended = True
                return status

        self._ngspice = Ngspice()
        self._api, self._ffi, self._null = self._ngspice._ngspice_shared, Shared.ffi, Shared.ffi.NULL
        self.circuits: list[int] = []
        self._names: dict[int, list[Any]] = {}
        self._osdi: set[str] = set()

    def about(self) -> tuple[str, bool, bool]:
        """Version, and whether there are KLU and OSDI."""
        version = "\n".join(self.command("version -f"))
        osdi = "\n".join(self.command("osdi no-such-library.osdi", judged=False))
        number = next((line.split("ngspice-")[1].split()[0] for line in version.splitlines() if "ngspice-" in line), "?")
        return number, "KLU" in version, "no such command" not in osdi

    def command(self, text: str, judged: bool = True) -> list[str]:
        """What ngspice prints on a command."""
        self._ngspice.lines.clear()
        try:
            self._ngspice.exec_command(text)
        except NameError as error:
            raise Failed("\n".join([*self._ngspice.lines, str(error)])) from None
        lines = list(self._ngspice.lines)
        if judged or self._ngspice.ended:
            self._judge(lines)
        return lines

    def _judge(self, lines: Sequence[str]) -> None:
        text = "\n".join(lines)
        if self._ngspice.ended or classify(text).reason:
            raise Failed(text)

    # -- circuits

    def load(self, key: int, text: str, osdi: str | None, names: Sequence[str]) -> None:
        """Take a circuit in, to stay; `names` are the vectors that `solve` answers with."""
        self._take(key, text, osdi)
        self._names[key] = [self._ffi.new("char[]", vector(name).encode()) for name in names]

    def _take(self, key: int, text: str, osdi: str | None) -> None:
        if osdi is not None and osdi not in self._osdi:
            self.command(f"osdi '{osdi}'" if " " in osdi else f"osdi {osdi}")
            self._osdi.add(osdi)
        self._ngspice.lines.clear()
        try:
            self._ngspice.load_circuit(text)
        except NameError as error:
            raise Failed("\n".join([*self._ngspice.lines, str(error)])) from None
        self._judge(list(self._ngspice.lines))
        self.circuits.insert(0, key)

    def drop(self, key: int) -> None:
        """Forget a circuit."""
        self._turn_to(key)
        self.command("remcirc")
        self.circuits.remove(key)
        self._names.pop(key, None)

    def _turn_to(self, key: int) -> None:
        if len(self.circuits) > 1:
            self.command(f"setcirc {self.circuits.index(key) + 1}")

    def solve(self, key: int, points: Sequence[Sequence[str]]) -> Array:
        """Operating points of a circuit, each after some commands that alter it: (points, vectors)."""
        self._turn_to(key)
        names, info, null = self._names[key], self._api.ngGet_Vec_Info, self._null
        found = np.empty((len(points), len(names)))
        for k, changes in enumerate(points):
            for command in chunks(changes):
                self.command(command)
            self.command("op")
            row = []
            for name in names:
                about = info(name)
                if about == null or about.v_realdata == null:
                    raise Failed(f"Error: no vector {self._ffi.string(name).decode()}")
                row.append(about.v_realdata[0])
            found[k] = row
            self.command("destroy all")
        return found

    def run(self, text: str, osdi: str | None) -> tuple[list[str], Array]:
        """A netlist's own analysis: all vectors by ngspice's names in a rawfile, and (points, vectors)."""
        self._take(0, text, osdi)
        self.command("run")
        found = self._vectors()
        self.drop(0)
        self.command("destroy all")
        return found

    def _vectors(self) -> tuple[list[str], Array]:
        plot = self._ffi.string(self._api.ngSpice_CurPlot()).decode()
        listed, names, columns = self._api.ngSpice_AllVecs(plot.encode()), [], []
        k = 0
        while listed[k] != self._null:
            name = self._ffi.string(listed[k]).decode()
            about = self._api.ngGet_Vec_Info(f"{plot}.{name}".encode())
            if about == self._null or about.v_realdata == self._null:
                raise Failed(f"Error: no real vector {name}")
            names.append(saved(name))
            columns.append(np.frombuffer(self._ffi.buffer(about.v_realdata, 8 * about.v_length), dtype=np.float64))
            k += 1
        return names, np.column_stack(columns)


def vector(name: str) -> str:
    """ngspice's own name of what a rawfile calls `v(node)`, `i(source)`: `node`, `source#branch`."""
    if name.startswith("v("):
        return name[2:-1]
    if name.startswith("i(@"):
        return name[2:-1]
    return f"{name[2:-1]}#branch" if name.startswith("i(") else name


def saved(name: str) -> str:
    """The inverse of `vector`; the scale of a sweep and time stay as they are."""
    if name.endswith("#branch"):
        return f"i({name[:-7]})"
    if name.startswith("@"):
        return f"i({name})"
    return name if name == "time" or name.endswith("-sweep") else f"v({name})"


def chunks(commands: Sequence[str]) -> list[str]:
    """Commands joined into as few as ngspice takes."""
    joined, length = [[]], 0  # type: list[list[str]], int
    for command in commands:
        if joined[-1] and length + len(command) + 1 > COMMAND:
            joined.append([])
            length = 0
        joined[-1].append(command)
        length += len(command) + 1
    return [";".join(some) for some in joined if some]


def memory() -> float:
    """Resident memory of this process, bytes: now, where /proc tells it, else the largest."""
    try:
        with open("/proc/self/statm") as file:
            return float(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def serve(connection: Connection, library: Library) -> None:
    """Answer requests until there is nobody who asks, or until one failed: what ngspice then still holds is not known."""
    verbs = {name: getattr(library, name) for name in ("about", "load", "drop", "solve", "run")} | {"memory": memory}
    while True:
        try:
            name, *arguments = connection.recv()
        except (EOFError, OSError):
            return
        try:
            connection.send(("done", verbs[name](*arguments)))
        except Failed as failure:
            connection.send(("failed", str(failure)))
            return


def _end_with(parent: int) -> None:
    """Follow a parent that was killed, also out of a long simulation."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def main() -> None:
    """`session_worker DESCRIPTOR LIBRARY`."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    connection = Connection(int(sys.argv[1]))
    serve(connection, Library(sys.argv[2]))
    connection.close()
    os._exit(0)  # libngspice crashes some hosts on its way out


if __name__ == "__main__":
    main()
