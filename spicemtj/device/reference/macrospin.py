"""The stochastic Landau-Lifshitz-Gilbert equation of a macrospin, thousands of trials at once: what the switching law answers to.

Fields in units of Hk, time in units of (1 + alpha^2)/(gamma mu0 Hk), p = z along the pinned layer,
    dm/ds = -m x h - alpha m x (m x h) + aJ m x (m x p) - alpha aJ m x p,    aJ = alpha i(z),
    h = (kappa z + offset - field_like aJ) p + h_th,    kappa = 1 - vcma_slope V.
i > 0 drives towards z = -1. The field-like torque is field_like aJ m x p: linear in the drive, which is a choice of this model, since in
symmetric junctions it goes rather as V^2 (Theodonis et al., Phys. Rev. Lett. 97, 237205, 2006; Kubota et al., Nature Physics 4, 37,
2008; Sankey et al., Nature Physics 4, 67, 2008). The thermal field has the variance alpha/(Delta (1 + alpha^2) h) per component and
step h (Brown, Phys. Rev. 130, 1677, 1963). It enters as in Stratonovich's calculus: Heun's method in Cartesian components, |m| brought
back to 1 after each step (Garcia-Palacios and Lazaro, Phys. Rev. B 58, 14937, 1998).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from ... import jobs
from ...errors import InputError, unknown
from ...randomness import check_seed
from .. import formulas
from ..mtj import Mtj
from ..switching.law import DRIVES, check_states

Array = NDArray[np.float64]
Waveform = tuple[ArrayLike, ArrayLike] | Callable[[Array], ArrayLike]

BLOCK = 256  # trials with one stream of random numbers: part of what a seed means
CHUNK = 64  # steps whose noise is drawn at once: as much as fits into a core's cache
LEAST_STEPS = 70  # in a precession: P is then off by up to 0.008, with 28 the mean switching time by 4 %
USUAL_STEPS = 140  # the error falls as the step: 60,000 trials no longer show it
DEFAULT_STEP = 1e-12  # s


@dataclass(frozen=True, eq=False)
class Trials:
    """What `simulate` found.

    m (trials, 3) at the end. first_passage (trials,): seconds until m_z first crossed 0, nan where it never did. times (records,) in
    seconds and trace (records, trials, 3): m at the start and after every `record_every` steps, empty if that was not asked for.
    dt: the step used [s].
    """

    m: Array
    first_passage: Array
    times: Array
    trace: Array
    dt: float

    @property
    def mean(self) -> Array:
        """(records, 3): mean of m over the trials."""
        return np.asarray(self.trace.mean(axis=1))


def larmor_period(mtj: Mtj) -> float:
    """Period of small precession at 0 V [s], in the anisotropy and offset field."""
    return float(2 * np.pi / (formulas.precession(mtj.alpha, mtj.mu0_hk_t) * (1 + abs(mtj.offset))))


def simulate(
    mtj: Mtj,
    v: float,
    seconds: float,
    state: ArrayLike,
    trials: int,
    seed: int,
    *,
    dt: float | None = None,
    drive: str = "voltage",
    waveform: Waveform | None = None,
    start: ArrayLike | None = None,
    thermal: bool = True,
    record_every: int | None = None,
    threads: int | None = None,
) -> Trials:
    """Let `trials` copies of a device move for `seconds` under `v`, each with a thermal field of its own.

    v : volts on the junction; with drive="current" it is i = I/Ic0, the same at every angle and without VCMA.
    state : +1 or -1, one or (trials,): the well of the thermal start, density exp(Delta (z^2 + 2 offset z)) over z in it.
    dt : longest step [s]; by default 1 ps, or what makes 140 steps in a precession where that is less. The steps divide `seconds` evenly.
    waveform : added to `v`. (times, values) with linear interpolation between rising times, the end values outside, and a jump where a
        time stands twice; or a function of an array of times [s], taken at both ends of each step.
    start : m (3,) or (trials, 3) instead of the thermal start, of any length but 0.
    thermal : whether there is a thermal field; without it `start` alone decides.
    record_every : steps between the records of `Trials.trace`.
    threads : how many to use, by default one a core. The results do not depend on it: each 256 trials have a generator of their own,
        spawned from `seed`.

    Raises `InputError` for an array of devices and for anything out of range.
    """
    check_seed(seed)
    if mtj.shape:
        raise InputError(f"an array of {mtj.shape} devices: simulate one of them, mtj[index]")
    if drive not in DRIVES:
        raise unknown("drive", drive, DRIVES)
    if trials < 1:
        raise InputError(f"trials = {trials}: give 1 or more")
    if not (np.isfinite(seconds) and seconds > 0):
        raise InputError(f"seconds = {seconds}: give a finite time above 0")
    if record_every is not None and record_every < 1:
        raise InputError(f"record_every = {record_every}: give 1 step or more, or None")
    steps, step = _steps(mtj, seconds, dt)
    table = torques(mtj, *_applied(v, waveform, steps, step), drive)
    _check_step(mtj, table, step, thermal)
    if np.shape(state) not in ((), (trials,)):
        raise InputError(f"state has shape {np.shape(state)}: give one, or one for each of {trials} trials")
    start_state = np.broadcast_to(check_states(state), (trials,))
    given = None if start is None else _unit_vectors(start, trials)

    at = np.arange(0, steps + 1, record_every) if record_every else np.array([], dtype=int)
    trace = np.empty((at.size, 3, trials))
    m, first = np.empty((3, trials)), np.empty(trials)
    layer = np.array([mtj.alpha, float(mtj.offset), mtj.field_like])
    rate = float(formulas.precession(mtj.alpha, mtj.mu0_hk_t))
    h, sigma = step * rate, np.float32(formulas.thermal_field(mtj.alpha, mtj.delta, rate, step))
    seeds = np.random.SeedSequence(seed).spawn(-(-trials // BLOCK))

    def run(block: int) -> None:
        own = slice(block * BLOCK, min((block + 1) * BLOCK, trials))
        rng = np.random.Generator(np.random.SFC64(seeds[block]))
        m[:, own] = thermal_start(mtj, start_state[own], rng) if given is None else given[:, own]
        first[own] = _run_block(m[:, own], table, layer, sigma if thermal else None, rng, h, step, steps, at, trace[:, :, own])

    count = threads or jobs.processors()
    with ThreadPoolExecutor(count) as pool:  # numpy's generators and the compiled step both let other threads run
        jobs.run(run, range(len(seeds)), pool=pool)
    first[np.isinf(first)] = np.nan
    return Trials(m.T.copy(), first, at.astype(float) * step, np.moveaxis(trace, 1, 2), step)


def _run_block(
    m: Array,
    table: Array,
    layer: Array,
    sigma: Any,
    rng: np.random.Generator,
    h: float,
    dt: float,
    steps: int,
    at: Any,
    trace: Array,
) -> Array:
    """Advance one block in place; its first passages (trials,), inf for none. Fills `trace` (records, 3, trials)."""
    own = np.ascontiguousarray(m)
    n, records = own.shape[1], 0
    sign, first = np.sign(own[2]), np.full(n, np.inf)
    first[sign == 0] = 0.0
    noise = np.zeros((min(CHUNK, steps), 3, n), dtype=np.float32)
    if at.size:
        trace[0] = own
        records = 1
    for begin in range(0, steps, CHUNK):
        end = min(begin + CHUNK, steps)
        if sigma is not None:
            rng.standard_normal(dtype=np.float32, out=noise)
            noise *= sigma
        stops = [*at[(at > begin) & (at < end)].tolist(), end] if at.size else [end]
        now = begin
        for stop in stops:
            part = slice(now, stop) if table.shape[1] == steps else slice(0, stop - now)
            advance(own, noise[now - begin : stop - begin], table[:, part], layer, h, sign, first, now * dt, dt)
            now = stop
            if records < at.size and at[records] == now:
                trace[records] = own
                records += 1
    m[:] = own
    return first


# "contract" lets a product and a sum become one instruction; nothing here may be reordered
@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"})
def advance(m, noise, table, layer, h, sign, first, now, dt):  # type: ignore[no-untyped-def]
    """Heun steps in place: m (3, trials), noise (steps, 3, trials) in Hk, table (6, steps) of `torques`, layer (alpha, offset, field_like).

    h: the step in the unit of time above. `first` takes the time now + k dt at which m_z leaves the side `sign`, where it is still inf.
    """
    alpha, offset, field_like = layer[0], layer[1], layer[2]
    x, y, z = m[0], m[1], m[2]
    half = 0.5 * h
    for k in range(noise.shape[0]):
        i0, slope0, kappa0 = alpha * table[0, k], alpha * table[1, k], table[2, k]
        i1, slope1, kappa1 = alpha * table[3, k], alpha * table[4, k], table[5, k]
        time = now + k * dt
        for j in range(x.size):
            mx, my, mz = x[j], y[j], z[j]
            hx, hy, along = noise[k, 0, j], noise[k, 1, j], noise[k, 2, j] + offset
            qx, qy = alpha * hx, alpha * hy
            # dm/ds = (h + alpha aJ p + m x (alpha h - aJ p)) x m
            torque = i0 + slope0 * mz
            hz = along + kappa0 * mz - field_like * torque
            qz = alpha * hz - torque
            ux, uy, uz = hx + my * qz - mz * qy, hy + mz * qx - mx * qz, hz + alpha * torque + mx * qy - my * qx
            dx, dy, dz = uy * mz - uz * my, uz * mx - ux * mz, ux * my - uy * mx
            px, py, pz = mx + h * dx, my + h * dy, mz + h * dz
            torque = i1 + slope1 * pz
            hz = along + kappa1 * pz - field_like * torque
            qz = alpha * hz - torque
            ux, uy, uz = hx + py * qz - pz * qy, hy + pz * qx - px * qz, hz + alpha * torque + px * qy - py * qx
            nx, ny = mx + half * (dx + uy * pz - uz * py), my + half * (dy + uz * px - ux * pz)
            nz = mz + half * (dz + ux * py - uy * px)
            scale = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz)
            x[j], y[j], z[j] = nx * scale, ny * scale, nz * scale
            if sign[j] * nz <= 0.0 and first[j] == np.inf:
                first[j] = time + dt * mz / (mz - nz)


# -- what acts on the layer


def torques(mtj: Mtj, before: Array, after: Array, drive: str = "voltage") -> Array:
    """(6, steps): i at z = 0, di/dz and kappa at the start of each step, then at its end, of what is applied there, (steps,) each."""
    return np.concatenate([_torque(mtj, np.asarray(value, dtype=float), drive) for value in (before, after)])


def _torque(mtj: Mtj, value: Array, drive: str) -> Array:
    if drive == "current":
        return np.stack([value, np.zeros_like(value), np.ones_like(value)])
    p, ap = mtj.spin_torque(1, value), mtj.spin_torque(-1, value)
    return np.stack([(p + ap) / 2, (p - ap) / 2, formulas.stiffness(value, mtj.vcma_slope)])


def _applied(v: float, waveform: Waveform | None, steps: int, step: float) -> tuple[Array, Array]:
    """What is applied at the start and at the end of each step; of a constant only as many steps as a chunk has."""
    if not np.isfinite(v):
        raise InputError(f"v = {v}: what is applied must be finite")
    if waveform is None:
        constant = np.full(min(steps, CHUNK), float(v))
        return constant, constant
    edges: Array = np.arange(steps + 1, dtype=float) * step
    if callable(waveform):
        values = np.broadcast_to(np.asarray(waveform(edges), dtype=float), edges.shape)
        before, after = values[:-1], values[1:]
    else:
        times, values = (np.asarray(part, dtype=float) for part in waveform)
        if times.ndim != 1 or times.shape != values.shape or not times.size:
            raise InputError(
                f"a waveform of {times.shape} times and {values.shape} values: give as many values as times, 1 or more"
            )
        if not (np.diff(times) >= 0).all():
            raise InputError("the times of a waveform must not fall; sort them")
        slack = 1e-6 * step  # a jump at an edge belongs to the edge, whatever rounding made of it
        before, after = np.interp(edges[:-1] + slack, times, values), np.interp(edges[1:] - slack, times, values)
    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        raise InputError("a waveform has values that are not finite")
    return v + before, v + after


def _steps(mtj: Mtj, seconds: float, dt: float | None) -> tuple[int, float]:
    longest = min(DEFAULT_STEP, larmor_period(mtj) / USUAL_STEPS) if dt is None else dt
    if not (np.isfinite(longest) and longest > 0):
        raise InputError(f"dt = {dt}: give a finite step above 0 s")
    steps = max(1, math.ceil(seconds / longest * (1 - 1e-9)))
    return steps, seconds / steps


def _check_step(mtj: Mtj, table: Array, step: float, thermal: bool) -> None:
    """A thermal field needs a step short against the precession about the strongest field."""
    kappa, drive = np.abs(table[2::3]).max(), np.abs(table[0::3]).max() + np.abs(table[1::3]).max()
    field = kappa + abs(mtj.offset) + abs(mtj.field_like) * mtj.alpha * drive
    longest = larmor_period(mtj) * (1 + abs(mtj.offset)) / max(float(field), 1e-9) / LEAST_STEPS
    if thermal and step > longest * (1 + 1e-9):
        raise InputError(
            f"dt = {step:.3g} s is too long for the thermal field; give at most {longest:.3g} s, {LEAST_STEPS} a precession"
        )


# -- where the trials start


def thermal_start(mtj: Mtj, state: Array, rng: np.random.Generator) -> Array:
    """m (3, trials) from the Boltzmann distribution of the well `state` (trials,) at 0 V: density exp(Delta (z^2 + 2 offset z))."""
    u, azimuth = rng.random(state.size), 2 * np.pi * rng.random(state.size)
    z = np.where(state > 0, 1, -1) * np.where(
        state > 0,
        _polar(float(mtj.delta), float(mtj.offset), u),
        _polar(float(mtj.delta), -float(mtj.offset), u),
    )
    across = np.sqrt((1 - z) * (1 + z))
    return np.stack([across * np.cos(azimuth), across * np.sin(azimuth), z])


def _polar(delta: float, offset: float, u: Array) -> Array:
    """|z| (trials,) with the density exp(Delta (z^2 + 2 offset z)) on 0 < z < 1, by its distribution function on a fine grid of angles."""
    theta = np.linspace(0, np.pi / 2, 8193)
    z = np.cos(theta)
    exponent = delta * (z * z + 2 * offset * z)
    density = np.exp(exponent - exponent.max()) * np.sin(theta)
    below = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return np.cos(np.interp(u * below[-1], below, theta))


def _unit_vectors(start: ArrayLike, trials: int) -> Array:
    vectors = np.asarray(start, dtype=float)
    if vectors.shape not in ((3,), (trials, 3)):
        raise InputError(f"start has shape {vectors.shape}: give m as (3,) or ({trials}, 3)")
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    if not (np.isfinite(vectors).all() and (length > 0).all()):
        raise InputError("start has vectors of length 0 or infinite; give directions")
    return np.broadcast_to((vectors / length).T.reshape(3, -1), (3, trials)).copy()
