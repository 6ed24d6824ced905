"""Every benchmark of this folder in one run, one after the other, and what they print as a page.

python benchmarks/all.py [--only reads devices ...] [--page docs/benchmarks.md]
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = ("spicemtj", "numpy", "scipy", "numba", "badcrossbar", "torch")


def machine() -> list[str]:
    """The processor, its cores, what it has to do besides, and the versions."""
    info = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{name} not installed")
    return [
        f"{names[0] if names else platform.machine()}, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f} at the start",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}; {', '.join(found)}",
    ]


def run(file: Path) -> tuple[str, str]:
    """What a benchmark is for, and what it prints, line by line as it comes."""
    purpose = file.read_text().split('"""')[1].strip().splitlines()[0]
    print(f"== {file.name}", flush=True)
    begun, lines = time.perf_counter(), []
    # threads of the linear algebra would count for more than one core in the processor's time
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen([sys.executable, str(file)], stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode:
        raise SystemExit(f"{file.name} failed with exit code {process.returncode}")
    return purpose, "".join(lines) + f"({time.perf_counter() - begun:.0f} s in all)\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=None, metavar="NAME", help="bench_NAME.py alone")
    parser.add_argument("--page", default=None, help="a Markdown page to write")
    arguments = parser.parse_args()
    files = sorted(HERE.glob("bench_*.py"))
    if arguments.only is not None:
        files = [file for file in files if file.stem.removeprefix("bench_") in arguments.only]
    head = machine()
    print("\n".join(head))
    page = [
        "# Benchmarks",
        "",
        "What `make bench` printed, put here by `benchmarks/all.py`. Figures are ratios within one run where they can be.",
        "",
        f"{datetime.date.today()}. " + " ".join(f"{line}." for line in head),
        "",
    ]
    for file in files:
        purpose, text = run(file)
        page += [f"## {file.stem.removeprefix('bench_')}", "", purpose, "", f"    python benchmarks/{file.name}", ""]
        page += ["```", text.rstrip(), "```", ""]
        if arguments.page is not None:  # after each, so that an interrupt loses none
            Path(arguments.page).write_text("\n".join(page))


if __name__ == "__main__":
    main()
