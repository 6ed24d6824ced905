#!/usr/bin/env python3
"""Reads of whole arrays: the nodal engine through `sm.solve`, against sparse LU of the same network and badcrossbar, in one run.

Times are seconds of processor time, the best of some runs, so that what else the machine does counts little; the run over two threads is
timed by the clock. badcrossbar is an extra: pip install 'spicemtj[bench]'.
"""

# ruff: noqa: B023 -- every function that is timed runs within its turn of the loop

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["SPICEMTJ_THREADS"] = "1"

import numpy as np
import scipy
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu

import spicemtj as sm
from spicemtj.engines.grid.update import EffectiveConductance
from spicemtj.engines.lu import SparseLu
from spicemtj.engines.nodal import Solver

SEED = 1
WANTED = {64: 20, 128: 80, 256: 120, 512: 100}
Array = np.ndarray


def seconds(work: Callable[[], Any], enough: float = 0.5, clock: Callable[[], float] = time.process_time) -> float:
    """The best of as many runs as `enough` seconds allow, at least 1, at most 50."""
    found, spent = [], 0.0
    while not found or (spent < enough and len(found) < 50):
        start = clock()
        work()
        found.append(clock() - start)
        spent += found[-1]
    return min(found)


def resistances(size: int, rng: np.random.Generator) -> Array:
    return rng.uniform(4e3, 10e3, (size, size))


# -- the plain way


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


# -- what is compared


def one_read(sizes: list[int], heavy: int) -> None:
    print("one read, all node voltages [ms]; ratios: how many times faster sm.solve is")
    found = []
    try:
        import logging

        import badcrossbar

        logging.disable(logging.INFO)
    except ImportError:
        badcrossbar = None
    for size in sizes:
        rng = np.random.default_rng(SEED)
        r, v_wl, v_bl = resistances(size, rng), rng.uniform(0, 0.3, size), np.zeros(size)
        xbar = sm.Crossbar.from_resistances(r)
        sol = sm.solve(xbar, v_wl, v_bl)
        ours = seconds(lambda: sm.solve(xbar, v_wl, v_bl))
        line = f"{size:5d}: sm.solve {ours * 1e3:8.3f}, residual {residual(xbar, sol, v_wl):.0e}"
        if size <= heavy:
            plain = seconds(lambda: plain_splu(1 / r, v_wl[None]))
            line += f", splu {plain * 1e3:9.2f}: {plain / ours:6.1f} times"
            if size in WANTED:
                line += f" (wanted {WANTED[size]})"
            if badcrossbar is not None:
                wires = sm.Crossbar.from_resistances(r, r_driver_wl=0.0, r_driver_bl=0.0)
                same = seconds(lambda: sm.solve(wires, v_wl, v_bl))
                other = seconds(lambda: badcrossbar.compute(v_wl[:, None], r, 1.0))
                line += f"; badcrossbar {other * 1e3:9.2f}: {other / same:6.1f} times (wanted 50)"
        found.append((size, ours))
        print(line, flush=True)
    large = [(s, t) for s, t in found if s >= 128]
    if len(large) > 1:
        slope = np.polyfit(np.log([s for s, _ in large]), np.log([t for _, t in large]), 1)[0]
        print(f"growth from 128 on: time as size^{slope:.2f} (cells as size^2)")


def many_reads(sizes: list[int], reads: int = 100) -> None:
    print(f"{reads} reads [ms]")
    for size in sizes:
        rng = np.random.default_rng(SEED)
        r, v_wl, v_bl = resistances(size, rng), rng.uniform(0, 0.3, (reads, size)), np.zeros(size)
        xbar = sm.Crossbar.from_resistances(r)
        sm.solve(xbar, v_wl[:2], v_bl)
        ours = seconds(lambda: sm.solve(xbar, v_wl, v_bl))
        plain = seconds(lambda: plain_splu(1 / r, v_wl))
        print(
            f"{size:5d}: sm.solve {ours * 1e3:9.2f}, splu and a loop {plain * 1e3:9.1f}: {plain / ours:5.1f} times (wanted 5)",
            flush=True,
        )


def two_threads(size: int = 256, reads: int = 64) -> None:
    rng = np.random.default_rng(SEED)
    xbar = sm.Crossbar.from_resistances(resistances(size, rng))
    v_wl, v_bl = rng.uniform(0, 0.3, (reads, size)), np.zeros(size)
    found = {}
    for threads in ("1", "2"):
        os.environ["SPICEMTJ_THREADS"] = threads
        found[threads] = seconds(lambda: sm.solve(xbar, v_wl, v_bl), 3.0, time.perf_counter)
    os.environ["SPICEMTJ_THREADS"] = "1"
    print(
        f"{reads} reads of {size}: two threads {found['1'] / found['2']:.2f} times one (wanted 1.6; load {os.getloadavg()[0]:.1f})"
    )


def devices(size: int) -> None:
    """Bias-dependent cells, writes, flips."""
    rng = np.random.default_rng(SEED)
    states = rng.choice([-1, 1], (size, size))
    ohmic = sm.Crossbar.from_resistances(resistances(size, rng))
    v_wl, v_bl = rng.uniform(0, 0.3, size), np.zeros(size)
    half = np.full(size, 0.3), np.full(size, 0.3)
    half[0][0], half[1][-1] = 0.6, 0.0
    base = seconds(lambda: sm.solve(ohmic, v_wl, v_bl))
    half_write = seconds(lambda: sm.solve(ohmic, *half)) / base
    print(f"{size}: ohmic read {base * 1e3:.3f} ms; as multiples of it: ohmic V/2 write {half_write:.2f} (wanted 1.5)", end="")
    mtjs = sm.Crossbar(size, size, states=states, variation={"ra": 0.1, "tmr": 0.1})
    mtj = seconds(lambda: sm.solve(mtjs, v_wl, v_bl))
    write = seconds(lambda: sm.solve(mtjs, *half))
    solver = Solver(mtjs)
    solver.solve(*half, None, warm=True)

    def flip() -> None:
        states[tuple(rng.integers(0, size, 2))] *= -1
        solver.solve(*half, None, states, warm=True)

    print(
        f", MTJ read {mtj / base:.2f} (wanted 4), MTJ write {write / base:.2f}, the same after one flip {seconds(flip) / base:.2f}",
        end="",
    )
    for cell in ("1T1R", "1S1R"):
        xbar = sm.Crossbar(size, size, states=states, cell=cell)
        print(f", {cell} read {seconds(lambda xbar=xbar: sm.solve(xbar, v_wl + 0.3, v_bl)) / base:.1f}", end="")
    print(flush=True)


def effective(size: int = 128, flips: int = 1000) -> None:
    rng = np.random.default_rng(SEED)
    r = rng.choice([4e3, 10e3], (size, size))
    xbar = sm.Crossbar.from_resistances(r)
    ours = seconds(lambda: sm.effective_conductance(xbar))

    def by_splu() -> Array:
        v = plain_splu(1 / r, np.eye(size))[-size:]
        return v.T / 51.0

    plain = seconds(by_splu)
    error = np.abs(by_splu() - sm.effective_conductance(xbar)).max()
    kept = EffectiveConductance.of(xbar)
    kept.set(0, 0, 1 / r[0, 0] + 1e-6)
    start = time.process_time()
    for _ in range(flips):
        i, j = rng.integers(0, size, 2)
        kept.set(i, j, 1e-4 if kept.g[i, j] > 2e-4 else 2.5e-4)
    update = (time.process_time() - start) / flips
    with np.errstate(divide="ignore"):
        true = sm.effective_conductance(sm.Crossbar.from_resistances(1 / kept.g))
    drift = np.abs(kept.conductance - true).max() / true.max()
    print(
        f"effective conductance at {size}: {ours * 1e3:.1f} ms, by one splu {plain * 1e3:.0f} ms: {plain / ours:.1f} times (wanted 5), "
        f"they differ by {error / true.max():.0e}; after a flip {update * 1e3:.2f} ms: {ours / update:.0f} times (wanted 50), "
        f"drift after {flips} flips {drift:.1e} (wanted 1e-9), solved afresh {kept.fresh} times"
    )


def hard_case(size: int, rng: np.random.Generator) -> tuple[sm.Crossbar, Array, Array]:
    """Wires of 0.01 to 100 ohm, cells of 100 ohm to 10 Mohm in one array, half of them open, half the lines floating."""
    r = 10 ** rng.uniform(2, 7, (size, size))
    r[rng.random(r.shape) < 0.5] = np.inf
    v_wl, v_bl = rng.uniform(-1, 1, size), rng.uniform(-1, 1, size)
    for lines in (v_wl, v_bl):
        lines[rng.permutation(size)[: size // 2]] = np.nan
    wires = dict(zip(("r_wl", "r_bl", "r_driver_wl", "r_driver_bl"), 10 ** rng.uniform(-2, 2, 4), strict=True))
    return sm.Crossbar.from_resistances(r, **wires), v_wl, v_bl


def hard_cases(cases: int, size: int = 128) -> None:
    worst_v = worst_i = slowest = 0.0
    for seed in range(cases):
        xbar, v_wl, v_bl = hard_case(size, np.random.default_rng(seed))
        start = time.process_time()
        got = sm.solve(xbar, v_wl, v_bl)
        slowest = max(slowest, time.process_time() - start)
        want = SparseLu(xbar).solve(v_wl, v_bl, None)
        for name in ("v_wl", "v_bl"):
            worst_v = max(worst_v, float(np.abs(getattr(got, name) - getattr(want, name)).max()))
        scale = np.abs(want.i_cell).max()
        for name in ("i_cell", "i_wl", "i_bl"):
            worst_i = max(worst_i, float(np.abs(getattr(got, name) - getattr(want, name)).max() / scale))
    print(
        f"{cases} hard cases at {size}: largest error {worst_v:.1e} V of 1 V, {worst_i:.1e} of the largest current (wanted 1e-9); "
        f"slowest {slowest * 1e3:.1f} ms"
    )


FIRST = """
import time; start = time.perf_counter()
import numpy as np, spicemtj as sm
xbar = sm.Crossbar.from_resistances(np.full((64, 64), 5e3))
v = np.full(64, 0.1), np.zeros(64)
sm.solve(xbar, *v); first = time.perf_counter() - start
start = time.perf_counter(); sm.solve(xbar, *v); print(first - (time.perf_counter() - start))
"""

LARGE = """
import resource, time, numpy as np, spicemtj as sm
size = 2048
xbar = sm.Crossbar.from_resistances(np.random.default_rng(1).uniform(4e3, 10e3, (size, size)))
v = np.random.default_rng(2).uniform(0, 0.3, size), np.zeros(size)
start = time.perf_counter(); sm.solve(xbar, *v)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def alone(program: str) -> list[float]:
    """What a Python of its own prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256, 512, 1024])
    parser.add_argument("--heavy", type=int, default=512, help="the largest size for the slow solvers")
    parser.add_argument("--cases", type=int, default=200, help="how many hard cases")
    arguments = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; Python "
        f"{platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}; one thread; seed {SEED}"
    )
    alone(FIRST)
    print(f"a process's first call: {min(alone(FIRST)[0] for _ in range(3)):.2f} s more, import included (wanted 1)")
    one_read(arguments.sizes, arguments.heavy)
    many_reads([size for size in (64, 128, 256, 512) if size <= arguments.heavy])
    two_threads()
    for size in (64, 128, 256):
        devices(size)
    effective()
    hard_cases(arguments.cases)
    took, memory = alone(LARGE)
    print(f"2048 x 2048: {took:.1f} s (wanted 10), {memory:.2f} GB (wanted 2)")
    print(f"load at the end {os.getloadavg()[0]:.1f}, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB")


if __name__ == "__main__":
    main()
