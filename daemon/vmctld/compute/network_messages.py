"""What the compute parts tell each other about networks, beside what a boot needs."""

from __future__ import annotations

from dataclasses import dataclass, field

from vmctld.bus.codec import message

ROUTERS_CHANGED = "routers-changed"


@message
@dataclass(frozen=True, slots=True)
class RoutersChanged:
    """Fanout, to every host: ask again what you have to make of routers."""


@message
@dataclass(frozen=True, slots=True)
class TaskToken:
    """Call, agent to conductor: let me ask other services for the instance of this task."""

    instance_id: str
    task_id: str


@message
@dataclass(frozen=True, slots=True)
class TaskTokenAnswer:
    """Answer of the conductor: a token as a build has it."""

    token: str = field(repr=False)
