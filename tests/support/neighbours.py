"""Run as a program: a RabbitMQ and a PostgreSQL with throw-away data, until SIGTERM.

Prints shell assignments of the URLs to use them by, one a line, when both are there.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from shlex import quote

from tests.support.postgresql import Server
from tests.support.rabbitmq import AGENT, SERVICES, Broker


def main() -> None:
    """Start both, say so, wait, stop both."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as ends:
        broker = Broker(_directory(ends, "rabbitmq"))
        ends.callback(broker.stop)
        broker.start()
        server = Server(_directory(ends, "postgresql"))
        ends.callback(server.stop)
        server.start()
        urls = {
            "SERVICES_BUS_URL": broker.url(SERVICES),
            "AGENT_BUS_URL": broker.url(AGENT),
            "AGENT": AGENT,
            "DATABASE_URL": server.create("vmctl"),
        }
        for name, url in urls.items():
            print(f"{name}={quote(url)}")
        print("READY=1", flush=True)
        stop.wait()


def _directory(ends: ExitStack, name: str) -> Path:
    """Make a directory of its own: a PostgreSQL that root starts runs as somebody else."""
    path = Path(tempfile.mkdtemp(prefix=f"vmctl-{name}-", dir="/tmp"))
    ends.callback(shutil.rmtree, path, ignore_errors=True)
    return path


if __name__ == "__main__":
    main()
