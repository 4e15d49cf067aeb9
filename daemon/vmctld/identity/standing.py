"""Whether a token is good now: the one place that says so, and why not."""

from __future__ import annotations

from datetime import datetime, timedelta

from vmctld.domain.identity import Caller, TokenKind
from vmctld.errors import Unauthenticated
from vmctld.storage.repositories.tokens import KnownToken

CLOCK_SKEW = timedelta(minutes=5)  # another process on this database may be that far ahead

_SIGN_IN = "sign in again: vmctl login"
_ASK_ADMIN = "ask an admin of this cloud"


def check_standing(known: KnownToken | None, now: datetime) -> Caller:
    """Return the caller of a token that is good at ``now``.

    Raises Unauthenticated: ``token-invalid`` (revoked, or never was), ``token-expired``,
    ``token-not-yet-valid``, ``user-disabled``, ``project-disabled``, ``role-lost``.
    """
    if known is None:
        raise Unauthenticated(
            "this token is not known: it was revoked, or never issued here",
            code="token-invalid",
            hint=_SIGN_IN,
        )
    caller = known.caller
    if caller.expires_at <= now:
        raise _no_more(caller, f"expired at {caller.expires_at:%Y-%m-%d %H:%M:%S} UTC", "expired")
    if caller.issued_at is not None and caller.issued_at - CLOCK_SKEW > now:
        raise _no_more(caller, "was issued later than now: a clock was set back", "not-yet-valid")
    if not known.user_enabled:
        raise Unauthenticated(
            f"the user {caller.user_name} is disabled", code="user-disabled", hint=_ASK_ADMIN
        )
    if not known.project_enabled:
        raise Unauthenticated(
            f"the project {caller.project_name} is disabled",
            code="project-disabled",
            hint=_ASK_ADMIN,
        )
    if not caller.roles:
        raise Unauthenticated(
            f"the user {caller.user_name} has no role in {caller.project_name} any more",
            code="role-lost",
            hint=_ASK_ADMIN,
        )
    return caller


def _no_more(caller: Caller, what: str, code: str) -> Unauthenticated:
    if caller.kind is TokenKind.BUILD:
        return Unauthenticated(f"the build's token {what}", code=f"token-{code}")
    return Unauthenticated(f"your token {what}", code=f"token-{code}", hint=_SIGN_IN)
