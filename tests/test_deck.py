"""The text of decks, judged without a simulator: what is in them, what is left out, and every number exact."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from spicemtj import Crossbar, Write
from spicemtj.circuit.deck import operating_point_deck, within_reach, write_deck
from spicemtj.circuit.schemes import Drive
from spicemtj.circuit.topology import topology
from spicemtj.device.access import Access
from spicemtj.device.switching.quantile_fit import fit
from spicemtj.errors import InputError
from spicemtj.randomness import cell_uniforms

NAN = np.nan
CELL = {"r_wl": 1.0, "r_bl": 2.0, "r_driver_wl": 50.0, "r_driver_bl": 60.0}


def cards(text: str) -> dict[str, list[str]]:
    """The element cards of a deck by name."""
    lines = [line.split() for line in text.splitlines() if re.match(r"[rbcvmx]\S*_\d", line)]
    return {words[0]: words[1:] for words in lines}


def ohms(resistances: np.ndarray, **options: float) -> Crossbar:
    return Crossbar.from_resistances(resistances, **(CELL | options))


def test_nodes_and_elements_have_their_documented_names() -> None:
    xbar = ohms(np.array([[1e3, 2e3], [3e3, 4e3]]))
    got = cards(operating_point_deck(xbar, [0.1, 0.2], [0.0, 0.0]).text())
    assert got == {
        "rwl_0": ["dwl_0", "w_0_0", "51.0"],
        "rwl_1": ["dwl_1", "w_1_0", "51.0"],
        "rbl_0": ["dbl_0", "b_1_0", "62.0"],
        "rbl_1": ["dbl_1", "b_1_1", "62.0"],
        "rw_0_0": ["w_0_0", "w_0_1", "1.0"],
        "rw_1_0": ["w_1_0", "w_1_1", "1.0"],
        "rb_0_0": ["b_0_0", "b_1_0", "2.0"],
        "rb_0_1": ["b_0_1", "b_1_1", "2.0"],
        "rc_0_0": ["w_0_0", "b_0_0", "1000.0"],
        "rc_0_1": ["w_0_1", "b_0_1", "2000.0"],
        "rc_1_0": ["w_1_0", "b_1_0", "3000.0"],
        "rc_1_1": ["w_1_1", "b_1_1", "4000.0"],
        "vwl_0": ["dwl_0", "0", "0.1"],
        "vwl_1": ["dwl_1", "0", "0.2"],
        "vbl_0": ["dbl_0", "0", "0.0"],
        "vbl_1": ["dbl_1", "0", "0.0"],
    }


def test_resistances_read_back_exactly() -> None:
    resistances = 10 ** np.random.default_rng(0).uniform(0, 9, (5, 4))
    got = cards(operating_point_deck(ohms(resistances), np.zeros(5), np.zeros(4)).text())
    for (i, j), value in np.ndenumerate(resistances):
        assert float(got[f"rc_{i}_{j}"][-1]) == value


@pytest.mark.parametrize("zero", ["r_wl", "r_bl", "both drivers and wires", "cell"])
def test_no_card_ever_has_zero_ohm(zero: str) -> None:
    resistances = np.full((3, 3), 1e3)
    options = {zero: 0.0} if zero in CELL else {}
    if zero == "cell":
        resistances[1, 1] = 0.0
    elif not options:
        options = dict.fromkeys(CELL, 0.0)
    text = operating_point_deck(ohms(resistances, **options), np.ones(3), np.zeros(3)).text()
    values = [float(words[-1]) for name, words in cards(text).items() if name.startswith("r")]
    assert min(values) > 0
    assert len(values) > 0


def test_shorts_merge_nodes_under_the_first_name() -> None:
    resistances = np.array([[1e3, 0.0], [1e3, 1e3]])
    deck = operating_point_deck(ohms(resistances, r_bl=0.0), [1.0, 0.0], [0.0, 0.0])
    assert deck.names.bit == ["b_0_0", "w_0_1", "b_0_0", "w_0_1"]
    assert cards(deck.text())["rc_1_1"][:2] == ["w_1_1", "w_0_1"]


def test_floating_lines_have_no_source_and_islands_are_left_out() -> None:
    resistances = np.array([[1e3, np.inf], [1e3, np.inf]])
    deck = operating_point_deck(ohms(resistances), [1.0, NAN], [0.0, NAN])
    got = cards(deck.text())
    assert [name for name in got if name[0] == "v"] == ["vwl_0", "vbl_0"]
    assert deck.names.bit == ["b_0_0", "", "b_1_0", ""]  # column 1 hangs on nothing
    assert deck.names.word == ["w_0_0", "w_0_1", "w_1_0", "w_1_1"]  # row 1 is reached through its cell
    assert not any("_1" in node and node.startswith("b_0_1") for words in got.values() for node in words)


def test_several_points_step_their_lines_and_keep_constant_ones() -> None:
    deck = operating_point_deck(ohms(np.full((2, 1), 1e3)), [[0.1, 0.3], [0.1, -0.2]], [[0.0], [0.0]])
    assert ".dc vpoint 0 1 1" in deck.text()
    got = cards(deck.text())
    assert got["vwl_0"][-1] == "0.1"
    assert got["bwl_1"] == ["dwl_1", "0", "v=pwl(v(point),0,0.3,1,-0.2)"]


def test_points_that_float_different_lines_do_not_share_a_deck() -> None:
    with pytest.raises(InputError, match="split the points"):
        operating_point_deck(ohms(np.full((2, 1), 1e3)), [[0.1, 0.3], [0.1, NAN]], [[0.0], [0.0]])


def test_joined_driver_ends_share_one_source() -> None:
    options = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}
    deck = operating_point_deck(ohms(np.array([[0.0, 1e3]]), **options), [0.5], [0.5, 0.0])
    assert deck.net.joined_ends.tolist() == [True, True, False]
    assert [name for name in cards(deck.text()) if name[0] == "v"] == ["vwl_0", "vbl_1"]
    assert deck.names.source_bl == ["vwl_0", "vbl_1"]


def test_a_path_through_a_transistor_needs_an_open_gate() -> None:
    xbar = Crossbar(2, 2, cell="1T1R")
    floating = np.array([False, True, False, True])  # row 1 and column 1 float
    on = np.array([[True, True], [False, False]])
    net = topology(xbar, floating, on)
    assert net.fed[net.bit].tolist() == [[True, True], [True, True]]
    assert net.fed[net.word].tolist() == [[True, True], [False, False]]
    off = topology(xbar, floating, np.zeros((2, 2), dtype=bool))
    assert off.fed[off.bit].tolist() == [[True, False], [True, False]]


def waveform(card: list[str], t: np.ndarray) -> np.ndarray:
    numbers = [float(x) for x in re.findall(r"[-+.\deE]+", " ".join(card[2:]).removeprefix("pwl"))]
    if len(numbers) == 1:
        return np.full(t.shape, numbers[0])
    assert (np.diff(numbers[::2]) > 0).all()
    return np.interp(t, numbers[::2], numbers[1::2])


def test_ramps_are_centred_on_the_edges_and_start_from_zero() -> None:
    xbar = Crossbar(2, 1)
    edges, rise = np.array([0.0, 1e-9, 3e-9]), 4e-11
    drive = Drive(edges, [[0.4, 0.2], [0.4, -0.2]], [[0.0], [0.1]], rise=rise)
    got = cards(write_deck(xbar, drive, switching=np.zeros((2, 1), dtype=bool)).text())
    centres = edges + rise  # the drive starts one rise time into the transient
    for name, levels in (("vwl_0", [0.4, 0.4]), ("vwl_1", [0.2, -0.2]), ("vbl_0", [0.0, 0.1])):
        around = [0.0, *levels, 0.0]
        for k, centre in enumerate(centres):
            t = centre + np.array([-0.5, 0.0, 0.5]) * rise
            before, after = around[k], around[k + 1]
            np.testing.assert_allclose(waveform(got[name], t), [before, (before + after) / 2, after], atol=1e-12)
    assert waveform(got["vwl_0"], np.zeros(1)) == 0


def test_full_width_at_half_maximum_is_the_pulse_width() -> None:
    text = Crossbar(2, 2).deck(Write("V/2", row=0, col=0, volts=0.8, seconds=2e-9)).text()
    t = np.linspace(0, 2.2e-9, 220_001)
    v = waveform(cards(text)["vwl_0"], t)
    assert np.trapezoid((v >= 0.4).astype(float), t) == pytest.approx(2e-9, abs=1e-13)


def test_a_ramp_longer_than_a_piece_is_refused() -> None:
    drive = Drive(np.array([0.0, 1e-9, 1.01e-9]), [[0.4], [0.2]], [[0.0], [0.0]], rise=2e-11)
    with pytest.raises(InputError, match="does not fit"):
        write_deck(Crossbar(1, 1), drive)


def test_a_write_floats_its_lines_without_a_source() -> None:
    names = cards(Crossbar(3, 3).deck(Write("floating", row=1, col=2, volts=0.3, seconds=5e-9)).text())
    assert [name for name in names if name[0] == "v"] == ["vwl_1", "vbl_2"]


def test_every_cell_within_reach_integrates_its_law_and_the_rest_does_not() -> None:
    faults = np.zeros((6, 6), dtype=int)
    faults[0, 0], faults[1, 1] = 1, 2
    xbar = Crossbar(6, 6, states=np.where(np.arange(36).reshape(6, 6) % 2, 1, -1), faults=faults)
    drive = Write("grounded", row=2, col=3, volts=0.3, seconds=5e-9).drive(xbar)
    u = cell_uniforms(7, xbar.shape)
    deck = write_deck(xbar, drive, u)
    switching = {name for name in cards(deck.text()) if name.startswith("x")}
    p = xbar.cells.switching_probability(0.3 * np.asarray(xbar.states), 5e-9 + 2 * drive.rise, xbar.states)
    expected = {f"xc_{i}_{j}" for i, j in np.argwhere((u <= p) & (faults == 0))}
    assert switching == expected
    assert 0 < len(expected) < 34
    assert "rc_0_0" not in cards(deck.text())
    assert "bc_0_0" not in cards(deck.text())


def test_seed_and_uniforms_name_the_same_numbers() -> None:
    xbar, pulse = Crossbar(3, 3), Write("V/2", row=1, col=1, volts=0.6, seconds=5e-9)
    by_seed = xbar.deck(pulse, seed=5).text()
    assert by_seed == xbar.deck(pulse, uniforms=cell_uniforms(5, xbar.shape)).text()
    assert by_seed != xbar.deck(pulse, seed=6).text()


def test_within_reach_takes_the_largest_voltage_between_lines() -> None:
    xbar = Crossbar(2, 2, states=[[1, 1], [-1, -1]])
    u = np.full((2, 2), 0.5)
    half = Write("V/2", row=0, col=0, volts=0.5, seconds=5e-9)
    p = xbar.cells.switching_probability(0.5 * np.asarray(xbar.states), 5e-9, xbar.states)
    assert within_reach(xbar, half.drive(xbar), u).tolist() == (p >= 0.5).tolist()
    assert not within_reach(Crossbar.from_resistances(np.ones((2, 2))), half.drive(xbar), u).any()


def test_transistors_have_width_length_body_and_model() -> None:
    xbar = Crossbar(2, 3, cell="1T1R", access=Access.preset(width=200e-9, length=60e-9))
    deck = operating_point_deck(xbar, np.ones(2), np.zeros(3), np.full(2, 1.4))
    got = cards(deck.text())
    assert got["mc_1_2"] == ["c_1_2", "g_1", "b_1_2", "0", "spicemtj_nmos", "w=2e-07", "l=6e-08"]
    assert xbar.access is not None
    assert deck.text().count(xbar.access.card()) == 1
    assert got["rc_1_2"][:2] == ["w_1_2", "c_1_2"]
    by_column = Crossbar(2, 3, cell="1T1R", gate_by="column")
    assert cards(operating_point_deck(by_column, np.ones(2), np.zeros(3), np.full(3, 1.4)).text())["mc_1_2"][1] == "g_2"


def test_a_card_of_the_users_own_is_included_by_its_full_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    xbar = Crossbar(1, 1, cell="1T1R", access=Access.preset(lib=Path("my.lib"), model="mine"))
    text = operating_point_deck(xbar, [1.0], [0.0], [1.4]).text()
    assert f'.include "{tmp_path / "my.lib"}"' in text
    assert " mine w=" in text


def test_coefficients_of_the_law_are_those_of_the_fit() -> None:
    """The card's power series is the fit's Chebyshev series, at every point of its range."""
    xbar, u = Crossbar(1, 2, states=[[1, -1]]), np.array([[0.3, 0.8]])
    law = fit(xbar.cells, u[0], np.array([1, -1]), 5e-9)
    drive = Drive(np.array([0.0, 5e-9]), [[0.8]], [[0.0, 0.0]])
    got = cards(write_deck(xbar, drive, u, switching=np.ones((1, 2), dtype=bool)).text())
    for j in range(2):
        values = {key: float(value) for key, value in (word.split("=") for word in got[f"xc_0_{j}"] if "=" in word)}
        powers = [values[f"c{k}"] for k in range(law.coefficients.shape[1])]
        volts = np.linspace(values["v_lo"] * (1 + 1e-9), values["v_hi"], 50)
        x = (2 / volts - 1 / values["v_lo"] - 1 / values["v_hi"]) / (1 / values["v_lo"] - 1 / values["v_hi"])
        rate = np.exp(-np.polynomial.polynomial.polyval(x, powers)) / values["tref"]
        one = type(law)(law.coefficients[j], law.v_lo[j], law.v_hi[j], law.polarity[j])
        np.testing.assert_allclose(rate, one.rate(volts * law.polarity[j]), rtol=1e-7)
        assert values["s0"] == [1, -1][j]


def test_no_power_operator_and_no_numpy_text() -> None:
    text = Crossbar(3, 3, variation={"ra": 0.1}).deck(Write("V/3", row=0, col=0, volts=0.9, seconds=5e-9)).text()
    body = "\n".join(line for line in text.splitlines() if not line.startswith("*"))
    assert "**" not in body
    assert "pow(" not in body
    assert "^" not in body
    assert "np." not in body
    assert "nan" not in body


def test_text_ends_and_writes_to_a_file(tmp_path: Path) -> None:
    deck = operating_point_deck(ohms(np.full((1, 1), 1e3)), [0.1], [0.0])
    assert deck.text().endswith(".end\n")
    assert ".options klu " in deck.text()
    assert "klu" not in deck.with_klu(False).text()
    assert deck.write(tmp_path / "a.cir").read_text() == deck.text()
