"""Boxes of a model as bytes: little-endian records of 24 bytes, as exact as the network's float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detector.domain import Box
from storage.records import StoredPrediction

RECORD = np.dtype([("class_id", "<i4"), ("box", "<f4", (4,)), ("score", "<f4")])
BINS = 100
HISTOGRAM = np.dtype([("class_id", "<i4"), ("bins", "<i8", (BINS,))])


def pack(predictions: Sequence[StoredPrediction]) -> bytes:
    """Records of class id, x1, y1, x2, y2 in pixels and score, best score first."""
    records = np.zeros(len(predictions), RECORD)
    for record, prediction in zip(records, predictions, strict=True):
        record["class_id"] = prediction.class_id
        record["box"] = prediction.box.as_tuple()
        record["score"] = prediction.score
    _keep_areas(records["box"])
    return records[np.argsort(-records["score"], kind="stable")].tobytes()


def unpack(packed: bytes) -> tuple[StoredPrediction, ...]:
    """What `pack` packed."""
    records = np.frombuffer(packed, RECORD)
    rows = zip(records["class_id"].tolist(), records["box"].tolist(), records["score"].tolist(), strict=True)
    return tuple(StoredPrediction(class_id, Box(*box), score) for class_id, box, score in rows)


def _keep_areas(boxes: NDArray[np.float32]) -> None:
    """Widen, by the smallest step, boxes [N, 4] whose sides became one number by rounding; they stay in the picture."""
    for low, high in ((0, 2), (1, 3)):
        flat = boxes[:, low] >= boxes[:, high]
        boxes[flat, low] = np.maximum(np.nextafter(boxes[flat, low], np.float32(-np.inf)), 0.0)
        still = boxes[:, low] >= boxes[:, high]  # only at 0
        boxes[still, high] = np.nextafter(boxes[still, low], np.float32(np.inf))


class Histogram:
    """Counts of scores in 100 bins for each class id."""

    def __init__(self) -> None:
        self._bins: dict[int, NDArray[np.int64]] = {}

    def add(self, packed: bytes, times: int) -> None:
        """Count packed predictions in (`times` = 1) or out (-1)."""
        records = np.frombuffer(packed, RECORD)
        places = np.minimum(np.floor(records["score"].astype(np.float64) * BINS), BINS - 1).astype(np.int64)
        for class_id in np.unique(records["class_id"]).tolist():
            counts = np.bincount(places[records["class_id"] == class_id], minlength=BINS)
            self._bins[class_id] = self._bins.get(class_id, np.zeros(BINS, np.int64)) + times * counts

    def add_all(self, other: Histogram | None, times: int) -> None:
        """Count what another one counted in or out; None counted nothing."""
        for class_id, bins in (other._bins if other else {}).items():
            self._bins[class_id] = self._bins.get(class_id, np.zeros(BINS, np.int64)) + times * bins

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.bins() == other.bins()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def bins(self) -> dict[int, tuple[int, ...]]:
        """The counts by class id, without classes of which nothing is left."""
        return {class_id: tuple(bins.tolist()) for class_id, bins in sorted(self._bins.items()) if bins.any()}

    def to_bytes(self) -> bytes:
        """Records of class id and 100 counts, little-endian."""
        records = np.zeros(len(self._bins), HISTOGRAM)
        for record, (class_id, bins) in zip(records, sorted(self._bins.items()), strict=True):
            record["class_id"] = class_id
            record["bins"] = bins
        return records.tobytes()

    @classmethod
    def from_bytes(cls, packed: bytes) -> Self:
        """What `to_bytes` wrote."""
        histogram = cls()
        for record in np.frombuffer(packed, HISTOGRAM):
            histogram._bins[int(record["class_id"])] = record["bins"].astype(np.int64)
        return histogram
