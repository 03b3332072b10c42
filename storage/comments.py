"""What people say about an image: plain text that others answer or mark as resolved, never part of what is learned."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from storage.activity import record
from storage.clock import now
from storage.engine import Database
from storage.errors import InvalidValue, NotFound, NotYours
from storage.image_query import OPEN_COMMENT
from storage.lookups import chunks, need_image, new_id, say_changed
from storage.past import Comment
from storage.tables import CommentRow

LONGEST_COMMENT = 2000
Comments = list[Comment]  # within the store, `list` is a method


class CommentStore:
    """The comments on each image. Methods raise NotFound for a comment or image that is not there or was deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, image_id: int) -> Comments:
        """The comments on an image, the first one first; resolved ones too."""
        query = select(CommentRow).where(CommentRow.image_id == image_id, CommentRow.deleted_at.is_(None))
        with self._database.reading() as connection:
            need_image(connection, image_id)
            return [_to_comment(row) for row in connection.execute(query.order_by(CommentRow.id))]

    def add(self, image_id: int, text: str, author: str = "") -> Comment:
        """Say something about an image.

        Raises:
            InvalidValue: the text is empty or longer than 2000 characters.
        """
        cleaned = _clean(text)
        with self._database.transaction() as connection:
            image = need_image(connection, image_id)
            values = {"image_id": image_id, "author": author, "text": cleaned, "created_at": now(connection)}
            comment_id = new_id(connection.execute(insert(CommentRow).values(values)))
            say_changed(connection, [image_id])
            _tell(connection, image, "comment_added", author)
            return _to_comment(_need(connection, comment_id)[0])

    def edit(self, comment_id: int, text: str, author: str = "") -> Comment:
        """Change one's own words. Raises NotYours for those of others, and InvalidValue as `add` does."""
        cleaned = _clean(text)
        with self._database.transaction() as connection:
            row, _ = _need(connection, comment_id)
            _must_be_own(row, author)
            return _change(connection, comment_id, text=cleaned, edited_at=now(connection))

    def resolve(self, comment_id: int, resolved: bool, author: str = "") -> Comment:
        """Mark a comment as dealt with, or open it again; anybody may."""
        with self._database.transaction() as connection:
            row, image = _need(connection, comment_id)
            if (row.resolved_at is not None) == resolved:
                return _to_comment(row)
            _tell(connection, image, "comment_resolved" if resolved else "comment_reopened", author)
            return _change(connection, comment_id, resolved_at=now(connection) if resolved else None)

    def delete(self, comment_id: int, author: str = "") -> None:
        """Take one's own words back; `restore` undoes it. Raises NotYours for those of others."""
        with self._database.transaction() as connection:
            row, _ = _need(connection, comment_id)
            _must_be_own(row, author)
            _change(connection, comment_id, deleted_at=now(connection))

    def restore(self, comment_id: int, author: str = "") -> Comment:
        """Bring a deleted comment of one's own back."""
        with self._database.transaction() as connection:
            row, _ = _need(connection, comment_id, deleted=True)
            _must_be_own(row, author)
            return _change(connection, comment_id, deleted_at=None)

    def open_counts(self, image_ids: Iterable[int]) -> dict[int, int]:
        """How many comments wait to be dealt with, by image id; images without any are left out."""
        found: dict[int, int] = {}
        count = select(CommentRow.image_id, func.count()).group_by(CommentRow.image_id)
        count = count.where(*OPEN_COMMENT)
        with self._database.reading() as connection:
            for part in chunks(list(dict.fromkeys(image_ids))):
                rows = connection.execute(count.where(CommentRow.image_id.in_(part)))
                found.update((row[0], row[1]) for row in rows)
        return found


def _clean(text: str) -> str:
    """Text as it is stored: composed, with plain line ends and without characters that cannot be seen."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    cleaned = "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    if not cleaned:
        raise InvalidValue("a comment needs some text")
    if len(cleaned) > LONGEST_COMMENT:
        raise InvalidValue(f"a comment has at most {LONGEST_COMMENT} characters, this one has {len(cleaned)}")
    return cleaned


def _need(connection: Connection, comment_id: int, deleted: bool = False) -> tuple[Row[Any], Row[Any]]:
    """The rows of a comment and of its image."""
    row = connection.execute(select(CommentRow).where(CommentRow.id == comment_id)).one_or_none()
    if row is None or (row.deleted_at is not None and not deleted):
        raise NotFound(f"there is no comment {comment_id}")
    return row, need_image(connection, row.image_id)


def _must_be_own(row: Row[Any], author: str) -> None:
    if row.author != author:
        raise NotYours(f"this comment is {row.author or 'somebody else'}'s; only its author can change it")


def _tell(connection: Connection, image: Row[Any], kind: str, author: str) -> None:
    record(connection, image.project_id, kind, author, {"image": image.id, "name": image.name})


def _change(connection: Connection, comment_id: int, **values: Any) -> Comment:
    connection.execute(update(CommentRow).where(CommentRow.id == comment_id).values(values))
    changed = connection.execute(select(CommentRow).where(CommentRow.id == comment_id)).one()
    say_changed(connection, [changed.image_id])
    return _to_comment(changed)


def _to_comment(row: Any) -> Comment:
    return Comment(row.id, row.image_id, row.author, row.text, row.created_at, row.edited_at, row.resolved_at)
