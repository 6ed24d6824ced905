"""Surrogate arrays read through the exact network: where lines lose most of a current, the calibrated attenuation is too rough.

A tile's attenuations are the ratios of the exact network's effective conductances to its cells' own, for cells as the chords of a read.
They are computed anew when enough of its cells have flipped; in between, as in the surrogate, a flip changes its own cell's share alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..circuit.crossbar import Crossbar
from ..engines.nodal import Nodal
from ..surrogate.backend import SurrogateBackend
from ..training.layout import Tile
from ..training.train import Loop, Prepared

Array = NDArray[np.float64]
COMPUTES, OTHERS = 0.01, 0.1  # share of a tile's cells that may flip: of the array that computes, and of a rule's own
PIECE = 50  # samples between two looks at how many have flipped


def read_exactly(array: SurrogateBackend) -> None:
    """Attenuations and weights of an array in its present states, from the exact network; kept until the next call."""
    tiles, layout = array.tiles, array.spec.layout
    for tile in layout.tiles:
        tiles.layer.a[tile] = _attenuation(array, tile)
    tiles.layer.weights[:] = layout.gather(tiles.layer.a * tiles.layer.g)
    tiles.layer.since[:] = 0


def attach(made: Prepared) -> None:
    """All arrays of a network on the surrogate read exactly, and the gains fitted to that."""
    for layer in made.network.layers:
        for array in layer.arrays:
            array.tiles = array.tiles._replace(fits=array.tiles.fits._replace(anchor=np.inf))  # type: ignore[attr-defined]
            read_exactly(array)  # type: ignore[arg-type]
        transmission = layer.weights.transmission()
        layer.gain *= layer.transmission / transmission
        layer.transmission = transmission


def transmissions(array: SurrogateBackend) -> Array:
    """(outputs,) current of an output's columns with all word lines alike, as a share of what it would be without wires."""
    layer, owners = array.tiles.layer, array.spec.layout.owners
    mine = [owners == output for output in range(array.spec.layout.outputs)]
    return np.array([(layer.a * layer.g)[:, own].sum() / layer.g[:, own].sum() for own in mine])


def train(made: Prepared, compiled: bool | None = None) -> Loop:
    """A training from its first to its last sample with exact reads."""
    attach(made)
    loop = Loop(made, compiled=compiled)
    while loop.step < loop.planned:
        loop.advance(min(PIECE, loop.planned - loop.step))
        _follow(made)
    for layer in made.network.layers:
        read_exactly(layer.weights)  # type: ignore[arg-type]
    return loop


def _follow(made: Prepared) -> None:
    for layer in made.network.layers:
        for k, array in enumerate(layer.arrays):
            cells = int(np.prod(array.spec.layout.tiles[0].shape))
            if array.tiles.layer.since.max() > (OTHERS if k else COMPUTES) * cells:  # type: ignore[attr-defined]
                read_exactly(array)  # type: ignore[arg-type]


def _attenuation(array: SurrogateBackend, tile: Tile) -> Array:
    """(rows, columns) of a tile: what a cell adds to its bit line's current, as a share of what it would without wires."""
    r_wl, r_bl, r_driver_wl, r_driver_bl = (float(ohms) for ohms in array.tiles.devices.wires)
    g = array.tiles.layer.g[tile] * array.tiles.devices.unit
    cells = Crossbar(
        *tile.shape, resistances=1 / g, r_wl=r_wl, r_bl=r_bl, r_driver_wl=r_driver_wl, r_driver_bl=r_driver_bl
    )  # fmt: skip
    return np.asarray(Nodal().effective_conductance(cells) / g)
