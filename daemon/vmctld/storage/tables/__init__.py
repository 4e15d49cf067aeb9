"""Every table, declared with SQLModel.  Importing this package fills the metadata."""

from sqlmodel import SQLModel

from vmctld.storage.tables import (
    compute,
    identity,
    image,
    network,
    operations,
    pipeline,
    placement,
    routers,
    security_group,
    volume,
)

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "compute",
    "identity",
    "image",
    "network",
    "operations",
    "pipeline",
    "placement",
    "routers",
    "security_group",
    "volume",
]
