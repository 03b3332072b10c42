"""Model versions on the same images: which images count, what may be concluded, and versions that have yet to look."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from detector.domain import Box
from detector.measuring.intervals import ClassIntervals, Interval, Intervals
from detector.runs import JobKind
from gui.figures import compare_views
from gui.figures.comparing import Comparing
from gui.figures.examining import of_split
from gui.id_ranges import from_ranges
from gui.messages import BadRequest, NotYet
from gui.services import Services
from storage.image_filter import ImageFilter
from storage.records import ImageState, ModelVersion, Split, StoredPrediction
from storage.store import Store
from tests.gui.labelled_project import LabelledProject, add_model, model_of

EVERYTHING = ImageFilter()
NOWHERE = Box(100, 60, 120, 90)


@pytest.fixture
def comparing(services: Services) -> Comparing:
    return services.comparing


def let_see(made: LabelledProject, model: ModelVersion, places: Sequence[int], *, wrong: Sequence[int] = ()) -> None:
    """The model finds every box of the images at these places; on the `wrong` ones only one where nothing is."""
    for place in places:
        image = made.images[place].id
        found = [StoredPrediction(b.class_id, b.box, 0.9) for b in made.store.annotations.get(image).boxes]
        if place in wrong:
            found = [StoredPrediction(made.class_ids[0], NOWHERE, 0.9)]
        made.store.predictions.put(model.id, image, found, False)


def two(made: LabelledProject) -> list[ModelVersion]:
    return [model_of(made, "m2"), model_of(made, "m1")]


def test_only_images_that_all_versions_have_seen_count(comparing: Comparing, made: LabelledProject) -> None:
    models = two(made)
    let_see(made, models[0], range(8))
    let_see(made, models[1], range(2, 8), wrong=[2])
    let_see(made, models[1], [9])  # not done
    found = comparing.compared(models, EVERYTHING)
    assert [image.id for image in found.images] == [image.id for image in made.images[2:8]]
    assert found.left_out == 2
    assert [side.unseen for side in found.sides] == [(), tuple(image.id for image in made.images[:2])]
    told = compare_views.compared(found)
    assert [side["quality"]["recall"] for side in told["models"]] == [1.0, pytest.approx(5 / 6)]
    assert told["models"][0]["quality"]["ap50"] == pytest.approx(1.0)
    assert 0.5 < told["models"][1]["quality"]["ap50"] < 1.0
    assert told["classes"][0] == {"class_id": made.class_ids[0], "name": "dark", "boxes": 6}


def test_versions_that_share_no_image_say_so_instead_of_failing(comparing: Comparing, made: LabelledProject) -> None:
    models = two(made)
    let_see(made, models[0], range(8))
    told = compare_views.compared(comparing.compared(models, EVERYTHING))
    assert (told["images"], told["left_out"], told["models"][1]["unseen"]) == (0, 8, 8)
    assert "quality" not in told["models"][0]
    ours, theirs, differ = comparing.compared(models, EVERYTHING).changes()
    assert compare_views.changes(comparing.compared(models, EVERYTHING), ours, theirs, differ)["changes"] == []


def test_two_to_six_different_versions_are_compared_on_done_images(comparing: Comparing, made: LabelledProject) -> None:
    model = model_of(made)
    for models in ([model], [model, model], [add_model(made.store, made.project_id, f"x{n}") for n in range(7)]):
        with pytest.raises(BadRequest, match="two to 6 different versions"):
            comparing.compared(models, EVERYTHING)
    with pytest.raises(NotYet, match="None of these images is done"):
        comparing.compared([model, model_of(made, "m2")], of_split(Split.TEST))


def test_what_changed_names_image_box_and_mistake(comparing: Comparing, made: LabelledProject) -> None:
    models = two(made)
    let_see(made, models[0], range(8))
    let_see(made, models[1], range(8), wrong=[3])
    found = comparing.compared(models, EVERYTHING)
    told = compare_views.changes(found, *found.changes())
    assert told["counts"] == {"found": 2, "gone": 1, "lost": 0, "new": 0}
    assert [image["id"] for image in told["images"]] == [made.images[3].id]
    gone = told["changes"][2]
    assert (gone["change"], gone["image"], gone["box"]) == ("gone", 0, list(NOWHERE.as_tuple()))
    assert gone["mistake"] == {"kind": "background", "class_id": made.class_ids[0], "score": pytest.approx(0.9)}
    assert gone["crop_url"] == f"/files/images/{made.images[3].id}/crop?x1=100.0&y1=60.0&x2=120.0&y2=90.0"
    assert [one["mistake"] for one in told["changes"][:2]] == [None, None]
    assert told["all"] == told["told"] == 3
    high = compare_views.changes(found, *found.changes(0.95))
    assert high["changes"] == [], "from there up neither shows anything"


def test_too_many_changes_are_told_by_the_surest(
    comparing: Comparing, made: LabelledProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = two(made)
    let_see(made, models[0], range(8))
    let_see(made, models[1], range(8), wrong=range(8))
    low = [StoredPrediction(made.class_ids[0], Box(0, 80, 5, 90), 0.6)]
    made.store.predictions.put(models[0].id, made.images[0].id, low, False)
    monkeypatch.setattr(compare_views, "MOST_CHANGES", 4)
    found = comparing.compared(models, EVERYTHING)
    told = compare_views.changes(found, *found.changes())
    assert (told["told"], told["all"]) == (4, 23)
    assert [one["score"] for one in told["changes"]] == [pytest.approx(0.9)] * 4


def test_a_version_looks_at_what_it_has_not_seen_and_is_asked_once(
    comparing: Comparing, made: LabelledProject, store: Store
) -> None:
    models = two(made)
    let_see(made, models[1], [0, 1, 9])
    job = comparing.look(models[1], EVERYTHING, "Ada")
    assert comparing.look(models[1], EVERYTHING) == job
    assert (job.kind, job.params["author"], job.params["model_version_id"]) == (JobKind.PREDICT, "Ada", models[1].id)
    assert list(from_ranges(job.params["only"])) == [image.id for image in made.images[2:8]]
    assert [side.job and side.job.id for side in comparing.compared(models, EVERYTHING).sides] == [None, job.id]
    let_see(made, models[1], range(8))
    with pytest.raises(NotYet, match="looked at these images already"):
        comparing.look(models[1], EVERYTHING)


def test_a_version_that_is_looking_at_everything_is_not_asked_again(services: Services, made: LabelledProject) -> None:
    model = model_of(made)
    job = services.predict(made.project_id, model.id)
    assert services.comparing.look(model, EVERYTHING) == job


@pytest.mark.parametrize(
    ("interval", "images", "said"),
    [
        (Interval(0.05, 0.01, 0.09), 40, "better"),
        (Interval(-0.05, -0.09, -0.01), 40, "worse"),
        (Interval(0.05, -0.01, 0.11), 40, "cannot tell apart on 40 images"),
        (Interval(0.0, 0.0, 0.0), 40, "the same"),
        (Interval(0.02, 0.0, 0.04), 1000, "cannot tell apart on 1,000 images"),
        (None, 3, "too few images to tell"),
        (None, 40, "nothing to find"),
    ],
)
def test_a_difference_is_better_worse_or_not_to_be_told(interval: Interval | None, images: int, said: str) -> None:
    assert compare_views.verdict(interval, images) == said


@pytest.mark.parametrize(
    ("interval", "images", "said"),
    [
        (Interval(0.031, 0.01, 0.052), 40, "v2 is better than v1: AP 0.031 higher, most likely between +0.010"),
        (Interval(-0.02, -0.03, -0.01), 40, "v2 is worse than v1: AP 0.020 lower"),
        (Interval(0.01, -0.02, 0.03), 12, "v2 and v1 cannot be told apart on 12 images: AP 0.010 higher here"),
        (Interval(0.0, 0.0, 0.0), 12, "v2 and v1 find the same"),
        (None, 2, "2 images only: too few to tell v2 and v1 apart. Label more."),
        (None, 20, "There is no box in these images"),
    ],
)  # fmt: skip
def test_the_conclusion_is_a_sentence(made: LabelledProject, interval: Interval | None, images: int, said: str) -> None:
    theirs, ours = model_of(made, "m1"), model_of(made, "m2")
    intervals = Intervals(interval, interval, None, None, (ClassIntervals(0, None, None),), images, 1000)
    assert compare_views.conclusion(ours, theirs, intervals).startswith(said)


def test_the_life_of_a_project_measures_every_version_on_the_same_images(
    services: Services, made: LabelledProject
) -> None:
    first, second = model_of(made, "m1"), model_of(made, "m2")
    made.store.images.set_split([image.id for image in made.images[:3]], Split.VAL)
    let_see(made, first, range(2))
    let_see(made, second, range(3), wrong=[0])
    assert services.growing.grown(made.project_id).now == {}, "nobody asked about today"
    grown = services.growing.grown(made.project_id, Split.VAL)
    assert (grown.images, grown.unseen, list(grown.now)) == (3, {first.id: 1}, [second.id])
    before = grown.now[second.id].ap50
    let_see(made, second, [0])
    assert services.growing.grown(made.project_id, Split.VAL).now[second.id].ap50 == before, "remembered"
    image = made.images[1].id
    standing = made.store.annotations.get(image)
    services.save(image, revision=standing.revision, boxes=standing.boxes[:1], state=ImageState.DONE, key="k")
    assert services.growing.grown(made.project_id, Split.VAL).now[second.id].ap50 != before
