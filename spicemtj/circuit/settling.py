"""How long the lines of a crossbar take to settle: the slowest RC constant, from above."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..device.access import threshold
from .topology import cell_gates, driver_resistances

if TYPE_CHECKING:
    from .crossbar import Crossbar
    from .schemes import Drive

Array = NDArray[np.float64]

LEAST = 1e-6  # ohm in the place of 0


def settling_time(xbar: Crossbar, drive: Drive) -> float:
    """The slowest RC constant of any line during `drive` [s], 0 without capacitances.

    Each line by itself, the lines that it crosses held: its Elmore delay, wires and cells (as they conduct near 0 V) counted. The
    delay G^-1 c of the slowest node is the largest row sum of G^-1 C, and so no less than the line's slowest time constant.
    """
    if not (xbar.c_wire or xbar.c_drain):
        return 0.0
    m, n = xbar.shape
    element, path = xbar.element_conductance(0.0), _paths(xbar, drive)
    with np.errstate(divide="ignore"):
        leak = 1 / (1 / element + 1 / path)  # 1/inf = 0: a short, or a cell without a second element
    leak = np.minimum(leak, 1 / LEAST)
    near, far = driver_resistances(xbar)
    driven = ~np.isnan(np.concatenate([drive.v_wl[0], drive.v_bl[0]]))
    with np.errstate(divide="ignore"):
        near, far = (np.where(driven, 1 / np.maximum(r, LEAST), 0.0) for r in (near, far))
    drain = 0.0 if xbar.access is None else xbar.c_drain
    word = _elmore(near[:m], far[:m], xbar.r_wl, leak, np.full((m, n), xbar.c_wire))
    # a bit line begins at the bottom
    bit = _elmore(near[m:], far[m:], xbar.r_bl, leak.T[:, ::-1], np.full((n, m), xbar.c_wire + drain))
    held = element[np.isfinite(element) & (element > 0)]
    middle = drain / held.min() if drain and held.size else 0.0  # the node behind a closed transistor
    return float(max(word.max(), bit.max(), middle))


def _paths(xbar: Crossbar, drive: Drive) -> Array:
    """(m, n): what a cell's second element conducts [S] near 0 V at the gates' highest voltages: inf where there is none."""
    if xbar.selector is not None:
        return np.full(xbar.shape, float(xbar.selector.conductance(0.0)))
    if xbar.access is None or xbar.access.own or drive.v_gate is None:
        return np.full(xbar.shape, np.inf)
    over = cell_gates(xbar, drive.v_gate.max(axis=0)) - threshold(xbar.access, 0.0)[0]
    return np.asarray(xbar.access.beta * np.maximum(over, 0.0))


def _elmore(near: Array, far: Array, r: float, leak: Array, c: Array) -> Array:
    """G^-1 c (lines, nodes) [s] of lines with `near`, `far` (lines,) S at their ends, `r` ohm between nodes, `leak` and `c` at each."""
    lines, nodes = leak.shape
    with np.errstate(divide="ignore"):
        wire = np.full((lines, nodes - 1), 1 / max(r, LEAST))
    diagonal = leak.copy()
    diagonal[:, 0] += near
    diagonal[:, -1] += far
    # The elimination keeps the conductance to ground apart from the wires', so that a line that hardly leaks loses no digits.
    ground, charge = diagonal[:, 0].copy(), c[:, 0].copy()
    total, rhs = np.empty((lines, nodes)), np.empty((lines, nodes))
    for k in range(nodes - 1):
        total[:, k], rhs[:, k] = ground + wire[:, k], charge
        share = wire[:, k] / total[:, k]
        ground, charge = diagonal[:, k + 1] + ground * share, c[:, k + 1] + charge * share
    delay = np.empty((lines, nodes))
    delay[:, -1] = np.divide(
        charge, ground, out=np.zeros(lines), where=ground > 0
    )  # a line that hangs on nothing stays where it is
    for k in range(nodes - 2, -1, -1):
        delay[:, k] = (rhs[:, k] + wire[:, k] * delay[:, k + 1]) / total[:, k]
    return delay
