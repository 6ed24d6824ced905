#!/usr/bin/env python3
"""ngspice's speeds: a read in a session and in processes, 10,000 solves in a session and its memory, a batch on a pool, Python's share."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from spicemtj import Crossbar, Write
from spicemtj.circuit.deck import operating_point_deck
from spicemtj.engines import pool
from spicemtj.engines.locate import find_ngspice
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.engines.process import Stop, Workplace
from spicemtj.engines.runs import Runner
from spicemtj.randomness import cell_uniforms

SEED = 1


def seconds(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """The best and the median of some runs."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found), float(np.median(found))


def array(size: int) -> Crossbar:
    return Crossbar(size, size, states=np.random.default_rng(SEED).choice([-1, 1], (size, size)))


def reads(sizes: list[int]) -> None:
    """One read of MTJs with other volts and 1 % of the states flipped each time."""
    rng = np.random.default_rng(SEED)
    with NgspiceEngine(mode="session") as session:
        process = NgspiceEngine(mode="process")
        for size in sizes:
            xbar = array(size)

            def read(engine: NgspiceEngine, size: int = size) -> None:
                nonlocal xbar
                xbar = xbar.with_states(xbar.states * rng.choice([-1, 1], xbar.shape, p=[0.01, 0.99]))
                engine.solve(xbar, rng.uniform(0, 0.3, size), np.zeros(size))

            read(session)
            kept, kept_median = seconds(lambda: read(session), 200 if size <= 32 else 20)
            own, own_median = seconds(lambda: read(process), 20 if size <= 32 else 5)
            print(
                f"{size} x {size} read: session {1e3 * kept:.2f} ms (median {1e3 * kept_median:.2f}), "
                f"process {1e3 * own:.1f} ms (median {1e3 * own_median:.1f}): {own / kept:.1f} times faster"
            )


def long_session(solves: int, size: int) -> None:
    """Memory of a session's process over many solves."""
    rng, xbar = np.random.default_rng(SEED), array(size)
    with NgspiceEngine(mode="session") as engine:
        marks = {round(solves * part) for part in (0.05, 0.25, 0.5, 0.75, 1.0)}
        start = time.perf_counter()
        for k in range(1, solves + 1):
            if k % 10 == 0:
                xbar = xbar.with_states(xbar.states * rng.choice([-1, 1], xbar.shape, p=[0.01, 0.99]))
            engine.solve(xbar, rng.uniform(0, 0.3, size), np.zeros(size))
            if k in marks and engine._session is not None:
                print(f"  after {k} solves: {engine._session.memory() / 1e6:.2f} MB")
        spent = time.perf_counter() - start
        print(f"{solves} solves of {size} x {size} in a session: {1e3 * spent / solves:.2f} ms each")


def many(count: int, size: int) -> None:
    """Decks on a pool of one and of two processes."""
    rng, xbar = np.random.default_rng(SEED), array(size)
    decks = [operating_point_deck(xbar, rng.uniform(0, 0.3, size), np.zeros(size)) for _ in range(count)]
    one, two = (seconds(lambda w=workers: pool.run_all(decks, workers=w), 1)[0] for workers in (1, 2))
    print(f"{count} decks of {size} x {size}: one process {one:.2f} s, two {two:.2f} s: {one / two:.2f} times faster")


@contextmanager
def inside() -> Iterator[list[float]]:
    """The seconds that ngspice's own runs take, one number for each."""
    spent, run = [], Workplace.run

    def timed(place: Workplace, *rest: float | Stop) -> object:
        begun = time.perf_counter()
        outcome = run(place, *rest)  # type: ignore[arg-type]
        spent.append(time.perf_counter() - begun)
        return outcome

    Workplace.run = timed  # type: ignore[method-assign, assignment]
    try:
        yield spent
    finally:
        Workplace.run = run  # type: ignore[method-assign]


def write(size: int) -> None:
    """A V/2 write of one cell with compiled devices, deck and answers included."""
    xbar = array(size)
    drive = Write("V/2", row=size // 2, col=size // 2, volts=1.0, seconds=5e-9).drive(xbar)
    with inside() as spent:
        begun = time.perf_counter()
        result = NgspiceEngine(device="compiled", mode="process").write(xbar, drive, cell_uniforms(SEED, xbar.shape)[None])
        whole = time.perf_counter() - begun
    print(
        f"{size} x {size} V/2 write, compiled devices, 1.0 V, 5 ns: {whole:.1f} s, of which the transient {spent[-1]:.1f} s, other runs of "
        f"ngspice {sum(spent[:-1]):.1f} s, Python {whole - sum(spent):.2f} s ({100 * (1 - sum(spent) / whole):.0f} %); "
        f"{result.flipped.sum()} flips; load {os.getloadavg()[0]:.1f}"
    )


def share(sizes: list[int]) -> None:
    """What `solve` spends outside of ngspice: deck, rawfile, the way to a Solution."""
    rng = np.random.default_rng(SEED)
    with inside() as spent:
        engine = NgspiceEngine(mode="process")
        for size in sizes:
            xbar, shares = array(size), []
            for _ in range(3):
                spent.clear()
                begun = time.perf_counter()
                engine.solve(xbar, rng.uniform(0, 0.3, size), np.zeros(size))
                shares.append((time.perf_counter() - begun - sum(spent), sum(spent)))
            python, ngspice = min(shares)
            print(f"{size} x {size} read in a process: Python {1e3 * python:.0f} ms beside {1e3 * ngspice:.0f} ms of ngspice")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 16, 32, 64], help="arrays of the reads")
    parser.add_argument("--solves", type=int, default=10_000, help="solves of the long session")
    parser.add_argument("--size", type=int, default=16, help="array of the long session")
    arguments = parser.parse_args()
    ngspice = find_ngspice()
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{machine}; ngspice {ngspice.text}, KLU {ngspice.klu}, OSDI {ngspice.osdi}; Python {platform.python_version()}")
    pool.run_all(["* warm\nv1 a 0 1\nr1 a 0 1\n.op\n.end\n"], Runner())
    reads(arguments.sizes)
    share([64, 128])
    write(128)
    many(24, 64)
    long_session(arguments.solves, arguments.size)


if __name__ == "__main__":
    main()
