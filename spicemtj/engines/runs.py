"""Decks and netlists in processes of `ngspice -b`: judged, tried again with gentler options, kept where they failed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..circuit.deck import Deck
from ..errors import SimulationError
from . import rawfile
from .locate import find_ngspice
from .process import Outcome, Stop, Workplace
from .rawfile import Waves
from .spicelog import classify

log = logging.getLogger(__name__)

Check = Callable[[Waves], str]
TIMEOUT = 600.0
FAILED = Path("spicemtj-failed")


@dataclass(frozen=True)
class Runner:
    """How decks are run. timeout: seconds that one run may take; failed: where deck and log of a failed one are kept."""

    timeout: float = TIMEOUT
    failed: Path = FAILED
    stop: Stop | None = None

    def run(self, text: str, check: Check | None = None) -> Waves:
        """The vectors of a netlist's first analysis under ngspice's names, `v(w_0_0)` or `i(vwl_0)`; shape (points,).

        `check` may return a complaint about them. Raises `SimulationError`, and keeps deck and log, where anything failed.
        """
        return self._first_success([text], check)

    def simulate(self, deck: Deck, check: Check | None = None) -> Waves:
        """`run` of a deck; where that does not converge, once more with gentler options, and then with ngspice's other matrix solver."""
        return self._first_success(attempts(deck, find_ngspice().klu), check)

    def _first_success(self, texts: Iterable[str], check: Check | None) -> Waves:
        """The results of the first of some netlists that succeeds; each is written when it is needed."""
        program = find_ngspice().path
        coming = iter(texts)
        text: str | None = next(coming)
        while text is not None:
            with Workplace(text) as place:
                outcome = place.run(program, self.timeout, self.stop)
                waves, complaint, again = self._judge(place, outcome, check)
                if not complaint:
                    return waves
                text = next(coming, None) if again else None
                if text is None:
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


def attempts(deck: Deck, klu: bool) -> Iterable[str]:
    """The netlist of a deck, and those to try where it does not converge; `klu`: whether this ngspice has that solver."""
    yield deck.with_klu(klu).text()
    yield deck.gentler().with_klu(klu).text()
    if klu:
        yield deck.gentler().with_klu(False).text()
