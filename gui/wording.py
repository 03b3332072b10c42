"""How numbers, times and sizes are said. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 image`, `2,341 boxes`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def about(seconds: float) -> str:
    """A guess as a person says it: `about 20 s`, `about 3 min`, `about 2 h`."""
    if seconds < 55:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    if seconds < 55 * 60:
        return f"about {round(seconds / 60)} min"
    hours = round(seconds / 1800) / 2
    return f"about {hours:g} h"


def took(seconds: float) -> str:
    """A measured time: `12 s`, `3 min 20 s`, `1 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = whole % 3600 // 60
    return f"{whole // 3600} h {minutes} min" if minutes else f"{whole // 3600} h"


def size(number: int) -> str:
    """Bytes as disks are sold: `812 kB`, `1.4 GB`."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if unit in ("B", "kB") or value >= 99.5 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def share(part: float) -> str:
    """Of 1: `34 %`; what is neither nothing nor all is not rounded to it."""
    whole = round(100 * part)
    return f"{whole if part in (0, 1) else min(max(whole, 1), 99)} %"


def joined(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
