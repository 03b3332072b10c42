"""The mistakes in the browser, the pure parts: the same counts as the server's, at every threshold and overlap."""

from __future__ import annotations

import base64
import itertools
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from detector.domain import LabelSet
from detector.measuring.box_columns import Found, Truths
from detector.measuring.error_kinds import IOUS, MistakeKind, error_kinds
from gui.figures.examining import Examined
from gui.figures.mistakes import mistakes
from storage.store import Store
from tests.detector.kind_counts import kind_counts
from tests.gui.labelled_project import labelled_project, model_of
from tests.gui.script_page import call, script_page

pytestmark = pytest.mark.browser
page = script_page

IMAGES, PREDICTIONS, LABELS = 6, 40, 25
READ = """(async () => {
  const { readColumns } = await import("/shared/columns.js");
  const { MistakeData } = await import("/error_browser/data.js");
  const bytes = Uint8Array.from(atob(given.body), (sign) => sign.charCodeAt(0));
  return new MistakeData(readColumns(bytes.buffer));
})()"""
WANTED = """{
  thresholds: from(0), row: 0, kind: null, classId: null, truthId: null, size: null, from: 0, to: 1, sort: "-score",
}"""


def boxes(dice: np.random.Generator, count: int) -> np.ndarray:
    corners = dice.integers(0, 50, (count, 2))
    return np.concatenate([corners, corners + dice.integers(4, 46, (count, 2))], 1).astype(np.float64)


@pytest.fixture
def examined(store: Store) -> Examined:
    """Boxes at random, close together, of two classes."""
    made, dice = labelled_project(store), np.random.default_rng(3)
    true, found = IMAGES * LABELS, IMAGES * PREDICTIONS
    scores = -np.sort(-dice.random((IMAGES, PREDICTIONS)).astype(np.float32), axis=1)
    return Examined(
        model_of(made),
        made.images[:IMAGES],
        LabelSet(made.class_ids, ("dark", "red")),
        Truths(
            np.repeat(np.arange(IMAGES, dtype=np.int32), LABELS), dice.integers(0, 2, true, np.int32), boxes(dice, true)
        ),
        Found(
            np.repeat(np.arange(IMAGES, dtype=np.int32), PREDICTIONS),
            dice.integers(0, 2, found, np.int32),
            boxes(dice, found),
            scores.ravel().astype(np.float64),
        ),
        0,
        0,
    )


def shown(page: Page, examined: Examined, expression: str, **given: Any) -> Any:
    """Value of an expression over the answer's `data`, the module `m` of sift and a `wanted` that lets all through.

    `from(score)` makes thresholds of one score for all classes.
    """
    body = base64.b64encode(mistakes(examined)).decode()
    made = f"const from = (least) => ({{ of: () => least }}); const data = await {READ}; const wanted = {WANTED};"
    whole = f"await (async () => {{ {made} return {expression}; }})()"
    return call(page, "error_browser/sift.js", whole, {"body": body, **given})


def test_counts_are_the_servers_at_every_threshold_and_overlap(page: Page, examined: Examined) -> None:
    thresholds = [0.0, 0.25, 0.5, 0.9]
    counts = shown(
        page,
        examined,
        "data.head.ious.map((_, row) => given.thresholds.map("
        "(threshold) => m.sift(data, { ...wanted, row, thresholds: from(threshold) }, new Set()).counts))",
        thresholds=thresholds,
    )
    kinds = error_kinds(examined.truths, examined.found)
    for row in range(len(IOUS)):
        for at, threshold in enumerate(thresholds):
            assert counts[row][at] == [kind_counts(kinds, row, examined.found, threshold)[kind] for kind in MistakeKind]


def test_a_box_is_about_the_label_that_the_server_says(page: Page, examined: Examined) -> None:
    kinds = error_kinds(examined.truths, examined.found)
    about = shown(page, examined, "data.head.ious.map((_, row) => [...data.about(row)])")
    assert about == [kinds.about(row).tolist() for row in range(len(IOUS))]


def test_filters_leave_what_they_name_and_counts_heed_all_but_the_kind(page: Page, examined: Examined) -> None:
    class_id = examined.labels.ids[1]
    sifted = """(() => {
      const thresholds = from(given.filter.threshold ?? 0);
      const { items, counts } = m.sift(data, { ...wanted, ...given.filter, thresholds }, new Set());
      const facts = (item) => ({ box: data.boxOf(item), truth: data.truthOf(item, 0), area: data.area[item] });
      return { counts, items: [...items].map((item) => ({ item, ...facts(item) })) };
    })()"""

    def sift(**filter: Any) -> dict[str, Any]:
        return shown(page, examined, sifted, filter=filter)

    plain = sift(threshold=0.3)
    assert len(plain["items"]) == sum(plain["counts"][1:])  # all but those that are right
    only = sift(threshold=0.3, kind=int(MistakeKind.BADLY_PLACED))
    assert only["counts"] == plain["counts"]
    assert len(only["items"]) == plain["counts"][MistakeKind.BADLY_PLACED]
    said = sift(classId=class_id, truthId=examined.labels.ids[0], kind=int(MistakeKind.WRONG_CLASS))["items"]
    assert said
    assert all(one["box"]["class_id"] == class_id != one["truth"]["class_id"] for one in said)
    small = sift(size="small", **{"from": 0.2, "to": 0.6})["items"]
    assert small
    assert all(one["area"] < 1024 and 0.2 <= one["box"]["score"] <= 0.6 for one in small)
    missed = sift(threshold=0.9, truthId=class_id, kind=int(MistakeKind.MISSED))["items"]
    assert missed
    assert all(one["box"] is None and one["truth"]["class_id"] == class_id for one in missed)


def test_what_was_dealt_with_is_shown_and_not_counted(page: Page, examined: Examined) -> None:
    before, after, same = shown(
        page,
        examined,
        """(() => {
          const before = m.sift(data, wanted, new Set());
          const after = m.sift(data, wanted, new Set([before.items[0]]));
          return [before.counts, after.counts, [...before.items].join() === [...after.items].join()];
        })()""",
    )
    assert same
    assert sum(before) - sum(after) == 1


@pytest.mark.parametrize("sort", ["score", "-score", "size", "-size", "iou", "-iou"])
def test_items_come_in_the_order_that_was_asked_for(page: Page, examined: Examined, sort: str) -> None:
    keys = shown(
        page,
        examined,
        """[...m.sift(data, { ...wanted, row: 2, sort: given.sort }, new Set()).items].map((item) => [
          data.isLabel(item), { score: data.columns.score[item], size: data.area[item], iou: data.iouOf(item, 2) }])""",
        sort=sort,
    )
    by, sign = sort.removeprefix("-"), -1 if sort.startswith("-") else 1
    ordered = [sign * key[by] for is_label, key in keys if by == "size" or not is_label]
    assert len(ordered) > 50
    assert all(a <= b + 1e-5 for a, b in itertools.pairwise(ordered))
    if by != "size":
        assert [is_label for is_label, _ in keys] == sorted(is_label for is_label, _ in keys)  # labels have none: last


def test_each_class_counts_from_its_own_threshold_up(page: Page, examined: Examined) -> None:
    first, second = examined.labels.ids
    each = {first: 0.3, second: 0.8}
    counts, shown_scores = shown(
        page,
        examined,
        """(() => {
          const { counts, items } = m.sift(data, { ...wanted, thresholds: { of: (id) => given.each[id] } }, new Set());
          const boxes = [...items].map((item) => data.boxOf(item)).filter(Boolean);
          return [counts, boxes.map(({ class_id, score }) => [class_id, score])];
        })()""",
        each=each,
    )
    found = examined.found
    kept = found.where(found.score >= np.array([0.3, 0.8])[found.label])
    assert counts == [kind_counts(error_kinds(examined.truths, kept), 0, kept)[kind] for kind in MistakeKind]
    assert shown_scores
    assert all(score >= each[class_id] for class_id, score in shown_scores)


def test_the_name_of_an_item_leads_back_to_it_even_when_others_came_and_went(page: Page, examined: Examined) -> None:
    assert shown(
        page,
        examined,
        "[...Array(data.count).keys()].every((item) => data.itemOf(data.nameOf(item)) === item)",
    )
    names = shown(page, examined, "[data.nameOf(5), data.nameOf(data.n + 3)]")
    fewer = replace(examined, found=examined.found.where(np.arange(len(examined.found)) > 2), truths=examined.truths)
    found = shown(page, fewer, "given.names.map((name) => data.nameOf(data.itemOf(name)))", names=names)
    assert found == names
    gone = shown(page, examined, "data.nameOf(1)")
    strangers = [gone, "p9999.1.0.0.1.1", "p1.0", "t1.99", "x1.0", "p", None]
    assert shown(page, fewer, "given.names.map((name) => data.itemOf(name))", names=strangers) == [None] * 7


@pytest.mark.parametrize(
    ("box", "image", "cut"),
    [
        pytest.param((100, 100, 200, 200), (400, 300), (65, 65, 235, 235), id="a margin all round"),
        pytest.param((100, 100, 104, 104), (400, 300), (74, 74, 130, 130), id="a tiny one with more"),
        pytest.param((0, 280, 20, 300), (400, 300), (0, 244, 56, 300), id="moved in at a corner"),
        pytest.param((10, 10, 390, 290), (400, 300), (0, 0, 400, 300), id="no larger than the picture"),
    ],
)
def test_a_crop_shows_what_is_round_a_box(
    page: Page, box: tuple[int, ...], image: tuple[int, int], cut: tuple[int, ...]
) -> None:
    names = ("x1", "y1", "x2", "y2")
    given = {"box": dict(zip(names, box, strict=True)), "image": {"width": image[0], "height": image[1]}}
    found = call(page, "error_browser/cut.js", "m.cutOf([given.box], given.image)", given)
    assert found == dict(zip(names, cut, strict=True))
    url = call(page, "error_browser/cut.js", "m.cropUrl(7, m.cutOf([given.box], given.image))", given)
    assert url == f"/files/images/7/crop?x1={cut[0]}&y1={cut[1]}&x2={cut[2]}&y2={cut[3]}&side=288&exact=1"


LABEL = {"id": "a", "class_id": 1, "x1": 10, "y1": 10, "x2": 50, "y2": 50, "source": "person"}
OTHER = {"id": "b", "class_id": 2, "x1": 60, "y1": 10, "x2": 90, "y2": 50, "source": "person"}
FOUND = {"class_id": 2, "x1": 12, "y1": 9, "x2": 55, "y2": 52, "score": 0.8}
SERVED = """(() => {
  const saves = [];
  let stored = given.annotations;
  window.fetch = async (url, { method, body }) => {
    if (method === "PUT") {
      saves.push(JSON.parse(body));
      if (saves.length === given.refuse) return new Response(JSON.stringify({ error: "stale" }), { status: 409 });
      stored = saves.at(-1).boxes;
      return new Response(JSON.stringify({ revision: 9, state: "done" }));
    }
    return new Response(JSON.stringify({ revision: 8, state: "done", annotations: stored }));
  };
  return { saves, stored: () => stored };
})()"""


@pytest.mark.parametrize(
    ("kind", "truth", "becomes"),
    [
        pytest.param(MistakeKind.WRONG_CLASS, LABEL, {**LABEL, "class_id": 2}, id="the class alone"),
        pytest.param(MistakeKind.BADLY_PLACED, LABEL, {**LABEL, **FOUND, "class_id": 1}, id="the box alone"),
        pytest.param(MistakeKind.BOTH, LABEL, {**LABEL, **FOUND}, id="both"),
        pytest.param(MistakeKind.BACKGROUND, None, FOUND, id="a label more"),
        pytest.param(MistakeKind.MISSED, LABEL, None, id="a label less"),
    ],
)
def test_a_label_is_put_right_and_the_fix_taken_back(
    page: Page, kind: MistakeKind, truth: dict[str, Any] | None, becomes: dict[str, Any] | None
) -> None:
    box = None if kind is MistakeKind.MISSED else FOUND
    near = None if truth is None else {k: v + 0.001 if k in ("x1", "y2") else v for k, v in truth.items() if k != "id"}
    given = {"annotations": [LABEL, OTHER], "kind": int(kind), "box": box, "truth": near, "refuse": 1}
    fixed, undone, states = call(
        page,
        "error_browser/fixes.js",
        f"""await (async () => {{
          const server = {SERVED};
          const changed = await m.apply(m.fixOf(given.kind, {{ imageId: 7, ...given }}, 5, () => "red"));
          const fixed = server.stored();
          await m.undo(changed);
          return [fixed, server.stored(), server.saves.map(({{ state, revision }}) => [state, revision])];
        }})()""",
        given,
    )
    others = [one for one in fixed if one["id"] != "b" and (truth or one["id"] != "a")]
    expected = [] if becomes is None else [becomes]
    assert [{name: one[name] for name in expected[0] if name != "source"} for one in others] == [
        {name: value for name, value in one.items() if name != "source"} for one in expected
    ]
    if kind in (MistakeKind.BADLY_PLACED, MistakeKind.BOTH, MistakeKind.BACKGROUND):
        assert (others[0]["source"], others[0]["model_version_id"]) == ("model", 5)
    assert sorted(undone, key=lambda one: one["id"]) == [LABEL, OTHER]
    assert states == [["done", 8]] * 3  # the first was refused, as somebody saved in between, and made again


def test_a_label_that_is_gone_or_changed_is_left_alone(page: Page) -> None:
    given = {"annotations": [OTHER], "box": FOUND, "truth": LABEL, "refuse": 0}
    told = call(
        page,
        "error_browser/fixes.js",
        f"""await (async () => {{
          const server = {SERVED};
          const said = (act) => act.then(() => null, (error) => error.message);
          const failed = await said(m.apply(m.fixOf(1, {{ imageId: 7, ...given }}, 5, () => "red")));
          const since = await said(m.undo({{ imageId: 7, before: null, after: {{ ...given.truth, id: "b" }} }}));
          return [failed, since, server.saves.length];
        }})()""",
        given,
    )
    assert told[0] == "This label has been changed or removed meanwhile."
    assert told[1].startswith("This label was changed since")
    assert told[2] == 0


def test_a_label_page_reads_which_box_it_shall_show(page: Page) -> None:
    texts = ["1,2,30,40", "1,2,1,40", "1,2,3", "a,2,3,4", None]
    found = call(page, "box_canvas/asked_box.js", "given.map((text) => m.rectOf(text ?? undefined))", texts)
    assert json.loads(json.dumps(found)) == [{"x1": 1, "y1": 2, "x2": 30, "y2": 40}, None, None, None, None]
