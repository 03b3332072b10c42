"""A report is one file that asks for nothing, and in which no name becomes markup."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from detector.domain import Annotation, Box, ImageSize, Prediction
from detector.measuring.box_columns import Found, Truths
from detector.measuring.error_kinds import MistakeKind
from gui.charts.chart import ClassName
from gui.figures.examining import of_split
from gui.report.making import Report, make_report
from gui.report.sentences import sentence
from gui.report.worst import MOST_OF_A_KIND, worst
from gui.services import Services
from storage.records import ImageState, Split, StoredPrediction
from tests.gui.labelled_project import LabelledProject, labelled_project, model_of

EVIL = "</script><script>window.harmed = 1</script>"
EVIL_FILE = '<img src="http://elsewhere.test/x" onerror="window.harmed = 2"> {}.png'
MADE_AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class Tags(HTMLParser):
    """What a page holds besides text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.seen if tag in names]


@pytest.fixture
def evil(services: Services) -> Iterator[LabelledProject]:
    """Names that are markup; every second image is for testing, and its model mixes up the classes."""
    made = labelled_project(services.store, name=f"Smear {EVIL}", file_name=EVIL_FILE)
    services.store.classes.rename(made.class_ids[0], EVIL)
    done = [image for image in made.images if services.store.images.get(image.id).state is ImageState.DONE]
    services.store.images.set_split([image.id for image in done[::2]], Split.TEST)
    model = model_of(made)
    services.store.projects.set_active_model(made.project_id, model.id)
    for image in done:
        first, second = services.store.annotations.get(image.id).boxes
        swapped = StoredPrediction(second.class_id, first.box, 0.9)
        alone = StoredPrediction(first.class_id, Box(100, 80, 120, 94), 0.8)
        services.store.predictions.put(model.id, image.id, [swapped, alone], False)
    yield made


def report_on(services: Services, made: LabelledProject) -> Report:
    model = services.model(made.project_id)
    return make_report(services, model.id, of_split(Split.TEST), MADE_AT)


def test_it_holds_all_that_it_shows_and_its_policy_forbids_every_request(
    services: Services, evil: LabelledProject
) -> None:
    html = report_on(services, evil).html
    tags = Tags(html)
    assert tags.named("link", "iframe", "object", "form", "base", "a") == []
    assert [one for one in tags.named("img", "script") if not str(one.get("src", "data:")).startswith("data:")] == []
    policy = next(
        str(one["content"]) for one in tags.named("meta") if one.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "url(" not in re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]  # type: ignore[index]


def test_only_its_own_two_scripts_may_run(services: Services, evil: LabelledProject) -> None:
    html = report_on(services, evil).html
    scripts = re.findall(r"<script(?: type=\"module\")?>(.*?)</script>", html, re.DOTALL)
    allowed = re.findall(r"sha256-([^']+)", html.partition("</head>")[0].replace("&#39;", "'"))
    assert [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts] == allowed
    assert len(allowed) == 2


def test_no_name_becomes_markup(services: Services, evil: LabelledProject) -> None:
    html = report_on(services, evil).html
    assert "window.harmed" in html
    assert EVIL not in html
    assert EVIL_FILE.format(0) not in html
    assert [one for one in Tags(html).named("img") if "onerror" in one] == []


def test_it_shows_what_went_wrong_with_both_boxes(services: Services, evil: LabelledProject) -> None:
    made = report_on(services, evil)
    tags = Tags(made.html)
    # On each of four images one box of another class, one where nothing is, and one object that is missed.
    assert made.mistakes == 12
    assert len(tags.named("img")) == 12
    drawn = [one for one in tags.named("rect") if "stroke" in one]
    assert sum("stroke-dasharray" in one for one in drawn) == 8
    assert sum("stroke-dasharray" not in one for one in drawn) == 8
    assert "4 test images with 8 true boxes" in made.html
    assert "22 November 2026, 09:30" in made.html


def test_a_picture_that_is_gone_is_said_and_stops_nothing(services: Services, evil: LabelledProject) -> None:
    store = services.store
    for image in evil.images:
        Path(store.workspace.original(image.sha256)).unlink()
    made = report_on(services, evil)
    assert made.html.count("The picture is not there any more.") == made.mistakes == 12


def mistakes_of(true: list[Annotation], found: list[Prediction]) -> dict[MistakeKind, int]:
    kinds = worst(Truths.of([true]), Found.of([found]), (0.5, 0.5))
    return {one.kind: one.count for one in kinds}


def test_what_is_shown_from_the_thresholds_up_is_sorted_into_kinds() -> None:
    box, beside, away = Box(0, 0, 20, 20), Box(10, 0, 30, 20), Box(60, 60, 80, 80)
    assert mistakes_of([Annotation(box, 0)], [Prediction(box, 0, 0.9)]) == {}
    assert mistakes_of([Annotation(box, 0)], [Prediction(box, 0, 0.4)]) == {MistakeKind.MISSED: 1}
    assert mistakes_of([Annotation(box, 0)], [Prediction(box, 1, 0.9)]) == {MistakeKind.WRONG_CLASS: 1}
    assert mistakes_of([Annotation(box, 0)], [Prediction(beside, 0, 0.9)]) == {MistakeKind.BADLY_PLACED: 1}
    assert mistakes_of([], [Prediction(away, 0, 0.9)]) == {MistakeKind.BACKGROUND: 1}


def test_the_surest_boxes_and_the_largest_objects_come_first_and_not_all_of_them() -> None:
    wrong = [Prediction(Box(30 * n, 50, 30 * n + 20, 70), 0, 0.5 + n / 100) for n in range(MOST_OF_A_KIND + 3)]
    missed = [Annotation(Box(40 * n, 0, 40 * n + 10 + n, 20), 1) for n in range(3)]
    background, lost = worst(Truths.of([missed]), Found.of([wrong]), (0.5, 0.5))
    assert background.count == MOST_OF_A_KIND + 3
    scores = [one.found.score for one in background.mistakes if one.found]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == MOST_OF_A_KIND
    assert [one.truth.box.width for one in lost.mistakes if one.truth] == [12, 11, 10]


def test_mistakes_are_told_in_words() -> None:
    classes = [ClassName(1, "cell", "#e6194b"), ClassName(2, "spot", "#3cb44b")]
    box, beside = Box(0, 0, 20, 20), Box(10, 0, 30, 20)

    def told(true: list[Annotation], found: list[Prediction]) -> str:
        [kind] = worst(Truths.of([true]), Found.of([found]), (0.5, 0.5))
        return sentence(kind.mistakes[0], classes)

    assert told([Annotation(box, 0)], []) == "This cell was not found."
    assert told([], [Prediction(box, 1, 0.9)]) == "The model sees spot (score 0.90) where no label is."
    assert (
        told([Annotation(box, 0)], [Prediction(box, 1, 0.9)])
        == "The model says spot (score 0.90), the label says cell."
    )
    assert told([Annotation(box, 0)], [Prediction(beside, 0, 0.9)]) == (
        "The box of cell (score 0.90) and the label overlap by 33 % only."
    )


def test_a_crop_shows_what_is_round_the_boxes_and_ends_with_the_picture(
    services: Services, evil: LabelledProject
) -> None:
    html = report_on(services, evil).html
    cuts = [[float(n) for n in found.split()] for found in re.findall(r'viewBox="([^"]+)"', html)]
    size = ImageSize(128, 96)
    assert all(x >= 0 and y >= 0 and x + w <= size.width and y + h <= size.height for x, y, w, h in cuts)
    assert all(w >= 36 and h >= 30 for _, _, w, h in cuts)
