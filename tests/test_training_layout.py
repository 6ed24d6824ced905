"""Where weights sit: tiles cover every cell once, and gathering is the transpose of spreading."""

from __future__ import annotations

import numpy as np
import pytest

from spicemtj.errors import InputError
from spicemtj.training.layout import Layout, cuts


@pytest.mark.parametrize(("lines", "tile"), [(1, 4), (31, 32), (32, 32), (33, 32), (65, 32), (129, 32), (2048, 64), (7, 2)])
def test_cuts_are_few_nearly_equal_and_complete(lines, tile):
    blocks = cuts(lines, tile)
    assert np.concatenate([np.arange(b.start, b.stop) for b in blocks]).tolist() == list(range(lines))
    sizes = [b.stop - b.start for b in blocks]
    assert max(sizes) <= tile
    assert len(blocks) == -(-lines // tile)
    assert len(set(sizes[:-1])) <= 1
    assert sizes[-1] <= sizes[0]


def test_tiles_cover_every_cell_once():
    layout = Layout(inputs=12, outputs=3, devices=6, tile=5)
    seen = np.zeros(layout.shape, dtype=int)
    for tile in layout.tiles:
        seen[tile] += 1
        assert seen[tile].shape == tile.shape
    assert (seen == 1).all()


def test_gather_is_the_transpose_of_spread():
    layout = Layout(inputs=4, outputs=3, devices=4, tile=8)
    gather = layout.gather(np.eye(layout.cols))
    spread = layout.spread(np.eye(3))
    np.testing.assert_array_equal(gather, spread.T)


def test_what_all_columns_share_cancels():
    layout = Layout(inputs=4, outputs=3, devices=6, tile=8)
    np.testing.assert_array_equal(layout.gather(np.full((2, layout.cols), 7.0)), 0)
    assert (layout.gather(layout.signs) == 6).all()


@pytest.mark.parametrize("devices", [0, 1, 3])
def test_a_pair_needs_an_even_number_of_devices(devices):
    with pytest.raises(InputError, match="even number"):
        Layout(4, 2, devices, 8)
