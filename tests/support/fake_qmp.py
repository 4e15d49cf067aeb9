"""The other end of QMP: a monitor that says what a test wants it to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from vmctld.drivers.qemu.sockets import listen_at

GREETING: Mapping[str, object] = {"QMP": {"version": {}, "capabilities": []}}
OK: Mapping[str, object] = {"return": {}}


class FakeQemuMonitor:
    """Answers each command with its lines; ``heard`` are the commands that came."""

    def __init__(self, answers: Mapping[str, Sequence[object]]) -> None:
        self.heard: list[str] = []
        self._answers = {"qmp_capabilities": [OK], **answers}

    def serve(self, listener: socket.socket) -> None:
        """Serve one client after the other until the listener is shut down."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError), connection:  # a client may hang up in mid-answer
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.sendall(_line(GREETING))
        with connection.makefile("rb") as commands:
            for line in commands:
                command = json.loads(line)["execute"]
                self.heard.append(command)
                for answer in self._answers.get(command, ()):
                    connection.sendall(_line(answer))


@contextmanager
def fake_monitor(path: Path, answers: Mapping[str, Sequence[object]]) -> Iterator[FakeQemuMonitor]:
    """Serve a fake monitor at ``path``; commands without answers are met with silence."""
    monitor = FakeQemuMonitor(answers)
    with listen_at(path) as listener:
        thread = threading.Thread(target=monitor.serve, args=[listener], daemon=True)
        thread.start()
        yield monitor
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def _line(answer: object) -> bytes:
    return answer if isinstance(answer, bytes) else json.dumps(answer).encode() + b"\n"
