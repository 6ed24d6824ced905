"""`spicemtj device`: the presets, and one preset's values, sources and derived figures."""

from __future__ import annotations

import argparse
import math
import textwrap
from typing import TYPE_CHECKING, Any

from ..units import engineering
from .common import Outcome, number, seed_of, shares, table, verb

if TYPE_CHECKING:
    from ..device.mtj import Mtj

TEXTS = ("published", "derived", "caveat")
LISTED = ("delta", "ic0", "r_p", "r_ap", "vc0_p", "vc0_ap", "retention_p")
WIDTH = 110
STATES = {"parallel": 1, "antiparallel": -1}


def add(subparsers: Any) -> None:
    parser = verb(
        subparsers, "device", run, "list the MTJ presets, show one with its sources, or plot one beside its reference"
    )
    parser.add_argument("action", choices=("list", "show", "plot"))
    parser.add_argument("name", nargs="?", default="ref-pma-40")
    parser.add_argument("--temperature", type=number("K"), default=None, help="in the place of the preset's, in kelvin")
    parser.add_argument(
        "--variation",
        type=shares,
        default={},
        metavar="NAME=SPREAD,...",
        help="show what these spreads do, as diameter=5%%,ki=1%%",
    )

    group = parser.add_argument_group("plot: the exact law beside the stochastic LLG and the closed forms (half a minute)")
    group.add_argument("--state", default="parallel", choices=STATES, help="where the device starts (default parallel)")
    group.add_argument("--trials", type=int, default=2000, help="LLG trials of each point (default 2000)")


def run(args: argparse.Namespace) -> Outcome:
    changes = {} if args.temperature is None else {"temperature": args.temperature}
    if args.action == "list":
        return _list(changes)
    return _show(args.name, changes, args.variation) if args.action == "show" else _plot(args, changes)


def _plot(args: argparse.Namespace, changes: dict[str, float]) -> Outcome:
    from pathlib import Path

    from ..device.mtj import Mtj
    from ..device.reference.comparison import compare
    from ..figures import save_png
    from ..figures_device import device_comparison

    mtj = Mtj.preset(args.name, **changes)
    found = compare(mtj, STATES[args.state], trials=args.trials, seed=seed_of(args))
    out = Path(args.out or f"device-{args.name}-{args.state}.h5")
    picture = out.with_suffix(".png")
    found.save(out)
    save_png(device_comparison(found.result()), picture)
    deviation, ratio = found.largest_deviation(), found.largest_error_ratio()
    text = (
        f"{args.name}, out of the {args.state} state: LLG and exact law differ by {deviation:.2f} sigma at most, write error rates by a "
        f"factor of {ratio:.2f}\nwritten: {out}, {picture}"
    )
    data = {"name": args.name, "state": args.state, "largest_deviation": deviation, "largest_error_ratio": ratio}
    return Outcome(text, data | {"out": str(out), "figure": str(picture)})


def _list(changes: dict[str, float]) -> Outcome:
    from ..device import derived, presets
    from ..device.mtj import Mtj
    from ..errors import InputError

    rows, data = [], {}
    for name in presets.names():
        try:
            found = derived.figures(Mtj.preset(name, **changes))
        except InputError as error:
            rows.append([name, *["-"] * len(LISTED), str(error)])
            data[name] = {"error": str(error)}
            continue
        data[name] = found | {"source": presets.describe(name)["source"]}
        cells = [_figure(found[key], derived.MEANING[key][0]) for key in LISTED]
        rows.append([name, *cells, "reads only" if presets.describe(name).get("reads_only") else ""])
    head = ["preset", "Delta", "Ic0", "R_P", "R_AP", "Vc0 of P", "Vc0 of AP", "retention of P", ""]
    return Outcome(table(head, rows), data)


def _show(name: str, changes: dict[str, float], spreads: dict[str, float]) -> Outcome:
    from ..device import derived, presets
    from ..device.mtj import Mtj

    mtj = Mtj.preset(name, **changes)
    entry = presets.describe(name)
    found = derived.figures(mtj)
    values = _parameters(mtj, entry, changes)
    text = [f"{name}: {entry['source']}"]
    text += [_paragraph(key, entry[key]) for key in TEXTS if entry.get(key)]
    rows = [[v["symbol"], _plain(v["value"]), v["unit"], v["origin"], v["meaning"]] for v in values]
    text.append(table(["parameter", "value", "unit", "origin", "meaning"], rows, left=(0, 2, 3, 4)))
    rows = [[key, _figure(found[key], unit), meaning] for key, (unit, meaning) in derived.MEANING.items()]
    text.append(table([f"at {mtj.temperature:g} K", "", ""], rows, left=(0, 2)))
    data = {"name": name, "preset": entry, "parameters": values, "derived": found}
    if spreads:
        names, spread, together = _varied(mtj, spreads)
        data["variation"] = {"figures": names, "spread": spread, "correlation": together}
        rows = [[n, f"{s:.2%}", *(_share(c) for c in row)] for n, s, row in zip(names, spread, together, strict=True)]
        text.append(table(["device to device", "spread", *(f"with {n}" for n in names)], rows))
    return Outcome("\n\n".join(text), data)


def _varied(mtj: Mtj, spreads: dict[str, float]) -> tuple[list[str], list[float], list[list[float]]]:
    """Figures, their relative spreads and the correlations between them (nan where one does not vary), to first order."""
    from ..device.variation import Variation, covariance

    names, matrix = covariance(mtj, Variation.from_mapping(spreads))
    sigma = [math.sqrt(matrix[k, k]) for k in range(len(names))]
    together = [
        [float(matrix[a, b] / (sigma[a] * sigma[b])) if sigma[a] * sigma[b] > 0 else math.nan for b in range(len(names))]
        for a in range(len(names))
    ]
    return list(names), sigma, together


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:+.2f}"


def _parameters(mtj: Mtj, entry: dict[str, Any], changes: dict[str, float]) -> list[dict[str, Any]]:
    """Every parameter of a preset's device: symbol, value, unit, where the value is from, meaning."""
    from ..device.equations import PARAMETERS

    known = [(p.symbol, p.unit, p.source or "default", p.meaning) for p in PARAMETERS]
    known.append(("breakdown", "V", "default", "voltage that the barrier stands"))
    found = []
    for symbol, unit, source, meaning in known:
        origin = "given" if symbol in changes else entry[symbol]["origin"] if symbol in entry else source
        found.append(
            {"symbol": symbol, "value": float(getattr(mtj, symbol)), "unit": unit, "origin": origin, "meaning": meaning}
        )
    return found


def _plain(value: float) -> str:
    return f"{value:.6g}"


def _figure(value: float, unit: str) -> str:
    """A derived figure for people; "-" where there is none."""
    if math.isnan(value):
        return "-"
    if unit == "1/V":
        return f"{value:.4g} {unit}"
    if unit == "1":
        return f"{value:.4g}"
    return duration(value) if unit == "s" and value > 100 else engineering(value, unit)


def duration(seconds: float) -> str:
    """Seconds as people count long times."""
    for name, size in (("years", 365.25 * 86400), ("days", 86400.0), ("hours", 3600.0)):
        if seconds >= size:
            return f"{seconds / size:.3g} {name}"
    return f"{seconds:.3g} s"


def _paragraph(title: str, text: str) -> str:
    return textwrap.fill(f"{title}: {text}", WIDTH, subsequent_indent="  ")
