"""What a class may look like and be called by: colours and keys, checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from storage.errors import InvalidValue

# Chosen to differ in hue or lightness from their neighbours and to stand out on photographs, most distinct ones first.
PALETTE = (
    "#e6194b", "#3cb44b", "#4363d8", "#ffe119", "#f58231", "#911eb4", "#42d4f4", "#f032e6", "#bfef45", "#008080",
    "#fabed4", "#9a6324", "#dcbeff", "#800000", "#aaffc3", "#808000", "#ffd8b1", "#1f3a93", "#ff9f80", "#708090",
)  # fmt: skip
COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def next_color(used: Sequence[str]) -> str:
    """The colour that is used least so far."""
    return min(PALETTE, key=lambda color: (used.count(color), PALETTE.index(color)))


def checked_color(color: str) -> str:
    """Raises InvalidValue for what is not "#rrggbb"."""
    if not COLOR.fullmatch(color):  # it is written into a page's style
        raise InvalidValue(f'a colour looks like "#1f77b4", got {color[:40]!r}')
    return color.lower()


def checked_hotkey(key: str) -> str:
    """One character that a key types without Ctrl or Alt, in lower case. Raises InvalidValue for anything else."""
    cleaned = unicodedata.normalize("NFC", key).lower()
    if len(cleaned) != 1 or cleaned.isspace() or not cleaned.isprintable():
        raise InvalidValue(f"the key of a class is one letter, digit or sign, got {key[:40]!r}")
    return cleaned
