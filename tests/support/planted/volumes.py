"""I8: leaks among volumes and attachments."""

from __future__ import annotations

from typing import Any

from tests.support.planted.site import Planted, Site, an_id, change, insert, one


def stray_attachment(site: Site) -> Planted:
    """A volume is attached to an instance that never was."""
    attachment_id = an_id()
    volume_id = a_volume(site, status="in-use")
    _attach(site, volume_id, an_id(), attachment_id)
    return Planted("I8", attachment_id)


def unattached_volume(site: Site) -> Planted:
    """A volume says that it is in use, and nobody uses it."""
    return Planted("I8", a_volume(site, status="in-use"))


def volume_that_looks_free(site: Site) -> Planted:
    """A volume is attached and says that it is available."""
    volume_id = a_volume(site, status="available")
    _attach(site, volume_id, site.instance_id, an_id())
    return Planted("I8", volume_id)


def overdue_volume(site: Site) -> Planted:
    """A volume has been going for ever."""
    return Planted("I8", a_volume(site, status="deleting"))


def detaching_volume(site: Site) -> Planted:
    """A volume has been detaching for ever."""
    return Planted("I8", a_volume(site, status="detaching"))


def volume_without_file(site: Site) -> Planted:
    """A volume's file is gone."""
    volume_id = a_volume(site, status="available")
    (site.state_dir / "volumes" / volume_id).unlink()
    return Planted("I8", volume_id)


def lost_attachment(site: Site, volume_id: str) -> Planted:
    """The attachment of a running instance's volume is gone: another one may take it."""
    with site.database() as db:
        row = one(db, "attachments", "volume_id", volume_id)
        db.execute("DELETE FROM attachments WHERE id = ?", (row["id"],))
        change(db, "volumes", "id", volume_id, status="in-use")
    return Planted("I8", volume_id)


def a_volume(site: Site, *, status: str) -> str:
    """Make a volume with its file, last changed long ago."""
    volume_id = an_id()
    site.file(f"volumes/{volume_id}")
    row: dict[str, Any] = {
        "id": volume_id,
        "name": "planted",
        "project_id": site.instance()["project_id"],
        "size_gib": 1,
        "status": status,
        "bootable": 0,
        "image_id": None,
        "created_at": site.long_ago,
        "updated_at": site.long_ago,
        "description": "",
        "volume_type": "__DEFAULT__",
        "read_only": 0,
    }
    with site.database() as db:
        insert(db, "volumes", row)
    return volume_id


def _attach(site: Site, volume_id: str, instance_id: str, attachment_id: str) -> None:
    row: dict[str, Any] = {
        "id": attachment_id,
        "volume_id": volume_id,
        "instance_id": instance_id,
        "host": site.instance()["host"],
        "status": "attached",
        "created_at": site.long_ago,
        "updated_at": site.long_ago,
    }
    with site.database() as db:
        insert(db, "attachments", row)
