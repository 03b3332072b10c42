"""How many mistakes of each kind there are, counted on the server, to hold counts of others against."""

from __future__ import annotations

import numpy as np

from detector.measuring.box_columns import Found
from detector.measuring.error_kinds import ErrorKinds, MistakeKind

TIDE = {  # hotcoco's names of the kinds
    "Cls": MistakeKind.WRONG_CLASS,
    "Loc": MistakeKind.BADLY_PLACED,
    "Both": MistakeKind.BOTH,
    "Dupe": MistakeKind.DUPLICATE,
    "Bkg": MistakeKind.BACKGROUND,
    "Miss": MistakeKind.MISSED,
}


def kind_counts(kinds: ErrorKinds, row: int, found: Found, threshold: float = 0.0) -> dict[MistakeKind, int]:
    """Of the predictions from the threshold up, and of the truths that are missed then."""
    by_kind = np.bincount(kinds.kind[row][found.score >= threshold], minlength=len(MistakeKind)).tolist()
    by_kind[MistakeKind.MISSED] = int(kinds.missed(row, found, threshold).sum())
    return {kind: by_kind[kind] for kind in MistakeKind}
