"""The formats of data sets by name, as the command line and the pages offer them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from storage.errors import InvalidDataset
from storage.formats import coco, folder, voc, yolo
from storage.formats.dataset import ExportedDataset, ReadDataset
from storage.records import Split

Chosen = TypeVar("Chosen")


class Reader(Protocol):
    """Reads the data set below a folder. Raises InvalidDataset where there is none of its kind."""

    def __call__(self, root: Path, *, split: Split | None = None) -> ReadDataset: ...


Writer = Callable[[Path, ExportedDataset], None]
"""Writes a data set into a folder."""

READERS: dict[str, Reader] = {"voc": voc.read, "coco": coco.read, "yolo": yolo.read, "images": folder.read}
WRITERS: dict[str, Writer] = {"voc": voc.write, "coco": coco.write, "yolo": yolo.write}


def reader(name: str) -> Reader:
    """The reader of a format. Raises InvalidDataset for a name that there is not."""
    return _chosen(READERS, name)


def writer(name: str) -> Writer:
    """The writer of a format. Raises InvalidDataset for a name that there is not."""
    return _chosen(WRITERS, name)


def _chosen(table: dict[str, Chosen], name: str) -> Chosen:
    if name not in table:
        raise InvalidDataset(f"there is no format {name!r}; choose one of {', '.join(table)}")
    return table[name]
