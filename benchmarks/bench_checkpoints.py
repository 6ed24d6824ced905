"""Ten kills of one training (SIGKILL at random moments), taken up each time, beside the undisturbed one; and what saving costs.

python benchmarks/bench_checkpoints.py [KILLS] [SEED]
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from spicemtj.results import Result, read

CONFIG = """
[data]
name = "breast-cancer"
[network]
hidden = [16]
devices_per_weight = 16
[device]
variation = { ra = 0.1, tmr = 0.1, hk = 0.1 }
[rule]
epochs = 30
"""
CLOCK = {"seconds", "milliseconds_per_sample", "checkpoint/seconds"}


def command(config: Path, out: Path) -> list[str]:
    flags = ["--out", str(out), "--checkpoint", "0.2", "--keep-every", "4000", "--json"]
    return [sys.executable, "-m", "spicemtj", "train", str(config), *flags]


def leaves(tree: dict, before: str = "") -> dict:
    found = {}
    for name, node in tree.items():
        found |= leaves(node, f"{before}{name}/") if isinstance(node, dict) else {f"{before}{name}": node.value}
    return found


def differences(one: Result, two: Result) -> list[str]:
    """The names of what differs, beside the clock's figures."""
    ours, theirs = leaves(one.data) | one.summary, leaves(two.data) | two.summary
    return [n for n in ours.keys() | theirs.keys() if n not in CLOCK and not _same(ours.get(n), theirs.get(n))]


def _same(a: object, b: object) -> bool:
    return type(a) is type(b) and bool(np.all(np.asarray(a) == np.asarray(b)))


def main(kills: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    print(f"load {os.getloadavg()[0]:.2f}, {len(os.sched_getaffinity(0))} cores, kills {kills}, seed {seed} of their moments")
    with tempfile.TemporaryDirectory() as folder:
        config, whole, path = (Path(folder) / name for name in ("c.toml", "whole.h5", "run.h5"))
        config.write_text(CONFIG)
        begun = time.perf_counter()
        answer = json.loads(subprocess.run(command(config, whole), check=True, capture_output=True, text=True).stdout)
        length = time.perf_counter() - begun
        share = answer["saving"] / answer["seconds"]
        print(f"undisturbed: {answer['seconds']:.2f} s of training, {length:.2f} s in all, saving {100 * share:.2f} %")
        done, start = 0, length - answer["seconds"]
        while done < kills:
            process = subprocess.Popen(command(config, path), stdout=subprocess.DEVNULL)
            time.sleep(0.8 * start + rng.uniform(0, 0.3) * answer["seconds"])
            if process.poll() is not None:
                print("a run ended before its kill: once more from the start")
                path.unlink()
                continue
            process.send_signal(signal.SIGKILL)
            process.wait()
            done += 1
            step = int(read(path).value("checkpoint/step")) if path.exists() else 0
            print(f"kill {done}: the file stands at sample {step}", flush=True)
        answer = json.loads(subprocess.run(command(config, path), check=True, capture_output=True, text=True).stdout)
        found = differences(read(whole), read(path))
        print(f"taken up at {answer['resumed']}, {answer['samples']} samples; differing: {found or 'nothing'}")


if __name__ == "__main__":
    main(*(int(a) for a in [*sys.argv[1:], *("10", "1")[len(sys.argv) - 1 :]]))
