"""Processor time of what is compared, and what it was taken on."""

from __future__ import annotations

import importlib.metadata
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def runs(work: Callable[[], Any], enough: float = 0.5, clock: Callable[[], float] = time.process_time) -> list[float]:
    """Seconds of as many runs as `enough` seconds allow, at least 1, at most 50."""
    found: list[float] = []
    while not found or (sum(found) < enough and len(found) < 50):
        start = clock()
        work()
        found.append(clock() - start)
    return found


def seconds(work: Callable[[], Any], enough: float = 0.5, clock: Callable[[], float] = time.process_time) -> float:
    """The best of these runs."""
    return min(runs(work, enough, clock))


def beside(ours: Callable[[], Any], other: Callable[[], Any]) -> tuple[float, float]:
    """Median seconds of both, ours before and after the other."""
    ours()
    before, others = runs(ours), runs(other)
    return statistics.median(before + runs(ours)), statistics.median(others)


def machine() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor() or platform.machine()


def version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
