"""Which volume belongs to which instance, in the database."""

from __future__ import annotations

import pytest

from tests.support.clock import NOON
from tests.support.volumes import a_volume
from vmctld.domain.volume import AttachmentRequest
from vmctld.storage.database import Database
from vmctld.storage.repositories import attachments, volumes


@pytest.fixture(autouse=True)
def some_attachments(database: Database) -> None:
    """v1 and v2 are for instance i1, v1 reached from host-1; v3 is for i2; v4 is free."""
    with database.write() as tx:
        for number, instance_id in ((1, "i1"), (2, "i1"), (3, "i2")):
            volumes.insert_volume(tx, a_volume(f"v{number}"))
            request = AttachmentRequest(f"a{number}", f"v{number}")
            attachments.insert_attachment(tx, request, instance_id, NOON)
        attachments.attach(tx, "a1", "host-1", NOON)
        volumes.insert_volume(tx, a_volume("v4", project="other"))


def test_a_volume_has_one_attachment(database: Database) -> None:
    with database.write() as tx:
        taken = attachments.insert_attachment(tx, AttachmentRequest("a9", "v1"), "i9", NOON)
        free = attachments.insert_attachment(tx, AttachmentRequest("a9", "v4"), "i9", NOON)

    assert (taken, free) == (False, True)


@pytest.mark.parametrize(
    ("attachment_ids", "host", "project_id", "freed"),
    [
        ([], None, None, ["v1", "v2"]),
        (["a2"], None, None, ["v2"]),
        (["a3"], None, None, []),
        ([], "host-1", None, ["v1", "v2"]),
        ([], "host-9", None, ["v2"]),
        ([], None, "demo", ["v1", "v2"]),
        ([], None, "other", []),
    ],
)
def test_attachments_end_all_some_or_those_of_a_host_or_a_project(
    database: Database,
    attachment_ids: list[str],
    host: str | None,
    project_id: str | None,
    freed: list[str],
) -> None:
    with database.write() as tx:
        ended = attachments.end_attachments(
            tx, "i1", attachment_ids=attachment_ids, host=host, project_id=project_id
        )

        assert ended == freed
        for volume_id in ("v1", "v2", "v3"):
            volume = volumes.get_volume(tx, volume_id)
            assert volume is not None
            assert (volume.attachment_id is None) == (volume_id in freed)
