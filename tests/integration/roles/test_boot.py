"""A boot through four processes, as a user sees it."""

from __future__ import annotations

import pytest
from websockets.sync.client import connect

from tests.crash.cloud import Wish
from tests.integration.roles.users import Users
from tests.support.split import FOUR, HOST, Split
from vmctl.v1 import compute_pb2 as pb
from vmctl.v1 import console_pb2
from vmctl.v1.compute_pb2_grpc import ComputeServiceStub
from vmctl.v1.console_pb2_grpc import ConsoleServiceStub

TOLD_AT_ONCE_S = 15.0  # a watcher who was not told looks for himself after 30


def test_all_28_steps_are_done_by_the_processes_that_own_them(users: Users) -> None:
    server_id = users.cloud.boot(Wish("web"))

    ends = users.all_settle([server_id])

    trace = users.cloud.trace(server_id)
    assert ends["ACTIVE"] == 1
    assert [step.number for step in trace.steps] == list(range(1, 29))
    users.delete_all()


def test_whoever_watches_a_boot_hears_of_what_other_processes_do(users: Users) -> None:
    server_id = users.cloud.boot(Wish("web"))
    with users.channel() as channel:
        watch = ComputeServiceStub(channel).WatchInstance

        seen = [
            progress.instance.status
            for progress in watch(
                pb.WatchInstanceRequest(instance=server_id),
                metadata=users.metadata,
                timeout=TOLD_AT_ONCE_S,
            )
        ]

    assert seen[-1] == "ACTIVE"
    users.delete_all()


def test_a_console_is_reached_through_the_agent_of_its_host(users: Users) -> None:
    server_id = users.cloud.boot(Wish("web"))
    users.all_settle([server_id])
    with users.channel() as channel:
        ask = ComputeServiceStub(channel).GetConsoleLog

        answer = ask(
            pb.GetConsoleLogRequest(instance=server_id), metadata=users.metadata, timeout=20
        )

    assert b"login:" in answer.output
    assert users.cloud.get(server_id).host == HOST
    users.delete_all()


def test_a_browser_at_the_api_sees_the_screen_of_a_guest_elsewhere(users: Users) -> None:
    server_id = users.cloud.boot(Wish("web"))
    users.all_settle([server_id])
    with users.channel() as channel:
        console = ConsoleServiceStub(channel).CreateConsole(
            console_pb2.CreateConsoleRequest(instance=server_id, type="novnc"),
            metadata=users.metadata,
            timeout=20,
        )

    with connect(console.url.replace("http", "ws", 1), proxy=None) as line:
        seen = line.recv(timeout=20)

    assert seen == b"RFB 003.008\n"
    users.delete_all()


@pytest.mark.long
def test_a_role_ends_cleanly_and_another_one_goes_on(split: Split, users: Users) -> None:
    codes = [split.role(role).stop() for role in FOUR]

    split.start()

    assert codes == [0, 0, 0, 0]
    server_id = users.cloud.boot(Wish("web"))
    assert users.all_settle([server_id])["ACTIVE"] == 1
    users.delete_all()
