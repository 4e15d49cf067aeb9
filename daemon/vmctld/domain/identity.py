"""Who asks: users, projects, roles, and what a validated token says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What an assignment allows; each includes the ones after it."""

    ADMIN = "admin"
    MEMBER = "member"
    READER = "reader"


class TokenKind(StrEnum):
    """Whose token it is: a person's, a build's (one instance, one attempt), or a service's own."""

    USER = "user"
    BUILD = "build"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Project:
    """A tenant: owns instances, images, networks and volumes."""

    id: str
    name: str
    description: str
    enabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can sign in.  The password's hash never leaves storage."""

    id: str
    name: str
    email: str
    enabled: bool
    default_project_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UserChanges:
    """What shall be different about a user; None leaves it as it is."""

    name: str | None = None
    password: str | None = field(default=None, repr=False)
    email: str | None = None
    enabled: bool | None = None
    default_project: str | None = None  # name or id; empty: none


@dataclass(frozen=True, slots=True)
class ProjectChanges:
    """What shall be different about a project; None leaves it as it is."""

    name: str | None = None
    description: str | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class RoleAssignment:
    """``user`` has ``role`` in ``project``."""

    user_id: str
    user_name: str
    project_id: str
    project_name: str
    role: Role


@dataclass(frozen=True, slots=True)
class StepTiming:
    """When something traced happened and for how long, as its doer measured it."""

    started_at: datetime
    duration_ms: float


AGENT = "agent"  # what the name of an agent begins with; its host follows, after a dot


@dataclass(frozen=True, slots=True)
class Caller:
    """What a valid token says: who, in which project, with which roles, until when.

    ``instance_id`` and ``attempt`` are set for a build token only: it is good for that
    instance's resources and for the RPC names in ``calls``.
    ``signed_in`` holds the timings of steps 1 and 2, kept with the token.
    """

    token_id: str  # the SHA-256 of the token, never the token
    kind: TokenKind
    user_id: str
    user_name: str
    project_id: str
    project_name: str
    roles: frozenset[Role]
    expires_at: datetime
    issued_at: datetime | None = None
    instance_id: str | None = None
    attempt: int | None = None
    calls: frozenset[str] = frozenset()
    signed_in: tuple[StepTiming, StepTiming] | None = None

    @property
    def is_admin(self) -> bool:
        """True when the caller may see and touch what other projects own."""
        return Role.ADMIN in self.roles or self.kind is TokenKind.SERVICE

    @property
    def is_agent(self) -> bool:
        """True for the agent of a compute host: it is trusted with what its host has."""
        return self.kind is TokenKind.SERVICE and self.user_name.partition(".")[0] == AGENT

    @property
    def agent_host(self) -> str | None:
        """The host whose agent this is; None for others, and for agents in identity's process.

        Those are the daemon itself, and speak for all of its hosts.
        """
        return (self.user_name.partition(".")[2] or None) if self.is_agent else None


@dataclass(frozen=True, slots=True)
class Validation:
    """A valid token's caller, and the two traced steps in which a service learned of it."""

    caller: Caller
    asked: StepTiming  # the question on its way (step 4)
    answered: StepTiming  # the answer taken in (step 5)
    from_cache: bool  # true: a positive answer of the last moments stood for identity's

    @property
    def total(self) -> StepTiming:
        """Both as one: what a build records as step 20, 23 or 26."""
        duration_ms = self.asked.duration_ms + self.answered.duration_ms
        return StepTiming(self.asked.started_at, duration_ms)
