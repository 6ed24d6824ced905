"""What the package promises to whoever installs it, checked against what is in the tree."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import spicemtj
from spicemtj import paths

ROOT = Path(__file__).resolve().parent.parent
# the package that an import name comes from, where the two differ
DISTRIBUTIONS = {"sklearn": "scikit-learn", "dask": "distributed", "openvaf_py": "openvaf-py", "osdi_py": "osdi-py"}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w-]", requirement)[0] for requirement in requirements}


def imports_of(folder: Path) -> set[str]:
    """The top-level names that the Python files of a folder import, wherever in the file."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"spicemtj", "__future__"}


def test_every_import_is_a_declared_dependency() -> None:
    metadata = project()["project"]
    extras = metadata["optional-dependencies"]
    declared = names(metadata["dependencies"]).union(*(names(found) for extra, found in extras.items() if extra != "dev"))
    used = {DISTRIBUTIONS.get(name, name) for name in imports_of(ROOT / "spicemtj")}
    assert used <= declared
    assert {"numpy", "scipy", "numba"} <= used  # the search itself finds something


def test_the_gpl_stays_an_extra() -> None:
    metadata = project()["project"]
    assert names(metadata["optional-dependencies"]["pyspice"]) == {"PySpice"}
    assert "PySpice" not in names(metadata["dependencies"])
    assert "GPL" in (ROOT / "CONTRIBUTING.md").read_text()


def test_the_version_is_stated_once() -> None:
    assert "version" in project()["project"]["dynamic"]
    assert project()["tool"]["hatch"]["version"]["path"] == "spicemtj/__init__.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+", spicemtj.__version__)


def test_the_command_is_there() -> None:
    module, _, function = project()["project"]["scripts"]["spicemtj"].partition(":")
    assert callable(getattr(importlib.import_module(module), function))


def test_the_wheel_carries_the_data_where_paths_looks_for_it() -> None:
    carried = project()["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert carried == {name: f"spicemtj/data/{name}" for name in ("models", "netlists", "examples")}
    for name in carried:
        assert any((ROOT / name).iterdir()), name


def test_data_of_a_checkout() -> None:
    assert paths.models() == ROOT / "models"
    assert (paths.models() / "presets.toml").is_file()
    assert paths.netlists() == ROOT / "netlists"


def test_data_of_a_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "spicemtj"
    (package / "data" / "models").mkdir(parents=True)
    (tmp_path / "models").mkdir()  # a stranger's folder beside the package does not count
    monkeypatch.setattr(paths, "_PACKAGE", package)
    assert paths.models() == package / "data" / "models"


def test_missing_data_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path / "spicemtj")
    with pytest.raises(spicemtj.SpicemtjError, match=r"netlists/.*install spicemtj again"):
        paths.netlists()


@pytest.mark.parametrize(
    ("environment", "folder"),
    [({"SPICEMTJ_CACHE": "own"}, "own"), ({"XDG_CACHE_HOME": "xdg"}, "xdg/spicemtj"), ({}, "home/.cache/spicemtj")],
)
def test_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: dict[str, str], folder: str) -> None:
    for name in ("SPICEMTJ_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, value in environment.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    assert paths.cache() == tmp_path / folder
    assert paths.cache().is_dir()


def test_types_are_shipped() -> None:
    assert (ROOT / "spicemtj" / "py.typed").is_file()
