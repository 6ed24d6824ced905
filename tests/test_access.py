"""The access transistor: its equations, its card, the fit of its preset, and the 1T1R network against ngspice."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.device.access import Access, drain_current, threshold
from spicemtj.engines.nodal import Nodal
from spicemtj.errors import InputError
from spicemtj.paths import models

NODAL = Nodal()
BULKY = Access(width=200e-9, length=50e-9, gate_on=1.4, vto=0.35, kp=2e-4, lambda_=0.15, gamma=0.4, phi=0.8)
OPTIONS = ".options reltol=1e-9 vntol=1e-12 abstol=1e-18 gmin=1e-18 itl1=500"


def _fit_script():  # type: ignore[no-untyped-def]
    path = Path(__file__).parent.parent / "scripts" / "fit_access.py"
    spec = importlib.util.spec_from_file_location("fit_access", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_ngspice(cards: list[str], commands: list[str], folder: Path) -> dict[str, float]:
    """What `print` says in a batch run of a deck: {name: value}."""
    deck = folder / "deck.cir"
    deck.write_text("\n".join(["test", *cards, OPTIONS, ".control", "set numdgt=16", *commands, "quit", ".endc", ".end", ""]))
    out = subprocess.run(["ngspice", "-b", str(deck)], capture_output=True, text=True, timeout=120, check=False).stdout
    pairs = [line.split(" = ") for line in out.splitlines() if line.count(" = ") == 1]
    return {name.strip(): float(value) for name, value in pairs if value.strip()[-1].isdigit()}


def test_regions_by_hand() -> None:
    access = Access(width=100e-9, length=50e-9, gate_on=1.0, vto=0.4, kp=1e-4, lambda_=0.1, gamma=0.0, phi=0.8)
    # beta 2e-4, overdrive 0.6: linear at vds 0.2, saturation at 1.0, off at a gate of 0.3
    linear, *_ = drain_current(access, 1.0, 0.2, 0.0)
    assert linear == pytest.approx(2e-4 * 0.2 * (0.6 - 0.1) * 1.02, rel=1e-14, abs=0)
    saturated, *_ = drain_current(access, 1.0, 1.0, 0.0)
    assert saturated == pytest.approx(0.5 * 2e-4 * 0.36 * 1.1, rel=1e-14, abs=0)
    assert all(part == 0 for part in drain_current(access, 0.3, 1.0, 0.0))


def test_body_effect_by_hand() -> None:
    raised, slope = threshold(BULKY, 0.3)
    assert raised == pytest.approx(0.35 + 0.4 * (np.sqrt(1.1) - np.sqrt(0.8)), rel=1e-14, abs=0)
    assert slope == pytest.approx(0.4 / (2 * np.sqrt(1.1)), rel=1e-14, abs=0)
    forward, _ = threshold(BULKY, -0.2)
    assert forward == pytest.approx(0.35 - 0.4 * 0.2 / (2 * np.sqrt(0.8)), rel=1e-14, abs=0)


def test_drain_and_source_are_the_same_thing() -> None:
    rng = np.random.default_rng(1)
    vg, vd, vs = rng.uniform(-0.5, 1.5, (3, 500))
    current, by_gate, by_drain, by_source = drain_current(BULKY, vg, vd, vs)
    swapped, by_gate_2, by_source_2, by_drain_2 = drain_current(BULKY, vg, vs, vd)
    for one, two in ((current, swapped), (by_gate, by_gate_2), (by_drain, by_drain_2), (by_source, by_source_2)):
        np.testing.assert_array_equal(one, -two)


def test_derivatives_against_differences() -> None:
    rng = np.random.default_rng(2)
    at = rng.uniform(-0.5, 1.5, (3, 500))
    _, *slopes = drain_current(BULKY, *at)
    h = 1e-6
    for k, slope in enumerate(slopes):
        up, down = at.copy(), at.copy()
        up[k] += h
        down[k] -= h
        numeric = (drain_current(BULKY, *up)[0] - drain_current(BULKY, *down)[0]) / (2 * h)
        # the second derivative jumps where a region ends: half a step's error there, and none elsewhere
        np.testing.assert_allclose(slope, numeric, rtol=0, atol=2 * BULKY.beta * h)
        assert np.median(np.abs(slope - numeric)) < 1e-12


def test_bad_values_name_the_field() -> None:
    with pytest.raises(InputError, match=r"Access\.width = 0"):
        Access.preset("nmos-45", width=0.0)
    with pytest.raises(InputError, match=r"Access\.gamma = -1"):
        Access.preset("nmos-45", gamma=-1.0)
    with pytest.raises(InputError, match="did you mean 'width'"):
        Access.preset("nmos-45", widht=1e-7)
    with pytest.raises(InputError, match="nmos-45"):
        Access.preset("nmos-4")


def test_card_of_the_preset_is_the_file() -> None:
    fit = _fit_script()
    preset = Access.preset("nmos-45")
    assert (models() / "access_level1.lib").read_text() == fit.card_file(preset)
    assert Access.preset("nmos-45", lib=Path("/some/where.lib")).card() == '.include "/some/where.lib"'


def test_preset_is_the_fit_and_drives_the_reference_device() -> None:
    fit = _fit_script()
    preset, best = Access.preset("nmos-45"), fit.fit()
    errors = fit.residuals(preset)
    assert np.sqrt(np.mean(errors**2)) < np.sqrt(np.mean(fit.residuals(best) ** 2)) + 1e-4  # rounded to four digits
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(0.043, abs=0.0005)  # as the preset's note says
    assert np.abs(errors).max() == pytest.approx(0.083, abs=0.0005)
    assert fit.overdrive(preset, +1, 0.7) == pytest.approx(2.2, abs=0.05)
    assert fit.overdrive(preset, -1, 1.0) == pytest.approx(1.9, abs=0.05)


def test_a_card_of_ones_own_has_to_be_there() -> None:
    xbar = Crossbar(1, 1, cell="1T1R", access=Access.preset("nmos-45", lib=Path("own.lib"), model="nch"))
    with pytest.raises(InputError, match=r"cannot read the card own\.lib"):
        NODAL.solve(xbar, [0.5], [0.0])


@pytest.mark.ngspice
def test_drain_current_against_ngspice(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    at = rng.uniform(-0.6, 1.5, (40, 3))
    cards = [BULKY.card(), "vg g 0 0", "vd d 0 0", "vs s 0 0", f"m1 d g s 0 {BULKY.model} w=200n l=50n"]
    worst, scale = 0.0, np.abs(drain_current(BULKY, *at.T)[0]).max()
    commands = []
    for k, (vg, vd, vs) in enumerate(at.tolist()):
        commands += [
            f"alter vg = {vg!r}",
            f"alter vd = {vd!r}",
            f"alter vs = {vs!r}",
            "op",
            f"let a{k} = -i(vd)",
            f"print a{k}",
        ]
    got = run_ngspice(cards, commands, tmp_path)
    for k, (vg, vd, vs) in enumerate(at.tolist()):
        worst = max(worst, abs(got[f"a{k}"] - float(drain_current(BULKY, vg, vd, vs)[0])))
    assert worst < 1e-12 * scale


def array_deck(xbar: Crossbar, v_wl: np.ndarray, v_bl: np.ndarray, v_gate: np.ndarray) -> list[str]:
    """A 1T1R array card by card, all lines driven, every resistance above 0."""
    access = xbar.access
    cards = [access.card()]
    for i in range(xbar.m):
        cards += [f"vw{i} wd{i} 0 {float(v_wl[i])!r}", f"rw{i} wd{i} w_{i}_0 {xbar.r_driver_wl + xbar.r_wl!r}"]
        cards += [f"rw{i}_{j} w_{i}_{j} w_{i}_{j + 1} {xbar.r_wl!r}" for j in range(xbar.n - 1)]
    for j in range(xbar.n):
        cards += [f"vb{j} bd{j} 0 {float(v_bl[j])!r}", f"rb{j} b_{xbar.m - 1}_{j} bd{j} {xbar.r_driver_bl + xbar.r_bl!r}"]
        cards += [f"rb{i}_{j} b_{i}_{j} b_{i + 1}_{j} {xbar.r_bl!r}" for i in range(xbar.m - 1)]
    cards += [f"vg{k} g_{k} 0 {float(volts)!r}" for k, volts in enumerate(v_gate)]
    for i in range(xbar.m):
        for j in range(xbar.n):
            gate = i if xbar.gate_by == "row" else j
            w, x, b = f"w_{i}_{j}", f"x_{i}_{j}", f"b_{i}_{j}"
            cards.append(f"m_{i}_{j} {x} g_{gate} {b} 0 {access.model} w={access.width!r} l={access.length!r}")
            if xbar.ohmic:
                cards.append(f"r_{i}_{j} {w} {x} {float(xbar.resistances[i, j])!r}")
            else:
                r_p, tmr0, vh = (
                    float(np.broadcast_to(q, xbar.shape)[i, j]) for q in (xbar.cells.r_p, xbar.cells.tmr0, xbar.cells.vh)
                )
                square = f"(v({w},{x})*v({w},{x})/{vh * vh!r})"
                tmr = f"{tmr0!r}/(1+{square})" if xbar.states[i, j] < 0 else "0"
                cards.append(f"b_{i}_{j} {w} {x} i=v({w},{x})/({r_p!r}*(1+{tmr}))")
    return cards


@pytest.mark.ngspice
@pytest.mark.parametrize("case", range(6))
def test_array_against_ngspice(case: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(100 + case)
    m, n = (3, 4) if case % 2 else (4, 3)
    options = {"cell": "1T1R", "gate_by": "column" if case in (1, 2) else "row", "access": BULKY if case < 4 else None}
    if case < 2:
        xbar = Crossbar.from_resistances(10 ** rng.uniform(2.5, 4.5, (m, n)), **options)
    else:
        spreads = {"ra": 0.1, "tmr": 0.1, "hk": 0.0}
        xbar = Crossbar(m, n, states=rng.choice([-1, 1], (m, n)), variation=spreads, seed=case, r_wl=3.0, r_bl=2.0, **options)
    v_wl, v_bl = rng.uniform(-0.2 if case == 3 else 0.0, 1.2, m), rng.uniform(0, 1.2, n)
    v_gate = rng.uniform(1.0, 1.8, xbar.gates)
    v_gate[0] = 0.0
    got = NODAL.solve(xbar, v_wl, v_bl, v_gate)
    nodes = [f"{kind}_{i}_{j}" for kind in "wxb" for i in range(m) for j in range(n)]
    commands = [
        "op",
        *(f"print v({node})" for node in nodes),
        *(f"print i(vw{i})" for i in range(m)),
        *(f"print i(vb{j})" for j in range(n)),
    ]
    want = run_ngspice(array_deck(xbar, v_wl, v_bl, v_gate), commands, tmp_path)
    for name, value in (("w", got.v_wl), ("x", got.v_wl - got.v_cell), ("b", got.v_bl)):
        expected = np.array([[want[f"v({name}_{i}_{j})"] for j in range(n)] for i in range(m)])
        np.testing.assert_allclose(value, expected, rtol=0, atol=1e-9)
    i_wl, i_bl = np.array([-want[f"i(vw{i})"] for i in range(m)]), np.array([want[f"i(vb{j})"] for j in range(n)])
    scale = max(np.abs(i_wl).max(), np.abs(i_bl).max())
    assert scale > 1e-5
    np.testing.assert_allclose(got.i_wl, i_wl, rtol=0, atol=1e-9 * scale)
    np.testing.assert_allclose(got.i_bl, i_bl, rtol=0, atol=1e-9 * scale)
    np.testing.assert_allclose(got.v_cell + got.v_access, got.v_wl - got.v_bl, rtol=0, atol=1e-15)
