"""Volumes that do not arrive."""

from __future__ import annotations

import os
from collections.abc import Callable

from tests.support.living import VOLUME
from tests.support.planted import Site
from tests.support.planted.volumes import a_volume
from vmctld.operations.audit.checks.volumes import overdue_volumes, volumes_without_file
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import volumes

Look = Callable[..., list[Suspect]]


def test_a_volume_that_waits_to_be_filled_is_shown_and_left_alone(site: Site, look: Look) -> None:
    volume_id = a_volume(site, status="creating")

    (suspect,) = look(overdue_volumes)

    assert (suspect.subject, suspect.can_be_mended) == (volume_id, False)


def test_a_volume_that_is_being_filled_is_not_late(
    installation: Installation, site: Site, look: Look
) -> None:
    volume_id = a_volume(site, status="creating")
    part = site.file(f"volumes/{volume_id}.part", old=False)
    now = installation.clock().timestamp()
    os.utime(part, (now, now))

    assert look(overdue_volumes) == []


def test_a_deletion_that_broke_off_is_finished(
    installation: Installation, site: Site, look: Look, mend: Callable[[Suspect], None]
) -> None:
    volume_id = a_volume(site, status="deleting")

    (suspect,) = look(overdue_volumes)
    mend(suspect)

    with installation.database.read() as tx:
        assert volumes.get_volume(tx, volume_id) is None
    assert not (installation.state_dir / "volumes" / volume_id).exists()


def test_a_volume_that_never_got_attached_or_detached_is_what_its_attachment_says(
    installation: Installation, site: Site, look: Look, mend: Callable[[Suspect], None]
) -> None:
    free = a_volume(site, status="detaching")
    with installation.database.write() as tx:
        tx.exec_driver_sql(f"UPDATE volumes SET status = 'attaching' WHERE id = '{VOLUME}'")

    for suspect in look(overdue_volumes):
        mend(suspect)

    with installation.database.read() as tx:
        found = [volumes.get_volume(tx, volume_id) for volume_id in (free, VOLUME)]
    assert [volume.status for volume in found if volume] == ["available", "in-use"]


def test_volumes_that_are_kept_elsewhere_are_not_missed(
    installation: Installation, look: Look
) -> None:
    (installation.state_dir / "volumes" / VOLUME).unlink()
    (installation.state_dir / "volumes").rmdir()

    assert look(volumes_without_file) == []
