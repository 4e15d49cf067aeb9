"""Services whose methods a test writes, behind the real guard, on either carrier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import grpc

from tests.support.callers import a_build, a_caller, a_service, an_admin
from tests.support.clock import NOON
from vmctl.v1 import agent_pb2_grpc, identity_pb2_grpc, image_pb2_grpc, keypair_pb2_grpc
from vmctld.domain.identity import Caller, StepTiming, Validation
from vmctld.errors import Unauthenticated
from vmctld.rpc.interceptors import Guard
from vmctld.rpc.server import RpcServer
from vmctld.rpc.services import Services
from vmctld.wire.carrier import LocalChannel, LocalServer
from vmctld.wire.metadata import AUTHORIZATION, REQUEST_ID

REQUEST = f"req-{'0' * 8}-0000-0000-0000-{'0' * 12}"
LOCATE_IMAGE = "/vmctl.v1.ImageService/LocateImage"  # what the build's token is good for


class Scripted:
    """A servicer of any service: a method does what the test put under its name."""

    def __init__(self) -> None:
        self.methods: dict[str, Callable[[Any, grpc.ServicerContext], Any]] = {}

    def __getattr__(self, name: str) -> Callable[[Any, grpc.ServicerContext], Any]:
        return lambda request, context: self.methods[name](request, context)


@dataclass
class KnownTokens:
    """A TokenValidator that knows some callers by token."""

    callers: dict[str, Caller] = field(
        default_factory=lambda: {
            "member": a_caller(),
            "admin": an_admin(),
            "build": replace(a_build("instance-1"), calls=frozenset({LOCATE_IMAGE})),
            "service": a_service(),
        }
    )

    def validate(self, token: str) -> Validation:
        """Return whose token it is, as if identity had taken 1.5 ms in all."""
        if token not in self.callers:
            raise Unauthenticated("no such token", code="token-unknown")
        asked, answered = StepTiming(NOON, 1.0), StepTiming(NOON, 0.5)
        return Validation(self.callers[token], asked, answered, from_cache=False)


@dataclass
class Cloud:
    """Scripted services and a channel to them."""

    channel: grpc.Channel
    servicer: Scripted
    tokens: KnownTokens
    stop: Callable[[], None]

    @property
    def keypairs(self) -> keypair_pb2_grpc.KeypairServiceStub:
        """One message there, one back."""
        return keypair_pb2_grpc.KeypairServiceStub(self.channel)

    @property
    def images(self) -> image_pb2_grpc.ImageServiceStub:
        """Uploads: many messages there.  Downloads: many back."""
        return image_pb2_grpc.ImageServiceStub(self.channel)

    @property
    def agent(self) -> agent_pb2_grpc.AgentServiceStub:
        """Consoles: many messages there and back."""
        return agent_pb2_grpc.AgentServiceStub(self.channel)

    @property
    def identity(self) -> identity_pb2_grpc.IdentityServiceStub:
        """Has methods that are open to everybody."""
        return identity_pb2_grpc.IdentityServiceStub(self.channel)

    def does(self, method: str, behaviour: Callable[[Any, grpc.ServicerContext], Any]) -> None:
        """Let ``method``, of whichever service, do this."""
        self.servicer.methods[method] = behaviour


@contextmanager
def a_cloud(carrier: str, directory: Path, max_streams: int = 8) -> Iterator[Cloud]:
    """Yield scripted services over ``local`` or ``socket``."""
    tokens, servicer = KnownTokens(), Scripted()
    local, server = LocalServer(), RpcServer(max_streams)
    services = Services(Guard(tokens), local if carrier == "local" else server)
    for register in (
        keypair_pb2_grpc.add_KeypairServiceServicer_to_server,
        image_pb2_grpc.add_ImageServiceServicer_to_server,
        agent_pb2_grpc.add_AgentServiceServicer_to_server,
        identity_pb2_grpc.add_IdentityServiceServicer_to_server,
    ):
        services.add(register, servicer)
    if carrier == "local":
        with LocalChannel(local) as channel:
            yield Cloud(channel, servicer, tokens, lambda: None)
        return
    address = server.listen(f"unix://{directory}/s.sock")
    server.start()
    server.set_ready(True)
    try:
        with grpc.insecure_channel(address) as channel:
            yield Cloud(channel, servicer, tokens, partial(server.stop, 5))
    finally:
        server.stop(grace_s=5)


def by(token: str, request_id: str = REQUEST) -> tuple[tuple[str, str], ...]:
    """Return the metadata of a call with ``token``."""
    return (REQUEST_ID, request_id), (AUTHORIZATION, f"Bearer {token}")
