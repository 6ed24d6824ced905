"""Which circuit runs a calibration makes: sizes, data patterns, wires, voltages, drawn from one seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..circuit.crossbar import CELLS, Crossbar
from ..config import build
from ..device.mtj import Mtj
from ..errors import InputError, unknown

SCHEMES_1R = ("V/2", "V/3", "grounded")


@dataclass(frozen=True)
class Plan:
    """A calibration's settings. Ranges are (low, high); SI units.

    sizes : numbers of lines that arrays may have; r_wire, r_driver : ohm, log-uniform and uniform; volts : across a selected cell's
    lines, mostly chosen within this range so that the cell flips with a probability of 0.05 to 0.95; seconds : pulse widths,
    log-uniform; spread : device-to-device variation of RA and TMR; reads, writes : circuit runs of each kind; switching : transients of
    256 cells without wires whose flips are counted; held_out : the share of reads and writes that no fit sees; v_read : read
    amplitude; v_common : what all lines of a 1T1R array stand at in a read.
    """

    device: str = "ref-pma-40"
    cell: str = "1T1R"
    sizes: tuple[int, ...] = (4, 8, 16, 32)
    r_wire: tuple[float, ...] = field(default=(0.3, 3.0), metadata={"unit": "ohm"})
    r_driver: tuple[float, ...] = field(default=(20.0, 100.0), metadata={"unit": "ohm"})
    volts: tuple[float, ...] = field(default=(0.3, 1.2), metadata={"unit": "V"})
    seconds: tuple[float, ...] = field(default=(2e-9, 2e-8), metadata={"unit": "s"})
    spread: float = 0.1
    reads: int = 24
    writes: int = 36
    switching: int = 12
    held_out: float = 0.4
    v_read: float = field(default=0.1, metadata={"unit": "V"})
    v_common: float = field(default=0.1, metadata={"unit": "V"})
    seed: int = 1

    def __post_init__(self) -> None:
        if self.cell not in CELLS:
            raise unknown("cell", self.cell, CELLS)
        for name in ("r_wire", "r_driver", "volts", "seconds"):
            pair = getattr(self, name)
            if len(pair) != 2 or not 0 < pair[0] <= pair[1]:
                raise InputError(f"plan.{name} = {pair}: give (low, high) with 0 < low <= high")
        if not self.sizes or min(self.sizes) < 2:
            raise InputError(f"plan.sizes = {self.sizes}: arrays start at 2 lines")
        if not 0 < self.held_out < 1:
            raise InputError(f"plan.held_out = {self.held_out}: a share between 0 and 1")
        if min(self.reads, self.writes) < 5:
            raise InputError("a calibration needs at least 5 reads and 5 writes")
        Mtj.preset(self.device)

    @classmethod
    def from_mapping(cls, table: dict[str, Any]) -> Plan:
        """A plan from a TOML table; an unknown key names its nearest match."""
        return build(cls, table, "plan")

    def tasks(self) -> list[dict[str, Any]]:
        """The circuit runs, each a plain dict that says all about itself; the last share of each kind is held out."""
        tasks = []
        for kind, count in (("read", self.reads), ("write", self.writes)):
            held = max(2, round(self.held_out * count))
            for k in range(count):
                rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(kind == "write", k)))
                task = self._task(kind, rng)
                if k == 0:  # the heaviest load of the domain is always seen by the fit
                    task |= {"m": max(self.sizes), "n": max(self.sizes), "r_wl": self.r_wire[1], "r_bl": self.r_wire[1]}
                    task |= {"r_driver": self.r_driver[1], "parallel": 1.0}
                tasks.append(task | {"held_out": k >= count - held})
        return tasks + self._switching()

    def _switching(self) -> list[dict[str, Any]]:
        """Transients of arrays without wires, half of each polarity, at volts over which P runs from about 0 to 1."""
        from ..engines.amplitude import line_volts

        seconds, isolated = float(np.sqrt(self.seconds[0] * self.seconds[1])), self._isolated()
        tasks = []
        for k in range(self.switching):
            sign = 1 if k % 2 == 0 else -1
            target = (0.5 + k // 2) / ((self.switching + 1) // 2)
            task: dict[str, Any] = {"kind": "switching", "device": self.device, "cell": self.cell, "m": 16, "n": 16}
            task |= {"r_wl": 0.0, "r_bl": 0.0, "r_driver": 0.0, "parallel": float(sign > 0), "spread": 0.0}
            task |= {
                "scheme": "gate" if self.cell == "1T1R" else "V/2",
                "seconds": seconds,
                "seed": self.seed + k,
                "held_out": True,
            }
            tasks.append(task | {"volts": sign * line_volts(isolated, -sign, seconds, target)})
        return tasks

    def _isolated(self) -> Crossbar:
        """One nominal cell without wires."""
        return Crossbar(1, 1, self.device, self.cell, r_wl=0.0, r_bl=0.0, r_driver_wl=0.0, r_driver_bl=0.0)

    def _task(self, kind: str, rng: np.random.Generator) -> dict[str, Any]:
        m, n = (int(x) for x in rng.choice(self.sizes, 2))
        task: dict[str, Any] = {
            "kind": kind,
            "device": self.device,
            "cell": self.cell,
            "m": m,
            "n": n,
            "r_wl": _log_uniform(rng, self.r_wire),
            "r_bl": _log_uniform(rng, self.r_wire),
            "r_driver": float(rng.uniform(self.r_driver[0], self.r_driver[1])),
            "parallel": float(rng.choice([0.0, 0.2, 0.5, 0.8, 1.0])),
            "spread": float(rng.choice([0.0, self.spread])),
            "seed": int(rng.integers(2**31)),
        }
        if kind == "read":
            return task | {"v_read": self.v_read, "v_common": self.v_common if self.cell == "1T1R" else 0.0}
        from ..engines.amplitude import line_volts

        scheme = "gate" if self.cell == "1T1R" else str(rng.choice(SCHEMES_1R))
        sign, seconds = int(rng.choice([-1, 1])), _log_uniform(rng, self.seconds)
        volts = float(rng.uniform(self.volts[0], self.volts[1]))
        if rng.random() < 0.8:  # most runs where P is neither 0 nor 1, at what a loaded line leaves of the volts
            wanted, extra = rng.uniform(0.05, 0.95), rng.uniform(1.0, 1.2)
            try:
                isolated = line_volts(self._isolated(), -sign, seconds, float(wanted))
            except InputError:  # the transistor is too weak for this pulse
                isolated = self.volts[1]
            volts = min(max(isolated * float(extra), self.volts[0]), self.volts[1])
        driven = float(rng.choice([0.5, 0.8, 1.0]))  # share of the cells in the state that the pulse drives out of
        task["parallel"] = driven if sign > 0 else 1 - driven
        return task | {
            "scheme": scheme,
            "rows": _subset(rng, m),
            "cols": _subset(rng, n),
            "volts": sign * volts,
            "seconds": seconds,
        }


def _log_uniform(rng: np.random.Generator, bounds: tuple[float, ...]) -> float:
    return float(np.exp(rng.uniform(*np.log(bounds))))


def _subset(rng: np.random.Generator, lines: int) -> list[int]:
    """One to half of the lines: what an update selects at once."""
    count = int(rng.integers(1, max(1, lines // 2) + 1))
    return sorted(int(x) for x in rng.choice(lines, count, replace=False))
