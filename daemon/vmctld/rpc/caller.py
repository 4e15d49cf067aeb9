"""Who is calling: what a servicer may ask about the call that it serves."""

from __future__ import annotations

import grpc

from vmctld.domain.identity import Caller, TokenKind, Validation
from vmctld.errors import Forbidden, Unauthenticated
from vmctld.observe import context as request_context


def validation_of(context: grpc.ServicerContext) -> Validation:
    """Return the caller together with how long it took to know them (steps 4 and 5).

    ``context`` is a witness: only code that serves a call has one to show.
    """
    validation = request_context.current().validation
    if validation is None:
        raise Unauthenticated("this call has no caller: its method is open to everyone")
    return validation


def caller_of(context: grpc.ServicerContext) -> Caller:
    """Return who is calling, as the token of the call says."""
    return validation_of(context).caller


def require_instance(caller: Caller, instance_id: str) -> None:
    """Raise Forbidden when a build token is used for another instance than its own."""
    if caller.kind is TokenKind.BUILD and caller.instance_id != instance_id:
        raise Forbidden(
            f"this build token is not good for instance {instance_id}",
            code="wrong-instance",
            facts={"instance_id": instance_id, "token_instance_id": caller.instance_id},
        )
