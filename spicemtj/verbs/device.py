"""`spicemtj device`: the presets, and one preset's values, sources and derived figures."""

from __future__ import annotations

import argparse
from typing import Any

from ..units import engineering
from .common import Outcome, table, verb


def add(subparsers: Any) -> None:
    parser = verb(subparsers, "device", run, "list the MTJ presets, or show one with its sources and derived figures")
    parser.add_argument("action", choices=("list", "show"))
    parser.add_argument("name", nargs="?", default="ref-pma-40")


def run(args: argparse.Namespace) -> Outcome:
    return _list() if args.action == "list" else _show(args.name)


def derived(name: str) -> dict[str, float]:
    """What follows from a preset's values, SI units."""
    from ..device.mtj import Mtj

    mtj = Mtj.preset(name)
    r_ap = 1 / float(mtj.conductance(-1, 0.0))
    return {
        "delta": float(mtj.delta),
        "ic0": float(mtj.ic0),
        "tau_d": float(mtj.tau_d),
        "r_p": float(mtj.r_p),
        "r_ap": r_ap,
        "vc0_p": float(mtj.ic0 * mtj.r_p),
    }


def _list() -> Outcome:
    from ..device import presets

    rows, data = [], {}
    for name in presets.names():
        d = data[name] = derived(name)
        rows.append(
            [name, f"{d['delta']:.2f}", engineering(d["ic0"], "A"), engineering(d["r_p"], "ohm"), engineering(d["r_ap"], "ohm")]
        )
    return Outcome(table(["preset", "Delta", "Ic0", "R_P", "R_AP"], rows), data)


def _show(name: str) -> Outcome:
    from ..device import presets

    entry = presets.describe(name)
    rows = [[k, f"{v['value']:g}", v["unit"], v.get("note", "")] for k, v in entry.items() if isinstance(v, dict)]
    found = derived(name)
    units = {"delta": "1", "ic0": "A", "tau_d": "s", "r_p": "ohm", "r_ap": "ohm", "vc0_p": "V"}
    rows += [[k, f"{v:.6g}", units[k], "derived"] for k, v in found.items()]
    text = [f"{name}: {entry.get('source', '')}", entry.get("note", ""), entry.get("caveat", "")]
    text.append(table(["parameter", "value", "unit", ""], rows))
    return Outcome("\n".join(t for t in text if t), {"name": name, "preset": entry, "derived": found})
