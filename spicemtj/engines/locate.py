"""Finds ngspice and its shared library on this machine, and measures what they can do.

`$SPICEMTJ_NGSPICE` and `$SPICEMTJ_LIBNGSPICE` name them by path; otherwise the PATH and the linker's cache are searched.
"""

from __future__ import annotations

import logging
import os
import platform
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..errors import MissingToolError

log = logging.getLogger(__name__)

# Not a circuit (those come from circuit.deck): it asks the program about itself. One run tells the version, the solver that
# `.options klu` really gets, and whether `pre_osdi` is a command: it complains about the library in both cases, in other words.
_PROBE = """* probe
v1 1 0 1
r1 1 0 1
.options klu
.control
version
op
pre_osdi no-such-library.osdi
quit 0
.endc
.end
"""
_SECONDS = 30.0


@dataclass(frozen=True)
class Ngspice:
    """An ngspice that runs here: `version` in numbers, (46,) or (44, 2); `klu`, the fast solver; `osdi`, compiled Verilog-A."""

    path: Path
    version: tuple[int, ...]
    klu: bool
    osdi: bool

    @property
    def text(self) -> str:
        """The version as text: `46`."""
        return ".".join(map(str, self.version))

    @property
    def lacks(self) -> str:
        """What this ngspice cannot do and what that costs, as one line; empty when nothing is missing."""
        lost = []
        if not self.klu:
            lost.append("KLU (arrays from about 64 x 64 on take tens to hundreds of times longer)")
        if not self.osdi:
            lost.append("OSDI (no compiled Verilog-A devices; behavioural ones are used)")
        return f"ngspice {self.text} has no {' and no '.join(lost)}" if lost else ""


def find_ngspice() -> Ngspice:
    """The ngspice of this machine, probed once a process. Logs a warning when it lacks KLU or OSDI.

    Raises `MissingToolError` with the command that installs one, or with what the program found said instead of its version.
    """
    return _probe(_program())


def version_or_none() -> str | None:
    """The version of ngspice as text, None where there is none that runs."""
    try:
        return find_ngspice().text
    except MissingToolError:
        return None


def find_libngspice() -> Path | None:
    """The shared library (Debian's libngspice0 has `libngspice.so.0` only), None where there is none."""
    named = os.environ.get("SPICEMTJ_LIBNGSPICE")
    if named:
        return Path(named) if Path(named).is_file() else None
    return next((path for path in [*_linked(), *_usual()] if path.is_file()), None)


def remedy() -> str:
    """What a person does on this system to get an ngspice with KLU and OSDI."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    codename = release.get("VERSION_CODENAME", "")
    if release.get("ID") == "debian" and codename == "bookworm":
        return (
            "run ./scripts/run, or add the suite bookworm-backports to apt's sources and run: "
            "sudo apt-get install -t bookworm-backports ngspice libngspice0"
        )
    if shutil.which("apt-get"):
        return "run ./scripts/run, or: sudo apt-get install ngspice libngspice0"
    return "install ngspice 42 or newer, or set SPICEMTJ_NGSPICE to the path of one"


def _program() -> Path:
    named = os.environ.get("SPICEMTJ_NGSPICE")
    found = shutil.which(named or "ngspice")
    if found:
        return Path(found).absolute()
    if named:
        raise MissingToolError(f"SPICEMTJ_NGSPICE = {named}: no such program; name one that runs, or unset it")
    raise MissingToolError(f"ngspice is not on this machine; {remedy()}")


@cache
def _probe(path: Path) -> Ngspice:
    with tempfile.TemporaryDirectory(prefix="spicemtj-") as folder:
        deck = Path(folder) / "probe.cir"
        deck.write_text(_PROBE)
        try:
            run = subprocess.run(
                [path, "-n", "-b", deck.name],
                check=False,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise MissingToolError(f"{path} did not answer within {_SECONDS:g} s; {remedy()}") from None
        except OSError as error:
            raise MissingToolError(f"{path} does not run: {error.strerror}; {remedy()}") from None
    version = re.search(r"ngspice-(\d+(?:\.\d+)*)", run.stdout)
    if run.returncode or not version:
        lines = run.stdout.strip().splitlines() or ["nothing"]
        raise MissingToolError(f"{path} is not an ngspice that runs (it said: {lines[-1].strip()}); {remedy()}")
    found = Ngspice(
        path=path,
        version=tuple(map(int, version.group(1).split("."))),
        klu="Using KLU" in run.stdout,
        osdi="osdi: no such command" not in run.stdout,
    )
    if found.lacks:
        log.warning("%s; %s", found.lacks, remedy())
    return found


def _linked() -> list[Path]:
    """Paths of libngspice in the cache of the dynamic linker."""
    program = shutil.which("ldconfig") or shutil.which("ldconfig", path="/sbin:/usr/sbin")
    if not program:
        return []
    known = subprocess.run([program, "-p"], check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return [Path(path) for path in re.findall(r"libngspice\.so\S*.*=> (\S+)", known.stdout)]


def _usual() -> list[Path]:
    """Paths of libngspice in the folders where package managers put it."""
    folders = ("/usr/lib", "/usr/local/lib", "/opt/homebrew/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu")
    return [path for folder in folders for path in sorted(Path(folder).glob("libngspice.*"))]
