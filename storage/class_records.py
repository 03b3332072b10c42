"""What the stores say of changes of classes and of the boxes of a class: frozen facts. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass

from detector.domain import ImageSize
from storage.records import ObjectClass, StoredBox


@dataclass(frozen=True, slots=True)
class ClassChange:
    """What a change of classes left behind.

    Attributes:
        classes: those that were named in it, as they are now.
        activity_id: of the entry by which it can be undone; None where nothing changed.
    """

    classes: tuple[ObjectClass, ...]
    activity_id: int | None


@dataclass(frozen=True, slots=True)
class ClassBox:
    """One box of a class, with the image that it is on."""

    image_id: int
    image_name: str
    size: ImageSize
    box: StoredBox


@dataclass(frozen=True, slots=True)
class BoxesOfClass:
    """Some boxes of a class; `total` counts all in that order."""

    boxes: tuple[ClassBox, ...]
    total: int
