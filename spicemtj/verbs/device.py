"""`spicemtj device`: the presets, and one preset's values, sources and derived figures."""

from __future__ import annotations

import argparse
import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..units import engineering
from .common import Outcome, number, seed_of, shares, table, verb
from .places import check_place

if TYPE_CHECKING:
    from ..device.mtj import Mtj
    from ..device.reference.comparison import Comparison

TEXTS = ("published", "derived", "caveat")
LISTED = ("delta", "ic0", "r_p", "r_ap", "vc0_p", "vc0_ap", "retention_p")
WIDTH = 110
STATES = {"parallel": 1, "antiparallel": -1}
PRESET, TRIALS, LEAST_TRIALS = "ref-pma-40", 2000, 100
LEAST_DELTA = (
    5.0  # of a plot: with less, agitation brings more than 1e-9 of the devices back, and no width has such a write error
)
RESULTS = (".h5", ".hdf5")
TORQUES = {
    "current": "what drives the layer: the current, V G(z, V)/Ic0",
    "voltage": "what drives the layer: the voltage, V G_P/Ic0",
}
# What takes which words, and the action to ask for one that another does not take.
FLAGS = {"name": "show", "variation": "show"} | dict.fromkeys(("out", "seed", "state", "trials"), "plot")
USED: dict[str, tuple[str, ...]] = {
    "list": (),
    "show": ("name", "variation"),
    "plot": ("name", "out", "seed", "state", "trials"),
    "sensitivities": ("name",),
}


def add(subparsers: Any) -> None:
    parser = verb(
        subparsers, "device", run, "the MTJ presets; one with its sources, beside its reference, or what its pulses hang on"
    )
    parser.add_argument("action", choices=tuple(USED))
    parser.add_argument("name", nargs="?", default=None, help=f"the preset (default {PRESET})")
    parser.add_argument("--temperature", type=number("K"), default=None, help="in the place of the preset's, in kelvin")
    parser.add_argument(
        "--variation",
        type=shares,
        default=None,
        metavar="NAME=SPREAD,...",
        help="show: what these spreads do, as diameter=5%%,ki=1%%",
    )

    group = parser.add_argument_group("plot: the exact law beside the stochastic LLG and the closed forms (half a minute)")
    group.add_argument("--state", default=None, choices=STATES, help="where the device starts (default parallel)")
    group.add_argument(
        "--trials", type=int, default=None, help=f"LLG trials of each point, {LEAST_TRIALS} or more (default {TRIALS})"
    )


def run(args: argparse.Namespace) -> Outcome:
    _refuse_unused(args)
    changes = {} if args.temperature is None else {"temperature": args.temperature}
    if args.action == "list":
        return _list(changes)
    name = args.name or PRESET
    if args.action == "sensitivities":
        return _sensitivities(name, changes)
    return _show(name, changes, args.variation or {}) if args.action == "show" else _plot(name, args, changes)


def _sensitivities(name: str, changes: dict[str, float]) -> Outcome:
    from ..device.mtj import Mtj
    from ..device.switching import sensitivity

    found = sensitivity.sensitivities(Mtj.preset(name, **changes))
    head, lines = sensitivity.table(found)
    data = {"name": name, "pulses": [s._asdict() for s in found]}
    return Outcome(f"{name}: d ln P of pulses of constant current\n\n" + table(head, lines), data)


def _refuse_unused(args: argparse.Namespace) -> None:
    """`InputError` for what was given and the action would leave aside."""
    given = {flag: value for flag in FLAGS if (value := getattr(args, flag)) is not None and flag not in USED[args.action]}
    for flag, value in given.items():
        if flag == "name":
            raise InputError(f"device list shows every preset; leave {value!r} out, or: device show {value}")
        remedy = "redirect what it prints, as text or --json" if flag == "out" else f"leave it out, or: device {FLAGS[flag]}"
        raise InputError(f"device {args.action} takes no --{flag}; {remedy}")


def _plot(name: str, args: argparse.Namespace, changes: dict[str, float]) -> Outcome:
    from ..device.mtj import Mtj
    from ..device.reference.comparison import compare
    from ..figures import save_png
    from ..figures_device import device_comparison

    state, trials = args.state or "parallel", TRIALS if args.trials is None else args.trials
    if trials < LEAST_TRIALS:
        raise InputError(f"--trials {trials}: give {LEAST_TRIALS} or more LLG trials of each point")
    out = _place(args.out or f"device-{name}-{state}.h5")
    picture = out.with_suffix(".png")
    mtj = Mtj.preset(name, **changes)
    _check_plotted(mtj, state)
    found = compare(mtj, STATES[state], trials=trials, seed=seed_of(args))
    found.save(out)
    save_png(device_comparison(found.result()), picture)
    deviation = found.largest_deviation()
    ratio, unseen, count = _error_rates(found)
    text = f"{name}, out of the {state} state: LLG and exact law differ by {deviation:.2f} sigma at most"
    if unseen < count:
        text += f", write error rates by a factor of {ratio:.2f}"
    if unseen:
        text += f"\nwrite errors: at {unseen} of {count} widths LLG saw none, which no factor counts; raise --trials"
    data = {
        "name": name, "state": state, "largest_deviation": deviation, "largest_error_ratio": ratio, "error_widths": count,
        "error_widths_unseen": unseen, "out": str(out), "figure": str(picture),
    }  # fmt: skip
    return Outcome(f"{text}\nwritten: {out}, {picture}", data)


def _place(text: str) -> Path:
    """Where the result goes; its picture, beside it, must not be the same file."""
    out = Path(text)
    if out.suffix not in RESULTS:
        raise InputError(
            f"--out {out}: the result is an HDF5 file with its picture beside it; give a name that ends in {RESULTS[0]}, "
            f"as {out.with_suffix(RESULTS[0])}"
        )
    check_place("--out", out)
    return out


def _check_plotted(mtj: Mtj, state: str) -> None:
    """`InputError` for a device that the comparison would not come to an end with, or that nothing drives out of `state`."""
    from ..device import derived
    from ..device.switching.direct import DELTA_LIMITS

    low, high = max(DELTA_LIMITS[0], LEAST_DELTA), DELTA_LIMITS[1]
    if not low <= mtj.delta <= high:
        at = "lower" if mtj.delta < low else "raise"
        raise InputError(
            f"{mtj.name} at {mtj.temperature:g} K has Delta = {mtj.delta:.3g}; a plot takes {low:g} to {high:g}: "
            f"{at} the temperature"
        )
    if math.isnan(derived.critical_voltage(mtj, STATES[state])):
        other = next(name for name in STATES if name != state)
        raise InputError(
            f"{mtj.name}: no voltage takes it out of the {state} state (looked for up to {derived.SEARCHED:g} V); try --state {other}"
        )


def _error_rates(found: Comparison) -> tuple[float, int, int]:
    """The largest factor between LLG's write error rates and the exact ones, the widths without an LLG event, and all widths."""
    seen = found.error_llg > 0
    factors = np.abs(np.log(found.error_llg[seen] / found.error_exact[seen]))
    return math.exp(factors.max()) if factors.size else math.nan, int((~seen).sum()), seen.size


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
        data["variation"], tables = _varied(mtj, spreads)
        text += tables
    return Outcome("\n\n".join(text), data)


def _varied(mtj: Mtj, spreads: dict[str, float]) -> tuple[dict[str, Any], list[str]]:
    """Figures, their relative spreads and the correlations between them (nan where one does not vary), to first order; as tables."""
    from ..device.variation import Variation, covariance, pulse_spreads

    variation = Variation.from_mapping(spreads)
    names, matrix = covariance(mtj, variation)
    sigma = [math.sqrt(matrix[k, k]) for k in range(len(names))]
    together = [
        [float(matrix[a, b] / (sigma[a] * sigma[b])) if sigma[a] * sigma[b] > 0 else math.nan for b in range(len(names))]
        for a in range(len(names))
    ]
    pulses = pulse_spreads(mtj, variation)
    data = {"figures": list(names), "spread": sigma, "correlation": together, "pulse_to_pulse": [pulses[n] for n in names]}
    tables = []
    if variation.between_devices or not variation.c2c_hk:
        rows = [[n, f"{s:.2%}", *(_share(c) for c in row)] for n, s, row in zip(names, sigma, together, strict=True)]
        tables.append(table(["device to device", "spread", *(f"with {n}" for n in names)], rows))
    if variation.c2c_hk:
        rows = [[n, f"{pulses[n]:.2%}"] for n in names]
        tables.append(table(["pulse to pulse, all as hk", "spread"], rows))
    return data, tables


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:+.2f}"


def _parameters(mtj: Mtj, entry: dict[str, Any], changes: dict[str, float]) -> list[dict[str, Any]]:
    """Every parameter of a preset's device: symbol, value, unit, where the value is from, meaning."""
    from ..device.equations import PARAMETERS
    from ..device.mtj import OTHERS

    known = [(p.symbol, p.unit, p.source or "default", p.meaning) for p in (*PARAMETERS, *OTHERS)]
    known.append(("torque", "1", "default", TORQUES[mtj.torque]))
    found = []
    for symbol, unit, source, meaning in known:
        origin = "given" if symbol in changes else entry[symbol]["origin"] if symbol in entry else source
        value = getattr(mtj, symbol)
        found.append(
            {
                "symbol": symbol,
                "value": value if isinstance(value, str) else float(value),
                "unit": unit,
                "origin": origin,
                "meaning": meaning,
            }
        )
    return found


def _plain(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


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
