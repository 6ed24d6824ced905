"""The comparison of LLG, exact law and closed forms: each array against its own source, files, and the error rates by splitting."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from spicemtj import Mtj, results
from spicemtj.device.reference import comparison, splitting
from spicemtj.device.switching import fokker_planck
from spicemtj.errors import InputError

PMA = Mtj.preset("ref-pma-40")


@pytest.fixture(scope="module", params=[1, -1], ids=["P", "AP"])
def compared(request: pytest.FixtureRequest) -> comparison.Comparison:
    return comparison.compare(
        PMA,
        request.param,
        trials=400,
        seed=2,
        overdrives=(0.5, 0.9, 1.5, 3.0),
        p_overdrives=(1.2, 2.0),
        p_widths=(1.0, 2.0, 4.0),
        error_overdrives=(3.0,),
        error_widths=30,
        every=1,
        longest=25e-9,
    )


def test_llg_is_within_its_errors_of_the_exact_law(compared: comparison.Comparison) -> None:
    """3.3 standard errors over some 8 points: 1 % by chance. The error rates, of 1,600 particles, within a factor of 3 down to 1e-9."""
    assert 0 < compared.largest_deviation() < 3.3
    assert compared.largest_error_ratio() < 3
    assert np.isfinite(compared.mean_llg).tolist() == [False, True, True, True]
    assert np.isfinite(compared.p_llg).sum() >= 3
    assert compared.error_exact.min() < 1e-9


def test_exact_arrays_are_those_of_the_device(compared: comparison.Comparison) -> None:
    """The same figures by way of `Mtj`, whose answers come from the table of the law."""
    state = compared.state
    np.testing.assert_allclose(compared.overdrive, [0.5, 0.9, 1.5, 3.0], rtol=1e-9)
    np.testing.assert_allclose(state * PMA.drive(state, compared.volts), compared.overdrive, rtol=1e-9)
    np.testing.assert_allclose(compared.mean_exact, PMA.mean_switching_time(compared.volts, state), rtol=1e-9)
    table = PMA.switching_probability(compared.p_volts[:, None], compared.p_seconds, state)
    np.testing.assert_allclose(compared.p_exact, table, rtol=0, atol=1e-4)
    assert compared.thermal_valid.tolist() == [True, False, False, False]
    assert compared.precessional_valid[-1]
    valid = compared.thermal_valid
    np.testing.assert_allclose(compared.mean_thermal[valid], compared.mean_exact[valid], rtol=0.15)
    valid = compared.precessional_valid
    np.testing.assert_allclose(compared.mean_precessional[valid], compared.mean_exact[valid], rtol=0.08)


def test_files_give_back_what_was_written(compared: comparison.Comparison, tmp_path: Path) -> None:
    path = compared.save(tmp_path / "device.h5")
    again = comparison.Comparison.load(path)
    for field in dataclasses.fields(compared):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(compared, field.name))
    stored = results.read(path, "device")
    assert stored.seed == 2
    assert stored.data["mean_exact"].unit == "s"
    assert stored.data["p_volts"].unit == "V"
    assert stored.data["thermal_valid"].unit == "1"
    assert stored.summary["least_write_error"] < 1e-9


def test_the_figure_draws_what_is_in_the_file(compared: comparison.Comparison, tmp_path: Path) -> None:
    from spicemtj.figures_device import device_comparison

    figure = device_comparison(results.read(compared.save(tmp_path / "device.h5")))
    means, widths, _, errors = figure.axes
    drawn = {tuple(line.get_ydata()) for line in means.lines}
    assert tuple(compared.mean_exact * 1e9) in drawn
    assert any(np.array_equal(line.get_ydata(), compared.p_exact[-1]) for line in widths.lines)
    assert any(np.array_equal(line.get_ydata(), compared.error_exact[0]) for line in errors.lines)
    figure.savefig(tmp_path / "device.png")
    assert (tmp_path / "device.png").stat().st_size > 10_000


def test_same_seed_same_comparison() -> None:
    few = {
        "trials": 100, "overdrives": (2.0,), "p_overdrives": (2.0,), "p_widths": (1.0, 2.0), "error_overdrives": (3.0,), "error_widths": 4,
    }  # fmt: skip
    one, two, other = (comparison.compare(PMA, seed=seed, **few) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.mean_llg, two.mean_llg)
    np.testing.assert_array_equal(one.error_llg, two.error_llg)
    assert one.mean_llg[0] != other.mean_llg[0]


@pytest.mark.slow
def test_splitting_reaches_1e_9() -> None:
    """i = 2 from the parallel state, 12,000 particles: 1 - P at every width within 3.5 of its standard errors, and 40 % at the end."""
    v = float(comparison.voltages(PMA, [2.0], 1)[0])
    seconds = np.linspace(0, 14e-9, 41)[1:]
    a, b, delta, offset = comparison.law(PMA, v, 1)
    exact = fokker_planck.probability(float(a), float(b), delta, seconds / float(PMA.tau_d), offset)[1]
    rate, sigma = splitting.error_by_splitting(PMA, v, seconds, 1, 12_000, np.random.SeedSequence(4))
    tail = exact < 0.5
    assert exact[-1] < 1.5e-9
    assert (np.abs(rate - exact)[tail] < 3.5 * sigma[tail]).all()
    assert (sigma[tail] < 0.3 * exact[tail]).all()
    assert rate[-1] == pytest.approx(exact[-1], rel=0.4)


def test_splitting_is_plain_counting_while_errors_are_common() -> None:
    """Where one error in three is left, 4,000 particles: 3 binomial standard errors."""
    v, seconds = 0.6, 2.4e-9
    p = 1 - float(PMA.switching_probability(v, seconds, 1))
    assert 0.2 < p < 0.5
    rate, _ = splitting.error_by_splitting(PMA, v, [0.8e-9, 1.6e-9, seconds], 1, 4000, np.random.SeedSequence(5))
    assert abs(rate[-1] - p) < 3 * np.sqrt(p * (1 - p) / 4000)


def test_offset_field_moves_the_critical_voltages() -> None:
    """An offset field that favours parallel: a tenth more voltage out of it, a tenth less back."""
    biased = Mtj.preset("ref-pma-40", mu0_hoff=0.025, torque="voltage")
    vc0 = float(biased.ic0 * biased.r_p)
    assert comparison.voltages(biased, [1.0], 1)[0] == pytest.approx(1.1 * vc0, rel=1e-9)
    assert comparison.voltages(biased, [1.0], -1)[0] == pytest.approx(-0.9 * vc0, rel=1e-9)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"trials": 10}, "trials = 10"),
        ({"overdrives": (1.0, -1.0)}, "finite numbers above 0"),
        ({"p_widths": (2.0, 1.0)}, "must rise"),
        ({"state": 0}, "state 0"),
    ],
)
def test_mistakes_are_named(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        comparison.compare(PMA, **change)
