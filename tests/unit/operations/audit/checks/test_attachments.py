"""Volumes and attachments that do not agree, and what may not be mended."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.living import ATTACHMENT, HOST, INSTANCE, VOLUME, put
from tests.support.planted import Site
from tests.support.planted.volumes import a_volume, lost_attachment
from vmctld.domain.machine import Machine
from vmctld.operations.audit.checks.attachments import (
    stray_attachments,
    volumes_without_attachment,
)
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import volumes
from vmctld.storage.tables.volume import AttachmentRow

GONE = "99999999-9999-4999-8999-999999999999"
Look = Callable[..., list[Suspect]]


def reserve(installation: Installation, site: Site, **values: object) -> None:
    volume_id = a_volume(site, status="reserved")
    with installation.database.write() as tx:
        put(
            tx,
            AttachmentRow,
            id="a1",
            volume_id=volume_id,
            instance_id=GONE,
            status="reserved",
            **values,
        )


def test_a_volume_reserved_for_a_boot_that_has_no_entry_yet_is_left_alone(
    installation: Installation, site: Site, look: Look
) -> None:
    reserve(installation, site, updated_at=installation.clock())

    assert look(stray_attachments) == []


def test_a_volume_reserved_long_ago_for_a_boot_that_never_came_is_free_again(
    installation: Installation, site: Site, look: Look, mend: Callable[[Suspect], None]
) -> None:
    reserve(installation, site)

    (suspect,) = look(stray_attachments)
    mend(suspect)

    assert look(stray_attachments) == look(volumes_without_attachment) == []


def test_a_volume_is_not_free_while_the_machine_runs_that_writes_to_it(
    installation: Installation, site: Site, look: Look
) -> None:
    reserve(installation, site)
    machine = Machine(GONE, 1, 1, 128, root=None, volumes=(), ports=(), config_drive=None)
    installation.drivers[HOST].ensure_running(machine)

    (suspect,) = look(stray_attachments)

    assert not suspect.can_be_mended
    assert suspect.detail.endswith("whose machine still runs")


def test_a_volume_that_lost_its_attachment_is_given_back_to_its_instance(
    installation: Installation, site: Site, look: Look, mend: Callable[[Suspect], None]
) -> None:
    lost_attachment(site, VOLUME)

    (suspect,) = look(volumes_without_attachment)
    mend(suspect)

    with installation.database.read() as tx:
        volume = volumes.get_volume(tx, VOLUME)
    assert volume is not None
    assert (volume.attachment_id, volume.instance_id) == (ATTACHMENT, INSTANCE)
    assert volume.status == "in-use"
