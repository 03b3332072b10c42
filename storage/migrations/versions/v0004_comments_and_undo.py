"""Which images have open comments is found along an index."""

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
