"""Sneak, margin and disturb at every point of a sweep: size, wire resistance, RA, scheme and cell, one task a point."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import CELLS, Crossbar
from ..circuit.schemes import Write
from ..device import presets
from ..device.mtj import Mtj
from ..device.variation import Variation
from ..errors import InputError, unknown
from ..jobs import run
from .cells import classes, histogram
from .disturb import MANY, disturb
from .reads import READS, corners, read, schemes_of, square
from .size import largest

if TYPE_CHECKING:
    from ..engines.base import Engine

Row = dict[str, Any]
AXES = ("size", "scheme", "cell", "r_wire", "ra")
BINS = np.linspace(-1.0, 1.0, 81)  # cell voltage over read voltage
UNITS = {
    "r_wire": "ohm",
    "ra": "ohm m^2",
    **dict.fromkeys(("i_p", "i_ap", "cell_p", "cell_ap", "sneak", "closed_form", "window", "window_any"), "A"),
    **dict.fromkeys(("volts_to_antiparallel", "volts_to_parallel"), "V"),
}
SMALL = 3e4  # cells in all points: below, starting worker processes takes longer than the work


@dataclass(frozen=True)
class Sweep:
    """What to vary and what to hold. A scheme is left out for cells that it does not fit.

    sizes, schemes, cells, r_wire [ohm a segment]: lists; ra [ohm m^2]: in the place of the device's own, empty for that. r_driver [ohm];
    volts of the read; seconds of the write. probability: with which a write flips an isolated cell, which gives its line volts in
    either direction; write_volts: these volts instead, in both. without_writes: reads alone. engine: "nodal" or "ngspice"; model: a user's
    own junction (TOML) in ngspice, of which only reads are known. faults: shares of `random_faults`.
    """

    sizes: Sequence[int] = (4, 8, 16, 32)
    schemes: Sequence[str] = READS
    cells: Sequence[str] = ("1R",)
    r_wire: Sequence[float] = (1.0,)
    ra: Sequence[float] = ()
    device: Mtj | str = "ref-pma-40"
    r_driver: float = 50.0
    volts: float = 0.1
    seconds: float = 10e-9
    probability: float = 0.5
    write_volts: float | None = None
    without_writes: bool = False
    variation: Variation | None = None
    faults: Mapping[str, float] = field(default_factory=dict)
    seed: int = 1
    engine: str = "nodal"
    model: str | None = None

    def __post_init__(self) -> None:
        for name in self.cells:
            if name not in CELLS:
                raise unknown("cell", name, CELLS)
        for name in self.schemes:
            if name not in (*READS, "gate"):
                raise unknown("scheme", name, (*READS, "gate"))
        for cell in self.cells:
            if not set(self.schemes) & set(schemes_of(cell)):
                raise InputError(
                    f"no scheme of {', '.join(self.schemes)} fits {cell} cells; add {' or '.join(schemes_of(cell))}"
                )
        if not np.isfinite(self.volts) or self.volts == 0:
            raise InputError(f"a read at {self.volts} V measures nothing; give volts other than 0")
        if not 0 < self.probability < 1:
            raise InputError(f"a write with probability {self.probability:g}: it must lie between 0 and 1")
        for size in self.sizes:
            if size < 2:
                raise InputError(f"an array of size {size} has no sneak paths; sizes start at 2")

    def tasks(self, sizes: Sequence[int] | None = None) -> list[Row]:
        """The points, JSON-like, so that they have a content id and travel to any worker."""
        device = Mtj.preset(self.device) if isinstance(self.device, str) else self.device
        common = {
            "device": dataclasses.asdict(device),
            "r_driver": self.r_driver,
            "volts": self.volts,
            "seconds": self.seconds,
            "probability": self.probability,
            "write_volts": self.write_volts,
            "writes": not (self.without_writes or self.model or reads_only(device)),
            "variation": None if self.variation is None else dataclasses.asdict(self.variation),
            "faults": dict(self.faults),
            "seed": self.seed,
            "engine": self.engine,
            "model": self.model,
        }
        axes = itertools.product(self.cells, self.schemes, self.ra or [float(device.ra)], self.r_wire, sizes or self.sizes)
        return [
            {"size": size, "scheme": scheme, "cell": cell, "r_wire": r_wire, "ra": ra} | common
            for cell, scheme, ra, r_wire, size in axes
            if scheme in schemes_of(cell)
        ]

    def run(self, **jobs: Any) -> list[Row]:
        """A row a point: its axes, the fields of its `SneakRead`, disturb, a histogram. `jobs` holds options of `jobs.run`."""
        return run(point, self.tasks(), **self._workers(jobs))

    def largest(self, margin: float | None = None, window: float | None = None, limit: int = 512, **jobs: Any) -> list[Row]:
        """A row for each combination of the axes but the size: the fields of its `Largest`. `jobs` holds options of `jobs.run`."""
        tasks = [task | {"margin": margin, "window": window, "limit": limit} for task in self.tasks([limit])]
        return run(largest_point, tasks, **self._workers(jobs))

    def _workers(self, jobs: dict[str, Any]) -> dict[str, Any]:
        given = any(jobs.get(name) is not None for name in ("workers", "pool", "cluster"))
        small = sum(task["size"] ** 2 for task in self.tasks()) < SMALL
        return jobs | ({"workers": 1} if small and not given else {})


def reads_only(device: Mtj) -> bool:
    """Whether a device's preset is for reads alone."""
    return device.name in presets.names() and bool(presets.describe(device.name).get("reads_only"))


def point(task: Row) -> Row:
    """One point of a sweep: see `Sweep.run`."""
    solver = _engine(task)
    xbar = square(task["size"], task["faults"], **_crossbar(task))
    found, solution = read(solver, xbar, task["scheme"], task["volts"])
    row: Row = {name: task[name] for name in AXES} | dataclasses.asdict(found)
    kinds = classes(xbar.shape, [0], [xbar.n - 1])
    row["histogram"] = histogram(solution.v_cell / task["volts"], kinds, BINS)
    return row | (_writes(task, solver, xbar) if task["writes"] else {})


def _writes(task: Row, solver: Engine, xbar: Crossbar) -> Row:
    """Disturb of a write of the far and of the near cell, in both directions, with the data that it disturbs most: the worst of all."""
    volts = [_line_volts(task, towards) for towards in (-1, 1)]
    pulses = [Write(task["scheme"], *cell, v, task["seconds"]) for cell in corners(xbar) for v in volts if np.isfinite(v)]
    done = [disturb(xbar, pulse, solver, exposed=True) for pulse in pulses]
    chosen = [float(d.p[pulse.row, pulse.col]) for d, pulse in zip(done, pulses, strict=True)]

    def most(values: Sequence[float]) -> float:
        return max(values) if values else float("nan")

    return {
        "volts_to_antiparallel": volts[0],
        "volts_to_parallel": volts[1],
        "p_selected_worst": min(chosen) if chosen else float("nan"),
        "p_selected_best": most(chosen),
        "disturb_worst": most([d.worst() for d in done]),
        "disturb_sum": most([d.total() for d in done]),
        "disturb_worst_thousand": most([d.worst(MANY) for d in done]),
        "disturb_sum_thousand": most([d.total(MANY) for d in done]),
    }


def _line_volts(task: Row, towards: int) -> float:
    """Signed line volts of a write towards a state; nan where none flips an isolated cell with the wanted probability."""
    sign = -towards  # above 0 towards antiparallel
    if task["write_volts"] is not None:
        return float(sign * abs(task["write_volts"]))
    names = ("device", "ra", "cell", "r_wire", "r_driver", "seconds", "probability")
    return sign * _isolated(json.dumps({name: task[name] for name in names}, default=np.ndarray.tolist), towards)


@lru_cache(maxsize=1024)
def _isolated(what: str, towards: int) -> float:
    """`line_volts` for a task's cell, written as JSON: the same for many points of a sweep."""
    from ..engines.amplitude import line_volts

    task = json.loads(what)
    alone = Crossbar(1, 1, **_crossbar(task | {"variation": None, "seed": 0}))
    try:
        return line_volts(alone, towards, task["seconds"], task["probability"])
    except InputError:
        return float("nan")


def largest_point(task: Row) -> Row:
    """One search of a sweep: see `Sweep.largest`."""
    found = largest(
        task["scheme"], margin=task["margin"], window=task["window"], limit=task["limit"], volts=task["volts"],
        engine=_engine(task), faults=task["faults"], **_crossbar(task),
    )  # fmt: skip
    return {name: task[name] for name in AXES if name != "size"} | dataclasses.asdict(found)


def _engine(task: Row) -> Engine:
    from ..engines import get

    if task["model"] is None:
        return get(task["engine"])
    from ..engines.ngspice import NgspiceEngine

    return NgspiceEngine(device=task["model"])


def _crossbar(task: Row) -> dict[str, Any]:
    """The options of the point's `Crossbar`."""
    variation = None if task["variation"] is None else Variation(**task["variation"])
    return {
        "device": Mtj(**(task["device"] | {"ra": task["ra"]})),
        "cell": task["cell"],
        "variation": variation,
        "seed": task["seed"],
        **dict.fromkeys(("r_wl", "r_bl"), task["r_wire"]),
        **dict.fromkeys(("r_driver_wl", "r_driver_bl"), task["r_driver"]),
    }


def columns(rows: Sequence[Row]) -> dict[str, NDArray[Any]]:
    """Rows as columns (points, ...)."""
    return {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}
