"""What a role says and does when it comes before its broker and its database, or never gets in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import pika
import pytest

from tests.crash.cloud import Wish
from tests.integration.roles.conftest import NewSplit
from tests.integration.roles.users import Users
from tests.support.rabbitmq import SERVICES, Broker
from tests.support.split import PASSWORD, Role, Split
from tests.support.waiting import eventually
from vmctl.v1 import compute_pb2 as pb
from vmctl.v1 import identity_pb2, operator_pb2
from vmctl.v1.compute_pb2_grpc import ComputeServiceStub
from vmctl.v1.identity_pb2_grpc import IdentityServiceStub
from vmctl.v1.operator_pb2_grpc import OperatorServiceStub

CANNOT_START = 8
START_S = 90.0  # on a busy machine


@pytest.fixture
def api(new_split: NewSplit, broker: Broker) -> Iterator[Role]:
    """An api that was not started yet."""
    role = new_split(broker).role("api")
    yield role
    if role.is_alive:
        role.kill()


def _says(role: Role, *words: str) -> bool:
    return eventually(lambda: all(word in role.words for word in words), START_S)


@contextmanager
def _calling(role: Role) -> Iterator[grpc.Channel]:
    socket = role.log.parent.parent / "v1.sock"
    assert eventually(socket.exists, START_S), role.words
    with grpc.insecure_channel(f"unix:{socket}") as channel:
        yield channel


def _end_of(role: Role) -> int:
    assert role.process is not None
    return role.process.wait(START_S)


def test_a_wrong_password_at_the_broker_ends_the_start_and_is_not_printed(
    api: Role, broker: Broker
) -> None:
    api.begin("--bus-url", broker.url(SERVICES, password="canary-1234"))

    assert _end_of(api) == CANNOT_START
    assert _says(api, "refuses the user services", "VMCTLD_BUS_URL")
    assert "canary-1234" not in api.log.read_text()


@pytest.mark.long
def test_a_virtual_host_that_is_not_there_ends_the_start(api: Role, broker: Broker) -> None:
    api.begin("--bus-url", broker.url(SERVICES, vhost="nowhere"))

    assert _end_of(api) == CANNOT_START
    assert _says(api, "no virtual host nowhere", "add_vhost")


def test_an_api_without_its_database_answers_unavailable_and_waits(api: Role) -> None:
    api.begin("--database-url", "postgresql://vmctl:canary-1234@127.0.0.1:9/nothing")

    with _calling(api) as channel:
        assert _says(api, "waits for the database")
        sign_in = IdentityServiceStub(channel).SignIn
        with pytest.raises(grpc.RpcError) as refused:
            sign_in(identity_pb2.SignInRequest(user_name="admin"), timeout=10)

    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert "127.0.0.1:9" in refused.value.details()
    assert not api.is_ready
    assert api.stop() == 0
    assert "canary-1234" not in api.log.read_text()


def test_an_api_without_its_broker_lets_operators_look_and_refuses_the_rest(
    api: Role, broker: Broker
) -> None:
    away = broker.url(SERVICES).replace(f":{broker.port}/", ":9/")
    api.begin("--bus-url", away)

    with _calling(api) as channel:
        assert _says(api, "waits for the broker", "127.0.0.1:9")
        request = identity_pb2.SignInRequest(user_name="admin", password=PASSWORD)
        token = IdentityServiceStub(channel).SignIn(request, timeout=20).token
        metadata = (("authorization", f"Bearer {token}"),)
        diagnose = OperatorServiceStub(channel).Diagnose
        checks = diagnose(operator_pb2.DiagnoseRequest(), metadata=metadata, timeout=30).checks
        boot = ComputeServiceStub(channel).BootInstance
        with pytest.raises(grpc.RpcError) as refused:
            boot(pb.BootInstanceRequest(name="web"), metadata=metadata, timeout=10)

    assert {c.outcome for c in checks if "127.0.0.1:9" in c.detail} == {"failed"}
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert "127.0.0.1:9" in refused.value.details()
    assert api.stop() == 0


@pytest.mark.long
def test_a_queue_of_another_kind_ends_the_start_and_is_left_alone(
    new_split: NewSplit, broker: Broker
) -> None:
    split: Split = new_split(broker)
    scheduler = split.role("scheduler")
    with pika.BlockingConnection(pika.URLParameters(split.bus_url)) as connection:
        connection.channel().queue_declare("vmctl.v1.scheduler", durable=True)
        split.role("api").begin()
        split.role("api").wait_ready()
        scheduler.begin()
        code = _end_of(scheduler)
        connection.channel().queue_delete("vmctl.v1.scheduler")

    assert code == CANNOT_START
    assert _says(scheduler, "queue vmctl.v1.scheduler of another kind", "delete_queue")


def test_what_is_no_message_of_ours_becomes_a_dead_letter_and_stops_nobody(
    split: Split, users: Users
) -> None:
    with pika.BlockingConnection(pika.URLParameters(split.bus_url)) as connection:
        channel = connection.channel()
        for body in (b"nothing", b'{"v": 99, "type": "PlaceInstance", "body": {}}'):
            channel.basic_publish("", "vmctl.v1.scheduler", body)

    server_id = users.cloud.boot(Wish("web"))

    assert users.all_settle([server_id])["ACTIVE"] == 1
    assert eventually(lambda: _dead_letters(users) == 2, START_S)
    users.delete_all()


def _dead_letters(users: Users) -> int:
    with users.channel() as channel:
        ask = OperatorServiceStub(channel).ListDeadLetters
        request = operator_pb2.ListDeadLettersRequest()
        return len(ask(request, metadata=users.metadata, timeout=20).letters)
