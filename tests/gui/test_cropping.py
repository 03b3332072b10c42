"""Small pictures of boxes: the same from the tiles of a big picture as from the picture itself, only sooner."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector import pixels
from detector.domain import Box
from gui.cropping import SIDE, Cropper
from gui.intake import Intake
from gui.tile_cutting import level_for
from gui.tile_making import make_tiles
from storage.records import StoredImage
from storage.store import Store
from storage.workspace import Workspace

BOXES = [Box(500, 300, 530, 320), Box(0, 0, 1400, 900), Box(900, 20, 1399, 600), Box(1380.5, 880.25, 1400, 900)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(Workspace(tmp_path / "workspace")) as opened:
        yield opened


def add(store: Store, name: str, values: np.ndarray) -> StoredImage:
    held = io.BytesIO()
    Image.fromarray(values).save(held, "PNG")
    project = store.projects.create(name)
    added = Intake(store).add_file(project.id, name, held.getvalue())
    assert added.image_id is not None
    return store.images.get(added.image_id)


def waves() -> np.ndarray:
    """1400 x 900: 3 x 2 tiles, no two places alike, nothing so fine that a coarser level looks otherwise."""
    y, x = np.mgrid[:900, :1400]
    bands = [128 + 100 * np.sin(x / 90 + phase) * np.cos(y / 70 - phase) for phase in (0, 1, 2)]
    return np.stack(bands, axis=-1).astype(np.uint8)


def shown(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)), np.int16)


@pytest.fixture
def undecoded(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From when it is called, no picture can be decoded."""

    def refuse(*_: object) -> Image.Image:
        raise AssertionError("the whole picture is decoded")

    return lambda: monkeypatch.setattr(pixels, "load", refuse)


def test_a_box_of_a_big_picture_is_cut_from_its_tiles(store: Store, undecoded: Callable[[], None]) -> None:
    image = add(store, "waves.png", waves())
    whole = [Cropper(store.workspace).crop(image, box) for box in BOXES]
    make_tiles(store.workspace, image.sha256, big_pixels=100_000)
    undecoded()
    cropper = Cropper(store.workspace)
    for box, (jpeg, cut) in zip(BOXES, whole, strict=True):
        found, place = cropper.crop(image, box)
        assert place == cut
        assert shown(found).shape == shown(jpeg).shape
        assert np.abs(shown(found) - shown(jpeg)).mean() < 3


def test_deep_grey_and_damaged_tiles_are_cut_from_the_picture(store: Store) -> None:
    deep = add(store, "deep.png", (waves()[..., 0].astype(np.uint16) * 200))
    flat = add(store, "flat.png", waves())
    before = [Cropper(store.workspace).crop(image, BOXES[0])[0] for image in (deep, flat)]
    make_tiles(store.workspace, deep.sha256, big_pixels=100_000)
    store.workspace.write(store.workspace.tiles(flat.sha256), b"no tiles at all, by whatever accident")
    assert [Cropper(store.workspace).crop(image, BOXES[0])[0] for image in (deep, flat)] == before


@pytest.mark.parametrize(("longer", "level"), [(20, 0), (SIDE, 0), (2 * SIDE, 1), (2 * SIDE - 1, 0), (10**6, 3)])
def test_the_coarsest_level_that_is_fine_enough_is_read(longer: float, level: int) -> None:
    assert level_for(longer, SIDE, 4) == level


def test_a_box_alone_is_cut_out_as_large_as_is_asked_for(store: Store) -> None:
    image = add(store, "waves.png", waves())
    wanted = Box(500.4, 300, 899.2, 500)
    plain, cut = Cropper(store.workspace).crop(image, wanted, 200, exact=True)
    assert cut == Box(500, 300, 900, 500)
    assert shown(plain).shape == (100, 200, 3)
    assert np.abs(shown(plain).mean((0, 1)) - waves()[300:500, 500:900].mean((0, 1))).max() < 2
    make_tiles(store.workspace, image.sha256, big_pixels=100_000)
    tiled, place = Cropper(store.workspace).crop(image, wanted, 200, exact=True)
    assert place == cut
    assert np.abs(shown(tiled) - shown(plain)).mean() < 3
