"""An array's cells as the compiled kernels take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..device.access import Access
from ..errors import InputError

Array = NDArray[np.float64]

# How compiled functions are made that only others call: without what a call from Python needs, which is a third of the time that
# compiling takes. Such a call would end the process.
INNER: dict[str, Any] = {"cache": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
# And those that make no arrays, without counting who refers to those they are given: a layer has some thirty, and counting them at every
# call took a third of a pulse's time.
BARE = INNER | {"_nrt": False}
BARE_INLINED = BARE | {"forceinline": True}
# Compiled functions take this over from their first caller, so those that do make arrays and are called by such say so.
MAKES_ARRAYS: dict[str, Any] = {"cache": True, "_nrt": True}


def access_constants(access: Access | None) -> Array:
    """The transistor: (vto, beta, lambda, gamma, phi); empty for 1R."""
    if access is None:
        return np.zeros(0)
    if access.own:
        raise InputError(f"the surrogate knows level-1 transistors only, not {access.origin}; use engine 'nodal' or 'ngspice'")
    return np.array([access.vto, access.kp * access.width / access.length, access.lambda_, access.gamma, access.phi])


@dataclass(frozen=True)
class Cells:
    """Contiguous arrays (m, n) of G_P [S] and TMR0, the transistor's constants, wires (r_wl, r_bl, driver_wl, driver_bl) [ohm]."""

    g_p: Array
    tmr0: Array
    vh: float
    access: Array
    wires: Array

    @classmethod
    def of(cls, xbar: Crossbar) -> Cells:
        def grid(value: Any) -> Array:
            return np.array(np.broadcast_to(value, xbar.shape), dtype=float, order="C")

        wires = np.array([xbar.r_wl, xbar.r_bl, xbar.r_driver_wl, xbar.r_driver_bl], dtype=float)
        return cls(grid(1 / xbar.cells.r_p), grid(xbar.cells.tmr0_t), xbar.cells.vh, access_constants(xbar.access), wires)
