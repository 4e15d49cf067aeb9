"""Tags of instances, projects that may use a private flavor, and all projects' lists in order."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column, the table and the index."""
    op.add_column(
        "instances", sa.Column("tags", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
    )
    op.create_index("ix_instances_created", "instances", ["created_at", "id"], unique=False)
    op.create_table(
        "flavor_access",
        sa.Column("flavor_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("flavor_id", "project_id"),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("flavor_access")
    op.drop_index("ix_instances_created", table_name="instances")
    op.drop_column("instances", "tags")
