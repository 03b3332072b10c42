"""A model that a later one of the same run stands in for gives up its number; its row stays, as boxes name it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STANDING = sa.text("superseded_by IS NULL")


def upgrade() -> None:
    # in words, because Alembic adds a foreign key by an ALTER of its own, which SQLite does not have
    op.execute("ALTER TABLE models ADD COLUMN superseded_by INTEGER REFERENCES models (id)")
    op.drop_index("uq_models_project_id_number", "models")
    op.create_index(
        "uq_models_project_id_number",
        "models",
        ["project_id", "number"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
