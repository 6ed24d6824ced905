"""Tells real errors from noise in what ngspice prints, and finds the one line worth showing."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Lines that mean that a run did not do what its deck asks, most telling first.
_ERRORS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"could not find include file",
        r"error on line",
        r"error: unknown subckt",
        r"can't find model",
        r"could not find a valid modelname",
        r"no such function",
        r"illegal value for level",
        r"^parameter \S+ is out of bounds",
        r"^doanalyses:",
        r"^error\b",
        r"^fatal",
        r"fatal error",
        r"run simulation\(s\) aborted",
        r"simulation interrupted",
    )
)
# Not errors by themselves, but the cause of one: shown beside it.
_CAUSES = re.compile(r"singular matrix|timestep too small|too many iterations|no dc path", re.IGNORECASE)
_CONVERGENCE = re.compile(r"doanalyses|aborted|could not be simulated|op failed", re.IGNORECASE)
_NOISE = re.compile(r"^(note|warning: (dynamic|true) gmin|warning: source stepping|reference value|\s*$)", re.IGNORECASE)


@dataclass(frozen=True)
class Verdict:
    """What a log says: the `reason` of a failure in one line, "" where nothing failed; whether it is one of `convergence`, which other
    options may mend; and the `warnings`."""

    reason: str
    convergence: bool
    warnings: tuple[str, ...]


def classify(log: str) -> Verdict:
    """Judge the text that one run printed (both of its streams)."""
    lines = log.splitlines()
    hits = [(rank, k) for k, line in enumerate(lines) for rank, pattern in enumerate(_ERRORS) if pattern.search(line)]
    causes = list(dict.fromkeys(line.strip() for line in lines if _CAUSES.search(line)))
    warnings = tuple(
        dict.fromkeys(line.strip() for line in lines if line.lower().startswith("warning") and not _NOISE.match(line))
    )
    if not hits:
        return Verdict("", False, warnings)
    _, at = min(hits)
    reason = lines[at].strip()
    if reason.lower().startswith("error on line"):  # the card and the complaint follow
        reason = " ".join([reason, *(line.strip() for line in lines[at + 1 : at + 3])])
    cause = next((line for line in causes if line not in reason), "")
    convergence = bool(_CONVERGENCE.search(reason) or _CAUSES.search(reason))
    return Verdict(f"{reason} ({cause})" if cause else reason, convergence, warnings)
