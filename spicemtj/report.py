"""A self-contained HTML page made from result files alone: a section a file, with its figures, its numbers and where they came from."""

from __future__ import annotations

import base64
import html
import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import figures, figures_device, figures_fit, figures_sneak, figures_study
from .errors import InputError
from .results import Result, read, replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1d2733; background: #fff; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-bottom: 1px solid #d9dee3; }
figure { margin: 1rem 0; } figure img { max-width: 100%; height: auto; } figcaption { color: #59636e; font-size: .9rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
td, th { padding: .2rem .9rem .2rem 0; text-align: left; border-bottom: 1px solid #eceff2; vertical-align: top; }
td + td { text-align: right; } .scroll { overflow-x: auto; }
details { color: #59636e; font-size: .9rem; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
"""


@dataclass(frozen=True)
class Picture:
    """A figure, what it shows, and the data without which it is left out."""

    draw: Callable[[Result], Figure]
    caption: str
    needs: str | None = None


SECTIONS: dict[str, tuple[str, tuple[Picture, ...]]] = {
    "sneak": (
        "Sneak paths, margins and disturb",
        (
            Picture(figures_sneak.overview, "Reads of the far corner cell, all other cells parallel, and what writes disturb."),
            Picture(
                figures_sneak.voltages,
                "Voltages of half-selected and unselected cells in the largest read of each scheme.",
                "histogram",
            ),
            Picture(figures_sneak.largest, "The largest array whose far corner keeps the required margin.", "largest"),
        ),
    ),
    "device": (
        "The device and its reference",
        (
            Picture(
                figures_device.device_comparison,
                "Mean switching time, switching probability and write error rate: stochastic LLG, the exact law and the closed forms.",
            ),
        ),
    ),
    "fit": (
        "Fit of measured switching",
        (Picture(figures_fit.fit, "Measured switching probabilities with the fitted law, and what is left of them."),),
    ),
    "write": (
        "Write",
        (
            Picture(figures.write_maps, "Voltage and flip probability of every cell; a cross marks a cell that flipped."),
            Picture(
                figures_sneak.write_disturb,
                "Voltages of half-selected and unselected cells, and flip probability by voltage.",
                "classes",
            ),
        ),
    ),
    "pulses": (
        "Pulses",
        (Picture(figures_sneak.waveforms, "Line voltages of the first pulse; lines that do the same are drawn once."),),
    ),
    "calibration": (
        "Calibration of the surrogate",
        (
            Picture(
                figures.switching,
                "Flip probability against line voltage: the surrogate's curve, flips counted in ngspice transients.",
                "switching",
            ),
            Picture(figures.calibration, "Held-out circuit runs: what the surrogate says beyond what the circuit says."),
        ),
    ),
    "study": ("Study", (Picture(figures_study.study, "Means over seeds with 95 % intervals."),)),
    "replay": ("Replay", (Picture(figures_study.replay, "Flip probabilities in both engines; where on the array they part."),)),
    "training": (
        "In-situ training",
        (
            Picture(figures.training, "Accuracy by epoch, beside the real-valued network of the same shape; flips per sample."),
            Picture(
                figures.training_maps, "A trained tile: its states, and the voltage of its cells under one write pulse.", "tile"
            ),
        ),
    ),
    "comparison": (
        "Surrogate and circuit",
        (
            Picture(
                figures.comparison, "The same updates in both engines: output currents, cell voltages and flip probabilities."
            ),
        ),
    ),
}


def report(paths: Sequence[str | Path], out: str | Path, title: str = "spicemtj report") -> Path:
    """Write one HTML page on the result files `paths`, in their order. Nothing but the files is needed to make or to read it."""
    if not paths:
        raise InputError("a report needs at least one result file")
    results = [(Path(path), read(path)) for path in paths]
    parts = [section(path.name, result) for path, result in results]
    page = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>\n'
        f"<body><h1>{html.escape(title)}</h1>\n{''.join(parts)}</body></html>\n"
    )
    with replacing(out) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return Path(out)


def section(name: str, result: Result) -> str:
    """The HTML of one result file."""
    if result.kind not in SECTIONS:
        raise InputError(f"a report has no section for {result.kind} files ({name}); it has for {', '.join(SECTIONS)}")
    heading, pictures = SECTIONS[result.kind]
    drawn = [_figure(p, result) for p in pictures if _has(p, result)]
    return f"<h2>{html.escape(heading)}</h2>\n{''.join(drawn)}{_numbers(result)}{_origin(name, result)}\n"


def _has(picture: Picture, result: Result) -> bool:
    """Some figures need data that not every run records."""
    return picture.needs is None or bool(result.data.get(picture.needs))


def _figure(picture: Picture, result: Result) -> str:
    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "spicemtj"}):
        picture.draw(result).savefig(buffer, format="svg", metadata={"Date": None})
    data = base64.b64encode(buffer.getvalue()).decode()
    caption = html.escape(picture.caption)
    return f'<figure><img alt="{caption}" src="data:image/svg+xml;base64,{data}"><figcaption>{caption}</figcaption></figure>\n'


def _numbers(result: Result) -> str:
    rows = [
        f"<tr><td>{html.escape(key.replace('_', ' '))}</td><td>{html.escape(_value(value))}</td></tr>"
        for key, value in result.summary.items()
        if isinstance(value, str | int | float | bool) or value is None
    ]
    return f'<div class="scroll"><table>{"".join(rows)}</table></div>\n' if rows else ""


def _value(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _origin(name: str, result: Result) -> str:
    versions = ", ".join(f"{k} {v}" for k, v in result.provenance.items())
    config = html.escape(json.dumps(result.config, indent=1))
    return (
        f"<details><summary>{html.escape(name)}: seed {result.seed}, versions and configuration</summary>"
        f"<p>{html.escape(versions)}</p><pre>{config}</pre></details>"
    )
