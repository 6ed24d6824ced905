"""Result files: HDF5 with a schema version, a unit on every dataset, and where everything came from.

A file has one root group of a `kind` ("calibration", "training", ...). Its attributes hold the schema, versions, seed and the
configuration as JSON. `write` replaces a file whole or not at all.
"""

from __future__ import annotations

import glob
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .errors import InputError

SCHEMA = 1


class Quantity(NamedTuple):
    """An array with its unit ("1" where it has none) and, if needed, a word on what it is; `packed`: whether a file compresses it."""

    value: Any
    unit: str
    note: str = ""
    packed: bool = True


@dataclass
class Result:
    """What a file holds: `data` is a tree of dicts whose leaves are `Quantity`; `config` and `summary` are JSON-like."""

    kind: str
    data: dict[str, Any]
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    seed: int | None = None
    provenance: dict[str, Any] = field(default_factory=dict)

    def value(self, path: str) -> Any:
        """The array at `path`, as in `"write/v_cell"`."""
        node: Any = self.data
        for part in path.split("/"):
            if not isinstance(node, dict) or part not in node:
                raise InputError(f"this {self.kind} file has no dataset {path!r}")
            node = node[part]
        return node.value


def provenance() -> dict[str, Any]:
    """Versions and time, for a file's attributes. ngspice's version is there where an ngspice is."""
    import h5py
    import scipy

    from . import __version__
    from .engines.locate import version_or_none

    return {
        "spicemtj": __version__,
        "ngspice": version_or_none() or "none",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "hdf5": h5py.version.hdf5_version,
        "written": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well, and vanishes when it does not."""
    path = Path(path)
    if not path.parent.is_dir():
        raise InputError(f"cannot write {path}: the folder {path.parent} does not exist; make it first")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        _to_disk(name)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def _to_disk(name: str) -> None:
    """Wait until a file's content is on the disk: its new name must not get there first."""
    handle = os.open(name, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_leftovers(path: str | Path) -> None:
    """Remove what a killed `replacing(path)` left beside `path`."""
    path = Path(path)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*"):
        left.unlink(missing_ok=True)


def write(path: str | Path, result: Result) -> Path:
    """Write a result file; an existing one is replaced only when the new one is complete."""
    import h5py

    with replacing(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["schema"] = SCHEMA
        file.attrs["kind"] = result.kind
        file.attrs["seed"] = -1 if result.seed is None else result.seed
        for name in ("config", "summary"):
            file.attrs[name] = json.dumps(getattr(result, name), default=_json)
        for name, value in (result.provenance or provenance()).items():
            file.attrs[f"version/{name}" if name != "written" else name] = value
        _put(file, result.data)
    return Path(path)


def read(path: str | Path, kind: str | None = None) -> Result:
    """Read a result file whole; `InputError` if it is none, of another `kind`, or of a newer schema."""
    import h5py

    try:
        file = h5py.File(path, "r")
    except OSError as error:
        reason = "it does not exist" if not Path(path).exists() else str(error).splitlines()[0]
        raise InputError(f"cannot read the result file {path}: {reason}") from None
    with file:
        if "schema" not in file.attrs or "kind" not in file.attrs:
            raise InputError(f"{path} is an HDF5 file but not one of spicemtj")
        if int(file.attrs["schema"]) > SCHEMA:
            raise InputError(f"{path} has schema {file.attrs['schema']}; this spicemtj reads up to {SCHEMA}: update spicemtj")
        if kind is not None and file.attrs["kind"] != kind:
            raise InputError(f"{path} is a {file.attrs['kind']} file; give a {kind} file")
        seed = int(file.attrs["seed"])
        versions = {k.removeprefix("version/"): v for k, v in file.attrs.items() if k.startswith("version/") or k == "written"}
        return Result(
            str(file.attrs["kind"]),
            _get(file),
            json.loads(file.attrs["config"]),
            json.loads(file.attrs["summary"]),
            None if seed < 0 else seed,
            versions,
        )


def _put(group: Any, tree: Mapping[str, Any]) -> None:
    for name, node in tree.items():
        if isinstance(node, Quantity):
            data = np.asarray(node.value)
            text = data.dtype.kind in "US"
            options = {"compression": "gzip", "shuffle": True} if node.packed and data.size > 256 and not text else {}
            dataset = group.create_dataset(name, data=data.astype(object).tolist() if text else data, **options)
            dataset.attrs["unit"] = node.unit
            if node.note:
                dataset.attrs["note"] = node.note
        elif isinstance(node, Mapping):
            _put(group.create_group(name), node)
        else:
            raise TypeError(f"{name}: a result tree holds Quantity leaves, not {type(node).__name__}")


def _get(group: Any) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, node in group.items():
        if hasattr(node, "shape"):
            value = node.asstr()[()] if node.dtype.kind == "O" else node[()]
            tree[name] = Quantity(value, str(node.attrs["unit"]), str(node.attrs.get("note", "")))
        else:
            tree[name] = _get(node)
    return tree


def _json(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"cannot store {type(value).__name__} in a result file's configuration")
