"""The fast Monte-Carlo model of an array: reads as attenuated conductances, writes as cell voltages and flip probabilities.

Read: i_bl = (A * G).T @ v_wl. A comes from the losses of two ladders (the word line alone, the bit line alone) by a formula that is
exact for lumped lines and equal cells, with a fitted correction of second order.
Write: the voltage of each cell after a fixed number of line sweeps, extrapolated with a fitted factor.
Both fits answer to circuit runs in ngspice (`calibrate`); the domain of those runs is the model's.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.schemes import Drive
from ..device.access import Access
from ..device.mtj import Mtj
from ..engines.base import Solution, WriteResult
from ..engines.quasistatic import play
from ..errors import InputError
from ..results import Quantity, Result, read, write
from .constants import Cells
from .domain import Domain

Array = NDArray[np.float64]
States = NDArray[np.int8]
KIND = "calibration"
SWEEPS = 2


def gate_grid(xbar: Crossbar, v_gate: ArrayLike | None) -> Array:
    """Gate volts of each cell (m, n); 0 for 1R."""
    if v_gate is None:
        return np.zeros(xbar.shape)
    lines = np.asarray(v_gate, dtype=float)
    return np.array(np.broadcast_to(lines[:, None] if xbar.gate_by == "row" else lines[None, :], xbar.shape))


def cell_conductance(xbar: Crossbar, v_read: float = 0.1, v_common: float = 0.0, states: ArrayLike | None = None) -> Array:
    """Chord conductance (m, n) [S] of every whole cell (MTJ and open transistor) with its word line at v_common + v_read volts and
    its bit line at v_common."""
    from ..device.compiled import cell_currents

    cells = Cells.of(xbar)
    gate = gate_grid(xbar, None if xbar.access is None else np.full(xbar.gates, xbar.access.gate_on))
    where = np.asarray(xbar.states if states is None else states, dtype=np.int8)
    high, low = np.full(xbar.shape, v_common + v_read), np.full(xbar.shape, v_common)
    i, _ = cell_currents(high, low, gate, where, cells.g_p, cells.tmr0, cells.vh, cells.access)
    return np.asarray(i / v_read)


def line_losses(g: Array, wires: Array) -> tuple[Array, Array]:
    """x = 1/T_w - 1 and y = 1/T_b - 1, (m, n) each, with the transfers T of each cell's word and bit line alone."""
    from .lines import transfers

    t_w, t_b = transfers(np.ascontiguousarray(g), wires)
    return 1 / t_w - 1, 1 / t_b - 1


def attenuation(x: Array, y: Array, fit: Array) -> Array:
    """A = 1/(s + (f0 x^2 + f1 x y + f2 y^2)/s) with s = 1 + x + y.

    1/s is exact for equal cells on lines whose resistance is that of the drivers (each line one node: eliminate the other lines by
    symmetry), and to first order always; the fit is what distributed wires and unequal cells add.
    """
    s = 1 + x + y
    return np.asarray(1 / (s + (fit[0] * x * x + fit[1] * x * y + fit[2] * y * y) / s))


def swept(xbar: Crossbar, v_wl: Array, v_bl: Array, v_gate: ArrayLike | None) -> tuple[NDArray[np.intp], Array, Array]:
    """The word lines that carry current (with transistors, those with an open gate), and their cells' volts (rows, n) after the last
    sweep and after the one before."""
    from .lines import sweep_cells

    cells, gate = Cells.of(xbar), gate_grid(xbar, v_gate)
    rows = np.arange(xbar.m) if xbar.access is None else np.flatnonzero((gate > 0).any(axis=1))
    if not rows.size:
        return rows, np.zeros((0, xbar.n)), np.zeros((0, xbar.n))
    v, last = sweep_cells(
        rows, v_wl[rows], v_bl, gate[rows], np.asarray(xbar.states)[rows], cells.g_p[rows], cells.tmr0[rows], cells.vh,
        cells.access, cells.wires, xbar.m, SWEEPS,
    )  # fmt: skip
    return rows, v, last


def extrapolated(v: Array, last: Array, applied: Array, fit: Array) -> Array:
    """Cell volts from the last two sweeps: v + (f0 + f1 s)(v - last), s the share of the applied volts lost on the way."""
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.where(np.abs(applied) > 1e-6, 1 - np.abs(v) / np.abs(applied), 0.0)
    return np.asarray(v + (fit[0] + fit[1] * lost) * (v - last))


@dataclass(frozen=True)
class Surrogate:
    """A calibrated model of one device in one kind of cell.

    read_fit (3,), write_fit (2,): see `attenuation` and `extrapolated`; misfit: figures measured on held-out circuit runs;
    held_out: those runs' pairs of circuit and surrogate values; switching: flips counted in transient circuits beside the surrogate's
    curve; plan: what was run.
    """

    name = "surrogate"
    device: Mtj
    cell: str
    access: Access | None
    read_fit: Array
    write_fit: Array
    domain: Domain
    misfit: dict[str, float] = field(default_factory=dict)
    held_out: dict[str, Array] = field(default_factory=dict)
    switching: dict[str, Array] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    provenance: dict[str, Any] = field(default_factory=dict)

    # -- reads

    def effective_conductance(self, xbar: Crossbar, v_read: float = 0.1, v_common: float = 0.0) -> Array:
        """(m, n) [S]: i_bl = G_eff.T @ v_wl with the bit lines at 0 V (or all lines above v_common). `DomainError` outside."""
        self.domain.check_array(xbar, self.device, self.cell)
        g = cell_conductance(xbar, v_read, v_common)
        return attenuation(*line_losses(g, Cells.of(xbar).wires), self.read_fit) * g

    # -- writes

    def cell_voltages(self, xbar: Crossbar, v_wl: ArrayLike, v_bl: ArrayLike, v_gate: ArrayLike | None = None) -> Array:
        """MTJ volts (m, n) with the lines at v_wl (m,), v_bl (n,), v_gate; 0 where a closed transistor blocks."""
        wl, bl = np.asarray(v_wl, dtype=float), np.asarray(v_bl, dtype=float)
        rows, v, last = swept(xbar, wl, bl, v_gate)
        volts = np.zeros(xbar.shape)
        volts[rows] = extrapolated(v, last, wl[rows, None] - bl[None, :], self.write_fit)
        return volts

    def write(self, xbar: Crossbar, drive: Drive, uniforms: Array) -> WriteResult:
        """Play a Drive with this model's cell voltages, flip by flip; see `engines.quasistatic.play`."""
        self.domain.check_array(xbar, self.device, self.cell)
        self.domain.check_drive(drive)
        unknown = np.full(xbar.shape, np.nan)  # the model gives cells, not the nodes of the lines

        def solve(states: States, v_wl: Array, v_bl: Array, v_gate: Array | None) -> Solution:
            volts = self.cell_voltages(xbar.with_states(states), v_wl, v_bl, v_gate)
            current = xbar.cells.conductance(states, volts) * volts
            return Solution(unknown, unknown, volts, unknown, current, current.sum(axis=1), current.sum(axis=0))

        return play(xbar, drive, uniforms, solve)

    # -- files

    def save(self, path: str | Path) -> Path:
        """Write the fit, the misfit, the held-out runs and the domain to HDF5."""
        units = {"i_": "A", "v_": "V"}
        counted = {"volts": "V", "curve_volts": "V", "seconds": "s"}
        data = {
            "fit": {"read": Quantity(self.read_fit, "1", "second order in the line losses: xx, xy, yy"),
                    "write": Quantity(self.write_fit, "1", "extrapolation of the last sweep: constant, per share lost")},
            "held_out": {k: Quantity(v, units.get(k[:2], "1")) for k, v in self.held_out.items()},
            "switching": {k: Quantity(v, counted.get(k, "1")) for k, v in self.switching.items()},
        }  # fmt: skip
        config = {
            "device": dataclasses.asdict(self.device),
            "cell": self.cell,
            "access": None if self.access is None else dataclasses.asdict(self.access),
            "domain": dataclasses.asdict(self.domain),
            "plan": self.plan,
        }
        return write(path, Result(KIND, data, config, dict(self.misfit), self.seed, dict(self.provenance)))

    @classmethod
    def load(cls, path: str | Path) -> Surrogate:
        """Read a calibration file; `InputError` if it is none."""
        result = read(path, KIND)
        config = result.config
        domain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in config["domain"].items()}
        return cls(
            device=Mtj(**config["device"]),
            cell=config["cell"],
            access=None if config["access"] is None else Access(**config["access"]),
            read_fit=result.value("fit/read"),
            write_fit=result.value("fit/write"),
            domain=Domain(**domain),
            misfit=result.summary,
            held_out={k: q.value for k, q in result.data["held_out"].items()},
            switching={k: q.value for k, q in result.data["switching"].items()},
            plan=config["plan"],
            seed=result.seed or 0,
            provenance=result.provenance,
        )

    @classmethod
    def shipped(cls, device: str, cell: str) -> Surrogate:
        """The calibration that comes with spicemtj for a preset and a kind of cell; `InputError` where there is none."""
        from ..paths import models

        path = models() / f"calibration-{device}-{cell}.h5"
        if not path.exists():
            known = sorted(p.stem.removeprefix("calibration-") for p in models().glob("calibration-*.h5"))
            raise InputError(
                f"no calibration ships for {device} in {cell} cells (there are: {', '.join(known) or 'none'}); run spicemtj calibrate"
            )
        return cls.load(path)
