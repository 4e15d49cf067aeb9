"""A daemon that sleeps through a build's deadline wakes up and does no harm."""

from __future__ import annotations

import time

import pytest

from tests.crash.auditor import audit
from tests.crash.client import User
from tests.crash.cloud import Wish
from tests.crash.evidence import Ledger
from tests.crash.site import site_of, template
from tests.crash.waiting import wait_for

DEADLINE_S = 2
SLEEP_S = 40.0  # the deadline, the time given to undo, and some more


@pytest.mark.long
@pytest.mark.parametrize("where", ["step=28;phase=before", "step=28;phase=after-effect"])
def test_a_build_whose_daemon_slept_too_long_ends_clean(where: str) -> None:
    with template("fake") as source, site_of(source) as site:
        site.options = ["--build-timeout-s", str(DEADLINE_S)]
        site.start(f"{where};do=hang=3")
        ledger = Ledger()
        user = User(site.client(), ledger)
        server_id = user.boot(Wish("slept", source.volumes[0]))
        wait_for("it is being spawned", lambda: _is_spawning(user, server_id), 10)
        assert site.daemon is not None

        site.daemon.freeze()
        woken_at = time.monotonic() + SLEEP_S
        wait_for("the deadline passes", lambda: time.monotonic() > woken_at, SLEEP_S + 1)
        site.daemon.thaw()

        assert user.until_settled(server_id) in ("ACTIVE", "ERROR")
        assert audit(site, user.cloud, ledger, grace_s=20)[1] == []
        user.delete(server_id)
        assert user.until_gone(server_id)
        assert audit(site, user.cloud, ledger)[1] == []


def _is_spawning(user: User, server_id: str) -> bool:
    server = user.cloud.get(server_id)
    return server is not None and server.task_state == "spawning"
