"""What follows a snapshot: older backups go, a shelved server gives up its host, images go.

All of it is decided in the transaction that ends the action, and done by messages that may
come twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

import structlog

from vmctld.compute import messages as m
from vmctld.compute.conductor.ports import ImageRemover
from vmctld.compute.outbox import OutboxTx
from vmctld.domain.instance import Instance, Task, TaskState, VmState
from vmctld.domain.lifecycle import TRANSITIONS
from vmctld.domain.recorded import InstanceAction
from vmctld.saga.journal import ActionState
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import actions, hosts, image_tasks, instances, tasks

log = structlog.get_logger(__name__)
OFFLOAD = TRANSITIONS["shelveOffload"]
_UPLOADING = {
    TaskState.IMAGE_SNAPSHOT: TaskState.IMAGE_UPLOADING,
    TaskState.SHELVING: TaskState.SHELVING_IMAGE_UPLOADING,
}
"""What is shown once the disk is copied and its bytes leave; nova's words."""


class Snapshots:
    """What the conductor does with images of servers.  Every part may run again."""

    def __init__(self, database: Database, images: ImageRemover) -> None:
        self._database = database
        self._images = images

    def rotate(self, message: m.RotateBackups) -> None:
        """Delete the oldest backups of that type but for as many as are to be kept."""
        with self._database.read() as tx:
            found = image_tasks.backups(
                tx, message.project_id, message.instance_id, message.backup_type
            )
        for image in (one for one in found[message.rotation :] if not one.protected):
            log.info("deletes a backup", image_id=image.id, instance_id=message.instance_id)
            self._images.discard_image(image.id)

    def discard(self, message: m.DiscardImage) -> None:
        """Delete what an instance was shelved as."""
        self._images.discard_image(message.image_id)


def follow(posting: OutboxTx, instance: Instance, task: Task, now: datetime) -> None:
    """Decide on what follows an action that has just ended well."""
    if task.action == "createBackup":
        posting.post(
            m.CONDUCTOR_ADDRESS,
            m.RotateBackups(instance.id, instance.project_id, task.backup_type, task.rotation),
        )
    elif task.action == "shelve" and task.kept_s == 0:
        offload(posting, instance, now)
    elif task.action == "shelveOffload":
        hosts.release(posting.tx, instance.id)
    elif task.action == "unshelve":
        forget_image(posting, instance)


def shown_during(shown: TaskState | None, records: Sequence[m.ActionRecord]) -> TaskState | None:
    """Return what is to be shown from these boundaries on, None for what is shown already."""
    begins = any(r.action == "upload-image" and r.state == ActionState.RUNNING for r in records)
    return _UPLOADING.get(shown) if begins and shown is not None else None


def offload(posting: OutboxTx, instance: Instance, now: datetime) -> bool:
    """Have a shelved instance give up its host, asked for by nobody; False when it may not."""
    tx, task_id = posting.tx, str(uuid.uuid4())
    request_id = f"req-{task_id}"
    task = Task(task_id, OFFLOAD.action, request_id, VmState.SHELVED)
    if not tasks.begin(tx, instance.id, OFFLOAD, task, now):
        return False
    _note(tx, instance, request_id, now)
    posting.post(m.CONDUCTOR_ADDRESS, m.RunTask(instance.id, task_id))
    return True


def forget_image(posting: OutboxTx, instance: Instance) -> None:
    """Have the image deleted that the instance was shelved as, if there is one."""
    if instance.aside is not None and instance.aside.image_id is not None:
        posting.post(m.CONDUCTOR_ADDRESS, m.DiscardImage(instance.aside.image_id))


def offload_overdue(posting: OutboxTx, instance_id: str, now: datetime) -> bool:
    """Have an instance whose time on its host is over give it up; False when it has not."""
    instance = instances.get(posting.tx, instance_id)
    if instance is None or instance.vm_state is not VmState.SHELVED:
        return False
    return offload(posting, instance, now)


def _note(tx: Tx, instance: Instance, request_id: str, now: datetime) -> None:
    record = InstanceAction(
        instance_id=instance.id,
        request_id=request_id,
        action=OFFLOAD.action,
        user_id=instance.user_id,
        project_id=instance.project_id,
        started_at=now,
        updated_at=now,
    )
    actions.add(tx, [record])
