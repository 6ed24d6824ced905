"""Which compiler is taken, what is kept in the cache, and two processes at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spicemtj.engines import veriloga
from spicemtj.engines.veriloga import frontend, tools
from spicemtj.errors import InputError, MissingToolError

openvaf = pytest.mark.skipif(
    veriloga.find_compilers().front_end == "", reason="openvaf-py has wheels for CPython 3.11 and 3.12 only"
)

TEXT = """`include "disciplines.vams"
`include "part.vh"
module m(p, n);
  inout p, n;
  electrical p, n;
  (* type = "instance", units = "ohm", desc = "the resistance" *) parameter real r = `R from (0:inf);
  parameter integer k = 3 from [1:5] exclude 4;
  (* units = "A" *) real i;
  analog begin
    i = V(p, n) / r / k;
    I(p, n) <+ i;
  end
endmodule
"""
# A program that takes OpenVAF's arguments: notes them, and writes what a compiler would
FAKE = """#!/bin/sh
[ "$1" = --version ] && { echo "openvaf-r 23.5.0-fake"; exit 0; }
echo "$@" >> "$(dirname "$0")/calls"
[ "$1" = -o ] || { echo "error: unexpected argument" >&2; exit 1; }
grep -q broken "$3" && { printf 'error: unexpected token\\n  --> %s:3:1\\n' "$3" >&2; exit 65; }
[ "$3" ] && echo compiled > "$2"
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model with an included file, and a cache of its own."""
    monkeypatch.setenv("SPICEMTJ_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SPICEMTJ_OPENVAF", raising=False)
    (tmp_path / "part.vh").write_text("`define R 1k\n")
    path = tmp_path / "m.va"
    path.write_text(TEXT)
    return path


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the PATH with a program `openvaf-r`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "openvaf-r").write_text(FAKE)
    (folder / "openvaf-r").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_openvaf_is_taken_where_it_is_found(model: Path, fake: Path, tmp_path: Path) -> None:
    made = veriloga.compile(model)
    assert made.read_text() == "compiled\n"
    assert made.suffix == ".osdi"
    assert (fake / "calls").read_text().split()[-1] == str(model)
    veriloga.compile(model)  # from the cache
    out = veriloga.compile(model, out=tmp_path / "copy.osdi", compiler="openvaf")
    assert out.read_text() == "compiled\n"
    assert len((fake / "calls").read_text().splitlines()) == 1
    found = veriloga.find_compilers()
    assert found.openvaf == str(fake / "openvaf-r")
    assert found.openvaf_version == "openvaf-r 23.5.0-fake"
    assert found.ok
    assert not found.remedy


def test_another_version_of_openvaf_compiles_anew(model: Path, fake: Path) -> None:
    first = veriloga.compile(model)
    other = fake.parent / "other-openvaf"
    other.write_text(FAKE.replace("23.5.0", "24.0.0"))
    other.chmod(0o755)
    os.environ["SPICEMTJ_OPENVAF"] = str(other)
    try:
        assert veriloga.compile(model) != first
    finally:
        del os.environ["SPICEMTJ_OPENVAF"]


def test_a_file_that_openvaf_refuses(model: Path, fake: Path) -> None:
    model.write_text(TEXT + "// broken\n")
    with pytest.raises(InputError) as refused:
        veriloga.compile(model)
    assert str(refused.value) == f"{model}: openvaf-r refused it (error: unexpected token --> {model}:3:1)"
    assert not list((model.parent / "cache").rglob("*.osdi"))


def test_programs_named_by_variables_that_are_not_there(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPICEMTJ_OPENVAF", "/no/such/openvaf")
    with pytest.raises(MissingToolError, match="SPICEMTJ_OPENVAF = /no/such/openvaf: no such program"):
        veriloga.compile(model)
    monkeypatch.delenv("SPICEMTJ_OPENVAF")
    monkeypatch.setenv("CC", "/no/such/cc -m64")
    with pytest.raises(MissingToolError, match="CC = /no/such/cc -m64: no such program"):
        veriloga.compile(model, compiler="c")


def test_nothing_at_all(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any compiler each error names the remedies."""
    monkeypatch.setenv("PATH", "/no/such/folder")
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(frontend, "front_end", lambda: None)
    with pytest.raises(MissingToolError, match="no C compiler is on the PATH"):
        veriloga.compile(model)
    with pytest.raises(MissingToolError, match="neither openvaf-r nor openvaf is on the PATH; install openvaf-py"):
        veriloga.compile(model, compiler="openvaf")
    with pytest.raises(MissingToolError, match="pip install openvaf-py"):
        veriloga.render_c(model)


@openvaf
def test_the_cache_follows_the_content(model: Path) -> None:
    """The same content gives the same file; a change in an included file another one."""
    first = veriloga.compile(model, compiler="c")
    assert veriloga.compile(model, compiler="c") == first
    stamp = first.stat().st_mtime_ns
    twin = model.parent / "elsewhere"
    twin.mkdir()
    for name in ("m.va", "part.vh"):
        shutil.copy(model.parent / name, twin / name)
    assert veriloga.compile(twin / "m.va", compiler="c") == first
    (model.parent / "part.vh").write_text("`define R 2k\n")
    assert veriloga.compile(model, compiler="c") != first
    assert first.stat().st_mtime_ns == stamp
    assert not [p for p in first.parent.iterdir() if p.suffix != ".osdi"]


@openvaf
def test_two_processes_at_once(model: Path) -> None:
    """Started together on an empty cache: both succeed with the same file, and nothing else is left."""
    code = (
        "import sys; from spicemtj.engines import veriloga; print(veriloga.compile(sys.argv[1], out=sys.argv[2], compiler='c'))"
    )
    out = model.parent / "device.osdi"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(model), str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in started:
        printed, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint
        assert printed.strip() == str(out)
    kept = list((model.parent / "cache" / "osdi").iterdir())
    assert len(kept) == 1
    assert out.read_bytes() == kept[0].read_bytes()
    assert {p.name for p in model.parent.iterdir()} == {"m.va", "part.vh", "cache", "device.osdi"}


@openvaf
def test_a_place_that_cannot_be_written(model: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*it is a folder"):
        veriloga.compile(model, out=model.parent, compiler="c")
    with pytest.raises(InputError, match=r"cannot write .*No such file"):
        veriloga.compile(model, out=model.parent / "no" / "such.osdi", compiler="c")


def test_c_that_does_not_compile(model: Path) -> None:
    source = model.parent / "device.c"
    source.write_text("int x = ;\n")
    with pytest.raises(Exception, match=r"the C compiler .* failed: .*error"):
        veriloga.compile_c(source)


def test_what_a_file_declares(model: Path) -> None:
    (module,) = veriloga.describe(model)
    assert module["name"] == "m"
    assert module["terminals"] == ["p", "n"]
    r, k = module["parameters"]
    assert (r["name"], r["instance"], r["default"], r["units"], r["range"]) == ("r", True, "1k", "ohm", "from (0:inf)")
    assert (k["name"], k["instance"], k["integer"], k["range"]) == ("k", False, True, "from [1:5] exclude 4")
    assert module["outputs"] == [{"name": "i", "units": "A", "description": ""}]


@openvaf
def test_the_verb(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from argparse import ArgumentParser

    from spicemtj.verbs import compile as verb

    parser = ArgumentParser()
    verb.add(parser.add_subparsers(dest="verb"))
    out = model.parent / "m.osdi"
    outcome = verb.run(parser.parse_args(["compile", str(model), "--out", str(out), "--compiler", "c"]))
    assert out.is_file()
    lines = outcome.text.splitlines()
    assert lines[0] == "module m (p, n)"
    assert lines[-1] == str(out)
    assert any("ohm" in line and "the resistance" in line for line in lines)
    assert json.loads(json.dumps(outcome.data))["modules"][0]["parameters"][0]["name"] == "r"
    assert outcome.data["osdi"] == str(out)


@pytest.mark.parametrize("here", [True, False])
def test_the_verb_without_the_program_that_was_asked_for(model: Path, monkeypatch: pytest.MonkeyPatch, here: bool) -> None:
    """It says what this machine would take instead; openvaf-py is not advised where it is here already."""
    from argparse import ArgumentParser

    from spicemtj.verbs import compile as verb

    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(model.parent))
    if here:
        (model.parent / "cc").write_text("#!/bin/sh\necho cc 1.0\n")
        (model.parent / "cc").chmod(0o755)
    for place in (tools, frontend):
        monkeypatch.setattr(place, "front_end", lambda: "0.1")
    parser = ArgumentParser()
    verb.add(parser.add_subparsers(dest="verb"))
    with pytest.raises(MissingToolError, match=r"neither openvaf-r nor openvaf .* leave --compiler out") as missing:
        verb.run(parser.parse_args(["compile", str(model), "--compiler", "openvaf"]))
    assert ("pip install" in str(missing.value)) != here
    assert ("openvaf-py 0.1 with cc 1.0" in str(missing.value)) == here
