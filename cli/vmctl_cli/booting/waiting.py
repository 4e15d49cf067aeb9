"""Waiting for servers: told by a stream, which is taken up again when the daemon restarts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from vmctl_cli.errors import EXIT_FAILED_LATER, CliError, class_of

if TYPE_CHECKING:
    from vmctl_cli.client import Client
    from vmctl_cli.client.server_records import Server
    from vmctl_cli.client.traces import Watched

PATIENCE_S = 60.0  # how long a daemon may be away while we wait, without --timeout
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0

Listener = Callable[["Watched"], None]


class Deadline:
    """How long all waiting of this command may take."""

    def __init__(self, timeout_s: float | None) -> None:
        self.timeout_s = timeout_s
        self._ends = None if timeout_s is None else time.monotonic() + timeout_s

    def left_s(self) -> float | None:
        """Return the seconds that are left, None for no bound."""
        return None if self._ends is None else max(self._ends - time.monotonic(), 0.0)


class Waiter:
    """Watches one server after another."""

    def __init__(self, client: Client, deadline: Deadline) -> None:
        self._servers = client.servers
        self._deadline = deadline

    def until_built(self, server: Server, listener: Listener) -> Server:
        """Return the server once it is ACTIVE or ERROR.

        Raises CliError: timed-out, deleted-meanwhile, or what the daemon says.
        """
        last = self._watch(server, listener, until_deleted=False)
        if last is None or last.status == "DELETED":
            raise CliError(
                f"server {server.name} was deleted while it was being built",
                class_name="WrongState",
                code="deleted-meanwhile",
                facts={"instance_id": server.id},
                exit_code=EXIT_FAILED_LATER,
            )
        return last

    def until_settled(self, server: Server) -> Server:
        """Return the server once nothing is happening to it any more.

        Raises CliError: timed-out, deleted-meanwhile, its fault when it is in ERROR.
        """
        last = self._watch(server, lambda _: None, until_deleted=False)
        if last is None or last.status == "DELETED":
            raise CliError(
                f"server {server.name} was deleted meanwhile",
                class_name="WrongState",
                code="deleted-meanwhile",
                facts={"instance_id": server.id},
                exit_code=EXIT_FAILED_LATER,
            )
        if last.status == "ERROR":
            raise failed_later(last)
        return last

    def until_deleted(self, server: Server) -> None:
        """Return once the server is gone."""
        last = self._watch(server, lambda _: None, until_deleted=True)
        if last is not None and last.status == "ERROR":
            raise failed_later(last)

    def _watch(self, server: Server, listener: Listener, *, until_deleted: bool) -> Server | None:
        """Return the server as it settled, None when it is gone."""
        pause_s, away_since = FIRST_PAUSE_S, None
        while True:
            last, left_s = None, self._deadline.left_s()
            if left_s == 0.0:
                raise self._too_late(server)
            try:
                for seen in self._servers.watch(
                    server.id, until_deleted=until_deleted, timeout_s=left_s
                ):
                    last, pause_s, away_since = seen.server, FIRST_PAUSE_S, None
                    listener(seen)
            except CliError as error:
                if error.class_name == "NotFound":
                    return None
                if error.class_name not in ("Unavailable", "TimedOut"):
                    raise
                away_since = away_since or time.monotonic()
                if left_s is None and time.monotonic() - away_since > PATIENCE_S:
                    raise
            else:
                if last is not None and (last.status != "BUILD" or until_deleted):
                    return last
            time.sleep(pause_s if left_s is None else min(pause_s, left_s))
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _too_late(self, server: Server) -> CliError:
        return CliError(
            f"server {server.name} has not settled after {self._deadline.timeout_s:g} s",
            class_name="TimedOut",
            code="timed-out",
            hint=f"the daemon goes on with it; look with: vmctl show {server.id}",
            facts={"instance_id": server.id},
            retryable=True,
        )


def failed_later(server: Server) -> CliError:
    """Return the fault of a server that was accepted and went to ERROR, with exit code 9."""
    fault = server.fault
    if fault is None:
        return CliError(
            f"server {server.name} is in {server.status}",
            class_name="BuildFailed",
            code="build-failed",
            facts={"instance_id": server.id},
            exit_code=EXIT_FAILED_LATER,
        )
    where = f"step {fault.step}, {fault.component}: " if fault.step else ""
    return CliError(
        where + fault.message,
        class_name=class_of(fault.code),
        code=fault.code,
        hint=fault.hint or f"vmctl trace {server.id} shows how far it came",
        facts={
            **fault.facts,
            "instance_id": server.id,
            "step": fault.step,
            "component": fault.component,
        },
        request_id=fault.request_id,
        exit_code=EXIT_FAILED_LATER,
    )
