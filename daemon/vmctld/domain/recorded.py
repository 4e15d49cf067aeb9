"""What somebody asked an instance to do, and what was done for it: nova's actions and events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InstanceAction:
    """One request: create, delete and so on."""

    instance_id: str
    request_id: str
    action: str
    user_id: str
    project_id: str
    started_at: datetime
    updated_at: datetime
    message: str | None = None


@dataclass(frozen=True, slots=True)
class ActionEvent:
    """One part of what was done.  ``result`` is nova's Success or Error, None while it runs."""

    event: str
    started_at: datetime
    finished_at: datetime | None
    result: str | None
    host: str | None
    details: str


@dataclass(frozen=True, slots=True)
class RecordedAction:
    """A request with all that was done for it."""

    action: InstanceAction
    events: tuple[ActionEvent, ...]
