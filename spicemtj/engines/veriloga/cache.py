"""Compiled files kept by what they depend on. A file appears whole or not at all, whoever else is writing it."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from ... import paths
from ...errors import InputError


def kept(parts: Iterable[bytes | str], stem: str, make: Callable[[Path], None]) -> Path:
    """The cached file that belongs to `parts`; made by `make(path)` where it is not there yet."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    folder = paths.cache() / "osdi"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{stem}-{digest.hexdigest()[:24]}.osdi"
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as place:
            fresh = Path(place) / "device.osdi"
            make(fresh)
            fresh.chmod(0o755)
            os.replace(fresh, target)
    return target


def copy(made: Path, out: Path) -> Path:
    """A copy of a cached file at `out`, put there in one step: a simulator that has the old one loaded keeps it."""
    if out.is_dir():
        raise InputError(f"cannot write {out}: it is a folder; name a file")
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}-")
        os.close(handle)
        try:
            shutil.copyfile(made, name)
            os.chmod(name, 0o755)
            os.replace(name, out)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise InputError(f"cannot write {out}: {error.strerror}; choose another place") from None
    return out


@cache
def writer() -> bytes:
    """This package's own text: what it writes changes with it."""
    return b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
