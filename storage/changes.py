"""How two revisions of an image differ, box by box, on boxes and rejections as the history keeps them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from storage.past import Changes
from storage.records import (
    Source,
)

ID, CLASS, PLACE, SOURCE, MODEL = 0, 1, slice(2, 6), 6, 7  # of a box as a list


def changes_between(
    before: Sequence[Sequence[Any]],
    after: Sequence[Sequence[Any]],
    rejected_before: Sequence[Sequence[Any]] = (),
    rejected_after: Sequence[Sequence[Any]] = (),
) -> Changes:
    """What somebody did to get from one list of boxes to the other; a box is known by its id."""
    old = {box[ID]: box for box in before}
    both = [(old[box[ID]], box) for box in after if box[ID] in old]
    added = [box for box in after if box[ID] not in old]
    turned_down = Counter(map(tuple, rejected_after)) - Counter(map(tuple, rejected_before))
    return Changes(
        added=len(added),
        removed=len(old) - len(both),
        moved=sum(a[PLACE] != b[PLACE] for a, b in both),
        reclassed=sum(a[CLASS] != b[CLASS] for a, b in both),
        rejected=turned_down.total(),
        accepted=Counter(box[MODEL] for box in added if box[SOURCE] == Source.MODEL.value),
    )
