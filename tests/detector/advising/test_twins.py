from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from detector.advising.twins import find_twins, groups


def picture(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    dice = np.random.default_rng(seed)
    made = Image.fromarray(dice.integers(0, 255, (12, 16, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    return made.filter(ImageFilter.GaussianBlur(3))


def plain(spot: tuple[int, int]) -> Image.Image:
    made = Image.new("RGB", (320, 240), (230, 230, 235))
    ImageDraw.Draw(made).ellipse((*spot, spot[0] + 24, spot[1] + 24), fill=(120, 30, 60))
    return made


def saved(folder: Path, *pictures: Image.Image) -> list[Path]:
    paths = []
    for number, one in enumerate(pictures):
        paths.append(folder / f"{number}.{'jpg' if number % 2 else 'png'}")
        one.save(paths[-1])
    return paths


def test_the_same_picture_smaller_or_lighter_is_a_twin_and_others_are_not(tmp_path: Path) -> None:
    small = picture(1).resize((200, 150), Image.Resampling.LANCZOS)
    light = ImageEnhance.Brightness(picture(1)).enhance(1.03)
    paths = saved(tmp_path, picture(0), picture(1), small, picture(2), light, *(picture(n) for n in range(3, 20)))
    assert find_twins(paths).tolist() == [[1, 2], [1, 4], [2, 4]]


def test_a_small_object_that_moved_keeps_two_pictures_apart(tmp_path: Path) -> None:
    paths = saved(tmp_path, plain((40, 60)), plain((200, 150)), plain((40, 60)), Image.new("RGB", (320, 240), "white"))
    assert find_twins(paths).tolist() == [[0, 2]]


def test_what_cannot_be_read_has_no_twin(tmp_path: Path) -> None:
    paths = saved(tmp_path, picture(0), picture(0))
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    assert find_twins([broken, *paths, tmp_path / "gone.png"]).tolist() == [[1, 2]]
    assert find_twins([]).shape == (0, 2)


def test_twins_of_twins_are_one_group() -> None:
    assert groups(6, np.array([[1, 4], [2, 4], [3, 5]])).tolist() == [0, 1, 1, 3, 1, 3]
    assert groups(2, np.zeros((0, 2), np.int64)).tolist() == [0, 1]
