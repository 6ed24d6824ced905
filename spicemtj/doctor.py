"""What spicemtj finds on this machine, and the command that mends what is missing."""

from __future__ import annotations

import importlib
import platform
import shlex
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .engines.locate import find_libngspice, find_ngspice, remedy
from .errors import MissingToolError, SpicemtjError
from .paths import models

# import name, name of the distribution; all needed
_PACKAGES = (
    ("numpy", "numpy"),
    ("scipy", "scipy"),
    ("numba", "numba"),
    ("h5py", "h5py"),
    ("sklearn", "scikit-learn"),
    ("matplotlib", "matplotlib"),
    ("tqdm", "tqdm"),
)


@dataclass(frozen=True)
class Finding:
    """One thing looked for. `found` says what is there, or what it costs that it is not; `remedy` is empty when all is well."""

    name: str
    ok: bool
    found: str
    remedy: str = ""
    needed: bool = True

    @property
    def mark(self) -> str:
        """`ok`, `MISSING` or, for what can be done without, `without`."""
        return "ok" if self.ok else "MISSING" if self.needed else "without"


def examine() -> list[Finding]:
    """Look at everything. Never raises for what is missing: that is a finding."""
    return [
        _python(),
        *(_package(module, name) for module, name in _PACKAGES),
        *_ngspice(),
        _libngspice(),
        _pyspice(),
        _veriloga(),
        _dask(),
        _models("switching table", "*switching*", "no switching probabilities; install spicemtj again"),
        _models("calibrations", "calibration*", "a surrogate must be calibrated before it can train"),
    ]


def healthy(findings: Sequence[Finding]) -> bool:
    """Whether everything needed is there."""
    return all(f.ok or not f.needed for f in findings)


def exit_code(findings: Sequence[Finding]) -> int:
    """0 when everything needed is there, 1 otherwise."""
    return 0 if healthy(findings) else 1


def text(findings: Sequence[Finding]) -> str:
    """The findings as aligned plain text, a line each, the remedy on a line of its own below."""
    width = max(len(f.name) for f in findings)
    marks = max(len(f.mark) for f in findings)
    lines = []
    for f in findings:
        lines.append(f"{f.name:<{width}}  {f.mark:<{marks}}  {f.found}".rstrip())
        if f.remedy:
            lines.append(f"{'':<{width}}  {'':<{marks}}  -> {f.remedy}")
    return "\n".join(lines)


def data(findings: Sequence[Finding]) -> dict[str, Any]:
    """The findings for JSON: `{"healthy": bool, "findings": [{"name", "ok", "found", "remedy", "needed"}, ...]}`."""
    return {"healthy": healthy(findings), "findings": [asdict(f) for f in findings]}


def _python() -> Finding:
    ok = sys.version_info >= (3, 11)
    found = f"{platform.python_version()} ({sys.executable})"
    return Finding("python", ok, found, "" if ok else "install Python 3.11 or newer, then run ./scripts/run")


def _package(module: str, name: str) -> Finding:
    """A package that is needed: it must import, not only be listed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a package that warns of another one still works
            importlib.import_module(module)
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, True, "of unknown version")
    except Exception as error:  # noqa: BLE001 (a broken binary raises whatever it likes)
        return Finding(name, False, f"does not import: {error}".splitlines()[0], _pip("--force-reinstall", name))


def _pip(*arguments: str) -> str:
    """The command that installs into this very Python."""
    return shlex.join([sys.executable, "-m", "pip", "install", *arguments])


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _ngspice() -> Iterator[Finding]:
    try:
        ngspice = find_ngspice()
    except MissingToolError as error:
        yield Finding("ngspice", False, str(error).split(";")[0], remedy())
        return
    yield Finding("ngspice", True, f"{ngspice.text} ({ngspice.path})")
    for name, there, use, lost in (
        (
            "KLU",
            ngspice.klu,
            "sparse solver of large arrays",
            "arrays from about 64 x 64 on take tens to hundreds of times longer",
        ),
        ("OSDI", ngspice.osdi, "compiled Verilog-A devices", "behavioural devices only"),
    ):
        yield Finding(name, there, use if there else lost, "" if there else remedy(), needed=False)


def _libngspice() -> Finding:
    path = find_libngspice()
    if path is None:
        return Finding("libngspice", False, "no ngspice that stays open between runs", remedy(), needed=False)
    # in a process of its own: a library that cannot be loaded may take its host along
    load = [sys.executable, "-c", "import ctypes, sys; ctypes.CDLL(sys.argv[1])", str(path)]
    ok = subprocess.run(load, check=False, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0
    return Finding("libngspice", ok, str(path) if ok else f"{path} does not load", "" if ok else remedy(), needed=False)


def _pyspice() -> Finding:
    found = _installed("PySpice")
    if found:
        return Finding("PySpice", True, f"{found} (GPL-3.0)", needed=False)
    return Finding("PySpice", False, "no ngspice that stays open between runs", _pip("PySpice"), needed=False)


def _veriloga() -> Finding:
    """A way from Verilog-A to OSDI: a compiler, or openvaf-py's front end and a C compiler."""
    from .engines.veriloga import find_compilers

    found = find_compilers()
    detail = found.text if found.ok else f"no compiler for own device models ({found.text})"
    return Finding("Verilog-A", found.ok, detail, found.remedy, needed=False)


def _dask() -> Finding:
    found = _installed("distributed")
    if found:
        return Finding("dask", True, f"distributed {found}", needed=False)
    return Finding("dask", False, "local processes only", _pip("distributed"), needed=False)


def _models(name: str, pattern: str, lost: str) -> Finding:
    """Files that ship in models/."""
    try:
        files = sorted(path for path in models().rglob(pattern) if path.is_file())
    except SpicemtjError as error:
        return Finding(name, False, str(error), needed=False)
    if not files:
        return Finding(name, False, lost, "install spicemtj again", needed=False)
    return Finding(name, True, ", ".join(_size(path) for path in files), needed=False)


def _size(path: Path) -> str:
    return f"{path.name} ({path.stat().st_size / 1024:.0f} KB)"
