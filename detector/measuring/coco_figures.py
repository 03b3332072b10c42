"""COCO's twelve figures from columns, by hotcoco; a test holds them equal to pycocotools within 1e-6."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hotcoco import COCO, COCOeval
from numpy.typing import NDArray

from detector.domain import ImageSize, LabelSet
from detector.measuring.box_columns import Found, Truths
from detector.measuring.pairing import xywh

Real = NDArray[np.float64]
LIMIT = 100  # boxes of a class in an image that COCO looks at, the best ones

# Axes of hotcoco's arrays: precision [iou, recall, class, area, limit], recall [iou, class, area, limit].
_IOU_50, _IOU_75 = 0, 5  # of 0.50, 0.55 .. 0.95
_ALL, _SMALL, _MEDIUM, _LARGE = range(4)
_LIMIT_1, _LIMIT_10, _LIMIT_100 = range(3)


@dataclass(frozen=True, slots=True)
class Figures:
    """COCO's figures in 0..1; None where no true box of that kind was there to be found.

    Attributes:
        ap: mean over IoU 0.50:0.95.  ap50, ap75: at IoU 0.50 and 0.75.
        ap_small, ap_medium, ap_large: of boxes under 32x32 pixels of the picture, up to 96x96, and over.
        ar1, ar10, ar100: mean recall over the same IoUs with at most so many boxes of a class in an image.
        ar_small, ar_medium, ar_large: with at most 100, by size.
    """

    ap: float | None
    ap50: float | None
    ap75: float | None
    ap_small: float | None
    ap_medium: float | None
    ap_large: float | None
    ar1: float | None
    ar10: float | None
    ar100: float | None
    ar_small: float | None
    ar_medium: float | None
    ar_large: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Accumulated:
    """What the figures are read off.

    Attributes:
        precision, scores: [10 IoUs, 101 recalls, K, 4 areas, 3 limits].   recall: [10, K, 4, 3].
            -1 where nothing was to be found.
    """

    precision: Real
    recall: Real
    scores: Real

    def figures(self, label: int | None = None) -> Figures:
        """Of one class, or of all that have true boxes."""
        of = slice(None) if label is None else slice(label, label + 1)
        p, r = self.precision[:, :, of], self.recall[:, of]
        return Figures(
            ap=_mean(p[..., _ALL, _LIMIT_100]),
            ap50=_mean(p[_IOU_50, ..., _ALL, _LIMIT_100]),
            ap75=_mean(p[_IOU_75, ..., _ALL, _LIMIT_100]),
            ap_small=_mean(p[..., _SMALL, _LIMIT_100]),
            ap_medium=_mean(p[..., _MEDIUM, _LIMIT_100]),
            ap_large=_mean(p[..., _LARGE, _LIMIT_100]),
            ar1=_mean(r[..., _ALL, _LIMIT_1]),
            ar10=_mean(r[..., _ALL, _LIMIT_10]),
            ar100=_mean(r[..., _ALL, _LIMIT_100]),
            ar_small=_mean(r[..., _SMALL, _LIMIT_100]),
            ar_medium=_mean(r[..., _MEDIUM, _LIMIT_100]),
            ar_large=_mean(r[..., _LARGE, _LIMIT_100]),
        )

    def curve(self, label: int) -> tuple[Real, Real]:
        """[101] precision and score at recalls 0, 0.01 .. 1 of one class at IoU 0.5."""
        return (
            self.precision[_IOU_50, :, label, _ALL, _LIMIT_100],
            self.scores[_IOU_50, :, label, _ALL, _LIMIT_100],
        )


def accumulate(truths: Truths, found: Found, sizes: Sequence[ImageSize], labels: LabelSet) -> Accumulated:
    """Pair what was found with what is true at every IoU, area and limit of COCO. There has to be a class."""
    images: list[dict[str, Any]] = [{"id": i, "width": s.width, "height": s.height} for i, s in enumerate(sizes, 1)]
    classes: list[dict[str, Any]] = [{"id": k, "name": name} for k, name in enumerate(labels.names, 1)]
    truth = COCO.from_arrays(images, classes, truths.image + 1, truths.label + 1, xywh(truths.box))
    columns = (found.image + 1.0, *xywh(found.box).T, found.score, found.label + 1.0)
    run = COCOeval(truth, truth.load_res(np.stack(columns, axis=1)), "bbox")
    run.evaluate()
    run.accumulate()
    arrays = run.eval
    if arrays is None:
        raise RuntimeError("hotcoco accumulated nothing")
    return Accumulated(*(np.asarray(arrays[name], np.float64) for name in ("precision", "recall", "scores")))


def _mean(values: Real) -> float | None:
    """Mean of what is not -1, as in pycocotools; None where nothing is left."""
    known = values[values > -1]
    return float(known.mean()) if known.size else None
