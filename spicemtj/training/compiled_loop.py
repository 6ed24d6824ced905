"""The loop of a training in one compiled call a chunk of samples, where the rule has a kernel and the arrays' physics are compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..surrogate.backend import SurrogateBackend
from .backends import IdealBackend
from .kernels import Net, Plane, Record, Samples

if TYPE_CHECKING:
    from .train import Loop, Prepared

CHUNK = 500  # samples a call: an interrupt waits for no more


class CompiledLoop:
    """Learns samples of a `train.Loop` by its rule's kernel: the same states and records as sample after sample."""

    def __init__(self, kernel: Any, net: Net, x: Any, y: Any):
        self.kernel, self.net = kernel, net
        self.x, self.y = np.ascontiguousarray(x), np.asarray(y, dtype=np.int64)

    @classmethod
    def of(cls, made: Prepared) -> CompiledLoop | None:
        """For a training whose rule and engine can; None for all others."""
        kernel = getattr(made.rule, "kernel", None)
        found = [_plane(array) for layer in made.network.layers for array in layer.arrays]
        planes = [plane for plane in found if plane is not None]
        if kernel is None or len(planes) < len(found):
            return None
        layers = made.network.layers
        shapes = [(layer.weights.spec.layout.rows, layer.weights.spec.layout.outputs) for layer in layers]
        net = Net(
            tuple(planes),
            tuple(np.zeros(rows) for rows, _ in shapes),
            tuple(np.zeros(outputs) for _, outputs in shapes),
            tuple(np.zeros(outputs) for _, outputs in shapes),
            np.array([layer.gain for layer in layers]),
            np.array([layer.transmission for layer in layers]),
            float(layers[0].clip),
            float(made.settings.rule.skip),
        )
        return cls(kernel(net), net, made.data.x_train, made.data.y_train)

    def learn(self, loop: Loop, chosen: Sequence[int]) -> None:
        """Consecutive samples of one epoch, by their places in the training part: learnt, recorded and counted."""
        for begin in range(0, len(chosen), CHUNK):
            order = np.asarray(chosen[begin : begin + CHUNK], dtype=np.int64)
            rows = slice(loop.step, loop.step + order.size)
            outputs = loop.outputs[rows] if loop.keep_outputs else loop.outputs
            record = Record(
                loop.loss[rows], loop.correct[rows], loop.skipped[rows], outputs, loop.flips[rows], loop.pulses[rows]
            )
            loop.whole = False
            self.kernel(self.net, Samples(self.x, self.y, order, loop.step, loop.total), record)
            loop.step += order.size
            loop.whole = True


def _plane(array: Any) -> Plane | None:
    physics = array.physics if isinstance(array, SurrogateBackend | IdealBackend) else None
    if physics is None:
        return None
    layout, streams = array.spec.layout, array.spec.streams
    return Plane(
        physics=physics,
        weights=array.weights,
        signs=layout.signs.astype(float),
        owners=layout.owners.astype(np.int64),
        cells=np.uint64(streams.cells),
        rows=np.uint64(streams.rows),
        cols=np.uint64(streams.cols),
        flips=np.empty(layout.rows * layout.cols, dtype=np.int64),
        full=float(array.spec.x_max),
        devices=int(layout.devices),
    )
