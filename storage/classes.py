"""Classes of objects. A class is known by its id: nothing that is stored changes when it is renamed or recoloured."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from storage.engine import Database
from storage.errors import InUse, InvalidValue, NameTaken, NotFound
from storage.lookups import clean_name, need_project, new_id
from storage.records import ObjectClass
from storage.tables import AnnotationRow, ClassRow, ImageRow, ProjectRow

# Chosen to differ in hue or lightness from their neighbours and to stand out on photographs, most distinct ones first.
PALETTE = (
    "#e6194b", "#3cb44b", "#4363d8", "#ffe119", "#f58231", "#911eb4", "#42d4f4", "#f032e6", "#bfef45", "#008080",
    "#fabed4", "#9a6324", "#dcbeff", "#800000", "#aaffc3", "#808000", "#ffd8b1", "#1f3a93", "#ff9f80", "#708090",
)  # fmt: skip
COLOR = re.compile(r"#[0-9a-fA-F]{6}")


class ClassStore:
    """The list of classes of each project. Methods raise NotFound for a class or project that is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, project_id: int, name: str, color: str | None = None) -> ObjectClass:
        """Add a class at the end of the list; without a colour it gets one that the list uses least.

        Raises:
            NameTaken: the project has a class of that name.
            InvalidValue: the name is empty, too long or not text, or the colour is not "#rrggbb".
        """
        cleaned = clean_name(name, "a class")
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            _must_be_free(connection, project_id, cleaned)
            return to_class(_need_class(connection, _insert(connection, project_id, cleaned, color)))

    def ensure(self, project_id: int, names: Iterable[str]) -> dict[str, ObjectClass]:
        """The classes of those names, made where they are missing; keyed by the names as given."""
        cleaned = {name: clean_name(name, "a class") for name in names}
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            known = {row.name: row for row in _rows(connection, project_id)}
            for name in cleaned.values():
                if name not in known:
                    known[name] = _need_class(connection, _insert(connection, project_id, name, None))
            boxes = _box_counts(connection, project_id)
            return {name: to_class(known[stored], boxes) for name, stored in cleaned.items()}

    def list(self, project_id: int) -> list[ObjectClass]:
        """All classes of a project by position, with the number of boxes on images that are not in the bin."""
        with self._database.reading() as connection:
            need_project(connection, project_id)
            boxes = _box_counts(connection, project_id)
            return [to_class(row, boxes) for row in _rows(connection, project_id)]

    def get(self, class_id: int) -> ObjectClass:
        with self._database.reading() as connection:
            row = _need_class(connection, class_id)
            return to_class(row, _box_counts(connection, row.project_id))

    def rename(self, class_id: int, name: str) -> ObjectClass:
        """Give another name. Raises NameTaken and InvalidValue as `add` does."""
        cleaned = clean_name(name, "a class")
        with self._database.transaction() as connection:
            row = _need_class(connection, class_id)
            _must_be_free(connection, row.project_id, cleaned, class_id)
            return _change(connection, class_id, name=cleaned)

    def recolor(self, class_id: int, color: str) -> ObjectClass:
        """Give another colour, "#rrggbb". Raises InvalidValue for anything else."""
        with self._database.transaction() as connection:
            _need_class(connection, class_id)
            return _change(connection, class_id, color=_checked_color(color))

    def delete(self, class_id: int) -> None:
        """Remove a class for good. Raises InUse while any box carries it, on an image in the bin too."""
        with self._database.transaction() as connection:
            row = _need_class(connection, class_id)
            carried = select(func.count()).select_from(AnnotationRow).where(AnnotationRow.class_id == class_id)
            boxes = connection.execute(carried).scalar_one()
            if boxes:
                shown = _box_counts(connection, row.project_id).get(class_id, 0)
                where = f", {boxes - shown} of them on images in the bin" if boxes > shown else ""
                raise InUse(f"{row.name!r} is on {boxes} boxes{where}; give those another class or delete them first")
            connection.execute(delete(ClassRow).where(ClassRow.id == class_id))


def to_class(row: Any, boxes: dict[int, int] | None = None) -> ObjectClass:
    return ObjectClass(row.id, row.project_id, row.name, row.color, row.position, (boxes or {}).get(row.id, 0))


def _rows(connection: Connection, project_id: int) -> list[Row[Any]]:
    query = select(ClassRow).where(ClassRow.project_id == project_id).order_by(ClassRow.position, ClassRow.id)
    return list(connection.execute(query).all())


def _need_class(connection: Connection, class_id: int) -> Row[Any]:
    query = select(ClassRow).join(ProjectRow, ProjectRow.id == ClassRow.project_id)
    row = connection.execute(query.where(ClassRow.id == class_id, ProjectRow.deleted_at.is_(None))).one_or_none()
    if row is None:
        raise NotFound(f"there is no class {class_id}")
    return row


def _must_be_free(connection: Connection, project_id: int, name: str, but: int | None = None) -> None:
    query = select(ClassRow.id).where(ClassRow.project_id == project_id, ClassRow.name == name)
    if connection.execute(query).scalar() not in (None, but):
        raise NameTaken(f"there is a class named {name!r} already; choose another name")


def _insert(connection: Connection, project_id: int, name: str, color: str | None) -> int:
    rows = _rows(connection, project_id)
    values = {
        "project_id": project_id,
        "name": name,
        "color": _next_color([row.color for row in rows]) if color is None else _checked_color(color),
        "position": max((row.position for row in rows), default=-1) + 1,
    }
    done = connection.execute(insert(ClassRow).values(values))
    return new_id(done)


def _next_color(used: list[str]) -> str:
    return min(PALETTE, key=lambda color: (used.count(color), PALETTE.index(color)))


def _checked_color(color: str) -> str:
    if not COLOR.fullmatch(color):  # it is written into a page's style
        raise InvalidValue(f'a colour looks like "#1f77b4", got {color[:40]!r}')
    return color.lower()


def _change(connection: Connection, class_id: int, **values: Any) -> ObjectClass:
    connection.execute(update(ClassRow).where(ClassRow.id == class_id).values(values))
    row = _need_class(connection, class_id)
    return to_class(row, _box_counts(connection, row.project_id))


def _box_counts(connection: Connection, project_id: int) -> dict[int, int]:
    """Boxes by class on images outside the bin: all of them from the index, less the few on images in the bin."""
    theirs = select(ClassRow.id).where(ClassRow.project_id == project_id)
    count = select(AnnotationRow.class_id, func.count()).group_by(AnnotationRow.class_id)
    totals = {row[0]: row[1] for row in connection.execute(count.where(AnnotationRow.class_id.in_(theirs)))}
    in_bin = count.join(ImageRow, ImageRow.id == AnnotationRow.image_id).where(
        ImageRow.project_id == project_id, ImageRow.deleted_at.is_not(None)
    )
    for class_id, boxes in connection.execute(in_bin):
        totals[class_id] -= boxes
    return totals
