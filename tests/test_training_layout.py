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


@pytest.mark.parametrize("devices", [1, 3])
def test_a_pair_needs_an_even_number_of_devices(devices):
    with pytest.raises(InputError, match="even number"):
        Layout(4, 2, devices, 8)
    assert Layout(4, 2, devices, 8, "column").devices == devices


@pytest.mark.parametrize("reference", ["pair", "column"])
def test_a_weight_has_a_device(reference):
    with pytest.raises(InputError, match="at least 1 cell"):
        Layout(4, 2, 0, 8, reference)


def test_an_unknown_reference():
    with pytest.raises(InputError, match="did you mean 'column'"):
        Layout(4, 2, 1, 8, "colum")
    with pytest.raises(InputError, match="a tile has at least 4 lines"):
        Layout(4, 2, 1, 3, "column")


@pytest.mark.parametrize(("outputs", "devices", "tile"), [(3, 1, 8), (10, 1, 5), (5, 3, 7), (7, 4, 32), (1, 1, 4), (20, 1, 64)])
def test_each_tile_has_two_reference_columns_of_its_own(outputs, devices, tile):
    layout = Layout(12, outputs, devices, tile, "column")
    seen = np.zeros(layout.shape, dtype=int)
    for block in layout.tiles:
        seen[block] += 1
        assert max(block.shape) <= tile
        assert np.sort(layout.owners[block.cols])[:2].tolist() == [-2, -1]
    assert (seen == 1).all()
    assert [int((layout.owners == o).sum()) for o in range(outputs)] == [devices] * outputs
    assert layout.cols == outputs * devices + 2 * len(layout.references)
    first = {t.cols.start for t in layout.tiles}
    assert first == set(range(0, layout.cols, layout.tiles[0].shape[1]))  # what the compiled kernels count on


def test_a_column_reference_is_the_mean_of_both_states():
    """States gathered against the reference are the sum of the K cells' states, in every tile."""
    layout = Layout(12, 5, 3, 7, "column")
    states = layout.fixed(np.random.default_rng(1).choice(np.array([-1, 1], dtype=np.int8), layout.shape))
    conductance = np.where(states > 0, 2.5, 1.0)  # half the difference is 0.75
    own = states[:, layout.owners >= 0].reshape(13, 5, 3).sum(axis=-1)
    np.testing.assert_allclose(layout.gather(conductance) / 0.75, own, atol=1e-12)
    np.testing.assert_allclose(layout.gather(np.full((2, layout.cols), 7.0)), 0, atol=1e-12)


@pytest.mark.parametrize("reference", ["pair", "column"])
def test_balanced_lines_are_the_transpose_of_gathering(reference):
    layout = Layout(4, 5, 2, 6, reference)
    np.testing.assert_allclose(layout.balanced(np.eye(5)), layout.gather(np.eye(layout.cols)).T)
    assert not layout.spread(np.ones(5))[layout.owners < 0].any()
