"""What a token says, on the wire: TokenInfo is a Caller."""

from __future__ import annotations

from vmctl.v1 import identity_pb2 as pb
from vmctld.domain.identity import Caller, Role, StepTiming, TokenKind
from vmctld.wire.convert.common import (
    time_from_proto,
    time_to_proto,
    timing_from_proto,
    timing_to_proto,
)


def caller_to_proto(caller: Caller) -> pb.TokenInfo:
    """Return ``caller`` as a message."""
    return pb.TokenInfo(
        token_id=caller.token_id,
        kind=caller.kind.value,
        user_id=caller.user_id,
        user_name=caller.user_name,
        project_id=caller.project_id,
        project_name=caller.project_name,
        roles=sorted(role.value for role in caller.roles),
        issued_at=time_to_proto(caller.issued_at) if caller.issued_at else None,
        expires_at=time_to_proto(caller.expires_at),
        instance_id=caller.instance_id or "",
        attempt=caller.attempt or 0,
        calls=sorted(caller.calls),
        signed_in=[timing_to_proto(timing) for timing in caller.signed_in or ()],
    )


def caller_from_proto(message: pb.TokenInfo) -> Caller:
    """Return who a token belongs to and what it is good for."""
    return Caller(
        token_id=message.token_id,
        kind=TokenKind(message.kind),
        user_id=message.user_id,
        user_name=message.user_name,
        project_id=message.project_id,
        project_name=message.project_name,
        roles=frozenset(Role(role) for role in message.roles),
        issued_at=time_from_proto(message.issued_at) if message.HasField("issued_at") else None,
        expires_at=time_from_proto(message.expires_at),
        instance_id=message.instance_id or None,
        attempt=message.attempt or None,
        calls=frozenset(message.calls),
        signed_in=_signed_in(message),
    )


def _signed_in(message: pb.TokenInfo) -> tuple[StepTiming, StepTiming] | None:
    """Return steps 1 and 2; None for a token that nobody signed in for."""
    if len(message.signed_in) != 2:
        return None
    first, second = message.signed_in
    return timing_from_proto(first), timing_from_proto(second)
