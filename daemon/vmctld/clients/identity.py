"""Identity, as other services ask it: whose token is this?  (steps 4-5, 20, 23, 26)"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from datetime import UTC, datetime

import grpc

from vmctl.v1 import identity_pb2 as pb
from vmctl.v1.identity_pb2_grpc import IdentityServiceStub
from vmctld.clients.base import ServiceClient, TokenSource
from vmctld.clients.validation_cache import ValidationCache
from vmctld.domain.identity import StepTiming, Validation
from vmctld.errors import TimedOut, Unavailable
from vmctld.wire.convert.caller import caller_from_proto
from vmctld.wire.convert.common import time_from_proto

VALIDATE_TIMEOUT_S = 2.0  # a service that cannot ask in time refuses the call


class IdentityClient(ServiceClient):
    """Validates tokens, remembering good answers for a moment, and issues build tokens."""

    def __init__(
        self,
        channel: grpc.Channel,
        token: TokenSource | None = None,
        cache: ValidationCache | None = None,
    ) -> None:
        super().__init__(token)
        self._stub = IdentityServiceStub(channel)
        self._cache = cache or ValidationCache()

    def validate(self, token: str) -> Validation:
        """Return whose token it is and how long finding out took.

        Raises Unauthenticated for a token that is not valid, Unavailable when identity
        does not answer within two seconds.
        """
        began_at, began = datetime.now(UTC), time.perf_counter()
        token_id = hashlib.sha256(token.encode()).hexdigest()
        if caller := self._cache.get(token_id):
            asked = StepTiming(began_at, _ms_since(began))
            return Validation(caller, asked, StepTiming(began_at, 0.0), from_cache=True)
        return self._ask(token, token_id, began_at, began)

    def forget_all(self) -> None:
        """Ask identity anew for every token: one of them was ended."""
        self._cache.clear()

    def issue_build_token(
        self,
        *,
        instance_id: str,
        attempt: int,
        user_id: str,
        project_id: str,
        calls: Iterable[str],
        lifetime_s: int,
    ) -> tuple[str, datetime]:
        """Return a token for one attempt to build one instance, and when it ends."""
        request = pb.IssueBuildTokenRequest(
            instance_id=instance_id,
            attempt=attempt,
            user_id=user_id,
            project_id=project_id,
            calls=sorted(calls),
            lifetime_s=lifetime_s,
        )
        answer = self._call(self._stub.IssueBuildToken, request)
        return answer.token, time_from_proto(answer.expires_at)

    def _ask(self, token: str, token_id: str, began_at: datetime, began: float) -> Validation:
        generation = self._cache.generation
        request = pb.ValidateTokenRequest(token=token)
        try:
            info = self._call(self._stub.ValidateToken, request, VALIDATE_TIMEOUT_S)
        except TimedOut as error:
            raise Unavailable(
                f"identity did not answer within {VALIDATE_TIMEOUT_S:g} s",
                code="identity-unavailable",
                hint="Try again; if it stays so, look at `vmctl doctor`.",
            ) from error
        asked = StepTiming(began_at, _ms_since(began))
        answered_at, answered = datetime.now(UTC), time.perf_counter()
        caller = caller_from_proto(info)
        self._cache.put(token_id, caller, generation)
        return Validation(
            caller, asked, StepTiming(answered_at, _ms_since(answered)), from_cache=False
        )


def _ms_since(began: float) -> float:
    return (time.perf_counter() - began) * 1_000
