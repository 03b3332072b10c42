"""The use cases round classes: change, order, merge with a look ahead, split by selection, archive, and take back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from detector.domain import SAME_OBJECT, Box
from detector.geometry import iou
from gui import class_splitting
from gui.class_splitting import Split
from gui.cropping import SIDE, Cropper
from gui.messages import BadRequest
from storage.class_boxes import Order
from storage.class_records import BoxesOfClass, ClassBox, ClassChange
from storage.records import ObjectClass, PredictedImage
from storage.store import Store

DOUBT_FROM = 0.3  # score from which a model's word against a label is worth a look
IMAGES_AT_ONCE = 200
MOST_IMAGES = 4000  # looked through for one answer, so that it comes within a second or two


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would change, before it is done: boxes and images of each class, and some of the boxes."""

    sources: tuple[ObjectClass, ...]
    into: ObjectClass
    boxes: int
    images: int
    examples: tuple[ClassBox, ...]
    models: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """A box that a model takes for another class."""

    box: ClassBox
    class_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Doubts:
    """Some doubted boxes; `next_image` asks for the following ones, None at the end."""

    items: tuple[Doubt, ...]
    next_image: int | None


class ClassActs:
    """What a person can do with the classes of a project. Raises StorageError or ServiceError with a text for them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cropper = Cropper(store.workspace)

    def add(self, project_id: int, name: str, color: str | None = None, author: str = "") -> ObjectClass:
        return self._store.classes.add(project_id, name, color, author=author)

    def rename(self, class_id: int, name: str, author: str = "") -> ClassChange:
        return self._store.classes.rename(class_id, name, author=author)

    def recolor(self, class_id: int, color: str, author: str = "") -> ClassChange:
        return self._store.classes.recolor(class_id, color, author=author)

    def set_hotkey(self, class_id: int, key: str | None, take: bool = False, author: str = "") -> ClassChange:
        return self._store.classes.set_hotkey(class_id, key, take=take, author=author)

    def reorder(self, project_id: int, class_ids: Sequence[int], author: str = "") -> ClassChange:
        return self._store.classes.reorder(project_id, class_ids, author=author)

    def set_archived(self, class_id: int, archived: bool, author: str = "") -> ClassChange:
        return self._store.classes.set_archived(class_id, archived, author=author)

    def preview(self, class_ids: Sequence[int], into: int) -> MergePreview:
        """What `merge` would change; nothing is changed."""
        sources = tuple(self._store.classes.get(class_id) for class_id in class_ids)
        target = self._store.classes.get(into)
        boxes, images = self._store.class_boxes.count(class_ids)
        examples = self._store.class_boxes.examples(class_ids)
        return MergePreview(sources, target, boxes, images, examples, len(self._store.models.list(target.project_id)))

    def merge(self, class_ids: Sequence[int], into: int, author: str = "") -> ClassChange:
        return self._store.classes.merge(class_ids, into, author=author)

    def unmerge(self, class_id: int, author: str = "") -> ClassChange:
        return self._store.classes.unmerge(class_id, author=author)

    def delete(self, class_id: int, author: str = "") -> ClassChange:
        return self._store.classes.delete(class_id, author=author)

    def split(
        self,
        class_id: int,
        chosen: Mapping[int, Sequence[str]],
        *,
        into: int | None = None,
        new_name: str | None = None,
        author: str = "",
    ) -> Split:
        """Give chosen boxes another class, one that there is (`into`) or one that is made for them (`new_name`).

        Args:
            chosen: box ids by image id.
        """
        if (into is None) == (new_name is None):
            raise BadRequest("Choose a class for these boxes, or type the name of a new one.")
        if into is not None:
            return class_splitting.split(self._store, class_id, into, chosen, author=author)
        assert new_name is not None
        with self._store.database.together():
            project_id = self._store.classes.get(class_id).project_id
            made = self._store.classes.add(project_id, new_name, author=author)
            return class_splitting.split(self._store, class_id, made.id, chosen, author=author, made=True)

    def undo(self, activity_id: int, author: str = "") -> ClassChange | Split:
        """Take back any of the changes above. Raises IllegalTransition where they were overtaken by others."""
        entry = self._store.activity.get(activity_id)
        if entry.kind == class_splitting.KIND:
            return class_splitting.undo(self._store, entry, author=author)
        return self._store.classes.undo(activity_id, author=author)

    def boxes(self, class_id: int, order: Order, start: int, limit: int) -> BoxesOfClass:
        """A sheet of the boxes of a class."""
        return self._store.class_boxes.page(class_id, order=order, start=start, limit=limit)

    def doubts(self, class_id: int, model_id: int, after_image: int = 0, limit: int = 100) -> Doubts:
        """Boxes of a class that a model takes for another one, image by image.

        A model doubts a box where its best box there (IoU >= 0.5) has another class and a score from 0.3 up.
        """
        found: list[Doubt] = []
        place = after_image
        for _ in range(MOST_IMAGES // IMAGES_AT_ONCE):
            boxes = self._store.class_boxes.after_image(class_id, place, IMAGES_AT_ONCE)
            if not boxes:
                return Doubts(tuple(found), None)
            predicted = self._store.predictions.of_images(model_id, {one.image_id for one in boxes})
            for image_id in sorted({one.image_id for one in boxes}):
                theirs = [one for one in boxes if one.image_id == image_id]
                found += [doubt for one in theirs if (doubt := _doubt(one, predicted.get(image_id))) is not None]
                place = image_id
                if len(found) >= limit:
                    return Doubts(tuple(found), place)
        return Doubts(tuple(found), place)

    def crop(self, image_id: int, box: Box, side: int = SIDE, *, exact: bool = False) -> bytes:
        """A small JPEG of a box, with some of what is round it unless `exact`; see Cropper.crop."""
        image = self._store.images.get(image_id, deleted=True)
        box.must_lie_in(image.size)
        return self._cropper.crop(image, box, side, exact=exact)[0]


def _doubt(one: ClassBox, predicted: PredictedImage | None) -> Doubt | None:
    best = max(
        (p for p in (predicted.predictions if predicted else ()) if iou(p.box, one.box.box) >= SAME_OBJECT),
        key=lambda p: p.score,
        default=None,
    )
    if best is None or best.class_id == one.box.class_id or best.score < DOUBT_FROM:
        return None
    return Doubt(one, best.class_id, best.score)
