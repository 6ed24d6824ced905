"""The programs that turn Verilog-A or C into a shared library: found, asked for their version, run."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...errors import InputError, MissingToolError, SpicemtjError
from .frontend import front_end

_SECONDS = 300.0
_FLAGS = ("-shared", "-fPIC", "-O2", "-std=c99", "-fno-math-errno", "-fwrapv", "-ffp-contract=off", "-fvisibility=hidden")
NAMES = ("openvaf-r", "openvaf")
REMEDY = (
    "install openvaf-py (pip install openvaf-py; for CPython 3.11 and 3.12) and a C compiler (sudo apt-get install gcc), or put "
    "openvaf-r on the PATH"
)


@dataclass(frozen=True)
class Compilers:
    """What is here: paths and versions, "" for what is missing; `remedy` is empty when Verilog-A can be compiled."""

    openvaf: str
    openvaf_version: str
    front_end: str
    cc: str
    cc_version: str
    remedy: str

    @property
    def ok(self) -> bool:
        """Whether any Verilog-A can be compiled."""
        return bool(self.openvaf or (self.front_end and self.cc))

    @property
    def text(self) -> str:
        """One line on what is used."""
        if self.openvaf:
            return f"{self.openvaf_version} ({self.openvaf})"
        found = [f"openvaf-py {self.front_end}"] * bool(self.front_end) + [f"{self.cc_version} ({self.cc})"] * bool(self.cc)
        return " with ".join(found) or "no compiler"


def find_compilers() -> Compilers:
    """Look for every way from Verilog-A to OSDI; never raises for what is missing."""
    try:
        binary, binary_version = (lambda p: (str(p), _version((str(p),))))(find_openvaf())
    except MissingToolError:
        binary = binary_version = ""
    try:
        command = find_cc()
        cc, cc_version = shlex.join(command), _version(command)
    except MissingToolError:
        cc = cc_version = ""
    front = front_end() or ""
    return Compilers(binary, binary_version, front, cc, cc_version, "" if binary or (front and cc) else REMEDY)


def find_openvaf() -> Path:
    """The OpenVAF program: $SPICEMTJ_OPENVAF, else openvaf-r or openvaf on the PATH. Raises `MissingToolError`."""
    named = os.environ.get("SPICEMTJ_OPENVAF")
    if named:
        found = shutil.which(named)
        if not found:
            raise MissingToolError(f"SPICEMTJ_OPENVAF = {named}: no such program; name one that runs, or unset it")
        return Path(found).absolute()
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if not found:
        raise MissingToolError(f"neither openvaf-r nor openvaf is on the PATH; {REMEDY}")
    return Path(found).absolute()


def find_cc() -> tuple[str, ...]:
    """The C compiler as a command: $CC, else cc, gcc or clang. Raises `MissingToolError`."""
    named = shlex.split(os.environ.get("CC", ""))
    if named:
        found = shutil.which(named[0])
        if not found:
            raise MissingToolError(f"CC = {shlex.join(named)}: no such program; name a C compiler, or unset it")
        return (found, *named[1:])
    found = next((path for name in ("cc", "gcc", "clang") if (path := shutil.which(name))), None)
    if not found:
        raise MissingToolError("no C compiler is on the PATH (cc, gcc, clang); sudo apt-get install gcc, or set CC")
    return (found,)


@cache
def _version(command: tuple[str, ...]) -> str:
    """The first line that a program prints about its version; its name where it prints none."""
    try:
        run = subprocess.run(
            [*command, "--version"],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return Path(command[0]).name
    lines = [line.strip() for line in (run.stdout + run.stderr).splitlines() if line.strip()]
    return lines[0] if lines else Path(command[0]).name


def identity(command: tuple[str, ...]) -> str:
    """What a result of this program depends on besides its input."""
    return "\n".join([*command, _version(command), platform.machine(), platform.system(), *_FLAGS])


def compile_c(command: tuple[str, ...], source: Path, out: Path) -> None:
    """C to a shared library."""
    run = _run([*command, *_FLAGS, "-o", str(out), str(source), "-lm"])
    if run.returncode or not out.is_file():
        first = next((line for line in run.stderr.splitlines() if "error" in line), run.stderr.strip()[:300])
        raise SpicemtjError(f"the C compiler {command[0]} failed: {first or f'status {run.returncode}'}")


def run_openvaf(program: Path, source: Path, out: Path) -> None:
    """Verilog-A to a shared library, by the OpenVAF program."""
    run = _run([str(program), "-o", str(out), str(source)])
    if run.returncode or not out.is_file():
        lines = [line.strip() for line in (run.stderr + run.stdout).splitlines() if line.strip()]
        first = next((k for k, line in enumerate(lines) if "error" in line.lower()), 0)
        said = " ".join(lines[first : first + 2]) or f"status {run.returncode}, and no file was written"
        raise InputError(f"{source}: {program.name} refused it ({said})")


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            env=os.environ | {"LC_ALL": "C", "NO_COLOR": "1"},
        )
    except subprocess.TimeoutExpired:
        raise SpicemtjError(f"{command[0]} gave no answer within {_SECONDS:g} s") from None
    except OSError as error:
        raise MissingToolError(f"{command[0]} does not run: {error.strerror}") from None
