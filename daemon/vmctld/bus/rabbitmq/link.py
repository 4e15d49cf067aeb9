"""One connection to the broker on a thread of its own, made again whenever it is lost.

pika is not thread-safe: all that touches a connection or a channel runs on its thread,
handed over by ``submit``.  There are two links, one that publishes and one that consumes: a
broker short of memory stops reading from publishers, and consumers must go on then.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import pika
import structlog
from pika.channel import Channel
from pika.exceptions import AMQPConnectionError, AMQPError

from vmctld.bus.rabbitmq.broker import Broker, is_missing, trouble
from vmctld.errors import Unavailable

log = structlog.get_logger(__name__)
logging.getLogger("pika").setLevel(logging.CRITICAL)  # what it would say is said here, once
logging.getLogger("pika.callback").setLevel(logging.ERROR)  # that, though, is a bug of ours

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 15.0
REOPEN_PAUSE_S = 1.0
CLOSE_TIMEOUT_S = 5.0


class Tenant(Protocol):
    """Lives on a link; called on its thread."""

    def came_up(self, connection: pika.SelectConnection) -> None:
        """Begin to use a new connection."""
        ...


class Link:
    """A connection that is kept up.  ``problem`` says why it is not."""

    def __init__(self, broker: Broker, role: str) -> None:
        self.broker = broker
        self.problem: Unavailable | None = Unavailable(
            f"The broker at {broker.place} has not answered yet.", code="broker-away"
        )
        self.up_since_s = float("inf")  # on the monotonic clock
        self._role = role
        self._tenants: list[Tenant] = []
        self._connection: pika.SelectConnection | None = None  # None: between two
        self._actions: deque[Callable[[], None]] = deque()
        self._woken = False
        self._pause_s = FIRST_PAUSE_S
        self._guard = threading.Lock()  # a loop that has ended must not be woken
        self._closing = threading.Event()
        self._settled = threading.Event()  # the first attempt has ended, one way or the other
        self._thread = threading.Thread(target=self._run, name=f"bus-{role}", daemon=True)

    def start(self) -> None:
        """Begin to connect, and keep at it."""
        self._thread.start()

    def wait_settled(self, timeout_s: float) -> Unavailable | None:
        """Wait for the first attempt's end; return why there is no connection, if so."""
        self._settled.wait(timeout_s)
        return self.problem

    def add(self, tenant: Tenant) -> None:
        """Let somebody live here, from now on and on every later connection."""
        self.submit(lambda: self._add(tenant))

    def remove(self, tenant: Tenant) -> None:
        """Let somebody go."""
        self.submit(lambda: self._tenants.remove(tenant))

    def _add(self, tenant: Tenant) -> None:
        self._tenants.append(tenant)
        if self._connection is not None and self._connection.is_open:
            tenant.came_up(self._connection)

    def submit(self, action: Callable[[], None]) -> None:
        """Run ``action`` on the link's thread, in order; when it is down, once it is up again.

        Many actions are one wake-up, which is what makes confirms and acks come in batches.
        """
        self._actions.append(action)
        if not self._woken:
            self._woken = True
            with self._guard:
                if self._connection is not None:
                    self._connection.ioloop.add_callback_threadsafe(self._act)

    def _act(self) -> None:
        self._woken = False
        while self._actions:
            action = self._actions.popleft()
            try:
                action()
            except Exception:
                log.exception("bus-action-failed", link=self._role)

    def close(self) -> None:
        """Say goodbye to the broker, after all that was submitted before."""
        self._closing.set()
        self.submit(self._begin_close)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(CLOSE_TIMEOUT_S)

    def _begin_close(self) -> None:
        connection = self._connection
        if connection is None or connection.is_closing or connection.is_closed:
            return
        connection.ioloop.call_later(CLOSE_TIMEOUT_S / 2, lambda: self._abort(connection, ""))
        connection.close()

    def restart(self, why: str) -> None:
        """Give the connection up for another one; on the link's thread."""
        if self._connection is not None:
            self._abort(self._connection, why)

    def _abort(self, connection: pika.SelectConnection, why: str) -> None:
        """End a connection without asking the broker, which may be what hangs.

        pika does so itself when a heartbeat is missed, and has no public name for it.
        """
        if not connection.is_closed:
            connection._terminate_stream(AMQPConnectionError(why))

    def _run(self) -> None:
        while not self._closing.is_set():
            self._live()
            jitter = random.uniform(0.5, 1.0)  # noqa: S311 - so that not all come back at once
            self._closing.wait(self._pause_s * jitter)
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    def _live(self) -> None:
        """Connect, and work until the connection is lost."""
        connection = pika.SelectConnection(
            self.broker.parameters(self._role),
            on_open_callback=self._opened,
            on_open_error_callback=self._lost,
            on_close_callback=self._lost,
        )
        with self._guard:
            self._connection = connection
        self._woken = True
        connection.ioloop.add_callback_threadsafe(self._act)  # what came between two connections
        try:
            connection.ioloop.start()
        except Exception as error:
            log.exception("bus-link-failed", link=self._role)
            self._lost(connection, error)
        with self._guard:
            self._connection = None
        connection.ioloop.close()

    def _opened(self, connection: pika.SelectConnection) -> None:
        self.problem = None
        self.up_since_s = time.monotonic()
        self._pause_s = FIRST_PAUSE_S
        self._settled.set()
        log.info("broker-connected", link=self._role, broker=self.broker.place)
        connection.add_on_connection_blocked_callback(lambda *_: self._blocked())
        connection.add_on_connection_unblocked_callback(lambda *_: self._unblocked())
        for tenant in self._tenants:
            tenant.came_up(connection)
        self._act()

    def _blocked(self) -> None:
        """Note that the broker reads no more, until it has memory and disk again."""
        self.problem = Unavailable(
            f"The broker at {self.broker.place} takes nothing: it is short of memory or disk.",
            code="broker-full",
            hint="rabbitmqctl status shows its alarms.",
            facts={"broker": self.broker.place},
        )
        log.warning("broker-full", link=self._role, broker=self.broker.place)

    def _unblocked(self) -> None:
        self.problem = None
        log.info("broker-takes-again", link=self._role, broker=self.broker.place)

    def _lost(self, connection: pika.SelectConnection, error: Any) -> None:
        self.up_since_s = float("inf")
        if self._closing.is_set():
            self.problem = Unavailable("The daemon is stopping.", code="bus-closed")
        else:
            self.problem = trouble(error, self.broker)
            log.warning(
                "broker-lost", link=self._role, code=self.problem.code, why=self.problem.message
            )
        self._settled.set()
        connection.ioloop.stop()


class KeptChannel:
    """A channel that is opened again whenever the broker closes it.

    ``setup`` gets each new one; ``on_lost`` hears why the last one went.
    """

    def __init__(
        self,
        setup: Callable[[Channel], None],
        on_lost: Callable[[BaseException], None],
    ) -> None:
        self._setup = setup
        self._on_lost = on_lost
        self._released = False

    def came_up(self, connection: pika.SelectConnection) -> None:
        """Open the channel on a new connection."""
        if not self._released and connection.is_open:
            connection.channel(on_open_callback=self._opened)

    def release(self) -> None:
        """Open no more."""
        self._released = True

    def _opened(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._closed)
        channel.add_on_cancel_callback(lambda _: channel.close())  # its queue was deleted
        try:
            self._setup(channel)
        except AMQPError:  # closed meanwhile: that is told to _closed
            log.info("bus-channel-closed-early")

    def _closed(self, channel: Channel, reason: BaseException) -> None:
        self._on_lost(reason)
        connection = channel.connection
        if connection.is_open and not self._released:
            pause_s = 0.0 if is_missing(reason) else REOPEN_PAUSE_S  # what is missing is made
            connection.ioloop.call_later(pause_s, lambda: self.came_up(connection))
