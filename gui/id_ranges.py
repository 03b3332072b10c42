"""Many ids as little text: `3-500,502`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def as_ranges(ids: Iterable[int]) -> str:
    """Ascending ids as text."""
    ranges: list[list[int]] = []
    for one in ids:
        if ranges and one == ranges[-1][1] + 1:
            ranges[-1][1] = one
        else:
            ranges.append([one, one])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


def from_ranges(text: str) -> Iterator[int]:
    """What `as_ranges` wrote."""
    for part in filter(None, text.split(",")):
        low, _, high = part.partition("-")
        yield from range(int(low), int(high or low) + 1)
