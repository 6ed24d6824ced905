"""Arrays that are hard to solve, for the tests of the nodal solver and for its benchmark."""

from __future__ import annotations

import numpy as np

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.engines.base import Solution


def hard_case(size: int, seed: int, reads: int | None = None) -> tuple[Crossbar, np.ndarray, np.ndarray]:
    """Wires of 0.01 to 100 ohm, cells of 100 ohm to 10 Mohm in one array, half of them open, half the lines floating.

    Volts of word lines and bit lines, from -1 to 1: (size,), or (reads, size) with the same lines floating in all.
    """
    rng = np.random.default_rng(seed)
    r = 10 ** rng.uniform(2, 7, (size, size))
    r[rng.random(r.shape) < 0.5] = np.inf
    shape = size if reads is None else (reads, size)
    v_wl, v_bl = rng.uniform(-1, 1, shape), rng.uniform(-1, 1, shape)
    for lines in (v_wl, v_bl):
        lines[..., rng.permutation(size)[: size // 2]] = np.nan
    wires = dict(zip(("r_wl", "r_bl", "r_driver_wl", "r_driver_bl"), 10 ** rng.uniform(-2, 2, 4), strict=True))
    return Crossbar.from_resistances(r, **wires), v_wl, v_bl


def errors(got: Solution, want: Solution) -> tuple[float, float]:
    """The largest error of a voltage [V], and of a current, relative to the largest of any cell (A if that is 0); inf where
    one is nan alone."""
    worst = {"v": 0.0, "i": 0.0}
    scale = {"v": 1.0, "i": float(np.abs(want.i_cell).max()) or 1.0}
    for name in ("v_wl", "v_bl", "v_cell", "i_cell", "i_wl", "i_bl"):
        ours, theirs = getattr(got, name), getattr(want, name)
        difference = np.where(np.isnan(ours) & np.isnan(theirs), 0.0, np.abs(ours - theirs))
        largest = float(np.nan_to_num(difference, nan=np.inf).max()) / scale[name[0]]
        worst[name[0]] = max(worst[name[0]], largest)
    return worst["v"], worst["i"]
