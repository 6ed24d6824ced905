"""A training on the surrogate, killed or not; then some of its samples once more, with the exact circuit beside it, cell by cell."""

import tempfile
from pathlib import Path

import spicemtj as sm
from spicemtj.training.checkpoint import Checkpoints
from spicemtj.training.replay import replay

config = {
    "data": {"name": "breast-cancer"},
    "network": {"hidden": [4], "devices_per_weight": 4, "tile": 16},
    "rule": {"epochs": 2, "column_rate": 1.0},
}

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "run.h5"
    # the file is written under way; the same call goes on from it if it was killed
    run = sm.train(config, seed=1, checkpoint=Checkpoints(path, seconds=10, keep_every=300))
    print(
        f"{run.samples} samples, test accuracy {100 * run.test_accuracy:.1f} %, saving took {100 * run.saving / run.seconds:.1f} %"
    )

    done = replay(path, (600, 640), engine="nodal", layer=0, tile=1)
    s = done.summary
    print(f"the recorded training: {'the same bits' if s['same_as_recorded'] else 'not the same'}")
    print(
        f"{s['updates']} pulses on tile 1: volts differ by {1e3 * s['volts_rms']:.3f} mV rms, probabilities by {s['p_rms']:.1e}"
    )
    print(f"flips: surrogate {s['leader_flips']}, circuit {s['follower_flips']}, both {s['same_flips']}")
    for cell in done.worst(3):
        print(
            f"{cell['array']} ({cell['row']}, {cell['col']}): P differs by {cell['p_rms']:.1e} rms over {cell['pulses']:.0f} pulses"
        )

    better = done.calibrated()  # spicemtj replay run.h5 ... --calibrate new.h5 does the same
    print(
        f"fitted to this stretch, volts on pulses that the fit has not seen: {1e6 * better.misfit['before_volts_rms']:.2f} -> "
        f"{1e6 * better.misfit['volts_rms']:.2f} uV rms"
    )
