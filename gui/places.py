"""Which files and folders of this machine a request may name, and what they really are once all links are followed."""

from __future__ import annotations

from pathlib import Path

from gui.messages import BadRequest, NotAllowed
from gui.settings import Settings


def named_place(named: str | Path, settings: Settings) -> Path:
    """The absolute path that was meant. Whether there is anything is looked at only where that may be known.

    Raises:
        NotAllowed: somebody must log in here, and the place lies under none of the roots named at start.
        BadRequest: no path can look like this.
    """
    try:
        place = Path(named).expanduser().resolve()
        place.exists()  # says now what would be said later: too long, a zero byte, half a character
    except (OSError, ValueError, RuntimeError) as error:
        raise BadRequest(f"There can be no {str(named)[:80]!r} on this machine.") from error
    if settings.auth_file is None:
        return place  # whoever can ask sits at this machine
    if not any(place.is_relative_to(root.expanduser().resolve()) for root in settings.import_roots):
        raise NotAllowed(f"This server does not read from {place}. Start it with --import-root to allow a folder.")
    return place


def named_file(named: str | Path, settings: Settings) -> Path:
    """As `named_place`, and a file. Raises as that does."""
    place = named_place(named, settings)
    if not place.is_file():
        raise BadRequest(f"There is no file {place} on this machine.")
    return place
