"""Trained models of a project: numbered for good, each with a folder in the workspace."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from storage.activity import need_activity, record
from storage.clock import now
from storage.engine import Database
from storage.errors import IllegalTransition, InUse, InvalidValue, NotFound, StorageError
from storage.lookups import clean_name, need_model, need_project, new_id
from storage.records import ModelVersion
from storage.tables import HistogramRow, JobRow, ModelRow, PredictionRow, ReviewRow

LONGEST_NOTE = 2000
LONGEST_MODEL_NAME = 60
Models = list[ModelVersion]  # within the store, `list` is a method


class ModelStore:
    """The model versions of each project. Methods raise NotFound for a model or project that is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        project_id: int,
        *,
        folder: str,
        preset: str,
        parent_id: int | None,
        job_id: int | None,
        snapshot_digest: str,
        metrics: dict[str, Any],
        meta: dict[str, Any],
    ) -> ModelVersion:
        """Record a finished model whose folder stands in the workspace; it gets the next number of the project.

        Raises:
            NotFound: a parent or a job of another project.
            StorageError: another model has the folder, or its name is no name.
        """
        self._database.workspace.model(folder)
        with self._database.transaction() as connection:
            need_project(connection, project_id)
            _check_origin(connection, project_id, parent_id, job_id)
            if connection.execute(select(ModelRow.id).where(ModelRow.folder == folder)).first():
                raise StorageError(f"another model has the folder {folder!r} already")
            newest = select(func.coalesce(func.max(ModelRow.number), 0)).where(ModelRow.project_id == project_id)
            values = {
                "project_id": project_id,
                "number": connection.execute(newest).scalar_one() + 1,
                "folder": folder,
                "preset": preset,
                "parent_id": parent_id,
                "job_id": job_id,
                "snapshot_digest": snapshot_digest,
                "metrics": metrics,
                "meta": meta,
                "note": "",
                "created_at": now(connection),
            }
            done = connection.execute(insert(ModelRow).values(values))
            return to_model(need_model(connection, new_id(done)))

    def get(self, model_id: int, deleted: bool = False) -> ModelVersion:
        """One model version; with `deleted`, also one in the bin."""
        with self._database.reading() as connection:
            return to_model(need_model(connection, model_id, deleted))

    def list(self, project_id: int, deleted: bool = False) -> list[ModelVersion]:
        """Model versions by number; with `deleted`, those in the bin instead, from where they can be restored."""
        in_bin = ModelRow.deleted_at.is_not(None) if deleted else ModelRow.deleted_at.is_(None)
        with self._database.reading() as connection:
            need_project(connection, project_id)
            query = select(ModelRow).where(ModelRow.project_id == project_id, in_bin, ModelRow.superseded_by.is_(None))
            query = query.order_by(ModelRow.number)
            return [to_model(row) for row in connection.execute(query)]

    def of_job(self, job_id: int, deleted: bool = False) -> Models:
        """Model versions that a job made, oldest first; with `deleted`, those in the bin and superseded as well."""
        query = select(ModelRow).where(ModelRow.job_id == job_id).order_by(ModelRow.id)
        if not deleted:
            query = query.where(ModelRow.deleted_at.is_(None))
        with self._database.reading() as connection:
            return [to_model(row) for row in connection.execute(query)]

    def set_note(self, model_id: int, note: str, author: str = "") -> ModelVersion:
        """Keep what a person says about a model. Raises InvalidValue for more than 2000 characters."""
        if len(note) > LONGEST_NOTE:
            raise InvalidValue(f"a note has at most {LONGEST_NOTE} characters, this one has {len(note)}")
        with self._database.transaction() as connection:
            model = need_model(connection, model_id)
            if model.note != note:
                _tell(connection, model, "model_noted", author, note=note)
            return _change(connection, model_id, note=note)

    def set_name(self, model_id: int, name: str, author: str = "") -> ModelVersion:
        """What people call a model beside its number; "" for nothing. Two models may have the same name.

        Raises InvalidValue for more than 60 characters or control characters.
        """
        cleaned = clean_name(name, "a version") if name.strip() else ""
        if len(cleaned) > LONGEST_MODEL_NAME:
            raise InvalidValue(
                f"the name of a version has at most {LONGEST_MODEL_NAME} characters, this one has {len(cleaned)}"
            )
        with self._database.transaction() as connection:
            model = need_model(connection, model_id)
            if model.name != cleaned:
                _tell(connection, model, "model_named", author, name=cleaned, before=model.name)
            return _change(connection, model_id, name=cleaned)

    def set_pinned(self, model_id: int, pinned: bool, author: str = "") -> ModelVersion:
        """Keep a model whatever comes after it, or no longer: a pinned one is neither deleted nor superseded."""
        with self._database.transaction() as connection:
            model = need_model(connection, model_id)
            if model.pinned != pinned:
                _tell(connection, model, "model_pinned", author, pinned=pinned)
            return _change(connection, model_id, pinned=pinned)

    def set_thresholds(
        self, model_id: int, thresholds: dict[str, Any] | None, author: str = ""
    ) -> tuple[ModelVersion, int | None]:
        """Keep the thresholds that a person chose for a model; None goes back to what it advises.

        Returns:
            The model, and the id of the entry by which this can be undone, None where nothing changed.
        """
        with self._database.transaction() as connection:
            model = need_model(connection, model_id)
            if model.thresholds == thresholds:
                return to_model(model), None
            told = _tell(connection, model, "model_thresholds", author, before=model.thresholds, after=thresholds)
            return _change(connection, model_id, thresholds=thresholds), told

    def undo_thresholds(self, activity_id: int, author: str = "") -> tuple[ModelVersion, int]:
        """Bring back the thresholds before a choice; the undoing is a choice itself and can be undone.

        Raises:
            IllegalTransition: others were chosen since, or the entry tells of something else.
            NotFound: no such entry, or the model lies in the bin.
        """
        with self._database.transaction() as connection:
            entry = need_activity(connection, activity_id)
            if entry.kind != "model_thresholds":
                raise IllegalTransition("this is no choice of thresholds")
            before, after = entry.details["before"], entry.details["after"]
            model = need_model(connection, entry.details["model"])
            if model.thresholds != after:
                raise IllegalTransition("other thresholds were chosen since; undo that choice first")
            more = {"before": after, "after": before, "undoes": entry.id}
            told = _tell(connection, model, entry.kind, author, **more)
            return _change(connection, model.id, thresholds=before), told

    def supersede(self, earlier_id: int, later_id: int) -> ModelVersion:
        """Let a model stand in for an earlier one of its run for good: it takes over the number, and the thresholds
        that a person chose for the earlier one, unless it has its own.

        The earlier one is in no list any more and its predictions are gone; its folder is for the caller to remove. Its
        row stays, as boxes and histories name it.

        Returns:
            The later model, as it is then.

        Raises:
            InUse: the earlier one is active or pinned.
            InvalidValue: the two are of different runs, or no run made them.
        """
        with self._database.transaction() as connection:
            earlier, later = need_model(connection, earlier_id), need_model(connection, later_id)
            if earlier.job_id is None or earlier.job_id != later.job_id or earlier.id >= later.id:
                raise InvalidValue(f"model {later_id} does not follow model {earlier_id} in a run")
            _check_not_kept(connection, earlier)
            for table in (PredictionRow, HistogramRow, ReviewRow):
                connection.execute(delete(table).where(table.model_version_id == earlier_id))
            _change(connection, earlier_id, superseded_by=later_id, deleted_at=now(connection))
            thresholds = earlier.thresholds if later.thresholds is None else later.thresholds
            return _change(connection, later_id, number=min(earlier.number, later.number), thresholds=thresholds)

    def delete(self, model_id: int, author: str = "") -> ModelVersion:
        """Put a model into the bin. Raises InUse for the active one and for one that is pinned."""
        with self._database.transaction() as connection:
            model = need_model(connection, model_id)
            _check_not_kept(connection, model)
            _tell(connection, model, "model_deleted", author)
            return _change(connection, model_id, deleted_at=now(connection))

    def restore(self, model_id: int, author: str = "") -> ModelVersion:
        """Take a model out of the bin. Raises NotFound also for one that was superseded."""
        with self._database.transaction() as connection:
            model = need_model(connection, model_id, deleted=True)
            if model.superseded_by is not None:
                raise NotFound(f"a better v{model.number} of the same run stands in for model {model_id}")
            if model.deleted_at is not None:
                _tell(connection, model, "model_restored", author)
            return _change(connection, model_id, deleted_at=None)


def to_model(row: Any) -> ModelVersion:
    return ModelVersion(
        id=row.id,
        project_id=row.project_id,
        number=row.number,
        folder=row.folder,
        preset=row.preset,
        parent_id=row.parent_id,
        job_id=row.job_id,
        snapshot_digest=row.snapshot_digest,
        metrics=row.metrics,
        meta=row.meta,
        note=row.note,
        created_at=row.created_at,
        deleted_at=row.deleted_at,
        superseded_by=row.superseded_by,
        name=row.name,
        pinned=row.pinned,
        thresholds=row.thresholds,
    )


def _check_origin(connection: Connection, project_id: int, parent_id: int | None, job_id: int | None) -> None:
    for table, wanted, what in ((ModelRow, parent_id, "model"), (JobRow, job_id, "job")):
        if wanted is None:
            continue
        found = connection.execute(select(table.project_id).where(table.id == wanted)).scalar()
        if found != project_id:
            raise NotFound(f"project {project_id} has no {what} {wanted}")


def _check_not_kept(connection: Connection, model: Row[Any]) -> None:
    if need_project(connection, model.project_id, deleted=True).active_model_id == model.id:
        raise InUse(f"v{model.number} is the active model; choose another one first")
    if model.pinned:
        raise InUse(f"v{model.number} is pinned; unpin it first")


def _tell(connection: Connection, model: Row[Any], kind: str, author: str, **more: Any) -> int:
    return record(connection, model.project_id, kind, author, {"model": model.id, "number": model.number, **more})


def _change(connection: Connection, model_id: int, **values: Any) -> ModelVersion:
    connection.execute(update(ModelRow).where(ModelRow.id == model_id).values(values))
    return to_model(need_model(connection, model_id, deleted=True))
