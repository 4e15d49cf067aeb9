"""Identity and images behind the real guard, reached inside the process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from tests.support.carriers import by
from tests.support.database import a_database
from vmctl.v1.identity_pb2_grpc import (
    IdentityServiceStub,
    add_IdentityServiceServicer_to_server,
)
from vmctl.v1.image_pb2_grpc import ImageServiceStub, add_ImageServiceServicer_to_server
from vmctld.clients.identity import IdentityClient
from vmctld.errors import VmctlError
from vmctld.identity.passwords import Passwords
from vmctld.identity.service import Identity
from vmctld.image.service import Images
from vmctld.rpc.interceptors import Guard
from vmctld.rpc.servicers.identity import IdentityServicer
from vmctld.rpc.servicers.image import ImageServicer
from vmctld.rpc.services import Services
from vmctld.storage.database import Database
from vmctld.wire.carrier import LocalChannel, LocalServer
from vmctld.wire.status import error_from_rpc

PASSWORD = "correct horse"


@dataclass
class Rooms:
    """Two services, their stubs, and the tokens of an admin and of the conductor."""

    identity: Identity
    store: Path
    channel: grpc.Channel
    admin: str
    conductor: str

    @property
    def identities(self) -> IdentityServiceStub:
        return IdentityServiceStub(self.channel)

    @property
    def images(self) -> ImageServiceStub:
        return ImageServiceStub(self.channel)

    def call(self, method: object, request: object, token: str | None = None) -> object:
        """Return the answer to a call as the admin; raises our own error."""
        try:
            return method(request, metadata=by(token or self.admin))  # type: ignore[operator]
        except grpc.RpcError as error:
            raise error_from_rpc(error) from error

    def refusal(self, method: object, request: object, token: str | None = None) -> VmctlError:
        """Return the error that a call ends with."""
        with pytest.raises(VmctlError) as refusal:
            self.call(method, request, token)
        return refusal.value


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = a_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def rooms(database: Database, tmp_path: Path) -> Rooms:
    identity = Identity(database, passwords=Passwords(memory_kib=8))
    identity.start(tmp_path, PASSWORD)
    local = LocalServer()
    channel = LocalChannel(local)
    client = IdentityClient(channel)
    identity.tokens.on_change(client.forget_all)
    services = Services(Guard(client), local)
    services.add(add_IdentityServiceServicer_to_server, IdentityServicer(identity))
    store = tmp_path / "images"
    services.add(add_ImageServiceServicer_to_server, ImageServicer(Images(database, store)))
    admin = identity.sign_ins.sign_in("admin", PASSWORD, "")
    return Rooms(identity, store, channel, admin, identity.services.issue("conductor"))
