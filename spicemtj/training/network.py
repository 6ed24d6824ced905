"""Layers of arrays as a network: activations forwards, errors backwards, by reads alone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..circuit.faults import held, random_faults
from ..randomness import stream_key
from .backends import ArraySpec, Backend, Streams, make
from .encoding import Encoder
from .layout import Layout
from .sensing import Sensed
from .settings import TrainSettings
from .software import softmax, with_bias

Array = NDArray[np.float64]

STATES, VARIATION, READS, FAULTS = 3, 4, 5, 6  # purposes of random streams beside those of `Streams`


class Pass(NamedTuple):
    """One sample's way forwards: each layer's inputs (bias included), its sums times gain, and the class probabilities."""

    inputs: list[Array]
    sums: list[Array]
    probabilities: Array


@dataclass
class Layer:
    """Arrays of one shape, the first of which computes; others are a rule's own.

    gain : from a read's units to the sums; clip : where the rectifier saturates; transmission : the measured mean loss of a read;
    last : whether its sums are the network's.
    """

    arrays: list[Backend]
    gain: float
    clip: float
    transmission: float = 1.0
    last: bool = False

    @property
    def weights(self) -> Backend:
        """The array that computes."""
        return self.arrays[0]

    def sums(self, x: Array) -> Array:
        """Inputs (..., M) to outputs before the rectifier."""
        return self.gain * self.weights.forward(x)

    def rectified(self, sums: Array) -> Array:
        """The next layer's inputs, with its bias."""
        return with_bias(np.clip(sums, 0.0, self.clip))

    def back(self, delta: Array) -> Array:
        """Errors of the outputs to errors of the inputs (without the bias)."""
        return self.gain * self.weights.backward(delta)[:-1]


@dataclass
class Network:
    """Rectified layers with a softmax and the cross-entropy at the end."""

    layers: list[Layer]

    def forward(self, x: Array) -> Pass:
        """One sample's features (n,), or many (samples, n)."""
        inputs, sums = [with_bias(x)], []
        for layer in self.layers:
            sums.append(layer.sums(inputs[-1]))
            if layer is not self.layers[-1]:
                inputs.append(layer.rectified(sums[-1]))
        return Pass(inputs, sums, _softmax(sums[-1]))

    def errors(self, done: Pass, label: int) -> list[Array]:
        """The loss's derivative by each layer's sums, for one sample."""
        delta = done.probabilities.copy()
        delta[label] -= 1
        deltas = [delta]
        for k in range(len(self.layers) - 1, 0, -1):
            sums = done.sums[k - 1]
            live = (sums > 0) & (sums < self.layers[k - 1].clip)
            deltas.append(np.where(live, self.layers[k].back(deltas[-1]), 0.0) if live.any() else np.zeros(sums.shape))
        return deltas[::-1]

    def predict(self, x: Array) -> NDArray[np.intp]:
        """Classes of inputs (samples, features)."""
        return np.argmax(self.forward(x).sums[-1], axis=-1)

    def states(self) -> dict[str, NDArray[np.int8]]:
        """The states of every array, (M, N) under "layer0/array0"."""
        return {f"layer{k}/array{a}": b.states for k, layer in enumerate(self.layers) for a, b in enumerate(layer.arrays)}


def _softmax(sums: Array) -> Array:
    """Of one sample, in the order of the compiled loops, or of many."""
    if sums.ndim > 1:
        return softmax(sums)
    from .kernels import softmax_into

    out = np.empty(sums.shape)
    softmax_into(np.asarray(sums, dtype=float), out)
    return out


def build(settings: TrainSettings, sizes: list[int], engine: Any, arrays: int, seed: int) -> Network:
    """A network with random states, `arrays` arrays a layer, for layer sizes from the features to the classes.

    A layer's gain makes its first outputs about `spread` for inputs of rms 1 (1/sqrt(K M) in states), divided by the measured
    transmission of a read.
    """
    nominal = settings.crossbar(1, 1)
    encoder = Encoder.calibrated(nominal, settings.pulse)
    layers = []
    for k, (n, m) in enumerate(itertools.pairwise(sizes)):
        layout = Layout(n, m, settings.network.devices_per_weight, settings.network.tile, settings.network.reference)
        x_max = max(1.0, settings.data.clip if k == 0 else settings.network.activation_clip)
        specs = [_spec(settings, layout, nominal, encoder, x_max, (seed, k, a)) for a in range(arrays)]
        backends: list[Backend] = [make(engine, spec) for spec in specs]
        last = k == len(sizes) - 2
        spread = settings.network.output_spread if last else settings.network.spread
        transmission = backends[0].transmission()
        gain = spread / np.sqrt(layout.devices * layout.rows) / transmission
        if not settings.read.plain:
            full = np.inf if settings.read.saturation is None else settings.read.saturation / float(gain)
            backends = [Sensed(b, settings.read, full, stream_key(seed, k, a, READS)) for a, b in enumerate(backends)]
        layers.append(Layer(backends, float(gain), settings.network.activation_clip, transmission, last))
    return Network(layers)


def _spec(
    settings: TrainSettings, layout: Layout, nominal: Crossbar, encoder: Encoder, x_max: float, stream: tuple[int, int, int]
) -> ArraySpec:
    device, variation = settings.device.mtj(), settings.device.variation
    cells = device.vary(layout.shape, variation, stream_key(*stream, VARIATION)) if variation.between_devices else device
    states = np.random.default_rng(stream_key(*stream, STATES)).choice(np.array([-1, 1], dtype=np.int8), layout.shape)
    states, d, faults = layout.fixed(states), settings.device, None
    if not d.sound:  # reference cells among them
        faults = random_faults(layout.shape, d.open, d.short, d.stuck, stream_key(*stream, FAULTS))
        states = held(states, faults)
    return ArraySpec(layout, nominal, cells, encoder, settings.read.volts, x_max, Streams.of(*stream), states, faults)
