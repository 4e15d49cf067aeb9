"""What a careful user does: asks with a key, asks again after an error, waits for the end."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

import grpc

from tests.crash.cloud import Cloud, Wish
from tests.crash.evidence import Ledger
from tests.crash.waiting import GaveUp, wait_for
from vmctl.v1 import compute_pb2 as pb

SETTLE_TIMEOUT_S = 60.0
TRIES = 3  # an error is shown to the user, who asks again with the same key


class User:
    """One user with a ledger of what was promised."""

    def __init__(self, cloud: Cloud, ledger: Ledger) -> None:
        self.cloud = cloud
        self.ledger = ledger

    def boot(self, wish: Wish) -> str:
        """Return the id of a server; raises RpcError when it is refused each time."""
        for left in reversed(range(TRIES)):
            try:
                server_id = self.cloud.boot(wish)
            except grpc.RpcError:
                if not left:
                    raise
            else:
                self.ledger.boot(wish.name, wish.key, server_id)
                return server_id
        raise AssertionError("unreachable: the last try returns or raises")

    def until_settled(self, server_id: str, timeout_s: float = SETTLE_TIMEOUT_S) -> str:
        """Return the status that the server ends in, or the one it is stuck in."""

        def look() -> str | None:
            server = self.cloud.get(server_id)
            return _settled_status(server)

        try:
            status = wait_for("the server settles", look, timeout_s)
            if status == "ACTIVE":
                self.ledger.active.add(server_id)
            return status
        except GaveUp:
            server = self.cloud.get(server_id)
            return f"{server.status} {server.task_state}".strip() if server else "LOST"

    def act(self, server_id: str, action: str, statuses: Collection[str]) -> str:
        """Have an action done; return the status that the server ends in, one of ``statuses``.

        One that failed was undone: the user asks once more.
        """
        end = ""
        for _ in range(TRIES):
            with suppress(grpc.RpcError):
                self.cloud.act(server_id, action)
            end = self.until_settled(server_id)
            if end in statuses:
                break
        return end

    def delete(self, server_id: str) -> None:
        """Ask for a server's end, until that is accepted."""
        self.ledger.delete(server_id)
        for left in reversed(range(TRIES)):
            try:
                self.cloud.delete(server_id)
                return
            except grpc.RpcError:
                if not left:
                    raise

    def until_gone(self, server_id: str, timeout_s: float = SETTLE_TIMEOUT_S) -> bool:
        """Return whether the server is gone in time."""

        def look() -> bool:
            server = self.cloud.get(server_id)
            return server is None or server.status == "DELETED"

        try:
            return wait_for("the server is gone", look, timeout_s)
        except GaveUp:
            return False


def _settled_status(server: pb.Instance | None) -> str | None:
    if server is None:
        return "LOST"
    if server.vm_state == "building" or server.task_state:  # one that comes back is built again
        return None
    return server.status
