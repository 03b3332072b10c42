"""Pages of images behind a filter in an order: by cursor, for who goes through all, and by place, for a scroll bar."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, select

from storage import class_aliases
from storage.clock import EPOCH, MILLISECOND, Moment
from storage.engine import Database
from storage.errors import InvalidValue
from storage.image_filter import ImageFilter, ImageOrder, Selection
from storage.image_lists import Asked, ImageList, ImageLists
from storage.image_query import beyond, matching, not_in_queue, ordered, sort_key
from storage.image_rows import to_image
from storage.lookups import chunks, need_image, need_project
from storage.records import BegunList, GridBox, ImagePage, ListedPage, Neighbours, StoredImage
from storage.tables import AnnotationRow, ImageRow

LARGEST_PAGE = 1000
MOST_DRAWN = 300  # boxes on one thumbnail; more cannot be told apart there
EVERYTHING, BY_ID = ImageFilter(), ImageOrder()


class ImagePages:
    """Reading only. Methods raise NotFound for a project or an image that is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lists = ImageLists()

    def page(
        self,
        project_id: int,
        wanted: ImageFilter = EVERYTHING,
        order: ImageOrder = BY_ID,
        *,
        after: str | None = None,
        limit: int = 100,
    ) -> ImagePage:
        """The images that follow a cursor; what is added or deleted meanwhile never shifts the pages.

        Args:
            after: the `next_cursor` of a page of the same filter and order; None for the first page.
            limit: how many at most, 1..1000.

        Raises:
            InvalidValue: the cursor was not made for this order.
        """
        limit = max(1, min(limit, LARGEST_PAGE))
        place = read_cursor(after, order) if after is not None else None
        with self._database.reading() as connection:
            need_project(connection, project_id)
            wanted = as_stored(connection, wanted)
            matched = matching(project_id, wanted)
            total = self._lists.total(connection, project_id, wanted)
            following = matched if place is None else matched.where(beyond(order, place, wanted.model_id))
            ids = list(connection.scalars(ordered(following, order, wanted.model_id).limit(limit + 1)))
            items = _in_order(connection, ids[:limit])
            more = place_of(connection, ids[limit - 1], order, wanted.model_id) if len(ids) > limit else None
        return ImagePage(tuple(items), None if more is None else write_cursor(more), total)

    def listed(
        self,
        project_id: int,
        wanted: ImageFilter = EVERYTHING,
        order: ImageOrder = BY_ID,
        *,
        first: int = 0,
        limit: int = 100,
        token: str | None = None,
        around: int | None = None,
    ) -> ListedPage:
        """The images from the place `first` (from 0) on; any place costs the same.

        Args:
            around: id of an image that is wanted in the middle, whatever `first` says, if the list has it.
            token: of the page before: the places mean what they meant there, as long as the list is remembered.
                What has left it for good, or has gone to the bin meanwhile, is None at its place.
        """
        with self._database.reading() as connection:
            need_project(connection, project_id)
            found = self._lists.get(connection, (project_id, as_stored(connection, wanted), order), token)
            middle = found.place(around) if around is not None else None
            first = max(0, first if middle is None else middle - limit // 2)
            ids = found.ids[first : first + max(1, min(limit, LARGEST_PAGE))].tolist()
            rows = _by_id(connection, ids)
        items = tuple(_unless_moved(rows.get(image_id), wanted) for image_id in ids)
        return ListedPage(items, first, len(found.ids), found.token)

    def begin(
        self, project_id: int, wanted: ImageFilter = EVERYTHING, order: ImageOrder = BY_ID, *, limit: int = 100
    ) -> BegunList:
        """The first images without waiting for the list, which `listed` makes: an index leads to them sooner."""
        limit = max(1, min(limit, LARGEST_PAGE))
        with self._database.reading() as connection:
            need_project(connection, project_id)
            found = self._lists.begin(connection, (project_id, as_stored(connection, wanted), order), limit)
            whole = found if isinstance(found, ImageList) else None
            ids = found.ids[:limit].tolist() if isinstance(found, ImageList) else found
            rows = _by_id(connection, ids)
        items = tuple(_unless_moved(rows.get(image_id), wanted) for image_id in ids)
        return BegunList(items, None if whole is None else len(whole.ids), None if whole is None else whole.token)

    def ids_between(self, asked: Asked, first: int, last: int, token: str | None = None) -> list[int]:
        """The ids at the places `first` to `last`, both included."""
        with self._database.reading() as connection:
            project_id, wanted, order = asked
            need_project(connection, project_id)
            stored = (project_id, as_stored(connection, wanted), order)
            ids: list[int] = self._lists.get(connection, stored, token).ids[max(0, first) : last + 1].tolist()
            return ids

    def beside(
        self, image_id: int, wanted: ImageFilter, order: ImageOrder, token: str | None = None
    ) -> tuple[Neighbours, str]:
        """The images before and after one in the list of that filter and order, and the list's token.

        An image that is not (or no longer) let through stands between those that it would stand between; its position
        is that of the one before it. Images that have gone to the bin since the list was made are passed over. Where
        the queue that orders the list was made anew since, the new one is begun from its top.
        """
        with self._database.reading() as connection:
            image = need_image(connection, image_id, deleted=wanted.deleted)
            wanted = as_stored(connection, wanted)
            found = self._lists.get(connection, (image.project_id, wanted, order), token, follow=True)
            place = found.place(image_id)
            if place is None:
                return _between(connection, image_id, image.project_id, wanted, order, found), found.token
            before = _first_there(connection, found.ids[max(0, place - FAR) : place][::-1].tolist(), wanted)
            after = _first_there(connection, found.ids[place + 1 : place + 1 + FAR].tolist(), wanted)
            return Neighbours(before, after, place + 1, len(found.ids)), found.token

    def chosen(self, selection: Selection) -> list[int]:
        """The ids of a selection, ascending; those that the project does not have are left out."""
        with self._database.reading() as connection:
            need_project(connection, selection.project_id)
            if selection.wanted is not None:
                wanted = as_stored(connection, selection.wanted)
                query = matching(selection.project_id, wanted).order_by(ImageRow.id)
                return [image_id for image_id in connection.scalars(query) if image_id not in selection.but]
            found: list[int] = []
            for part in chunks(sorted(set(selection.ids) - selection.but)):
                theirs = (ImageRow.project_id == selection.project_id, ImageRow.id.in_(part))
                found += connection.scalars(select(ImageRow.id).where(*theirs).order_by(ImageRow.id))
            return found

    def count(self, project_id: int, wanted: ImageFilter) -> int:
        """How many images a filter lets through."""
        with self._database.reading() as connection:
            need_project(connection, project_id)
            return self._lists.total(connection, project_id, as_stored(connection, wanted))

    def people(self, project_id: int) -> list[str]:
        """Who saved the newest revision of any image, those in the bin included; "" for who did not have to log in."""
        found: list[str] = []
        theirs = select(func.min(ImageRow.saved_by)).where(ImageRow.project_id == project_id)
        with self._database.reading() as connection:
            need_project(connection, project_id)
            name = connection.execute(theirs).scalar()
            while name is not None:  # from name to name along the index, rather than over all images
                found.append(name)
                name = connection.execute(theirs.where(ImageRow.saved_by > name)).scalar()
        return sorted(found, key=str.casefold)

    def boxes_on(self, image_ids: Iterable[int]) -> dict[int, list[GridBox]]:
        """People's boxes as a thumbnail needs them, at most 300 an image; images without any are left out."""
        found: dict[int, list[GridBox]] = {}
        row = AnnotationRow
        with self._database.reading() as connection:
            aliases = class_aliases.read(connection)
            for part in chunks(list(image_ids)):
                query = select(row.image_id, row.class_id, row.x1, row.y1, row.x2, row.y2)
                # all at once: a page has a thousand of them, and asking the driver for each costs as much
                rows = connection.execute(query.where(row.image_id.in_(part))).all()
                for image_id, class_id, x1, y1, x2, y2 in rows:
                    drawn = found.setdefault(image_id, [])
                    if len(drawn) < MOST_DRAWN:
                        drawn.append(GridBox(aliases.shown(class_id), x1, y1, x2, y2))
        return found


FAR = 50  # places looked at for a neighbour that has not gone to the bin


def as_stored(connection: Connection, wanted: ImageFilter) -> ImageFilter:
    """The filter with all classes that are seen as one of its classes."""
    if not wanted.class_ids:
        return wanted
    aliases = class_aliases.read(connection)
    return replace(wanted, class_ids=frozenset(i for c in wanted.class_ids for i in aliases.family(c)))


def read_cursor(cursor: str, order: ImageOrder) -> tuple[Any, int]:
    """A place (key, id) from what `write_cursor` wrote. Raises InvalidValue."""
    try:
        if cursor.isascii() and cursor.isdigit() and len(cursor) < 19:
            key, image_id = None, int(cursor)
        else:
            key, image_id = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        fits = (key is None) == (sort_key(order) is None) and isinstance(key, str | int | float | None)
        if not fits or not isinstance(image_id, int):
            raise ValueError
    except (ValueError, UnicodeEncodeError, binascii.Error, TypeError) as error:
        raise InvalidValue(f"{cursor[:40]!r} is not a place in the list of images; load the list anew") from error
    if key is not None and isinstance(sort_key(order).type, Moment):
        key = EPOCH + int(key) * MILLISECOND
    return key, image_id


def write_cursor(place: tuple[Any, int]) -> str:
    """A place as text that means nothing to anybody else; by id alone it is the id."""
    key, image_id = place
    if key is None:
        return str(image_id)
    told = (key - EPOCH) // MILLISECOND if hasattr(key, "tzinfo") else key
    return base64.urlsafe_b64encode(json.dumps([told, image_id]).encode()).decode("ascii")


def place_of(connection: Connection, image_id: int, order: ImageOrder, model_id: int | None) -> tuple[Any, int]:
    """Where an image that is there stands in an order: its key (None by id alone) and its id."""
    key = sort_key(order, model_id)
    if key is None:
        return None, image_id
    return connection.execute(select(key).where(ImageRow.id == image_id)).scalar_one(), image_id


def _between(
    connection: Connection, image_id: int, project_id: int, wanted: ImageFilter, order: ImageOrder, found: ImageList
) -> Neighbours:
    place = place_of(connection, image_id, order, wanted.model_id)
    if not_in_queue(order, place):
        place = (-1, 0)  # before the first, so that whoever goes on from it is led to what matters most
    sides = []
    for backwards in (True, False):
        there = matching(project_id, wanted).where(beyond(order, place, wanted.model_id, backwards=backwards))
        there = ordered(there, order, wanted.model_id, backwards=backwards)
        sides.append(connection.execute(there.limit(1)).scalar())
    before, after = sides
    position = 0 if before is None else (found.place(before) or 0) + 1
    return Neighbours(before, after, position, len(found.ids))


def _first_there(connection: Connection, ids: Sequence[int], wanted: ImageFilter) -> int | None:
    rows = _by_id(connection, ids[:2]) if ids else {}  # nearly always one of the two next ones
    if ids and not any(_unless_moved(row, wanted) for row in rows.values()):
        rows = _by_id(connection, ids)
    return next((i for i in ids if _unless_moved(rows.get(i), wanted) is not None), None)


def _unless_moved(image: StoredImage | None, wanted: ImageFilter) -> StoredImage | None:
    return image if image is not None and (image.deleted_at is not None) == wanted.deleted else None


def _by_id(connection: Connection, ids: Sequence[int]) -> dict[int, StoredImage]:
    found = {}
    for part in chunks(ids):
        for row in connection.execute(select(ImageRow).where(ImageRow.id.in_(part))):
            found[row.id] = to_image(row)
    return found


def _in_order(connection: Connection, ids: Sequence[int]) -> list[StoredImage]:
    found = _by_id(connection, ids)
    return [found[image_id] for image_id in ids]
