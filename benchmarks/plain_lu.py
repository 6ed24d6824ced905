"""The plain way to solve an array: nodal analysis with vectorised assembly, and scipy's sparse LU."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu

import spicemtj as sm

Array = np.ndarray


def plain_matrix(g: Array, wire: float, driver: float) -> tuple[Any, Array]:
    """Nodal matrix of all node voltages, vectorised assembly, and the conductance of a driver with its segment."""
    m, n = g.shape
    word = np.arange(m * n).reshape(m, n)
    bit = word + m * n
    gw, gd = 1 / wire, 1 / (wire + driver)
    pairs = [
        (word[:, :-1], word[:, 1:], np.full((m, n - 1), gw)),
        (bit[:-1], bit[1:], np.full((m - 1, n), gw)),
        (word, bit, g),
    ]
    a, b, y = (np.concatenate([p[k].ravel() for p in pairs]) for k in range(3))
    ends = np.concatenate([word[:, 0], bit[-1]])
    rows = np.concatenate([a, b, a, b, ends])
    columns = np.concatenate([a, b, b, a, ends])
    values = np.concatenate([y, y, -y, -y, np.full(len(ends), gd)])
    return coo_matrix((values, (rows, columns)), shape=(2 * m * n,) * 2).tocsc(), gd


def plain_splu(g: Array, v_wl: Array, wire: float = 1.0, driver: float = 50.0) -> Array:
    """Voltages (2 m n, p) of all nodes for word lines at v_wl (p, m), bit lines at 0 V: one factorisation, a loop over columns."""
    m, n = g.shape
    matrix, gd = plain_matrix(g, wire, driver)
    lu = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    out = np.empty((2 * m * n, len(v_wl)))
    for k, volts in enumerate(v_wl):
        rhs = np.zeros(2 * m * n)
        rhs[np.arange(m) * n] = gd * volts
        out[:, k] = lu.solve(rhs)
    return out


def residual(xbar: sm.Crossbar, sol: Any, v_wl: Array) -> float:
    """Largest error of Kirchhoff's current law at a node, relative to the largest current that meets at one."""
    m, n = xbar.shape
    matrix, gd = plain_matrix(1 / xbar.resistances, xbar.r_wl, xbar.r_driver_wl)
    rhs = np.zeros(2 * m * n)
    rhs[np.arange(m) * n] = gd * v_wl
    v = np.concatenate([sol.v_wl.ravel(), sol.v_bl.ravel()])
    return float(np.abs(matrix @ v - rhs).max() / (abs(matrix) @ np.abs(v)).max())
