"""Solutions of ohmic cells, which follow from their nodes' voltages: worked out when they are asked for, since many are not."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .base import Solution

Array = NDArray[np.float64]


class OhmicSolution(Solution):
    """A `Solution` of cells of g (m, n) [S]; only lines and nodes are kept until a cell's voltage or current is asked for."""

    _g: Array

    def __init__(self, v_wl: Array, v_bl: Array, i_wl: Array, i_bl: Array, g: Array):
        """v_wl, v_bl (..., m, n); i_wl (..., m), i_bl (..., n), as in `Solution`."""
        for name, value in (("v_wl", v_wl), ("v_bl", v_bl), ("i_wl", i_wl), ("i_bl", i_bl), ("_g", g)):
            object.__setattr__(self, name, value)

    @cached_property
    def v_cell(self) -> Array:  # type: ignore[override]
        """Across each cell (..., m, n) [V], nan where no driver reaches."""
        return self.v_wl - self.v_bl

    @cached_property
    def v_access(self) -> Array:  # type: ignore[override]
        """0: there is no second element."""
        return np.zeros(self.v_wl.shape)

    @cached_property
    def i_cell(self) -> Array:  # type: ignore[override]
        """Through each cell (..., m, n) [A], 0 where no driver reaches."""
        current = self.v_cell * self._g
        current[np.isnan(current)] = 0.0
        return current

    def leading(self, *axes: int) -> OhmicSolution:
        """The same with other leading axes."""
        m, n = self._g.shape
        return OhmicSolution(
            self.v_wl.reshape(*axes, m, n),
            self.v_bl.reshape(*axes, m, n),
            self.i_wl.reshape(*axes, m),
            self.i_bl.reshape(*axes, n),
            self._g,
        )
