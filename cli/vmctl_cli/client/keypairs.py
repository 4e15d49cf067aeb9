"""Key pairs: the public halves, which open a guest's door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vmctl.v1 import keypair_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.keypair_pb2_grpc import KeypairServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.pages import all_of
from vmctl_cli.client.values import time_of


@dataclass(frozen=True, slots=True)
class Keypair:
    """One key pair, as far as the daemon knows it."""

    name: str
    kind: str
    fingerprint: str
    public_key: str
    user_id: str
    created_at: str | None


class Keypairs:
    """The key pair service: each user sees their own, an admin those of any user."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> KeypairServiceStub:
        return KeypairServiceStub(self._calls.channel)

    def add(self, name: str, public_key: str, *, user: str = "") -> Keypair:
        """Keep a public key."""
        request = pb.ImportKeypairRequest(name=name, public_key=public_key, user=user)
        return _keypair(self._calls.unary(self._stub.ImportKeypair, request))

    def get(self, name: str, *, user: str = "") -> Keypair:
        """Return the key pair of that name."""
        request = pb.GetKeypairRequest(name=name, user=user)
        return _keypair(self._calls.unary(self._stub.GetKeypair, request, repeatable=True))

    def list(
        self, *, limit: int | None = None, marker: str = "", user: str = ""
    ) -> Iterator[Keypair]:
        """Return a user's key pairs, sorted by name."""

        def fetch(page: Page) -> list[pb.Keypair]:
            request = pb.ListKeypairsRequest(page=page, user=user)
            answer = self._calls.unary(self._stub.ListKeypairs, request, repeatable=True)
            return [*answer.keypairs]

        found = all_of(fetch, lambda keypair: keypair.name, limit=limit, marker=marker)
        yield from map(_keypair, found)

    def delete(self, name: str, *, user: str = "") -> None:
        """Forget a key pair; servers that have the key keep it."""
        self._calls.unary(self._stub.DeleteKeypair, pb.DeleteKeypairRequest(name=name, user=user))


def _keypair(message: pb.Keypair) -> Keypair:
    return Keypair(
        name=message.name,
        kind=message.kind,
        fingerprint=message.fingerprint,
        public_key=message.public_key,
        user_id=message.user_id,
        created_at=time_of(message, "created_at"),
    )
