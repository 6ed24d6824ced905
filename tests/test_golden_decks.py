"""The decks of netlists/: equal to what the code renders today, and what they print is what the nodal engine says."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from spicemtj import Crossbar, Write
from spicemtj.engines.locate import find_ngspice
from spicemtj.engines.nodal import Nodal
from spicemtj.randomness import cell_uniforms

ROOT = Path(__file__).resolve().parent.parent
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?(?![\w.])")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_netlists", ROOT / "scripts" / "make_netlists.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same(one: str, other: str) -> bool:
    """Equal text, and numbers equal to 1e-6: the last digits of a fit are those of the machine's linear algebra."""
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return False
    a, b = (np.array([float(x) for x in NUMBER.findall(text)]) for text in (one, other))
    return np.allclose(a, b, rtol=1e-6, atol=1e-6 * (np.abs(a) > 1e-3))


def test_same_sees_a_changed_number_and_a_changed_word() -> None:
    assert same("r1 a b 1.0000000001 c1=2e-05", "r1 a b 1.0 c1=2e-05")
    assert not same("r1 a b 1.01", "r1 a b 1.0")
    assert not same("tref=5e-09", "tref=6e-09")
    assert not same("r1 a c 1.0", "r1 a b 1.0")


def test_committed_files_are_what_the_script_renders(script: ModuleType) -> None:
    files = script.render()
    assert {path for path in files if path.suffix == ".cir"} == set((ROOT / "netlists").glob("*.cir"))
    for path, text in files.items():
        assert same(path.read_text(), text), f"{path.name} differs: run scripts/make_netlists.py"


def printed(deck: Path, folder: Path) -> dict[str, float]:
    """What a deck prints when a person runs it by hand."""
    run = subprocess.run(
        [find_ngspice().path, "-b", str(deck)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    return {name: float(value) for name, value in re.findall(r"^(\S+)\s*=\s*(\S+)$", run.stdout, re.MULTILINE)}


@pytest.mark.ngspice
@pytest.mark.parametrize("folder", [ROOT, ROOT / "netlists"])
def test_the_read_prints_the_currents_of_the_bit_lines(script: ModuleType, folder: Path) -> None:
    deck = Path("read_1r_8x8.cir") if folder.name == "netlists" else Path("netlists/read_1r_8x8.cir")
    got = printed(deck, folder)
    sol = Nodal().solve(Crossbar(8, 8, states=script.states(8, 8)), np.full(8, 0.1), np.zeros(8))
    np.testing.assert_allclose([got[f"i(vbl_{j})"] for j in range(8)], sol.i_bl, rtol=1e-8)


@pytest.mark.ngspice
def test_the_read_through_selectors_prints_current_and_voltages(script: ModuleType) -> None:
    xbar = Crossbar(8, 8, cell="1S1R", states=script.states(8, 8), r_far_wl=50.0, r_far_bl=50.0)
    v_wl, v_bl = np.full(8, 0.3), np.full(8, 0.3)
    v_wl[3], v_bl[5] = 0.6, 0.0
    sol = Nodal().solve(xbar, v_wl, v_bl)
    got = printed(ROOT / "netlists" / "read_1s1r_8x8.cir", ROOT)
    assert got["i(vbl_5)"] == pytest.approx(sol.i_bl[5], rel=1e-8)
    assert got["v(w_3_5)-v(c_3_5)"] == pytest.approx(sol.v_cell[3, 5], rel=1e-8)
    assert got["v(c_3_5)-v(b_3_5)"] == pytest.approx(sol.v_access[3, 5], rel=1e-8)
    assert abs(sol.v_cell[3, 5]) > 10 * abs(sol.v_cell[0, 5])


@pytest.mark.ngspice
def test_the_floating_read_prints_the_sneak_current(script: ModuleType) -> None:
    v_wl, v_bl = np.full(8, np.nan), np.full(8, np.nan)
    v_wl[0], v_bl[7] = 0.1, 0.0
    sol = Nodal().solve(Crossbar(8, 8), v_wl, v_bl)
    got = printed(ROOT / "netlists" / "read_floating_1r_8x8.cir", ROOT)
    assert got["i_sensed"] == pytest.approx(sol.i_bl[7], rel=1e-8)
    assert got["i_sneak"] == pytest.approx(sol.i_bl[7] - sol.i_cell[0, 7], rel=1e-8)


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("name", "xbar", "pulse"),
    [
        ("write_v2_1r_8x8.cir", Crossbar(8, 8), Write("V/2", row=3, col=5, volts=0.7, seconds=5e-9)),
        ("write_v3_1r_8x8.cir", Crossbar(8, 8), Write("V/3", row=3, col=5, volts=0.7, seconds=5e-9)),
        ("write_gate_1t1r_4x4.cir", Crossbar(4, 4, cell="1T1R"), Write("gate", row=1, col=2, volts=0.9, seconds=5e-9)),
    ],
)
def test_a_write_prints_voltage_and_flips(script: ModuleType, name: str, xbar: Crossbar, pulse: Write) -> None:
    states = script.states(*xbar.shape)
    states[pulse.row, pulse.col] = 1
    xbar = xbar.with_states(states)
    wanted = Nodal().write(xbar, pulse.drive(xbar), cell_uniforms(script.SEED, xbar.shape)[None])
    got = printed(ROOT / "netlists" / name, ROOT / "netlists")
    assert got["flips"] == wanted.flipped.sum() > 0
    assert got["v_before_fall"] == pytest.approx(wanted.v_cell[pulse.row, pulse.col], rel=1e-5)
    assert 0 < got["t_flip"] < 5.2e-9


def test_check_mode_reports_a_difference_and_writes_nothing(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.cir"
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script, "render", lambda: {path: "text\n"})
    monkeypatch.setattr(sys, "argv", ["make_netlists.py", "--check"])
    assert script.main() == 1
    assert not path.exists()
    monkeypatch.setattr(sys, "argv", ["make_netlists.py"])
    assert script.main() == 0
    assert path.read_text() == "text\n"
    monkeypatch.setattr(sys, "argv", ["make_netlists.py", "--check"])
    assert script.main() == 0
