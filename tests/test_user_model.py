"""A user's own junction in a crossbar: against its law worked out in Python, against the built-in device, and what is refused."""

from __future__ import annotations

import dataclasses
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

import spicemtj as sm
from spicemtj import cli, sneak
from spicemtj.circuit.deck import operating_point_deck, write_deck
from spicemtj.device.emit.elements import subcircuits
from spicemtj.device.emit.ranges import Range
from spicemtj.engines import ngspice, user_model, veriloga
from spicemtj.engines.base import Solution
from spicemtj.engines.locate import find_ngspice
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.errors import InputError, MissingToolError
from spicemtj.paths import models

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
BRINKMAN = EXAMPLES / "models"
IDEAL = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}
CHARGE, HBAR, ELECTRON = 1.602176634e-19, 1.054571817646156e-34, 9.1093837015e-31


def brinkman(v: float, state: int, ra: float, a: float = 100.0, b: float = 50.0) -> float:
    """Current [A] of the junction of examples/models at `v` volts, positive on the pinned layer; ra in ohm um^2, a and b in nm."""
    d, phi, dphi, pol, kappa, rs = 1.1e-9, 0.39, 0.1, 0.65, 1.0, 25.0
    cosine = float(state)
    g_t = np.pi / 4 * (a * 1e-3) * (b * 1e-3) / ra / (1 + pol**2)
    a0 = 4 * np.sqrt(2 * ELECTRON * CHARGE) * d / (3 * HBAR)

    def tunnel(u: float) -> float:
        elastic = u - a0 * dphi / (16 * phi**1.5) * u**2 / 2 + 9 / 128 * a0**2 / phi * u**3 / 3
        return g_t * ((1 + pol**2 * cosine) * elastic + (1 - pol**2 * cosine) * kappa * u * abs(u) / 2)

    return tunnel(brentq(lambda u: u + rs * tunnel(u) - v, -1.0, 1.0, xtol=1e-16, rtol=1e-15))


def compiler() -> None:
    if not veriloga.find_compilers().ok or not find_ngspice().osdi:
        pytest.skip("no Verilog-A compiler, or an ngspice without OSDI")


def example(kind: str) -> Path:
    """The TOML of an example, where this machine can run it."""
    if kind == "va":
        compiler()
    return BRINKMAN / {"va": "brinkman_inplane.toml", "lib": "brinkman_inplane_lib.toml"}[kind]


KINDS = pytest.mark.parametrize("kind", ["va", "lib"])


def states(m: int, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).choice([-1, 1], (m, n))


def currents(sol: Solution, xbar: sm.Crossbar) -> np.ndarray:
    """(m, n): the law at the voltages of a solution."""
    ra = np.broadcast_to(xbar.cells.ra, xbar.shape) * 1e12
    return np.array([[brinkman(sol.v_cell[i, j], xbar.states[i, j], ra[i, j]) for j in range(xbar.n)] for i in range(xbar.m)])


# -- the law


@pytest.mark.ngspice
@KINDS
def test_currents_are_those_worked_out_by_hand(kind: str) -> None:
    """Each word line at its own voltage, no wires: both states at 9 voltages of both signs."""
    volts = [-0.3, -0.2, -0.1, -0.01, 0.001, 0.02, 0.1, 0.2, 0.3]
    xbar = sm.Crossbar(9, 2, states=np.tile([1, -1], (9, 1)), **IDEAL)
    sol = sm.solve(xbar, volts, [0.0, 0.0], engine=NgspiceEngine(device=example(kind)))
    np.testing.assert_allclose(sol.v_cell[:, 0], volts, rtol=1e-12)
    wanted = [[brinkman(v, state, 8.0) for state in (1, -1)] for v in volts]
    np.testing.assert_allclose(sol.i_cell, wanted, rtol=1e-8)


@pytest.mark.ngspice
@KINDS
def test_the_word_line_is_at_the_pinned_layer(kind: str) -> None:
    """A WKB integral over the trapezoid of the barrier (0.44 eV at the pinned layer, 0.34 eV at the free one) says which way conducts less.

    That is with the pinned layer positive, as the word line is where a voltage drives parallel to antiparallel.
    """

    def wkb(v: float, pinned: float, free: float) -> float:
        # electrons from the free layer, at 0, into the pinned one, at -v eV; their number goes as the distance to the Fermi level
        energy, x = np.linspace(-4, max(0.0, -v), 2000)[:, None], np.linspace(0, 1, 201)
        decay = np.sqrt(np.maximum(free + (pinned - v - free) * x - energy, 0) * 2 * ELECTRON * CHARGE) / HBAR
        supply = np.maximum(-energy[:, 0], 0) - np.maximum(-v - energy[:, 0], 0)
        return float(np.trapezoid(supply * np.exp(-2 * 1.1e-9 * np.trapezoid(decay, x, axis=1)), energy[:, 0]))

    assert wkb(0.1, 0.44, 0.34) < 0.99 * -wkb(-0.1, 0.44, 0.34)
    xbar = sm.Crossbar(2, 1, states=[[1], [1]], **IDEAL)
    forward, back = sm.solve(xbar, [0.1, -0.1], [0.0], engine=NgspiceEngine(device=example(kind))).i_cell[:, 0]
    assert 0 < forward < 0.99 * -back


def test_the_law_is_another_than_ours() -> None:
    """Asymmetric in the voltage, and a TMR that falls with a cusp at 0 V: what the built-in device has not."""
    # the barrier is the higher one at the pinned layer, and conducts less with that one positive
    assert brinkman(0.2, 1, 8.0) / -brinkman(-0.2, 1, 8.0) < 0.98
    tmr = {v: brinkman(v, 1, 8.0) / brinkman(v, -1, 8.0) - 1 for v in (1e-4, 0.01, 0.02)}
    assert (tmr[1e-4] - tmr[0.02]) / (tmr[1e-4] - tmr[0.01]) == pytest.approx(2.0, rel=0.05, abs=0)  # 4 for a parabola


@pytest.mark.ngspice
@KINDS
@pytest.mark.parametrize("cell", ["1R", "1T1R"])
def test_a_read_with_wires_and_spread(kind: str, cell: str) -> None:
    """Every cell's current is its law's at its own voltage and RA, and the lines' currents are the sums."""
    xbar = sm.Crossbar(6, 5, cell=cell, states=states(6, 5, 1), variation={"ra": 0.2}, seed=3)
    gate = np.full(6, 1.4) if cell == "1T1R" else None
    sol = sm.solve(xbar, np.linspace(0.1, 0.3, 6), np.zeros(5), gate, engine=NgspiceEngine(device=str(example(kind))))
    np.testing.assert_allclose(sol.i_cell, currents(sol, xbar), rtol=1e-8)
    np.testing.assert_allclose(sol.i_cell.sum(axis=0), sol.i_bl, rtol=1e-9)
    np.testing.assert_allclose(sol.i_cell.sum(axis=1), sol.i_wl, rtol=1e-9)
    drop = 51.0 * sol.i_wl  # driver and first segment
    np.testing.assert_allclose(sol.v_wl[:, 0], np.linspace(0.1, 0.3, 6) - drop, rtol=1e-9)


@pytest.mark.ngspice
def test_module_and_subcircuit_agree_at_several_points() -> None:
    xbar = sm.Crossbar(4, 4, states=states(4, 4, 2))
    v_wl = np.array([[0.1, 0.2, 0.0, -0.1], [0.3, np.nan, 0.1, 0.0], [0.0, 0.0, 0.0, 0.0]])
    one, other = (sm.solve(xbar, v_wl, np.zeros((3, 4)), engine=NgspiceEngine(device=example(kind))) for kind in ("va", "lib"))
    for name in ("v_cell", "i_cell", "i_wl", "i_bl"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-8, atol=1e-15)
    assert np.isfinite(one.i_cell).all()


# -- the built-in device brought as a model


STATIC = {
    "file": str(models() / "mtj.va"), "element": "mtj_static", "pins": ["p", "n"],
    "state": {"parameter": "s0", "parallel": 1, "antiparallel": -1},
    "parameters": {"vh": "0.5V"}, "device": {"diameter": "diameter", "ra": "ra", "tmr0": "tmr0"},
}  # fmt: skip
SUBCIRCUIT = {
    "file": str(models() / "mtj.lib"), "element": "mtj", "pins": ["p", "n", "a"],
    "state": {"parameter": "s0", "parallel": 1, "antiparallel": -1},
    "device": {"r_p": "r_p", "tmr0_t": "tmr0_t", "vh": "vh"},
}  # fmt: skip


def toml(path: Path, table: dict[str, object]) -> Path:
    """Write a table with tables in it as TOML."""

    def value(v: object) -> str:
        return f"{{ {', '.join(f'{a} = {value(b)}' for a, b in v.items())} }}" if isinstance(v, dict) else json.dumps(v)

    plain = [f"{k} = {json.dumps(v)}" for k, v in table.items() if not isinstance(v, dict)]
    tables = [
        f"[{k}]\n" + "\n".join(f"{a} = {value(b)}" for a, b in v.items()) for k, v in table.items() if isinstance(v, dict)
    ]
    path.write_text("\n".join([*plain, *tables, ""]))
    return path


@pytest.mark.ngspice
@pytest.mark.parametrize("table", [STATIC, SUBCIRCUIT], ids=["module", "subcircuit"])
@pytest.mark.parametrize("cell", ["1R", "1T1R"])
def test_the_built_in_device_as_a_users_model(tmp_path: Path, table: dict[str, object], cell: str) -> None:
    """8 x 8, spread, open and short cells, floating lines: the same as without the detour."""
    if table is STATIC:
        compiler()
    faults = np.zeros((8, 8), dtype=int)
    faults[1, 2], faults[5, 5], faults[3, 0] = 1, 2, 1
    xbar = sm.Crossbar(8, 8, cell=cell, states=states(8, 8, 4), variation={"ra": 0.1, "tmr": 0.1}, faults=faults)
    v_wl, v_bl = np.linspace(0.1, 0.5, 8), np.zeros(8)
    v_wl[2], v_bl[6] = np.nan, np.nan
    gate = np.full(8, 1.4) if cell == "1T1R" else None
    own = sm.solve(xbar, v_wl, v_bl, gate, engine=NgspiceEngine(device=toml(tmp_path / "own.toml", table)))
    built_in = sm.solve(xbar, v_wl, v_bl, gate, engine="ngspice")
    for name in ("v_cell", "i_cell", "i_wl", "i_bl"):
        np.testing.assert_allclose(getattr(own, name), getattr(built_in, name), rtol=1e-9, atol=1e-15)
    assert np.abs(own.i_cell).max() > 1e-5


@pytest.mark.ngspice
def test_a_write_gives_voltages_and_no_flips(tmp_path: Path) -> None:
    xbar = sm.Crossbar(5, 5, states=states(5, 5, 5))
    pulse = sm.Write("V/2", row=2, col=3, volts=0.9, seconds=5e-9)
    engine = NgspiceEngine(device=toml(tmp_path / "own.toml", SUBCIRCUIT))
    with pytest.warns(UserWarning, match=r"mtj of mtj\.lib holds its state.*no cell flips"):
        res = sm.write(xbar, pulse, engine=engine)
    assert not res.flipped.any()
    assert not res.p_flip.any()
    np.testing.assert_array_equal(res.states, xbar.states)
    usual = sm.write(xbar, pulse, engine="nodal")
    np.testing.assert_allclose(res.v_start, usual.v_start, atol=1e-8)
    np.testing.assert_allclose(res.v_cell, usual.v_start, atol=1e-5)  # at the end of the pulse, as nothing has flipped
    assert usual.flipped.any()


def test_a_deck_with_cells_that_should_switch_is_refused(tmp_path: Path) -> None:
    model = user_model.load(toml(tmp_path / "own.toml", SUBCIRCUIT))
    xbar = sm.Crossbar(3, 3)
    pulse = sm.Write("V/2", row=1, col=1, volts=0.9, seconds=5e-9)
    with pytest.raises(InputError, match="holds its state, so no cell of it can switch"):
        xbar.deck(pulse, junctions=model)
    held = write_deck(xbar, pulse.drive(xbar), switching=np.zeros((3, 3), dtype=bool), junctions=model).text()
    assert held.count("\nxc_") == held.count("\nvc_") == 9


@pytest.mark.ngspice
def test_sneak_currents_by_the_closed_form() -> None:
    """Near 0 V the junction is ohmic: floating lines then see the closed form of its own resistance."""
    engine, volts = NgspiceEngine(device=example("lib")), 1e-5
    (read,) = sneak.measure([4], ["floating"], volts=volts, engine=engine, **IDEAL)
    resistance = volts / brinkman(volts, 1, 8.0)
    assert read.sneak == pytest.approx(volts / sneak.floating_network(resistance, 4, 4), rel=1e-4, abs=0)
    assert read.cell_p == pytest.approx(volts / resistance, rel=1e-8, abs=0)
    assert np.isnan(read.closed_form)  # which would be that of the built-in device


# -- files


LIBRARY = """\
* two corners
.lib TT
.include "parts/inner.inc"
.endl TT
.lib FF
.subckt cell A B sense params: R = 5k state={1+0} $ continued
+ flag='1 + 2'
re A B {R*(1+state)}
bs sense 0 v=v(A,B)
.ends
.endl
"""
INNER = """\
.subckt cell p q s R=1k state=0 ; comment
re p q {R*(2+state)}
rs s 0 1
.ends cell
"""


def library(folder: Path) -> Path:
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "inner.inc").write_text(INNER)
    (folder / "two_corners.lib").write_text(LIBRARY)
    return folder / "two_corners.lib"


CELL = {
    "file": "two_corners.lib", "element": "CELL", "section": "FF", "pins": ["p", "n", "Sense"],
    "state": {"parameter": "STATE", "parallel": 0, "antiparallel": 1}, "parameters": {"R": "4k"},
}  # fmt: skip


def test_subcircuits_of_a_library(tmp_path: Path) -> None:
    found = subcircuits(library(tmp_path))
    assert {section: [(e.name, e.terminals, list(e.parameters)) for e in elements] for section, elements in found.items()} == {
        "": [],
        "tt": [("cell", ("p", "q", "s"), ["r", "state"])],
        "ff": [("cell", ("a", "b", "sense"), ["r", "state", "flag"])],
    }


@pytest.mark.ngspice
@pytest.mark.parametrize(("section", "parallel"), [("FF", 4e3), ("tt", 8e3)])
def test_sections_and_private_pins(tmp_path: Path, section: str, parallel: float) -> None:
    folder = tmp_path / "Folder"
    library(folder)
    xbar = sm.Crossbar(2, 2, states=[[1, -1], [-1, 1]], **IDEAL)
    engine = NgspiceEngine(device=toml(folder / "own.toml", CELL | {"section": section}))
    sol = sm.solve(xbar, [0.1, 0.2], [0.0, 0.0], engine=engine)
    other = parallel + 4e3
    np.testing.assert_allclose(sol.i_cell, [[0.1 / parallel, 0.1 / other], [0.2 / other, 0.2 / parallel]], rtol=1e-9)
    deck = operating_point_deck(xbar, [0.1, 0.2], [0.0, 0.0], junctions=engine.junctions(xbar))
    waves = engine.simulate(deck)
    if section == "FF":
        assert [waves[f"v(c_{i}_1_sense)"][0] for i in range(2)] == pytest.approx([0.1, 0.2], rel=1e-9, abs=0)


@pytest.mark.ngspice
def test_a_compiled_file_by_itself(tmp_path: Path) -> None:
    compiler()
    veriloga.compile(BRINKMAN / "brinkman_inplane.va", out=tmp_path / "Own Model.osdi", compiler="c")
    text = (BRINKMAN / "brinkman_inplane.toml").read_text().replace("brinkman_inplane.va", "Own Model.osdi")
    (tmp_path / "own.toml").write_text(text)
    model = user_model.load(tmp_path / "own.toml")
    declared = user_model.load(BRINKMAN / "brinkman_inplane.toml").element
    assert (model.element.terminals, dict(model.element.parameters)) == (declared.terminals, dict(declared.parameters))
    assert model.element.parameters["theta"] is True
    assert model.element.parameters["RA"] is False
    xbar = sm.Crossbar(2, 3, states=states(2, 3, 6))
    sol = sm.solve(xbar, [0.2, 0.1], np.zeros(3), engine=NgspiceEngine(device=tmp_path / "own.toml"))
    np.testing.assert_allclose(sol.i_cell, currents(sol, xbar), rtol=1e-8)


def test_a_model_travels_to_other_processes(tmp_path: Path) -> None:
    engine = NgspiceEngine(device=toml(tmp_path / "own.toml", SUBCIRCUIT))
    again = pickle.loads(pickle.dumps(engine))
    xbar = sm.Crossbar(2, 2)
    assert again.model is not None
    assert engine.model is not None
    text, other = (operating_point_deck(xbar, [0.1, 0.1], [0, 0], junctions=e.model).text() for e in (engine, again))
    assert text == other


@pytest.mark.ngspice
def test_the_toml_of_the_documentation(tmp_path: Path) -> None:
    compiler()
    page = (EXAMPLES.parent / "docs" / "own-model.md").read_text()
    (tmp_path / "own.toml").write_text(page.split("```toml\n")[1].split("```")[0])
    (tmp_path / "brinkman_inplane.va").write_text((BRINKMAN / "brinkman_inplane.va").read_text())
    said, shipped = user_model.load(tmp_path / "own.toml"), user_model.load(example("va"))
    assert said.description == shipped.description


# -- mistakes, each in one line


MISTAKES: list[tuple[dict[str, object], str]] = [
    ({"elemnt": "cell"}, r"unknown key in .*own\.toml 'elemnt'; did you mean 'element'"),
    ({"file": "two_corner.lib"}, r"no file .*two_corner\.lib \(there: two_corners\.lib\)"),
    ({"element": "sell"}, r"unknown subcircuit of two_corners\.lib 'sell'; did you mean 'cell'"),
    ({"section": "FS"}, r"unknown section of two_corners\.lib 'FS' \(choose from ff, tt\)"),
    ({"section": ""}, r"has its subcircuits in sections; add section = one of ff, tt"),
    ({"pins": ["p", "n"]}, r"pins = \['p', 'n'\] are 2, but the subcircuit cell has 3: a, b, sense"),
    ({"pins": ["p", "q", "0"]}, r"has no 'n', the cell's bit-line side"),
    ({"pins": ["p", "n", "a b"]}, r"'a b' in pins is no name of a node"),
    ({"pins": "pn0"}, r"pins must be a list"),
    ({"parameters": {"rr": 1.0}}, r"unknown parameter of the subcircuit cell 'rr'; did you mean 'r'"),
    ({"parameters": {"r": "4 kilo"}}, r"parameters\.r must be a finite number, not '4 kilo'"),
    ({"parameters": {"r": [1]}}, r"parameters\.r must be a finite number"),
    ({"parameters": {"r": "inf"}}, r"parameters\.r must be a finite number, not 'inf'"),
    ({"parameters": {"State": 1}}, r"State is given twice"),
    ({"device": {"R": "r_p"}, "parameters": {"r": 1}}, r"R is given twice"),
    ({"device": {"R": "rp"}}, r"unknown Mtj attribute in .*device\.R 'rp'; did you mean 'r_p'"),
    ({"device": {"R": {"of": "r_p", "time": 2}}}, r"unknown key in .*device\.R 'time'; did you mean 'times'"),
    ({"parameters": 3}, r"parameters must be a table, not 3"),
    ({"state": {"parameter": "state", "parallel": 0}}, r"state lacks antiparallel; add it"),
    ({"state": {"parallel": 0, "antiparallel": 1}}, r"needs either parameter = or pin ="),
    ({"state": {"parameter": "state", "pin": "Sense", "parallel": 0, "antiparallel": 1}}, r"needs either parameter = or pin ="),
    ({"state": {"parameter": "state", "parallel": 1, "antiparallel": 1}}, r"has 1\.0 for parallel and 1\.0 for antiparallel"),
    ({"state": {"pin": "sens", "parallel": 0, "antiparallel": 1}}, r"unknown pin in .*'sens'; did you mean 'Sense'"),
    ({"state": {"pin": "p", "parallel": 0, "antiparallel": 1}}, r"unknown pin in .*'p'"),
    ({"state": {"parameter": "stat", "parallel": 0, "antiparallel": 1}}, r"unknown parameter of the subcircuit cell 'stat'"),
]


@pytest.mark.parametrize(("change", "message"), MISTAKES, ids=[str(k) for k in range(len(MISTAKES))])
def test_mistakes_in_the_toml(tmp_path: Path, change: dict[str, object], message: str) -> None:
    library(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        NgspiceEngine(device=toml(tmp_path / "own.toml", CELL | change))
    assert "\n" not in str(caught.value)


def spoilt(tmp_path: Path, name: str, text: str, **changes: object) -> Callable[[], object]:
    (tmp_path / name).write_text(text)
    table = {k: v for k, v in CELL.items() if k != "section"} | {"file": name} | changes
    return lambda: user_model.load(toml(tmp_path / "own.toml", table))


@pytest.mark.ngspice
def test_a_path_with_blanks(tmp_path: Path) -> None:
    """ngspice includes such a file, but takes no section from it."""
    folder = tmp_path / "A folder"
    library(folder)
    own = toml(folder / "own.toml", {k: v for k, v in CELL.items() if k != "section"} | {"file": "parts/inner.inc"})
    sol = sm.solve(sm.Crossbar(1, 1, **IDEAL), [0.1], [0.0], engine=NgspiceEngine(device=own))
    assert sol.i_cell[0, 0] == pytest.approx(0.1 / 8e3, rel=1e-9, abs=0)
    with pytest.raises(InputError, match="no section of a file with blanks in its path"):
        NgspiceEngine(device=toml(folder / "own.toml", CELL))


def test_mistakes_in_the_models_file(tmp_path: Path) -> None:
    cases = [
        (spoilt(tmp_path, "empty.lib", "* nothing\n"), r"empty\.lib has no \.subckt"),
        (spoilt(tmp_path, "outer.lib", '.include "gone.inc"\n'), r"cannot read .*gone\.inc"),
        (spoilt(tmp_path, "none.lib", ".subckt cell a b c\n.ends\n"), r"the subcircuit cell has no parameters, so no 'STATE'"),
        (spoilt(tmp_path, "plain.lib", INNER, section="TT"), r"plain\.lib has no sections; leave section = out"),
        (spoilt(tmp_path, "bad.osdi", "text"), r"bad\.osdi is no OSDI file of this machine"),
        (spoilt(tmp_path, "bad.va", "module cell(a, b;\n"), r"bad\.va.* has no endmodule"),
    ]
    other = (BRINKMAN / "brinkman_inplane.va").read_text()
    cases.append(
        (
            spoilt(tmp_path, "m.va", other, element="mtj_outplane"),
            r"unknown module of m\.va 'mtj_outplane'; did you mean 'mtj_in",
        )
    )
    cases.append(
        (spoilt(tmp_path, "m.va", other, element="mtj_inplane"), r"are 3, but the module mtj_inplane has 2: pinned, free")
    )
    for load, message in cases:
        with pytest.raises(InputError, match=message) as caught:
            load()
        assert "\n" not in str(caught.value)


def ranged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> user_model.UserModel:
    """The example's module by a TOML with changes, not compiled."""
    monkeypatch.setattr(veriloga, "compile", lambda path: tmp_path / "never.osdi")
    table = {
        "file": str(BRINKMAN / "brinkman_inplane.va"), "element": "mtj_inplane", "pins": ["p", "n"],
        "state": {"parameter": "theta", "parallel": 0.0, "antiparallel": 3.0},
    }  # fmt: skip
    return user_model.load(toml(tmp_path / "own.toml", table | changes))


OUT_OF_RANGE = [
    (
        {"state": {"parameter": "theta", "parallel": 0, "antiparallel": 99.0}},
        r"\[state\] antiparallel = 99: theta .*from \[-`M_TWO_PI",
    ),
    (
        {"state": {"parameter": "THETA", "parallel": -7.0, "antiparallel": 0}},
        r"\[state\] parallel = -7: theta of the module mtj_in",
    ),
    ({"parameters": {"pol": 1}}, r"\[parameters\] pol = 1: pol of the module mtj_inplane is a finite number from \[0:1\)"),
    ({"parameters": {"ra": -5}}, r"\[parameters\] RA = -5: RA .* from \(0:inf\)"),
]


@pytest.mark.parametrize(("change", "message"), OUT_OF_RANGE, ids=[str(k) for k in range(len(OUT_OF_RANGE))])
def test_a_value_that_the_file_does_not_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], message: str
) -> None:
    """ngspice may end with signal 11 at such a value: it must not get it."""
    with pytest.raises(InputError, match=message) as caught:
        ranged(tmp_path, monkeypatch, **change)
    assert "\n" not in str(caught.value)


def test_a_value_of_a_cells_own_device_that_the_file_does_not_allow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One factor of a sign that no RA has: found when the deck is written, with the attribute that gave it."""
    model = ranged(tmp_path, monkeypatch, device={"RA": {"of": "ra", "times": -1e12}})
    xbar = sm.Crossbar(2, 2)
    with pytest.raises(InputError, match=r"\[device\] RA, ra times -1e\+12, = -8: RA .* from \(0:inf\)"):
        operating_point_deck(xbar, [0.1, 0.1], [0.0, 0.0], junctions=model)
    good = ranged(tmp_path, monkeypatch, device={"RA": {"of": "ra", "times": 1e12}})
    assert operating_point_deck(xbar, [0.1, 0.1], [0.0, 0.0], junctions=good).text().count("RA=8") == 1


@pytest.mark.parametrize(
    ("text", "integer", "good", "bad"),
    [
        ("", False, [-1e30, 0, 1e30], [np.inf, np.nan]),
        ("from (0:inf) exclude 5", False, [1e-30, 4.999, 1e30], [0, -1, 5, np.nan]),
        ("from [1:5] exclude 4", True, [1, 3, 5], [0, 2.5, 4, 6]),
        ("from [-`M_TWO_PI:`M_TWO_PI]", False, [-6.2831, 0, 6.2831], [6.2832, -6.2832]),
        ("from [0:2*2k)", False, [0, 3999], [4000, -1]),
        ("exclude (1k:2*1k]", False, [1000, 2000.1], [1000.1, 2000]),
        ("from (-inf:-1m] from [1u:2k]", False, [-1, -1e-3, 1e-6, 2e3], [-1e-4, 0, 2001]),
        ("from [0:r2)", False, [0, 1e9], [-1e-9]),
    ],
)
def test_ranges_of_verilog_a(text: str, integer: bool, good: list[float], bad: list[float]) -> None:
    """Worked out by hand; r2, another parameter, bounds nothing."""
    found = Range.read(text, integer)
    assert found.allows(good).all()
    assert not found.allows(bad).any()


def test_macros_of_a_file_and_of_what_it_includes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "limits.vh").write_text("`define TOP (2*3) // rad\n")
    text = (BRINKMAN / "brinkman_inplane.va").read_text().replace("from [-`M_TWO_PI:`M_TWO_PI]", "from [0:`TOP]")
    (tmp_path / "m.va").write_text('`include "limits.vh"\n' + text)
    for most, allowed in ((6.0, True), (6.01, False)):
        state = {"parameter": "theta", "parallel": 0, "antiparallel": most}
        if allowed:
            ranged(tmp_path, monkeypatch, file="m.va", state=state)
            continue
        with pytest.raises(InputError, match=r"antiparallel = 6\.01: theta .*from \[0:\(2\*3\)\]"):
            ranged(tmp_path, monkeypatch, file="m.va", state=state)


def test_where_a_model_has_no_place(tmp_path: Path) -> None:
    engine = NgspiceEngine(device=toml(tmp_path / "own.toml", SUBCIRCUIT))
    with pytest.raises(InputError, match=r"the cells of this crossbar are resistors, and mtj of mtj\.lib"):
        engine.junctions(sm.Crossbar.from_resistances(np.full((2, 2), 1e3)))
    with pytest.raises(InputError, match=r"unknown device of the ngspice engine 'own\.lib'.*FILE\.toml"):
        NgspiceEngine(device="own.lib")


def test_an_ngspice_without_osdi_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = NgspiceEngine(device=toml(tmp_path / "own.toml", SUBCIRCUIT))
    assert engine.model is not None
    engine.model = dataclasses.replace(engine.model, osdi=tmp_path / "own.osdi")

    class Old:
        path, osdi = Path("/usr/bin/ngspice"), False

    monkeypatch.setattr(ngspice, "find_ngspice", Old)
    with pytest.raises(MissingToolError, match="has no OSDI"):
        engine.junctions(sm.Crossbar(2, 2))


# -- the command line


@pytest.mark.ngspice
def test_verbs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    own = str(example("lib"))

    def spoken(*words: str) -> dict[str, object]:
        assert cli.main([*words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    solved = spoken("solve", "--model", own, "--rows", "2", "--pattern", "parallel")
    assert (solved["engine"], solved["model"]) == ("ngspice", own)
    assert np.array(solved["i_cell"])[0, 0] == pytest.approx(brinkman(solved["v_cell"][0][0], 1, 8.0), rel=1e-8, abs=0)
    reads = spoken("sneak", "--model", own, "--sizes", "2", "--schemes", "floating")
    assert reads["device"] == own
    assert reads["reads"][0]["closed_form"] is None
    deck = tmp_path / "own.cir"
    spoken("netlist", "--model", own, "--rows", "2", "--out", str(deck))
    assert deck.read_text().count("mtj_modular") == 5
    done = subprocess.run(
        [find_ngspice().path, "-b", deck, "-r", tmp_path / "x.raw"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "rror" not in done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("solve", "--engine", "nodal"), "runs in ngspice alone"),
        (("sneak", "--engine", "nodal"), "runs in ngspice alone"),
        (("netlist", "--model", "gone.toml"), "cannot read gone.toml"),
        (("solve", "--model", "own.va"), "give the TOML that describes the model"),
    ],
)
def test_verbs_refuse(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str) -> None:
    model = () if "--model" in words else ("--model", str(BRINKMAN / "brinkman_inplane_lib.toml"))
    assert cli.main([*words, *model]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.ngspice
def test_the_example_runs_from_any_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "07_own_model.py"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "largest difference" in done.stdout
    assert not list(tmp_path.iterdir())
