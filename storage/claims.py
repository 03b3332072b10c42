"""Images that one page has for itself for a while, so that "the next free image" never goes to two people.

A claim keeps nobody from opening or saving an image: the revision protects what is saved. It only says who is at it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, false, insert, select, update

from storage.clock import now
from storage.engine import Database
from storage.image_filter import ImageFilter, ImageOrder
from storage.image_pages import as_stored, place_of
from storage.image_query import Condition, beyond, matching, not_in_queue, ordered
from storage.lookups import need_project
from storage.records import ImageState
from storage.tables import ClaimRow, ImageRow

HELD_FOR = timedelta(minutes=2)  # without a sign of the page
TO_LABEL = (ImageState.NEW, ImageState.IN_PROGRESS)


class Walk(NamedTuple):
    """The images that a page goes through."""

    wanted: ImageFilter
    order: ImageOrder


class ClaimStore:
    """Who has which image. A claim that has run out is nobody's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take_next(
        self,
        project_id: int,
        *,
        page: str,
        author: str = "",
        current: int | None = None,
        open_elsewhere: Collection[int] = (),
        walk: Walk | None = None,
    ) -> int | None:
        """Claim the next image to label that no other page has; no two pages get the same.

        New ones come first, then those in progress that the author saved last, then any in progress; each by id from
        `current` on, and then from the first, so that asking again and again comes round to all. Of the page's earlier
        claims only that of `current` stays.

        On a walk they come in its order instead: those after `current` that its filter lets through, and if it names no
        state only those to label; then from its start those to label.

        Args:
            page: whose claim it is.
            current: the image that the page shows; it keeps that one, and is not given it again.
            open_elsewhere: images that others look at without having asked for them; they are passed over.
            walk: the filter and order that the page goes through; None for the whole project.

        Returns:
            The id of the image, None where nothing is left to label.

        Raises:
            NotFound: there is no such project.
        """
        but = sorted(open_elsewhere)
        while True:
            # looked for while others may write: in an order without an index it takes a while
            with self._database.reading() as connection:
                need_project(connection, project_id)
                free = _free(page, now(connection), but)
                if walk is None:
                    found = _next_in_project(connection, project_id, author, current or 0, free)
                else:
                    found = _next_on_walk(connection, project_id, walk, current, free)
            if self._claim(found, page, author, current):
                return found

    def _claim(self, wanted: int | None, page: str, author: str, current: int | None) -> bool:
        """Give a page an image besides the one that it shows, for what it had; False where another was quicker."""
        with self._database.transaction() as connection:
            moment = now(connection)
            connection.execute(delete(ClaimRow).where(ClaimRow.until <= moment))
            mine = delete(ClaimRow).where(ClaimRow.page == page)
            connection.execute(mine if current is None else mine.where(ClaimRow.image_id != current))
            if wanted is None:
                return True
            if connection.scalar(select(ClaimRow.image_id).where(ClaimRow.image_id == wanted)) is not None:
                return False
            values = {"image_id": wanted, "page": page, "author": author, "until": moment + HELD_FOR}
            connection.execute(insert(ClaimRow).values(values))
            return True

    def renew(self, page: str, image_ids: Collection[int]) -> list[int]:
        """Hold on to some claims of a page, and let go of its others. Returns those that it still has, ascending."""
        with self._database.transaction() as connection:
            theirs = ClaimRow.page == page
            connection.execute(delete(ClaimRow).where(theirs, ClaimRow.image_id.not_in(sorted(image_ids))))
            connection.execute(update(ClaimRow).where(theirs).values(until=now(connection) + HELD_FOR))
            return list(connection.scalars(select(ClaimRow.image_id).where(theirs).order_by(ClaimRow.image_id)))

    def release(self, page: str) -> None:
        """Let go of everything that a page has."""
        with self._database.transaction() as connection:
            connection.execute(delete(ClaimRow).where(ClaimRow.page == page))

    def holder(self, image_id: int, *, besides: str = "") -> str | None:
        """Who has an image on another page than `besides`; None where nobody has. "" is somebody without a login."""
        with self._database.reading() as connection:
            return _holder(connection, image_id, besides)


def _next_in_project(connection: Connection, project_id: int, author: str, after: int, free: Condition) -> int | None:
    for condition in _order_of_work(author):
        left = matching(project_id, ImageFilter()).where(condition, free).order_by(ImageRow.id)
        for part in (ImageRow.id > after, ImageRow.id < after):
            found: int | None = connection.scalar(left.where(part).limit(1))
            if found is not None:
                return found
    return None


def _next_on_walk(
    connection: Connection, project_id: int, walk: Walk, current: int | None, free: Condition
) -> int | None:
    wanted, order = as_stored(connection, walk.wanted), walk.order
    left = ordered(matching(project_id, wanted).where(free), order, wanted.model_id).limit(1)
    to_label = left.where(ImageRow.state.in_([state.value for state in TO_LABEL]))
    found: int | None = None
    if current is not None and connection.scalar(select(ImageRow.id).where(ImageRow.id == current)):
        place = place_of(connection, current, order, wanted.model_id)
        names_states = wanted.states or wanted.nothing_here
        after = left if names_states else to_label
        if not_in_queue(order, place):
            after = after.where(false())  # the queue was made anew since, and is begun from its top
        found = connection.scalar(after.where(beyond(order, place, wanted.model_id)))
        to_label = to_label.where(ImageRow.id != current)
    return connection.scalar(to_label) if found is None else found


def _free(page: str, moment: datetime, but: Sequence[int]) -> Condition:
    """Claimed by no other page, and not one of these."""
    taken = select(ClaimRow.image_id).where(ClaimRow.page != page, ClaimRow.until > moment)
    return and_(ImageRow.id.not_in(taken), ImageRow.id.not_in(but))


def _holder(connection: Connection, image_id: int, besides: str) -> str | None:
    live = and_(ClaimRow.image_id == image_id, ClaimRow.page != besides, ClaimRow.until > now(connection))
    author: str | None = connection.scalar(select(ClaimRow.author).where(live))
    return author


def _order_of_work(author: str) -> tuple[Condition, ...]:
    in_progress = ImageRow.state == ImageState.IN_PROGRESS.value
    return (
        ImageRow.state == ImageState.NEW.value,
        and_(in_progress, ImageRow.saved_by == author),
        in_progress,
    )
