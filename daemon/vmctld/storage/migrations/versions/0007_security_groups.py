"""Security groups, their rules, and what is enforced at each port."""

import sqlalchemy as sa
from alembic import op

from vmctld.storage.columns import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables and the ports' columns; ports so far are in their default groups."""
    op.create_table(
        "security_groups",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_security_groups_project_id", "security_groups", ["project_id"], unique=False
    )
    op.create_table(
        "security_group_rules",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("ether_type", sa.String(), nullable=False),
        sa.Column("protocol", sa.String(), nullable=True),
        sa.Column("first", sa.Integer(), nullable=True),
        sa.Column("last", sa.Integer(), nullable=True),
        sa.Column("remote_cidr", sa.String(), nullable=True),
        sa.Column("remote_group_id", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["security_groups.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["remote_group_id"], ["security_groups.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("group_id", "project_id", "remote_group_id"):
        name = f"ix_security_group_rules_{column}"
        op.create_index(name, "security_group_rules", [column], unique=False)
    op.add_column("ports", sa.Column("security_group_ids", sa.JSON(none_as_null=True)))
    op.add_column(
        "ports", sa.Column("port_security", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("ports", sa.Column("address_pairs", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    """Take them away again."""
    for column in ("address_pairs", "port_security", "security_group_ids"):
        op.drop_column("ports", column)
    op.drop_table("security_group_rules")
    op.drop_table("security_groups")
