"""The main job, end to end: machine check, sneak paths in ngspice, a calibration, in-situ training, a circuit-accurate subset, a report.

`./scripts/run` does this. Everything lands in one folder (`spicemtj-run/`, or --out); a step whose file is there is done again only
with --fresh.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .errors import SpicemtjError
from .results import read
from .verbs.common import table

TILE = 16
PLAN: dict[str, Any] = {"sizes": [4, 8, 16], "reads": 20, "writes": 60, "switching": 10, "seed": 1}
SUBSET: dict[str, Any] = {"samples": 15, "after": 1000}


@dataclass(frozen=True)
class Step:
    """One part of the job: what it makes, and how."""

    name: str
    file: str
    make: Callable[[Path], None]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job; 0 when all steps ended well."""
    parser = argparse.ArgumentParser(prog="scripts/run", description=__doc__.splitlines()[0])
    parser.add_argument("--out", default="spicemtj-run", help="the folder of the results (default spicemtj-run)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="do every step again")
    args = parser.parse_args(argv)
    try:
        return run(Path(args.out), args.seed, args.fresh)
    except SpicemtjError as error:
        print(f"spicemtj: {' '.join(str(error).split())}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("spicemtj: interrupted; finished steps are kept, the same command goes on from there", file=sys.stderr)
        return 130


def run(out: Path, seed: int, fresh: bool) -> int:
    """All steps into the folder `out`."""
    from . import doctor
    from .figures import overview, save_png
    from .report import report

    begun = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    findings = doctor.examine()
    print(doctor.text(findings), flush=True)
    if not doctor.healthy(findings):
        return 1
    training = training_config(out, seed)
    steps = [
        Step("sneak paths in ngspice", "sneak.h5", _sneak),
        Step("a V/2 write in ngspice", "write.h5", lambda path: _write(path, seed)),
        Step("calibration on ngspice", "calibration.h5", lambda path: _calibrate(path, seed)),
        Step("training on digits, surrogate", "training.h5", lambda path: _train(path, training, seed)),
        Step("a subset of the training, ngspice beside", "comparison.h5", lambda path: _compare(path, seed)),
    ]
    spent = []
    for step in steps:
        path = out / step.file
        if path.exists() and not fresh:
            print(f"- {step.name}: {path} is there", flush=True)
            spent.append([step.name, "kept", str(path)])
            continue
        print(f"- {step.name} ...", flush=True)
        start = time.perf_counter()
        step.make(path)
        spent.append([step.name, f"{time.perf_counter() - start:.1f} s", str(path)])
    save_png(overview(*(read(out / f"{name}.h5") for name in ("write", "calibration", "training"))), out / "overview.png")
    page = report([out / step.file for step in steps], out / "report.html", "spicemtj: the main job")
    print("\n" + table(["step", "time", "file"], [*spent, ["report", "", str(page)]]))
    print("\n" + table(["figure", "value"], figures(out)))
    print(f"\n{time.perf_counter() - begun:.0f} s in all; open {page}")
    return 0


def training_config(out: Path, seed: int) -> dict[str, Any]:
    """The digits example on small tiles, under the calibration of this run."""
    from .config import read_toml
    from .paths import examples

    config = read_toml(examples() / "03_digits.toml")
    network = config.get("network", {}) | {"tile": TILE}
    return config | {"network": network, "surrogate": {"path": str(out / "calibration.h5")}, "seed": seed}


def _sneak(path: Path) -> None:
    from .sneak import READS, measure
    from .verbs.sneak import record

    reads = measure([2, 4, 8, 16, 32], READS, engine="ngspice", r_wl=0.0, r_bl=0.0, r_driver_wl=0.0, r_driver_bl=0.0)
    off = max(abs(x.sneak / x.closed_form - 1) for x in reads if x.scheme == "floating")
    config = {"device": "ref-pma-40", "volts": 0.1, "r_wire": 0.0, "r_driver": 0.0, "engine": "ngspice"}
    record(path, reads, config, {"largest_relative_deviation_from_closed_form": off})


def _write(path: Path, seed: int) -> None:
    """One cell of a passive array written by V/2, at a voltage that disturbs its lines' other cells, so that there is something to see."""
    from .api import write as play
    from .circuit.crossbar import Crossbar
    from .circuit.schemes import Write
    from .verbs.write import record

    states = np.random.default_rng(seed).choice([-1, 1], (TILE, TILE))
    xbar = Crossbar(TILE, TILE, states=states)
    pulse = Write("V/2", TILE // 2, TILE // 2, 0.6, 5e-9)
    record(path, xbar, pulse, play(xbar, pulse, engine="ngspice", seed=seed), "ngspice", seed)


def _calibrate(path: Path, seed: int) -> None:
    from .surrogate.calibrate import calibrate

    calibrate({**PLAN, "seed": seed}, progress=sys.stderr.isatty(), save=path)


def _train(path: Path, config: dict[str, Any], seed: int) -> None:
    from .training.train import train

    run = train(config, seed=seed, progress=lambda line: print(f"  {line}", flush=True))
    if run.interrupted:
        raise KeyboardInterrupt
    run.save(path)


def _compare(path: Path, seed: int) -> None:
    """A narrower network on the same data, so that every tile of every read and update can go through ngspice."""
    from .compare import compare
    from .config import read_toml
    from .paths import examples

    config = read_toml(examples() / "04_subset.toml") | {"surrogate": {"path": str(path.parent / "calibration.h5")}}
    compare(config, "ngspice", "surrogate", seed=seed, **SUBSET).save(path)


def figures(out: Path) -> list[list[str]]:
    """The one table of figures, from the files."""
    sneak, calibration = read(out / "sneak.h5", "sneak"), read(out / "calibration.h5", "calibration")
    training, comparison = read(out / "training.h5", "training"), read(out / "comparison.h5", "comparison")
    fit, run_, both = calibration.summary, training.summary, comparison.summary
    return [
        [
            "sneak current of floating reads, ngspice against closed form",
            f"{sneak.summary['largest_relative_deviation_from_closed_form']:.1e}",
        ],
        ["read currents on held-out circuits, rms of full scale", f"{fit['read_rms_of_full_scale']:.2%}"],
        ["flip probabilities on held-out circuits, rms", f"{fit['p_rms']:.4f} ({fit['p_cells']} cells)"],
        ["digits, in situ, test accuracy", f"{run_['test_accuracy']:.2%}"],
        ["digits, real-valued network of the same shape", f"{run_['software_test_accuracy']:.2%}"],
        ["surrogate training", f"{run_['milliseconds_per_sample']:.2f} ms a sample"],
        ["ngspice beside it: updates compared", str(both["updates"])],
        ["output currents, rms of the sense amplifiers' full scale", f"{both['current_rms_of_full_scale']:.2%}"],
        ["flip probabilities, rms", f"{both['p_rms']:.4f}"],
        ["flips that differ", f"{both['differing_share_of_flips']:.2%} of {both['leader_flips']}"],
        [f"circuit-accurate training, {TILE} x {TILE} tiles", f"{both['follower_seconds_per_sample']:.2f} s a sample"],
    ]


if __name__ == "__main__":
    sys.exit(main())
