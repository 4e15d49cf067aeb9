"""Where the broker is and how to sign in there, from one URL; and what its refusals mean.

A password is in here and comes out nowhere: not in a repr, a message, or a log line.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pika
from pika.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelClosedByBroker,
    ConnectionClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from vmctld.errors import Fact, InvalidRequest, Unavailable

HEARTBEAT_S = 10  # a broker that hangs is noticed after two of them
CONNECT_TIMEOUT_S = 10.0
PORT = {"amqp": 5672, "amqps": 5671}
OPTIONS = frozenset({"heartbeat", "cacertfile", "certfile", "keyfile", "server_name_indication"})
"""What a URL's query may say; RabbitMQ's own words (its "URI Query Parameters")."""

ACCESS_REFUSED, NOT_FOUND, PRECONDITION_FAILED, NOT_ALLOWED = 403, 404, 406, 530
"""AMQP's reply codes."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker and the user that this process is there."""

    host: str
    port: int
    vhost: str
    user: str
    password: str = field(repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    server_name: str = ""  # whom the certificate must name
    heartbeat_s: int = HEARTBEAT_S

    def parameters(self, role: str) -> pika.ConnectionParameters:
        """Return what pika connects with; the broker's own lists show ``role``."""
        return pika.ConnectionParameters(
            host=self.host,
            port=self.port,
            virtual_host=self.vhost,
            credentials=pika.PlainCredentials(self.user, self.password),
            heartbeat=self.heartbeat_s,
            ssl_options=self.tls and pika.SSLOptions(self.tls, self.server_name),
            socket_timeout=CONNECT_TIMEOUT_S,
            stack_timeout=CONNECT_TIMEOUT_S,
            client_properties={"connection_name": f"vmctld {role}"},
        )

    @property
    def place(self) -> str:
        """Return where it is, for messages."""
        return f"{self.host}:{self.port}"


def parse_broker_url(url: str) -> Broker:
    """Return the broker of ``amqp[s]://user:password@host[:port][/vhost][?options]``.

    Raises InvalidRequest with code ``bad-bus-url``, which does not repeat the URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or PORT[parts.scheme]
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        heartbeat_s = int(options.get("heartbeat", HEARTBEAT_S))
    except (KeyError, ValueError):
        raise _bad_url("its scheme, port or options cannot be read") from None
    if not parts.hostname:
        raise _bad_url("it names no host")
    if unknown := options.keys() - OPTIONS:
        raise _bad_url(f"it has unknown options: {', '.join(sorted(unknown))[:100]}")
    return Broker(
        host=parts.hostname,
        port=port,
        vhost=unquote(parts.path[1:]) or "/",
        user=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        tls=_tls(options) if parts.scheme == "amqps" else None,
        server_name=options.get("server_name_indication", parts.hostname),
        heartbeat_s=heartbeat_s,
    )


def _tls(options: dict[str, str]) -> ssl.SSLContext:
    """Return a context that checks the broker's certificate, and shows ours if there is one."""
    try:
        context = ssl.create_default_context(cafile=options.get("cacertfile"))
        if "certfile" in options:
            context.load_cert_chain(options["certfile"], options.get("keyfile"))
    except OSError as error:  # SSLError is one
        raise _bad_url(f"its certificate files cannot be used: {error.strerror}") from None
    return context


def _bad_url(problem: str) -> InvalidRequest:
    return InvalidRequest(
        f"The bus URL is no good: {problem}.",
        code="bad-bus-url",
        hint="VMCTLD_BUS_URL=amqp://USER:PASSWORD@HOST:5672/VHOST; amqps:// for TLS. "
        "A / in a virtual host's name is written %2f.",
    )


def trouble(error: BaseException | None, broker: Broker) -> Unavailable:
    """Return why there is no connection, in words for the operator.

    Always Unavailable, also for a wrong password: to a user of the API it is.
    """
    cause = _innermost(error)
    facts: dict[str, Fact] = {"broker": broker.place, "vhost": broker.vhost, "user": broker.user}
    if isinstance(cause, ProbableAuthenticationError | AuthenticationError):
        return Unavailable(
            f"The broker at {broker.place} refuses the user {broker.user} or its password.",
            code="broker-login-refused",
            hint="Look at the user and the password in VMCTLD_BUS_URL.",
            facts=facts,
        )
    if isinstance(cause, ProbableAccessDeniedError) or _reply(cause) == NOT_ALLOWED:
        return Unavailable(
            f"The broker at {broker.place} has no virtual host {broker.vhost} that the user "
            f"{broker.user} may use.",
            code="broker-vhost-refused",
            hint="rabbitmqctl add_vhost and set_permissions make one; %2f in the URL is /.",
            facts=facts,
        )
    if isinstance(cause, ssl.SSLError):
        reason = getattr(cause, "reason", "") or cause
        return Unavailable(
            f"The broker at {broker.place} and this daemon do not agree on TLS: {reason}.",
            code="broker-tls-failed",
            hint="Look at cacertfile, certfile and keyfile in VMCTLD_BUS_URL.",
            facts=facts,
        )
    return Unavailable(
        f"The broker at {broker.place} cannot be reached: {_words(cause)}.",
        code="broker-away",
        hint="Does RabbitMQ run, and does VMCTLD_BUS_URL name its host and port?",
        facts=facts,
    )


def refusal(error: BaseException, broker: Broker, queue: str) -> Unavailable:
    """Return why the broker closed a channel that was to use ``queue``."""
    words, facts = _words(error), {"broker": broker.place, "queue": queue, "user": broker.user}
    if _reply(error) == PRECONDITION_FAILED and "inequivalent" in words:
        return Unavailable(
            f"The broker at {broker.place} has a queue {queue} of another kind: {words}.",
            code="queue-of-another-kind",
            hint=f"Delete it (rabbitmqctl delete_queue {queue}) or use another virtual host.",
            facts=facts,
        )
    if _reply(error) == ACCESS_REFUSED:
        return Unavailable(
            f"The broker at {broker.place} does not let {broker.user} use {queue}: {words}.",
            code="broker-access-refused",
            hint=f"rabbitmqctl set_permissions gives {broker.user} what it lacks.",
            facts=facts,
        )
    return Unavailable(
        f"The broker at {broker.place} does not serve the queue {queue}: {words}.",
        code="queue-lost",
        facts=facts,
    )


def is_sender_refusal(error: BaseException) -> bool:
    """Return True for the broker's answer to a ``user_id`` that is not the user's own."""
    return _reply(error) == PRECONDITION_FAILED and "user_id" in _words(error)


def is_missing(error: BaseException) -> bool:
    """Return True for the broker's answer to the name of a queue or exchange it has not."""
    return _reply(error) == NOT_FOUND


def is_refused(error: BaseException) -> bool:
    """Return True for the broker's answer to a user who may not do something."""
    return _reply(error) == ACCESS_REFUSED


def _reply(error: BaseException | None) -> int:
    closed = isinstance(error, ChannelClosedByBroker | ConnectionClosedByBroker)
    return int(error.reply_code) if closed else 0  # type: ignore[union-attr]


def _words(error: BaseException | None) -> str:
    if isinstance(error, ChannelClosedByBroker | ConnectionClosedByBroker):
        return str(error.reply_text)
    if isinstance(error, AMQPError) and error.args:
        return str(error.args[0])
    return str(getattr(error, "strerror", None) or type(error).__name__)


def _innermost(error: Any) -> BaseException | None:
    """Return what pika has wrapped, often twice, each time in another way."""
    for _ in range(5):
        inside = (*getattr(error, "args", ()), *getattr(error, "exceptions", ()))
        wrapped = [each for each in (*inside, getattr(error, "exception", None)) if _is_error(each)]
        if not wrapped:
            break
        error = wrapped[-1]
    return error if _is_error(error) else None


def _is_error(value: object) -> bool:
    return isinstance(value, BaseException)
