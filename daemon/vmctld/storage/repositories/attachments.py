"""Which volume belongs to which instance, in the database.

A volume is taken by insert: one attachment per volume is what the table's key allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update

from vmctld.domain.instance import TaskState, VmState
from vmctld.domain.volume import AttachmentRequest
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.compute import InstanceRow
from vmctld.storage.tables.volume import AttachmentRow, VolumeRow

_ATTACHMENTS = core(AttachmentRow)
_VOLUMES = core(VolumeRow)
_INSTANCES = core(InstanceRow)
_RESERVED, _ATTACHED = "reserved", "attached"

_insert_if_absent = InsertIfAbsent(_ATTACHMENTS)


def is_over(tx: Tx, instance_id: str) -> bool:
    """Return whether an instance has failed, is gone or is going: then nothing is kept for it.

    One that is not cannot begin to go before this transaction ends: its end frees what is kept.
    """
    query = select(_INSTANCES.c.vm_state, _INSTANCES.c.task_state).with_for_update(read=True)
    row = tx.execute(query.where(_INSTANCES.c.id == instance_id)).one_or_none()
    if row is None:
        return False
    is_gone = row.vm_state in (VmState.ERROR.value, VmState.DELETED.value)
    return is_gone or row.task_state == TaskState.DELETING.value


def insert_attachment(tx: Tx, request: AttachmentRequest, instance_id: str, now: datetime) -> bool:
    """Reserve a volume for an instance; False when the volume has an attachment already."""
    row = {
        "id": request.attachment_id,
        "volume_id": request.volume_id,
        "instance_id": instance_id,
        "host": None,
        "status": _RESERVED,
        "created_at": now,
        "updated_at": now,
    }
    return _insert_if_absent(tx, row)


def attach(tx: Tx, attachment_id: str, host: str, now: datetime) -> None:
    """Note that a reserved volume is reached from ``host`` from now on."""
    one = _ATTACHMENTS.c.id == attachment_id
    values = {"status": _ATTACHED, "host": host, "updated_at": now}
    tx.execute(update(_ATTACHMENTS).where(one).values(values))


def volume_of(tx: Tx, attachment_id: str, instance_id: str) -> str | None:
    """Return the volume that an instance has by an attachment; None when it has not."""
    one = (_ATTACHMENTS.c.id == attachment_id) & (_ATTACHMENTS.c.instance_id == instance_id)
    return tx.execute(select(_ATTACHMENTS.c.volume_id).where(one)).scalar_one_or_none()


def end_attachments(
    tx: Tx,
    instance_id: str,
    *,
    attachment_ids: Sequence[str],
    host: str | None,
    project_id: str | None,
    is_placed_there: bool = False,
) -> Sequence[str]:
    """End an instance's attachments and return the ids of their volumes.

    ``attachment_ids`` empty means all; with ``host`` only those from there or from none yet,
    and with ``is_placed_there`` the latter only while the instance is on that host; with
    ``project_id`` only those of that project's volumes.
    """
    ended = delete(_ATTACHMENTS).where(_ATTACHMENTS.c.instance_id == instance_id)
    if attachment_ids:
        ended = ended.where(_ATTACHMENTS.c.id.in_(attachment_ids))
    if host is not None:
        from_none: ColumnElement[bool] = _ATTACHMENTS.c.host.is_(None)
        if is_placed_there:
            here = select(_INSTANCES.c.id).where(
                _INSTANCES.c.id == instance_id, _INSTANCES.c.host == host
            )
            from_none &= here.exists()
        ended = ended.where(or_(from_none, _ATTACHMENTS.c.host == host))
    if project_id is not None:
        own = select(_VOLUMES.c.id).where(_VOLUMES.c.project_id == project_id)
        ended = ended.where(_ATTACHMENTS.c.volume_id.in_(own))
    # only those that this very statement ended: a volume may be another instance's by now
    return sorted(tx.execute(ended.returning(_ATTACHMENTS.c.volume_id)).scalars())
