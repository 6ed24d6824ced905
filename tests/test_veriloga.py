"""Verilog-A by the C route in ngspice: ten small models, each against a computation by hand."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from veriloga_bench import MODELS, device, log, table

from spicemtj.engines import veriloga
from spicemtj.engines.locate import find_ngspice

pytestmark = [pytest.mark.ngspice]
pytest.importorskip("openvaf_py", reason="openvaf-py has wheels for CPython 3.11 and 3.12 only")


@pytest.fixture(autouse=True)
def osdi() -> None:
    if not find_ngspice().osdi:
        pytest.skip("this ngspice has no OSDI")


def values(said: str) -> dict[str, list[float]]:
    """`name = number` lines, in order."""
    found: dict[str, list[float]] = {}
    for name, number in re.findall(r"^(\S+) = (\S+)$", said, re.MULTILINE):
        found.setdefault(name, []).append(float(number))
    return found


# -- parameters


def test_parameters_defaults_alter_and_operating_point(tmp_path: Path) -> None:
    """Each current by hand: count V (1/r + 1/r2), r2 = 4 r unless given, plus extra V only where extra is given."""
    cards = """v1 1 0 0.5
    n1 1 0 plain
    n2 1 0 plain r=2k
    n3 1 0 full r=2k m=3
    .model plain va_resistor
    .model full va_resistor r2=1k count=2 extra=-0.25"""
    show = "print @n1[i] @n2[i] @n3[i] @n3[many] @n1[r] @n2[r] i(v1)"
    changes = ["alter @n1[r] = 500", "altermod full r2 = 500\naltermod full count = 4", "alter @n2[res] = 250"]
    commands = "\n".join(f"{change}\nop\n{show}" for change in ["", *changes])
    found = values(log(tmp_path, device("resistor"), cards, commands))
    v = 0.5

    def plain(r: float) -> float:
        return v * (1 / r + 1 / (4 * r))

    def full(r2: float, count: int) -> float:
        return count * v * (1 / 2e3 + 1 / r2) - 0.25 * v

    n1 = [plain(1e3), plain(500), plain(500), plain(500)]
    n2 = [plain(2e3)] * 3 + [plain(250)]
    n3 = [full(1e3, 2)] * 2 + [full(500, 4)] * 2
    assert found["@n1[i]"] == pytest.approx(n1, rel=1e-12, abs=0)
    assert found["@n2[i]"] == pytest.approx(n2, rel=1e-12, abs=0)
    assert found["@n3[i]"] == pytest.approx(n3, rel=1e-12, abs=0)
    assert found["@n3[many]"] == [4, 4, 8, 8]
    assert found["@n1[r]"] == [1000, 500, 500, 500]
    assert found["@n2[r]"] == [2000, 2000, 2000, 250]
    total = -(np.array(n1) + n2 + 3 * np.array(n3))
    assert found["i(v1)"] == pytest.approx(total.tolist(), rel=1e-12, abs=0)


def test_an_instance_parameter_can_be_set_for_all_instances_of_a_model(tmp_path: Path) -> None:
    osdi, cards = device("integrator"), "v1 1 0 1\nn1 1 0 2 m\nn2 1 0 3 m s0=1\n.model m va_integrator r=2k"
    found = values(log(tmp_path, osdi, cards, "tran 1p 1p uic\nprint i(v1)[0] @n1[z] @n2[z]"))
    assert found["@n1[z]"] == found["@n2[z]"] == [1]


@pytest.mark.parametrize(
    ("where", "card", "name"),
    [
        ("instance", "r=0", "r"),
        ("instance", "r=-1", "r"),
        ("instance", "r=5", "r"),
        ("model", "r2=0", "r2"),
        ("model", "count=0", "count"),
        ("model", "count=11", "count"),
        ("model", "count=7", "count"),
        ("model", "extra=2", "extra"),
        ("model", "extra=4.5", "extra"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name(tmp_path: Path, where: str, card: str, name: str) -> None:
    instance, model = (card, "") if where == "instance" else ("", card)
    cards = f"v1 1 0 1\nn1 1 0 m {instance}\n.model m va_resistor {model}"
    said = log(tmp_path, device("resistor"), cards, "op\nprint i(v1)")
    assert f"Parameter {name} is out of bounds" in said
    assert "i(v1) =" not in said


@pytest.mark.parametrize("card", ["r=1n", "r2=1e9 count=6 extra=3", "count=10 extra=4", "extra=-1"])
def test_a_value_inside_its_range_is_taken(tmp_path: Path, card: str) -> None:
    instance, model = (card, "") if card.startswith("r=") else ("", card)
    cards = f"v1 1 0 1\nn1 1 0 m {instance}\n.model m va_resistor {model}"
    assert values(log(tmp_path, device("resistor"), cards, "op\nprint i(v1)"))["i(v1)"]


# -- charge


def test_capacitor_in_a_transient(tmp_path: Path) -> None:
    """Discharge through 1 kohm: c0 (1 + k v) dv/dt = -v/R, solved to 1e-10."""
    r, c0, k = 1e3, 1e-9, 0.5
    cards = f"r1 1 0 {r}\nn1 1 0 m\n.ic v(1)=2\n.model m va_capacitor c0={c0} k={k}"
    t, v = table(tmp_path, device("capacitor"), cards, "tran 10n 3u 0 4n uic", "v(1)")
    exact = solve_ivp(lambda _, y: -y / (r * c0 * (1 + k * y)), (0, 3e-6), [2.0], rtol=1e-10, atol=1e-12, dense_output=True)
    assert np.abs(v - exact.sol(t)[0]).max() < 2e-5


def test_capacitor_in_ac(tmp_path: Path) -> None:
    """The admittance at a bias of 0.8 V is j w c0 (1 + k v)."""
    cards = "v1 1 0 dc 0.8 ac 1\nn1 1 0 m\n.model m va_capacitor c0=2n k=0.5"
    f, real, imag = table(tmp_path, device("capacitor"), cards, "ac dec 2 1k 10meg", "i(v1)")
    np.testing.assert_allclose(-imag, 2 * np.pi * f * 2e-9 * (1 + 0.5 * 0.8), rtol=1e-12)
    np.testing.assert_allclose(real, 0, atol=1e-15)


def test_inductor_in_transient_ac_and_dc(tmp_path: Path) -> None:
    henry, r = 2e-6, 5.0
    cards = f"v1 1 0 dc 1 ac 1 pulse(0 1 0 1f 1f 1 2)\nn1 1 0 m\n.model m va_inductor l={henry} r={r}"
    f, real, imag = table(tmp_path, device("inductor"), cards, "ac dec 2 1k 10meg", "i(v1)")
    np.testing.assert_allclose(-(real + 1j * imag), 1 / (r + 2j * np.pi * f * henry), rtol=1e-12)
    t, i = table(tmp_path, device("inductor"), cards, "tran 1n 1u 0 1n", "i(v1)")
    assert np.abs(-i - (1 - np.exp(-t * r / henry)) / r).max() < 2e-6
    assert values(log(tmp_path, device("inductor"), cards, "op\nprint i(v1)"))["i(v1)"] == pytest.approx([-0.2], rel=1e-12)


# -- internal nodes, exponentials


@pytest.mark.parametrize("rs", [0.0, 50.0])
def test_diode_with_and_without_its_internal_node(tmp_path: Path, rs: float) -> None:
    kt = 1.3806488e-23 / 1.602176565e-19 * (273.15 + 50)
    cards = f"v1 1 0 0\nn1 1 0 m\n.model m va_diode is=1e-14 rs={rs}\n.temp 50"
    options = "klu reltol=1e-9 vntol=1e-12 abstol=1e-18 gmin=1e-15"
    said = log(
        tmp_path, device("diode"), cards, "dc v1 -0.5 0.9 0.1\nwrdata out.txt i(v1) @n1[vt] @n1[gd]\nprint allv", options
    )
    v, i, vt, gd = np.loadtxt(tmp_path / "out.txt").T
    assert ("#inner" in said) == (rs > 0)
    np.testing.assert_allclose(vt, kt, rtol=1e-6)  # constants of an older CODATA inside the front end

    def by_hand(volts: float) -> float:
        def current(inner: float) -> float:
            return 1e-14 * (math.exp(inner / vt[0]) - 1) + 1e-15 * inner

        if rs == 0:
            return current(volts)
        return current(brentq(lambda x: (volts - x) / rs - current(x), -1, 1, xtol=1e-16, rtol=1e-14))

    assert gd[-1] * vt[-1] == pytest.approx(-i[-1], rel=1e-6)  # ddx, of the last point: the slope of the exponential
    np.testing.assert_allclose(-i, [by_hand(x) for x in v], rtol=1e-7, atol=5e-18)


def test_limexp_goes_on_as_a_straight_line(tmp_path: Path) -> None:
    """exp up to 1e30, from there on its tangent; the slope in ac likewise."""
    cards = "v1 1 0 dc 3 ac 1\nn1 1 0 m\n.model m va_diode is=1e-14"
    vt = values(log(tmp_path, device("diode"), cards, "op\nprint @n1[vt]"))["@n1[vt]"][0]
    found = values(log(tmp_path, device("diode"), cards, "op\nprint i(v1)"))["i(v1)"]
    edge = math.log(1e30)
    assert -found[0] == pytest.approx(1e-14 * (1e30 * (1 + 3 / vt - edge) - 1), rel=1e-9, abs=0)
    _, real, _ = table(tmp_path, device("diode"), cards, "ac lin 1 1 1", "i(v1)")
    assert -real[0] == pytest.approx(1e16 / vt, rel=1e-9, abs=0)


# -- the analog language


def _truth(a: float, b: float) -> float:
    return (a > 0 and b > 0) + 2 * (a > 100 or b > 100) + 4 * (a != b) + 8 * (a != b) + 16 * (a <= b) + 32 * (a >= b)


FUNCTIONS = {
    0: lambda a, b: math.log(a), 1: lambda a, b: math.log10(a), 2: lambda a, b: math.exp(a), 3: lambda a, b: a**b,
    4: lambda a, b: math.sqrt(a), 5: lambda a, b: abs(b - a), 6: min, 7: max, 8: lambda a, b: math.floor(a),
    9: lambda a, b: math.ceil(a), 10: lambda a, b: math.sin(a), 11: lambda a, b: math.cos(a), 12: lambda a, b: math.tan(a),
    13: lambda a, b: math.asin(a), 14: lambda a, b: math.acos(a), 15: lambda a, b: math.atan(a), 16: lambda a, b: math.sinh(a),
    17: lambda a, b: math.cosh(a), 18: lambda a, b: math.tanh(a), 19: lambda a, b: math.asinh(a),
    20: lambda a, b: math.acosh(a + 1), 21: lambda a, b: math.atanh(a), 22: math.atan2, 23: math.hypot,
    24: lambda a, b: math.exp(a), 25: lambda a, b: a**b, 26: lambda a, b: math.atan2(a - 1, -b), 27: lambda a, b: a if a > b else -b,
    28: lambda a, b: 0 // 2 + (3 % 2) * 10 + (3 << 2) + (3 >> 1), 29: lambda a, b: (3 & 5) + (3 | 8) * 100 + (3 ^ 3) * 10000,
    30: _truth, 31: lambda a, b: b - a, 32: lambda a, b: 2.5e3 + 1500 + 3e-6, 40: lambda a, b: -1,
}  # fmt: skip


def test_functions_and_operators_with_their_derivatives(tmp_path: Path) -> None:
    """Values in an operating point at a = 0.3, b = 2.7; slopes by both voltages in ac against central differences."""
    a, b, h = 0.3, 2.7, 1e-5
    cards = ["va a 0 dc 0 ac 1", "vb b 0 0", "vc c 0 0", "vd d 0 dc 0 ac 1"]
    for k in FUNCTIONS:
        cards += [f".model m{k} va_functions which={k}", f"nv{k} a b va{k} m{k}", f"nw{k} c d vb{k} m{k}"]
        cards += [f"ra{k} va{k} 0 1k", f"rb{k} vb{k} 0 1k"]
    osdi, text = device("functions"), "\n".join(cards)
    prints = "\n".join(f"print v(va{k})" for k in FUNCTIONS)
    found = values(log(tmp_path, osdi, text, f"op\n{prints}"))
    said = log(tmp_path, osdi, text, "ac lin 1 1 1\n" + "\n".join(f"print real(v(va{k})) real(v(vb{k}))" for k in FUNCTIONS))
    slopes = values(said)
    for k, f in FUNCTIONS.items():
        by_a, by_b = (f(a + h, b) - f(a - h, b)) / (2 * h), (f(a, b + h) - f(a, b - h)) / (2 * h)
        assert (k, found[f"v(va{k})"]) == (k, [pytest.approx(f(a, b), rel=1e-12, abs=1e-15)])
        assert (k, slopes[f"real(v(va{k}))"]) == (k, [pytest.approx(by_a, rel=1e-8, abs=1e-8)])
        assert (k, slopes[f"real(v(vb{k}))"]) == (k, [pytest.approx(by_b, rel=1e-8, abs=1e-8)])


@pytest.mark.parametrize("terms", [1, 6])
def test_loops_and_functions_of_the_file(tmp_path: Path, terms: int) -> None:
    cards = f"v1 1 0 0\nn1 1 0 m\n.model m va_series terms={terms}"
    v, i = table(tmp_path, device("series"), cards, "dc v1 -1 1 0.25", "i(v1)")
    total = sum(v**k / math.factorial(k) for k in range(terms))
    np.testing.assert_allclose(-i, 1e-3 * (total - 1 + 3 * v**3 + np.sqrt(4 + v) - 2), rtol=1e-10, atol=1e-16)


def test_controlled_voltage_sources(tmp_path: Path) -> None:
    """1 V behind 1 kohm into rin = 500 ohm: i = 1/1500 A, and 3 v(in) + 200 i at the output."""
    cards = "v1 1 0 1\nr1 1 2 1k\nn1 3 0 2 0 m\nrl 3 0 50\n.model m va_amplifier gain=3 rin=500 transfer=200"
    found = values(log(tmp_path, device("amplifier"), cards, "op\nprint v(2) v(3)"))
    assert found["v(2)"] == pytest.approx([1 / 3], rel=1e-9)
    assert found["v(3)"] == pytest.approx([1 + 200 / 1500], rel=1e-9)


@pytest.mark.parametrize(
    ("control", "volts", "conductance"),
    [(0.2, 0.0, 0.0), (0.7, 0.125, 0.0), (1.5, 0.25, 0.0), (-0.5, 0.0, 1e-3), (-2, 0.0, 2e-3)],
)
def test_a_branch_that_is_a_source_or_open(tmp_path: Path, control: float, volts: float, conductance: float) -> None:
    cards = f"vc 2 0 {control}\nn1 1 0 2 m\nr1 1 0 1k\n.model m va_relay"
    found = values(log(tmp_path, device("relay"), cards, "op\nprint v(1) i(vc)"))
    assert found["v(1)"] == pytest.approx([volts], abs=1e-12)
    assert found["i(vc)"] == pytest.approx([-conductance * control], rel=1e-9, abs=1e-15)


def test_two_terminals_joined(tmp_path: Path) -> None:
    """As a source of 0 V; by way of an internal node it is refused, since ngspice would leave it open."""
    cards = "v1 1 0 1\nr1 1 2 1k\nn1 2 0 on\nr2 1 3 1k\nn2 3 0 off\nr3 1 4 1k\nn3 4 0 leads\n"
    models = ".model on va_switch closed=1\n.model off va_switch closed=0\n.model leads va_leads r={}"
    found = values(log(tmp_path, device("relay"), cards + models.format(1000), "op\nprint v(2) v(3) v(4)"))
    assert found["v(2)"] == pytest.approx([0], abs=1e-12)
    assert found["v(3)"] == pytest.approx([1], rel=1e-9)
    assert found["v(4)"] == pytest.approx([0.5], rel=1e-9)
    said = log(tmp_path, device("relay"), cards + models.format(0), "op\nprint v(4)")
    assert "va_leads: these parameters join two terminals; give a resistance above 0" in said
    assert "v(4) =" not in said


def test_macros_includes_and_two_modules(tmp_path: Path) -> None:
    cards = "v1 1 0 3\nn1 1 0 pair\nn2 2 0 gain\nr2 2 0 1k\n.model pair va_pair ra=2k\n.model gain va_gain k=4"
    found = values(log(tmp_path, device("macros"), cards, "op\nprint i(v1) v(2)"))
    assert found["i(v1)"] == pytest.approx([-3 / (2e3 / 3)], rel=1e-12)  # 2k and 1k in parallel
    assert found["v(2)"] == pytest.approx([4], rel=1e-12)


def test_state_on_a_node_and_bound_step(tmp_path: Path) -> None:
    """v(a) = t/tau until the state turns over; no step longer than asked for."""
    osdi = device("integrator")
    cards = "v1 1 0 1\nn1 1 0 a m\n.model m va_integrator tau=1n r=1k {}"
    options = "klu reltol=1e-6 vntol=1e-9 trtol=1e6"

    def run(model: str) -> np.ndarray:
        said = log(tmp_path, osdi, cards.format(model), "tran 0.5n 3n uic\nwrdata out.txt v(a) i(v1)", options)
        assert "out.txt" not in said
        return np.loadtxt(tmp_path / "out.txt").T

    t, a, i = run("longest=10p")
    np.testing.assert_allclose(a[1:], t[1:] / 1e-9, rtol=1e-6)
    assert np.diff(t).max() <= 10e-12 * (1 + 1e-9)
    z = np.where(a > 1.02, -1, 1)
    clear = (a < 0.99) | (a > 1.02)
    np.testing.assert_allclose(-i[clear][1:], (1e-3 * (1 + 0.5 * z))[clear][1:], rtol=1e-6)
    assert np.diff(run("")[0]).max() > 20e-12


# -- the C text


def test_the_c_text_is_the_same_each_time_and_stands_alone(tmp_path: Path) -> None:
    text = veriloga.render_c(MODELS / "diode.va")
    assert text == veriloga.render_c(MODELS / "diode.va")
    assert str(MODELS) not in text
    assert "/home" not in text
    for name in ("is", "rs", "cj", "inner", "V(inner,c)"):
        assert name in text
    source = tmp_path / "diode.c"
    source.write_text(text)
    cards = "v1 1 0 0.6\nn1 1 0 m\n.model m va_diode is=1e-12"
    by_c, direct = (values(log(tmp_path, p, cards, "op\nprint i(v1)")) for p in (veriloga.compile_c(source), device("diode")))
    assert by_c["i(v1)"] == direct["i(v1)"]


def test_another_loader_reads_the_same_device() -> None:
    """osdi-py as a second judge of the tables."""
    osdi_py = pytest.importorskip("osdi_py", reason="osdi-py has wheels for CPython 3.11 and 3.12 only")
    library = osdi_py.OsdiLibrary(str(device("diode")))
    assert library.name == "va_diode"
    assert library.get_terminals() == ["a", "c"]
    assert library.num_nodes == 3
    names = [p["name"] if isinstance(p, dict) else p[0] for p in library.get_params()]
    assert {"is", "rs", "cj"} <= set(names)
