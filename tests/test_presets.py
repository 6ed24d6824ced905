"""The presets: whole, as their sources have them, and shown so."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spicemtj.cli import main
from spicemtj.device import derived, equations, presets
from spicemtj.device.mtj import Mtj
from spicemtj.verbs.device import duration

TEXTS = ("source", "published", "derived", "caveat")
ORIGINS = ("published", "derived", "assumed", "invented")


@pytest.mark.parametrize("section", ["mtj", "access", "selector"])
def test_every_preset_is_whole(section: str) -> None:
    """The four texts, and unit and origin at every value, the unit being that of the parameter."""
    units = {p.symbol: p.unit for p in equations.PARAMETERS} | {"breakdown": "V"}
    for name in presets.names(section):
        entry = presets.describe(name, section)
        for text in TEXTS:
            assert len(entry[text]) > 20, (name, text)
        values = {k: v for k, v in entry.items() if k not in (*TEXTS, "reads_only")}
        for key, value in values.items():
            assert set(value) == {"value", "unit", "origin"}, (name, key)
            assert value["origin"] in ORIGINS
            if section == "mtj":
                assert value["unit"] == units[key], (name, key)


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_for_reads_is_one_that_no_voltage_below_breakdown_writes_both_ways(name: str) -> None:
    mtj = Mtj.preset(name)
    assert mtj.name == name
    volts = [abs(derived.critical_voltage(mtj, state)) for state in (1, -1)]
    writable = all(v < mtj.breakdown for v in volts)  # nan compares false
    assert writable != presets.describe(name).get("reads_only", False)


@pytest.mark.parametrize(
    ("name", "delta", "r_p", "r_ap", "ic0"),
    [
        ("ref-pma-40", 49.3013, 6366.2, None, 41.3653e-6),
        ("ref-hir-20", 40.0, 95.5e3, None, 8.4e-6),
        ("spinlib-pma-32", 22.75, 6217, 10569, 38.2e-6),
        ("arm-sllgs-50", 82.8, 6000, 6000 * 3.57, 27.8e-6),
        ("buaa-vcma-50", 30.2, 99.8e3, 199.6e3, 26.2e-6),
        ("buaa-vcma-stt-50", 30.2, 20e3, 40e3, 26.2e-6),
    ],
)
def test_presets_give_their_published_or_stated_figures(
    name: str, delta: float, r_p: float, r_ap: float | None, ic0: float
) -> None:
    mtj = Mtj.preset(name)
    assert mtj.delta == pytest.approx(delta, rel=2e-3)
    assert mtj.r_p == pytest.approx(r_p, rel=1e-3)
    assert mtj.ic0 == pytest.approx(ic0, rel=2e-3, abs=0)
    if r_ap is not None:
        assert 1 / mtj.conductance(-1) == pytest.approx(r_ap, rel=1e-3)


def test_derived_values_follow_from_what_was_published() -> None:
    spinlib = Mtj.preset("spinlib-pma-32")
    assert spinlib.ms == pytest.approx(15800 * 1e3 / (4 * math.pi), rel=1e-5)  # 4 pi Ms in oersted
    assert spinlib.mu0_hk == pytest.approx(1433 * 1e-4)
    assert spinlib.eta == pytest.approx(math.sqrt(0.7 * 2.7) / (2 * 1.7), rel=1e-4)
    for name, ki, demagnetisation in (
        ("arm-sllgs-50", 1e-3, 0.941 - 0.029),
        ("buaa-vcma-50", 0.32e-3, 0.9664 - 0.0168),
        ("buaa-vcma-stt-50", 0.32e-3, 0.9664 - 0.0168),
    ):
        mtj = Mtj.preset(name)
        field = 2 * ki / (mtj.thickness * mtj.ms) - equations.MU0 * mtj.ms * demagnetisation
        assert mtj.mu0_hk == pytest.approx(field, rel=1e-5)
        assert mtj.demag == pytest.approx(demagnetisation)


def test_the_vcma_presets_follow_their_model() -> None:
    """Hk = 2 Ki/(t mu0 Ms) - 2 xi V/(mu0 Ms oxide t), and the resistance by its formula with factor 56.3635 and 0.4 eV."""
    for name in ("buaa-vcma-50", "buaa-vcma-stt-50"):
        mtj = Mtj.preset(name)
        lost = 2 * 60e-15 / (0.625e6 * 1.4e-9 * 1.1e-9)  # tesla a volt
        assert mtj.vcma_slope * mtj.mu0_hk == pytest.approx(lost, rel=1e-12)
    barrier = 1.025 * math.sqrt(0.4) * 1.4e-9
    ra = 1.4e-9 / (56.3635 * math.sqrt(0.4)) * math.exp(barrier)
    assert Mtj.preset("buaa-vcma-stt-50").ra == pytest.approx(ra, rel=2e-4, abs=0)


# -- derived figures


@pytest.mark.parametrize(
    ("changes", "p", "ap"),
    [
        ({}, 0.26334, -0.44106),
        ({"torque": "voltage"}, 0.26334, -0.26334),
        ({"mu0_hoff": 0.025, "torque": "voltage"}, 0.26334 * 1.1, -0.26334 * 0.9),
        ({"mu0_hoff": 0.3}, None, 0.0),  # the field alone holds it parallel
    ],
)
def test_critical_voltages(changes: dict[str, Any], p: float | None, ap: float) -> None:
    mtj = Mtj.preset("ref-pma-40", **changes)
    if p is not None:
        assert derived.critical_voltage(mtj, 1) == pytest.approx(p, abs=1e-5)
    assert derived.critical_voltage(mtj, -1) == pytest.approx(ap, abs=1e-5)


def test_vcma_helps_one_way_and_hinders_the_other() -> None:
    """At the pole of P: V (1/(R_P Ic0) + slope) = 1; at that of AP: |V| (G_AP(V)/Ic0 - slope) = 1, and without end where VCMA wins."""
    mtj = Mtj.preset("buaa-vcma-stt-50")
    assert derived.critical_voltage(mtj, 1) == pytest.approx(1 / (1 / (mtj.r_p * mtj.ic0) + mtj.vcma_slope), rel=1e-9)
    v = derived.critical_voltage(mtj, -1)
    assert -v * (mtj.conductance(-1, v) / mtj.ic0 - mtj.vcma_slope) == pytest.approx(1, rel=1e-9)
    assert math.isnan(derived.critical_voltage(Mtj.preset("buaa-vcma-50"), -1))


def test_barriers_and_retention() -> None:
    """Retention is 1/(rate of escape): tau_D sqrt(pi/Delta) exp(Delta) but for a few 1/Delta."""
    mtj = Mtj.preset("ref-pma-40", mu0_hoff=0.0125)
    assert derived.barrier(mtj, 1) == pytest.approx(mtj.delta * 1.05**2)
    assert derived.barrier(mtj, -1) == pytest.approx(mtj.delta * 0.95**2)
    plain = Mtj.preset("ref-pma-40")
    closed = plain.tau_d * math.sqrt(math.pi / plain.delta) * math.exp(plain.delta)
    for state in (1, -1):
        assert derived.retention(plain, state) == pytest.approx(closed, rel=3 / plain.delta)
    assert derived.retention(Mtj.preset("ref-pma-40", diameter=400e-9), 1) == math.inf  # e^4930 tau_D


# -- the verb


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["device", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", presets.names())
def test_show_says_all_of_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(shown(capsys, "show", name).split())
    entry = presets.describe(name)
    for key in TEXTS:
        assert " ".join(entry[key].split()) in text
    for parameter in equations.PARAMETERS:
        assert f"{parameter.symbol} " in text
        assert parameter.meaning in text
    for key, (_, meaning) in derived.MEANING.items():
        assert f"{key} " in text
        assert meaning in text
    assert "Alzate et al., Appl. Phys. Lett. 104, 112410 (2014)" in text


def test_list_and_show_in_json_at_a_temperature(capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(shown(capsys, "list", "--temperature", "358K", "--json"))
    assert set(listed) == set(presets.names())
    data = json.loads(shown(capsys, "show", "ref-pma-40", "--temperature", "358K", "--variation", "diameter=5%", "--json"))
    assert data["derived"]["delta"] == pytest.approx(35.471486, rel=1e-7)
    assert listed["ref-pma-40"]["delta"] == data["derived"]["delta"]
    origin = {p["symbol"]: p["origin"] for p in data["parameters"]}
    assert origin["temperature"] == "given"
    assert origin["ms"] == "invented"
    spread = dict(zip(data["variation"]["figures"], data["variation"]["spread"], strict=True))
    assert spread["r_p"] == pytest.approx(0.1, rel=2e-3)
    assert spread["vc0"] == 0
    assert data["variation"]["correlation"][0][3] == pytest.approx(-1)


def test_spreads_from_pulse_to_pulse_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """c2c_hk moves Hk, Delta, Ic0 and Vc0 alike, and nothing from device to device."""
    text = shown(capsys, "show", "ref-pma-40", "--variation", "c2c_hk=1%")
    assert "device to device" not in text
    lines = text[text.index("pulse to pulse") :].splitlines()[1:]
    assert {line.split()[0]: line.split()[1] for line in lines} == dict.fromkeys(("r_p", "tmr"), "0.00%") | dict.fromkeys(
        ("hk", "delta", "ic0", "vc0"), "1.00%"
    )
    both = shown(capsys, "show", "--variation", "c2c_hk=1%,ra=2%")
    assert "device to device" in both
    assert "pulse to pulse" in both
    data = json.loads(shown(capsys, "show", "--variation", "c2c_hk=1%", "--json"))["variation"]
    assert dict(zip(data["figures"], data["pulse_to_pulse"], strict=True))["vc0"] == pytest.approx(0.01, rel=1e-3)
    assert not any(data["spread"])


@pytest.mark.parametrize("torque", ["current", "voltage"])
def test_torque_field_like_and_breakdown_are_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, torque: str
) -> None:
    plain = Mtj.preset("ref-pma-40", torque=torque, field_like=0.3)
    monkeypatch.setattr(Mtj, "preset", lambda name, **changes: plain)
    values = {v["symbol"]: v for v in json.loads(shown(capsys, "show", "--json"))["parameters"]}
    assert values["torque"]["value"] == torque
    assert values["field_like"]["value"] == 0.3
    assert (values["breakdown"]["value"], values["breakdown"]["origin"]) == (1.2, "assumed")
    line = next(line for line in shown(capsys, "show").splitlines() if line.startswith("torque "))
    assert line.split()[1] == torque


REFUSED = [
    ("list ref-hir-20", "leave 'ref-hir-20' out, or: device show ref-hir-20"),
    ("list --variation ki=1%", "device list takes no --variation; leave it out, or: device show"),
    ("list --out x.h5", "device list takes no --out; redirect"),
    ("list --seed 1", "device list takes no --seed"),
    ("show --seed 0", "device show takes no --seed"),
    ("show --out x.h5", "device show takes no --out; redirect"),
    ("show --trials 100", "device show takes no --trials; leave it out, or: device plot"),
    ("show --state parallel", "device show takes no --state"),
    ("plot --variation ki=1%", "device plot takes no --variation"),
    ("plot --out x.png", "--out x.png: the result is an HDF5 file .*as x.h5"),
    ("plot --out x", "give a name that ends in .h5"),
    ("plot --out none/x.h5", "--out none/x.h5: the folder none does not exist; make it first"),
    ("plot --trials 0", "--trials 0: give 100 or more LLG trials"),
    ("plot --trials 99", "--trials 99: give 100 or more LLG trials"),
    ("plot buaa-vcma-50 --state antiparallel", "no voltage takes it out of the antiparallel state .*try --state parallel"),
    ("plot --temperature 860", "Delta = 0.229; a plot takes 5 to 400: lower the temperature"),
    ("plot --temperature 700", "Delta = 3.51; a plot takes 5 to 400: lower the temperature"),
    ("plot --temperature 20K", r"Delta = 1\.14e\+03; a plot takes 5 to 400: raise the temperature"),
]


@pytest.mark.parametrize(("words", "message"), REFUSED, ids=[words for words, _ in REFUSED])
def test_the_verb_uses_what_it_is_given_or_refuses_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, message: str
) -> None:
    """Before anything is simulated, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("spicemtj.device.reference.comparison.compare", lambda *_, **__: pytest.fail("it simulated"))
    assert main(["device", *words.split()]) == 2
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("unseen", [0, 2, 5])
def test_a_plot_says_where_llg_saw_no_write_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unseen: int
) -> None:
    """Of 5 widths, the last `unseen` without an event: the factor is that of the others, 2 at most."""
    llg = np.array([[0.5, 0.3, 0.02, 3e-3, 1e-3]])
    exact = np.array([[0.5, 0.2, 0.01, 2e-3, 1e-3]])
    llg[:, 5 - unseen :] = 0

    class Found:
        error_llg, error_exact = llg, exact

        def save(self, path: Path) -> None:
            path.write_text("")

        result = staticmethod(lambda: None)
        largest_deviation = staticmethod(lambda: 1.5)

    asked: dict[str, Any] = {}
    monkeypatch.setattr(
        "spicemtj.device.reference.comparison.compare", lambda mtj, state, **options: asked.update(options) or Found()
    )
    monkeypatch.setattr("spicemtj.figures_device.device_comparison", lambda _: None)
    monkeypatch.setattr("spicemtj.figures.save_png", lambda _, path: path.write_text(""))
    monkeypatch.chdir(tmp_path)
    text = shown(capsys, "plot", "--trials", "100", "--seed", "7", "--out", "a.b.h5")
    assert asked == {"trials": 100, "seed": 7}
    assert {p.name for p in tmp_path.iterdir()} == {"a.b.h5", "a.b.png"}
    assert ("raise --trials" in text) == bool(unseen)
    assert (f"at {unseen} of 5 widths LLG saw none" in text) == bool(unseen)
    assert ("factor of 2.00" in text) == (unseen < 5)
    assert "inf" not in text
    assert "nan" not in text
    data = json.loads(shown(capsys, "plot", "--json"))
    assert (data["error_widths"], data["error_widths_unseen"]) == (5, unseen)
    assert data["largest_error_ratio"] == (pytest.approx(2.0) if unseen < 5 else None)


def test_the_list_names_what_a_temperature_does_to_a_preset(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, "list", "--temperature", "1200")
    assert "nothing is magnetic" in text
    assert "reads only" in shown(capsys, "list")


@pytest.mark.parametrize(
    ("seconds", "text"), [(150.0, "150 s"), (7200.0, "2 hours"), (86400.0 * 3, "3 days"), (3.156e9, "100 years")]
)
def test_long_times_read_well(seconds: float, text: str) -> None:
    assert duration(seconds) == text
