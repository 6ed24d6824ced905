"""Calibration: circuit runs in parallel, two fits, and the misfit on runs that neither fit has seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import jobs
from ..circuit.crossbar import Crossbar
from ..circuit.schemes import selection
from ..device.mtj import Mtj
from ..device.variation import Variation
from ..randomness import cell_uniforms
from ..results import provenance
from .constants import Cells
from .domain import Domain
from .model import Surrogate, attenuation, cell_conductance, extrapolated, line_losses, swept
from .plan import Plan

Array = NDArray[np.float64]
ONE_HOT, DENSE = 4, 4  # reads of a run: single word lines, and random voltages on all of them


def calibrate(
    plan: Plan | Mapping[str, Any] | None = None,
    *,
    engine: str = "ngspice",
    pool: Executor | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    progress: bool = False,
    save: str | Path | None = None,
    **settings: Any,
) -> Surrogate:
    """Run the circuits of `plan` (a `Plan`, a mapping of its fields, or its fields as keywords), fit and judge a `Surrogate`.

    engine : what the surrogate answers to, "ngspice" or "nodal". pool, workers, cluster : see `jobs.run`. save : where to write it
    (circuit runs already made for the same tasks are kept beside it until the calibration is complete, and taken up again).
    """
    if not isinstance(plan, Plan):
        plan = Plan.from_mapping(dict(plan or {}) | settings)
    tasks = [task | {"engine": engine} for task in plan.tasks()]
    with jobs.kept(save) as (done, keep):
        runs = jobs.run(
            circuit_run, tasks, pool=pool, workers=workers, cluster=cluster, title="calibrate", progress=progress, done=done,
            on_result=keep,
        )  # fmt: skip
    surrogate = fit(plan, tasks, runs, engine)
    if save is not None:
        surrogate.save(save)
    return surrogate


def array_of(task: Mapping[str, Any]) -> Crossbar:
    """The crossbar of a task: random data, wires and variation as the task says."""
    rng = np.random.default_rng(task["seed"])
    states = np.where(rng.random((task["m"], task["n"])) < task["parallel"], 1, -1)
    variation = Variation(ra=task["spread"], tmr=task["spread"]) if task["spread"] else None
    wires = {name: task[name] for name in ("r_wl", "r_bl")}
    drivers = {"r_driver_wl": task["r_driver"], "r_driver_bl": task["r_driver"]}
    return Crossbar(
        task["m"], task["n"], task["device"], cell=task["cell"], states=states, variation=variation, seed=task["seed"], **wires,
        **drivers,
    )  # fmt: skip


def read_voltages(task: Mapping[str, Any]) -> Array:
    """Word-line voltages (reads, m) of a read task, relative to v_common."""
    rng = np.random.default_rng([task["seed"], 1])
    m = task["m"]
    hot = np.zeros((ONE_HOT, m))
    hot[np.arange(ONE_HOT), rng.integers(m, size=ONE_HOT)] = task["v_read"]
    return np.vstack([hot, task["v_read"] * rng.uniform(-1, 1, (DENSE, m))])


def circuit_run(task: Mapping[str, Any]) -> dict[str, Array]:
    """One circuit: bit-line currents (reads, n) of a read, cell voltages (m, n) of a write, or the flips of a transient."""
    from ..engines import get

    xbar, engine = array_of(task), get(task["engine"])
    if task["kind"] == "switching":
        drive = selection(xbar, task["scheme"], range(task["m"]), range(task["n"]), task["volts"], task["seconds"])
        flipped = engine.write(xbar, drive, cell_uniforms(task["seed"], xbar.shape)[None]).flipped
        return {"flips": np.array(int(flipped.sum()))}
    if task["kind"] == "read":
        common = task["v_common"]
        return {"i_bl": engine.solve(xbar, common + read_voltages(task), np.full(task["n"], common)).i_bl}
    drive = selection(xbar, task["scheme"], task["rows"], task["cols"], task["volts"], task["seconds"])
    return {"v_cell": engine.solve(xbar, *drive.acting()).v_cell}


class _Read:
    """What the read fit needs of one run."""

    def __init__(self, task: Mapping[str, Any], run: Mapping[str, Array]):
        xbar = array_of(task)
        self.g = cell_conductance(xbar, task["v_read"], task["v_common"])
        self.x, self.y = line_losses(self.g, Cells.of(xbar).wires)
        self.v = read_voltages(task)
        self.circuit = run["i_bl"]
        self.scale = np.abs(self.circuit).max()

    def predicted(self, fit: Array) -> Array:
        return np.asarray(self.v @ (attenuation(self.x, self.y, fit) * self.g))

    def misfit(self, fit: Array) -> Array:
        return ((self.predicted(fit) - self.circuit) / self.scale).ravel()


class _Write:
    """What the write fit needs of one run: the cells on which voltage acts."""

    def __init__(self, task: Mapping[str, Any], run: Mapping[str, Array]):
        self.task, self.xbar = task, array_of(task)
        drive = selection(self.xbar, task["scheme"], task["rows"], task["cols"], task["volts"], task["seconds"])
        v_wl, v_bl, v_gate = drive.acting()
        rows, v, last = swept(self.xbar, v_wl, v_bl, v_gate)
        applied = v_wl[rows, None] - v_bl[None, :]
        acting = np.abs(applied) > 1e-3
        where = np.nonzero(acting)
        self.index = (rows[where[0]], where[1])
        self.v, self.last, self.applied = v[acting], last[acting], applied[acting]
        self.circuit = run["v_cell"][self.index]
        self.selected = np.isin(self.index[0], task["rows"]) & np.isin(self.index[1], task["cols"])
        self.half = ~self.selected & (np.isin(self.index[0], task["rows"]) | np.isin(self.index[1], task["cols"]))

    def predicted(self, fit: Array) -> Array:
        return extrapolated(self.v, self.last, self.applied, fit)

    def probability(self, volts: Array) -> Array:
        states = np.asarray(self.xbar.states)[self.index]
        cells = self.xbar.cells[self.index] if self.xbar.cells.shape else self.xbar.cells
        return cells.switching_probability(volts, self.task["seconds"], states)


class WriteCells(NamedTuple):
    """Cells of writes: volts (cells,) after the last sweep and the one before it, across their lines, and in the circuit."""

    v: Array
    last: Array
    applied: Array
    circuit: Array


def fit_reads(reads: Sequence[Any], start: Array) -> Array:
    """The read fit (3,) of least squares of what the `reads` miss, each as a share of its largest current."""
    from scipy.optimize import least_squares

    found = least_squares(lambda f: np.concatenate([np.ravel(x.misfit(f)) for x in reads]), start, method="lm")
    return np.asarray(found.x, dtype=float)


def fit_writes(cells: WriteCells) -> Array:
    """The write fit (2,) of least squares of volts, each as a share of those across its lines."""
    step, weight = cells.v - cells.last, 1 / np.abs(cells.applied)
    lost = 1 - np.abs(cells.v) * weight
    design = np.stack([step, step * lost], axis=1) * weight[:, None]
    return np.asarray(np.linalg.lstsq(design, (cells.circuit - cells.v) * weight, rcond=None)[0], dtype=float)


def fit(plan: Plan, tasks: list[dict[str, Any]], runs: list[dict[str, Array]], engine: str = "ngspice") -> Surrogate:
    """Fit on the runs that are not held out, and measure the misfit on those that are."""
    pairs = list(zip(tasks, runs, strict=True))
    reads = [(_Read(t, r), t["held_out"]) for t, r in pairs if t["kind"] == "read"]
    writes = [(_Write(t, r), t["held_out"]) for t, r in pairs if t["kind"] == "write"]

    seen = [x for x, held in reads if not held]
    read_fit = fit_reads(seen, np.zeros(3))
    train = [x for x, held in writes if not held]
    write_fit = fit_writes(WriteCells(*(np.concatenate([getattr(x, name) for x in train]) for name in WriteCells._fields)))

    held_reads, held_writes = [x for x, held in reads if held], [x for x, held in writes if held]
    held_out = held_out_pairs(held_reads, held_writes, read_fit, write_fit)
    access = array_of(tasks[0]).access
    domain = Domain(
        size=(min(plan.sizes), max(plan.sizes)),
        r_wire=(plan.r_wire[0], plan.r_wire[1]),
        r_driver=(plan.r_driver[0], plan.r_driver[1]),
        volts=(0.0, plan.volts[1]),
        spread=plan.spread,
    )
    surrogate = Surrogate(
        device=Mtj.preset(plan.device),
        cell=plan.cell,
        access=access,
        read_fit=read_fit,
        write_fit=write_fit,
        domain=domain,
        misfit=misfit_of(held_out),
        held_out=held_out,
        plan=dataclasses.asdict(plan) | {"engine": engine, "runs": len(runs)},
        seed=plan.seed,
        provenance=provenance(),
    )
    return dataclasses.replace(surrogate, switching=_switching(surrogate, [x for x in pairs if x[0]["kind"] == "switching"]))


def _switching(surrogate: Surrogate, pairs: list[tuple[dict[str, Any], dict[str, Array]]]) -> dict[str, Array]:
    """Flips counted in transient circuits without wires, and the surrogate's curve between their voltages."""
    if not pairs:
        return {}
    tasks = [task for task, _ in pairs]
    curve_v, curve_s, curve_p = [], [], []
    for sign in (1, -1):
        mine = [t["volts"] for t in tasks if np.sign(t["volts"]) == sign]
        for volts in np.linspace(min(mine, key=abs), max(mine, key=abs), 41) if mine else ():
            task = tasks[0] | {"m": 1, "n": 1, "volts": float(volts), "parallel": float(sign > 0)}
            xbar = array_of(task)
            drive = selection(xbar, task["scheme"], [0], [0], task["volts"], task["seconds"])
            v = surrogate.cell_voltages(xbar, *drive.acting())
            curve_v.append(volts)
            curve_s.append(sign)
            curve_p.append(float(xbar.cells.switching_probability(v, task["seconds"], sign)[0, 0]))
    return {
        "volts": np.array([t["volts"] for t in tasks]),
        "state": np.array([int(np.sign(t["volts"])) for t in tasks]),
        "cells": np.array([t["m"] * t["n"] for t in tasks]),
        "flips": np.array([int(r["flips"]) for _, r in pairs]),
        "seconds": np.array(tasks[0]["seconds"]),
        "curve_volts": np.array(curve_v),
        "curve_state": np.array(curve_s),
        "curve_p": np.array(curve_p),
    }


def held_out_pairs(reads: Sequence[Any], writes: Sequence[Any], read_fit: Array, write_fit: Array) -> dict[str, Array]:
    """Pairs of circuit and surrogate values on the held-out runs."""

    def join(parts: list[Array]) -> Array:
        return np.concatenate([np.ravel(p) for p in parts])

    volts = [(x.circuit, x.predicted(write_fit)) for x in writes]
    return {
        "i_circuit": join([x.circuit for x in reads]),
        "i_surrogate": join([x.predicted(read_fit) for x in reads]),
        "i_scale": join([np.full(x.circuit.shape, x.scale) for x in reads]),
        "v_circuit": join([c for c, _ in volts]),
        "v_surrogate": join([s for _, s in volts]),
        "p_circuit": join([x.probability(c) for x, (c, _) in zip(writes, volts, strict=True)]),
        "p_surrogate": join([x.probability(s) for x, (_, s) in zip(writes, volts, strict=True)]),
        "half_selected": join([x.half.astype(float) for x in writes]),
    }


def _rms(x: Array) -> float:
    return float(np.sqrt(np.mean(x**2))) if x.size else float("nan")


def misfit_of(held: Mapping[str, Array]) -> dict[str, float]:
    """The figures that a calibration states: see the names."""
    p_c, p_s = held["p_circuit"], held["p_surrogate"]
    middle = (p_c > 0.02) & (p_c < 0.98)
    half = (held["half_selected"] > 0) & (p_c > 1e-8)
    return {
        "read_rms_of_full_scale": _rms((held["i_surrogate"] - held["i_circuit"]) / held["i_scale"]),
        "read_values": int(p_c.size and held["i_circuit"].size),
        "volts_rms": _rms(held["v_surrogate"] - held["v_circuit"]),
        "p_rms": _rms((p_s - p_c)[middle]),
        "p_max": float(np.abs(p_s - p_c).max()) if p_c.size else float("nan"),
        "p_cells": int(middle.sum()),
        "half_ln_p_max": float(np.abs(np.log(p_s[half] / p_c[half])).max()) if half.any() else float("nan"),
        "half_ln_p_rms": _rms(np.log(p_s[half] / p_c[half])),
        "half_cells": int(half.sum()),
    }
