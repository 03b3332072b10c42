"""Images with open comments are found along an index; what it takes to undo acts on many images outlives the server;
a histogram says that it is being counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_open = sa.text("resolved_at IS NULL AND deleted_at IS NULL")
    op.create_index("ix_comments_open", "comments", ["image_id"], sqlite_where=is_open, postgresql_where=is_open)
    op.create_table(
        "undo_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("step", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_undo_notes"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_undo_notes_project_id"),
        sa.ForeignKeyConstraint(["activity_id"], ["activity.id"], name="fk_undo_notes_activity_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_undo_notes_activity_id", "undo_notes", ["activity_id"])
    op.create_index("ix_undo_notes_project_id", "undo_notes", ["project_id", "activity_id"])
    for table in ("score_histograms", "review_histograms"):
        op.add_column(table, sa.Column("counting", sa.String(), nullable=True))
