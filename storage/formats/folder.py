"""A plain folder of pictures, with its sub-folders. Nothing in it is labelled."""

from __future__ import annotations

from pathlib import Path

from storage.formats.dataset import DatasetImage, ReadDataset
from storage.formats.reading import Reading
from storage.records import Split


def read(root: Path, *, split: Split | None = None) -> ReadDataset:
    """All pictures below `root`, found by their endings; other files are passed over.

    Damaged pictures are listed too: they are refused, by name, when their pixels are read.

    Raises:
        InvalidDataset: `root` is not a folder.
    """
    reading = Reading(root)
    images = tuple(DatasetImage(path, path.name, split, labelled=False) for path in reading.pictures())
    return ReadDataset(images, (), tuple(dict.fromkeys(reading.skipped)))
