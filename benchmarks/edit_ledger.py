"""What was seen of every edit while things broke, and what that says about what is stored in the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MUST_BE_NONE = (
    "acknowledged_and_gone",
    "shown_as_saved_and_gone",
    "gone_though_the_page_lived",
    "arrived_twice",
    "others_gone",
)
BoxIds = defaultdict[int, set[str]]  # ids of boxes by id of the image; an edit is a box that was drawn


def _none() -> BoxIds:
    return defaultdict(set)


@dataclass
class Ledger:
    """Each edit as the page and the server told of it.

    Attributes:
        drawn: every box of ours that the page showed.
        acknowledged: what a save carried that the server answered with success.
        said_saved, said_unsaved: what the page showed while it called everything saved, or not. An edit may have been
            both, one after the other.
        broken_off: what the page called unsaved in the moment when something broke.
        at_risk: those of them whose page died.
        others: what the second writer drew.
    """

    drawn: BoxIds = field(default_factory=_none)
    acknowledged: BoxIds = field(default_factory=_none)
    said_saved: BoxIds = field(default_factory=_none)
    said_unsaved: BoxIds = field(default_factory=_none)
    broken_off: BoxIds = field(default_factory=_none)
    at_risk: BoxIds = field(default_factory=_none)
    others: BoxIds = field(default_factory=_none)

    def look(self, image: int, boxes: Sequence[str], *, saved: bool) -> None:
        """Note what the page shows, and whether it calls that saved."""
        mine = set(boxes) - self.others[image]
        self.drawn[image] |= mine
        if saved:
            self.said_saved[image] |= mine
        else:
            self.said_unsaved[image] |= mine - self.said_saved[image]

    def breaks(self, image: int, *, page_dies: bool) -> None:
        """Something breaks now, right after a look."""
        open_ones = self.said_unsaved[image] - self.said_saved[image]
        self.broken_off[image] |= open_ones
        if page_dies:
            self.at_risk[image] |= open_ones

    def acknowledge(self, image: int, boxes: Sequence[str]) -> None:
        """The server answered a save that carried these."""
        self.acknowledged[image] |= set(boxes)

    def findings(self, stored: Mapping[int, Sequence[Mapping[str, Any]]]) -> dict[str, int]:
        """How many edits there were of each kind, and how many are not as they must be.

        Args:
            stored: the boxes that the server holds, by image, with `id`, `class_id`, `x1`, `y1`, `x2` and `y2`.
        """
        there = {image: {box["id"] for box in boxes} for image, boxes in stored.items()}
        gone = {image: ids - there[image] for image, ids in self.drawn.items()}
        known = {
            image: self.acknowledged[image] | self.said_saved[image] | self.at_risk[image] for image in list(self.drawn)
        }
        return {
            "edits": _count(self.drawn),
            "acknowledged": sum(len(ids & self.acknowledged[image]) for image, ids in self.drawn.items()),
            "shown_as_not_saved_when_it_broke": _count(self.broken_off),
            "of_these_arrived_by_themselves": sum(len(ids & there[image]) for image, ids in self.broken_off.items()),
            "of_these_gone_with_the_page": sum(
                len(ids & gone[image] - self.acknowledged[image]) for image, ids in self.at_risk.items()
            ),
            "others_saved": _count(self.others),
            "acknowledged_and_gone": sum(len(ids & self.acknowledged[image]) for image, ids in gone.items()),
            "shown_as_saved_and_gone": sum(len(ids & self.said_saved[image]) for image, ids in gone.items()),
            "gone_though_the_page_lived": sum(len(ids - known[image]) for image, ids in gone.items()),
            "arrived_twice": sum(map(_repeated, stored.values())),
            "others_gone": sum(len(ids - there[image]) for image, ids in self.others.items()),
        }


def losses(findings: Mapping[str, int]) -> dict[str, int]:
    """What there must be none of, as far as there is some."""
    return {name: findings[name] for name in MUST_BE_NONE if findings[name]}


def _count(ids: Mapping[int, set[str]]) -> int:
    return sum(map(len, ids.values()))


def _repeated(boxes: Sequence[Mapping[str, Any]]) -> int:
    places = Counter((box["class_id"], box["x1"], box["y1"], box["x2"], box["y2"]) for box in boxes)
    return sum(count - 1 for count in places.values())
