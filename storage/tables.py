"""The tables, private to this package: columns and indexes only. What the stores hand out is in records.py.

A change here needs a migration beside it; a test compares the two.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Double, ForeignKey, Index, LargeBinary, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage.clock import Moment

# Ids are never used twice, so that an id in a log, a link or a model's meta.json can never mean something else later.
NEVER_REUSED = {"sqlite_autoincrement": True}
ACTIVE = text("kind = 'train' AND state IN ('running', 'cancelling')")
NOT_IN_BIN = text("deleted_at IS NULL")
STANDING = text("superseded_by IS NULL")
OPEN = text("resolved_at IS NULL AND deleted_at IS NULL")
NOT_BULK = text("bulk IS NULL")
SAVES_BY_TIME = ("project_id", "saved_at", "image_id", "revision", "author")
UNUSUAL = "merged_into IS NOT NULL OR archived_at IS NOT NULL"  # classes that are not simply what they are called


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        bytes: LargeBinary,
        float: Double,
    }


class ProjectRow(Base):
    __tablename__ = "projects"
    __table_args__ = (
        # a name is free again once its project lies in the bin
        Index("uq_projects_name", "name", unique=True, sqlite_where=NOT_IN_BIN, postgresql_where=NOT_IN_BIN),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    active_model_id: Mapped[int | None]  # no foreign key: models point at projects already
    learns: Mapped[bool] = mapped_column(server_default="0")  # trains by itself while somebody labels


class ClassRow(Base):
    __tablename__ = "classes"
    __table_args__ = (
        Index("uq_classes_project_id_name", "project_id", "name", unique=True),
        # whoever reads boxes asks for these few first
        Index(
            "ix_classes_unusual",
            "merged_into",
            "archived_at",
            sqlite_where=text(UNUSUAL),
            postgresql_where=text(UNUSUAL),
        ),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str]
    color: Mapped[str] = mapped_column(String(7))
    position: Mapped[int]
    hotkey: Mapped[str | None] = mapped_column(String(8))  # None: the digit of its place in the list
    archived_at: Mapped[datetime | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("classes.id"))  # stored boxes keep their own class


class ImageRow(Base):
    __tablename__ = "images"
    __table_args__ = (
        Index("uq_images_project_id_sha256", "project_id", "sha256", unique=True),
        # pages walk along the first (keyset, no look into the table); counts and one-state pages use the second
        Index("ix_images_page", "project_id", "deleted_at", "id", "state", "split"),
        Index("ix_images_state", "project_id", "deleted_at", "state", "split", "boxes", "id"),
        Index("ix_images_name", "project_id", "name"),
        # a grid in another order reads its ids along one of these, without sorting
        Index("ix_images_search_name", "project_id", "deleted_at", "search_name", "id"),
        Index("ix_images_saved_at", "project_id", "deleted_at", "saved_at", "id"),
        Index("ix_images_boxes", "project_id", "deleted_at", "boxes", "id"),
        Index("ix_images_bytes", "project_id", "deleted_at", "bytes", "id"),
        Index("ix_images_saved_by", "project_id", "saved_by"),  # one look into it for each person
        Index("ix_images_updated_at", "project_id", "updated_at"),  # whether anything has changed since
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str]
    search_name: Mapped[str]  # name, case-folded: SQLite folds ASCII only
    width: Mapped[int]
    height: Mapped[int]
    format: Mapped[str]
    exif_orientation: Mapped[int]
    has_view: Mapped[bool]
    bit_depth: Mapped[int] = mapped_column(server_default="8")  # bits of one sample of the original
    bytes: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    split: Mapped[str | None] = mapped_column(String(8))
    revision: Mapped[int]
    boxes: Mapped[int]  # how many annotations it carries, so that a grid needs no count
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    saved_at: Mapped[datetime | None]  # of its newest revision, with who made it: a grid sorts and filters by both
    saved_by: Mapped[str | None]
    deleted_at: Mapped[datetime | None]


class AnnotationRow(Base):
    __tablename__ = "annotations"
    __table_args__ = (
        Index("ix_annotations_class_id_image_id", "class_id", "image_id"),
        {"sqlite_with_rowid": False},  # the boxes of an image lie side by side
    )

    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]  # the order in which the page sent them
    class_id: Mapped[int] = mapped_column(ForeignKey("classes.id"))
    x1: Mapped[float]
    y1: Mapped[float]
    x2: Mapped[float]
    y2: Mapped[float]
    source: Mapped[str] = mapped_column(String(8))
    model_version_id: Mapped[int | None] = mapped_column(ForeignKey("models.id"))
    score: Mapped[float | None]


class HistoryRow(Base):
    """Every save. `bulk` names the act on many images that it was part of: that act is activity, this row is not."""

    __tablename__ = "history"
    __table_args__ = (
        Index("uq_history_image_id_key", "image_id", "key", unique=True),
        # the list of a project's saves walks along it, newest first
        Index("ix_history_saves", *SAVES_BY_TIME, sqlite_where=NOT_BULK, postgresql_where=NOT_BULK),
    )

    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))
    boxes: Mapped[list[Any]]
    rejected: Mapped[list[Any] | None]
    author: Mapped[str]
    saved_at: Mapped[datetime]
    project_id: Mapped[int] = mapped_column(server_default="0")  # of its image, for the index
    bulk: Mapped[str | None] = mapped_column(String(8))
    step: Mapped[dict[str, Any] | None]  # where undo and redo lead from here, see storage.history


class RejectionRow(Base):
    """The model's boxes that a person turned down on an image, saved and kept as history with its boxes."""

    __tablename__ = "rejections"

    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True, autoincrement=False)
    boxes: Mapped[list[Any]]


class TagRow(Base):
    __tablename__ = "tags"
    __table_args__ = (Index("uq_tags_project_id_name", "project_id", "name", unique=True), NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str]


class ImageTagRow(Base):
    __tablename__ = "image_tags"
    __table_args__ = (Index("ix_image_tags_image_id", "image_id"), {"sqlite_with_rowid": False})

    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True)


class CommentRow(Base):
    __tablename__ = "comments"
    __table_args__ = (
        Index("ix_comments_image_id", "image_id", "id"),
        Index("ix_comments_open", "image_id", sqlite_where=OPEN, postgresql_where=OPEN),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"))
    author: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class ActivityRow(Base):
    """What people did that is no save of an image: those stand in the history."""

    __tablename__ = "activity"
    __table_args__ = (Index("ix_activity_project_id", "project_id", "at", "id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    kind: Mapped[str] = mapped_column(String(32))
    author: Mapped[str]
    at: Mapped[datetime]
    details: Mapped[dict[str, Any]]


class UndoNoteRow(Base):
    """What it takes to take back a part of an act on many images; gone once that was done."""

    __tablename__ = "undo_notes"
    __table_args__ = (
        Index("ix_undo_notes_activity_id", "activity_id"),
        Index("ix_undo_notes_project_id", "project_id", "activity_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id"))
    images: Mapped[int]
    step: Mapped[dict[str, Any]]


class ClaimRow(Base):
    """Which page of whom has an image for itself, until when."""

    __tablename__ = "claims"
    __table_args__ = (Index("ix_claims_page", "page"),)

    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True, autoincrement=False)
    page: Mapped[str]
    author: Mapped[str]
    until: Mapped[datetime]


class PredictionRow(Base):
    __tablename__ = "predictions"
    __table_args__ = (
        Index("ix_predictions_image_id", "image_id"),
        Index("ix_predictions_best", "model_version_id", "best", "image_id"),
    )

    model_version_id: Mapped[int] = mapped_column(ForeignKey("models.id"), primary_key=True, autoincrement=False)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"), primary_key=True, autoincrement=False)
    limit_reached: Mapped[bool]
    best: Mapped[float] = mapped_column(server_default="0")  # the highest score, 0 where nothing was found
    packed: Mapped[bytes]


class HistogramRow(Base):
    """Score histograms of a model over the images that are not in the bin; absent where they must be counted anew."""

    __tablename__ = "score_histograms"

    model_version_id: Mapped[int] = mapped_column(ForeignKey("models.id"), primary_key=True, autoincrement=False)
    packed: Mapped[bytes]
    counting: Mapped[str | None]  # the name of the count that is being made, see storage.counting


class ReviewRow(Base):
    """Score histograms of what a person has yet to look at; absent where they must be counted anew."""

    __tablename__ = "review_histograms"

    model_version_id: Mapped[int] = mapped_column(ForeignKey("models.id"), primary_key=True, autoincrement=False)
    packed: Mapped[bytes]
    counting: Mapped[str | None]  # the name of the count that is being made, see storage.counting


class JobRow(Base):
    __tablename__ = "jobs"
    __table_args__ = (
        # the database itself refuses a second training run at the same time
        Index("uq_jobs_one_training", "kind", unique=True, sqlite_where=ACTIVE, postgresql_where=ACTIVE),
        Index("ix_jobs_state", "state", "kind"),
        Index("ix_jobs_project_id", "project_id", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    params: Mapped[dict[str, Any]]
    progress: Mapped[dict[str, Any]]
    message: Mapped[str]
    result: Mapped[dict[str, Any]]
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    beat_at: Mapped[datetime | None]
    pid: Mapped[int | None]


class EpochRow(Base):
    __tablename__ = "epochs"

    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    report: Mapped[dict[str, Any]]


class ModelRow(Base):
    __tablename__ = "models"
    __table_args__ = (
        Index(
            "uq_models_project_id_number",
            "project_id",
            "number",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
        Index("uq_models_folder", "folder", unique=True),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    number: Mapped[int]
    folder: Mapped[str]
    preset: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("models.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    snapshot_digest: Mapped[str]
    metrics: Mapped[dict[str, Any]]
    meta: Mapped[dict[str, Any]]
    note: Mapped[str]
    name: Mapped[str] = mapped_column(server_default="")  # what people call it beside its number
    pinned: Mapped[bool] = mapped_column(server_default="0")  # to be kept whatever comes after it
    thresholds: Mapped[dict[str, Any] | None]  # what a person chose instead of those that it advises
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("models.id"))


class QueueRow(Base):
    """An image at its place in a queue of a project, with why it is there."""

    __tablename__ = "queue_items"
    __table_args__ = (Index("ix_queue_items_image_id", "image_id"), {"sqlite_with_rowid": False})

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    queue: Mapped[str] = mapped_column(String(8), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"))
    details: Mapped[dict[str, Any]]


class QueueHeadRow(Base):
    """When a queue was made and by what; `changes` counts what was done to it since it first was."""

    __tablename__ = "queues"
    __table_args__ = ({"sqlite_with_rowid": False},)

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    queue: Mapped[str] = mapped_column(String(8), primary_key=True)
    made_at: Mapped[datetime]
    details: Mapped[dict[str, Any]]
    changes: Mapped[int]


class KeptLabelRow(Base):
    """A label that looked wrong and that a person said is right."""

    __tablename__ = "kept_labels"
    __table_args__ = (Index("ix_kept_labels_image_id", "image_id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id"))
    kind: Mapped[str] = mapped_column(String(16))
    details: Mapped[dict[str, Any]]
    author: Mapped[str]
    at: Mapped[datetime]
