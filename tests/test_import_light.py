"""Importing the package, or asking the command line for help, loads numpy and nothing heavier."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("scipy", "numba", "llvmlite", "h5py", "matplotlib", "sklearn", "tqdm", "PySpice", "distributed", "multiprocessing")


def loaded_after(statement: str) -> set[str]:
    """The top-level modules in a fresh Python after `statement`."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(name for name in sys.modules if '.' not in name))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(run.stdout.split())


def test_the_check_sees_a_heavy_import() -> None:
    assert "h5py" in loaded_after("import h5py")


@pytest.mark.parametrize(
    "statement",
    [
        "import spicemtj",
        "import spicemtj.cli",
        "import spicemtj; spicemtj.Crossbar(3, 4); spicemtj.Mtj.preset('ref-pma-40').conductance(1, 0.1)",
    ],
)
def test_light(statement: str) -> None:
    names = loaded_after(statement)
    assert "numpy" in names
    assert names.isdisjoint(HEAVY), sorted(names.intersection(HEAVY))


def test_every_public_name_is_there() -> None:
    import spicemtj

    for name in spicemtj.__all__:
        assert getattr(spicemtj, name) is not None, name
    with pytest.raises(AttributeError, match="no_such_name"):
        spicemtj.no_such_name  # noqa: B018
