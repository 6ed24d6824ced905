#!/usr/bin/env python3
"""Writes the decks in netlists/, which run by hand with `ngspice -b`. `--check` only says what has changed."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

import numpy as np

from spicemtj import Crossbar, Write
from spicemtj.circuit.deck import Deck, operating_point_deck, write_deck

ROOT = Path(__file__).resolve().parent.parent
SEED = 1


def states(m: int, n: int) -> np.ndarray:
    """A fixed pattern of parallel and antiparallel cells."""
    return np.random.default_rng(SEED).choice([-1, 1], (m, n)).astype(np.int8)


def read_deck() -> Deck:
    """All word lines at 0.1 V, all bit lines sensed at 0 V."""
    xbar = Crossbar(8, 8, device="ref-pma-40", states=states(8, 8))
    deck = operating_point_deck(xbar, np.full(8, 0.1), np.zeros(8))
    currents = [f"print i(vbl_{j})" for j in range(8)]
    return dataclasses.replace(deck, klu=False, control=["set numdgt=10", "run", *currents, "quit 0"])


def selector_deck() -> Deck:
    """Half of the read voltage on every unselected line, selectors in the cells, drivers at both ends: what one bit line gets."""
    xbar = Crossbar(8, 8, device="ref-pma-40", cell="1S1R", states=states(8, 8), r_far_wl=50.0, r_far_bl=50.0)
    v_wl, v_bl = np.full(8, 0.3), np.full(8, 0.3)
    v_wl[3], v_bl[5] = 0.6, 0.0
    deck = operating_point_deck(xbar, v_wl, v_bl)
    control = ["set numdgt=10", "run", "print i(vbl_5)", "print v(w_3_5)-v(c_3_5) v(c_3_5)-v(b_3_5)", "quit 0"]
    return dataclasses.replace(deck, klu=False, control=control)


def floating_deck() -> Deck:
    """One cell is read while all other lines float: most of what is sensed took other ways."""
    xbar = Crossbar(8, 8, device="ref-pma-40", states=np.ones((8, 8)))
    v_wl, v_bl = np.full(8, np.nan), np.full(8, np.nan)
    v_wl[0], v_bl[7] = 0.1, 0.0
    deck = operating_point_deck(xbar, v_wl, v_bl)
    control = [
        "set numdgt=10",
        "run",
        "let i_sensed = i(vbl_7)",
        f"let i_cell = (v(w_0_7)-v(b_0_7))/{float(np.asarray(xbar.cells.r_p))!r}",
        "let i_sneak = i_sensed-i_cell",
        "print i_sensed i_cell i_sneak",
        "quit 0",
    ]
    return dataclasses.replace(deck, klu=False, control=control)


def switching_deck(xbar: Crossbar, pulse: Write) -> Deck:
    """A write that prints when the selected cell flips, its voltage just before the falling edge, and how many cells have flipped."""
    drive = pulse.drive(xbar)
    deck = write_deck(xbar, drive, seed=SEED)
    active = len(drive.v_wl) // 2
    fall = drive.edges[active + 1] + drive.rise / 2
    far = "b" if xbar.access is None else "c"
    at = f"{pulse.row}_{pulse.col}"
    flips = "+".join(f"(v({node})[last] ge 1)" for node in deck.names.progress if node)
    control = [
        "set numdgt=10",
        "run",
        f"let v_cell = v(w_{at})-v({far}_{at})",
        f"meas tran v_before_fall find v_cell at={fall * (1 - 1e-6):.10g}",
        f"meas tran t_flip when v(a_{at})=1 rise=1",
        "let last = length(time)-1",
        f"let flips = {flips}",
        "print flips",
        "quit 0",
    ]
    return dataclasses.replace(deck, klu=False, control=control)


def decks() -> dict[str, Deck]:
    """The golden decks by file name."""
    passive = Crossbar(8, 8, device="ref-pma-40", states=states(8, 8))
    passive.states[3, 5] = 1
    gated = Crossbar(4, 4, device="ref-pma-40", cell="1T1R", states=states(4, 4))
    gated.states[1, 2] = 1
    return {
        "read_1r_8x8.cir": read_deck(),
        "read_floating_1r_8x8.cir": floating_deck(),
        "read_1s1r_8x8.cir": selector_deck(),
        "write_v2_1r_8x8.cir": switching_deck(passive, Write("V/2", row=3, col=5, volts=0.7, seconds=5e-9)),
        "write_v3_1r_8x8.cir": switching_deck(passive, Write("V/3", row=3, col=5, volts=0.7, seconds=5e-9)),
        "write_gate_1t1r_4x4.cir": switching_deck(gated, Write("gate", row=1, col=2, volts=0.9, seconds=5e-9)),
    }


def render() -> dict[Path, str]:
    """Every file that this script writes, with its text."""
    return {ROOT / "netlists" / name: deck.text() for name, deck in decks().items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file differs")
    check = parser.parse_args().check
    changed = [path for path, text in render().items() if not path.exists() or path.read_text() != text]
    for path in changed:
        print(f"{'differs' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(render()[path])
    return int(check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
