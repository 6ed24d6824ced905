"""The switching law of `Mtj`: probability, quantile time, mean time and retention, broadcast over voltages, times, states and devices.

Each device is reduced to the coordinates of the universal law (drive, ratio of the two poles' drives, Delta, time in tau_D), and the
table of table.py answers. VCMA changes the two poles' drives and nothing else. With an offset field, whose start is another,
and outside the table, the law is solved for that device (direct.py), some milliseconds a voltage.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ... import jobs
from ...errors import InputError, unknown
from . import fokker_planck
from . import table as switching_table

if TYPE_CHECKING:
    from ..mtj import Mtj

Array = NDArray[np.float64]

DRIVES = ("current", "voltage")
STEP = 0.06  # between the voltages that one device's law is solved at, in asinh(drive/WARP)
CHUNK = 10000  # points of the table that one thread takes at a time


def check_states(state: ArrayLike) -> Array:
    """`state` as floats; `InputError` unless every one is +1 or -1."""
    states = np.asarray(state, dtype=float)
    if not np.all(np.abs(states) == 1):
        raise InputError(
            f"state {_culprit(states, np.abs(states) != 1)}: a device stands at +1 (parallel) or -1 (antiparallel)"
        )
    return states


def reduced(mtj: Mtj, v: ArrayLike, state: ArrayLike) -> tuple[Array, Array, Array]:
    """The universal law's own coordinates of a device at `v` volts: (i1, ln g, Delta), broadcast over v, state and the devices.

    i1 is the drive at the state's own pole, positive where it drives out of it; g is the drive at the other pole relative to it. ln g is
    nan where that law does not serve: drives of unlike sign at the poles, or an offset field.
    """
    states, v = check_states(state), _finite("voltage", v, "V")
    if mtj.vcma:
        own, other = mtj.drive(states, v), mtj.drive(-states, v)
        with np.errstate(divide="ignore", invalid="ignore"):
            log_g = np.where(v == 0, 0.0, np.log(other / own))
        i1 = states * own
    else:
        # the torques' ratio, which has a limit at 0 V: that of the conductances, or 1
        ratio = 1.0 if mtj.torque == "voltage" else mtj.conductance(-1.0, v) / mtj.conductance(1.0, v)
        i1, log_g = states * mtj.spin_torque(states, v), states * np.log(ratio)
    i1, log_g, delta, offset = np.broadcast_arrays(i1, log_g, np.asarray(mtj.delta, dtype=float), mtj.offset)
    return i1, log_g if not np.any(offset) else np.where(offset == 0, log_g, np.nan), delta


def linear(mtj: Mtj, v: ArrayLike, state: ArrayLike) -> tuple[Array, Array, Array, Array]:
    """(a, b, Delta, offset) of fokker_planck.py for a device at `v` volts, mirrored so that it starts at z = +1; broadcast as `reduced`."""
    states, v = check_states(state), _finite("voltage", v, "V")
    p, ap = mtj.drive(1.0, v), mtj.drive(-1.0, v)
    a, b, delta, offset = np.broadcast_arrays(states * (p + ap) / 2, (p - ap) / 2, mtj.delta, states * mtj.offset)
    return a, b, delta, offset


def probability(mtj: Mtj, v: ArrayLike, t: ArrayLike, state: ArrayLike) -> Array:
    """See `Mtj.switching_probability`."""
    return np.asarray(-np.expm1(-np.exp(log_hazard(mtj, v, t, state))))


def disturb_probability(mtj: Mtj, v: ArrayLike, t: ArrayLike, state: ArrayLike, pulses: ArrayLike = 1) -> Array:
    """See `Mtj.disturb_probability`."""
    pulses = np.asarray(pulses, dtype=float)
    if not np.all(pulses >= 0):
        raise InputError(f"pulses = {_culprit(pulses, ~(pulses >= 0))}: their number must be 0 or more")
    return np.asarray(-np.expm1(-pulses * np.exp(log_hazard(mtj, v, t, state))))


def log_hazard(mtj: Mtj, v: ArrayLike, t: ArrayLike, state: ArrayLike) -> Array:
    """ln h, h = -ln(1 - P), with P the switching probability; h adds up over pulses. -inf at t = 0."""
    t = np.asarray(t, dtype=float)
    if not np.all(t >= 0):
        raise InputError(f"a pulse of {_culprit(t, ~(t >= 0))} s: its width must be 0 or more")
    with np.errstate(divide="ignore"):
        log_t = np.log(t / mtj.tau_d)
    return _everywhere("hazards", mtj, v, state, log_t)


def table(mtj: Mtj, v: ArrayLike, t: ArrayLike, state: ArrayLike) -> Array:
    """P (voltages, times, ...) of pulses of every voltage and every width; last come the axes of state and devices, if there are."""
    v, t = np.ravel(v), np.ravel(t)
    rest = np.broadcast_shapes(np.shape(state), mtj.shape)
    return probability(mtj, v.reshape(-1, 1, *[1] * len(rest)), t.reshape(-1, *[1] * len(rest)), state)


def quantile_time(mtj: Mtj, u: ArrayLike, v: ArrayLike, state: ArrayLike) -> Array:
    """See `Mtj.switching_time`."""
    u = np.asarray(u, dtype=float)
    if not np.all((u >= 0) & (u <= 1)):
        raise InputError(f"u = {_culprit(u, ~((u >= 0) & (u <= 1)))}: a fraction lies between 0 and 1")
    with np.errstate(divide="ignore"):
        log_h = np.log(-np.log1p(-u))
    log_t = _everywhere("times", mtj, v, state, log_h)
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(log_t) * mtj.tau_d)


def mean_time(mtj: Mtj, v: ArrayLike, state: ArrayLike, drive: str = "voltage") -> Array:
    """See `Mtj.mean_switching_time`."""
    if drive not in DRIVES:
        raise unknown("drive", drive, DRIVES)
    if drive == "voltage" and not (mtj.vcma or np.any(mtj.offset)):
        i1, log_g, delta = reduced(mtj, v, state)
        g = np.exp(log_g)
        a, b, offset = i1 * (1 + g) / 2, i1 * (1 - g) / 2, np.zeros(i1.shape)
    elif drive == "voltage":
        a, b, delta, offset = linear(mtj, v, state)
    else:
        states = check_states(state)
        a, delta, offset = np.broadcast_arrays(
            states * (_finite("current", v, "Ic0") - mtj.offset), np.asarray(mtj.delta, dtype=float), states * mtj.offset
        )
        b = np.zeros(a.shape)
    times = fokker_planck.mean_passage(*(np.ascontiguousarray(q, dtype=float).ravel() for q in (a, b, delta, offset)))
    return np.asarray(times.reshape(a.shape) * mtj.tau_d)


def retention_time(mtj: Mtj, state: ArrayLike) -> Array:
    """See `Mtj.retention_time`."""
    a, b, delta, offset = linear(mtj, 0.0, state)
    if np.any(offset <= -1):
        raise InputError(
            f"an offset field of {_culprit(np.abs(offset), offset <= -1):.3g} Hk leaves this state no barrier; lower mu0_hoff"
        )
    points = np.stack([np.ravel(a), np.ravel(b), np.ravel(delta)], axis=1)
    unique, inverse = np.unique(points, axis=0, return_inverse=True)
    log_rate = np.array([fokker_planck.log_escape_rate(*point) for point in unique.tolist()])[inverse]
    with np.errstate(over="ignore"):
        times = np.where(offset < 1, np.exp(-log_rate).reshape(np.shape(a)), np.inf)  # from 1 on there is no other state
    return np.asarray(times * mtj.tau_d)


def _finite(name: str, values: ArrayLike, unit: str) -> Array:
    numbers = np.asarray(values, dtype=float)
    if not np.all(np.isfinite(numbers)):
        raise InputError(f"a device at {_culprit(numbers, ~np.isfinite(numbers))} {unit}: the {name} must be finite")
    return numbers


def _culprit(values: Array, wrong: NDArray[np.bool_]) -> float:
    return float(np.broadcast_to(values, wrong.shape)[wrong].flat[0])


# -- from the table, and outside it


def _everywhere(kind: str, mtj: Mtj, v: ArrayLike, state: ArrayLike, last: Array) -> Array:
    """ln h at ln t = `last` (kind "hazards"), or ln t at ln h (kind "times")."""
    i1, log_g, delta, last = np.broadcast_arrays(*reduced(mtj, v, state), last)
    tabulated: Any = switching_table.log_hazards if kind == "hazards" else switching_table.log_times
    out = _threaded(tabulated, *(np.array(q).ravel() for q in (i1, log_g, delta, last)))  # copies: broadcast ones are read-only
    beyond = np.isnan(out)
    if beyond.any():
        out[beyond] = _direct(kind, mtj, v, state, last, beyond)
    return np.asarray(out.reshape(last.shape))


def _threaded(tabulated: Any, *arrays: Array) -> Array:
    """The table's answers (n,), many of them on all processors."""
    tables, size = switching_table.load(), arrays[0].size
    if size < 2 * CHUNK:
        return np.asarray(tabulated(*arrays, tables))
    with ThreadPoolExecutor(jobs.processors()) as pool:
        return np.concatenate(
            jobs.run(lambda k: tabulated(*(q[k : k + CHUNK] for q in arrays), tables), range(0, size, CHUNK), pool=pool)
        )


def _direct(kind: str, mtj: Mtj, v: ArrayLike, state: ArrayLike, last: Array, where: NDArray[np.bool_]) -> Array:
    """The same where the table has no answer, `where` being a mask of last.ravel()."""
    from . import direct as switching_direct

    def wanted(values: ArrayLike) -> Array:
        return np.broadcast_to(values, last.shape).ravel()[where]

    if mtj.shape:
        points, which = _distinct(*(wanted(q) for q in linear(mtj, v, state)))
        which, parts = which[:, None], np.ones((which.size, 1))
    else:
        points, which, parts = _between(mtj, wanted(v), wanted(state))
    rows = switching_direct.solved(points)
    asked = switching_direct.log_hazards if kind == "hazards" else switching_direct.log_times
    return np.asarray(asked(rows, which, parts, wanted(last), switching_direct.knots()))


def _distinct(*coordinates: Array) -> tuple[list[Any], NDArray[np.intp]]:
    """The distinct points among these, and which of them each is."""
    points, which = np.unique(np.stack(coordinates, axis=1), axis=0, return_inverse=True)
    return [tuple(point) for point in points.tolist()], which


def _between(mtj: Mtj, v: Array, states: Array) -> tuple[list[Any], NDArray[np.intp], Array]:
    """Points of one device at the voltages of a fixed grid around each v (n,); which six serve it (n, 6), in which proportions (n, 6).

    Lagrange's polynomial of fifth degree in asinh(drive/WARP), as smooth a coordinate as that of the table.
    """
    unit = switching_table.WARP / float(np.max(np.abs(mtj.drive([1.0, -1.0], 1e-6) + mtj.offset))) * 1e-6
    x = np.arcsinh(v / unit) / STEP
    first = np.floor(x).astype(np.intp) - 2
    nodes = np.arange(6)
    t = x - first
    parts = np.stack(
        [np.prod([(t - m) / (k - m) for m in nodes if m != k], axis=0) for k in nodes],
        axis=1,
    )
    grid = first[:, None] + nodes
    a, b, delta, offset = linear(mtj, unit * np.sinh(grid * STEP), states[:, None])
    points, which = _distinct(*(q.ravel() for q in (a, b, delta, offset)))
    return points, which.reshape(grid.shape), parts
