#!/usr/bin/env python3
"""The device's speeds: compiled against behavioural in ngspice, LLG, and the switching law of a new parameter set and of many cells."""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable

import numpy as np

from spicemtj import Crossbar, Mtj, Variation, Write
from spicemtj.circuit.deck import write_deck
from spicemtj.device.reference import macrospin
from spicemtj.engines.locate import find_ngspice
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.randomness import cell_uniforms

SEED = 1


def seconds(work: Callable[[], object], repeats: int = 1) -> float:
    """The best of some runs."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def transients(size: int) -> None:
    """A V/2 write of a whole array, every cell with an integrator: the same deck with either device."""
    states = np.random.default_rng(SEED).choice([-1, 1], (size, size))
    xbar = Crossbar(size, size, states=states, variation={"ra": 0.1, "hk": 0.1}, seed=SEED)
    drive = Write("V/2", row=size // 2, col=size // 2, volts=1.2, seconds=5e-9).drive(xbar)
    u = cell_uniforms(SEED, xbar.shape)[None]
    times, flips = {}, {}
    for device in ("compiled", "behavioural"):
        engine = NgspiceEngine(device=device)
        deck = write_deck(xbar, drive, u, junctions=engine.junctions(xbar))
        begun = time.perf_counter()
        waves = engine.simulate(deck)
        times[device] = time.perf_counter() - begun
        flips[device] = np.array([bool(node) and waves[f"v({node})"][-1] >= 1 for node in deck.names.progress])
    same = np.array_equal(flips["compiled"], flips["behavioural"])
    ratio = times["behavioural"] / times["compiled"]
    print(
        f"{size} x {size} write transient: compiled {times['compiled']:.2f} s, behavioural {times['behavioural']:.2f} s: "
        f"{ratio:.1f} times faster; {flips['compiled'].sum()} flips, {'the same' if same else 'DIFFERENT'} cells"
    )


def llg() -> None:
    """10,000 trials of 10 ns at 1 ps."""
    mtj = Mtj.preset("ref-pma-40")
    macrospin.simulate(mtj, 0.3, 1e-11, 1, 512, SEED, dt=1e-12)  # compiled before
    found = seconds(lambda: macrospin.simulate(mtj, 0.3, 1e-8, 1, 10_000, SEED, dt=1e-12), 3)
    print(f"LLG, 10,000 trials of 10 ns at 1 ps: {found:.2f} s")


def law() -> None:
    """P of a new parameter set, and of an array of devices with parameters of their own."""
    volts, widths = np.linspace(0.05, 1.0, 40), np.geomspace(1e-10, 1e-6, 60)
    Mtj.preset("ref-hir-20").switching_probability(volts[:, None], widths, 1)  # tables loaded, compiled before
    new = Mtj.preset("ref-pma-40", diameter=36e-9, temperature=320.0)
    print(
        f"law of a new set, 40 voltages x 60 widths: {seconds(lambda: new.switching_probability(volts[:, None], widths, 1)):.3f} s"
    )
    odd = Mtj.preset("ref-pma-40", mu0_hoff=0.013, vcma=4e-14)
    print(
        "the same with offset field and VCMA, outside the universal table: "
        f"{seconds(lambda: odd.switching_probability(volts[:, None], widths, 1)):.3f} s"
    )
    cells = new.vary((10_000,), Variation(diameter=0.03, ra=0.05, tmr=0.05, hk=0.05), SEED)
    grid, short = volts[:, None, None], widths[::6][None, :, None]
    print(f"10,000 cells, 40 voltages x 10 widths each: {seconds(lambda: cells.switching_probability(grid, short, 1)):.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 32, 64], help="arrays of the transients")
    arguments = parser.parse_args()
    ngspice = find_ngspice()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; ngspice {ngspice.version}"
    )
    for size in arguments.sizes:
        transients(size)
    llg()
    law()


if __name__ == "__main__":
    main()
