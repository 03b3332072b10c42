"""What several stores ask of the tables, and the rules for names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Row, select, update

from storage.clock import now
from storage.errors import InvalidValue, NotFound
from storage.tables import ImageRow, ModelRow, ProjectRow

Item = TypeVar("Item")
LONGEST_NAME = 200


def clean_name(name: str, what: str) -> str:
    """A name as it is stored: composed Unicode (NFC) without blanks around it.

    Raises:
        InvalidValue: nothing is left of it, it is longer than 200 characters, or it holds control characters.
    """
    cleaned = unicodedata.normalize("NFC", name).strip()
    if not cleaned:
        raise InvalidValue(f"{what} needs a name")
    if len(cleaned) > LONGEST_NAME:
        raise InvalidValue(f"the name of {what} has at most {LONGEST_NAME} characters, this one has {len(cleaned)}")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in cleaned):
        raise InvalidValue(f"the name of {what} holds a control character; leave it out: {cleaned!r}")
    return cleaned


def folded(text: str) -> str:
    """Text as it is searched for: upper and lower case alike, in any script."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def storable(text: str) -> str:
    """Text with what UTF-8 cannot hold (lone surrogates of undecodable file names) written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def chunks(items: Sequence[Item], size: int = 500) -> Iterator[list[Item]]:
    """The items in lists of at most `size`: a statement takes a bounded number of parameters."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def new_id(done: CursorResult[Any]) -> int:
    """The id that the database gave to the one row just inserted."""
    key = done.inserted_primary_key
    assert key is not None
    return int(key[0])


def need_project(connection: Connection, project_id: int, deleted: bool = False) -> Row[Any]:
    """The row of a project; with `deleted`, also of one in the bin. Raises NotFound."""
    row = connection.execute(select(ProjectRow).where(ProjectRow.id == project_id)).one_or_none()
    if row is None or (row.deleted_at is not None and not deleted):
        raise NotFound(f"there is no project {project_id}" + (" (it lies in the bin)" if row is not None else ""))
    return row


def need_image(connection: Connection, image_id: int, deleted: bool = False) -> Row[Any]:
    """The row of an image of a project that is not in the bin; with `deleted`, also of an image in the bin.

    Raises:
        NotFound: there is none.
    """
    query = select(ImageRow).join(ProjectRow, ProjectRow.id == ImageRow.project_id)
    row = connection.execute(query.where(ImageRow.id == image_id, ProjectRow.deleted_at.is_(None))).one_or_none()
    if row is None or (row.deleted_at is not None and not deleted):
        raise NotFound(f"there is no image {image_id}" + (" (it lies in the bin)" if row is not None else ""))
    return row


def need_model(connection: Connection, model_id: int, deleted: bool = False) -> Row[Any]:
    """The row of a model version; with `deleted`, also of one in the bin. Raises NotFound."""
    row = connection.execute(select(ModelRow).where(ModelRow.id == model_id)).one_or_none()
    if row is None or (row.deleted_at is not None and not deleted):
        raise NotFound(f"there is no model {model_id}" + (" (it lies in the bin)" if row is not None else ""))
    return row


def say_changed(connection: Connection, image_ids: Sequence[int]) -> None:
    """So that lists of images that were made before are known to be old."""
    moment = now(connection)
    for part in chunks(image_ids):
        connection.execute(update(ImageRow).where(ImageRow.id.in_(part)).values(updated_at=moment))
