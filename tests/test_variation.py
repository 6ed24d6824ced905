"""Device-to-device variation from geometry and material, and cycle-to-cycle variation, against each law by hand and to first order."""

from __future__ import annotations

import argparse
import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.circuit.faults import random_faults
from spicemtj.device.mtj import Mtj
from spicemtj.device.variation import (
    DEVICE_TO_DEVICE,
    Variation,
    covariance,
    cycled,
    drawn,
    log_spread,
    pulse_spreads,
    sensitivities,
)
from spicemtj.errors import InputError
from spicemtj.randomness import cell_normals, cell_uniforms
from spicemtj.verbs import common

MU0 = 4e-7 * math.pi
NOMINAL = Mtj.preset("ref-pma-40")
FIGURES = ("r_p", "tmr", "hk", "delta", "ic0", "vc0")


def figures(mtj: Mtj) -> dict[str, Any]:
    return {"r_p": mtj.r_p, "tmr": mtj.tmr0_t, "hk": mtj.mu0_hk_t, "delta": mtj.delta, "ic0": mtj.ic0, "vc0": mtj.ic0 * mtj.r_p}


def factors(name: str, spread: float, shape: tuple[int, ...], seed: int) -> NDArray[np.float64]:
    """The lognormal factors of one parameter, drawn from its stream."""
    stream = np.random.SeedSequence(seed, spawn_key=(0x0D2D,)).spawn(8)[DEVICE_TO_DEVICE.index(name)]
    return np.exp(math.sqrt(math.log1p(spread**2)) * np.random.default_rng(stream).standard_normal(shape))


def test_ra_tmr_and_hk_are_the_draws_that_calibrations_were_made_with() -> None:
    """Bit for bit: the first draw of each stream for seed 7, and the plain formula; whatever else varies beside them."""
    asked = {"ra": 0.1, "tmr": 0.2, "hk": 0.05}
    cells = NOMINAL.vary((3, 4), Variation(**asked), seed=7)
    streams = np.random.SeedSequence(7, spawn_key=(0x0D2D,)).spawn(3)
    for stream, (field, spread) in zip(streams, (("ra", 0.1), ("tmr0", 0.2), ("mu0_hk", 0.05)), strict=True):
        normal = np.random.default_rng(stream).standard_normal((3, 4))
        expected = getattr(NOMINAL, field) * np.exp(np.sqrt(np.log1p(spread**2)) * normal)
        np.testing.assert_array_equal(getattr(cells, field), expected)
    more = NOMINAL.vary((3, 4), Variation(**asked, diameter=0.1), seed=7)
    for field in ("ra", "tmr0", "mu0_hk"):
        np.testing.assert_array_equal(getattr(more, field), getattr(cells, field))
    assert np.shape(cells.diameter) == np.shape(cells.thickness) == np.shape(cells.ms) == ()


def test_nothing_varies_without_a_spread() -> None:
    cells = NOMINAL.vary((2, 2), Variation(), seed=1)
    for name, value in figures(cells).items():
        np.testing.assert_array_equal(value, np.full((2, 2), figures(NOMINAL)[name]))
    assert not Variation(c2c_hk=0.1).between_devices
    assert Variation(oxide=0.1).between_devices


def test_diameter_moves_area_resistance_and_barrier_and_leaves_the_critical_voltage() -> None:
    cells = NOMINAL.vary((50,), Variation(diameter=0.05), seed=2)
    d = 40e-9 * factors("diameter", 0.05, (50,), 2)
    np.testing.assert_allclose(cells.r_p, 8e-12 / (math.pi / 4 * d**2), rtol=1e-12)
    np.testing.assert_allclose(cells.delta, NOMINAL.delta * (d / 40e-9) ** 2, rtol=1e-12)
    np.testing.assert_allclose(cells.ic0 * cells.r_p, NOMINAL.ic0 * NOMINAL.r_p, rtol=1e-12)


@pytest.mark.parametrize("name", ["thickness", "ms", "ki"])
def test_the_anisotropy_field_follows_thickness_magnetisation_and_interface(name: str) -> None:
    """mu0 Hk = 2 Ki/(t Ms) - mu0 Ms (Nz - Nx), with Ki in J/m^2 from the nominal device."""
    f = {k: np.ones(50) for k in ("thickness", "ms", "ki")} | {name: factors(name, 0.02, (50,), 3)}
    cells = NOMINAL.vary((50,), Variation(**{name: 0.02}), seed=3)
    ki = (0.25 + MU0 * 1e6 * 0.93) * 1.3e-9 * 1e6 / 2
    t, ms = 1.3e-9 * f["thickness"], 1e6 * f["ms"]
    field = 2 * ki * f["ki"] / (t * ms) - MU0 * ms * 0.93
    np.testing.assert_allclose(cells.mu0_hk, field, rtol=1e-8)
    np.testing.assert_allclose(cells.delta, NOMINAL.delta * (field * ms * t) / (0.25 * 1e6 * 1.3e-9), rtol=1e-8)
    np.testing.assert_array_equal(cells.r_p, np.full(50, NOMINAL.r_p))
    slope = np.polyfit(np.log(f[name]), cells.mu0_hk, 1)[0]
    assert (slope > 0) == (name == "ki")  # a thicker or stronger layer has the weaker field


def test_resistance_grows_exponentially_with_the_oxide() -> None:
    """Simmons at low voltage: RA ~ t exp(1.025 t sqrt(phi)), t in angstrom, phi = 0.4 eV (the constant that SPINLIB's models use)."""
    mtj = Mtj.preset("ref-pma-40", oxide=1.1e-9)
    cells = mtj.vary((50,), Variation(oxide=0.02), seed=4)
    angstrom = 11 * factors("oxide", 0.02, (50,), 4)
    expected = 8e-12 * angstrom / 11 * np.exp(1.025 * math.sqrt(0.4) * (angstrom - 11))
    np.testing.assert_allclose(cells.ra, expected, rtol=5e-4)
    np.testing.assert_array_equal(cells.delta, np.full(50, mtj.delta))


@pytest.mark.parametrize("temperature", [300.0, 358.0])
def test_sensitivities_are_the_derivatives(temperature: float) -> None:
    """Central differences of devices built from parameters that are off by 1e-5, through the physics of `Mtj`."""
    mtj = Mtj.preset("ref-pma-40", temperature=temperature)

    def at(name: str, log: float) -> dict[str, Any]:
        f = dict.fromkeys(DEVICE_TO_DEVICE, 1.0) | {name: math.exp(log)}
        ki = (mtj.mu0_hk + MU0 * mtj.ms * mtj.demag) * mtj.thickness * mtj.ms / 2 * f["ki"]
        t, ms = mtj.thickness * f["thickness"], mtj.ms * f["ms"]
        angstrom = mtj.oxide * 1e10
        ra = mtj.ra * f["ra"] * f["oxide"] * math.exp(1.0246334 * math.sqrt(0.4) * angstrom * (f["oxide"] - 1))
        field = (2 * ki / (t * ms) - MU0 * ms * mtj.demag) * f["hk"]
        changed = {"diameter": mtj.diameter * f["diameter"], "thickness": t, "ms": ms, "mu0_hk": field}
        return figures(dataclasses.replace(mtj, ra=ra, tmr0=mtj.tmr0 * f["tmr"], **changed))

    slopes = sensitivities(mtj)
    for name in DEVICE_TO_DEVICE:
        up, down = at(name, 1e-5), at(name, -1e-5)
        for figure in FIGURES:
            slope = math.log(up[figure] / down[figure]) / 2e-5
            assert slopes[figure][name] == pytest.approx(slope, rel=1e-5, abs=1e-8), (figure, name)


def test_spreads_and_correlations_of_many_devices_are_those_of_the_linearisation() -> None:
    """40,000 devices with eight small spreads: variances and correlations within 5 standard errors, plus 1 % for the second order."""
    count = 40_000
    variation = Variation(0.005, 0.006, 0.004, 0.005, 0.001, 0.0015, 0.0005, 0.001)
    cells = NOMINAL.vary((count,), variation, seed=5)
    names, matrix = covariance(NOMINAL, variation)
    assert names == FIGURES
    values = figures(cells)
    found = np.cov([np.log(values[name]) for name in names])
    sigma = np.sqrt(np.diag(matrix))
    np.testing.assert_allclose(np.sqrt(np.diag(found)), sigma, rtol=5 / math.sqrt(2 * count) + 0.01)
    np.testing.assert_allclose(
        found / np.outer(np.sqrt(np.diag(found)), np.sqrt(np.diag(found))),
        matrix / np.outer(sigma, sigma),
        atol=5 / math.sqrt(count) + 0.01,
    )
    at = {name: k for k, name in enumerate(names)}
    assert matrix[at["r_p"], at["delta"]] < 0  # a wider junction conducts better and holds longer
    assert matrix[at["r_p"], at["vc0"]] > 0  # a thicker oxide needs more volts
    assert matrix[at["delta"], at["ic0"]] == matrix[at["delta"], at["delta"]]
    assert matrix[at["tmr"], at["r_p"]] == 0


@pytest.mark.parametrize("name", DEVICE_TO_DEVICE)
def test_medians_stay_nominal(name: str) -> None:
    """20,001 devices: every figure is monotone in a single parameter, so its median lies within 5 standard errors of the nominal."""
    spread = 0.02
    cells = NOMINAL.vary((20_001,), Variation(**{name: spread}), seed=6)
    error = 1.2533 * log_spread(spread) / math.sqrt(20_001)
    for figure, value in figures(cells).items():
        off = math.log(float(np.median(value)) / figures(NOMINAL)[figure])
        assert abs(off) <= 5 * error * max(abs(sensitivities(NOMINAL)[figure][name]), 1e-9) * 1.05, figure


def test_a_layer_that_loses_its_axis_is_named() -> None:
    with pytest.raises(InputError, match=r"in \d+ of 1000 devices demagnetisation outweighs .* lower the spread of ki"):
        drawn(NOMINAL, Variation(ki=0.2), (1000,), 1)
    with pytest.raises(InputError, match="did you mean 'diameter'"):
        Variation.from_mapping({"diametre": 0.1})


@pytest.mark.parametrize("value", ["x", "5%", None, -0.1, 1.1, math.nan, [0.1]])
def test_what_is_no_spread_and_no_share_is_named(value: Any) -> None:
    with pytest.raises(InputError, match=r"variation\.ra = .*a number between 0 and 1"):
        Variation(ra=value)
    with pytest.raises(InputError, match=r"faults\.open = .*a number between 0 and 1"):
        random_faults((2, 2), open=value)


# -- from pulse to pulse


@pytest.mark.parametrize("temperature", [300.0, 358.0])
def test_spreads_from_pulse_to_pulse_are_those_of_the_devices_in_many_pulses(temperature: float) -> None:
    """40,000 pulses of one device: each figure's spread within 5 standard errors plus 1 % for the second order."""
    mtj = Mtj.preset("ref-pma-40", temperature=temperature)
    numbers = np.random.default_rng(3).standard_normal(40_000)
    told, pulses = pulse_spreads(mtj, Variation(c2c_hk=0.005, ra=0.1)), cycled(mtj, 0.005, numbers)
    assert tuple(told) == FIGURES
    assert told["hk"] > 0.005 * (temperature > 300)  # the field falls with temperature, what it loses does not
    for name, values in figures(pulses).items():
        assert np.log(values).std() == pytest.approx(told[name], rel=5 / math.sqrt(80_000) + 0.01, abs=1e-12), name


def test_normal_numbers_are_normal_and_apart_from_the_uniform_ones() -> None:
    """40,000 numbers: Kolmogorov-Smirnov at 1e-3, no correlation with the cells' uniform numbers or the next pulse's within 5 errors."""
    from scipy.stats import kstest

    numbers = cell_normals(3, (200, 200), pulse=4)
    assert kstest(numbers.ravel(), "norm").pvalue > 1e-3
    for other in (
        cell_uniforms(3, (200, 200), pulse=4),
        cell_normals(3, (200, 200), pulse=5),
        cell_normals(4, (200, 200), pulse=4),
    ):
        assert abs(np.corrcoef(numbers.ravel(), other.ravel())[0, 1]) < 5 / 200


def test_a_device_is_another_in_every_pulse_and_the_same_for_the_same_seed() -> None:
    xbar = Crossbar(20, 20, variation={"ra": 0.1, "c2c_hk": 0.03}, seed=1)
    first = xbar.cells_at(0, seed=9)
    np.testing.assert_array_equal(first.mu0_hk, xbar.cells_at(0, seed=9).mu0_hk)
    np.testing.assert_array_equal(first.mu0_hk, xbar.for_write(9).in_pulse(0).cells.mu0_hk)
    for other in (xbar.cells_at(1, seed=9), xbar.cells_at(0, seed=8)):
        assert (first.mu0_hk != other.mu0_hk).all()
    np.testing.assert_array_equal(first.ra, xbar.cells.ra)
    np.testing.assert_allclose(first.delta / NOMINAL.delta, first.mu0_hk / 0.25)
    np.testing.assert_allclose(first.ic0 / NOMINAL.ic0, first.mu0_hk / 0.25)


def test_the_spread_over_pulses_is_the_asked_one() -> None:
    """400 cells in 100 pulses: median and relative spread within 5 standard errors, for each cell about its own field."""
    xbar = Crossbar(20, 20, variation={"hk": 0.05, "c2c_hk": 0.03}, seed=1)
    logs = np.array([np.log(xbar.cells_at(k, seed=2).mu0_hk / xbar.cells.mu0_hk) for k in range(100)])
    assert abs(logs.mean()) < 5 * 0.03 / 200
    assert logs.std() == pytest.approx(log_spread(0.03), rel=5 / math.sqrt(2 * 40_000))
    assert np.abs(logs.mean(axis=0)).max() < 5 * 0.03 / 10


def test_without_cycle_to_cycle_variation_nothing_is_copied() -> None:
    xbar = Crossbar(2, 2, variation={"ra": 0.1}, seed=1)
    assert xbar.cells_at(3, seed=1) is xbar.cells
    assert xbar.in_pulse(0) is xbar
    single = Crossbar(2, 2, variation={"c2c_hk": 0.1})
    assert single.cells.shape == ()
    assert single.cells_at(0, seed=1).shape == (2, 2)
    pulse = single.for_write(5).in_pulse(1)
    assert pulse.in_pulse(1) is pulse  # once is enough
    assert single.cells.shape == ()


# -- by flags


def flagged(*words: str) -> Crossbar:
    """The array that the command line's flags describe."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--seed", type=int, default=1)
    common.array_flags(parser)
    return common.array(parser.parse_args(words))


def test_flags_of_temperature_variation_and_faults() -> None:
    plain = flagged()
    assert plain.variation is None
    assert not plain.faults.any()
    xbar = flagged(
        "--rows", "20", "--temperature", "358K", "--variation", "diameter=5%,c2c_hk=0.02", "--faults", "stuck=10%,open=0.05"
    )
    assert xbar.device.temperature == 358.0  # type: ignore[union-attr]
    assert xbar.variation == Variation(diameter=0.05, c2c_hk=0.02)
    assert xbar.cells.shape == (20, 20)
    np.testing.assert_array_equal(xbar.faults, random_faults((20, 20), open=0.05, stuck=0.1, seed=1))
    assert flagged("--spread", "10%", "--variation", "hk=0,ki=1%").variation == Variation(ra=0.1, tmr=0.1, ki=0.01)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--variation", "diametre=5%"], "did you mean 'diameter'"),
        (["--variation", "ki=200%"], "a relative spread is a number between 0 and 1"),
        (["--faults", "opens=1%"], "did you mean 'open'"),
        (["--faults", "open=120%"], "a share of the cells"),
        (["--temperature", "1500"], "nothing is magnetic"),
    ],
)
def test_mistakes_in_flags_are_named(words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        flagged(*words)


@pytest.mark.parametrize("text", ["5%", "ki=", "ki=x", ""])
def test_flags_that_cannot_be_read(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="write it like"):
        common.shares(text)
