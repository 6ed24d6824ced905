"""What the doctor finds, here and on machines that lack things; and how ngspice is found and probed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spicemtj import doctor
from spicemtj.engines import locate, veriloga
from spicemtj.engines.veriloga import Compilers
from spicemtj.errors import MissingToolError

Fake = Callable[[str], Path]

# what two versions print for the probe
NEW = """
** ngspice-44.2 : Circuit level simulation program
** Compiled with KLU Direct Linear Solver
Using KLU as Direct Linear Solver
Error opening osdi lib "no-such-library.osdi": No such file or directory!
ngspice-44.2 done
"""
OLD = """
osdi: no such command available in ngspice
** ngspice-39 : Circuit level simulation program
ngspice-39 done
"""


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    """Each test probes for itself and leaves nothing behind."""
    locate._probe.cache_clear()
    yield
    locate._probe.cache_clear()


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Put a program that runs `script` in the place of ngspice."""

    def make(script: str) -> Path:
        path = tmp_path / "ngspice"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("SPICEMTJ_NGSPICE", str(path))
        return path

    return make


def saying(text: str) -> str:
    return f"cat <<'END'\n{text}\nEND"


def by_name(findings: list[doctor.Finding]) -> dict[str, doctor.Finding]:
    return {f.name: f for f in findings}


# -- locate


@pytest.mark.ngspice
def test_the_ngspice_of_this_machine() -> None:
    found = locate.find_ngspice()
    about = subprocess.run([found.path, "--version"], check=True, capture_output=True, text=True).stdout
    assert f"ngspice-{found.text} " in about
    assert found.klu == ("KLU" in about)
    assert found.version >= (39,)
    assert locate.version_or_none() == found.text


def test_a_new_ngspice(fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    path = fake(saying(NEW))
    assert locate.find_ngspice() == locate.Ngspice(path, (44, 2), klu=True, osdi=True)
    assert locate.find_ngspice().lacks == ""
    assert not caplog.records


def test_an_old_ngspice_works_with_one_warning(fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    path = fake(saying(OLD))
    assert locate.find_ngspice() == locate.find_ngspice() == locate.Ngspice(path, (39,), klu=False, osdi=False)
    assert len(caplog.records) == 1
    message = caplog.records[0].getMessage()
    assert message.startswith("ngspice 39 has no KLU (")
    assert "no OSDI" in message
    assert locate.remedy() in message


def test_probed_once_a_process(fake: Fake, tmp_path: Path) -> None:
    fake(f"echo run >>{tmp_path}/runs\n{saying(NEW)}")
    for _ in range(3):
        locate.find_ngspice()
    assert (tmp_path / "runs").read_text() == "run\n"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo hello", "is not an ngspice that runs (it said: hello)"),
        (f"{saying(NEW)}\necho no library >&2; exit 127", "it said: no library"),
        ("kill -9 $$", "it said: nothing"),
    ],
)
def test_a_program_that_is_no_ngspice(fake: Fake, script: str, words: str) -> None:
    path = fake(script)
    with pytest.raises(MissingToolError) as caught:
        locate.find_ngspice()
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert locate.version_or_none() is None


def test_one_that_hangs(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "_SECONDS", 0.2)
    fake("exec sleep 60")
    with pytest.raises(MissingToolError, match=r"did not answer within 0\.2 s"):
        locate.find_ngspice()


def test_none_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SPICEMTJ_NGSPICE", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="ngspice is not on this machine; "):
        locate.find_ngspice()


def test_a_wrong_name_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPICEMTJ_NGSPICE", str(tmp_path / "ngspcie"))
    with pytest.raises(MissingToolError, match=f"SPICEMTJ_NGSPICE = {re.escape(str(tmp_path))}/ngspcie"):
        locate.find_ngspice()


@pytest.mark.parametrize(
    ("release", "apt", "words"),
    [
        ({"ID": "debian", "VERSION_CODENAME": "bookworm"}, True, "-t bookworm-backports ngspice libngspice0"),
        ({"ID": "debian", "VERSION_CODENAME": "trixie"}, True, "sudo apt-get install ngspice libngspice0"),
        ({"ID": "arch"}, False, "install ngspice 42 or newer"),
    ],
)
def test_the_remedy_is_that_of_the_system(
    monkeypatch: pytest.MonkeyPatch, release: dict[str, str], apt: bool, words: str
) -> None:
    monkeypatch.setattr(locate.platform, "freedesktop_os_release", lambda: release)
    monkeypatch.setattr(locate.shutil, "which", lambda name: "/usr/bin/apt-get" if apt else None)
    assert words in locate.remedy()


def test_libngspice_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = tmp_path / "libngspice.so.0"
    monkeypatch.setenv("SPICEMTJ_LIBNGSPICE", str(library))
    assert locate.find_libngspice() is None
    library.touch()
    assert locate.find_libngspice() == library


# -- doctor


def test_everything_is_looked_at() -> None:
    findings = doctor.examine()
    names = [f.name for f in findings]
    for name in ("python", "numpy", "scipy", "numba", "h5py", "ngspice", "libngspice", "PySpice", "Verilog-A", "dask"):
        assert names.count(name) == 1
    assert {"switching table", "calibrations"} <= set(names)
    for f in findings:
        assert f.found
        assert "\n" not in f.found + f.remedy
        assert bool(f.remedy) != f.ok, f


@pytest.mark.ngspice
def test_this_machine_is_healthy() -> None:
    findings = doctor.examine()
    assert doctor.healthy(findings), doctor.text(findings)
    assert doctor.exit_code(findings) == 0


def test_without_ngspice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPICEMTJ_NGSPICE", str(tmp_path / "nothing"))
    findings = doctor.examine()
    ngspice = by_name(findings)["ngspice"]
    assert (ngspice.ok, ngspice.mark, ngspice.remedy) == (False, "MISSING", locate.remedy())
    assert doctor.exit_code(findings) == 1


def test_an_old_ngspice_is_no_illness(fake: Fake) -> None:
    fake(saying(OLD))
    findings = doctor.examine()
    found = by_name(findings)
    assert found["ngspice"].ok
    assert [found[name].mark for name in ("KLU", "OSDI")] == ["without", "without"]
    assert found["KLU"].remedy == locate.remedy()
    assert doctor.healthy(findings)


def test_a_package_that_does_not_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    finding = by_name(doctor.examine())["h5py"]
    assert not finding.ok
    assert finding.found.startswith("does not import")
    assert finding.remedy.endswith("-m pip install --force-reinstall h5py")


def test_a_library_that_does_not_load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = tmp_path / "libngspice.so.0"
    library.write_text("not a library")
    monkeypatch.setenv("SPICEMTJ_LIBNGSPICE", str(library))
    finding = by_name(doctor.examine())["libngspice"]
    assert (finding.ok, finding.found) == (False, f"{library} does not load")


def test_ways_to_verilog_a(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(openvaf: str = "", front: str = "", cc: str = "", remedy: str = "") -> doctor.Finding:
        there = Compilers(openvaf, openvaf and "OpenVAF 23.5", front, cc, cc and "gcc 12", remedy)
        monkeypatch.setattr(veriloga, "find_compilers", lambda: there)
        return doctor._veriloga()

    assert find(openvaf="/usr/bin/openvaf").found == "OpenVAF 23.5 (/usr/bin/openvaf)"
    assert find(front="0.1", cc="/usr/bin/cc").found == "openvaf-py 0.1 with gcc 12 (/usr/bin/cc)"
    nothing = find(remedy="get one")
    assert not nothing.ok
    assert not nothing.needed
    assert nothing.remedy == "get one"


def test_text_is_aligned() -> None:
    findings = [
        doctor.Finding("a", True, "1.0"),
        doctor.Finding("longer", False, "is not here", "do this"),
        doctor.Finding("b", False, "is not here either", "do that", needed=False),
    ]
    assert doctor.text(findings).splitlines() == [
        "a       ok       1.0",
        "longer  MISSING  is not here",
        "                 -> do this",
        "b       without  is not here either",
        "                 -> do that",
    ]


def test_data_is_json() -> None:
    data = doctor.data([doctor.Finding("a", False, "is not here", "do this")])
    assert json.loads(json.dumps(data)) == {
        "healthy": False,
        "findings": [{"name": "a", "ok": False, "found": "is not here", "remedy": "do this", "needed": True}],
    }
