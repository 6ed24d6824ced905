"""Transistors with a card of the user's own: found in files, in decks, tabulated for nodal, and the same in both engines."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import spicemtj as sm
from spicemtj.circuit.deck import operating_point_deck
from spicemtj.cli import main
from spicemtj.device.access import Access, drain_current, threshold
from spicemtj.device.own_card import files, find
from spicemtj.engines import card_table
from spicemtj.engines.card_table import CardTable, table_of
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.errors import InputError

EXAMPLES = Path(__file__).parent.parent / "examples"
CARD = EXAMPLES / "models" / "nmos_bsim4.mod"
SIZE = {"width": 180e-9, "length": 45e-9, "gate_on": 1.4}
PLAIN = ".model square nmos (level=1 vto=0.35 kp=2e-4 lambda=0.15 gamma=0.4 phi=0.8 is=0 tnom=26.85)"
INSIDE = ".subckt cell d g s b w=1u\nm1 d g s b square w={w} l=45n\n" + PLAIN + "\n.ends"

BSIM4 = Access.from_card(CARD, **SIZE)
LEVEL_1 = Access.from_card(text=PLAIN, **SIZE)
WRAPPED = Access.from_card(text=INSIDE, **SIZE)
SAME = Access(180e-9, 45e-9, 1.4, vto=0.35, kp=2e-4, lambda_=0.15, gamma=0.4, phi=0.8)  # LEVEL_1, by the built-in equations


def file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


# -- cards


def library(folder: Path) -> Path:
    file(folder, "ff.inc", ".model nch.1 NMOS level=14\n+ lmin=1u\n.model nch.2 nmos level=14\n.model pch pmos level=14\n")
    return file(
        folder,
        "two corners.lib",
        "* .model nch0 nmos\n.lib TT\n.model Ntt nmos (level=1 vto=0.3) $ typical\n.model other nmos(level=1)\n.endl TT\n"
        ".lib FF\n.include 'ff.inc'\n.lib \"two corners.lib\" TT\n.endl\n",
    ).rename(folder / "corners.lib")


def test_a_model_is_found_in_its_section_and_in_included_files(tmp_path: Path) -> None:
    (tmp_path / "two corners.lib").symlink_to(library(tmp_path))
    path = tmp_path / "corners.lib"
    assert find(path, "", "NTT", "tt").name == "ntt"
    assert find(path, "", "nch", "FF").name == "nch"
    assert find(path, "", "ntt", "ff").name == "ntt"
    access = Access.from_card(path, "nch", section="FF", parameters={"NF": 2}, **SIZE)
    assert access.card() == f'.lib "{path}" FF'
    assert dict(access.parameters) == {"w": 180e-9, "l": 45e-9, "nf": 2.0}
    assert access.own
    assert {p.name for p in files(path)} == {"corners.lib", "ff.inc"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": "ntt"}, r"corners\.lib has its models in sections; add section = one of ff, tt"),
        ({"model": "nt", "section": "TT"}, r"unknown model of corners\.lib 'nt'; did you mean 'ntt'"),
        ({"section": "TT"}, r"corners\.lib has several models; name one of ntt, other"),
        (
            {"model": "pch", "section": "FF"},
            r"the model pch of corners\.lib is of type pmos; an access transistor is an n-channel",
        ),
        ({"section": "SS"}, r"unknown section of corners\.lib 'ss' \(choose from ff, tt\)"),
    ],
)
def test_a_model_that_is_not_there(tmp_path: Path, arguments: dict[str, str], message: str) -> None:
    (tmp_path / "two corners.lib").symlink_to(library(tmp_path))
    with pytest.raises(InputError, match=message):
        Access.from_card(tmp_path / "corners.lib", **arguments, **SIZE)


def test_other_mistakes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the card .*nowhere\.mod: No such file"):
        Access.from_card(tmp_path / "nowhere.mod", **SIZE)
    with pytest.raises(InputError, match=r"none\.mod has no \.model of type nmos and no \.subckt"):
        Access.from_card(file(tmp_path, "none.mod", "* nothing\n"), **SIZE)
    with pytest.raises(InputError, match="the path of a card or its text, one of them"):
        Access.from_card(**SIZE)
    with pytest.raises(InputError, match=r"Access\.width = 0"):
        Access.from_card(CARD, width=0, length=1e-7, gate_on=1)
    with pytest.raises(InputError, match="Access parameter nf = 'two'"):
        Access.from_card(CARD, parameters={"nf": "two"}, **SIZE)  # type: ignore[dict-item]
    with pytest.raises(InputError, match="no section of a file with blanks"):
        Access.from_card(tmp_path / "a b.lib", section="tt", **SIZE)
    with pytest.raises(InputError, match="the level-1 equations do not hold for nch45"):
        drain_current(BSIM4, 1.4, 0.1, 0.0)
    with pytest.raises(InputError, match=r"Access\.kp = 0"):
        Access(1e-7, 1e-7, 1.0)


def test_a_transistor_of_a_toml(tmp_path: Path) -> None:
    file(tmp_path, "own.mod", PLAIN)
    toml = 'file = "own.mod"\nwidth = "0.2u"\nlength = 50e-9\ngate_on = "1.2 V"\n[parameters]\nas = "10f"\n'
    access = Access.from_toml(file(tmp_path, "own.toml", toml))
    assert access.lib == tmp_path / "own.mod"
    assert (access.width, access.length, access.gate_on, access.model) == (2e-7, 5e-8, 1.2, "square")
    assert dict(access.parameters)["as"] == 1e-14
    inline = file(tmp_path, "text.toml", f'text = "{PLAIN}"\nwidth = "0.2u"\nlength = 50e-9\ngate_on = 1.2\n')
    assert Access.named(str(inline)).text == PLAIN
    assert Access.named("nmos-45") == Access.preset("nmos-45")
    for wrong, message in (
        (toml.replace("width", "with"), "did you mean 'width'"),
        (toml.replace('file = "own.mod"', ""), "give file = or text ="),
        (toml.replace('"10f"', "true"), r"parameters\.as must be a number"),
        (toml.replace("[parameters]\nas", "parameters"), "parameters must be a table"),
        (toml.replace("own.mod", "gone.mod"), r"cannot read the card .*gone\.mod"),
    ):
        with pytest.raises(InputError, match=message):
            Access.from_toml(file(tmp_path, "wrong.toml", wrong))


def test_a_deck_takes_the_card_as_it_stands() -> None:
    hot = sm.Mtj.preset("ref-pma-40", temperature=400.0)
    for access, lines in (
        (BSIM4, [f'.include "{CARD}"', "mc_0_1 c_0_1 g_0 b_0_1 0 nch45 w=1.8e-07 l=4.5e-08"]),
        (LEVEL_1, [PLAIN, "mc_0_1 c_0_1 g_0 b_0_1 0 square w=1.8e-07 l=4.5e-08"]),
        (WRAPPED, [*INSIDE.splitlines(), "xt_0_1 c_0_1 g_0 b_0_1 0 cell w=1.8e-07"]),
    ):
        text = operating_point_deck(sm.Crossbar(1, 2, hot, "1T1R", access=access), [0.1], [0.0, 0.0], [1.4]).text()
        assert set(lines) <= set(text.splitlines())
        assert " temp=126.85" in text
        assert threshold(access, 0.5)[0] == -np.inf  # always a path
    assert " temp=" not in operating_point_deck(sm.Crossbar(1, 2, hot, "1T1R"), [0.1], [0.0, 0.0], [1.4]).text()


# -- tables


def direct(access: Access, at: np.ndarray, folder: Path) -> np.ndarray:
    """Currents (k,) of k transistors side by side at (k, 3) gate, drain and source volts, in an operating point of ngspice."""
    cards = ["test", access.card(), ".options reltol=1e-9 vntol=1e-12 abstol=1e-18 gmin=1e-18 temp=26.85"]
    for k, (vg, vd, vs) in enumerate(at.tolist()):
        cards += [f"vg{k} g{k} 0 {vg!r}", f"vd{k} d{k} 0 {vd!r}", f"vs{k} s{k} 0 {vs!r}"]
        cards.append(f"m{k} d{k} g{k} s{k} 0 {access.model} w={access.width!r} l={access.length!r}")
    waves = NgspiceEngine(failed=folder).run("\n".join([*cards, ".op", ".end", ""]))
    return np.array([(waves[f"i(vs{k})"][0] - waves[f"i(vd{k})"][0]) / 2 for k in range(len(at))])


@pytest.mark.ngspice
def test_a_table_is_the_card_between_its_points(tmp_path: Path) -> None:
    """300 points of BSIM4, body effect and both directions: within 2e-4 of the current itself from leakage to saturation."""
    rng = np.random.default_rng(1)
    at = np.column_stack([rng.choice([0.0, 0.45, 1.4], 300), rng.uniform(0, 1.5, (300, 2))])
    want = direct(BSIM4, at, tmp_path)
    assert np.abs(want).min() < 1e-12
    assert np.abs(want).max() > 2e-4
    got, by_drain, by_source = table_of(BSIM4, 300.0).current(*at.T)
    np.testing.assert_allclose(got, want, rtol=2e-4, atol=2e-15)
    assert (by_drain > 0).all()
    assert (by_source > 0).all()


@pytest.mark.ngspice
def test_a_table_of_level_1_is_its_equations() -> None:
    """2000 points; 2e-5 of the largest current, which is what the corners of the law cost at 10 mV."""
    rng = np.random.default_rng(2)
    vd, vs = rng.uniform(-0.2, 1.6, (2, 2000))
    for vg in (0.6, 1.4):
        want, _, by_drain, by_source = drain_current(SAME, vg, vd, vs)
        got, *slopes = table_of(LEVEL_1, 300.0).current(vg, vd, vs)
        largest = np.abs(want).max()
        np.testing.assert_allclose(got, want, rtol=0, atol=5e-5 * largest)
        for slope, exact in zip(slopes, (by_drain, -by_source), strict=True):
            assert np.median(np.abs(slope - exact)) < 1e-5 * np.abs(exact).max()


@pytest.mark.ngspice
@pytest.mark.parametrize("access", [BSIM4, LEVEL_1])
def test_slopes_are_the_derivatives_and_both_directions_meet(access: Access) -> None:
    rng = np.random.default_rng(3)
    table, h = table_of(access, 300.0), 1e-7
    vd, vs = rng.uniform(-0.2, 1.6, (2, 1000))
    _, by_drain, by_source = table.current(1.4, vd, vs)
    for slope, up, down in (
        (by_drain, (vd + h, vs), (vd - h, vs)),
        (-by_source, (vd, vs + h), (vd, vs - h)),
    ):
        numeric = (table.current(1.4, *up)[0] - table.current(1.4, *down)[0]) / (2 * h)
        np.testing.assert_allclose(slope, numeric, rtol=0, atol=1e-9 * np.abs(slope).max() + 1e-9)
    v = rng.uniform(-0.2, 1.6, 1000)
    at, by_drain, by_source = table.current(1.4, v, v)
    assert (at == 0).all()
    _, before, _ = table.current(1.4, v - 1e-12, v)
    np.testing.assert_allclose(before, by_drain, rtol=0, atol=1e-9 * by_drain.max())
    np.testing.assert_allclose(by_source, by_drain, rtol=1e-12, atol=1e-15)


@pytest.mark.ngspice
def test_a_table_grows_with_gates_and_voltages() -> None:
    table = CardTable(LEVEL_1, 300.0)
    first = table.current(1.0, 0.7, 0.1)[0]
    points = table.points
    far, *_ = table.current(2.0, 1.9, -0.3)
    assert far == pytest.approx(float(drain_current(SAME, 2.0, 1.9, -0.3)[0]), rel=1e-5, abs=0)
    assert table.points > points
    assert table.current(1.0, 0.7, 0.1)[0] == pytest.approx(float(first), rel=1e-9, abs=0)
    with pytest.raises(InputError, match="finite volts"):
        table.current(1.0, np.inf, 0.0)


@pytest.mark.ngspice
def test_a_table_is_kept_until_its_card_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPICEMTJ_CACHE", str(tmp_path / "cache"))
    file(tmp_path, "inner.mod", PLAIN)
    access = Access.from_card(file(tmp_path, "outer.mod", ".include inner.mod\n"), **SIZE)
    runs = []
    sweep = card_table.sweep
    monkeypatch.setattr(card_table, "sweep", lambda *of: (runs.append(of[1]), sweep(*of))[1])
    before = CardTable(access, 300.0).current([1.4, 1.0, 1.4], 0.5, 0.0)[0]
    assert runs == [[1.0, 1.4]]
    np.testing.assert_array_equal(CardTable(access, 300.0).current([1.4, 1.0, 1.4], 0.5, 0.0)[0], before)
    assert len(runs) == 1
    assert table_of(access, 300.0) is table_of(access, 300.0)
    CardTable(access, 300.0).current([1.0, 1.2], 0.5, 0.0)
    assert runs[1:] == [[1.2]]
    file(tmp_path, "inner.mod", PLAIN.replace("2e-4", "4.0e-4"))
    np.testing.assert_allclose(table_of(access, 300.0).current([1.4, 1.0, 1.4], 0.5, 0.0)[0], 2 * before, rtol=1e-6)
    assert CardTable(access, 380.0).current(1.4, 0.5, 0.0)[0] < 1.8 * before[0]
    assert len(runs) == 4


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".model nch nmos level=14 version=9", "Device type BSIM4 version 9 not available in this binary"),
        (".model nch nmos level=999", "Illegal value for level"),
        (".model nch nmos level=14 version=4.8.1 toxe=-1n", "Fatal: Toxe = -1e-09 is not positive"),
        (".model nch nmos level=1 vto={unknown}", r"Undefined parameter \[unknown\]"),
        (".subckt nch d g s\nm1 d g s 0 a\n.model a nmos level=1\n.ends", "Too many parameters for subcircuit"),
        (".subckt nch g d s b w=1\nm1 d g s b a\n.model a nmos level=1 vto=0.3\n.ends", "are its pins drain, gate"),
        (".subckt nch d g s b w=1\nm1 d g s b a\n.model a pmos level=1 vto=-0.3\n.ends", "is it an n-channel one"),
        (".model nch nmos level=1 vto=3", "carries no current"),
    ],
)
def test_what_ngspice_says_of_a_wrong_card(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        table_of(Access.from_card(text=text, **SIZE), 300.0).current(1.4, 0.5, 0.0)
    assert "\n" not in str(caught.value)
    assert "nch" in str(caught.value)


@pytest.mark.ngspice
def test_what_ngspice_ignores_is_said(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPICEMTJ_CACHE", str(tmp_path))
    with caplog.at_level(logging.WARNING, logger="spicemtj.engines.card_table"):
        CardTable(Access.from_card(text=".model nch nmos (level=1 vth=0.4)", **SIZE), 300.0).current(1.4, 0.5, 0.0)
    assert "unrecognized parameter (vth) - ignored" in caplog.text


# -- arrays


def apart(one: object, two: object, *names: str) -> float:
    """The largest difference of fields of two results, relative to the largest value of each."""
    worst = 0.0
    for name in names:
        a, b = np.asarray(getattr(one, name)), np.asarray(getattr(two, name))
        np.testing.assert_array_equal(np.isnan(a), np.isnan(b))
        worst = max(worst, float(np.nanmax(np.abs(a - b)) / np.nanmax(np.abs(b))))
    return worst


FIELDS = ("v_wl", "v_bl", "v_cell", "v_access", "i_wl", "i_bl")


@pytest.mark.slow
@pytest.mark.ngspice
@pytest.mark.parametrize("access", [BSIM4, LEVEL_1, WRAPPED], ids=["bsim4", "level1", "subcircuit"])
def test_any_read_agrees_with_ngspice(access: Access) -> None:
    """Any voltages, gates by row and by column, open cells, floating lines, wires of 0 ohm, hot: 1e-4, most of it far below."""
    rng = np.random.default_rng(4)
    m, n = 6, 5
    faults = np.zeros((m, n), dtype=int)
    faults[1, 2] = faults[4, 4] = 1
    states = rng.choice([-1, 1], (m, n))
    for gate_by in ("row", "column"):
        xbar = sm.Crossbar(m, n, cell="1T1R", states=states, access=access, faults=faults, gate_by=gate_by)
        lines, gate = rng.uniform(0, 1, m + n), rng.choice([1.0, 1.4], xbar.gates)
        gate[0] = 0.0
        for floating in ([], [2, m + 1]):
            lines[floating] = np.nan
            nodal, circuit = (sm.solve(xbar, lines[:m], lines[m:], gate, engine=engine) for engine in ("nodal", "ngspice"))
            assert apart(nodal, circuit, *FIELDS) < 1e-4
    hot = sm.Crossbar(m, n, sm.Mtj.preset("ref-pma-40", temperature=400.0), "1T1R", access=access)
    nodal, circuit = (sm.solve(hot, np.full(m, 0.3), np.zeros(n), engine=engine) for engine in ("nodal", "ngspice"))
    assert apart(nodal, circuit, *FIELDS) < 1e-4
    cold = sm.solve(sm.Crossbar(m, n, cell="1T1R", access=access), np.full(m, 0.3), np.zeros(n))
    assert abs(cold.i_bl[0] / nodal.i_bl[0] - 1) > 0.01
    ohmic = sm.Crossbar.from_resistances(10 ** rng.uniform(3, 5, (m, n)), cell="1T1R", access=access, r_wl=0.0)
    v_wl, v_bl = rng.uniform(0, 2.0, m), rng.uniform(0, 2.0, n)
    nodal, circuit = (sm.solve(ohmic, v_wl, v_bl, engine=engine) for engine in ("nodal", "ngspice"))
    assert apart(nodal, circuit, *FIELDS) < 1e-4


@pytest.mark.ngspice
@pytest.mark.parametrize("access", [BSIM4, LEVEL_1], ids=["bsim4", "level1"])
def test_a_level_1_card_is_the_built_in_law_and_a_write_that_of_the_circuit(access: Access) -> None:
    rng = np.random.default_rng(5)
    states = rng.choice([-1, 1], (4, 5))
    states[1, 2] = -1
    xbar = sm.Crossbar(4, 5, cell="1T1R", states=states, access=access)
    pulse = sm.Write("gate", row=1, col=2, volts=-1.0, seconds=5e-9)
    nodal, circuit = (sm.write(xbar, pulse, engine=engine, seed=1) for engine in ("nodal", "ngspice"))
    np.testing.assert_array_equal(nodal.flipped, circuit.flipped)
    assert nodal.flipped[1, 2]
    assert apart(nodal, circuit, "v_start", "v_cell", "p_flip") < 1e-4
    if access is LEVEL_1:
        built_in = sm.write(sm.Crossbar(4, 5, cell="1T1R", states=states, access=SAME), pulse, seed=1)
        assert apart(nodal, built_in, "v_start", "v_cell", "p_flip", "energy_bl") < 1e-4


@pytest.mark.slow
@pytest.mark.ngspice
@pytest.mark.parametrize(("access", "size"), [(BSIM4, 64), (LEVEL_1, 24)], ids=["bsim4", "level1"])
def test_large_reads_and_writes(access: Access, size: int) -> None:
    """A read of all rows and one of a single row, and a write that flips its cell."""
    rng = np.random.default_rng(6)
    states = rng.choice([-1, 1], (size, size))
    row, col = size - 4, size // 2
    states[row, col] = -1
    xbar = sm.Crossbar(size, size, cell="1T1R", states=states, access=access, variation={"ra": 0.05}, seed=1)
    for gate in (None, np.where(np.arange(size) == row, 1.4, 0.0)):
        nodal, circuit = (sm.solve(xbar, np.full(size, 0.1), np.zeros(size), gate, engine=e) for e in ("nodal", "ngspice"))
        assert apart(nodal, circuit, *FIELDS, "i_cell") < 1e-4
    pulse = sm.Write("gate", row=row, col=col, volts=-1.1, seconds=10e-9)
    nodal, circuit = (sm.write(xbar, pulse, engine=e, seed=1) for e in ("nodal", "ngspice"))
    assert nodal.flipped[row, col]
    np.testing.assert_array_equal(nodal.flipped, circuit.flipped)
    assert apart(nodal, circuit, "v_start", "v_cell", "p_flip") < 1e-4


# -- the command line and the example


@pytest.mark.ngspice
def test_the_flag(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    toml = str(EXAMPLES / "models" / "nmos_bsim4.toml")
    found = {}
    for engine in ("nodal", "ngspice"):
        assert main(["solve", "--cell", "1T1R", "--access", toml, "--rows", "3", "--engine", engine, "--json"]) == 0
        found[engine] = json.loads(capsys.readouterr().out)
    assert found["nodal"]["access"] == toml
    np.testing.assert_allclose(found["nodal"]["i_bl"], found["ngspice"]["i_bl"], rtol=1e-4)
    assert main(["write", "--cell", "1T1R", "--access", toml, "--rows", "3", "--volts", "-1", "--json"]) == 0
    own = json.loads(capsys.readouterr().out)["selected"]["v_cell"]
    assert main(["write", "--cell", "1T1R", "--access", "nmos-45", "--rows", "3", "--volts", "-1", "--json"]) == 0
    assert abs(json.loads(capsys.readouterr().out)["selected"]["v_cell"] / own - 1) > 0.01
    assert main(["solve", "--access", toml]) == 2
    assert "add --cell 1T1R" in capsys.readouterr().err
    assert main(["write", "--cell", "1T1R", "--access", "nmos-54"]) == 2
    assert "did you mean 'nmos-45'" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.ngspice
def test_the_example(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "12_own_transistor.py")], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    distances = [float(line.split("apart by ")[1]) for line in done.stdout.splitlines()]
    assert len(distances) == 4
    assert max(distances) < 1e-3
