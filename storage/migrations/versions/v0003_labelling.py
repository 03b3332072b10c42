"""What quick labelling needs: rejections, tags, comments, activity, claims, and what a grid filters and sorts by."""

from __future__ import annotations

import struct
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("projects", sa.Column("learns", sa.Boolean(), nullable=False, server_default="0"))
    _widen_classes()
    _widen_history()
    _widen_images()
    _widen_predictions()
    _make_review()
    _make_tags()
    _make_people()


def _widen_classes() -> None:
    op.add_column("classes", sa.Column("hotkey", sa.String(8), nullable=True))
    op.add_column("classes", sa.Column("archived_at", sa.BigInteger(), nullable=True))
    # in words, because Alembic adds a foreign key by an ALTER of its own, which SQLite does not have
    op.execute("ALTER TABLE classes ADD COLUMN merged_into INTEGER REFERENCES classes (id)")
    unusual = sa.text("merged_into IS NOT NULL OR archived_at IS NOT NULL")
    columns = ["merged_into", "archived_at"]
    op.create_index("ix_classes_unusual", "classes", columns, sqlite_where=unusual, postgresql_where=unusual)


def _widen_history() -> None:
    op.add_column("history", sa.Column("rejected", sa.JSON(), nullable=True))
    op.add_column("history", sa.Column("project_id", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("history", sa.Column("bulk", sa.String(8), nullable=True))
    op.add_column("history", sa.Column("step", sa.JSON(), nullable=True))
    op.execute("UPDATE history SET project_id = (SELECT project_id FROM images WHERE images.id = image_id)")
    # "import" stood where the name of a person belongs
    op.execute("UPDATE history SET bulk = 'import', author = '' WHERE author = 'import' AND revision = 1")
    columns = ["project_id", "saved_at", "image_id", "revision", "author"]
    op.create_index("ix_history_saves", "history", columns, sqlite_where=sa.text("bulk IS NULL"))


def _widen_images() -> None:
    op.add_column("images", sa.Column("bit_depth", sa.Integer(), nullable=False, server_default="8"))
    op.add_column("images", sa.Column("saved_at", sa.BigInteger(), nullable=True))
    op.add_column("images", sa.Column("saved_by", sa.String(), nullable=True))
    newest = "FROM history WHERE image_id = images.id AND history.revision = images.revision"
    for column, source in (("saved_at", "saved_at"), ("saved_by", "author")):
        op.execute(f"UPDATE images SET {column} = (SELECT {source} {newest}) WHERE revision > 0")  # noqa: S608
    op.drop_index("ix_images_state", "images")
    op.create_index("ix_images_state", "images", ["project_id", "deleted_at", "state", "split", "boxes", "id"])
    for column in ("search_name", "saved_at", "boxes", "bytes"):
        op.create_index(f"ix_images_{column}", "images", ["project_id", "deleted_at", column, "id"])
    op.create_index("ix_images_saved_by", "images", ["project_id", "saved_by"])
    op.create_index("ix_images_updated_at", "images", ["project_id", "updated_at"])


def _widen_predictions() -> None:
    op.add_column("predictions", sa.Column("best", sa.Double(), nullable=False, server_default="0"))
    connection = op.get_bind()
    # the best one is packed first, in 24 bytes that end with the score
    query = "SELECT model_version_id, image_id, substr(packed, 21, 4) FROM predictions WHERE length(packed) > 0"
    told = sa.text("UPDATE predictions SET best = :best WHERE model_version_id = :model AND image_id = :image")
    rows = connection.execute(sa.text(query)).all()
    for start in range(0, len(rows), 1000):
        part = rows[start : start + 1000]
        scores = [{"model": m, "image": i, "best": struct.unpack("<f", raw)[0]} for m, i, raw in part]
        connection.execute(told, scores)
    op.create_index("ix_predictions_best", "predictions", ["model_version_id", "best", "image_id"])


def _number(name: str, **options: Any) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, **options)


def _words(name: str, length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def _moment(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _points_at(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def _make_review() -> None:
    op.create_table(
        "rejections",
        _number("image_id", autoincrement=False),
        sa.Column("boxes", sa.JSON(), nullable=False),
        _key("rejections", "image_id"),
        _points_at("rejections", "image_id", "images"),
    )
    op.create_table(
        "review_histograms",
        _number("model_version_id", autoincrement=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        _key("review_histograms", "model_version_id"),
        _points_at("review_histograms", "model_version_id", "models"),
    )


def _make_tags() -> None:
    op.create_table(
        "tags",
        _number("id"),
        _number("project_id"),
        _words("name"),
        _key("tags", "id"),
        _points_at("tags", "project_id", "projects"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_tags_project_id_name", "tags", ["project_id", "name"], unique=True)
    op.create_table(
        "image_tags",
        _number("tag_id"),
        _number("image_id"),
        _key("image_tags", "tag_id", "image_id"),
        _points_at("image_tags", "tag_id", "tags"),
        _points_at("image_tags", "image_id", "images"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_image_tags_image_id", "image_tags", ["image_id"])


def _make_people() -> None:
    op.create_table(
        "comments",
        _number("id"),
        _number("image_id"),
        _words("author"),
        _words("text"),
        _moment("created_at"),
        _moment("edited_at", nullable=True),
        _moment("resolved_at", nullable=True),
        _moment("deleted_at", nullable=True),
        _key("comments", "id"),
        _points_at("comments", "image_id", "images"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_comments_image_id", "comments", ["image_id", "id"])
    op.create_table(
        "activity",
        _number("id"),
        _number("project_id"),
        _words("kind", 32),
        _words("author"),
        _moment("at"),
        sa.Column("details", sa.JSON(), nullable=False),
        _key("activity", "id"),
        _points_at("activity", "project_id", "projects"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_activity_project_id", "activity", ["project_id", "at", "id"])
    op.create_table(
        "claims",
        _number("image_id", autoincrement=False),
        _words("page"),
        _words("author"),
        _moment("until"),
        _key("claims", "image_id"),
        _points_at("claims", "image_id", "images"),
    )
    op.create_index("ix_claims_page", "claims", ["page"])
