"""A conversation with a running QEMU: its machine protocol, QMP, over a unix socket.

One conversation is a connection, some commands and a goodbye, under one deadline.  Nothing stays
open in between: QEMU takes one client at a time, what a closed connection misses is asked for
(``query-status``) rather than remembered, and a guest that makes QEMU flood its monitor with
events fills nobody's memory.  The ``qemu.qmp`` library serves connections that stay, from an
event loop; used this way it took six times the CPU (1.2 ms a conversation against 0.2).

The protocol: https://www.qemu.org/docs/master/interop/qmp-spec.html
"""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from types import TracebackType

from vmctld.drivers.qemu.sockets import connect_to
from vmctld.errors import HypervisorFailed

MAX_LINE_BYTES = 4 * 1024 * 1024  # query-* answers are some kB; more is a QEMU gone mad
CHUNK_BYTES = 64 * 1024


class MonitorSilent(HypervisorFailed):
    """QEMU's monitor cannot be reached, ended, talks nonsense or took too long."""

    default_code = "monitor-silent"


class CommandRefused(HypervisorFailed):
    """QEMU answered a command with an error.  ``qemu_says`` is for the log."""

    default_code = "monitor-refused"

    def __init__(self, command: str, qemu_says: str) -> None:
        super().__init__(
            f"The hypervisor refused {command}.",
            hint="The daemon's log has the hypervisor's own words.",
            facts={"command": command},
        )
        self.qemu_says = qemu_says


class Monitor:
    """An open conversation; use it as a context manager."""

    def __init__(self, socket_path: Path, timeout_s: float) -> None:
        """Connect and negotiate; all that follows is over ``timeout_s`` after this call."""
        self._deadline = time.monotonic() + timeout_s
        self._unread = bytearray()
        try:
            self._connection = connect_to(socket_path, timeout_s)
        except OSError as error:
            raise MonitorSilent("The machine's monitor cannot be reached.") from error
        try:
            self._read_message()  # the greeting
            self.execute("qmp_capabilities")
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Monitor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def execute(self, command: str, **arguments: object) -> object:
        """Return what QEMU answers to ``command``; events that come meanwhile are passed over.

        Raises CommandRefused for QEMU's own errors, MonitorSilent when no answer can be had.
        """
        message: dict[str, object] = {"execute": command}
        if arguments:
            message["arguments"] = arguments
        self._send(json.dumps(message).encode() + b"\n")
        return self._answer_to(command)

    def lend(self, name: str, fd: int) -> None:
        """Give QEMU a copy of an open file, for one command that names it ``fd:name``."""
        message = {"execute": "getfd", "arguments": {"fdname": name}}
        try:
            self._connection.settimeout(self._remaining_s())
            socket.send_fds(self._connection, [json.dumps(message).encode() + b"\n"], [fd])
        except OSError as error:
            raise MonitorSilent("The machine's monitor went away.") from error
        self._answer_to("getfd")

    def hand_over(self, fd: int) -> int:
        """Give QEMU an open file to keep, and return the number it has there (``/dev/fdset``).

        One that nothing has opened by the end of the conversation is closed again.
        """
        try:
            self._connection.settimeout(self._remaining_s())
            socket.send_fds(self._connection, [b'{"execute": "add-fd"}\n'], [fd])
        except OSError as error:
            raise MonitorSilent("The machine's monitor went away.") from error
        answer = self._answer_to("add-fd")
        if not isinstance(answer, dict) or not isinstance(answer.get("fdset-id"), int):
            raise MonitorSilent("The machine's monitor talks nonsense.")
        return int(answer["fdset-id"])

    def hears(self, event: str, timeout_s: float, **facts: object) -> bool:
        """Return whether QEMU tells of ``event``, with these facts, within ``timeout_s``."""
        over_at, deadline = time.monotonic() + timeout_s, self._deadline
        self._deadline = min(over_at, deadline)
        try:
            while True:
                message = self._read_message()
                told = message.get("data") if message.get("event") == event else None
                if isinstance(told, dict) and facts.items() <= told.items():
                    return True
        except MonitorSilent:
            if time.monotonic() < over_at:
                raise
            return False
        finally:
            self._deadline = deadline

    def _answer_to(self, command: str) -> object:
        while True:
            answer = self._read_message()
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise CommandRefused(command, json.dumps(answer["error"]))

    def _send(self, line: bytes) -> None:
        try:
            self._connection.settimeout(self._remaining_s())
            self._connection.sendall(line)
        except OSError as error:
            raise MonitorSilent("The machine's monitor went away.") from error

    def _read_message(self) -> dict[str, object]:
        try:
            message = json.loads(self._read_line())
        except ValueError as error:
            raise MonitorSilent("The machine's monitor talks nonsense.") from error
        if not isinstance(message, dict):
            raise MonitorSilent("The machine's monitor talks nonsense.")
        return message

    def _read_line(self) -> bytes:
        searched = 0
        while (end := self._unread.find(b"\n", searched)) < 0:
            searched = len(self._unread)
            if searched > MAX_LINE_BYTES:
                raise MonitorSilent("The machine's monitor talks without end.")
            self._unread += self._receive()
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        return line

    def _receive(self) -> bytes:
        try:
            self._connection.settimeout(self._remaining_s())
            received = self._connection.recv(CHUNK_BYTES)
        except OSError as error:
            raise MonitorSilent("The machine's monitor does not answer.") from error
        if not received:
            raise MonitorSilent("The machine's monitor ended.")
        return received

    def _remaining_s(self) -> float:
        remaining_s = self._deadline - time.monotonic()
        if remaining_s <= 0:
            raise MonitorSilent("The machine's monitor did not answer in time.")
        return remaining_s
