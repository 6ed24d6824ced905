"""The current of a transistor with a card of the user's own, tabulated once by ngspice and kept in the cache folder.

For each gate voltage in use a table over drain and source voltage, both against the body: the body effect, leakage below threshold and
whatever else the card knows are in it. A table is kept by what it depends on: the text of the card and of all that it includes, the
version of ngspice, geometry, temperature, gate voltage and grid.

Points are 10 mV apart at 300 K, closer below: the current then changes by a third at most from point to point, and cubic
interpolation with slopes of fourth order is right within 1e-4 of the current itself. It goes over the lower of the two voltages and their
difference, since most models join their two directions with a corner in the second derivative. The slopes are limited to what keeps a
monotone row of points monotone (Hyman, SIAM J. Sci. Stat. Comput. 4, 645 (1983)), so that nothing overshoots where a channel closes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import paths
from ..circuit.transistor import sweep
from ..device import own_card
from ..device.access import Access
from ..errors import InputError, SimulationError
from . import rawfile
from .grid.cards import Cards, evaluate
from .locate import find_ngspice
from .process import Workplace
from .runs import FAILED
from .spicelog import classify

log = logging.getLogger(__name__)

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

STEP = 0.01  # V between points, at 300 K and above
LEAST, MOST = -0.2, 1.6  # V that a table reaches at least
BLOCK = 0.5  # V by which it grows
BEYOND = 10  # points above its highest voltage, from which slopes there are taken
GATES_A_RUN = 16
SECONDS = 120.0  # that one sweep may take
LEAK, NO_LEAK = 1e-3, 1e-9  # of a table's largest current, and A: what may leave by gate and body before it is worth a word
NO_TRANSISTOR = 1e-7  # A: more that leaves, or less that flows in an open one, is a mistake
NO_CURRENT = 1e-15  # A: rounding
# S, between drain and source besides the card's current, as decks of 1T1R arrays have to ground: a line that only closed channels without
# leakage reach has a voltage too.
G_MIN = 1e-15
VERSION = 1  # of what is kept
# What ngspice says about a card and then goes on with, another model or without the parameter; and what tells more than its last words.
_WRONG = re.compile(
    r"illegal value for level|^fatal:|not available in this|undefined parameter|mismatch:|too many parameters", re.I
)
_IGNORED = re.compile(r"unrecognized parameter|ignoring attempt", re.I)


class CardTable:
    """The tables of one transistor at one temperature [K]; it grows with the gate voltages and the range of voltages asked for."""

    def __init__(self, access: Access, kelvin: float):
        self.access, self.kelvin = access, kelvin
        self.step = STEP / max(math.ceil(300.0 / kelvin - 0.1), 1)
        self.low, self.high = LEAST, MOST
        self._place: dict[float, int] = {}
        self._tables: list[Array] = []
        self._stacked: Array | None = None

    @property
    def points(self) -> int:
        """Points of a sweep of drain or source."""
        return round((self.high - self.low) / self.step) + 1 + BEYOND

    def cards(self, gate: ArrayLike, low: float = 0.0, high: float = 0.0) -> Cards:
        """What kernels take, for cells with `gate` volts (m, n) and nodes between `low` and `high` volts."""
        self._cover(low, high)
        volts, which = np.unique(np.asarray(gate, dtype=float), return_inverse=True)
        self._tabulate([v for v in volts.tolist() if v not in self._place])
        if self._stacked is None:
            self._stacked = np.stack(self._tables)
        place = np.array([self._place[v] for v in volts.tolist()], dtype=np.int64)
        return Cards(place[which].reshape(np.shape(gate)), self._stacked, self.low, self.step)

    def current(self, vg: ArrayLike, vd: ArrayLike, vs: ArrayLike) -> tuple[Array, Array, Array]:
        """Current [A] from drain to source, its derivative by vd and minus that by vs [S]; body at 0 V. Broadcasts."""
        gate, drain, source = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (vg, vd, vs)))
        ends = np.concatenate([drain.ravel(), source.ravel(), [0.0]])
        cards = self.cards(gate, float(ends.min()), float(ends.max()))
        out = tuple(np.empty(drain.size) for _ in range(3))
        evaluate(cards.which.ravel(), drain.ravel(), source.ravel(), cards, *out)
        current, by_drain, by_source = (part.reshape(drain.shape) for part in out)
        return current, by_drain, by_source

    def _cover(self, low: float, high: float) -> None:
        """Make the tables reach from `low` to `high` volts; those there are are then made anew."""
        if low >= self.low and high <= self.high:
            return
        if not (math.isfinite(low) and math.isfinite(high)):
            raise InputError(f"no transistor stands between {low} and {high} V; give finite volts")
        self.low -= BLOCK * math.ceil(max(self.low - low, 0.0) / BLOCK)
        self.high += BLOCK * math.ceil(max(high - self.high, 0.0) / BLOCK)
        gates = list(self._place)
        self._place, self._tables, self._stacked = {}, [], None
        self._tabulate(gates)

    def _tabulate(self, gates: Sequence[float]) -> None:
        """Tables for more gate voltages, from the cache or by ngspice."""
        if not gates:
            return
        kept = {volts: self._kept(volts) for volts in gates}
        missing = [volts for volts, path in kept.items() if not path.exists()]
        for first in range(0, len(missing), GATES_A_RUN):
            some = missing[first : first + GATES_A_RUN]
            for volts, current in zip(some, self._simulate(some), strict=True):
                _save(kept[volts], current)
        for volts, path in kept.items():
            self._place[volts] = len(self._tables)
            v = self.step * np.arange(self.points)
            self._tables.append(folded(np.load(path) + G_MIN * (v[:, None] - v)))
        self._stacked = None

    def _kept(self, volts: float) -> Path:
        """Where the table of a gate voltage is kept."""
        access = self.access
        about = [
            VERSION, find_ngspice().text, _digest(access), access.section, access.model, access.subcircuit, access.width,
            access.length, access.parameters, self.kelvin, volts, self.low, self.step, self.points,
        ]  # fmt: skip
        digest = hashlib.sha256(json.dumps(about).encode()).hexdigest()
        folder = paths.cache() / "transistors"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{access.model}-{digest[:24]}.npy"

    def _simulate(self, gates: Sequence[float]) -> list[Array]:
        """Currents (points, points) by drain and source voltage, one array for each gate voltage."""
        n = self.points
        waves = self._run(sweep(self.access, gates, self.low, self.step, n, self.kelvin))
        found = []
        for k, volts in enumerate(gates):
            drain, source = (waves[f"i({end}_{k})"].reshape(n, n).T for end in ("vd", "vs"))
            found.append(self._judged(drain, source, volts))
        return found

    def _run(self, text: str) -> rawfile.Table:
        """The vectors of a sweep; `InputError` with what ngspice says about the card, deck and log kept."""
        with Workplace(text) as place:
            outcome = place.run(find_ngspice().path, SECONDS)
            said = [line.strip() for line in outcome.log.splitlines()]
            wrong = next((line for line in said if _WRONG.search(line)), "")
            reason = classify(outcome.log).reason
            reason = ": ".join(part for part in (wrong, reason if wrong not in reason else "") if part) or reason
            if not reason and outcome.status != 0:
                reason = f"no end after {SECONDS:g} s" if outcome.status is None else f"exit status {outcome.status}"
            waves = None
            if not reason:
                try:
                    waves = rawfile.read(place.raw)
                except SimulationError as error:
                    reason = str(error)
            if waves is not None and waves.points != self.points**2:
                reason = f"the sweep ended after {waves.points} of {self.points**2} points"
            if reason or waves is None:
                deck, kept = place.keep(FAILED)
                raise InputError(
                    f"the transistor {self.access.origin} does not run; ngspice: {reason} (deck: {deck}, log: {kept})"
                )
        for line in dict.fromkeys(line for line in said if _IGNORED.search(line)):
            log.warning("the transistor %s: ngspice: %s", self.access.origin, line)
        return waves

    def _judged(self, drain: Array, source: Array, volts: float) -> Array:
        """The current through the channel, from those (points, points) into drain and source; `InputError` where it is none of an NMOS."""
        current = (drain - source) / 2
        where = f"the transistor {self.access.origin} with its gate at {volts:g} V"
        if not np.isfinite(current).all():
            raise InputError(f"{where} has a current that is no number; look at its card")
        v = self.low + self.step * np.arange(self.points)
        used = (v >= -self.step / 2)[:, None] & (v >= -self.step / 2)  # below 0 V the body's diodes open
        across, largest = v[:, None] - v, float(np.abs(current[used]).max())
        if volts >= self.access.gate_on and largest < NO_TRANSISTOR:
            raise InputError(
                f"{where} carries no current; is it an n-channel one, and is gate_on = {self.access.gate_on:g} V right?"
            )
        if (current * np.sign(across) < -1e-6 * largest - NO_CURRENT)[used].any():
            raise InputError(f"{where} drives its current against the voltage; are its pins drain, gate, source and bulk?")
        leak = float(np.abs(drain + source)[used].max())
        if leak > max(0.1 * largest, NO_TRANSISTOR):
            raise InputError(
                f"{where} loses up to {leak:.2g} A of its {largest:.2g} A by gate and body; is it an n-channel one, and are its pins "
                "drain, gate, source and bulk?"
            )
        if leak > max(LEAK * largest, NO_LEAK):
            log.warning(
                "%s: up to %.2g A of its %.2g A leave by gate and body, which the nodal engine leaves out", where, leak, largest
            )
        return current


def folded(f: Array) -> Array:
    """The two tables (2, q, q, 4) of `Cards` from currents f (p, p) by drain and source voltage, q = p - BEYOND."""
    forward, reverse = _hermite(_raised(f)), _hermite(_raised(-f.T))
    for part in (2, 3):  # the slope along the difference, and how it changes with the lower voltage
        forward[:, 0, part] = reverse[:, 0, part] = (forward[:, 0, part] + reverse[:, 0, part]) / 2
    return np.stack([forward, reverse])


def _raised(f: Array) -> Array:
    """(q, q): f (p, p) by the lower voltage and by how far the other, the first index of f, is above; straight on beyond its last point."""
    p, q = len(f), len(f) - BEYOND
    i, j = np.arange(q)[:, None], np.arange(q)
    last = np.minimum(i + j, p - 1)
    return np.where(j == 0, 0.0, f[last, i] + (i + j - last) * (f[p - 1, i] - f[p - 2, i]))


def _hermite(f: Array) -> Array:
    """(q, q, 4): values, slopes along both axes and mixed ones, per step of the grid, of points f (q, q)."""
    by_x, by_y = _limited(f), _limited(f.T).T
    return np.ascontiguousarray(np.stack([f, by_x, by_y, (_slope(by_x.T).T + _slope(by_y)) / 2], axis=-1))


def _slope(f: Array) -> Array:
    """Slopes along the first axis, of fourth order, for a step of 1."""
    slope = np.empty_like(f)
    slope[2:-2] = (f[:-4] - 8 * f[1:-3] + 8 * f[3:-1] - f[4:]) / 12
    for end, sign in ((f, 1), (f[::-1], -1)):
        first = (-25 * end[0] + 48 * end[1] - 36 * end[2] + 16 * end[3] - 3 * end[4]) / 12
        second = (-3 * end[0] - 10 * end[1] + 18 * end[2] - 6 * end[3] + end[4]) / 12
        at = (0, 1) if sign > 0 else (-1, -2)
        slope[at[0]], slope[at[1]] = sign * first, sign * second
    return slope


def _limited(f: Array) -> Array:
    """`_slope`, kept between 0 and three times the smaller of the neighbouring differences, 0 where those have two signs."""
    rise = np.diff(f, axis=0)
    before, after = np.concatenate([rise[:1], rise]), np.concatenate([rise, rise[-1:]])
    most = 3 * np.minimum(np.abs(before), np.abs(after))
    sign = np.sign(before)
    return np.where(before * after > 0, sign * np.clip(sign * _slope(f), 0.0, most), 0.0)


def table_of(access: Access, kelvin: float) -> CardTable:
    """The tables of a transistor, the same ones each time as long as its card does not change."""
    return _known(access, float(kelvin), _digest(access))


@lru_cache(maxsize=16)
def _known(access: Access, kelvin: float, digest: str) -> CardTable:
    return CardTable(access, kelvin)


_DIGESTS: dict[Path, tuple[list[Path], list[tuple[int, int]], str]] = {}


def _digest(access: Access) -> str:
    """Of the text of a card and of all that it reads; files are read again where they changed."""
    digest = hashlib.sha256(access.text.encode())
    if access.lib is None:
        return digest.hexdigest()
    known = _DIGESTS.get(access.lib)
    if known is not None and _stamps(known[0]) == known[1]:
        return known[2]
    files = own_card.files(access.lib)
    stamps = _stamps(files)
    for file in files:
        data = file.read_bytes()
        digest.update(len(data).to_bytes(8, "little") + data)
    _DIGESTS[access.lib] = files, stamps, digest.hexdigest()
    return digest.hexdigest()


def _stamps(files: Iterable[Path]) -> list[tuple[int, int]]:
    """What changes with files."""
    try:
        return [(found.st_mtime_ns, found.st_size) for found in (file.stat() for file in files)]
    except OSError as error:
        raise InputError(f"cannot read the card {error.filename}: {error.strerror}") from None


def _save(path: Path, current: Array) -> None:
    """Keep a table; it appears whole or not at all, whoever else is writing it."""
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".npy")
    with os.fdopen(handle, "wb") as file:
        np.save(file, current)
    os.chmod(name, 0o644)
    os.replace(name, path)
