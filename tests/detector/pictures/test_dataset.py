from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from detector import pixels
from detector.domain import Annotation, Box, ImageSize
from detector.pictures.dataset import Change, Example, change_for, load_view, pixels_of, place
from tests.detector.scenes import CANVAS, scene

GREY = (128, 128, 128)


def red_box(view_pixels: torch.Tensor) -> tuple[float, float, float, float]:
    """Where the red square is on the canvas, by its pixels."""
    red = (view_pixels[0] > 180) & (view_pixels[1] < 90)
    ys, xs = red.nonzero(as_tuple=True)
    return float(xs.min()), float(ys.min()), float(xs.max()) + 1, float(ys.max()) + 1


@pytest.mark.parametrize("seed", range(12))
def test_boxes_go_where_their_pixels_go(tmp_path: Path, seed: int) -> None:
    example = scene(tmp_path, f"s{seed}", objects=1, size=ImageSize(200, 100))
    change = Change.draw(random.Random(seed))
    view = load_view(example, CANVAS, GREY, change)
    if len(view.boxes):
        assert view.boxes[0].tolist() == pytest.approx(red_box(view.pixels), abs=1.6)


def test_a_picture_is_never_squashed_and_padded_with_the_given_colour(tmp_path: Path) -> None:
    example = scene(tmp_path, "wide", objects=1, size=ImageSize(256, 64))
    view = load_view(example, CANVAS, (1, 2, 3))
    assert view.pixels.shape == (3, 96, 128)
    assert view.pixels[:, 50, 60].tolist() == [1, 2, 3]
    x1, y1, x2, y2 = view.boxes[0].tolist()
    assert x2 - x1 == pytest.approx(y2 - y1)
    assert red_box(view.pixels) == pytest.approx((x1, y1, x2, y2), abs=1.1)


def test_flips_turn_pixels_and_boxes_together(tmp_path: Path) -> None:
    example = scene(tmp_path, "flip", objects=1)
    plain = load_view(example, CANVAS, GREY)
    turned = load_view(example, CANVAS, GREY, Change(flip_x=True, flip_y=True))
    assert torch.equal(turned.pixels, plain.pixels.flip(1, 2))
    x1, y1, x2, y2 = plain.boxes[0].tolist()
    assert turned.boxes[0].tolist() == [128 - x2, 96 - y2, 128 - x1, 96 - y1]


@pytest.mark.parametrize("seed", range(40))
def test_every_box_lies_on_the_canvas_and_has_an_area(seed: int) -> None:
    rng = random.Random(seed)
    size = ImageSize(rng.randint(20, 400), rng.randint(20, 400))
    boxes = []
    for _ in range(8):
        x, y = rng.uniform(0, size.width - 2), rng.uniform(0, size.height - 2)
        boxes.append(Annotation(Box(x, y, rng.uniform(x + 0.1, size.width), rng.uniform(y + 0.1, size.height)), 0))
    picture = Image.new("RGB", (size.width, size.height))
    view = place(picture, tuple(boxes), CANVAS, GREY, Change.draw(rng))
    assert view.pixels.shape == (3, 96, 128)
    assert bool((view.boxes >= 0).all())
    assert bool((view.boxes <= torch.tensor([128.0, 96, 128, 96])).all())
    assert bool((view.boxes[:, 2:] - view.boxes[:, :2] >= 0.99).all())
    assert len(view.boxes) == len(view.labels)


def test_an_empty_picture_is_a_view_with_no_boxes(tmp_path: Path) -> None:
    view = load_view(scene(tmp_path, "empty", objects=0), CANVAS, GREY, Change.draw(random.Random(1)))
    assert view.boxes.shape == (0, 4)
    assert view.labels.shape == (0,)
    assert view.labels.dtype == torch.int64


def test_the_first_views_are_the_picture_and_its_mirror_images_whatever_the_seed() -> None:
    example = Example(Path("x"), CANVAS, (), "x")
    assert change_for(example, 0, seed=5) == Change()
    mirrored = [(change.flip_x, change.flip_y) for change in (change_for(example, view, seed=5) for view in range(4))]
    assert mirrored == [(False, False), (True, False), (False, True), (True, True)]
    assert all(change_for(example, view, seed=5).zoom == 1.0 for view in range(4))
    assert all(change_for(example, view, seed=5) == change_for(example, view, seed=6) for view in range(4))


def test_a_later_view_is_drawn_and_the_same_whenever_it_is_asked_for() -> None:
    example = Example(Path("x"), CANVAS, (), "x")
    assert change_for(example, 4, seed=5) == change_for(example, 4, seed=5)
    assert change_for(example, 4, seed=5) != change_for(example, 5, seed=5)
    assert change_for(example, 4, seed=5) != change_for(example, 4, seed=6)


def test_light_changes_pixels_and_no_boxes(tmp_path: Path) -> None:
    example = scene(tmp_path, "light", objects=1)
    plain, dark = (load_view(example, CANVAS, GREY, Change(light=(f, 1.0, 1.0))) for f in (1.0, 0.8))
    assert torch.equal(plain.boxes, dark.boxes)
    assert np.asarray(dark.pixels).mean() < np.asarray(plain.pixels).mean()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("change", [Change(), Change(zoom=1.3, shift=(0.7, 0.2)), Change(flip_x=True, zoom=0.8)])
def test_a_large_jpeg_is_drawn_from_fewer_pixels_but_alike(tmp_path: Path, orientation: int, change: Change) -> None:
    small = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "large.jpg"
    small.resize((1024, 768), Image.Resampling.BICUBIC).save(path, quality=97, exif=exif)
    canvas = ImageSize(128, 96)
    reduced, size = pixels.load_for(path, canvas)
    whole = pixels.load(path)
    assert (size.width, size.height) == whole.size
    assert size.width == 4 * reduced.width
    quick = pixels_of(reduced, canvas, GREY, change, size).float()
    plain = pixels_of(whole, canvas, GREY, change).float()
    moved = (plain - plain.roll(1, 2)).abs().mean()  # what a shift by one pixel comes to
    assert (quick - plain).abs().mean() < 0.05 * moved
