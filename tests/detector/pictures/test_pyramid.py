"""A picture in tiles is the picture: every tile shows what lies in its place, on each level."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from detector.domain import ImageSize
from detector.pictures.deep_grey import DeepGrey
from detector.pictures.pyramid import TILE, deep_tiles_of, levels_of, tiles_of


def test_levels_halve_a_picture_until_one_tile_is_enough() -> None:
    levels = levels_of(ImageSize(1501, 700))
    assert [level.size for level in levels] == [ImageSize(1501, 700), ImageSize(751, 350), ImageSize(376, 175)]
    assert [(level.columns, level.rows) for level in levels] == [(3, 2), (2, 1), (1, 1)]
    assert len(levels_of(ImageSize(TILE, TILE))) == 1


def test_tiles_show_what_lies_in_their_place_on_each_level() -> None:
    values = np.zeros((700, 1501, 3), np.uint8)
    values[:512, :512] = (200, 30, 30)
    values[512:, 1024:] = (30, 30, 200)
    opened = [Image.open(io.BytesIO(tile)) for tile in tiles_of(Image.fromarray(values))]
    assert [tile.size for tile in opened] == [
        *[(512, 512), (512, 512), (477, 512), (512, 188), (512, 188), (477, 188)],
        *[(512, 350), (239, 350), (376, 175)],
    ]
    seen = [np.asarray(tile).astype(int).mean(axis=(0, 1)) for tile in opened]
    assert np.abs(seen[0] - (200, 30, 30)).max() < 4
    assert np.abs(seen[5] - (30, 30, 200)).max() < 4
    assert seen[1].max() < 4
    coarse = np.asarray(opened[8]).astype(int)
    assert np.abs(coarse[60, 60] - (200, 30, 30)).max() < 8
    assert np.abs(coarse[150, 320] - (30, 30, 200)).max() < 8


def test_tiles_of_deep_grey_keep_every_bit() -> None:
    values = np.random.default_rng(0).integers(0, 65536, (601, 515)).astype(np.uint16)
    tiles = [np.asarray(Image.open(io.BytesIO(tile))).astype(int) for tile in deep_tiles_of(DeepGrey(values, 0, 1, 16))]
    tall = [tile[..., 0] * 256 + tile[..., 1] for tile in tiles]
    assert (np.block([tall[:2], tall[2:4]]) == values).all()
    half = tall[4]
    assert half.shape == (301, 258)
    assert abs(half[7, 9] - values[14:16, 18:20].mean()) <= 0.5
    assert abs(half[300, 257] - values[600, 514]) == 0  # an odd edge is the mean of what is there
