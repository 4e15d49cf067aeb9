"""Bus URLs, and what a broker's refusals mean to an operator."""

from __future__ import annotations

import ssl

import pytest
from pika.exceptions import (
    AMQPConnectionError,
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
    StreamLostError,
)

from vmctld.bus.rabbitmq.broker import (
    Broker,
    is_sender_refusal,
    parse_broker_url,
    refusal,
    trouble,
)
from vmctld.errors import InvalidRequest

BROKER = Broker("mq.example", 5672, "/", "vmctl", "hunter2")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("amqp://mq", ("mq", 5672, "/", "guest", "guest")),
        ("amqp://vmctl:x@mq:1234", ("mq", 1234, "/", "vmctl", "x")),
        ("amqp://vmctl:x@mq/", ("mq", 5672, "/", "vmctl", "x")),
        ("amqp://vmctl:x@mq/%2f", ("mq", 5672, "/", "vmctl", "x")),
        ("amqp://vmctl:x@mq/cloud", ("mq", 5672, "cloud", "vmctl", "x")),
        ("amqp://v%40m:p%2Fw%3A@mq/a%2Fb", ("mq", 5672, "a/b", "v@m", "p/w:")),
        ("amqp://u:x@[::1]:99/", ("::1", 99, "/", "u", "x")),
        ("amqps://u:x@mq", ("mq", 5671, "/", "u", "x")),
    ],
)
def test_a_url_says_where_and_who(url: str, expected: tuple[object, ...]) -> None:
    broker = parse_broker_url(url)

    assert (broker.host, broker.port, broker.vhost, broker.user, broker.password) == expected


def test_only_amqps_is_encrypted_and_checks_whom_it_talks_to() -> None:
    tls = parse_broker_url("amqps://mq").tls

    assert parse_broker_url("amqp://mq").tls is None
    assert tls is not None
    assert tls.check_hostname
    assert tls.verify_mode is ssl.CERT_REQUIRED


def test_a_url_has_options() -> None:
    broker = parse_broker_url("amqps://mq?heartbeat=3&server_name_indication=rabbit.example")

    assert (broker.heartbeat_s, broker.server_name) == (3, "rabbit.example")
    assert broker.parameters("test").heartbeat == 3


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mq",
        "http://u:hunter2@mq",
        "amqp://u:hunter2@",
        "amqp://u:hunter2@mq:port",
        "amqp://u:hunter2@mq:99999",
        "amqp://u:hunter2@mq?heartbeat=soon",
        "amqp://u:hunter2@mq?colour=red",
        "amqp://u:hunter2@mq?nothing",
        "amqp://u:hunter2@[mq",
        "amqps://u:hunter2@mq?cacertfile=/nowhere/ca.pem",
    ],
)
def test_a_bad_url_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse_broker_url(url)

    assert refused.value.code == "bad-bus-url"
    assert "hunter2" not in str(vars(refused.value))
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_password_is_in_no_repr() -> None:
    assert "hunter2" not in repr(BROKER)
    assert "hunter2" not in repr(BROKER.parameters("test"))


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ProbableAuthenticationError(403, "x"), "broker-login-refused", "user vmctl"),
        (ProbableAccessDeniedError(530, "x"), "broker-vhost-refused", "no virtual host /"),
        (ConnectionClosedByBroker(530, "x"), "broker-vhost-refused", "no virtual host /"),
        (ssl.SSLError(1, "certificate verify failed"), "broker-tls-failed", "TLS"),
        (ConnectionRefusedError(111, "Connection refused"), "broker-away", "Connection refused"),
        (StreamLostError("it broke"), "broker-away", "it broke"),
        (ConnectionClosedByBroker(320, "shutting down"), "broker-away", "shutting down"),
        (AMQPConnectionError(), "broker-away", "AMQPConnectionError"),
        (None, "broker-away", "NoneType"),
    ],
)
def test_trouble_has_a_code_and_words_of_its_own(
    error: BaseException | None, code: str, words: str
) -> None:
    said = trouble(error, BROKER)

    assert said.code == code
    assert words in said.message
    assert "mq.example:5672" in said.message
    assert "hunter2" not in str(vars(said))


def test_trouble_is_found_inside_of_what_pika_wraps_it_in() -> None:
    class Phase(Exception):
        exception = ProbableAuthenticationError(403, "x")

    class Workflow(Exception):
        exceptions = (OSError("an earlier address"), Phase())

    assert trouble(AMQPConnectionError(Workflow()), BROKER).code == "broker-login-refused"


@pytest.mark.parametrize(
    ("reply_code", "reply_text", "code"),
    [
        (406, "PRECONDITION_FAILED - inequivalent arg 'x-queue-type'", "queue-of-another-kind"),
        (403, "ACCESS_REFUSED - configure access refused", "broker-access-refused"),
        (406, "PRECONDITION_FAILED - delivery acknowledgement timed out", "queue-lost"),
        (541, "INTERNAL_ERROR", "queue-lost"),
    ],
)
def test_a_refused_queue_is_named_with_the_brokers_words(
    reply_code: int, reply_text: str, code: str
) -> None:
    said = refusal(ChannelClosedByBroker(reply_code, reply_text), BROKER, "vmctl.v1.scheduler")

    assert said.code == code
    assert reply_text in said.message
    assert said.facts["queue"] == "vmctl.v1.scheduler"


def test_a_refused_sender_is_told_from_other_refusals() -> None:
    mismatch = "PRECONDITION_FAILED - user_id property set to 'a' but authenticated user was 'b'"

    assert is_sender_refusal(ChannelClosedByBroker(406, mismatch))
    assert not is_sender_refusal(ChannelClosedByBroker(406, "PRECONDITION_FAILED - other"))
    assert not is_sender_refusal(StreamLostError("user_id"))
