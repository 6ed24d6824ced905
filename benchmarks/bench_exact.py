"""Whole trainings on the exact network beside the surrogate's, same configuration, same seed; every update compared.

python benchmarks/bench_exact.py [NAME [SEED [FOLDER]]]     NAME: breast-cancer (unless told) or digits

The exact run (engine "nodal") is saved in FOLDER under way and taken up again when the command is repeated; its result is a line of
FOLDER/exact.jsonl. At every pulse of the exact run the surrogate plays the same lines with the same random numbers in the same
states: `either`, `both` count the flips of one and of both of them. The surrogate then trains by itself, on its own reads.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

import spicemtj as sm
from spicemtj.surrogate.backend import SurrogateBackend
from spicemtj.surrogate.model import Surrogate
from spicemtj.training import backends, network
from spicemtj.training.checkpoint import Checkpoints

SPREAD = {"ra": 0.1, "tmr": 0.1, "hk": 0.1}
BASE = {
    "device": {"preset": "ref-pma-40", "cell": "1T1R", "variation": SPREAD},
    "wires": {"r_wl": "1 ohm", "r_bl": "1 ohm"},
}
CONFIGS: dict[str, dict[str, Any]] = {
    "breast-cancer": BASE
    | {
        "data": {"name": "breast-cancer"},
        "network": {"hidden": [16], "devices_per_weight": 4, "tile": 64},
        "rule": {"name": "two_array", "epochs": 30},
    },
    "digits": BASE
    | {
        "data": {"name": "digits"},
        "network": {
            "hidden": [128],
            "devices_per_weight": 1,
            "tile": 64,
            "reference": "column",
            "spread": 0.4,
            "output_spread": 4.0,
        },
        "rule": {"name": "rank_one", "epochs": 20, "column_rate": 0.6, "column_rate_end": 0.01},
    },
}
COUNTS = ("updates", "either", "both", "exact", "surrogate", "parted")


class Shadowed:
    """An array on the exact network, and beside it one of the surrogate that is kept in the same states and asked at every pulse.

    counts: updates (pulses), flips of either, of both, of the exact network and of the surrogate, updates that part. first: the number of
    the first update that parts, -1 for none yet.
    """

    clock: ClassVar[float] = 0.0  # seconds that the shadows of all arrays took
    arrays: ClassVar[list[Shadowed]] = []

    def __init__(self, exact: Any, shadow: SurrogateBackend):
        self.exact, self.shadow, self.spec = exact, shadow, exact.spec
        self.counts, self.first = np.zeros(len(COUNTS), dtype=np.int64), np.full(1, -1)
        Shadowed.arrays.append(self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.exact, name)  # states, reads and the rest are the exact array's

    def pulse(self, rows: Any, cols: Any, towards: int, number: int, grades: Any = None) -> Any:
        """The exact network's flips."""
        ours = self.exact.pulse(rows, cols, towards, number)
        start = time.perf_counter()
        theirs = np.sort(self.shadow.pulse(rows, cols, towards, number))
        both = np.intersect1d(ours, theirs, assume_unique=True).size
        parted = both < max(ours.size, theirs.size)
        if parted:
            self.shadow.restore(self.exact.states)
            if self.first[0] < 0:
                self.first[0] = self.counts[0]
        self.counts += (1, ours.size + theirs.size - both, both, ours.size, theirs.size, parted)
        Shadowed.clock += time.perf_counter() - start
        return ours

    def snapshot(self) -> dict[str, Any]:
        """For a checkpoint."""
        shadow = {f"shadow_{name}": value for name, value in self.shadow.snapshot().items()}
        return {"states": self.exact.states.copy(), "counts": self.counts.copy(), "first": self.first.copy()} | shadow

    def resume(self, saved: Any) -> None:
        """Take up a `snapshot`."""
        self.exact.restore(np.asarray(saved["states"]))
        self.counts[:], self.first[:] = saved["counts"], saved["first"]
        self.shadow.resume({name[7:]: value for name, value in saved.items() if name.startswith("shadow_")})


def compare(name: str, seed: int, folder: Path) -> dict[str, Any]:
    """Both trainings, and what they have in common."""
    config, started, cpu = CONFIGS[name], os.getloadavg()[0], time.process_time()
    surrogate = Surrogate.shipped("ref-pma-40", "1T1R")
    network.make = lambda engine, spec: Shadowed(backends.make(engine, spec), SurrogateBackend(spec, surrogate))
    saved = Checkpoints(folder / f"exact-{name}-{seed}.h5", seconds=60.0)
    exact = sm.train(config, engine="nodal", seed=seed, checkpoint=saved, progress=lambda line: print(line, flush=True))
    network.make = backends.make
    if exact.interrupted:
        sys.exit("interrupted; the same command goes on from here")
    cpu = time.process_time() - cpu
    theirs = sm.train(config, engine="surrogate", seed=seed, software=False)
    counts = dict(zip(COUNTS, np.sum([a.counts for a in Shadowed.arrays], axis=0).tolist(), strict=True))
    first = {f"array{k}": int(a.first[0]) for k, a in enumerate(Shadowed.arrays)}
    apart = np.flatnonzero((exact.trace["flips"] != theirs.trace["flips"]).any(axis=1))
    seconds = exact.seconds - Shadowed.clock
    return {
        "name": name,
        "seed": seed,
        "exact": exact.test_accuracy,
        "surrogate": theirs.test_accuracy,
        "software": exact.software_test_accuracy,
        "exact_by_epoch": np.round(exact.epochs["test_accuracy"], 4).tolist(),
        "surrogate_by_epoch": np.round(theirs.epochs["test_accuracy"], 4).tolist(),
        "samples": exact.samples,
        "updates": counts,
        "parted_share": (counts["either"] - counts["both"]) / max(counts["either"], 1),
        "first_update_parted": first,
        "first_sample_apart": int(apart[0]) if apart.size else None,
        "flips_of_runs": [int(run.trace["flips"].sum()) for run in (exact, theirs)],
        "seconds": seconds,
        "milliseconds_per_sample": 1e3 * seconds / exact.samples,
        "processor_seconds": cpu,  # of this process alone, shadows included: less than all where the run was taken up
        "resumed": exact.resumed,
        "surrogate_milliseconds_per_sample": 1e3 * theirs.seconds / theirs.samples,
        "load": [started, os.getloadavg()[0]],
        "machine": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        "versions": {"spicemtj": sm.__version__, "numpy": np.__version__, "python": platform.python_version()},
    }


def main() -> None:
    name, seed, place = [*sys.argv[1:], *("breast-cancer", "1", "")[len(sys.argv) - 1 :]]
    if name not in CONFIGS or not seed.isdigit():
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as unkept:
        run(name, int(seed), Path(place or unkept))


def run(name: str, seed: int, folder: Path) -> None:
    """One comparison, unless its line is in the folder already."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = folder / "exact.jsonl"
    done = [json.loads(line) for line in lines.read_text().splitlines()] if lines.exists() else []
    found = next((line for line in done if (line["name"], line["seed"]) == (name, seed)), None)
    if found is None:
        found = compare(name, seed, folder)
        with lines.open("a") as file:
            file.write(json.dumps(found) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
