"""What a suspect is: a label, or the want of one, that is probably wrong, and why it is thought so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
NONE = -1  # in a column of rows: there is none


class ErrorKind(StrEnum):
    """What is thought to be wrong."""

    MISSING = "missing"  # the model is sure of an object, and no label stands there
    SPURIOUS = "spurious"  # a label, and the model sees nothing there
    PLACED = "placed"  # the model sees the object, but its box lies otherwise
    CLASS = "class"  # the model sees an object of another class there
    TWICE = "twice"  # two labels on one object
    SIZE = "size"  # far larger, smaller, wider or taller than others of its class
    TWIN = "twin"  # a label that the same picture, which is there twice, has only once


KINDS = tuple(ErrorKind)


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """Suspects as columns, the likeliest first.

    Attributes:
        kind: [N] index into KINDS.   probability: [N] that something is wrong there, 0..1.   image: [N] its place.
        truth: [N] row of the label in question, NONE for what has none.
        found: [N] row of the prediction that speaks against it, NONE where none does.
        other: [N] row of another label: that on the same object, or that of the other picture; else NONE.
    """

    kind: NDArray[np.int8]
    probability: NDArray[np.float64]
    image: NDArray[np.int32]
    truth: Rows
    found: Rows
    other: Rows

    def __len__(self) -> int:
        return len(self.kind)

    @classmethod
    def alike(
        cls,
        kind: ErrorKind,
        probability: NDArray[np.float64],
        image: NDArray[np.int32],
        *,
        truth: Rows | None = None,
        found: Rows | None = None,
        other: Rows | None = None,
    ) -> Suspects:
        """All of one kind."""
        kinds = np.full(len(image), KINDS.index(kind), np.int8)
        none = np.full(len(image), NONE, np.int64)
        given = (none if column is None else column for column in (truth, found, other))
        return cls(kinds, probability, image, *given)

    @classmethod
    def together(cls, parts: list[Suspects]) -> Suspects:
        """All of them, the likeliest first."""
        columns = ("kind", "probability", "image", "truth", "found", "other")
        joined = cls(*(np.concatenate([getattr(part, column) for part in parts]) for column in columns))
        return joined.rows(np.argsort(-joined.probability, kind="stable"))

    def rows(self, kept: NDArray[np.bool_] | Rows) -> Suspects:
        """Those that `kept`, a mask or indices, names."""
        columns = (self.probability[kept], self.image[kept], self.truth[kept], self.found[kept], self.other[kept])
        return Suspects(self.kind[kept], *columns)
