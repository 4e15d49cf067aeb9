"""Identity: signing in and out, tokens, users, projects, roles."""

from __future__ import annotations

from functools import cached_property

from vmctl.v1 import identity_pb2 as pb
from vmctl.v1.identity_pb2_grpc import IdentityServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.values import time_of
from vmctl_cli.errors import CliError
from vmctl_cli.session import SignedIn, TokenOwner


class Identity:
    """The identity service."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> IdentityServiceStub:
        return IdentityServiceStub(self._calls.channel)

    def sign_in(self, user_name: str, password: str, project: str) -> SignedIn:
        """Return a fresh token (steps 1 and 2)."""
        answer = self._calls.unary(
            self._stub.SignIn,
            pb.SignInRequest(user_name=user_name, password=password, project=project),
            repeatable=True,
            with_token=False,
        )
        return SignedIn(
            token=answer.token,
            owner=_owner(answer.info),
            expires_unix=answer.info.expires_at.seconds + answer.info.expires_at.nanos / 1e9,
        )

    def sign_out(self) -> None:
        """End the token that this command uses."""
        self._calls.unary(self._stub.SignOut, pb.SignOutRequest())

    def owner_of_token(self) -> TokenOwner:
        """Return whom the token that this command uses belongs to."""
        token = self._calls.token()
        try:
            return self._owner_of(token)
        except CliError as error:
            renewed = self._calls.token()  # the call may have signed in again
            if error.class_name != "Unauthenticated" or renewed == token:
                raise
            return self._owner_of(renewed)

    def _owner_of(self, token: str) -> TokenOwner:
        request = pb.ValidateTokenRequest(token=token)
        return _owner(self._calls.unary(self._stub.ValidateToken, request, repeatable=True))


def _owner(info: pb.TokenInfo) -> TokenOwner:
    return TokenOwner(
        user_id=info.user_id,
        user_name=info.user_name,
        project_id=info.project_id,
        project_name=info.project_name,
        roles=tuple(info.roles),
        issued_at=time_of(info, "issued_at"),
        expires_at=time_of(info, "expires_at"),
    )
