"""What the campaign makes of edits that are there, and of edits that are not."""

from __future__ import annotations

from typing import Any

from benchmarks.edit_ledger import Ledger, losses

IMAGE = 7


def stored(*ids: str) -> dict[int, list[dict[str, Any]]]:
    places = [{"class_id": 1, "x1": 10 * n, "y1": 0, "x2": 10 * n + 5, "y2": 5} for n in range(len(ids))]
    return {IMAGE: [{"id": name, **place} for name, place in zip(ids, places, strict=True)]}


def test_edits_are_counted_once_by_what_was_said_of_them() -> None:
    ledger = Ledger()
    ledger.others[IMAGE] = {"theirs"}
    ledger.look(IMAGE, ["a", "theirs"], saved=False)
    ledger.acknowledge(IMAGE, ["a", "theirs"])
    ledger.look(IMAGE, ["a", "theirs"], saved=True)
    ledger.look(IMAGE, ["a", "b", "c"], saved=False)
    ledger.breaks(IMAGE, page_dies=True)
    found = ledger.findings(stored("a", "b", "theirs"))
    assert (found["edits"], found["acknowledged"], found["others_saved"]) == (3, 1, 1)
    assert found["shown_as_not_saved_when_it_broke"] == 2
    assert (found["of_these_arrived_by_themselves"], found["of_these_gone_with_the_page"]) == (1, 1)
    assert losses(found) == {}


def test_what_was_acknowledged_or_called_saved_must_be_there() -> None:
    ledger = Ledger()
    ledger.look(IMAGE, ["a", "b"], saved=True)
    ledger.acknowledge(IMAGE, ["a"])
    assert losses(ledger.findings(stored("b"))) == {"acknowledged_and_gone": 1, "shown_as_saved_and_gone": 1}
    assert losses(ledger.findings(stored("a"))) == {"shown_as_saved_and_gone": 1}


def test_an_edit_may_go_only_with_its_page() -> None:
    ledger = Ledger()
    ledger.look(IMAGE, ["a"], saved=False)
    ledger.breaks(IMAGE, page_dies=False)
    assert losses(ledger.findings(stored())) == {"gone_though_the_page_lived": 1}


def test_a_box_that_arrives_again_and_one_of_the_other_writer_that_is_gone_are_losses() -> None:
    ledger = Ledger()
    ledger.others[IMAGE] = {"theirs"}
    there = stored("a", "b")
    there[IMAGE][1] |= {"x1": 0, "x2": 5}
    assert losses(ledger.findings(there)) == {"arrived_twice": 1, "others_gone": 1}
