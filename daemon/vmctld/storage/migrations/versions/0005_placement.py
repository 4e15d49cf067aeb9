"""Aggregates, server groups, what operators say of hosts, quota classes, usage over time."""

import sqlalchemy as sa
from alembic import op

from vmctld.storage.columns import UtcDateTime

revision = "0005"
down_revision = "0004"

BUSY = "vm_state = 'building' OR task_state IS NOT NULL"
HOST_COLUMNS = (
    ("own_cpu_ratio", sa.Float()),
    ("own_ram_ratio", sa.Float()),
    ("own_disk_ratio", sa.Float()),
    ("uptime", sa.String()),
)
# What servers have used so far: one interval each, in the size they have now
BEGIN_INTERVALS = """
INSERT INTO usage_intervals (instance_id, started_at, project_id, flavor_name,
                             vcpus, ram_mib, disk_gib, ended_at)
SELECT id, launched_at, project_id, {flavor_name}, vcpus, ram_mib, disk_gib, terminated_at
FROM instances WHERE launched_at IS NOT NULL
"""
FLAVOR_NAME = {
    "sqlite": "json_extract(flavor, '$.name')",
    "postgresql": "flavor ->> 'name'",
}


def upgrade() -> None:
    """Add the tables and the columns."""
    _create_aggregates()
    _create_server_groups()
    op.create_table(
        "quota_classes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("resource", sa.String(), nullable=False),
        sa.Column("limit_value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "resource"),
    )
    _create_usage_intervals()
    op.add_column(
        "hosts",
        sa.Column("forced_down", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "hosts",
        sa.Column("build_failures", sa.Integer(), nullable=False, server_default=sa.text("0")),
    )
    for name, kind in HOST_COLUMNS:
        op.add_column("hosts", sa.Column(name, kind, nullable=True))
    op.add_column(
        "instances", sa.Column("wishes", sa.JSON(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.create_index(
        "ix_instances_busy",
        "instances",
        ["host"],
        sqlite_where=sa.text(BUSY),
        postgresql_where=sa.text(BUSY),
    )
    for name in ("filters", "weighers"):
        op.add_column(
            "decisions", sa.Column(name, sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
        )


def downgrade() -> None:
    """Take them away again."""
    for name in ("weighers", "filters"):
        op.drop_column("decisions", name)
    op.drop_index("ix_instances_busy", table_name="instances")
    op.drop_column("instances", "wishes")
    for name in (*(name for name, _ in HOST_COLUMNS), "build_failures", "forced_down"):
        op.drop_column("hosts", name)
    for table in (
        "usage_intervals",
        "quota_classes",
        "server_group_members",
        "server_groups",
        "aggregate_hosts",
        "aggregates",
    ):
        op.drop_table(table)


def _create_aggregates() -> None:
    op.create_table(
        "aggregates",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("availability_zone", sa.String(), nullable=True),
        sa.Column("meta", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "aggregate_hosts",
        sa.Column("aggregate_id", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["aggregate_id"], ["aggregates.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["host"], ["hosts.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("aggregate_id", "host"),
    )
    op.create_index("ix_aggregate_hosts_host", "aggregate_hosts", ["host"], unique=False)


def _create_server_groups() -> None:
    op.create_table(
        "server_groups",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("max_server_per_host", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_server_groups_project_id", "server_groups", ["project_id"], unique=False)
    op.create_table(
        "server_group_members",
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("group_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["server_groups.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("instance_id"),
    )
    op.create_index(
        "ix_server_group_members_group_id", "server_group_members", ["group_id"], unique=False
    )


def _create_usage_intervals() -> None:
    op.create_table(
        "usage_intervals",
        sa.Column("instance_id", sa.String(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("flavor_name", sa.String(), nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("ram_mib", sa.Integer(), nullable=False),
        sa.Column("disk_gib", sa.Integer(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("instance_id", "started_at"),
    )
    op.create_index(
        "ix_usage_intervals_project", "usage_intervals", ["project_id", "ended_at"], unique=False
    )
    dialect = op.get_bind().dialect.name
    op.execute(BEGIN_INTERVALS.format(flavor_name=FLAVOR_NAME[dialect]))
