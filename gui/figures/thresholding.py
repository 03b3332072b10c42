"""Thresholds by a wish: chosen on validation images, with what they cost on test images, and kept with the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from detector.domain import LabelSet
from detector.measuring.judged import Costs, Judged
from detector.measuring.thresholds import Choice, choose, is_beyond_use
from detector.measuring.wishes import Wish
from detector.models.model_folder import META, read_description, replace_description
from gui.figures.examining import examine, of_split
from gui.messages import NotYet
from storage.errors import NotFound
from storage.records import ModelVersion, Split
from storage.store import Store

USUAL = 0.5  # where nothing useful was found yet, so that nothing is advised


@dataclass(frozen=True, slots=True)
class Priced:
    """Thresholds for a wish and what they come to.

    Attributes:
        labels: what the labels of the others mean.
        choice: chosen on so many validation `images`, with so many `boxes` by label.
        split: on whose images the costs are: the test images, or those it was chosen on where there are none.
        one: the costs with one threshold for all classes.   each: with one for each class.
    """

    model: ModelVersion
    wish: Wish
    labels: LabelSet
    choice: Choice
    images: int
    boxes: Mapping[int, int]
    split: Split
    one: Costs
    each: Costs

    def to_keep(self, by_class: bool) -> dict[str, Any]:
        """As it is stored and written into meta.json, by class id."""
        each = {str(self.labels.ids[label]): t for label, t in self.choice.by_label.items()} if by_class else {}
        return {"wish": self.wish.to_json(), "all": self.choice.overall, "by_class": each}


@dataclass(frozen=True, slots=True)
class Kept:
    """A model with its thresholds, and the entry of the activity by which a choice can be undone, if it changed any."""

    model: ModelVersion
    activity_id: int | None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which scores boxes are shown where nobody says otherwise: of a class, else of all."""

    all: float
    by_class: Mapping[int, float]

    def of(self, class_id: int) -> float:
        return self.by_class.get(class_id, self.all)


def advised(model: ModelVersion) -> Thresholds:
    """What a person chose for a model, else what its own validation advises, else the usual threshold."""
    if (chosen := model.thresholds) is not None:
        return _by_class_id(chosen["all"], chosen["by_class"])
    return own_advice(model) or Thresholds(USUAL, {})


def own_advice(model: ModelVersion) -> Thresholds | None:
    """What a model's own validation advises; None where it found too little there.

    Earlier releases kept thresholds in that case too: they are passed over where the figures tell for sure.
    """
    threshold, ap50, classes = model.metrics.get("threshold"), model.metrics.get("ap50"), model.meta.get("classes")
    if threshold is None or (ap50 is not None and classes and is_beyond_use(ap50, len(classes))):
        return None
    return _by_class_id(threshold, model.meta.get("thresholds", {}))


def _by_class_id(overall: float, by_class: Mapping[str, float]) -> Thresholds:
    return Thresholds(float(overall), {int(class_id): float(t) for class_id, t in by_class.items()})


class Thresholding:
    """Looking at what a wish would come to, and choosing it. Threads may share it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def price(self, model_id: int, wish: Wish) -> Priced:
        """Raises NotFound, and NotYet where there is no validation image to choose by, or nothing useful on them."""
        looked_at = examine(self._store, model_id, of_split(Split.VAL))
        judged = Judged.of(looked_at.truths, looked_at.found, len(looked_at.images))
        choice = choose(judged.curves(), wish)
        if choice is None:
            raise NotYet(
                f"v{looked_at.model.number} finds too little on the validation images for any threshold to be useful. "
                "Label more images and train again."
            )
        by_label = judged.costs(choice.overall, {}).by_label
        split, on = self._test(model_id, judged)
        return Priced(
            looked_at.model,
            wish,
            looked_at.labels,
            choice,
            judged.images,
            {label: cost.boxes for label, cost in by_label.items()},
            split,
            on.costs(choice.overall, {}),
            on.costs(choice.overall, choice.by_label),
        )

    def choose(self, model_id: int, wish: Wish, *, by_class: bool = True, author: str = "") -> Kept:
        """Keep what the wish comes to now. Raises what `price` raises."""
        thresholds = self.price(model_id, wish).to_keep(by_class)
        return self._kept(*self._store.models.set_thresholds(model_id, thresholds, author))

    def carry_on(self, model_id: int) -> Kept | None:
        """Let a new version be used by the same wish as the one that it stands in for, else as the version before it.

        None where nobody had one, where thresholds were chosen for the new one already, or where none can be yet.
        """
        try:
            model = self._store.models.get(model_id)
            before = self._before(model)
            if before is None or model.thresholds not in (None, before):
                return None
            return self.choose(model_id, Wish.from_json(before["wish"]), by_class=bool(before["by_class"]))
        except (NotYet, NotFound):
            return None

    def _before(self, model: ModelVersion) -> dict[str, Any] | None:
        run = [] if model.job_id is None else self._store.models.of_job(model.job_id, deleted=True)
        chosen = [m for m in run if m.superseded_by is not None and m.thresholds is not None]
        if chosen:  # a wish for one that was given out before the last one was taken back since
            return chosen[-1].thresholds if chosen[-1].superseded_by == model.id else None
        earlier = [m for m in self._store.models.list(model.project_id) if m.number < model.number]
        return earlier[-1].thresholds if earlier else None

    def forget(self, model_id: int, author: str = "") -> Kept:
        """Go back to what the model advises by itself. Raises NotFound."""
        return self._kept(*self._store.models.set_thresholds(model_id, None, author))

    def undo(self, activity_id: int, author: str = "") -> Kept:
        """Take back a choice. Raises NotFound, and IllegalTransition where others were chosen since."""
        return self._kept(*self._store.models.undo_thresholds(activity_id, author))

    def _test(self, model_id: int, chosen_on: Judged) -> tuple[Split, Judged]:
        try:
            looked_at = examine(self._store, model_id, of_split(Split.TEST))
        except NotYet:
            return Split.VAL, chosen_on
        return Split.TEST, Judged.of(looked_at.truths, looked_at.found, len(looked_at.images))

    def _kept(self, model: ModelVersion, activity_id: int | None) -> Kept:
        write_chosen(self._store, model)
        return Kept(model, activity_id)


def write_chosen(store: Store, model: ModelVersion) -> None:
    """Have a model's folder say the thresholds that the database has, for whoever takes the model elsewhere.

    Others may choose meanwhile, the worker too: whoever writes looks afterwards whether it still is the newest choice,
    so that the last one to write has written that.
    """
    folder = store.workspace.model(model.folder)
    while (folder / META).exists():
        said, chosen = read_description(folder), store.models.get(model.id, deleted=True).thresholds
        if said.get("chosen_thresholds") == chosen:
            return
        replace_description(folder, {**said, "chosen_thresholds": chosen})
