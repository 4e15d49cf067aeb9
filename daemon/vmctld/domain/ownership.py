"""Who may see and touch what: the project that owns a thing, and admins.

What a caller cannot see does not exist for them (NotFound); what they can see and not
touch is Forbidden.
"""

from __future__ import annotations

from typing import Protocol

from vmctld.domain.identity import Caller
from vmctld.errors import Forbidden


class Owned(Protocol):
    """Anything that belongs to a project."""

    @property
    def id(self) -> str: ...

    @property
    def project_id(self) -> str: ...


def require_admin(caller: Caller, deed: str) -> None:
    """Raise Forbidden (``admin-only``) unless ``caller`` is an admin; ``deed`` says what for."""
    if not caller.is_admin:
        raise Forbidden(
            f"only an admin may {deed}",
            code="admin-only",
            hint="sign in as a user with the role admin",
        )


def require_owner(caller: Caller, thing: Owned, deed: str) -> None:
    """Raise Forbidden (``not-owner``) unless the caller's project owns ``thing``, or admin."""
    if not (caller.is_admin or caller.project_id == thing.project_id):
        raise Forbidden(
            f"only its owner may {deed}; it belongs to another project",
            code="not-owner",
            facts={"id": thing.id},
        )


def own_host(caller: Caller, host: str | None) -> str | None:
    """Return the host that a call is about: for an agent its own, which it need not name.

    Raises Forbidden (``other-host``) for an agent that names another one.
    """
    own = caller.agent_host
    if own is None:
        return host
    if host not in (None, own):
        raise Forbidden(
            f"the agent of {own} may not touch what is on {host}",
            code="other-host",
            facts={"host": host, "own_host": own},
        )
    return own


def listed_project(caller: Caller, *, all_projects: bool) -> str | None:
    """Return the project whose things a list shows; None for all.  Raises Forbidden."""
    if not all_projects:
        return caller.project_id
    require_admin(caller, "list what other projects own")
    return None
