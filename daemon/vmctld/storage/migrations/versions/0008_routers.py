"""Routers, floating IPs, and networks that lead outside."""

import sqlalchemy as sa
from alembic import op

from vmctld.storage.columns import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the tables and the networks' columns; networks so far lead nowhere."""
    op.add_column(
        "networks", sa.Column("external", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("networks", sa.Column("physical", sa.String(), nullable=True))
    op.create_table(
        "routers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("enable_snat", sa.Boolean(), nullable=False),
        sa.Column("host", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("name", "project_id"):
        op.create_index(f"ix_routers_{column}", "routers", [column], unique=False)
    op.create_table(
        "floating_ips",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("network_id", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("external_port_id", sa.String(), nullable=False),
        sa.Column("port_id", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["network_id"], ["networks.id"]),
        sa.ForeignKeyConstraint(["external_port_id"], ["ports.id"]),
        sa.ForeignKeyConstraint(["port_id"], ["ports.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("project_id", "network_id", "external_port_id"):
        op.create_index(f"ix_floating_ips_{column}", "floating_ips", [column], unique=False)
    op.create_index("ix_floating_ips_port_id", "floating_ips", ["port_id"], unique=True)


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("floating_ips")
    op.drop_table("routers")
    for column in ("physical", "external"):
        op.drop_column("networks", column)
