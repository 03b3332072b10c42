"""Classes of objects. A class is known by its id: no box is touched when it is renamed, merged or archived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from storage import class_aliases
from storage.activity import need_activity
from storage.class_aliases import Aliases
from storage.class_changes import Change, carry_out, carry_out_undo
from storage.class_records import ClassChange
from storage.class_values import checked_color, checked_hotkey, next_color
from storage.dear import Dear
from storage.engine import Database
from storage.errors import InUse, InvalidValue, NameTaken, NotFound
from storage.lookups import clean_name, need_project
from storage.records import ObjectClass
from storage.tables import AnnotationRow, ClassRow, ImageRow, ProjectRow

MANY_BOXES = 200_000  # from which a count may be that of a moment ago


class ClassStore:
    """The list of classes of each project. Methods raise NotFound for a class or project that is not there.

    Each change is written into the list of activities with what it takes to undo it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Dear[dict[int, int]] = Dear(lambda counts: sum(counts.values()) >= MANY_BOXES, database.beside.do)

    def add(self, project_id: int, name: str, color: str | None = None, *, author: str = "") -> ObjectClass:
        """Add a class at the end of the list; without a colour it gets one that the list uses least.

        Raises:
            NameTaken: the project has a class of that name, perhaps one that is archived or merged into another.
            InvalidValue: the name is empty, too long or not text, or the colour is not "#rrggbb".
        """
        cleaned = clean_name(name, "a class")
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            _must_be_free(connection, project_id, cleaned)
            return _one(connection, _insert(connection, project_id, [cleaned], color, author)[cleaned])

    def ensure(self, project_id: int, names: Iterable[str]) -> dict[str, ObjectClass]:
        """The classes of those names, made where they are missing; keyed by the names as given.

        The name of a merged class gives the class that it was merged into; archived ones stay archived.
        """
        cleaned = {name: clean_name(name, "a class") for name in names}
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            known = {row.name: row.id for row in _rows(connection, project_id)}
            if missing := [name for name in dict.fromkeys(cleaned.values()) if name not in known]:
                known |= _insert(connection, project_id, missing, None, "")
            shown = class_aliases.read(connection).shown
            classes = {one.id: one for one in _all(connection, project_id)}
            return {name: classes[shown(known[stored])] for name, stored in cleaned.items()}

    def list(self, project_id: int, *, merged: bool = False) -> list[ObjectClass]:
        """The classes of a project by position, with the number of boxes on images that are not in the bin.

        Args:
            merged: also those that were merged into others; they count the boxes that were given to them.
        """
        with self._database.reading() as connection:
            need_project(connection, project_id)
        counts = self._counts.get(project_id, lambda: self._count(project_id))
        with self._database.reading() as connection:
            return [one for one in _all(connection, project_id, counts) if merged or one.merged_into is None]

    def _count(self, project_id: int) -> dict[int, int]:
        with self._database.reading() as connection:
            return _box_counts(connection, project_id)

    def successors(self, project_id: int) -> dict[int, int]:
        """The merged classes of a project: id -> id of the class that it is seen as."""
        with self._database.reading() as connection:
            aliases = class_aliases.read(connection)
            return {row.id: aliases.into[row.id] for row in _rows(connection, project_id) if row.id in aliases.into}

    def learned(self, project_id: int) -> dict[int, int]:
        """What classes that something was kept under are seen as today, without those of archived ones.

        Merged classes are among the keys; what is no key is archived or deleted, and not asked about any more.
        """
        with self._database.reading() as connection:
            need_project(connection, project_id)
            aliases = class_aliases.read(connection)
            ids = [row.id for row in _rows(connection, project_id)]
        return {one: shown for one in ids if (shown := aliases.learned(one)) is not None}

    def get(self, class_id: int) -> ObjectClass:
        with self._database.reading() as connection:
            return _one(connection, class_id)

    def rename(self, class_id: int, name: str, *, author: str = "") -> ClassChange:
        """Give another name. Raises NameTaken and InvalidValue as `add` does."""
        cleaned = clean_name(name, "a class")
        with self._database.transaction() as connection:
            row = need_class(connection, class_id)
            _must_be_free(connection, row.project_id, cleaned, class_id)
            return self._changed(connection, "class_renamed", [(row, {"name": cleaned})], author)

    def recolor(self, class_id: int, color: str, *, author: str = "") -> ClassChange:
        """Give another colour, "#rrggbb". Raises InvalidValue for anything else."""
        with self._database.transaction() as connection:
            row = need_class(connection, class_id)
            return self._changed(connection, "class_recoloured", [(row, {"color": checked_color(color)})], author)

    def set_hotkey(self, class_id: int, key: str | None, *, take: bool = False, author: str = "") -> ClassChange:
        """Choose the key that picks a class; None gives back the digit of its place in the list.

        Args:
            take: where another class has the key, take it from that one.

        Raises:
            InvalidValue: not one character that a key types.
            NameTaken: another class has that key.
        """
        cleaned = None if key is None else checked_hotkey(key)
        with self._database.transaction() as connection:
            row = need_class(connection, class_id)
            changes: list[tuple[Row[Any], Change]] = [(row, {"hotkey": cleaned})]
            for other in _rows(connection, row.project_id):
                if cleaned is None or other.id == class_id or other.hotkey != cleaned or not _is_active(other):
                    continue
                if not take:
                    raise NameTaken(
                        f"the key {cleaned!r} belongs to {other.name!r}; take it from there, or use another"
                    )
                changes.append((other, {"hotkey": None}))
            return self._changed(connection, "class_hotkey", changes, author)

    def reorder(self, project_id: int, class_ids: Sequence[int], *, author: str = "") -> ClassChange:
        """Put the classes of a project in this order; those that are not named keep theirs and come after.

        Raises:
            NotFound: an id that is no class of the project.
            InvalidValue: an id is named twice.
        """
        if len(set(class_ids)) < len(class_ids):
            raise InvalidValue("a class stands in the new order twice; load the list anew")
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            rows = {row.id: row for row in _rows(connection, project_id) if row.merged_into is None}
            if missing := [class_id for class_id in class_ids if class_id not in rows]:
                raise NotFound(f"project {project_id} has no class {missing[0]}; load the list anew")
            order = [*class_ids, *(class_id for class_id in rows if class_id not in set(class_ids))]
            changes = [(rows[class_id], {"position": place}) for place, class_id in enumerate(order)]
            return self._changed(connection, "class_reordered", changes, author)

    def set_archived(self, class_id: int, archived: bool, *, author: str = "") -> ClassChange:
        """Archive a class, or take it out: its boxes stay and are shown, but nobody draws or learns it.

        Raises:
            InvalidValue: it was merged into another class.
        """
        with self._database.transaction() as connection:
            row = _need_shown(connection, class_id)
            kind = "class_archived" if archived else "class_unarchived"
            return self._changed(connection, kind, [(row, {"archived": archived})], author)

    def merge(self, class_ids: Sequence[int], into: int, *, author: str = "") -> ClassChange:
        """Let classes be seen as another one from now on. Stored boxes keep their own class, so undoing is exact.

        Raises:
            InvalidValue: a class into itself or into an archived one, or one that was merged before.
            NotFound: a class of another project.
        """
        with self._database.transaction() as connection:
            target = _need_shown(connection, into)
            if target.archived_at is not None:
                raise InvalidValue(f"{target.name!r} is archived; take it out of the archive first")
            if into in class_ids or not class_ids:
                raise InvalidValue(f"{target.name!r} cannot be merged into itself; choose two different classes")
            rows = [_need_shown(connection, class_id) for class_id in dict.fromkeys(class_ids)]
            if strangers := [row for row in rows if row.project_id != target.project_id]:
                raise NotFound(f"project {target.project_id} has no class {strangers[0].id}")
            changes: list[tuple[Row[Any], Change]] = [(row, {"merged_into": into}) for row in rows]
            return self._changed(connection, "class_merged", changes, author, into={"id": into, "name": target.name})

    def unmerge(self, class_id: int, *, author: str = "") -> ClassChange:
        """Let a merged class stand for itself again, with the boxes that were given to it."""
        with self._database.transaction() as connection:
            row = need_class(connection, class_id)
            return self._changed(connection, "class_unmerged", [(row, {"merged_into": None})], author)

    def delete(self, class_id: int, *, author: str = "") -> ClassChange:
        """Remove a class, with those that were merged into it.

        Raises InUse while any box carries one of them, on an image in the bin too.
        """
        with self._database.transaction() as connection:
            row = need_class(connection, class_id)
            aliases = class_aliases.read(connection)
            theirs = [one for one in aliases.family(class_id) if one == class_id or row.merged_into is None]
            carried = select(func.count()).select_from(AnnotationRow).where(AnnotationRow.class_id.in_(theirs))
            boxes = connection.execute(carried).scalar_one()
            if boxes:
                counts = _box_counts(connection, row.project_id)
                shown = sum(counts.get(one, 0) for one in theirs)
                where = f", {boxes - shown} of them on images in the bin" if boxes > shown else ""
                raise InUse(f"{row.name!r} is on {boxes} boxes{where}; give those another class or delete them first")
            gone = [(need_class(connection, one), None) for one in theirs]
            return ClassChange((), carry_out(connection, row.project_id, "class_deleted", gone, author))

    def undo(self, activity_id: int, *, author: str = "") -> ClassChange:
        """Take back one change of classes; the undoing is a change itself and can be undone.

        Raises:
            IllegalTransition: what was changed has been changed again since, or the entry is no change of classes.
            InUse: a class that was added is on boxes.   NameTaken: its name belongs to another class by now.
        """
        with self._database.transaction() as connection:
            entry = need_activity(connection, activity_id)
            need_project(connection, entry.project_id)
            touched, undone = carry_out_undo(connection, entry, author)
            return ClassChange(_several(connection, touched), undone)

    def _changed(
        self,
        connection: Connection,
        kind: str,
        changes: Sequence[tuple[Row[Any], Change]],
        author: str,
        **more: Any,
    ) -> ClassChange:
        activity_id = carry_out(connection, changes[0][0].project_id, kind, changes, author, **more)
        return ClassChange(_several(connection, [row.id for row, _ in changes]), activity_id)


def to_class(row: Any, boxes: int = 0) -> ObjectClass:
    archived = row.archived_at is not None and row.merged_into is None
    return ObjectClass(
        row.id, row.project_id, row.name, row.color, row.position, boxes, row.hotkey, archived, row.merged_into
    )


def need_class(connection: Connection, class_id: int) -> Row[Any]:
    """The row of a class of a project that is not in the bin. Raises NotFound."""
    query = select(ClassRow).join(ProjectRow, ProjectRow.id == ClassRow.project_id)
    row = connection.execute(query.where(ClassRow.id == class_id, ProjectRow.deleted_at.is_(None))).one_or_none()
    if row is None:
        raise NotFound(f"there is no class {class_id}")
    return row


def _need_shown(connection: Connection, class_id: int) -> Row[Any]:
    row = need_class(connection, class_id)
    if row.merged_into is not None:
        head = need_class(connection, class_aliases.read(connection).shown(class_id))
        raise InvalidValue(f"{row.name!r} was merged into {head.name!r}; undo that merge first")
    return row


def _is_active(row: Row[Any]) -> bool:
    return row.merged_into is None and row.archived_at is None


def _rows(connection: Connection, project_id: int) -> list[Row[Any]]:
    query = select(ClassRow).where(ClassRow.project_id == project_id).order_by(ClassRow.position, ClassRow.id)
    return list(connection.execute(query).all())


def _all(connection: Connection, project_id: int, counts: dict[int, int] | None = None) -> list[ObjectClass]:
    counts = _box_counts(connection, project_id) if counts is None else counts
    aliases = class_aliases.read(connection)
    return [to_class(row, _boxes_of(row, counts, aliases)) for row in _rows(connection, project_id)]


def _one(connection: Connection, class_id: int) -> ObjectClass:
    return _several(connection, [class_id])[0]


def _several(connection: Connection, class_ids: Iterable[int]) -> tuple[ObjectClass, ...]:
    """Those of the classes that are there, in the order given."""
    rows = [need_class(connection, class_id) for class_id in class_ids]
    if not rows:
        return ()
    classes = {one.id: one for one in _all(connection, rows[0].project_id)}
    return tuple(classes[row.id] for row in rows)


def _boxes_of(row: Row[Any], counts: dict[int, int], aliases: Aliases) -> int:
    """A class counts the boxes of those merged into it too; a merged one its own."""
    theirs = aliases.family(row.id) if row.merged_into is None and aliases.into else (row.id,)
    return sum(counts.get(class_id, 0) for class_id in theirs)


def _must_be_free(connection: Connection, project_id: int, name: str, but: int | None = None) -> None:
    query = select(ClassRow).where(ClassRow.project_id == project_id, ClassRow.name == name)
    row = connection.execute(query).one_or_none()
    if row is None or row.id == but:
        return
    if row.merged_into is not None:
        head = need_class(connection, class_aliases.read(connection).shown(row.id))
        raise NameTaken(f"{name!r} was merged into {head.name!r}; undo that merge, or choose another name")
    if row.archived_at is not None:
        raise NameTaken(f"{name!r} is archived; take it out of the archive, or choose another name")
    raise NameTaken(f"there is a class named {name!r} already; choose another name")


def _insert(
    connection: Connection, project_id: int, names: Sequence[str], color: str | None, author: str
) -> dict[str, int]:
    """New classes at the end of the list; their ids by name."""
    rows = _rows(connection, project_id)
    colors = [row.color for row in rows]
    place = max((row.position for row in rows), default=-1) + 1
    made: list[tuple[None, Change]] = []
    for position, name in enumerate(names, start=place):
        colors.append(next_color(colors) if color is None else checked_color(color))
        made.append((None, {"name": name, "color": colors[-1], "position": position}))
    carry_out(connection, project_id, "class_added", made, author)
    return {row.name: row.id for row in _rows(connection, project_id) if row.name in set(names)}


def _box_counts(connection: Connection, project_id: int) -> dict[int, int]:
    """Boxes by class id, as stored, on images outside the bin: all of them from the index, less those in the bin."""
    theirs = select(ClassRow.id).where(ClassRow.project_id == project_id)
    count = select(AnnotationRow.class_id, func.count()).group_by(AnnotationRow.class_id)
    totals = {row[0]: row[1] for row in connection.execute(count.where(AnnotationRow.class_id.in_(theirs)))}
    in_bin = count.join(ImageRow, ImageRow.id == AnnotationRow.image_id).where(
        ImageRow.project_id == project_id, ImageRow.deleted_at.is_not(None)
    )
    for class_id, boxes in connection.execute(in_bin):
        totals[class_id] -= boxes
    return totals
