#!/usr/bin/env python3
"""Renders spicemtj/device/equations.py for every target: formulas.py, models/mtj.lib, models/mtj.va. `--check` only says what has changed.

The C form of the Verilog-A model, models/mtj.c, is rendered too where the front end openvaf-py is installed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from spicemtj.device.emit.ngspice_target import NgspiceTarget
from spicemtj.device.emit.numpy_target import NumpyTarget
from spicemtj.device.emit.veriloga_target import VerilogATarget

ROOT = Path(__file__).resolve().parent.parent


def formatted(text: str) -> str:
    """Python text as this project's formatter leaves it."""
    command = [sys.executable, "-m", "ruff", "format", "--config", str(ROOT / "pyproject.toml"), "-"]
    return subprocess.run(command, input=text, text=True, capture_output=True, check=True).stdout


def render() -> dict[Path, str]:
    """Every file that this script writes, with its text."""
    targets = (NumpyTarget(), NgspiceTarget(), VerilogATarget())
    texts = {ROOT / target.path: target.render() for target in targets}
    return {path: formatted(text) if path.suffix == ".py" else text for path, text in texts.items()}


def render_c() -> dict[Path, str]:
    """models/mtj.c, from models/mtj.va as it stands; {} without the front end."""
    from spicemtj.engines import veriloga

    if not veriloga.find_compilers().front_end:
        print("openvaf-py is not here: models/mtj.c is left as it is")
        return {}
    return {ROOT / "models" / "mtj.c": veriloga.render_c(ROOT / "models" / "mtj.va")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    check = parser.parse_args().check
    changed = 0
    for files in (render, render_c):
        for path, text in files().items():
            if path.exists() and path.read_text() == text:
                continue
            changed += 1
            print(f"{'differs' if check else 'written'}: {path.relative_to(ROOT)}")
            if not check:
                path.write_text(text)
    return int(check and changed > 0)


if __name__ == "__main__":
    sys.exit(main())
