"""Runs ngspice on a circuit with compiled devices and hands back what it wrote."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spicemtj.engines import veriloga
from spicemtj.engines.locate import find_ngspice

MODELS = Path(__file__).parent / "veriloga"


def device(name: str) -> Path:
    """The compiled device of a model in tests/veriloga."""
    return veriloga.compile(MODELS / f"{name}.va", compiler="c")


def log(folder: Path, osdi: Path, cards: str, commands: str, options: str = "klu reltol=1e-9 vntol=1e-12 abstol=1e-15") -> str:
    """What ngspice prints when it runs the commands on the cards."""
    deck = folder / "deck.cir"
    deck.write_text(
        f"* test\n.options {options}\n{cards}\n.control\nset numdgt=15\nset wr_singlescale\npre_osdi {osdi}\n{commands}\n.endc\n.end\n"
    )
    run = subprocess.run(
        [find_ngspice().path, "-n", "-b", deck.name], check=False, cwd=folder, capture_output=True, text=True, timeout=60
    )
    return run.stdout + run.stderr


def table(folder: Path, osdi: Path, cards: str, analysis: str, vectors: str) -> NDArray[np.float64]:
    """(columns, points): the scale and the vectors after an analysis; two columns each for complex ones."""
    said = log(folder, osdi, cards, f"{analysis}\nwrdata out.txt {vectors}")
    assert (folder / "out.txt").is_file(), said
    return np.atleast_2d(np.loadtxt(folder / "out.txt")).T
