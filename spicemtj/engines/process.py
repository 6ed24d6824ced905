"""One run of `ngspice -b` in a process and a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

DECK, LOG, RAW = "deck.cir", "ngspice.log", "results.raw"


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the exit status (negative: by that signal), None after a timeout; and what ngspice printed."""

    status: int | None
    log: str


class Workplace:
    """A temporary folder with a deck, for one run. As a context manager it leaves nothing behind; `keep` moves it away."""

    def __init__(self, text: str):
        self.folder = Path(tempfile.mkdtemp(prefix="spicemtj-"))
        (self.folder / DECK).write_text(text, encoding="utf-8")

    def __enter__(self) -> Workplace:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def raw(self) -> Path:
        """The rawfile that a run leaves."""
        return self.folder / RAW

    def run(self, program: Path, timeout: float) -> Outcome:
        """Run the deck for at most `timeout` seconds. Whatever interrupts this call ends ngspice too."""
        environment = {k: v for k, v in os.environ.items() if k != "SPICE_ASCIIRAWFILE"} | {
            "LC_ALL": "C",
            "OMP_NUM_THREADS": "1",
        }
        with open(self.folder / LOG, "wb") as log:
            process = subprocess.Popen(
                [program, "-n", "-b", "-r", RAW, DECK],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            status: int | None = None
            try:
                status = process.wait(timeout)
            except subprocess.TimeoutExpired:
                pass
            finally:
                _end(process)
        return Outcome(status, (self.folder / LOG).read_text(errors="replace"))

    def keep(self, place: Path) -> tuple[Path, Path]:
        """Copy deck and log into a new folder under `place`; their paths there."""
        place.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=place)).absolute()
        folder.chmod(0o755)
        for name in (DECK, LOG):
            if (self.folder / name).exists():
                shutil.copy(self.folder / name, folder / name)
        return folder / DECK, folder / LOG


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it started, and wait for it, so that no zombie stays."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()
        process.wait()
