"""``vmctl boot --poll`` sees a boot through though the daemon dies meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.crash.auditor import audit
from tests.crash.evidence import Ledger
from tests.crash.site import Site, Template, site_of, template, vmctl

WATCH_S = 0.02


@pytest.fixture(scope="module")
def prepared() -> Iterator[Template]:
    with template("fake") as source:
        yield source


@contextmanager
def kept_alive(site: Site) -> Iterator[None]:
    """Start the daemon again whenever it dies, as an init system does."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(WATCH_S):
            site.revive()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize(
    "where",
    [
        "step=6;phase=before",  # the request is asked again, with its key
        "step=7;phase=after-record",
        "step=12;phase=before",  # the waiting is taken up again
        "step=28;phase=after-effect",
    ],
)
def test_a_boot_that_is_waited_for_survives_the_daemons_death(
    prepared: Template, where: str
) -> None:
    with site_of(prepared) as site:
        site.start(f"{where};do=kill")

        with kept_alive(site):
            boot = ("boot", "--flavor", "m1.nano", "--image", "tiny", "--poll", "one")
            ran = vmctl(site, *boot, "-f", "json", check=False)

        assert site.deaths == 1
        assert ran.returncode == 0, ran.stderr
        assert json.loads(ran.stdout)["status"] == "ACTIVE"
        cloud = site.client()
        assert [server.name for server in cloud.servers()] == ["one"]
        assert audit(site, cloud, Ledger())[1] == []
        cloud.close()
