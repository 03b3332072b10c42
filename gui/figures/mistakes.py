"""A model's mistakes on some images, whole: enough for a page to show them at any threshold and IoU by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.measuring.box_columns import Found
from detector.measuring.error_costs import ErrorCosts, error_costs
from detector.measuring.error_kinds import error_kinds
from gui.figures.examining import Examined
from gui.packed_columns import packed

MOST = 1_000_000  # predictions that are given to a browser; beyond, the weakest are left out
Column = NDArray[Any]


def mistakes(examined: Examined, most: int = MOST) -> bytes:
    """What gui/components/error_browser reads, as gui.packed_columns lays it out.

    The head: `model`, `images` (their `id`, `name`, `width` and `height` as lists), `classes` (ids by label), `ious`,
    `costs` (by IoU the `ap` and a list of what each kind costs, by the numbers of error_kinds.MistakeKind), `least`
    (the score from which predictions are given; 0 where all are), `unseen` and `by_models` as in Examined.

    The columns, with N predictions, M truths, I images and T IoUs: `first`, `truth_first` [I + 1] where the rows of an
    image begin; `box` [N, 4], `label`, `score` [N], `truth_box` [M, 4], `truth_label` [M]; and those of ErrorKinds but
    `matched`, which `found_by` tells as well.
    """
    costs = error_costs(examined.truths, examined.found, len(examined.labels))
    least = _least_score(examined.found, most)
    found = examined.found.where(examined.found.score >= least) if least else examined.found
    truths, images = examined.truths, examined.images
    kinds = error_kinds(truths, found)
    head = {
        "model": examined.model.id,
        "images": {
            "id": [image.id for image in images],
            "name": [image.name for image in images],
            "width": [image.size.width for image in images],
            "height": [image.size.height for image in images],
        },
        "classes": examined.labels.ids,
        "ious": kinds.ious.tolist(),
        "costs": [_told(one) for one in costs],
        "least": least,
        "unseen": examined.unseen,
        "by_models": examined.by_models,
    }
    columns: dict[str, Column] = {
        "first": _starts(found.image, len(images)),
        "truth_first": _starts(truths.image, len(images)),
        "box": found.box.astype(np.float32),
        "label": found.label.astype(np.uint16),
        "score": found.score.astype(np.float32),
        "truth_box": truths.box.astype(np.float32),
        "truth_label": truths.label.astype(np.uint16),
        "kind": kinds.kind,
        "same_truth": kinds.same_truth,
        "cross_truth": kinds.cross_truth,
        "found_by": kinds.found_by,
        "covered_by": kinds.covered_by,
    }
    return packed(head, columns)


def _least_score(found: Found, most: int) -> float:
    """The score from which there are at most so many predictions, 0 for all; what is given stays of the same kind."""
    if len(found) <= most:
        return 0.0
    return float(np.nextafter(np.partition(found.score, -most - 1)[-most - 1], 1.0))


def _told(one: ErrorCosts) -> dict[str, Any]:
    return {"ap": one.ap, "by_kind": {int(kind): cost for kind, cost in one.by_kind.items()}}


def _starts(image: NDArray[np.int32], images: int) -> Column:
    return np.searchsorted(image, np.arange(images + 1)).astype(np.uint32)
