"""The crossbar in ngspice: reads as operating points, writes as transients in which the MTJs switch by themselves.

Decks run in a process of their own, or in a session (session.py) where many small ones come.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.deck import Deck, operating_point_deck
from ..circuit.schemes import Drive, line_arrays
from ..device.emit import Behavioural, Cards, Compiled
from ..device.emit.user import UserModel
from ..errors import InputError, MissingToolError, SimulationError, unknown
from ..paths import models
from . import ngspice_read, ngspice_write, pool, session_read, user_model
from .base import Solution, WriteResult
from .locate import find_ngspice
from .process import Workplace
from .rawfile import Waves
from .runs import FAILED, TIMEOUT, Check, Runner
from .session import Refused, Session, TimedOut

log = logging.getLogger(__name__)

Array = NDArray[np.float64]

DEVICES = ("auto", "compiled", "behavioural")
MODES = ("auto", "process", "session")
# A session answers small solves some times faster than processes, and takes half a second to start.
SMALL = 64 * 64  # cells; from there on loading and solving take most of a process's time too
MANY = 20  # small solves before a session is started
REFUSALS = 3
FEW = 8  # points up to which a circuit that is loaded is altered for each; more go as a sweep, in a deck of their own


@dataclass(eq=False)
class NgspiceEngine:
    """The engine "ngspice". `solve` and `write` as in `Engine`; `run` takes any netlist.

    timeout: seconds that one run may take. failed: the folder where deck and log of a failed run are kept. device: "compiled" (Verilog-A),
    "behavioural" (B sources), or "auto": compiled where ngspice has OSDI and there is a C compiler; or the path of a TOML that brings a
    model of the user's own (docs/own-model.md), which is then `model`. mode: "process" (one for each run), "session" (ngspice stays open in
    a process of its own; needs PySpice), or "auto": a session once many small solves have come, where PySpice is there, else processes.
    workers: how many processes a batch of many points may have at a time. As a context manager, or by `close`, it ends its session.
    """

    timeout: float = TIMEOUT
    failed: Path = FAILED
    device: str | Path = "auto"
    mode: str = "auto"
    workers: int = 1
    model: UserModel | None = field(default=None, init=False)
    _session: Session | None = field(default=None, init=False, repr=False)
    _refusals: int = field(default=0, init=False, repr=False)
    _small: int = field(default=0, init=False, repr=False)  # solves that a session would have been good for
    name: ClassVar[str] = "ngspice"

    def __post_init__(self) -> None:
        if str(self.device).endswith(".toml"):
            self.model = user_model.load(self.device)
        elif self.device not in DEVICES:
            raise unknown("device of the ngspice engine", self.device, (*DEVICES, "FILE.toml"))
        if self.mode not in MODES:
            raise unknown("mode of the ngspice engine", self.mode, MODES)
        if self.workers < 1:
            raise InputError(f"workers = {self.workers}: give 1 or more runs of ngspice at a time")

    def __enter__(self) -> NgspiceEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        """A copy, in another process too, starts a session of its own."""
        return self.__dict__ | {"_session": None, "_small": 0}

    def close(self) -> None:
        """End the session, if there is one; the next solve may start another."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def junctions(self, xbar: Crossbar) -> Cards:
        """How junctions are written into the decks of this engine."""
        if self.model is not None:
            return self._own(self.model, xbar)
        if self.device == "behavioural" or xbar.ohmic:
            return Behavioural()
        try:
            return _compiled()
        except MissingToolError as missing:
            if self.device == "compiled":
                raise
            log.info("behavioural devices, which are slower: %s", missing)
            return Behavioural()

    @staticmethod
    def _own(model: UserModel, xbar: Crossbar) -> UserModel:
        if xbar.ohmic:
            raise InputError(
                f"the cells of this crossbar are resistors, and {model.label} would stand for none; use Crossbar(m, n, ...)"
            )
        if model.osdi is not None:
            _require_osdi()
        return model

    # -- running

    @property
    def runner(self) -> Runner:
        """How this engine runs decks in processes; see also `pool.run_all`."""
        return Runner(self.timeout, self.failed)

    def run(self, text: str, check: Check | None = None) -> Waves:
        """The vectors of a netlist's first analysis, run in a process; see `runs.Runner.run`."""
        return self.runner.run(text, check)

    def simulate(self, deck: Deck, check: Check | None = None) -> Waves:
        """The vectors of a deck's analysis; where that does not converge, of one with gentler options. See `runs.Runner.simulate`."""
        session = self._session_for(deck.net.word.size) if not deck.control else None
        if session is None:
            return self.runner.simulate(deck, check)
        try:
            waves = session.run(deck)
            complaint = check(waves) if check else ""
        except TimedOut:
            raise self._timed_out(deck) from None
        except Refused as refused:
            complaint = str(refused)
        self._judge(complaint)
        return self.runner.simulate(deck, check) if complaint else waves

    def _judge(self, complaint: str) -> None:
        """Count what the session refuses in a row: each time it starts again, which in the end is slower than processes."""
        self._refusals = self._refusals + 1 if complaint else 0
        if complaint:
            log.info("session: %s; trying a process", complaint)
        if self._refusals >= REFUSALS and self.mode == "auto":
            log.info("session: refused %d times in a row; processes from now on", self._refusals)
            self.mode = "process"
            self.close()

    def _session_for(self, cells: int, counted: bool = True) -> Session | None:
        """The session, where one is to be used for a solve of so many cells."""
        few = self._small < MANY and self._session is None
        if self.mode == "process":
            return None
        if self.mode == "auto" and (few or cells > SMALL or self.model is not None):
            self._small += counted and cells <= SMALL
            return None
        if self._session is None:
            session = Session(self.timeout)
            try:
                session.start()
            except MissingToolError as missing:
                if self.mode == "session":
                    raise
                self.mode = "process"
                _say_once(f"no session, so that many small solves take longer: {missing}")
                return None
            self._session = session
        return self._session

    def _timed_out(self, deck: Deck) -> SimulationError:
        with Workplace(deck.text()) as place:
            kept, _ = place.keep(self.failed)
        return SimulationError(
            f"ngspice failed: no end after {self.timeout:g} s; raise the engine's timeout or simulate less", deck=kept
        )

    def _resident(self, junctions: Cards) -> ngspice_read.Resident:
        """Few points of a small crossbar, in a circuit that stays loaded in the session."""

        def resident(xbar: Crossbar, lines: Array, gates: Array | None, paths: bytes) -> tuple[Deck, Waves] | None:
            ends = (xbar.r_wl, xbar.r_bl, xbar.r_driver_wl, xbar.r_driver_bl)
            if len(lines) > FEW or np.isnan(lines[0]).all() or np.isinf(ends).any() or not session_read.fits(xbar, junctions):
                return None
            session = self._session_for(xbar.m * xbar.n, counted=False)
            if session is None:
                return None
            try:
                found = session_read.solve(session, xbar, lines, gates, paths, junctions)
            except TimedOut:
                m = xbar.m
                raise self._timed_out(operating_point_deck(xbar, lines[:, :m], lines[:, m:], gates, junctions)) from None
            except Refused as refused:
                self._judge(str(refused))
                return ngspice_read.deck_run(self.runner.simulate, xbar, lines, gates, junctions)
            self._judge("")
            return found

        return resident

    def _each(
        self, play: Callable[[ngspice_read.Group, ngspice_read.Simulate], None], groups: list[ngspice_read.Group]
    ) -> None:
        pool.each(lambda group, runner: play(group, runner.simulate), groups, self.runner, self.workers)

    # -- what an Engine does

    def solve(self, xbar: Crossbar, v_wl: ArrayLike, v_bl: ArrayLike, v_gate: ArrayLike | None = None) -> Solution:
        """Node voltages and currents of a static network, by operating points in ngspice; see `ngspice_read`."""
        lines, junctions = line_arrays(xbar, v_wl, v_bl, v_gate), self.junctions(xbar)
        if self.workers > 1 and self.mode != "session" and lines[0].size > FEW * xbar.m:
            return ngspice_read.solve(self.simulate, xbar, *lines, junctions, self._each)
        return ngspice_read.solve(self.simulate, xbar, *lines, junctions, resident=self._resident(junctions))

    def write(self, xbar: Crossbar, drive: Drive, uniforms: Array) -> WriteResult:
        """Play a Drive in ngspice, a transient for each pulse; see `ngspice_write`.

        A user's own model holds its states: warns, and nothing flips.
        """
        if self.model is not None:
            warnings.warn(
                f"{self.model.label} holds its state: voltages and energy of this write are its own, but no cell flips",
                stacklevel=3,
            )
        return ngspice_write.play(self.simulate, xbar, drive, uniforms, self.junctions(xbar))


@cache
def _say_once(text: str) -> None:
    log.warning("%s", text)


def _require_osdi() -> None:
    found = find_ngspice()
    if not found.osdi:
        raise MissingToolError(f"ngspice {found.path} has no OSDI; one from version 42 on has it (spicemtj doctor)")


@cache
def _compiled() -> Compiled:
    """The shipped Verilog-A device, compiled for this machine."""
    _require_osdi()
    from .veriloga import compile_c

    return Compiled(compile_c(models() / "mtj.c"))
