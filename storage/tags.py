"""Tags: people's words on images, to find them again. Few per project, each on any number of its images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from storage.activity import record
from storage.engine import Database
from storage.errors import NameTaken, NotFound
from storage.lookups import chunks, clean_name, folded, need_project, new_id, say_changed
from storage.records import Tag
from storage.tables import ImageRow, ImageTagRow, TagRow


class TagStore:
    """The tags of each project. Methods raise NotFound for a tag or a project that is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, project_id: int) -> list[Tag]:
        """All tags by name, with how many images outside the bin carry each."""
        with self._database.reading() as connection:
            need_project(connection, project_id)
            rows = connection.execute(select(TagRow).where(TagRow.project_id == project_id)).all()
            carried = select(ImageTagRow.tag_id, func.count()).join(ImageRow, ImageRow.id == ImageTagRow.image_id)
            carried = carried.where(ImageTagRow.tag_id.in_([row.id for row in rows]), ImageRow.deleted_at.is_(None))
            images = {row[0]: row[1] for row in connection.execute(carried.group_by(ImageTagRow.tag_id))}
        tags = [_to_tag(row, images.get(row.id, 0)) for row in rows]
        return sorted(tags, key=lambda tag: (folded(tag.name), tag.id))

    def ensure(self, project_id: int, name: str) -> Tag:
        """The tag of that name, in upper or lower case, made where there is none. Raises InvalidValue."""
        cleaned = clean_name(name, "a tag")
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            row = _named(connection, project_id, cleaned)
            if row is None:
                values = {"project_id": project_id, "name": cleaned}
                row = _need_tag(connection, new_id(connection.execute(insert(TagRow).values(values))))
            return _to_tag(row)

    def rename(self, tag_id: int, name: str, author: str = "") -> Tag:
        """Raises NameTaken where the project has another tag of that name, InvalidValue for a bad one."""
        cleaned = clean_name(name, "a tag")
        with self._database.transaction() as connection:
            row = _need_tag(connection, tag_id)
            same = _named(connection, row.project_id, cleaned)
            if same is not None and same.id != tag_id:
                raise NameTaken(f"there is a tag {same.name!r} already; choose another name")
            connection.execute(update(TagRow).where(TagRow.id == tag_id).values(name=cleaned))
            if cleaned != row.name:
                told = {"tag": tag_id, "name": cleaned, "before": row.name}
                record(connection, row.project_id, "tag_renamed", author, told)
            return _to_tag(_need_tag(connection, tag_id))

    def delete(self, tag_id: int, author: str = "") -> Sequence[int]:
        """Take a tag off all images and out of the list. Returns the ids of the images that carried it."""
        with self._database.transaction() as connection:
            row = _need_tag(connection, tag_id)
            ids = list(connection.scalars(select(ImageTagRow.image_id).where(ImageTagRow.tag_id == tag_id)))
            _take_off(connection, tag_id, ids)
            connection.execute(delete(TagRow).where(TagRow.id == tag_id))
            record(connection, row.project_id, "tag_deleted", author, {"name": row.name, "images": len(ids)})
            return ids

    def of_images(self, image_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """Ids of the tags on each image; images without any are left out."""
        found: dict[int, tuple[int, ...]] = {}
        with self._database.reading() as connection:
            for part in chunks(list(image_ids)):
                query = select(ImageTagRow.image_id, ImageTagRow.tag_id).where(ImageTagRow.image_id.in_(part))
                for image_id, tag_id in connection.execute(query.order_by(ImageTagRow.tag_id)):
                    found[image_id] = (*found.get(image_id, ()), tag_id)
        return found

    def put_on(self, tag_id: int, image_ids: Sequence[int]) -> Sequence[int]:
        """Tag images of the tag's project. Returns the ids of those that did not carry it before."""
        with self._database.transaction() as connection:
            row = _need_tag(connection, tag_id)
            fresh = []
            for part in chunks(image_ids):
                carrying = set(connection.scalars(_carried_by(tag_id, part)))
                theirs = select(ImageRow.id).where(ImageRow.project_id == row.project_id, ImageRow.id.in_(part))
                fresh += [i for i in connection.scalars(theirs) if i not in carrying]
            if fresh:
                connection.execute(insert(ImageTagRow), [{"tag_id": tag_id, "image_id": i} for i in fresh])
                say_changed(connection, fresh)
            return fresh

    def take_off(self, tag_id: int, image_ids: Sequence[int]) -> Sequence[int]:
        """Returns the ids of those that carried it before."""
        with self._database.transaction() as connection:
            _need_tag(connection, tag_id)
            return _take_off(connection, tag_id, image_ids)


def _take_off(connection: Connection, tag_id: int, image_ids: Sequence[int]) -> list[int]:
    carrying: list[int] = []
    for part in chunks(image_ids):
        theirs = list(connection.scalars(_carried_by(tag_id, part)))
        pairs = (ImageTagRow.tag_id == tag_id, ImageTagRow.image_id.in_(theirs))
        connection.execute(delete(ImageTagRow).where(*pairs))
        carrying += theirs
    say_changed(connection, carrying)
    return carrying


def _carried_by(tag_id: int, image_ids: Sequence[int]) -> Select[int]:
    return select(ImageTagRow.image_id).where(ImageTagRow.tag_id == tag_id, ImageTagRow.image_id.in_(image_ids))


def _named(connection: Connection, project_id: int, name: str) -> Any:
    rows = connection.execute(select(TagRow.id, TagRow.project_id, TagRow.name).where(TagRow.project_id == project_id))
    return next((row for row in rows if folded(row.name) == folded(name)), None)


def _need_tag(connection: Connection, tag_id: int) -> Any:
    query = select(TagRow.id, TagRow.project_id, TagRow.name).where(TagRow.id == tag_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"there is no tag {tag_id}; it may have been deleted")
    return row


def _to_tag(row: Any, images: int = 0) -> Tag:
    return Tag(row.id, row.project_id, row.name, images)
