"""The fit of measured switching probabilities: against the public law, a slow search, scipy's binomial, and devices that are known."""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import runpy
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import binom, chi2

from spicemtj import figures_fit
from spicemtj.device.effective import effective
from spicemtj.device.fitting.fit import fit
from spicemtj.device.fitting.likelihood import overdispersion
from spicemtj.device.fitting.measured import Measured
from spicemtj.device.fitting.result import SwitchingFit
from spicemtj.errors import InputError
from spicemtj.results import read
from spicemtj.verbs import fit as fit_verb

ROOT = Path(__file__).resolve().parent.parent
SET = (45.0, 0.40, 1.2e-9)
NAMES = ("delta", "vc0", "tau0")


@cache
def script(name: str) -> ModuleType:
    """A file of scripts/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(
    truth=SET, states=(1,), torque: str = "voltage", trials: float = 1000, rng=None, widths=(1e-9, 1e-8, 1e-7)
) -> Measured:
    """3 widths x 8 voltages a state around P = 1/2; exact probabilities without `rng`, counted ones with it."""
    mtj = effective(*truth, 1.0, 5e3, torque=torque)
    plans = [(w, s, script("fit_coverage").voltages(mtj, w, s, np.linspace(0.05, 0.95, 8))) for w in widths for s in states]
    volts = np.concatenate([v for _, _, v in plans])
    seconds, state = np.repeat([p[0] for p in plans], 8), np.repeat([float(p[1]) for p in plans], 8)
    p = mtj.switching_probability(volts, seconds, state)
    return Measured.of(volts, seconds, p if rng is None else rng.binomial(int(trials), p) / trials, trials, state)


@cache
def counted() -> tuple[Measured, SwitchingFit]:
    data = rows(rng=np.random.default_rng(1))
    return data, fit(data)


def deviance(data: Measured, logs) -> float:
    """Twice the log likelihood lost to a perfect fit, by scipy's binomial and the public law."""
    delta, vc0, tau0 = np.exp(logs)
    p = effective(delta, vc0, tau0, 1.0, 5e3).switching_probability(data.volts, data.seconds, data.state)
    k = np.round(data.probability * data.trials)
    return float(2 * np.sum(binom.logpmf(k, data.trials, k / data.trials) - binom.logpmf(k, data.trials, p)))


# -- the optimum


@pytest.mark.parametrize("torque", ["voltage", "current"])
@pytest.mark.parametrize("states", [(1,), (-1,), (1, -1)])
def test_exact_probabilities_give_the_device_back(torque: str, states: tuple[int, ...]) -> None:
    found = fit(rows(states=states, torque=torque, trials=1e6), torque=torque)
    assert [found.estimates[name].value for name in NAMES] == pytest.approx(SET, rel=1e-4)
    assert found.deviance == pytest.approx(0, abs=1e-3)
    assert found.mtj.delta == pytest.approx(SET[0], rel=1e-4)


@pytest.mark.parametrize("torque", ["voltage", "current"])
def test_the_law_of_the_fit_is_that_of_the_device(torque: str) -> None:
    data = rows(states=(1, -1), torque=torque, rng=np.random.default_rng(2))
    found = fit(data, torque=torque, asymmetry=True)
    for state, mtj in ((1, found.mtj), (-1, found.mtj_ap)):
        mine = data.state == state
        p = mtj.switching_probability(data.volts[mine], data.seconds[mine], state)
        assert found.fitted[mine] == pytest.approx(p, rel=1e-9, abs=0)
    assert found.mtj_ap.delta == pytest.approx(found.mtj.delta, rel=1e-12)


def test_a_slow_search_finds_nothing_better() -> None:
    data, found = counted()
    best = np.log([found.estimates[name].value for name in NAMES])
    assert deviance(data, best) == pytest.approx(found.deviance, rel=1e-8)
    slow = minimize(lambda x: deviance(data, x), best + 0.01, method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9})
    assert found.deviance <= slow.fun + 1e-6
    assert best == pytest.approx(slow.x, abs=1e-4)


def test_log_likelihood_is_the_binomial_one() -> None:
    data, found = counted()
    k = np.round(data.probability * data.trials)
    assert found.log_likelihood == pytest.approx(np.sum(binom.logpmf(k, data.trials, found.fitted)), rel=1e-10)


def test_residuals_make_up_the_deviance_and_carry_the_sign() -> None:
    data, found = counted()
    assert np.sum(found.residuals**2) == pytest.approx(found.deviance, rel=1e-12)
    assert np.array_equal(np.sign(found.residuals), np.sign(data.probability - found.fitted))
    assert (found.dof, found.phi) == (21, 1.0)
    assert found.p_value == pytest.approx(chi2.sf(found.deviance, 21))


@pytest.mark.slow
def test_no_start_is_needed_whatever_the_device() -> None:
    """12 devices from all over the range: the optimum is never above the deviance of the truth."""
    rng = np.random.default_rng(3)
    for _ in range(12):
        truth = tuple(np.exp(rng.uniform(np.log([13, 0.1, 1e-10]), np.log([170, 1.0, 5e-9]))))
        widths = truth[2] * 10 ** rng.uniform(0.3, [1.5, 3.0, 5.0])
        data = rows(truth, rng=rng, widths=widths)
        assert fit(data).deviance <= deviance(data, np.log(truth)) + 1e-6


# -- intervals


def test_covariance_is_the_inverse_of_the_expected_information() -> None:
    data, found = counted()
    best = np.log([found.estimates[name].value for name in NAMES])

    def p(x):
        return effective(*np.exp(x), 1.0, 5e3).switching_probability(data.volts, data.seconds, data.state)

    slopes = np.array([(p(best + step) - p(best - step)) / 2e-4 for step in 1e-4 * np.eye(3)])
    information = (slopes * data.trials / (p(best) * (1 - p(best)))) @ slopes.T
    assert found.covariance == pytest.approx(np.linalg.inv(information), rel=2e-3)
    for k, name in enumerate(NAMES):
        e = found.estimates[name]
        assert e.error == pytest.approx(e.value * math.sqrt(found.covariance[k, k]))


@pytest.mark.parametrize("k", range(3))
def test_an_interval_ends_where_the_profile_has_lost_its_quantile(k: int) -> None:
    """A slow search over the other two parameters finds the deviance there 3.8415 above its minimum."""
    data, found = counted()
    best = np.log([found.estimates[name].value for name in NAMES])
    others = [j for j in range(3) if j != k]
    for end in (found.estimates[NAMES[k]].low, found.estimates[NAMES[k]].high):

        def held(x, end=end):
            point = np.empty(3)
            point[k], point[others] = math.log(end), x
            return deviance(data, point)

        slow = minimize(held, best[others], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-7})
        assert slow.fun - found.deviance == pytest.approx(chi2.ppf(0.95, 1), rel=2e-3)


def test_a_lower_level_is_a_narrower_interval() -> None:
    data, found = counted()
    narrow = fit(data, level=0.6827)
    for name in NAMES:
        wide, own = found.estimates[name], narrow.estimates[name]
        assert wide.low < own.low < own.value < own.high < wide.high
        assert (own.high - own.low) / (2 * own.error) == pytest.approx(1, rel=0.05)


@pytest.mark.slow
def test_coverage() -> None:
    """Each parameter inside its 95 % interval in at least 90 of 100 repeats (seed 1): 3 widths x 8 voltages, 1000 trials."""
    hits = script("fit_coverage").hits("from ballistic to thermal", 100, 1)
    assert np.all(hits >= 90), hits


@pytest.mark.slow
def test_coverage_where_rows_scatter_more_than_counting() -> None:
    """15 repeats, seed 1: at least 11 hits (fewer have a chance under 0.001 at 95 %); taken for binomial, the same rows miss more."""
    module = script("fit_coverage")
    case = module.CASES["more scatter than counting"]
    _, true = module.plan(case)
    seeds = np.random.SeedSequence(1).spawn(15)
    quasi = np.sum([module.repeat(case, s, true) for s in seeds], axis=0)
    plain = np.sum([module.repeat(case | {"options": {}}, s, true) for s in seeds], axis=0)
    assert np.all(quasi >= 11), quasi
    assert plain.sum() < quasi.sum()


def test_what_the_rows_do_not_determine_is_said() -> None:
    """One width of 1 ms: far below Vc0, where only combinations of the three show. One voltage: Vc0 cannot be told from tau0."""
    rng = np.random.default_rng(5)
    thermal = fit(rows(rng=rng, widths=(1e-3,), trials=200))
    assert not any(e.determined for e in thermal.estimates.values())
    assert "Not determined by these rows: Delta, Vc0, tau0" in thermal.text()
    t = np.geomspace(2e-9, 3e-8, 12)
    p = rng.binomial(1000, effective(*SET, 1.0, 5e3).switching_probability(0.5, t, 1)) / 1000
    single = fit(Measured.of(0.5, t, p, 1000))
    assert not single.estimates["vc0"].determined
    assert not single.estimates["tau0"].determined


def test_an_end_that_only_the_limits_of_the_search_set_is_open() -> None:
    """A device of Delta 190: the interval is closed below, and open above, where the search ends at 200."""
    found = fit(rows((190.0, 0.4, 1.2e-9), trials=100, rng=np.random.default_rng(6)))
    e = found.estimates["delta"]
    assert e.low > 100
    assert math.isinf(e.high)
    assert "or more" in found.text()


# -- scatter beyond counting


def test_quasi_widens_by_the_scatter() -> None:
    data, _ = counted()
    rng = np.random.default_rng(7)
    noisy = Measured.of(data.volts, data.seconds, rng.beta(data.probability * 50, (1 - data.probability) * 50), 1000)
    plain, quasi = fit(noisy), fit(noisy, dispersion="quasi")
    assert 8 < quasi.phi < 50  # 1 + 1000/51 on average
    for name in NAMES:
        own, wide = plain.estimates[name], quasi.estimates[name]
        assert own.value == pytest.approx(wide.value, rel=1e-6)
        assert wide.error / own.error == pytest.approx(math.sqrt(quasi.phi))
        assert (wide.high - wide.low) > 0.9 * math.sqrt(quasi.phi) * (own.high - own.low)
    assert "take dispersion quasi" in plain.text()
    assert "take dispersion quasi" not in quasi.text()


def test_trials_that_are_not_known_are_told_by_the_scatter() -> None:
    """24 rows of 400 trials: by chi^2 with 21 degrees of freedom, 1/phi lies outside 190 to 1200 with a chance of 0.004."""
    data = rows(trials=400, rng=np.random.default_rng(8))
    unknown = fit(Measured.of(data.volts, data.seconds, data.probability))
    assert 190 < 1 / unknown.phi < 1200
    assert math.isnan(unknown.log_likelihood)
    assert "unknown trials" in unknown.text()
    few = fit(data.with_trials(4e6), dispersion="quasi")  # whatever is claimed, the scatter decides
    for name in NAMES:
        ours, claimed = unknown.estimates[name], few.estimates[name]
        assert claimed[:4] == pytest.approx(ours[:4], rel=1e-3, abs=0)


def test_overdispersion_of_plain_and_of_scattered_counts() -> None:
    """P = 0.3, 4000 rows of 100 trials: phi is 1, or 1 + 99 rho, within 4 standard deviations of 0.022 phi each."""
    rng, n = np.random.default_rng(9), np.full(4000, 100.0)
    h = np.full(4000, -math.log(0.7))
    for rho in (0.0, 0.02):
        p = rng.beta(0.3 * (1 / rho - 1), 0.7 * (1 / rho - 1), 4000) if rho else np.full(4000, 0.3)
        y = rng.binomial(100, p) / 100
        assert overdispersion(y, n, h, 4000) == pytest.approx(1 + 99 * rho, rel=0.09)


def test_one_impossible_row_does_not_rule_the_scatter() -> None:
    """2 of 10,000 switched where the law says 1e-12: Pearson's chi^2 of that row alone is 4e8."""
    rng, n = np.random.default_rng(10), np.full(50, 1e4)
    h = -np.log1p(-np.append(np.linspace(0.1, 0.9, 49), 1e-12))
    y = rng.binomial(10_000, -np.expm1(-h)) / 1e4
    y[-1] = 2e-4
    assert 0.5 < overdispersion(y, n, h, 47) < 4


# -- two more parameters


def test_each_state_its_own_critical_voltage() -> None:
    rng = np.random.default_rng(11)
    p, ap = rows(rng=rng), rows((45.0, 0.55, 1.2e-9), states=(-1,), rng=rng)
    data = Measured(*(np.concatenate([getattr(p, f), getattr(ap, f)]) for f in p.__dataclass_fields__))
    found = fit(data, asymmetry=True)
    assert found.p_value > 0.001
    for name, true in (("vc0", 0.40), ("vc0_ap", 0.55), ("delta", 45.0), ("tau0", 1.2e-9)):
        assert found.estimates[name].low < true < found.estimates[name].high
    assert found.mtj_ap.ic0 * found.mtj_ap.r_p == pytest.approx(found.estimates["vc0_ap"].value)
    assert fit(data).p_value < 1e-6


def test_an_uncertain_voltage_is_fitted_too() -> None:
    """A third of the rows, noted 7 % too low: the gain is found, and the other parameters are unharmed."""
    data = rows(rng=np.random.default_rng(12))
    off = data.seconds == 1e-8
    noted = Measured.of(np.where(off, data.volts / 1.07, data.volts), data.seconds, data.probability, data.trials)
    found = fit(noted, uncertain=off)
    for name, true in (("gain", 1.07), ("vc0", 0.40), ("delta", 45.0), ("tau0", 1.2e-9)):
        assert found.estimates[name].low < true < found.estimates[name].high
    assert found.estimates["gain"].low > 1.02
    factor = np.where(off, found.gain, 1.0)
    p = found.mtj.switching_probability(noted.volts * factor, noted.seconds, noted.state)
    assert found.fitted == pytest.approx(p, rel=1e-9, abs=0)


# -- what cannot be fitted


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        (lambda: Measured.of([0.3, 0.4, 0.5], 1e-8, [0.1, 0.5, 0.9], 100), {}, "3 rows for 3 parameters"),
        (lambda: Measured.of(np.linspace(0.3, 0.5, 6), 1e-8, [0, 0, 0, 1, 1, 1], 100), {}, "every probability is 0 or 1"),
        (lambda: Measured.of(0.0, np.geomspace(1, 10, 6), 0.1, 100, 1), {}, "every row is at 0 V"),
        (lambda: Measured.of(np.linspace(0.3, 0.5, 6), 1e-8, 0.6, 100, -1), {}, "row 1: P = 0.6 out of the antiparallel state"),
        (
            lambda: Measured.of(-np.linspace(0.3, 0.5, 4), 1e-8, [0, 0.1, 0.2, 0.3], 100, 1),
            {},
            "row 4: P = 0.3 out of the parallel state",
        ),
        (lambda: Measured.of(np.linspace(0.3, 0.5, 6), 1e-8, 0.6, [1, 2, 3, 4, 5, np.nan]), {}, "some rows have trials"),
        (rows, {"asymmetry": True}, "asymmetry needs rows out of both states"),
        (rows, {"uncertain": np.ones(24, dtype=bool)}, "uncertain names no row or every row"),
        (rows, {"uncertain": np.ones(3, dtype=bool)}, r"uncertain has shape \(3,\)"),
        (rows, {"dispersion": "quasy"}, "did you mean 'quasi'"),
        (rows, {"torque": "volts"}, "torque"),
        (rows, {"torque": "current", "tmr": 6.0}, "tmr = 6.0"),
        (rows, {"level": 95}, "level = 95"),
        (rows, {"tmr": -1.0}, "tmr = -1.0"),
        (rows, {"r_p": 0.0}, "r_p = 0.0"),
    ],
)
def test_what_cannot_be_fitted_is_said_in_a_line(data, options, words) -> None:
    with pytest.raises(InputError, match=words) as error:
        fit(data(), **options)
    assert "\n" not in str(error.value)


# -- files, figures, the verb


def test_a_fit_is_kept_and_read_back(tmp_path: Path) -> None:
    data, found = counted()
    kept = read(found.save(tmp_path / "f.h5"), "fit")
    assert kept.value("parameters/delta/value") == found.estimates["delta"].value
    assert kept.value("rows/volts").tolist() == data.volts.tolist()
    assert kept.value("rows/fitted").tolist() == found.fitted.tolist()
    assert kept.data["parameters"]["tau0"]["low"].unit == "s"
    table = json.loads(found.save(tmp_path / "f.json").read_text())
    assert table["parameters"]["vc0"]["value"] == found.estimates["vc0"].value
    assert table["table"]["residual"] == found.residuals.tolist()


def test_json_of_an_open_interval_has_null(tmp_path: Path) -> None:
    found = fit(rows(trials=200, rng=np.random.default_rng(5), widths=(1e-3,)))
    text = found.save(tmp_path / "f.json").read_text()
    values = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))["parameters"].values()
    assert any(v["high"] is None or v["low"] == 0 for v in values)


def test_sweeps_hold_every_row_once_and_follow_the_law() -> None:
    """Rows over voltage at 3 widths, and over width at one voltage, which shares a row with the others."""
    mtj = effective(*SET, 1.0, 5e3)
    base = rows()
    volts, seconds = np.append(base.volts, np.full(12, 0.5)), np.append(base.seconds, np.geomspace(2e-9, 5e-8, 12))
    found = fit(Measured.of(volts, seconds, mtj.switching_probability(volts, seconds, 1), 1e5))
    sweeps = found.sweeps()
    assert [s.over for s in sweeps] == ["seconds", "volts", "volts", "volts"]
    assert sorted(np.concatenate([s.rows for s in sweeps]).tolist()) == list(range(36))
    for s in sweeps:
        x = getattr(found.data, s.over)[s.rows]
        assert np.interp(x, s.curve_x, s.curve_p) == pytest.approx(found.fitted[s.rows], abs=2e-3)


def test_figures_show_every_point(tmp_path: Path) -> None:
    data, found = counted()
    figure = figures_fit.fit(read(found.save(tmp_path / "f.h5")))
    above, below = figure.axes
    points = np.concatenate([line.get_ydata() for line in above.lines if line.get_marker() == "o"])
    assert sorted(points) == pytest.approx(sorted(data.probability))
    left = np.concatenate([line.get_ydata() for line in below.lines if line.get_marker() == "o"])
    assert sorted(left) == pytest.approx(sorted(data.probability - found.fitted))


def test_the_verb(tmp_path: Path) -> None:
    data, found = counted()
    lines = [
        f"{v!r},{t!r},{p!r},1000,P"
        for v, t, p in zip(*(a.tolist() for a in (data.volts, data.seconds, data.probability)), strict=True)
    ]
    (tmp_path / "m.csv").write_text("\n".join(["volts,seconds,probability,trials,state", *lines]) + "\n")
    parser = argparse.ArgumentParser()
    fit_verb.add(parser.add_subparsers())
    out, figure = tmp_path / "f.h5", tmp_path / "f.png"
    outcome = fit_verb.run(
        parser.parse_args(
            ["fit", str(tmp_path / "m.csv"), "--r-p", "5k", "--tmr", "100%", "--out", str(out), "--figure", str(figure)]
        )
    )
    assert outcome.data["parameters"]["delta"]["value"] == pytest.approx(found.estimates["delta"].value, rel=1e-9)
    assert outcome.data["settings"]["r_p"] == 5e3
    assert "95 % interval" in outcome.text
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert read(out, "fit").summary["delta"] == outcome.data["parameters"]["delta"]["value"]
    with pytest.raises(InputError, match="folder"):
        fit_verb.run(parser.parse_args(["fit", str(tmp_path / "m.csv"), "--figure", str(tmp_path / "none" / "f.png")]))
    sure = fit_verb.run(parser.parse_args(["fit", str(tmp_path / "m.csv"), "--trials", "100k"]))
    assert sure.data["parameters"]["delta"]["error"] < outcome.data["parameters"]["delta"]["error"] / 9


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--figure", "f.xyz"], "--figure f.xyz: the picture is a PNG; give a name that ends in .png"),
        (["--figure", "none/f.png"], "--figure none/f.png: the folder none does not exist"),
        (["--out", "none/f.h5"], "--out none/f.h5: the folder none does not exist"),
        (["--out", "."], "--out . is a folder"),
        (["--out", "f.png", "--figure", "f.png"], "--out and --figure are both f.png"),
        (["--trials", "1.5"], r"trials = 1\.5: give a whole number"),
    ],
)
def test_the_verb_looks_at_its_flags_before_it_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("spicemtj.device.fitting.fit.fit", lambda *_, **__: pytest.fail("it fitted"))
    Path("m.csv").write_text("volts,seconds,probability\n0.4,5e-9,0.2\n")
    parser = argparse.ArgumentParser()
    fit_verb.add(parser.add_subparsers())
    with pytest.raises(InputError, match=message):
        fit_verb.run(parser.parse_args(["fit", "m.csv", *words]))
    assert [p.name for p in tmp_path.iterdir()] == ["m.csv"]


def test_the_example(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "examples" / "05_fit.py"))
    assert "retention at 0 V" in capsys.readouterr().out


# -- a measured table, where it is at hand


def test_the_published_table_and_what_a_macrospin_leaves_of_it() -> None:
    """What docs/fit.md says of the 40 nm device of Rehm et al.; SPICEMTJ_DATA names the folder with measured/rehm2023_psw.csv."""
    path = Path(os.environ.get("SPICEMTJ_DATA", "none")) / "measured" / "rehm2023_psw.csv"
    if not path.exists():
        pytest.skip("SPICEMTJ_DATA names no folder with measured/rehm2023_psw.csv")
    module = script("fit_measured")
    table = module.read(path)
    data, nominal = module.rows(table)
    found = fit(data, uncertain=nominal, dispersion="quasi")
    assert found.at_limit == ("delta",)
    assert found.phi == pytest.approx(31, abs=1)
    assert np.sqrt(np.mean((data.probability - found.fitted) ** 2)) == pytest.approx(0.017, abs=0.001)
    by_volts, by_log_t = module.slopes(found, np.array([1e-4, 1e-8]))
    assert by_volts[0] / table["fig3b"][1, -1] == pytest.approx(1.32, abs=0.05)
    assert by_log_t[1] / table["fig4b"][1, 2] == pytest.approx(0.53, abs=0.05)
