"""Tokens for tasks that ask other services for what is a user's: drawn when needed, not kept."""

from __future__ import annotations

from vmctld.bus.base import Delivery
from vmctld.compute.conductor.ports import BuildTokens
from vmctld.compute.network_messages import TaskToken, TaskTokenAnswer
from vmctld.domain.lifecycle import transition_of
from vmctld.errors import WrongState
from vmctld.storage.database import Database
from vmctld.storage.repositories import instances

TASK_CALLS = frozenset(
    {
        "/vmctl.v1.NetworkService/EnsurePorts",
        "/vmctl.v1.VolumeService/ConnectVolumes",
        "/vmctl.v1.VolumeService/GrowVolume",
    }
)
"""What such a token is good for."""


class TaskTokens:
    """Gives an agent a token for an instance of its own host, while the instance has the task."""

    def __init__(self, database: Database, tokens: BuildTokens) -> None:
        self._database = database
        self._tokens = tokens

    def issue(self, message: TaskToken, host: str, _delivery: Delivery) -> TaskTokenAnswer:
        """Return a token for the task.

        Raises WrongState (``task-over``), Unauthenticated (``user-gone``).
        """
        with self._database.read() as tx:
            instance = instances.get(tx, message.instance_id)
        task = instance.task if instance and instance.host == host else None
        if instance is None or task is None or task.id != message.task_id:
            raise WrongState(
                "the task is not this host's to do any more",
                code="task-over",
                facts={"instance_id": message.instance_id},
            )
        token, _ = self._tokens.issue_build_token(
            instance_id=instance.id,
            attempt=instance.attempt,
            user_id=instance.user_id,
            project_id=instance.project_id,
            calls=TASK_CALLS,
            lifetime_s=int(transition_of(task.action, hard=task.hard).timeout_s),
        )
        return TaskTokenAnswer(token)
