"""The cell's equations as compiled scalars, for loops over many cells: those of formulas.py, and the transistor's of access.py."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

from . import formulas

CLOSE = 1e-6  # V: after a step of Newton's method no longer than this, its error is under 1e-11 V

conductance = njit(cache=True)(formulas.conductance)
conductance_slope = njit(cache=True)(formulas.conductance_slope)
torque_by_current = njit(cache=True)(formulas.torque_by_current)
torque_by_voltage = njit(cache=True)(formulas.torque_by_voltage)
total_drive = njit(cache=True)(formulas.drive)


@njit(cache=True)
def mtj_current(state, v, g_p, tmr0, vh):  # type: ignore[no-untyped-def]
    """I = G(z, V) V [A] and its derivative by V [S]; tmr0 at the device's temperature."""
    r_p = 1.0 / g_p
    g = conductance(state, v, r_p, tmr0, vh)
    return g * v, g + v * conductance_slope(state, v, r_p, tmr0, vh)


@njit(cache=True)
def drive(z, v, g_p, tmr0, vh, ic0, vcma_slope, by_voltage):  # type: ignore[no-untyped-def]
    """`Mtj.drive` without an offset field; by_voltage: the torque goes as the voltage, else as the current."""
    r_p = 1.0 / g_p
    torque = torque_by_voltage(v, r_p, ic0) if by_voltage else torque_by_current(v, conductance(z, v, r_p, tmr0, vh), ic0)
    return total_drive(z, v, torque, vcma_slope, 0.0)


@njit(cache=True)
def _forward_drain(vg, vd, vs, access):  # type: ignore[no-untyped-def]
    """Drain current and its derivatives by vd and vs, for vd >= vs."""
    vto, beta, lambda_, gamma, phi = access[0], access[1], access[2], access[3], access[4]
    rest = sqrt(phi)
    if vs >= 0.0:
        root = sqrt(phi + vs)
        body = gamma / (2.0 * root)
    else:  # ngspice continues the root linearly where the body is forward-biased
        root = max(rest + vs / (2.0 * rest), 0.0)
        body = gamma / (2.0 * rest) if root > 0.0 else 0.0
    over = vg - vs - (vto + gamma * (root - rest))
    if over <= 0.0:
        return 0.0, 0.0, 0.0
    vds = vd - vs
    saturation = 1.0 + lambda_ * vds
    if over <= vds:
        square = 0.5 * beta * over * over
        by_vd, by_over = square * lambda_, beta * over * saturation
        return square * saturation, by_vd, -by_over * (1.0 + body) - by_vd
    core = beta * vds * (over - 0.5 * vds)
    by_vd = beta * (over - vds) * saturation + core * lambda_
    return core * saturation, by_vd, -beta * vds * saturation * (1.0 + body) - by_vd


@njit(cache=True)
def drain_current(vg, vd, vs, access):  # type: ignore[no-untyped-def]
    """Current [A] from drain to source, and its derivative by vd [S], as `access.drain_current`; body at 0 V.

    `access` = (vto, beta, lambda, gamma, phi).
    """
    if vd >= vs:
        i, by_vd, _ = _forward_drain(vg, vd, vs, access)
        return i, by_vd
    i, _, by_vs = _forward_drain(vg, vs, vd, access)
    return -i, -by_vs


@njit(cache=True)
def cell_current(vw, vb, vg, state, g_p, tmr0, vh, access, guess):  # type: ignore[no-untyped-def]
    """Current [A] from word to bit line of one cell between nodes at `vw` and `vb`, and the MTJ's own voltage.

    1R where `access` is empty; else MTJ and transistor in series: Newton's method on the middle node, kept inside the bracket that
    its monotone residual gives. `guess` is a voltage of the MTJ to start from.
    """
    if access.size == 0:
        v = vw - vb
        return mtj_current(state, v, g_p, tmr0, vh)[0], v
    low, high = min(vw, vb), max(vw, vb)
    if high - low < 1e-12:
        return 0.0, 0.0
    x = vw - guess
    if not low <= x <= high:
        x = 0.5 * (low + high)
    for _ in range(100):
        i, slope = mtj_current(state, vw - x, g_p, tmr0, vh)
        drain, by_x = drain_current(vg, x, vb, access)
        excess = i - drain  # falls with x
        if excess > 0.0:
            low = x
        elif excess < 0.0:
            high = x
        else:
            break
        new = x + excess / (slope + by_x)
        if not low <= new <= high:
            new = 0.5 * (low + high)
        moved = new - x
        x = new
        if abs(moved) < CLOSE:
            i -= slope * moved
            break
    return i, vw - x


@njit(cache=True)
def cell_currents(vw, vb, vg, states, g_p, tmr0, vh, access):  # type: ignore[no-untyped-def]
    """`cell_current` over arrays of one shape (m, n): currents [A] and MTJ voltages [V]."""
    m, n = states.shape
    i, v = np.empty((m, n)), np.empty((m, n))
    guess = 0.0
    for a in range(m):
        for b in range(n):
            i[a, b], guess = cell_current(vw[a, b], vb[a, b], vg[a, b], states[a, b], g_p[a, b], tmr0[a, b], vh, access, guess)
            v[a, b] = guess
    return i, v
