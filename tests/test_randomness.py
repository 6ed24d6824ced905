"""The random numbers of cells and pulses: the published sequence, its order, and its statistics.

The statistical tests have fixed seeds, so that they cannot fail by chance; each states its number of draws and its significance.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from spicemtj import randomness

WORD = 2**64
SIGNIFICANCE = 1e-3


def slow_splitmix(key: int, count: int) -> list[int]:
    """SplitMix64 as its authors wrote it, step by step on plain integers."""
    numbers = []
    for _ in range(count):
        key = (key + 0x9E3779B97F4A7C15) % WORD
        z = key
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % WORD
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WORD
        numbers.append(z ^ (z >> 31))
    return numbers


def key_of(value: int, index: int) -> int:
    """The key whose sequence has `value` at `index`: SplitMix64 run backwards."""

    def unshift(z: int, bits: int) -> int:
        result = z
        for _ in range(64 // bits + 1):
            result = z ^ (result >> bits)
        return result

    z = unshift(value, 31) * pow(0x94D049BB133111EB, -1, WORD) % WORD
    z = unshift(z, 27) * pow(0xBF58476D1CE4E5B9, -1, WORD) % WORD
    return (unshift(z, 30) - (index + 1) * randomness.GAMMA) % WORD


def test_published_sequence() -> None:
    # the reference output of the generator's public-domain C code for the seed 1234567
    published = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    assert randomness.element(1234567, np.arange(5)).tolist() == published
    assert slow_splitmix(1234567, 5) == published


@pytest.mark.parametrize("key", [0, 1, 2**63, WORD - 1, 0xDEADBEEF12345678])
def test_any_element_in_any_order(key: int) -> None:
    slow = slow_splitmix(key, 200)
    order = np.random.default_rng(0).permutation(200).reshape(10, 20)
    assert randomness.element(key, order).tolist() == [[slow[i] for i in row] for row in order.tolist()]
    assert int(randomness.element(key, 7)) == slow[7]


def test_uniform_is_inside_the_open_interval_at_its_extremes() -> None:
    lowest, highest = (float(randomness.uniforms(key_of(value, 3), 3)) for value in (0, WORD - 1))
    assert lowest == 2.0**-53
    assert highest == 1 - 2.0**-53


def test_cells_share_one_sequence_of_their_pulse() -> None:
    u = randomness.cell_uniforms(seed=11, shape=(3, 5), pulse=4, stream=2)
    key = randomness.pulse_key(randomness.stream_key(11, 2), 4)
    slow = [((z >> 12) + 0.5) / 2**52 for z in slow_splitmix(key, 15)]
    assert u.shape == (3, 5)
    assert u.ravel().tolist() == slow
    assert np.array_equal(u, randomness.cell_uniforms(seed=11, shape=(3, 5), pulse=4, stream=2))


def test_streams_have_keys_of_their_own() -> None:
    keys = {randomness.stream_key(seed, *stream) for seed in range(20) for stream in [(), (0,), (1,), (0, 0), (0, 1), (1, 0)]}
    assert len(keys) == 20 * 6


def test_uniformity() -> None:
    """Kolmogorov-Smirnov over 200,000 draws: 100 pulses of 2,000 cells, and the same cell in 200,000 pulses."""
    cells = np.concatenate([randomness.cell_uniforms(1, (40, 50), pulse).ravel() for pulse in range(100)])
    assert stats.kstest(cells, "uniform").pvalue > SIGNIFICANCE
    key = randomness.stream_key(1, 0)
    pulses = [float(randomness.uniforms(randomness.pulse_key(key, pulse), 17)) for pulse in range(20_000)]
    assert stats.kstest(pulses, "uniform").pvalue > SIGNIFICANCE


def pairs(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Two sets of 100,000 numbers that ought to know nothing of each other."""
    shape = (250, 400)
    first = randomness.cell_uniforms(5, shape, pulse=0)
    if name == "neighbouring cells":
        long = randomness.cell_uniforms(5, (500, 400)).ravel()
        return long[0::2], long[1::2]
    second = {
        "next pulse": lambda: randomness.cell_uniforms(5, shape, pulse=1),
        "next stream": lambda: randomness.cell_uniforms(5, shape, stream=1),
        "next seed": lambda: randomness.cell_uniforms(6, shape),
        "next row of the next pulse": lambda: np.roll(randomness.cell_uniforms(5, shape, pulse=1), -1, axis=0),
    }[name]()
    return first.ravel(), second.ravel()


@pytest.mark.parametrize("name", ["neighbouring cells", "next pulse", "next stream", "next seed", "next row of the next pulse"])
def test_independence(name: str) -> None:
    """Chi-squared over a grid of 20 x 20 for 100,000 pairs."""
    first, second = pairs(name)
    counts, _, _ = np.histogram2d(first, second, bins=20, range=[[0, 1], [0, 1]])
    assert stats.chisquare(counts.ravel()).pvalue > SIGNIFICANCE


def test_flips_are_binomial() -> None:
    """Cells that flip with P = 0.01 in 2,000 pulses of 400 cells: the count a pulse is binomial (chi-squared over 10 classes)."""
    key = randomness.stream_key(3, 0)
    flips = [(randomness.uniforms(randomness.pulse_key(key, pulse), np.arange(400)) < 0.01).sum() for pulse in range(2_000)]
    law = stats.binom(400, 0.01).pmf(np.arange(9))
    expected = 2_000 * np.append(law, 1 - law.sum())
    seen = np.bincount(np.minimum(flips, 9), minlength=10)
    assert stats.chisquare(seen, expected).pvalue > SIGNIFICANCE


def test_low_bits_of_neighbouring_pulse_keys_differ() -> None:
    """Half of the 64 bits change from one pulse's key to the next: 4,000 steps, 32 +- 4 sigma of the mean."""
    key = randomness.stream_key(9, 0)
    keys = [randomness.pulse_key(key, pulse) for pulse in range(4_001)]
    changed = [(a ^ b).bit_count() for a, b in itertools.pairwise(keys)]
    assert abs(np.mean(changed) - 32) < 4 * 4 / np.sqrt(4_000)
