"""Suspects as a queue keeps them, and whether they are still to be asked about. Pure: no store is asked anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from detector.advising.suspects import ErrorKind
from detector.domain import SAME_OBJECT, Box
from detector.geometry import iou
from storage.kept_labels import KeptLabel
from storage.records import StoredBox

SAME_PROPOSAL = 0.5  # and from which a proposed box is one that was turned down
UNMOVED = 0.9  # and a label the one that was kept


@dataclass(frozen=True, slots=True)
class SuspectItem:
    """One suspect, in class ids and pixels of the image.

    Attributes:
        probability: that something is wrong, 0..1.
        class_id, box, box_id: of the label in question; None where it is one that is missing.
        other_class_id, other_box: what stands against it: the model's, or of another label. None for a mere oddity.
        other_id: of the other label, where it is on the same image.   other_image: where it is on a twin. Twins that
            disagree on a class have a label in question as well; where one of them lacks a label, there is none.
        score: of the model's box.
    """

    kind: ErrorKind
    probability: float
    class_id: int | None = None
    box: Box | None = None
    box_id: str | None = None
    other_class_id: int | None = None
    other_box: Box | None = None
    other_id: str | None = None
    other_image: int | None = None
    score: float | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "probability": round(self.probability, 4),
            "class_id": self.class_id,
            "box": None if self.box is None else list(self.box.as_tuple()),
            "box_id": self.box_id,
            "other_class_id": self.other_class_id,
            "other_box": None if self.other_box is None else list(self.other_box.as_tuple()),
            "other_id": self.other_id,
            "other_image": self.other_image,
            "score": None if self.score is None else round(self.score, 4),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read what to_json wrote."""
        boxes = {name: Box(*values[name]) if values[name] else None for name in ("box", "other_box")}
        return cls(**{**values, **boxes, "kind": ErrorKind(values["kind"])})

    def in_classes(self, learned: Mapping[int, int]) -> Self | None:
        """The same in the classes of today; None where there is nothing left to ask.

        Args:
            learned: as ClassStore.learned gives it.
        """
        mine, other = (None if one is None else learned.get(one) for one in (self.class_id, self.other_class_id))
        if (mine is None, other is None) != (self.class_id is None, self.other_class_id is None):
            return None
        about_class = self.kind is ErrorKind.CLASS or (self.kind is ErrorKind.TWIN and self.box_id is not None)
        return None if about_class and mine == other else replace(self, class_id=mine, other_class_id=other)

    @property
    def subject(self) -> tuple[int, Box]:
        """Class and box that are kept when somebody says that all is right: the label, else what was proposed."""
        class_id, box = (self.class_id, self.box) if self.box is not None else (self.other_class_id, self.other_box)
        assert class_id is not None and box is not None
        return class_id, box

    def is_open(
        self, standing: Iterable[StoredBox], kept: Iterable[KeptLabel], on_twin: Iterable[StoredBox] = ()
    ) -> bool:
        """Whether it is still to be asked about, as the image stands now.

        A label that was moved, given another class or deleted has been dealt with; so has a missing one where one has
        been drawn; and so has what somebody kept as it is.

        Args:
            on_twin: what stands on `other_image`; once the label there is gone, nothing speaks against this image.
        """
        if any(self._is_kept(one) for one in kept):
            return False
        if self.kind is ErrorKind.TWIN and not self._is_there(on_twin):
            return False
        labels = {one.id: one for one in standing}
        if self.box_id is None:
            return not self._is_there(labels.values(), of_any_class=True)
        mine = labels.get(self.box_id)
        if mine is None or (mine.class_id, mine.box) != (self.class_id, self.box):
            return False
        return self.other_id is None or (self.other_id in labels and self.other_id != self.box_id)

    def _is_there(self, labels: Iterable[StoredBox], *, of_any_class: bool = False) -> bool:
        """Whether one of the labels marks what was proposed."""
        assert self.other_box is not None
        alike = (one for one in labels if of_any_class or one.class_id == self.other_class_id)
        return any(iou(one.box, self.other_box) >= SAME_OBJECT for one in alike)

    def _is_kept(self, kept: KeptLabel) -> bool:
        class_id, box = self.subject
        if (kept.kind, kept.class_id) != (self.kind.value, class_id):
            return False
        return iou(kept.box, box) >= (UNMOVED if kept.drawn else SAME_PROPOSAL)
