"""The first schema. Written out in full: later changes of storage.tables must not change what it makes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TRAINING = sa.text("kind = 'train' AND state IN ('running', 'cancelling')")
NOT_IN_BIN = sa.text("deleted_at IS NULL")


def upgrade() -> None:
    _make_projects()
    _make_jobs()
    _make_models()
    _make_images()
    _make_annotations()
    _make_predictions()


def _number(name: str, **options: Any) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=options.pop("nullable", False), **options)


def _words(name: str, length: int | None = None, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _moment(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _points_at(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def _make_projects() -> None:
    op.create_table(
        "projects",
        _number("id"),
        _words("name"),
        _moment("created_at"),
        _moment("deleted_at", nullable=True),
        _number("active_model_id", nullable=True),
        _key("projects", "id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_projects_name", "projects", ["name"], unique=True, sqlite_where=NOT_IN_BIN, postgresql_where=NOT_IN_BIN
    )
    op.create_table(
        "classes",
        _number("id"),
        _number("project_id"),
        _words("name"),
        _words("color", 7),
        _number("position"),
        _key("classes", "id"),
        _points_at("classes", "project_id", "projects"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_classes_project_id_name", "classes", ["project_id", "name"], unique=True)


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        _number("id"),
        _number("project_id"),
        _words("kind", 16),
        _words("state", 16),
        _json("params"),
        _json("progress"),
        _words("message"),
        _json("result"),
        _number("attempts"),
        _moment("created_at"),
        _moment("started_at", nullable=True),
        _moment("finished_at", nullable=True),
        _moment("beat_at", nullable=True),
        _number("pid", nullable=True),
        _key("jobs", "id"),
        _points_at("jobs", "project_id", "projects"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_jobs_one_training", "jobs", ["kind"], unique=True, sqlite_where=TRAINING, postgresql_where=TRAINING
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "kind"])
    op.create_index("ix_jobs_project_id", "jobs", ["project_id", "id"])
    op.create_table(
        "epochs",
        _number("job_id", autoincrement=False),
        _number("epoch", autoincrement=False),
        _json("report"),
        _key("epochs", "job_id", "epoch"),
        _points_at("epochs", "job_id", "jobs"),
    )


def _make_models() -> None:
    op.create_table(
        "models",
        _number("id"),
        _number("project_id"),
        _number("number"),
        _words("folder"),
        _words("preset"),
        _number("parent_id", nullable=True),
        _number("job_id", nullable=True),
        _words("snapshot_digest"),
        _json("metrics"),
        _json("meta"),
        _words("note"),
        _moment("created_at"),
        _moment("deleted_at", nullable=True),
        _key("models", "id"),
        _points_at("models", "project_id", "projects"),
        _points_at("models", "parent_id", "models"),
        _points_at("models", "job_id", "jobs"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_models_project_id_number", "models", ["project_id", "number"], unique=True)
    op.create_index("uq_models_folder", "models", ["folder"], unique=True)


def _make_images() -> None:
    op.create_table(
        "images",
        _number("id"),
        _number("project_id"),
        _words("sha256", 64),
        _words("name"),
        _words("search_name"),
        _number("width"),
        _number("height"),
        _words("format"),
        _number("exif_orientation"),
        sa.Column("has_view", sa.Boolean(), nullable=False),
        _number("bytes"),
        _words("state", 16),
        _words("split", 8, nullable=True),
        _number("revision"),
        _number("boxes"),
        _moment("created_at"),
        _moment("updated_at"),
        _moment("deleted_at", nullable=True),
        _key("images", "id"),
        _points_at("images", "project_id", "projects"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_images_project_id_sha256", "images", ["project_id", "sha256"], unique=True)
    op.create_index("ix_images_page", "images", ["project_id", "deleted_at", "id", "state", "split"])
    op.create_index("ix_images_state", "images", ["project_id", "deleted_at", "state", "split", "id"])
    op.create_index("ix_images_name", "images", ["project_id", "name"])


def _make_annotations() -> None:
    op.create_table(
        "annotations",
        _number("image_id"),
        _words("id"),
        _number("position"),
        _number("class_id"),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("x1", "y1", "x2", "y2")),
        _words("source", 8),
        _number("model_version_id", nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        _key("annotations", "image_id", "id"),
        _points_at("annotations", "image_id", "images"),
        _points_at("annotations", "class_id", "classes"),
        _points_at("annotations", "model_version_id", "models"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_annotations_class_id_image_id", "annotations", ["class_id", "image_id"])
    op.create_table(
        "history",
        _number("image_id", autoincrement=False),
        _number("revision", autoincrement=False),
        _words("key"),
        _words("state", 16),
        _json("boxes"),
        _words("author"),
        _moment("saved_at"),
        _key("history", "image_id", "revision"),
        _points_at("history", "image_id", "images"),
    )
    op.create_index("uq_history_image_id_key", "history", ["image_id", "key"], unique=True)


def _make_predictions() -> None:
    op.create_table(
        "predictions",
        _number("model_version_id", autoincrement=False),
        _number("image_id", autoincrement=False),
        sa.Column("limit_reached", sa.Boolean(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        _key("predictions", "model_version_id", "image_id"),
        _points_at("predictions", "model_version_id", "models"),
        _points_at("predictions", "image_id", "images"),
    )
    op.create_index("ix_predictions_image_id", "predictions", ["image_id"])
    op.create_table(
        "score_histograms",
        _number("model_version_id", autoincrement=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        _key("score_histograms", "model_version_id"),
        _points_at("score_histograms", "model_version_id", "models"),
    )
