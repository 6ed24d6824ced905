"""The physics, written once: its renderings are committed as they are rendered today, and all say the same on one cloud of points."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from spicemtj import Crossbar
from spicemtj.device import compiled, equations, formulas
from spicemtj.device.emit.printers import expression, single_brackets
from spicemtj.device.equations import PARAMETERS, SCALES, TRANSPORT, Equation
from spicemtj.device.mtj import Mtj
from spicemtj.engines.ngspice import NgspiceEngine
from spicemtj.engines.veriloga import find_compilers

ROOT = Path(__file__).resolve().parent.parent
POINTS = 10_000


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_models", ROOT / "scripts" / "make_models.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_committed_renderings_are_those_of_today(script: ModuleType) -> None:
    for path, text in script.render().items():
        assert path.read_text() == text, f"{path.name} differs: run scripts/make_models.py"


@pytest.mark.skipif(not find_compilers().front_end, reason="openvaf-py has wheels for CPython 3.11 and 3.12 only")
def test_the_committed_c_is_that_of_today(script: ModuleType) -> None:
    files = script.render_c()
    assert [path.name for path in files] == ["mtj.c"]
    for path, text in files.items():
        assert path.read_text() == text, f"{path.name} differs: run scripts/make_models.py"


def test_the_defaults_are_the_reference_device() -> None:
    mtj = Mtj.preset("ref-pma-40")
    assert {p.symbol: p.default for p in PARAMETERS} == {p.symbol: getattr(mtj, p.symbol) for p in PARAMETERS}


def test_an_equation_has_the_inputs_that_it_says() -> None:
    with pytest.raises(ValueError, match="unused"):
        expression(Equation("sum", ("a", "unused"), "a + 1", "1", ""))
    with pytest.raises(ValueError, match="other"):
        expression(Equation("sum", ("a",), "a + other", "1", ""))


def test_single_brackets() -> None:
    assert single_brackets("((a + b))*((c))") == "(a + b)*(c)"
    assert single_brackets("exp((a))*((a) + (b))") == "exp((a))*((a) + (b))"


# -- the cloud


def cloud() -> dict[str, np.ndarray]:
    """Random parameter sets, states and voltages, (POINTS,) each."""
    rng = np.random.default_rng(2018)
    points = {p.symbol: p.default * rng.uniform(0.5, 1.5, POINTS) for p in PARAMETERS}
    points["demag"], points["mu0_hk"] = rng.uniform(0, 1, POINTS), rng.uniform(0.2, 0.8, POINTS)
    points["temperature"], points["t_ref"] = rng.uniform(250, 400, POINTS), rng.uniform(280, 320, POINTS)
    points["t_curie"] = rng.uniform(900, 1400, POINTS)
    points["mu0_hoff"], points["vcma"] = rng.uniform(-0.02, 0.02, POINTS), rng.uniform(-1e-13, 1e-13, POINTS)
    points["z"], points["v"] = rng.uniform(-1, 1, POINTS), rng.uniform(-1.2, 1.2, POINTS)
    points["z"][:2000] = rng.choice([-1.0, 1.0], 2000)
    return points


def by_hand(c: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same physics in other words: as the text books have it."""
    area = math.pi * (c["diameter"] / 2) ** 2

    def bloch(t: np.ndarray) -> np.ndarray:
        return 1 - np.power(t / c["t_curie"], 3 / 2)

    m = bloch(c["temperature"]) / bloch(c["t_ref"])
    ms = c["ms"] * m
    ki = (c["mu0_hk"] + equations.MU0 * c["ms"] * c["demag"]) * c["ms"] * c["thickness"] / 2 * np.power(m, c["ki_exponent"])
    hk = 2 * ki / (ms * c["thickness"]) - equations.MU0 * ms * c["demag"]
    k_t = equations.BOLTZMANN * c["temperature"]
    delta = ms * hk * area * c["thickness"] / 2 / k_t
    p_0 = np.sqrt(c["tmr0"] / (c["tmr0"] + 2))
    p = p_0 * (1 - c["spin_wave"] * c["temperature"] ** 1.5) / (1 - c["spin_wave"] * c["t_ref"] ** 1.5)
    tmr0 = 2 * p**2 / (1 - p**2)
    g_p = area / c["ra"]
    g_ap = g_p / (1 + tmr0 / (1 + (c["v"] / c["vh"]) ** 2))
    g = (g_p + g_ap) / 2 + (g_p - g_ap) / 2 * c["z"]
    ic0 = 2 * equations.ELECTRON * c["alpha"] / (equations.HBAR * c["eta"]) * ms * hk * area * c["thickness"]
    slope = 2 * c["vcma"] * np.power(m, c["vcma_exponent"]) / c["oxide"] / (ms * c["thickness"]) / hk
    shared = slope * c["v"] * c["z"] - c["mu0_hoff"] / hk
    torque = {"torque_by_current": c["v"] * g / ic0, "torque_by_voltage": c["v"] * g_p / ic0}
    return torque | {
        "ms_t": ms,
        "mu0_hk_t": hk,
        "delta": delta,
        "tmr0_t": tmr0,
        "r_p": 1 / g_p,
        "ic0": ic0,
        "tau_d": (1 + c["alpha"] ** 2) / (c["alpha"] * equations.GAMMA * hk),
        "conductance": g,
        "stiffness": 1 - slope * c["v"],
        "drive": c["v"] * g / ic0 + shared,
    }


OTHERS = {"g": "conductance", "torque": "torque_by_current"}  # inputs that other equations give
CANCEL = ("mu0_hk_t", "drive", "offset", "vcma_slope", "stiffness")  # differences: right to what their terms are


def chained(c: dict[str, np.ndarray], functions: object) -> dict[str, np.ndarray]:
    """Every equation in turn, from the cloud and from those before it."""
    known = dict(c)
    for equation in (*SCALES, *TRANSPORT):
        known[equation.name] = getattr(functions, equation.name)(*(known[OTHERS.get(n, n)] for n in equation.inputs))
    return known


def close(name: str, one: np.ndarray, other: np.ndarray, tolerance: float) -> None:
    """Relative to each value; of differences, to their typical size."""
    floor = tolerance * float(np.median(np.abs(other))) if name in CANCEL else 0.0
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=floor, err_msg=name)


def test_numpy_says_what_the_books_say() -> None:
    c = cloud()
    found = chained(c, formulas)
    for name, wanted in by_hand(c).items():
        close(name, found[name], wanted, 1e-12)


def test_numba_says_what_numpy_says() -> None:
    c = cloud()
    known = chained(c, formulas)
    for k in range(POINTS):
        z, v, r_p, tmr, vh, ic0, slope, h = (
            float(known[name][k]) for name in ("z", "v", "r_p", "tmr0_t", "vh", "ic0", "vcma_slope", "offset")
        )
        assert compiled.conductance(z, v, r_p, tmr, vh) == pytest.approx(known["conductance"][k], rel=1e-12, abs=0)
        for by_voltage, torque in ((False, "torque_by_current"), (True, "torque_by_voltage")):
            wanted = known[torque][k] + slope * v * z
            assert compiled.drive(z, v, 1 / r_p, tmr, vh, ic0, slope, by_voltage) == pytest.approx(wanted, rel=1e-11, abs=1e-13)
        assert compiled.total_drive(z, v, known["torque_by_current"][k], slope, h) == pytest.approx(
            known["drive"][k], rel=1e-12, abs=1e-13
        )


def test_the_slope_of_the_conductance() -> None:
    """Against a difference quotient of fourth order: its error is about h^4, and rounding 1e-16/h."""
    known = chained(cloud(), formulas)
    rest = [known[name] for name in ("r_p", "tmr0_t", "vh")]
    h = 1e-3
    at = {k: formulas.conductance(known["z"], known["v"] + k * h, *rest) for k in (-2, -1, 1, 2)}
    wanted = (8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * h)
    np.testing.assert_allclose(
        formulas.conductance_slope(known["z"], known["v"], *rest), wanted, rtol=1e-8, atol=1e-8 * np.median(np.abs(wanted))
    )


@pytest.mark.ngspice
@pytest.mark.slow
def test_ngspice_says_what_numpy_says() -> None:
    """The functions of models/mtj.lib in B sources, one for each point and quantity, the whole chain of equations in each."""
    c = cloud()
    known = chained(c, formulas)
    lines = [line for line in (ROOT / "models" / "mtj.lib").read_text().splitlines() if line.startswith(".func")]
    names = ("conductance", "drive", "torque_by_voltage", "tau_d")  # which hold all others
    by_name = {equation.name: equation for equation in (*SCALES, *TRANSPORT)}

    def call(name: str, k: int) -> str:
        """An equation as a call whose arguments are calls again, down to the numbers of point k."""
        name = OTHERS.get(name, name)
        if name not in by_name:
            return f"({float(c[name][k])!r})"
        return f"mtj_{name}({','.join(call(inner, k) for inner in by_name[name].inputs)})"

    for name in names:
        cards = [f"b{k} n{k} 0 v={call(name, k)}" for k in range(POINTS)]
        text = "\n".join(["* cloud", *lines, *cards, ".options klu reltol=1e-12 vntol=1e-15", ".op", ".end", ""])
        waves = NgspiceEngine().run(text)
        close(name, np.array([waves[f"v(n{k})"][0] for k in range(POINTS)]), known[name], 1e-9)


@pytest.mark.ngspice
@pytest.mark.slow
def test_verilog_a_says_what_numpy_says() -> None:
    """The compiled module mtj_static at every point: its current by a voltage source, its scales by the variables that it shows."""
    c = cloud()
    known = chained(c, formulas)
    engine = NgspiceEngine(device="compiled")
    osdi = engine.junctions(Crossbar(1, 1)).osdi
    shared = [p.symbol for p in PARAMETERS if p.symbol not in equations.VARYING]
    shown = ("ms_t", "mu0_hk_t", "tmr0_t", "r_p", "delta", "ic0", "tau_d", "offset", "vcma_slope")
    head = ["* cloud", ".control", f"pre_osdi {osdi}", ".endc", ".options klu reltol=1e-12 vntol=1e-15 abstol=1e-21 gmin=1e-21"]
    for first in range(0, POINTS, 500):  # ngspice's time goes as the square of what is saved
        points = range(first, first + 500)
        cards = []
        for k in points:
            model = " ".join(f"{name}={float(c[name][k])!r}" for name in shared)
            own = " ".join(f"{name}={float(c[name][k])!r}" for name in equations.VARYING)
            cards += [
                f".model m{k} mtj_static {model}",
                f"n{k} p{k} 0 m{k} s0={float(c['z'][k])!r} {own}",
                f"v{k} p{k} 0 {float(c['v'][k])!r}",
                f".save i(v{k}) {' '.join(f'@n{k}[{name}]' for name in shown)}",
            ]
        waves = engine.run("\n".join([*head, *cards, ".op", ".end", ""]))
        part = slice(first, first + 500)
        current = np.array([-waves[f"i(v{k})"][0] for k in points])
        close("current", current, (known["conductance"] * c["v"])[part], 1e-12)
        for name in shown:
            kind = "i" if name == "ic0" else "v"  # ngspice goes by the first letter
            close(name, np.array([waves[f"{kind}(@n{k}[{name}])"][0] for k in points]), known[name][part], 1e-12)
