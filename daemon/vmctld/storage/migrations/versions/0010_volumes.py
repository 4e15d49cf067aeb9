"""Volume types, snapshots of volumes, and what else a volume says of itself."""

import sqlalchemy as sa
from alembic import op

from vmctld.storage.columns import UtcDateTime

revision = "0010"
down_revision = "0008"

NEW = ("description", "volume_type", "snapshot_id", "source_volume_id", "read_only")


def upgrade() -> None:
    """Add the tables and columns; volumes so far are of the default type."""
    op.create_table(
        "volume_snapshots",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("volume_id", sa.String(), nullable=False),
        sa.Column("size_gib", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("project_id", "volume_id"):
        op.create_index(f"ix_volume_snapshots_{column}", "volume_snapshots", [column])
    op.create_table(
        "volume_types",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    text, flag = sa.String(), sa.Boolean()
    default_type = sa.Column("volume_type", text, nullable=False, server_default="__DEFAULT__")
    op.add_column("volumes", sa.Column("description", text, nullable=False, server_default=""))
    op.add_column("volumes", default_type)
    op.add_column("volumes", sa.Column("snapshot_id", text, nullable=True))
    op.add_column("volumes", sa.Column("source_volume_id", text, nullable=True))
    op.add_column(
        "volumes", sa.Column("read_only", flag, nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    """Take them away again."""
    for column in NEW:
        op.drop_column("volumes", column)
    op.drop_table("volume_types")
    op.drop_table("volume_snapshots")
