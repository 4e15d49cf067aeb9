"""The agents' service as the compute api reaches it: consoles."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

from tests.support.carriers import Cloud, a_cloud
from vmctl.v1 import agent_pb2 as pb
from vmctld.clients.agent import AgentClient
from vmctld.errors import NotFound

GRACE_S = 10.0


@pytest.fixture(params=["local", "socket"])
def cloud(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cloud]:
    with a_cloud(request.param, tmp_path) as cloud:
        yield cloud


@pytest.fixture
def client(cloud: Cloud) -> AgentClient:
    return AgentClient(lambda _host: cloud.channel, lambda: "service")


def _echo(
    requests: Iterator[pb.AttachConsoleRequest], _context: grpc.ServicerContext
) -> Iterator[pb.AttachConsoleResponse]:
    for request in requests:
        yield pb.AttachConsoleResponse(data=request.data or request.instance_id.encode())


def test_what_is_typed_comes_after_the_instances_id(cloud: Cloud, client: AgentClient) -> None:
    cloud.does("AttachConsole", _echo)

    written = list(client.attach_console("a", "i-1", iter([b"ls"]), lambda end: None))

    assert written == [b"i-1", b"ls"]


def test_a_screen_is_open_before_it_says_a_word(cloud: Cloud, client: AgentClient) -> None:
    def show(
        requests: Iterator[pb.OpenDisplayRequest], _context: grpc.ServicerContext
    ) -> Iterator[pb.OpenDisplayResponse]:
        yield pb.OpenDisplayResponse()
        for request in requests:
            yield pb.OpenDisplayResponse(data=request.data or request.instance_id.encode())

    cloud.does("OpenDisplay", show)

    seen = list(client.open_display("a", "i-1", iter([b"RFB"]), lambda end: None))

    assert seen == [b"", b"i-1", b"RFB"]


def test_a_user_who_leaves_ends_the_console_without_a_failure(
    cloud: Cloud, client: AgentClient
) -> None:
    cloud.does("AttachConsole", _echo)
    ends: list[Callable[[], None]] = []
    gone = threading.Event()

    def typed() -> Iterator[bytes]:
        gone.wait(GRACE_S)
        yield b""

    console = client.attach_console("a", "i-1", typed(), ends.append)
    first = next(console)
    ends[0]()
    gone.set()

    assert (first, list(console)) == (b"i-1", [])


def test_what_ends_a_console_at_the_other_end_is_told(cloud: Cloud, client: AgentClient) -> None:
    def refuse(_requests: object, _context: object) -> Iterator[pb.AttachConsoleResponse]:
        raise NotFound("no machine", code="machine-not-found")
        yield

    cloud.does("AttachConsole", refuse)

    with pytest.raises(NotFound) as refused:
        list(client.attach_console("a", "i-1", iter([]), lambda end: None))

    assert refused.value.code == "machine-not-found"
