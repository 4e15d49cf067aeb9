"""I11: nothing is on its way for longer than it may be.

Nothing is mended here: the conductor's sweep takes up what is late, and what is still late
after it did needs a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from vmctld.domain.instance import TaskState
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import GRACE, Living, World


def overdue_instances(world: World) -> Iterator[Suspect]:
    """An instance that something has been happening to for too long."""
    for instance in world.living.values():
        late = None if instance.has_settled else _late(world, instance)
        if late is not None and late > timedelta(0):
            what = instance.task_state or instance.vm_state
            yield Suspect(
                "overdue", instance.id, f"{what} for {late.total_seconds():.0f} s too long"
            )


def _late(world: World, instance: Living) -> timedelta | None:
    """Return for how long it is late; None: it may wait as long as it needs."""
    if instance.deadline_at is not None:
        return world.now - instance.deadline_at - GRACE
    since = world.now - instance.updated_at
    if instance.task_state is TaskState.DELETING:
        return since - GRACE
    if instance.task_state is TaskState.AWAITING_SLOT:
        return None  # its deadline counts from its slot
    return since - timedelta(seconds=world.installation.build_timeout_s)
