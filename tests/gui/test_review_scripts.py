"""The rules of the Label page's review, run where they run; what has a twin in Python is held against it."""

from __future__ import annotations

from dataclasses import asdict
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page

from detector.domain import Box
from gui.suggesting import candidates_at, name_of, unsure_within
from storage.records import Rejection, StoredBox, StoredPrediction
from tests.gui.test_pages_scripts import call, page

__all__ = ["page"]
pytestmark = pytest.mark.browser

MODEL = 3
SUGGESTING = "box_canvas/suggesting.js"
NAMING = "box_canvas/naming.js"
REVIEW = "box_canvas/review.js"


def rect(x: float, y: float = 0, side: float = 10, **more: Any) -> dict[str, Any]:
    return {"class_id": 1, "x1": x, "y1": y, "x2": x + side, "y2": y + side, **more}


def in_page(thing: Any) -> dict[str, Any]:
    """A box, or a record with one, as the page has it: as four numbers."""
    if isinstance(thing, Box):
        return asdict(thing)
    known = {name: value for name, value in asdict(thing).items() if name != "box"}
    return known | dict(zip(("x1", "y1", "x2", "y2"), thing.box.as_tuple(), strict=True))


def test_a_click_takes_in_the_page_what_the_rule_in_python_says(page: Page) -> None:
    random = Random(4)

    def somewhere() -> Box:
        x, y = random.uniform(0, 60), random.uniform(0, 60)
        return Box(x, y, x + random.uniform(8, 40), y + random.uniform(8, 40))

    cases, expected = [], []
    for _ in range(200):
        predictions = [StoredPrediction(random.choice((1, 2)), somewhere(), n / 40 + 0.01) for n in range(30)]
        random.shuffle(predictions)
        standing = [StoredBox(str(n), 1, somewhere()) for n in range(4)]
        rejected = [Rejection(random.choice((1, 2)), somewhere(), 0.5, MODEL) for n in range(4)]
        x, y = random.uniform(0, 80), random.uniform(0, 80)
        given = [[in_page(one) for one in things] for things in (predictions, standing, rejected)]
        cases.append([*given, x, y])
        expected.append([p.score for p in candidates_at(predictions, standing, rejected, x, y)])
    found = call(page, SUGGESTING, "given.map((one) => m.candidatesAt(...one).map((p) => p.score))", cases)
    assert found == expected
    assert sum(len(one) for one in expected) > 300


def test_a_drawn_box_is_named_in_the_page_as_the_rule_in_python_says(page: Page) -> None:
    random = Random(5)

    def nearly(box: Box) -> Box:
        dx, dy = random.uniform(-9, 9), random.uniform(-9, 9)
        return Box(box.x1 + dx, box.y1 + dy, box.x2 + dx, box.y2 + dy)

    cases, expected = [], []
    for _ in range(300):
        drawn = Box(20, 20, 50, 45)
        scores = (0.05, 0.1, 0.1, 0.3, 0.3, 0.8)  # with two alike, of which the first one is taken
        found = [StoredPrediction(random.choice((1, 2, 3)), nearly(drawn), random.choice(scores)) for _ in range(4)]
        cases.append([in_page(drawn), [in_page(one) for one in found]])
        expected.append(name_of(drawn, found))
    assert call(page, NAMING, "given.map((one) => m.nameOf(...one)?.class_id ?? null)", cases) == expected
    assert {None, 1, 2, 3} == set(expected)


def test_what_the_model_is_unsure_of_is_in_the_page_what_the_rule_in_python_says(page: Page) -> None:
    random = Random(6)
    cases, expected = [], []
    for _ in range(200):
        corners = [(random.randrange(60), random.randrange(60)) for _ in range(30)]
        found = [
            StoredPrediction(random.choice((1, 2)), Box(x, y, x + 20, y + 10), random.random()) for x, y in corners
        ]
        area = Box(10, 10, random.randrange(20, 70), random.randrange(20, 70))  # some middles lie on its border
        thresholds = {1: random.random(), 2: random.random()}
        cases.append([[in_page(one) for one in found], in_page(area), thresholds])
        expected.append([one.score for one in unsure_within(found, area, thresholds)])
    unsure = "given.map(([found, area, t]) => m.unsureWithin(found, area, (id) => t[id]).map((p) => p.score))"
    assert call(page, SUGGESTING, unsure, cases) == expected
    assert sum(len(one) for one in expected) > 300


def test_a_rejected_box_stays_so_for_its_model_and_its_child_but_not_for_an_unrelated_model(page: Page) -> None:
    rejected = [rect(0, score=0.9, model_version_id=MODEL)]
    moved = [rect(1, score=0.8)]  # as a child, or the same model asked again, finds it

    def left(lineage: list[int]) -> int:
        expression = "m.unsettled(given[0], [], m.countingFor(given[1], new Set(given[2]))).length"
        return int(call(page, REVIEW, expression, [moved, rejected, lineage]))

    assert (left([MODEL]), left([MODEL, MODEL + 1]), left([MODEL + 1])) == (0, 0, 1)


def test_boxes_are_reviewed_by_rows_and_the_way_stays_while_they_are_dealt_with(page: Page) -> None:
    rects = [
        rect(50, 2, key="c"),
        rect(0, 40, key="d"),
        rect(0, 3, key="a"),
        rect(20, 0, key="b"),
        rect(30, 38, key="e"),
    ]
    order = call(page, REVIEW, "m.readingOrder(given).map((r) => r.key).join('')", rects)
    assert order == "abcde"

    def following(dealt_with: str, start: str | None, step: int) -> str | None:
        expression = """(() => {
          const order = m.readingOrder(given[0]);
          const from = order.find((r) => r.key === given[2]);
          return m.nextInOrder(order, (r) => !given[1].includes(r.key), from, given[3])?.key ?? null;
        })()"""
        found: str | None = call(page, REVIEW, expression, [rects, dealt_with, start, step])
        return found

    assert [following("", None, 1), following("", None, -1), following("b", "b", 1)] == ["a", "e", "c"]
    assert [following("abe", "e", 1), following("ad", "b", -1), following("abcde", "a", 1)] == ["c", "e", None]


def test_the_model_offers_edges_and_another_class_for_a_drawn_box_and_nothing_where_it_agrees(page: Page) -> None:
    def opinion(*predictions: dict[str, Any]) -> list[Any]:
        expression = "((o) => [o.edges?.key ?? null, o.otherClass?.key ?? null])(m.opinionOn(given[0], given[1]))"
        found: list[Any] = call(page, SUGGESTING, expression, [predictions, rect(0)])
        return found

    near, far = rect(1, key="near", score=0.02), rect(5, key="far", score=0.9)
    assert opinion(near, far) == ["near", None]
    assert opinion(rect(0, key="same", score=0.9)) == [None, None]
    assert opinion(rect(0, class_id=2, key="other", score=0.4), near) == ["near", "other"]
    assert opinion() == [None, None]


def test_a_threshold_is_the_persons_for_the_class_or_for_all_else_what_the_model_advises(page: Page) -> None:
    expression = """(() => {
      const t = m.Thresholds.ofAddress(given.query);
      t.setAdvice(given.model, given.learned);
      return [t.all, t.of(1), t.of(2), t.address, t.exceptions];
    })()"""

    def asked(query: dict[str, str], model: dict[str, Any] | None, learned: Any = None) -> list[Any]:
        given = {"query": query, "model": model, "learned": learned}
        found: list[Any] = call(page, "shared/thresholds.js", expression, given)
        return found

    advice = {"metrics": {"threshold": 0.4}, "thresholds": {"2": 0.3}}
    nothing: dict[str, Any] = {"threshold": None, "thresholds": None}
    assert asked({}, None) == [0.5, 0.5, 0.5, nothing, {}]
    assert asked({}, advice) == [0.4, 0.4, 0.3, nothing, {"2": 0.3}]
    assert asked({"threshold": "0.7"}, advice) == [0.7, 0.7, 0.7, nothing | {"threshold": "0.70"}, {}]
    own = {"threshold": "0.7", "thresholds": "1:0.2,x:1,2:7"}
    assert asked(own, advice) == [0.7, 0.2, 0.7, {"threshold": "0.70", "thresholds": "1:0.20"}, {"1": 0.2}]
    learned = {"all": 0.6, "by_class": {"1": 0.5}}
    assert asked({}, advice, learned) == [0.6, 0.5, 0.3, nothing, {"1": 0.5, "2": 0.3}], "corrections, class by class"
    assert asked({"threshold": "0.7"}, advice, learned)[:3] == [0.7, 0.7, 0.7]
    wish = {"kind": "misses", "value": 5}
    wished = advice | {"chosen_thresholds": {"all": 0.2, "by_class": {"1": 0.1}, "wish": wish}}
    assert asked({}, wished)[:3] == [0.2, 0.1, 0.2], "a wish goes before what the model advises"
    assert asked({}, wished, learned)[:3] == [0.6, 0.5, 0.6], "and corrections before the wish"


def test_one_box_more_or_less_is_shown_at_a_time_whichever_is_nearest_to_the_threshold_of_its_class(page: Page) -> None:
    body = """(() => {
      const t = m.Thresholds.ofAddress({ threshold: "0.50", thresholds: "2:0.20" });
      const names = () => given.boxes.filter((b) => t.shows(b)).map((b) => b.name).join("");
      return [names(), ...given.steps.map((step) => `${t.move(given.boxes, step)} ${names()}`)];
    })()"""
    boxes = [
        {"class_id": 1, "score": 0.9, "name": "a"},
        {"class_id": 1, "score": 0.5, "name": "b"},
        {"class_id": 1, "score": 0.3, "name": "d"},
        {"class_id": 2, "score": 0.15, "name": "c"},
    ]
    given = {"boxes": boxes, "steps": [1, 1, 1, -1, -1, -1, -1, -1, 1]}
    shown = call(page, "shared/thresholds.js", body, given)
    assert shown == [
        "ab", "true abc", "true abdc", "false abdc", "true abc", "true ab", "true a", "true ", "false ", "true a",
    ]  # fmt: skip


def test_the_project_count_follows_thresholds_and_edits_without_asking_the_server_again(page: Page) -> None:
    found = page.evaluate(
        """async () => {
          const { Model } = await import('/box_canvas/model.js');
          const { ReviewCount } = await import('/box_canvas/review_count.js');
          const model = new Model();
          const bins = Array(100).fill(0);
          bins[90] = 5, bins[40] = 3; // of the whole project, the two of this image among them
          let asked = 0;
          const count = new ReviewCount(model, async () => (asked += 1, { bins: { 1: bins } }), () => {});
          model.setProject({ id: 1, classes: [{ id: 1, name: 'cell', position: 0, boxes: 0 }], models: [] });
          const at = (x, score) => ({ class_id: 1, x1: x, y1: 0, x2: x + 9, y2: 9, score });
          const predictions = [at(0, 0.9), at(20, 0.4)];
          const answer = { image: { id: 1 }, predictions, model_version_id: 3, lineage: [3] };
          const content = { boxes: [], state: 'new', rejected: [] };
          model.setImage(answer, content);
          await new Promise((done) => setTimeout(done));
          const seen = [[count.here, count.inProject]];
          model.changeThresholds((thresholds) => (thresholds.chosen = 0.4));
          seen.push([count.here, count.inProject]);
          model.setContent({ ...content, rejected: [{ ...at(1, 0.9), model_version_id: 3 }] });
          seen.push([count.here, count.inProject]);
          model.setContent({ ...content, state: 'done' });
          seen.push([count.here, count.inProject]);
          model.setContent(content);
          seen.push([count.here, count.inProject]);
          return { seen, asked };
        }"""
    )
    assert found["seen"] == [[1, 5], [2, 8], [1, 7], [0, 6], [2, 8]]
    assert found["asked"] == 1
