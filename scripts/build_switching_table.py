#!/usr/bin/env python3
"""Build models/switching.npz, the universal switching table, afresh: some minutes on two cores."""

from __future__ import annotations

import argparse
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="file to write; by default the one that is shipped")
    parser.add_argument("--workers", type=int, help="processes; by default one a core")
    options = parser.parse_args()

    from spicemtj import jobs, paths
    from spicemtj.device.switching import build as switching_build
    from spicemtj.device.switching import table as switching_table

    started = time.perf_counter()
    out = options.out or paths.models() / switching_table.FILE
    rows = jobs.run(
        switching_build.row, switching_build.tasks(), workers=options.workers, title="switching table", progress=True
    )
    switching_table.save(switching_build.assemble(rows), out)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
