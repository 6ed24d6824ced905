"""Converters, saturation, noise and disturb of reads; their defaults change nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spicemtj.circuit.crossbar import Crossbar
from spicemtj.device.mtj import Mtj
from spicemtj.errors import InputError
from spicemtj.training.backends import ArraySpec, IdealBackend, Streams
from spicemtj.training.compiled_loop import CompiledLoop
from spicemtj.training.encoding import Encoder
from spicemtj.training.layout import Layout
from spicemtj.training.sensing import Sensed, converted, normals
from spicemtj.training.settings import ReadSettings, TrainSettings
from spicemtj.training.train import prepare, train

NO_WIRES = {"r_wl": 0.0, "r_bl": 0.0, "r_driver_wl": 0.0, "r_driver_bl": 0.0}
TINY = {
    "data": {"name": "breast-cancer"},
    "network": {"hidden": [5], "devices_per_weight": 4, "tile": 16},
    "rule": {"epochs": 1},
}
LAYOUT = Layout(20, 6, 2, 8)


def ideal(read_volts=0.1, device="ref-pma-40", **changes):
    mtj = dataclasses.replace(Mtj.preset(device), **changes)
    nominal = Crossbar(1, 1, mtj, "1R", **NO_WIRES)
    states = np.random.default_rng(1).choice(np.array([-1, 1], dtype=np.int8), LAYOUT.shape)
    encoder = Encoder(nominal, "V/3", 5e-9, 0.6, 0.6)
    return IdealBackend(ArraySpec(LAYOUT, nominal, mtj, encoder, read_volts, 2.0, Streams.of(1, 0, 0), states))


def test_a_converter_rounds_to_its_levels():
    x = np.linspace(-3, 3, 601)
    levels = np.unique(converted(x, 2.0, 3))
    np.testing.assert_allclose(levels, np.arange(-3, 4) * 2 / 3, atol=1e-15)
    inside = np.abs(x) <= 2
    assert np.abs(converted(x, 2.0, 3) - x)[inside].max() <= 1 / 3 + 1e-12
    np.testing.assert_array_equal(converted(x, 2.0, 0), np.clip(x, -2, 2))


def test_normals_are_normal_and_keyed():
    z = normals(5, (200, 200))
    # 40000 numbers: mean within 4.5 standard errors 7e-6, variance 0.0071 each
    assert abs(z.mean()) < 4.5 / 200
    assert abs(z.var() - 1) < 4.5 * np.sqrt(2) / 200
    assert np.mean(np.abs(z) > 1.96) == pytest.approx(0.05, abs=0.005)
    np.testing.assert_array_equal(normals(5, (3, 4)), normals(5, (3, 4)))
    assert not np.array_equal(normals(5, (3, 4)), normals(6, (3, 4)))


def test_wide_converters_change_nothing():
    x, d = np.random.default_rng(2).uniform(-2, 2, 21), np.random.default_rng(3).normal(size=6)
    array, sensed = ideal(), Sensed(ideal(), ReadSettings(saturation=1e6, adc_bits=0), 1e6, 4)
    np.testing.assert_allclose(sensed.forward(x), array.forward(x), rtol=1e-12)
    np.testing.assert_allclose(sensed.backward(d), array.backward(d), rtol=1e-12)
    fine = Sensed(ideal(), ReadSettings(saturation=1.0, adc_bits=24, dac_bits=24), 100.0, 4)
    np.testing.assert_allclose(fine.forward(x), array.forward(x), atol=1e-3)
    np.testing.assert_allclose(fine.backward(d), array.backward(d), atol=1e-4)


def test_each_row_of_tiles_saturates_alone():
    array = ideal()
    sensed = Sensed(array, ReadSettings(saturation=1.0), 3.0, 4)
    x = np.full(21, 2.0)
    expected = sum(np.clip(x[r] @ array.weights[r], -3, 3) for r in (slice(0, 7), slice(7, 14), slice(14, 21)))
    np.testing.assert_allclose(sensed.forward(x), expected, atol=1e-12)
    assert np.abs(array.forward(x)).max() > np.abs(expected).max()


def test_noise_is_a_share_of_the_full_scale_and_of_each_read():
    sensed = Sensed(ideal(), ReadSettings(saturation=1.0, noise=0.01), 200.0, 4)
    x = np.random.default_rng(2).uniform(-2, 2, 21)
    reads = np.array([sensed.forward(x) for _ in range(800)])
    # three rows of tiles, each with 2.0: 4800 numbers, the deviation within 4.5 standard errors of 1.0 %
    assert np.std(reads - ideal().forward(x)) == pytest.approx(2 * np.sqrt(3), rel=0.046)
    again = Sensed(ideal(), ReadSettings(saturation=1.0, noise=0.01), 200.0, 4)
    np.testing.assert_array_equal(again.forward(x), reads[0])
    saved = again.snapshot()
    np.testing.assert_array_equal(again.forward(x), reads[1])
    again.resume(saved)
    np.testing.assert_array_equal(again.forward(x), reads[1])


def test_reads_disturb_by_the_devices_law():
    """A read as strong as a pulse, of a device that is easy to switch: flips against the law, within 4 standard deviations."""
    read = ReadSettings(volts=0.35, disturb=True, seconds=1e-8)
    array = ideal(read_volts=0.35)
    sensed, x = Sensed(array, read, np.inf, 4), np.linspace(-2, 2, 21)
    volts = (0.35 * x / 2)[:, None] * np.ones(LAYOUT.cols)
    p = array.spec.cells.switching_probability(volts, 1e-8, array.spec.states)
    p = np.where(volts * array.spec.states > 0, p, 0.0)
    flips = np.zeros(p.shape)
    for _ in range(200):
        sensed.restore(array.spec.states)
        sensed.forward(x)
        flips += sensed.states != array.spec.states
    assert abs(flips.sum() - 200 * p.sum()) < 4 * np.sqrt(200 * (p * (1 - p)).sum())
    assert flips.sum() > 20
    assert not flips[p == 0].any()
    np.testing.assert_allclose(array.weights, LAYOUT.gather(array.states.astype(float)), atol=1e-9)


def test_usual_reads_disturb_nothing():
    quiet = Sensed(ideal(), ReadSettings(disturb=True), np.inf, 4)
    for _ in range(5):
        quiet.forward(np.full(21, 2.0))
        quiet.backward(np.ones(6))
    np.testing.assert_array_equal(quiet.states, quiet.spec.states)


@pytest.mark.slow
def test_a_training_reads_through_its_amplifiers():
    plain = train(TINY, "ideal", samples=30, software=False)
    config = TINY | {"read": {"saturation": 8.0, "noise": 0.02, "adc_bits": 6, "dac_bits": 6}}
    assert CompiledLoop.of(prepare(config, "ideal")) is None
    runs = [train(config, "ideal", samples=30, software=False) for _ in range(2)]
    np.testing.assert_array_equal(runs[0].trace["loss"], runs[1].trace["loss"])
    assert not np.array_equal(runs[0].trace["loss"], plain.trace["loss"])
    wide = train(TINY | {"read": {"saturation": 1e6}}, "ideal", samples=30, software=False)
    np.testing.assert_allclose(wide.trace["loss"], plain.trace["loss"], rtol=1e-9)


@pytest.mark.parametrize(
    ("read", "message"),
    [
        ({"noise": 0.1}, r"set read\.saturation too"),
        ({"adc_bits": 8}, r"set read\.saturation too"),
        ({"dac_bits": 1}, r"read\.dac_bits = 1: it must be 0"),
        ({"saturation": 0}, r"read\.saturation = 0"),
        ({"noise": 2, "saturation": 1}, r"read\.noise = 2"),
        ({"seconds": 0}, r"read\.seconds = 0"),
    ],
)
def test_mistakes(read, message):
    with pytest.raises(InputError, match=message):
        TrainSettings.of({"read": read})
