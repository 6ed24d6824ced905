#!/usr/bin/env python3
"""Reads of whole arrays: the nodal engine through `sm.solve`, against sparse LU of the same network and badcrossbar, in one run.

Times are seconds of processor time; a ratio is one of medians, ours run both before and after the other, so that what else the machine
does weighs on both. The run over two threads is timed by the clock. badcrossbar is an extra: pip install 'spicemtj[bench]'.
"""

# ruff: noqa: B023 -- every function that is timed runs within its turn of the loop

from __future__ import annotations

import argparse
import logging
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["SPICEMTJ_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import numpy as np
from growth import show_growth
from hard_cases import errors, hard_case
from plain_lu import plain_splu, residual
from timing import beside, machine, runs, seconds, version

import spicemtj as sm
from spicemtj.engines.grid.update import EffectiveConductance
from spicemtj.engines.lu import SparseLu
from spicemtj.engines.nodal import Solver
from spicemtj.jobs import processors

try:
    import badcrossbar

    logging.getLogger("badcrossbar").setLevel(logging.WARNING)
except ImportError:
    badcrossbar = None

HOME = Path(__file__).parents[1]
SEED = 1
SIZES = [64, 128, 256, 512, 1024]
WANTED = {64: 20, 128: 80, 256: 120, 512: 100}
Array = np.ndarray


def resistances(size: int, rng: np.random.Generator) -> Array:
    return rng.uniform(4e3, 10e3, (size, size))


def one_read(sizes: list[int], heavy: int) -> dict[str, dict[int, float]]:
    """Seconds of each solver by size."""
    print("one read, all node voltages [ms]; ratios: how many times faster sm.solve is")
    found: dict[str, dict[int, float]] = {"sm.solve": {}, "splu": {}, "badcrossbar": {}}
    for size in sizes:
        rng = np.random.default_rng(SEED)
        r, v_wl, v_bl = resistances(size, rng), rng.uniform(0, 0.3, size), np.zeros(size)
        xbar = sm.Crossbar.from_resistances(r)
        error = residual(xbar, sm.solve(xbar, v_wl, v_bl), v_wl)
        if size > heavy:
            ours = found["sm.solve"][size] = statistics.median(runs(lambda: sm.solve(xbar, v_wl, v_bl), 2.0))
            print(f"{size:5d}: sm.solve {ours * 1e3:8.3f}, residual {error:.0e}", flush=True)
            continue
        ours, plain = beside(lambda: sm.solve(xbar, v_wl, v_bl), lambda: plain_splu(1 / r, v_wl[None]))
        found["sm.solve"][size], found["splu"][size] = ours, plain
        line = (
            f"{size:5d}: sm.solve {ours * 1e3:8.3f}, residual {error:.0e}, splu {plain * 1e3:9.2f}: {plain / ours:6.1f} times"
        )
        if size in WANTED:
            line += f" (wanted {WANTED[size]})"
        if badcrossbar is not None:
            wires = sm.Crossbar.from_resistances(r, r_driver_wl=0.0, r_driver_bl=0.0)
            same, other = beside(lambda: sm.solve(wires, v_wl, v_bl), lambda: badcrossbar.compute(v_wl[:, None], r, 1.0))
            found["badcrossbar"][size] = other
            line += f"; badcrossbar {other * 1e3:9.2f}: {other / same:6.1f} times (wanted 50)"
        print(line, flush=True)
    return found


def many_reads(sizes: list[int], reads: int = 100) -> dict[str, dict[int, float]]:
    """Seconds a read, ours and by one factorisation, by size."""
    print(f"{reads} reads [ms]")
    found: dict[str, dict[int, float]] = {f"sm.solve, {reads} reads": {}, f"splu, {reads} reads": {}}
    for size in sizes:
        rng = np.random.default_rng(SEED)
        r, v_wl, v_bl = resistances(size, rng), rng.uniform(0, 0.3, (reads, size)), np.zeros(size)
        xbar = sm.Crossbar.from_resistances(r)
        sol, want = sm.solve(xbar, v_wl, v_bl), plain_splu(1 / r, v_wl)
        m = size * size
        error = max(
            np.abs(sol.v_wl.reshape(reads, m).T - want[:m]).max(), np.abs(sol.v_bl.reshape(reads, m).T - want[m:]).max()
        )
        del sol, want
        ours, plain = beside(lambda: sm.solve(xbar, v_wl, v_bl), lambda: plain_splu(1 / r, v_wl))
        for times, each in zip(found.values(), (ours, plain), strict=True):
            times[size] = each / reads
        print(
            f"{size:5d}: sm.solve {ours * 1e3:9.2f}, splu and a loop {plain * 1e3:9.1f}: {plain / ours:5.1f} times (wanted 5); they "
            f"differ by {error / 0.3:.0e} of the largest voltage",
            flush=True,
        )
    return found


def two_threads(size: int = 256, reads: int = 64) -> None:
    rng = np.random.default_rng(SEED)
    xbar = sm.Crossbar.from_resistances(resistances(size, rng))
    v_wl, v_bl = rng.uniform(0, 0.3, (reads, size)), np.zeros(size)
    found: dict[str, list[float]] = {"1": [], "2": []}
    for _ in range(12):
        for threads, took in found.items():
            os.environ["SPICEMTJ_THREADS"] = threads
            took += runs(lambda: sm.solve(xbar, v_wl, v_bl), 0.0, time.perf_counter)
    os.environ["SPICEMTJ_THREADS"] = "1"
    ratio = min(found["1"]) / min(found["2"])
    print(
        f"{reads} reads of {size}: two threads {ratio:.2f} times one (wanted 1.6, on a quiet machine; load {os.getloadavg()[0]:.1f})"
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


def one_hard_case(seed: int, size: int = 128) -> tuple[float, float, float]:
    """Largest errors of voltages and currents against `splu`, and ms."""
    xbar, v_wl, v_bl = hard_case(size, seed)
    start = time.process_time()
    got = sm.solve(xbar, v_wl, v_bl)
    took = time.process_time() - start
    return *errors(got, SparseLu(xbar).solve(v_wl, v_bl, None)), took * 1e3


def hard_cases(cases: int, size: int = 128) -> None:
    one_hard_case(0, 8)  # compiles what is not, before processes part
    with ProcessPoolExecutor(processors()) as pool:
        volts, amperes, took = zip(*pool.map(one_hard_case, range(cases)), strict=True)
    failing = sum(not max(pair) < 1e-9 for pair in zip(volts, amperes, strict=True))
    print(
        f"{cases} hard cases at {size}: {failing} failing; largest error {max(volts):.1e} V of 1 V, {max(amperes):.1e} of the largest "
        f"current (wanted 1e-9); {statistics.median(took):.1f} ms in the middle, {max(took):.1f} ms the slowest",
        flush=True,
    )


FIRST = """
import time; start = time.process_time()
import numpy as np, spicemtj as sm
xbar = sm.Crossbar.from_resistances(np.full((64, 64), 5e3))
v = np.full(64, 0.1), np.zeros(64)
sm.solve(xbar, *v); first = time.process_time() - start
start = time.process_time(); sm.solve(xbar, *v); print(first - (time.process_time() - start))
"""

LARGE = """
import resource, time, numpy as np, spicemtj as sm
size = 2048
xbar = sm.Crossbar.from_resistances(np.random.default_rng(1).uniform(4e3, 10e3, (size, size)))
v = np.random.default_rng(2).uniform(0, 0.3, size), np.zeros(size)
clock, start = time.perf_counter(), time.process_time(); sm.solve(xbar, *v)
print(time.process_time() - start, time.perf_counter() - clock, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def alone(program: str) -> list[float]:
    """What a Python of its own prints."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--heavy", type=int, default=512, help="the largest size for the slow solvers")
    parser.add_argument("--cases", type=int, default=200, help="how many hard cases")
    parser.add_argument(
        "--plot", type=Path, default=None, help="where to draw the growth; docs/nodal-speed.png for the sizes by default"
    )
    arguments = parser.parse_args()
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "numba", "badcrossbar"))
    print(
        f"{machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, {versions}; one "
        f"thread; seed {SEED}"
    )
    alone(FIRST)
    print(f"a process's first call: {min(alone(FIRST)[0] for _ in range(3)):.2f} s more, import included (wanted 1)")
    # early, since the largest memory of a process counts from its parent's
    took, clock, memory = alone(LARGE)
    print(f"2048 x 2048: {took:.1f} s (wanted 10), {clock:.1f} s by the clock, {memory:.2f} GB (wanted 2)")
    found = one_read(arguments.sizes, arguments.heavy)
    found |= many_reads([size for size in (64, 128, 256, 512) if size <= arguments.heavy and size in arguments.sizes])
    plot = arguments.plot
    if plot is None and arguments.sizes == SIZES:
        plot = HOME / "docs" / "nodal-speed.png"
    show_growth(found, plot)
    two_threads()
    for size in (64, 128, 256):
        devices(size)
    effective()
    hard_cases(arguments.cases)
    print(f"load at the end {os.getloadavg()[0]:.1f}, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB")


if __name__ == "__main__":
    main()
