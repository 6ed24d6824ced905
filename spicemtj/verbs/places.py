"""Where a verb may write: looked at before a run, not after it."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError


def check_place(flag: str, path: str | Path | None) -> None:
    """`InputError` where the folder of a file to come does not exist, or where its name is that of a folder; None is no file."""
    if path is None:
        return
    folder = Path(path).parent
    if not folder.is_dir():
        raise InputError(f"{flag} {path}: the folder {folder} does not exist; make it first")
    if Path(path).is_dir():
        raise InputError(f"{flag} {path} is a folder; add the name of a file")
