"""What is being done to an instance beside its build, what it put aside, and who locked it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

COLUMNS = (
    ("task_id", sa.String()),
    ("task", sa.JSON(none_as_null=True)),
    ("aside", sa.JSON(none_as_null=True)),
    ("locked_by", sa.String()),
    ("locked_reason", sa.String()),
)


def upgrade() -> None:
    """Add the columns."""
    for name, kind in COLUMNS:
        op.add_column("instances", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Take them away again."""
    for name, _ in reversed(COLUMNS):
        op.drop_column("instances", name)
