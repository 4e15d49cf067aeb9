"""What each port belongs to: an instance, or the hosts' own services on a network."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; ports with a device so far are all of instances."""
    op.add_column(
        "ports", sa.Column("device_owner", sa.String(), nullable=False, server_default="")
    )
    op.execute("UPDATE ports SET device_owner = 'compute:nova' WHERE device_id IS NOT NULL")


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("ports", "device_owner")
