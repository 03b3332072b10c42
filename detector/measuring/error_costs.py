"""How much average precision each kind of mistake costs, after TIDE (Bolya et al. 2020, arXiv 2008.08115, section 3.2).

Computed by hotcoco, as COCO does: of each class the best 100 boxes of a picture count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hotcoco import COCO, COCOeval

from detector.measuring.box_columns import Found, Truths
from detector.measuring.error_kinds import BACKGROUND_IOU, IOUS, MistakeKind
from detector.measuring.pairing import xywh

_NAMES = {
    "Cls": MistakeKind.WRONG_CLASS,
    "Loc": MistakeKind.BADLY_PLACED,
    "Both": MistakeKind.BOTH,
    "Dupe": MistakeKind.DUPLICATE,
    "Bkg": MistakeKind.BACKGROUND,
    "Miss": MistakeKind.MISSED,
}


@dataclass(frozen=True, slots=True)
class ErrorCosts:
    """At one IoU: the AP as it is, and by how much it would rise if all mistakes of a kind were put right.

    Each kind is looked at alone, so that the gains do not add up to what is lacking.
    """

    iou: float
    ap: float
    by_kind: dict[MistakeKind, float]


def error_costs(truths: Truths, found: Found, classes: int, ious: Sequence[float] = IOUS) -> list[ErrorCosts]:
    """What the kinds cost at each of COCO's IoUs that is asked for.

    Args:
        classes: how many there are; the labels are 0..classes-1.

    Returns:
        One for each IoU; none where there is no truth, as there is no precision to lose then.
    """
    if not len(truths):
        return []
    pictures = 1 + max(int(column.max()) for column in (truths.image, found.image) if len(column))
    images = [{"id": place + 1} for place in range(pictures)]
    categories = [{"id": label + 1, "name": str(label)} for label in range(classes)]
    truth = COCO.from_arrays(images, categories, truths.image + 1, truths.label + 1, xywh(truths.box))
    rows = np.column_stack([found.image + 1.0, xywh(found.box), found.score, found.label + 1.0])
    run = COCOeval(truth, truth.load_res(rows), "bbox")
    run.evaluate()
    return [_at(run, iou) for iou in ious]


def _at(run: COCOeval, iou: float) -> ErrorCosts:
    told = run.tide_errors(iou, BACKGROUND_IOU)
    return ErrorCosts(iou, told["ap_base"], {kind: told["delta_ap"][name] for name, kind in _NAMES.items()})
