"""How two revisions of an image differ, box by box, on boxes as the history keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from storage.records import Changes

ID, CLASS, PLACE = 0, 1, slice(2, 6)  # of a box as a list


def changes_between(before: Sequence[Sequence[Any]], after: Sequence[Sequence[Any]]) -> Changes:
    """What somebody did to get from one list of boxes to the other; a box is known by its id."""
    old = {box[ID]: box for box in before}
    both = [(old[box[ID]], box) for box in after if box[ID] in old]
    return Changes(
        added=len(after) - len(both),
        removed=len(old) - len(both),
        moved=sum(a[PLACE] != b[PLACE] for a, b in both),
        reclassed=sum(a[CLASS] != b[CLASS] for a, b in both),
    )
