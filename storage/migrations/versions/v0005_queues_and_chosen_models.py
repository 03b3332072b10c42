"""Models have names, pins and thresholds of people; queues of images with a reason each; labels that were kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("models", sa.Column("name", sa.String(), nullable=False, server_default=""))
    op.add_column("models", sa.Column("pinned", sa.Boolean(), nullable=False, server_default="0"))
    op.add_column("models", sa.Column("thresholds", sa.JSON(), nullable=True))
    op.create_table(
        "queue_items",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(8), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "queue", "place", name="pk_queue_items"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_queue_items_project_id"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_queue_items_image_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_queue_items_image_id", "queue_items", ["image_id"])
    op.create_table(
        "queues",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(8), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "queue", name="pk_queues"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_queues_project_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "kept_labels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kept_labels"),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_kept_labels_image_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_kept_labels_image_id", "kept_labels", ["image_id"])
