from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gui.figures.examining import examine, of_split
from gui.messages import NotYet
from storage.columns import AnnotationColumns, ColumnStore
from storage.image_filter import ImageFilter
from storage.records import Split, StoredPrediction
from tests.gui.labelled_project import LabelledProject, labelled_project, model_of, open_store


@pytest.fixture
def made(tmp_path: Path) -> Iterator[LabelledProject]:
    with open_store(tmp_path) as store:
        yield labelled_project(store)


def test_truth_and_predictions_meet_on_the_done_images_that_the_model_has_seen(made: LabelledProject) -> None:
    store, model = made.store, model_of(made)
    with pytest.raises(NotYet, match="Predict first"):
        examine(store, model.id, ImageFilter())
    first, second, _, *_ = made.images
    for image in (second, made.images[-1]):  # the last one is not done
        right = [StoredPrediction(b.class_id, b.box, 0.5) for b in store.annotations.get(image.id).boxes]
        store.predictions.put(model.id, image.id, right, False)
    store.predictions.put(model.id, first.id, [], False)

    seen = examine(store, model.id, ImageFilter())

    assert [image.id for image in seen.images] == [first.id, second.id]
    assert seen.unseen == 6
    assert seen.labels.ids == made.class_ids
    assert seen.truths.image.tolist() == [0, 0, 1, 1]
    assert seen.truths.label.tolist() == [0, 1, 0, 1]
    assert seen.found.image.tolist() == [1, 1]
    assert seen.found.box == pytest.approx(seen.truths.box[2:])
    assert seen.by_models == 0


def test_a_class_that_comes_back_while_boxes_are_read_is_not_taken_for_another(
    made: LabelledProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, model = made.store, model_of(made)
    dark, red = made.class_ids
    for image in made.images:
        store.predictions.put(model.id, image.id, [], False)
    store.classes.set_archived(red, True)
    real = ColumnStore.annotations

    def meanwhile(columns: ColumnStore, image_ids: Iterable[int]) -> AnnotationColumns:
        with ThreadPoolExecutor(1) as somebody:
            somebody.submit(store.classes.set_archived, red, False).result()
        return real(columns, image_ids)

    monkeypatch.setattr(ColumnStore, "annotations", meanwhile)
    before = examine(store, model.id, ImageFilter())
    assert (before.labels.ids, len(before.truths), set(before.truths.label.tolist())) == ((dark,), 8, {0})
    after = examine(store, model.id, ImageFilter())
    assert (after.labels.ids, len(after.truths)) == ((dark, red), 16)


def test_a_split_without_done_images_says_what_to_do(made: LabelledProject) -> None:
    with pytest.raises(NotYet, match=r"no done image in the test split. Mark images as done"):
        examine(made.store, model_of(made).id, of_split(Split.TEST))


def test_of_a_split_only_its_images_count(made: LabelledProject) -> None:
    store, model = made.store, model_of(made)
    chosen = made.images[3]
    store.images.set_split([chosen.id], Split.TEST)
    for image in made.images:
        store.predictions.put(model.id, image.id, [], False)
    assert [image.id for image in examine(store, model.id, of_split(Split.TEST)).images] == [chosen.id]
