"""Users who boot and delete without end, whatever happens to the daemon meanwhile."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Sequence
from types import TracebackType

import grpc

from tests.crash.client import User
from tests.crash.cloud import Wish
from tests.crash.evidence import Ledger, Violation
from tests.crash.site import Site
from tests.crash.waiting import wait_for

KEPT_AT_MOST = {
    "fake": 4,
    "qemu": 1,
    "split": 4,
}  # servers of one user: a small real host has room for 8
DELETES_EARLY = 0.3  # the share of boots that are deleted before they can be done
PATIENT = 0.7  # the share of the others that are waited for
CALM_TIMEOUT_S = 120.0


class Crowd:
    """Some users, each on a thread.  ``calm`` holds them between two of their deeds."""

    def __init__(self, site: Site, ledger: Ledger, volumes: Sequence[str], seed: int) -> None:
        self._site = site
        self._ledger = ledger
        self._stopping = threading.Event()
        self._may_act = threading.Event()
        self._may_act.set()
        self._acting = threading.Semaphore(len(volumes))
        self.troubles: list[Violation] = []
        self.boots = 0
        self._guard = threading.Lock()
        self._threads = [
            threading.Thread(
                target=self._live, args=(volume, random.Random(seed + number)), daemon=True
            )
            for number, volume in enumerate(volumes)
        ]

    def __enter__(self) -> Crowd:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._may_act.set()
        for thread in self._threads:
            thread.join(CALM_TIMEOUT_S)

    def calm(self) -> None:
        """Return once nobody asks for anything; what was asked for goes on."""
        self._may_act.clear()
        for _ in self._threads:
            if not self._acting.acquire(timeout=CALM_TIMEOUT_S):
                raise AssertionError("a user waits for an answer for ever")
        for _ in self._threads:
            self._acting.release()

    def go_on(self) -> None:
        """Let them act again."""
        self._may_act.set()

    def _live(self, volume: str, chance: random.Random) -> None:
        user, mine = User(self._site.client(), self._ledger), list[str]()
        has_volume: str | None = None  # the server that has this user's volume
        while not self._stopping.is_set():
            self._may_act.wait()
            with self._acting:
                try:
                    if has_volume is None or chance.random() < 0.5:
                        wanted = volume if has_volume is None else ""
                        server_id = self._boot(user, wanted, chance)
                        mine.append(server_id)
                        has_volume = server_id if wanted else has_volume
                    if (
                        len(mine) > KEPT_AT_MOST[self._site.driver]
                        or chance.random() < DELETES_EARLY
                    ):
                        gone = mine.pop(chance.randrange(len(mine)))
                        self._delete(user, gone)
                        has_volume = None if gone == has_volume else has_volume
                except Exception as error:  # a user who gives up has found something
                    self._note(error)
                    has_volume = None
        user.cloud.close()

    def _boot(self, user: User, volume: str, chance: random.Random) -> str:
        server_id = user.boot(Wish(f"s-{uuid.uuid4()}", volume))
        with self._guard:
            self.boots += 1
        if chance.random() < PATIENT:
            end = user.until_settled(server_id)
            was_killed = server_id in self._ledger.died  # its machine, by the storm
            if end not in ("ACTIVE", "ERROR") and not (end == "SHUTOFF" and was_killed):
                self._note(AssertionError(f"server {server_id} is {end} after a long wait"))
        return server_id

    def _delete(self, user: User, server_id: str) -> None:
        user.delete(server_id)
        wait_for("the server is gone", lambda: user.until_gone(server_id), 0)

    def _note(self, error: Exception) -> None:
        words = error.details() if isinstance(error, grpc.RpcError) else repr(error)
        with self._guard:
            self.troubles.append(Violation("client", "a user", str(words)))
