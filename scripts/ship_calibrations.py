#!/usr/bin/env python3
"""Make the calibrations that ship in models/ afresh, on ngspice (the large one on the exact network): some minutes on two cores."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

COMMON: dict[str, Any] = {
    "sizes": [4, 8, 16, 32, 64],
    "r_driver": [10.0, 100.0],
    "spread": 0.1,
    "switching": 16,
    "held_out": 0.4,
    "seed": 1,
}
PLANS: dict[str, dict[str, Any]] = {
    "ref-pma-40-1T1R": {"device": "ref-pma-40", "cell": "1T1R", "volts": [0.3, 1.3], "reads": 40, "writes": 100},
    # for studies of long lines (`[surrogate] path`); its reads are as rough as its misfit says: read such arrays by the exact network
    "ref-pma-40-1T1R-large": {
        "device": "ref-pma-40",
        "cell": "1T1R",
        "sizes": [4, 8, 16, 32, 64, 128, 256],
        "r_wire": [0.3, 10.0],
        "spread": 0.2,
        "volts": [0.3, 1.3],
        "reads": 40,
        "writes": 60,
        "engine": "nodal",
    },
    "ref-hir-20-1R": {"device": "ref-hir-20", "cell": "1R", "volts": [0.3, 1.5], "reads": 40, "writes": 100},
    # passive arrays of a low-resistance device sink their lines: beyond 32 lines the model's two sweeps are not enough
    "ref-pma-40-1R": {
        "device": "ref-pma-40",
        "cell": "1R",
        "sizes": [4, 8, 16, 32],
        "volts": [0.1, 0.9],
        "reads": 40,
        "writes": 100,
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which (default all): {', '.join(PLANS)}")
    parser.add_argument("--folder", type=Path, help="where to; by default models/")
    parser.add_argument("--workers", type=int, help="processes; by default one a core")
    options = parser.parse_args()

    from spicemtj import paths
    from spicemtj.surrogate.calibrate import calibrate

    folder = options.folder or paths.models()
    for name in options.names or PLANS:
        plan = {"engine": "ngspice"} | COMMON | PLANS[name]
        engine = plan.pop("engine")
        save = folder / f"calibration-{name}.h5"
        surrogate = calibrate(plan, engine=engine, workers=options.workers, progress=True, save=save)
        print(name, *(f"{k} {v:.4g}" for k, v in surrogate.misfit.items()), sep="\n  ")


if __name__ == "__main__":
    main()
