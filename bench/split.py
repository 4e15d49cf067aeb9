"""Boots per second of four processes, one role each, over RabbitMQ and PostgreSQL.

What one process with SQLite does in memory crosses a broker, TLS and a database server here:
the floor is the same dozen of small transactions, in SQLite.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.boots import DOZEN, Rate, boot_many, transaction_ms
from bench.daemon import Daemon, cpu_s_of, make_room, sign_in, upload
from bench.table import Row
from tests.support import postgresql, rabbitmq
from tests.support.split import FOUR, PASSWORD, Split

BOOTS = 1000


@dataclass(frozen=True, slots=True)
class Several(Daemon):
    """The processes of one installation, signed in to; ``pid`` is the api's."""

    pids: tuple[int, ...] = ()

    def cpu_s(self) -> float:
        """Return the CPU time that all of them have used, without broker and database."""
        return sum(map(cpu_s_of, self.pids))


def measure(guest: Path) -> list[Row]:
    """Return the row, if this machine can have a broker and a database server."""
    if not (rabbitmq.is_installed() and postgresql.is_installed()):
        return []
    floor_ms = transaction_ms() * DOZEN
    with installation() as daemon:
        upload(daemon, guest)
        boot_many(daemon, clients=4, boots=100)  # warm
        rate = boot_many(daemon, clients=8, boots=BOOTS)
    return [_row(rate, floor_ms)]


@contextmanager
def installation() -> Iterator[Several]:
    """Give four processes on a broker and a database of their own."""
    with ExitStack() as ends:
        broker = rabbitmq.Broker(_directory(ends))
        ends.callback(broker.stop)
        broker.start()
        server = postgresql.Server(_directory(ends))
        ends.callback(server.stop)
        server.start()
        options = ("--log-level", "warning")
        split = Split(_directory(ends), broker, rabbitmq.VHOSTS[1], server.create("bench"), options)
        ends.callback(split.close)
        split.start(FOUR)
        endpoint = split.endpoint()
        pids = tuple(role.pid for role in split.roles.values())
        daemon = Several(
            split.role("api").pid, split.state_dir, endpoint, sign_in(endpoint, PASSWORD), pids
        )
        make_room(daemon)
        yield daemon


def _directory(ends: ExitStack) -> Path:
    path = Path(tempfile.mkdtemp(prefix="vmb-"))
    ends.callback(shutil.rmtree, path, ignore_errors=True)
    return path


def _row(rate: Rate, floor_ms: float) -> Row:
    return Row(
        what="boots/s, four processes, RabbitMQ and PostgreSQL",
        figure=f"{rate.per_s:.0f}/s, {rate.cpu_ms:.2f} ms CPU each",
        ratio=f"{rate.cpu_ms / floor_ms:.1f} x {DOZEN} transactions",
        wanted="at least 25",
    )
