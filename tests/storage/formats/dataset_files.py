"""What the tests of the formats share: pictures on disk, and a data set that is hard on every format."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from detector.domain import Box, ImageSize
from storage.formats.dataset import DatasetImage, ExportedDataset, ExportedImage, NamedBox, ReadDataset
from storage.records import Split


def picture(path: Path, size: tuple[int, int] = (100, 80), orientation: int = 1) -> Path:
    """A plain picture of that size as stored, in the format of its ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if orientation != 1:
        exif[0x0112] = orientation
    Image.new("RGB", size, (90, 120, 150)).save(path, exif=exif)
    return path


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def box(name: str, x1: float, y1: float, x2: float, y2: float) -> NamedBox:
    return NamedBox(name, Box(x1, y1, x2, y2))


def hard_dataset(folder: Path) -> ExportedDataset:
    """Every split and none, an empty image, thirds of pixels, boxes up to the edges, and names of any kind."""
    size = ImageSize(100, 80)
    third = 1 / 3
    rows: list[tuple[str, Split | None, tuple[NamedBox, ...]]] = [
        ("plain.png", Split.TRAIN, (box("cat", 1, 2, 30, 40), box("dog & <cat>", third, 0.1, 99.9, 79.99))),
        ("ä ö — 写真.png", Split.TRAIN, (box("写真 ñ", 0, 0, 100, 80),)),
        ("nothing here.png", Split.VAL, ()),
        ("with space 1.png", Split.VAL, (box("cat", 33.333333333333336, 1e-3, 33.4, 7 * third),)),
        ("dots.in.name.png", Split.TEST, (box("'quoted': \"#1\"", 10.7, 20.3, 10.8, 20.4),)),
        ("of no split.png", None, (box("cat", 0.1 + 0.2, 0.7, 1 - third, 3 * 0.3),)),
    ]
    images = tuple(
        ExportedImage(picture(folder / f"{number}.png"), name, size, split, boxes)
        for number, (name, split, boxes) in enumerate(rows)
    )
    return ExportedDataset(images, ("cat", "dog & <cat>", "写真 ñ", "'quoted': \"#1\"", "never used"))


def by_name(dataset: ReadDataset) -> dict[str, DatasetImage]:
    found = {image.name: image for image in dataset.images}
    assert len(found) == len(dataset.images)
    return found


def told(dataset: ReadDataset) -> list[str]:
    return [str(one) for one in dataset.skipped]
