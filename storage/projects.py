"""Projects: the rooms of a workspace, each with its own classes, images and models."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from detector.pixels import BIG_PIXELS
from detector.runs import RunState
from storage import class_aliases
from storage.activity import record
from storage.clock import now
from storage.dear import Dear
from storage.engine import Database
from storage.errors import NameTaken, NotFound
from storage.lookups import clean_name, need_model, need_project, new_id
from storage.records import ImageState, Project, ProjectCounts, Split
from storage.tables import AnnotationRow, ImageRow, JobRow, ModelRow, ProjectRow
from storage.workspace import file_bytes, tree_bytes

MANY_IMAGES = 20_000  # from which a count may be that of a moment ago


class ProjectStore:
    """Makes, finds, renames, bins and counts projects. Every method raises NotFound for a project that is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Dear[ProjectCounts] = Dear(lambda counts: counts.images >= MANY_IMAGES, database.beside.do)

    def create(self, name: str, author: str = "") -> Project:
        """Make an empty project.

        Raises:
            NameTaken: another project outside the bin has the name.
            StorageError: the name is empty, too long or not text.
        """
        cleaned = clean_name(name, "a project")
        with self._database.transaction() as connection:
            _must_be_free(connection, cleaned)
            values = {"name": cleaned, "created_at": now(connection)}
            project_id = new_id(connection.execute(insert(ProjectRow).values(values)))
            record(connection, project_id, "project_created", author, {"name": cleaned})
            return to_project(need_project(connection, project_id))

    def get(self, project_id: int, deleted: bool = False) -> Project:
        """One project; with `deleted`, also one in the bin."""
        with self._database.reading() as connection:
            return to_project(need_project(connection, project_id, deleted))

    def find(self, name: str) -> Project | None:
        """The project of that name outside the bin."""
        with self._database.reading() as connection:
            row = _named(connection, clean_name(name, "a project"))
            return None if row is None else to_project(row)

    def list(self, deleted: bool = False) -> list[Project]:
        """All projects in the order of their making; with `deleted`, those in the bin instead."""
        in_bin = ProjectRow.deleted_at.is_not(None) if deleted else ProjectRow.deleted_at.is_(None)
        with self._database.reading() as connection:
            return [to_project(row) for row in connection.execute(select(ProjectRow).where(in_bin).order_by("id"))]

    def rename(self, project_id: int, name: str, author: str = "") -> Project:
        """Give another name. Raises NameTaken and StorageError as `create` does."""
        cleaned = clean_name(name, "a project")
        with self._database.transaction() as connection:
            before = need_project(connection, project_id).name
            _must_be_free(connection, cleaned, project_id)
            if cleaned != before:
                record(connection, project_id, "project_renamed", author, {"name": cleaned, "before": before})
            return _change(connection, project_id, name=cleaned)

    def delete(self, project_id: int, author: str = "") -> Project:
        """Put a project into the bin. Its waiting jobs are cancelled, its running one is asked to stop."""
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            moment = now(connection)
            theirs = update(JobRow).where(JobRow.project_id == project_id)
            message = "Cancelled, because the project was put into the bin."
            connection.execute(
                theirs.where(JobRow.state == RunState.QUEUED.value).values(
                    state=RunState.CANCELLED.value, message=message, finished_at=moment
                )
            )
            connection.execute(
                theirs.where(JobRow.state == RunState.RUNNING.value).values(state=RunState.CANCELLING.value)
            )
            record(connection, project_id, "project_deleted", author, {})
            return _change(connection, project_id, deleted_at=moment)

    def restore(self, project_id: int, author: str = "") -> Project:
        """Take a project out of the bin. Raises NameTaken where another one has its name by now."""
        with self._database.transaction() as connection:
            row = need_project(connection, project_id, deleted=True)
            _must_be_free(connection, row.name, project_id)
            if row.deleted_at is not None:
                record(connection, project_id, "project_restored", author, {})
            return _change(connection, project_id, deleted_at=None)

    def set_active_model(self, project_id: int, model_id: int | None, author: str | None = None) -> Project:
        """Choose the model whose boxes are shown.

        Args:
            author: the person who chose it; None where a run did, which tells of itself.

        Raises:
            NotFound: a model of another project or in the bin.
        """
        with self._database.transaction() as connection:
            before = need_project(connection, project_id).active_model_id
            model = None if model_id is None else need_model(connection, model_id)
            if model is not None and model.project_id != project_id:
                raise NotFound(f"project {project_id} has no model {model_id}")
            if author is not None and model is not None and model.id != before:
                told = {"model": model.id, "number": model.number}
                if before is not None:
                    told["before"] = need_model(connection, before, deleted=True).number
                record(connection, project_id, "model_activated", author, told)
            return _change(connection, project_id, active_model_id=model_id)

    def set_learning(self, project_id: int, learns: bool, author: str = "") -> Project:
        """Choose whether runs start by themselves while somebody labels."""
        with self._database.transaction() as connection:
            if need_project(connection, project_id).learns != learns:
                record(connection, project_id, "project_learns", author, {"learns": learns})
            return _change(connection, project_id, learns=learns)

    def counts(self, project_id: int) -> ProjectCounts:
        """What is not in the bin; of a large project as of a moment ago (storage.dear)."""
        self.get(project_id)
        return self._counts.get(project_id, lambda: self._count(project_id))

    def _count(self, project_id: int) -> ProjectCounts:
        with self._database.reading() as connection:
            live = (ImageRow.project_id == project_id, ImageRow.deleted_at.is_(None))
            by_state = dict.fromkeys(ImageState, 0)
            by_split: dict[Split | None, int] = dict.fromkeys((*Split, None), 0)
            boxes = 0
            columns = (ImageRow.state, ImageRow.split, func.count().label("images"), func.sum(ImageRow.boxes))
            query = select(*columns).where(*live).group_by(ImageRow.state, ImageRow.split)
            for state, split, images, their_boxes in connection.execute(query):
                by_state[ImageState(state)] += images
                by_split[None if split is None else Split(split)] += images
                boxes += their_boxes
        return ProjectCounts(sum(by_state.values()), by_state, by_split, boxes)

    def done_boxes(self, project_id: int) -> dict[int, int]:
        """Boxes on the done images outside the bin, by the class that they are seen as."""
        with self._database.reading() as connection:
            need_project(connection, project_id)
            done = (ImageRow.deleted_at.is_(None), ImageRow.state == ImageState.DONE.value)
            by_class = connection.execute(
                select(AnnotationRow.class_id, func.count())
                .join(ImageRow, ImageRow.id == AnnotationRow.image_id)
                .where(ImageRow.project_id == project_id, *done)
                .group_by(AnnotationRow.class_id)
            )
            return class_aliases.read(connection).summed({row[0]: row[1] for row in by_class})

    def disk_bytes(self, project_id: int) -> int:
        """Bytes of the project's pictures (with copies and thumbnails) and models, those in the bin included.

        A picture that two projects share counts for both.
        """
        with self._database.reading() as connection:
            need_project(connection, project_id, deleted=True)
            images = connection.execute(
                select(ImageRow.sha256, ImageRow.bytes, ImageRow.has_view, ImageRow.bit_depth)
                .add_columns(ImageRow.width * ImageRow.height)
                .where(ImageRow.project_id == project_id)
            ).all()
            folders = list(connection.scalars(select(ModelRow.folder).where(ModelRow.project_id == project_id)))
        place = self._database.workspace
        total = sum(tree_bytes(place.model(folder)) for folder in folders)
        for sha256, original, has_view, bit_depth, pixels in images:
            view = place.find_view(sha256) if has_view else None
            total += original + file_bytes(place.thumb(sha256)) + (file_bytes(view) if view else 0)
            if pixels > BIG_PIXELS or bit_depth > 8:
                total += file_bytes(place.overview(sha256)) + file_bytes(place.tiles(sha256))
        return total


def to_project(row: Any) -> Project:
    return Project(row.id, row.name, row.created_at, row.deleted_at, row.active_model_id, row.learns)


def _named(connection: Connection, name: str) -> Any:
    query = select(ProjectRow).where(ProjectRow.name == name, ProjectRow.deleted_at.is_(None))
    return connection.execute(query).one_or_none()


def _must_be_free(connection: Connection, name: str, but: int | None = None) -> None:
    row = _named(connection, name)
    if row is not None and row.id != but:
        raise NameTaken(f"there is a project named {name!r} already; choose another name")


def _change(connection: Connection, project_id: int, **values: Any) -> Project:
    connection.execute(update(ProjectRow).where(ProjectRow.id == project_id).values(values))
    return to_project(need_project(connection, project_id, deleted=True))
