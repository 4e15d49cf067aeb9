"""Dead letters that are kept, first starts that happen once, volumes that say what ails them."""

import sqlalchemy as sa
from alembic import op

from vmctld.storage.columns import UtcDateTime

revision = "0002"
down_revision = "0001"

# Whoever has a project has started before: what a first start makes was made then
MARK_STARTED = (
    "INSERT INTO milestones (name, reached_at)"
    " SELECT '{name}', created_at FROM projects ORDER BY created_at LIMIT 1"
)


def upgrade() -> None:
    """Add the tables and the column."""
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("died_at", UtcDateTime(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("instance_id", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_dead_letters_died_at"), "dead_letters", ["died_at"], unique=False)
    op.create_table(
        "milestones",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reached_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    for name in ("first-flavors", "first-network"):
        op.execute(MARK_STARTED.format(name=name))
    op.add_column("volumes", sa.Column("status_reason", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("volumes", "status_reason")
    op.drop_table("milestones")
    op.drop_index(op.f("ix_dead_letters_died_at"), table_name="dead_letters")
    op.drop_table("dead_letters")
