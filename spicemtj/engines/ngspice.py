"""The crossbar in ngspice: reads as operating points, writes as transients in which the MTJs switch by themselves."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.deck import Deck
from ..circuit.schemes import Drive, line_arrays
from ..device.emit import Behavioural, Cards, Compiled
from ..device.emit.user import UserModel
from ..errors import InputError, MissingToolError, SimulationError, unknown
from ..paths import models
from . import ngspice_read, ngspice_write, rawfile, user_model
from .base import Solution, WriteResult
from .locate import find_ngspice
from .process import Outcome, Workplace
from .rawfile import Waves
from .spicelog import classify

log = logging.getLogger(__name__)

Array = NDArray[np.float64]
Check = Callable[[Waves], str]

DEVICES = ("auto", "compiled", "behavioural")


@dataclass(eq=False)
class NgspiceEngine:
    """The engine "ngspice". `solve` and `write` as in `Engine`; `run` takes any netlist.

    timeout: seconds that one run may take. failed: the folder where deck and log of a failed run are kept. device: "compiled" (Verilog-A),
    "behavioural" (B sources), or "auto": compiled where ngspice has OSDI and there is a C compiler; or the path of a TOML that brings a
    model of the user's own (docs/own-model.md), which is then `model`.
    """

    timeout: float = 600.0
    failed: Path = Path("spicemtj-failed")
    device: str | Path = "auto"
    model: UserModel | None = field(default=None, init=False)
    name: ClassVar[str] = "ngspice"

    def __post_init__(self) -> None:
        if str(self.device).endswith(".toml"):
            self.model = user_model.load(self.device)
        elif self.device not in DEVICES:
            raise unknown("device of the ngspice engine", self.device, (*DEVICES, "FILE.toml"))

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

    def run(self, text: str, check: Check | None = None) -> Waves:
        """The vectors of a netlist's first analysis under ngspice's names, `v(w_0_0)` or `i(vwl_0)`; shape (points,).

        `check` may return a complaint about them. Raises `SimulationError`, and keeps deck and log, where anything failed.
        """
        return self._first_success([text], check)

    def simulate(self, deck: Deck, check: Check | None = None) -> Waves:
        """`run` of a deck; where that does not converge, once more with gentler options, and then with ngspice's other matrix solver."""
        klu = find_ngspice().klu
        tries = [deck.with_klu(klu), deck.gentler().with_klu(klu), *([deck.gentler().with_klu(False)] if klu else [])]
        return self._first_success([attempt.text() for attempt in tries], check)

    def _first_success(self, texts: list[str], check: Check | None) -> Waves:
        program = find_ngspice().path
        for k, text in enumerate(texts):
            with Workplace(text) as place:
                outcome = place.run(program, self.timeout)
                waves, complaint, again = self._judge(place, outcome, check)
                if not complaint:
                    return waves
                if not again or k == len(texts) - 1:
                    deck, written = place.keep(self.failed)
                    raise SimulationError(f"ngspice failed: {complaint}", deck=deck, log=written)
                log.info("ngspice: %s; trying other options", complaint)
        raise AssertionError("no netlist to run")

    def _judge(self, place: Workplace, outcome: Outcome, check: Check | None) -> tuple[Waves, str, bool]:
        """The results, a complaint ("" after a success), and whether other options may help."""
        if outcome.status is None:
            return {}, f"no end after {self.timeout:g} s; raise the engine's timeout or simulate less", False
        verdict = classify(outcome.log)
        if verdict.reason:
            return {}, verdict.reason, verdict.convergence
        if outcome.status < 0:
            return {}, f"ended by signal {-outcome.status}; is there enough memory?", False
        if outcome.status:
            return {}, f"exit status {outcome.status} without an error message", False
        for warning in verdict.warnings:
            log.debug("ngspice: %s", warning)
        try:
            waves = rawfile.read(place.raw)
        except SimulationError as error:
            return {}, str(error), False
        complaint = check(waves) if check else ""
        return waves, complaint, bool(complaint)

    # -- what an Engine does

    def solve(self, xbar: Crossbar, v_wl: ArrayLike, v_bl: ArrayLike, v_gate: ArrayLike | None = None) -> Solution:
        """Node voltages and currents of a static network, by operating points in ngspice; see `ngspice_read`."""
        return ngspice_read.solve(self.simulate, xbar, *line_arrays(xbar, v_wl, v_bl, v_gate), self.junctions(xbar))

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
