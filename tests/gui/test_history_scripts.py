"""The pure parts of the history: what differs between two revisions, and how it is said."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.gui.script_page import call, script_page

__all__ = ["script_page"]
pytestmark = pytest.mark.browser


def a_box(name: str, x: float = 0, class_id: int = 1) -> dict[str, object]:
    return {"id": name, "class_id": class_id, "x1": x, "y1": 0, "x2": x + 10, "y2": 10}


def test_boxes_are_told_apart_by_what_became_of_them(script_page: Page) -> None:
    before = [a_box("kept"), a_box("gone"), a_box("moved"), a_box("other")]
    after = [a_box("kept"), a_box("moved", 5), a_box("other", class_id=2), a_box("new")]
    found = call(
        script_page,
        "box_canvas/differences.js",
        "m.differences(given[0], given[1]).map(({ kind, box, was }) => [kind, box.id, was?.id ?? null])",
        [before, after],
    )
    assert found == [
        ["kept", "kept", None],
        ["removed", "gone", None],
        ["moved", "moved", "moved"],
        ["reclassed", "other", "other"],
        ["added", "new", None],
    ]


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({}, "done", "nothing changed"),
        ({"added": 3, "moved": 1, "reclassed": 2}, "skipped", "+3 boxes, 1 moved, class of 2 changed, skipped"),
        (
            {"added": 3, "removed": 1, "accepted": [{"model": "v2", "boxes": 2}]},
            "done",
            "+1 box, 2 boxes accepted from v2, −1 box",
        ),
        ({"added": 2, "accepted": {"7": 2}, "rejected": 1}, "done", "2 boxes accepted from the model, 1 rejected"),
    ],
)
def test_changes_are_said_in_a_few_words(script_page: Page, changes: dict[str, object], state: str, words: str) -> None:
    nothing = {"added": 0, "removed": 0, "moved": 0, "reclassed": 0, "rejected": 0, "accepted": []}
    said = call(
        script_page,
        "shared/change_words.js",
        "m.changesInWords(given[0], given[1], 'done')",
        [nothing | changes, state],
    )
    assert said == words


def test_undo_redo_import_and_restoring_are_named(script_page: Page) -> None:
    plain: dict[str, object] = {"same": None, "redo": None, "undo": None, "restored": None}
    steps: list[dict[str, object]] = [
        plain,
        plain | {"same": 3, "redo": 4},
        plain | {"same": 3},
        plain | {"undo": 2},
        plain | {"restored": 2},
    ]
    expression = "given.map((step) => m.kindInWords({ revision: 5, bulk: null, step }))"
    assert call(script_page, "shared/change_words.js", expression, steps) == [
        "",
        "Undo",
        "Redo",
        "",
        "Restored: revision 2",
    ]
    imported = "m.kindInWords({ revision: 1, bulk: 'import', step: given })"
    assert call(script_page, "shared/change_words.js", imported, plain) == "Import"


def test_every_kind_of_activity_is_a_sentence(script_page: Page) -> None:
    entries: list[dict[str, object]] = [
        {"kind": "images_split", "details": {"images": 2, "value": "val"}},
        {"kind": "class_merged", "details": {"classes": [{"name": "b", "before": {}}], "into": {"name": "a"}}},
        {"kind": "model_trained", "details": {"state": "failed"}},
        {"kind": "model_thresholds", "details": {"number": 3, "after": {"wish": {"kind": "misses", "value": 5}}}},
        {"kind": "model_thresholds", "details": {"number": 3, "after": None}},
        {"kind": "something_new", "details": {}},
        {"kind": "model_activated", "details": {"number": 3, "before": 5}},
        {"kind": "model_pinned", "details": {"number": 3, "pinned": True}},
        {"kind": "class_added", "details": {"classes": [{"name": "a"}, {"name": "b"}], "undoes": 3}},
    ]
    assert call(script_page, "top_bar/activity_words.js", "given.map(m.sentence)", entries) == [
        "gave 2 images to validation",
        "merged “b” into “a”",
        "started a run, which failed",
        "chose thresholds for v3: miss at most 5 %",
        "let v3 use its own thresholds again",
        "something new",
        "went back from v5 to v3",
        "pinned v3",
        "added the classes “a”, “b” (undo)",
    ]
