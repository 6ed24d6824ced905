"""Random numbers, one per cell and pulse, from one seed, the same in every engine.

A `numpy` generator spawned from the seed draws one 64-bit key per stream; the number of cell `c` in pulse `p` is element
`c` of the SplitMix64 sequence (Steele, Lea, Flood, OOPSLA 2014) that starts at `pulse_key(key, p)`. Any engine can ask for any
one of them, in any order, without drawing the others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InputError

GAMMA = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB
_ALL = 2**64 - 1
CYCLES = 0xC2C  # the purpose of a stream: cycle-to-cycle variation


def mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser, elementwise on uint64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_MIX_1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_MIX_2)
    return z ^ (z >> np.uint64(31))


def check_seed(seed: object) -> None:
    """Raise `InputError` unless `seed` is a whole number, 0 or more."""
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        raise InputError(f"seed {seed}: give 0 or a larger whole number")


def stream_key(seed: int, *stream: int) -> int:
    """The 64-bit key of a stream (layer, tile, purpose...), drawn by a numpy generator spawned from `seed`."""
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(int(s) for s in stream))
    return int(np.random.default_rng(sequence).integers(0, 2**64, dtype=np.uint64))


def element(key: int, index: ArrayLike) -> NDArray[np.uint64]:
    """Elements `index` (any shape, non-negative) of the SplitMix64 sequence that starts at `key`: uint64."""
    count = np.asarray(index).astype(np.uint64) + np.uint64(1)
    with np.errstate(over="ignore"):  # arithmetic modulo 2^64 is meant; numpy warns of it for a single number
        return mix(np.uint64(key) + count * np.uint64(GAMMA))


def pulse_key(key: int, pulse: int) -> int:
    """The key of one pulse in a stream: element `pulse` of its sequence, in plain integers since it is asked for one at a time."""
    z = (key + (pulse + 1) * GAMMA) & _ALL
    z = ((z ^ (z >> 30)) * _MIX_1) & _ALL
    z = ((z ^ (z >> 27)) * _MIX_2) & _ALL
    return z ^ (z >> 31)


def uniforms(key: int, index: ArrayLike) -> NDArray[np.float64]:
    """Uniform numbers in the open interval (0, 1) for the cells `index` of the pulse with this key; shape of `index`."""
    # 52 bits and a half: with 53 the largest would round to 1
    return ((element(key, index) >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def cell_uniforms(seed: int, shape: tuple[int, int], pulse: int = 0, stream: int = 0) -> NDArray[np.float64]:
    """One uniform number per cell of an (m, n) array for pulse number `pulse` of a stream."""
    m, n = shape
    return uniforms(pulse_key(stream_key(seed, stream), pulse), np.arange(m * n).reshape(m, n))


def cell_normals(seed: int, shape: tuple[int, int], pulse: int = 0, stream: int = 0) -> NDArray[np.float64]:
    """One standard normal number per cell of an (m, n) array and pulse, apart from `cell_uniforms`: what a device is like this time."""
    m, n = shape
    key, cell = pulse_key(stream_key(seed, stream, CYCLES), pulse), np.arange(m * n).reshape(m, n)
    radius = np.sqrt(-2 * np.log(uniforms(key, 2 * cell)))  # Box and Muller, Ann. Math. Stat. 29, 610 (1958)
    return np.asarray(radius * np.cos(2 * np.pi * uniforms(key, 2 * cell + 1)))
