"""Images: what is known of the files in the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, delete, or_, select, true, update

from vmctld.domain.identity import Caller
from vmctld.domain.image import DiskFormat, Image, ImageStatus, Visibility
from vmctld.domain.names import looks_like_id, not_found, only_match
from vmctld.domain.paging import Page
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.prepared import Prepared
from vmctld.storage.tables.image import ImageRow

_IMAGES = core(ImageRow)
_ORDER = (_IMAGES.c.name, _IMAGES.c.created_at, _IMAGES.c.id)
_BY_ID = select(_IMAGES).where(_IMAGES.c.id == bindparam("image_id"))
_MEANT = or_(_IMAGES.c.id == bindparam("meant_id"), _IMAGES.c.name == bindparam("meant_name"))
_OF_ANYBODY = select(_IMAGES).where(_MEANT).order_by(*_ORDER)
_ANY_MEANT = Prepared(_OF_ANYBODY)
_SEEN_MEANT = Prepared(
    _OF_ANYBODY.where(
        or_(
            _IMAGES.c.project_id == bindparam("of_project"),
            _IMAGES.c.visibility == Visibility.PUBLIC.value,
        )
    )
)
_HINT = "vmctl image-list shows which images there are"


def add(tx: Tx, image: Image) -> None:
    """Keep a new image."""
    tx.execute(
        _IMAGES.insert(),
        {
            "id": image.id,
            "name": image.name,
            "project_id": image.project_id,
            "status": image.status.value,
            "disk_format": image.disk_format.value if image.disk_format else None,
            "size_bytes": image.size_bytes,
            "virtual_size_bytes": image.virtual_size_bytes,
            "sha256": image.sha256,
            "min_disk_gib": image.min_disk_gib,
            "min_ram_mib": image.min_ram_mib,
            "visibility": image.visibility.value,
            "protected": image.protected,
            "properties": dict(image.properties),
            "created_at": image.created_at,
            "updated_at": image.updated_at,
        },
    )


def get(tx: Tx, image_id: str) -> Image:
    """Return the image of that id; raises NotFound."""
    row = tx.execute(_BY_ID, {"image_id": image_id}).first()
    if row is None:
        raise not_found(image_id, "image", hint=_HINT)
    return image_of(row)


def peek(tx: Tx, image_id: str) -> Image | None:
    """Return the image of that id, None when there is none."""
    row = tx.execute(_BY_ID, {"image_id": image_id}).first()
    return None if row is None else image_of(row)


def find(tx: Tx, reference: str, caller: Caller) -> Image:
    """Return the image of that id or name among those the caller sees.

    Raises NotFound, Conflict (``ambiguous-name``).
    """
    query = _ANY_MEANT if caller.is_admin else _SEEN_MEANT
    values = {
        "meant_id": looks_like_id(reference),
        "meant_name": reference.strip(),
        "of_project": caller.project_id,
    }
    images = [image_of(row) for row in query.rows(tx, values)]
    return only_match(images, reference, "image", hint=_HINT)


def page(tx: Tx, wanted: Page, caller: Caller, name: str = "") -> list[Image]:
    """Return a page of the images the caller sees, sorted by name, then by time."""
    query = select(_IMAGES).where(_visible_to(caller))
    if name:
        query = query.where(_IMAGES.c.name == name)
    return [image_of(row) for row in page_of(tx, query, _ORDER, wanted)]


def change(tx: Tx, image_id: str, values: Mapping[str, Any], now: datetime) -> bool:
    """Set columns of an image, by their names; False when it is gone."""
    changed = update(_IMAGES).where(_IMAGES.c.id == image_id)
    return tx.execute(changed.values(**values, updated_at=now)).rowcount == 1


def move(
    tx: Tx, image_id: str, status: ImageStatus, values: Mapping[str, Any], now: datetime
) -> bool:
    """Set columns of an image that is in ``status``; False when it is not."""
    moved = update(_IMAGES).where(_IMAGES.c.id == image_id, _IMAGES.c.status == status.value)
    return tx.execute(moved.values(**values, updated_at=now)).rowcount == 1


def remove(tx: Tx, image_id: str) -> bool:
    """Forget an image; False when it was gone."""
    return tx.execute(delete(_IMAGES).where(_IMAGES.c.id == image_id)).rowcount == 1


def ids(tx: Tx) -> set[str]:
    """Return the ids of all images."""
    return set(tx.execute(select(_IMAGES.c.id)).scalars())


def digests(tx: Tx) -> set[str]:
    """Return the SHA-256 of all images: whose cached copies are worth keeping."""
    query = select(_IMAGES.c.sha256).where(_IMAGES.c.sha256.is_not(None))
    return set(tx.execute(query).scalars())


def _visible_to(caller: Caller) -> ColumnElement[bool]:
    if caller.is_admin:
        return true()
    return or_(
        _IMAGES.c.project_id == caller.project_id,
        _IMAGES.c.visibility == Visibility.PUBLIC.value,
    )


def image_of(row: Row[Any]) -> Image:
    """Return the image of a row."""
    return Image(
        id=row.id,
        name=row.name,
        project_id=row.project_id,
        status=ImageStatus(row.status),
        disk_format=DiskFormat(row.disk_format) if row.disk_format else None,
        size_bytes=row.size_bytes,
        virtual_size_bytes=row.virtual_size_bytes,
        sha256=row.sha256,
        min_disk_gib=row.min_disk_gib,
        min_ram_mib=row.min_ram_mib,
        visibility=Visibility(row.visibility),
        protected=row.protected,
        properties=row.properties,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
