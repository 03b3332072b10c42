"""Images over a number of pixels, and deep grey, get tiles: asked for over HTTP, made one at a time, never twice."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gui import tile_making
from gui.tiles import Tiles
from storage.records import StoredImage
from tests.gui.web import Web, serving

BIG = 200_000  # pixels, for these tests


class Children:
    """Writes down which children would be started; each ends when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.returncode: int | None = None

    def __call__(self, arguments: Sequence[str]) -> Children:
        self.asked.append((arguments[3], int(arguments[5])))
        self.arguments = arguments
        self.returncode = None
        return self

    def poll(self) -> int | None:
        return self.returncode

    def communicate(self) -> tuple[bytes, None]:
        return b"There is no room.", None

    def end(self, code: int = 0) -> None:
        if code == 0:
            assert tile_making.main(list(self.arguments)) == 0
        self.returncode = code


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with serving(tmp_path, big_pixels=BIG) as opened:
        yield opened


@pytest.fixture
def children(web: Web) -> Children:
    made = Children()
    web.services.tiles = Tiles(web.store, web.services.settings, made)
    return made


def encoded(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    held = io.BytesIO()
    picture.save(held, form, **options)
    return held.getvalue()


def colours() -> Image.Image:
    """600 x 400, big here: red in the upper left tile, blue right of it."""
    values = np.zeros((400, 600, 3), np.uint8)
    values[:, :512, 0] = values[:, 512:, 2] = 220
    return Image.fromarray(values)


def upload(web: Web, data: bytes) -> StoredImage:
    project = web.services.find_or_create_project("Big")
    answer = web.client.post(f"/api/projects/{project.id}/upload", files={"file": ("a", data)}).json()
    assert answer["results"][0]["status"] == "added", answer
    return web.store.images.get(answer["results"][0]["image_id"])


def tiles_of(web: Web, image: StoredImage, band: int = 0) -> Any:
    return web.client.get(f"/api/images/{image.id}/tiles", params={"band": band}).json()


def picture_at(web: Web, address: str) -> Image.Image:
    answer = web.client.get(address)
    assert answer.status_code == 200, answer.text
    assert "immutable" in answer.headers["cache-control"] and answer.headers["x-content-type-options"] == "nosniff"
    return Image.open(io.BytesIO(answer.content))


def test_a_big_image_is_shown_small_at_once_and_from_tiles_when_they_are_made(web: Web, children: Children) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a person sees it turned to the right
    image = upload(web, encoded(colours().rotate(90, expand=True), "JPEG", exif=exif.tobytes(), quality=95))
    assert (image.size.width, image.size.height, image.has_view) == (600, 400, False)
    assert picture_at(web, f"/files/images/{image.id}/view").size == (600, 400)
    assert web.client.get(f"/api/images/{image.id}").json()["image"]["tiles"] == {
        "ready": False,
        "band": 0,
        "reason": None,
    }
    assert children.asked == [(image.sha256, 0)]
    address = f"/files/images/{image.id}/tiles/0/0/1/0"
    assert web.client.get(address).status_code == 404
    children.end()
    state = tiles_of(web, image)
    assert (state["ready"], state["tile"], state["levels"], state["deep"]) == (
        True,
        512,
        [[600, 400], [300, 200]],
        None,
    )
    assert state["url"].startswith(f"/files/images/{image.id}/tiles/0/{{level}}/{{column}}/{{row}}?v=")
    left, right = picture_at(web, f"/files/images/{image.id}/tiles/0/0/0/0"), picture_at(web, address)
    assert (left.size, right.size) == ((512, 400), (88, 400))
    for tile, wanted in ((left, (220, 0, 0)), (right, (0, 0, 220))):
        seen = tile.getpixel((40, 200))
        assert isinstance(seen, tuple)
        assert max(abs(a - b) for a, b in zip(seen, wanted, strict=True)) < 6
    for wrong in ("0/2/0/0", "0/0/2/0", "0/0/0/1", "1/0/0/0"):
        assert web.client.get(f"/files/images/{image.id}/tiles/{wrong}").status_code == 404


def test_an_ordinary_image_has_no_tiles(web: Web, children: Children) -> None:
    for picture in (Image.new("RGB", (60, 40)), Image.new("RGBA", (60, 40)), Image.new("L", (60, 40))):
        for form in ("PNG", "TIFF"):
            assert tiles_of(web, upload(web, encoded(picture, form))) is None
    web.services.tiles.tend()
    assert children.asked == []


def test_deep_grey_of_any_size_comes_as_it_was_measured(web: Web, children: Children) -> None:
    values = np.arange(400 * 300).reshape(300, 400).astype(np.uint16) % 4000
    image = upload(web, encoded(Image.fromarray(values)))
    assert (image.bit_depth, image.has_view) == (16, True)
    web.services.tiles.tend()  # nobody has opened it yet
    children.end()
    deep = tiles_of(web, image)["deep"]
    assert (deep["low"], deep["high"], deep["bits"], deep["bands"]) == (0, 3999, 16, 1)
    seen = np.asarray(picture_at(web, f"/files/images/{image.id}/tiles/0/0/0/0")).astype(int)
    assert (seen[..., 0] * 256 + seen[..., 1] == values).all()


def test_each_band_has_tiles_of_its_own_once_it_is_asked_for(web: Web, children: Children) -> None:
    pages = [Image.new("I;16", (30, 20), value) for value in (100, 900)]
    image = upload(web, encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    web.services.tiles.tend()
    children.end()
    assert tiles_of(web, image, band=1) == {"ready": False, "band": 1, "reason": None}
    children.end()
    assert tiles_of(web, image, band=1)["deep"]["high"] == 900
    assert web.client.get(f"/api/images/{image.id}/tiles", params={"band": 2}).status_code == 404


def test_tiles_are_made_one_at_a_time_those_of_the_open_image_first(web: Web, children: Children) -> None:
    images = [upload(web, encoded(Image.new("RGB", (600, 400), (shade, 0, 0)))) for shade in range(3)]
    web.services.tiles.tend()
    web.services.tiles.tend()
    assert children.asked == [(images[0].sha256, 0)]
    tiles_of(web, images[2])
    children.end()
    web.services.tiles.tend()
    assert [sha for sha, _ in children.asked] == [images[0].sha256, images[2].sha256]


def test_what_is_missing_after_a_restart_is_made_then(web: Web, children: Children) -> None:
    image = upload(web, encoded(colours()))
    web.services.tiles.tend()  # its child dies with the server
    again = Children()
    Tiles(web.store, web.services.settings, again).tend()
    again.end()
    third = Children()
    Tiles(web.store, web.services.settings, third).tend()
    assert (again.asked, third.asked) == ([(image.sha256, 0)], [])


def test_why_there_are_no_tiles_is_said_and_not_tried_again(web: Web, children: Children) -> None:
    image = upload(web, encoded(colours()))
    tiles_of(web, image)
    children.end(code=1)
    web.services.tiles.tend()
    assert tiles_of(web, image) == {"ready": False, "band": 0, "reason": "There is no room."}
    assert len(children.asked) == 1


def test_an_image_from_before_depths_were_kept_is_found_out_when_it_is_opened(web: Web, children: Children) -> None:
    image = upload(web, encoded(Image.new("I;16", (30, 20), 700)))
    web.store.images.set_bit_depth(image.id, 8)
    web.services.tiles.tend()
    assert children.asked == []
    assert web.client.get(f"/api/images/{image.id}").json()["image"]["tiles"]["ready"] is False
    assert web.store.images.get(image.id).bit_depth == 16


def test_a_child_of_its_own_makes_the_tiles(web: Web) -> None:
    from gui.tiles import start_child

    image = upload(web, encoded(colours()))
    web.store.workspace.overview(image.sha256).unlink()  # as for an image that came before there were tiles
    place = str(web.store.workspace.root)
    options = ["--workspace", place, "--sha256", image.sha256, "--band", "0", "--big-pixels", str(BIG)]
    child = start_child(options)
    assert (child.communicate()[0], child.returncode) == (b"", 0)
    assert tiles_of(web, image)["ready"] is True
    assert picture_at(web, f"/files/images/{image.id}/view").size == (600, 400)
    assert web.store.projects.disk_bytes(image.project_id) > 0
