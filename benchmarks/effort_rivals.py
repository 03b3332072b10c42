"""What the same work takes with us, in CVAT and in makesense.ai, in presses; theirs by their own pages and sources.

A press is one press of a key with or without modifiers, one click, or one drag; pointing alone costs nothing, in all
three. Where a source leaves something open it is counted in the rival's favour, and said so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CVAT = "github.com/cvat-ai/cvat"
CVAT_DOCS = f"{CVAT}: site/content/en/docs/annotation"
MAKESENSE = "github.com/SkalskiP/make-sense"


@dataclass(frozen=True)
class Cost:
    """Presses of one act, and where that is written."""

    presses: int
    how: str
    source: str


@dataclass(frozen=True)
class Way:
    """One way to work with a tool.

    Attributes:
        session: once for all.   draw: a box of the class that is set.   switch: to another class for the next box.
        reject: a box of the model that is wrong.   relabel: one of the wrong class.   adjust: one whose corner is off.
        finish: the image is done, go on.
    """

    name: str
    session: Cost
    draw: Cost
    switch: Cost
    reject: Cost
    relabel: Cost
    adjust: Cost
    finish: Cost

    @property
    def costs(self) -> dict[str, Cost]:
        """By act, in the order of the work."""
        return {name: cost for name, cost in vars(self).items() if isinstance(cost, Cost)}


@dataclass(frozen=True)
class Work:
    """What one image asks for: classes of the boxes to draw, and how many of the model's are wrong in which way."""

    drawn: tuple[str, ...] = ()
    rejected: int = 0
    relabelled: int = 0
    adjusted: int = 0


def presses(way: Way, images: Sequence[Work], first_class: str) -> int:
    """The fewest presses for all images: boxes of a class are drawn together, the class that is set first."""
    total, current = way.session.presses, first_class
    for work in images:
        order = in_turn(work.drawn, current)
        switches = len(order) - (current in order)
        current = order[-1] if order else current
        total += len(work.drawn) * way.draw.presses + switches * way.switch.presses + way.finish.presses
        total += work.rejected * way.reject.presses + work.relabelled * way.relabel.presses
        total += work.adjusted * way.adjust.presses
    return total


def in_turn(classes: Sequence[str], current: str) -> list[str]:
    """The classes that occur, the one that is set first."""
    return sorted(set(classes), key=lambda name: (name != current, name))


_CVAT_SAVE = Cost(
    1, "Ctrl S; automatic saving is off at first", f"{CVAT_DOCS}/annotation-editor/navbar.md, settings.md"
)
_CVAT_NEXT = Cost(1, "F", f"{CVAT_DOCS}/annotation-editor/navbar.md; default key F: {CVAT}/issues/9447")
_CVAT_REJECT = Cost(
    1,
    "point at it, Del (one box at a time)",
    f"{CVAT_DOCS}/manual-annotation/shapes/shape-mode-basics.md; the key is counted in its favour; "
    f"selecting several is still asked for: {CVAT}/issues/2340",
)
_CVAT_RELABEL = Cost(
    1,
    "point at it, Ctrl and a digit",
    f"{CVAT}: cvat-ui/src/components/annotation-page/standard-workspace/objects-side-bar/labels-list.tsx",
)
_CVAT_ADJUST = Cost(1, "drag a corner", f"{CVAT_DOCS}/manual-annotation/shapes/shape-mode-basics.md")

CVAT_STANDARD = Way(
    "CVAT, standard",
    session=_CVAT_SAVE,
    draw=Cost(
        2,
        "N, then the opposite points (two clicks; counted as one drag in its favour)",
        f"{CVAT_DOCS}/manual-annotation/shapes/shape-mode-basics.md; N repeats the last drawing: {CVAT}/issues/9447",
    ),
    switch=Cost(
        1,
        "Ctrl and a digit, for the next drawn object",
        f"{CVAT}: cvat-ui/src/components/annotation-page/standard-workspace/objects-side-bar/labels-list.tsx",
    ),
    reject=_CVAT_REJECT,
    relabel=_CVAT_RELABEL,
    adjust=_CVAT_ADJUST,
    finish=_CVAT_NEXT,
)
CVAT_SINGLE_SHAPE = Way(
    "CVAT, single shape",
    session=_CVAT_SAVE,
    draw=Cost(
        1,
        "the opposite points (counted as one drag in its favour); the tool stays chosen",
        f"{CVAT_DOCS}/manual-annotation/modes/single-shape.md; several boxes: in its favour",
    ),
    switch=Cost(2, "open the label selector, choose", f"{CVAT_DOCS}/manual-annotation/modes/single-shape.md"),
    reject=_CVAT_REJECT,
    relabel=_CVAT_RELABEL,
    adjust=_CVAT_ADJUST,
    finish=_CVAT_NEXT,
)
MAKESENSE_AI = Way(
    "makesense.ai",
    session=Cost(0, "export at the end, not counted in its favour", f"{MAKESENSE}: docs/export.md"),
    draw=Cost(1, "drag; the label that is set is taken", f"{MAKESENSE}: src/logic/render/RectRenderEngine.ts"),
    switch=Cost(
        1,
        "Ctrl and a digit",
        f"{MAKESENSE}: docs/shortcuts.md; that it holds for the next box is counted in its favour",
    ),
    reject=Cost(2, "click its edge, Delete", f"{MAKESENSE}: docs/shortcuts.md (Delete takes the selected label)"),
    relabel=Cost(2, "click its edge, Ctrl and a digit", f"{MAKESENSE}: docs/shortcuts.md"),
    adjust=Cost(1, "drag a corner", f"{MAKESENSE}: src/logic/render/RectRenderEngine.ts"),
    finish=Cost(1, "Ctrl Right", f"{MAKESENSE}: docs/shortcuts.md"),
)
OURS = Way(
    "Boxloop",
    session=Cost(0, "nothing; every edit is saved by itself", "docs/guide.md, Label"),
    draw=Cost(1, "drag", "docs/guide.md, Label"),
    switch=Cost(
        1,
        "the digit of the class after its first box, which it changes; it holds for the next ones",
        "docs/guide.md, Label",
    ),
    reject=Cost(1, "point at it, X; several that lie together: one drag with the right button", "docs/guide.md, Label"),
    relabel=Cost(1, "point at it, Alt and the digit", "docs/guide.md, Label"),
    adjust=Cost(
        1,
        "drag a corner; where an own box lies on it, draw it anew, which gets the class that the model sees there",
        "docs/guide.md, Label",
    ),
    finish=Cost(1, "Enter; with a model's boxes Shift Enter, which accepts them", "docs/guide.md, Label"),
)
RIVALS = (CVAT_STANDARD, CVAT_SINGLE_SHAPE, MAKESENSE_AI)
