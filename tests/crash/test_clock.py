"""The clock jumps by years while the daemon is down: no token revives, nothing runs twice."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import pytest

from tests.crash.auditor import judge
from tests.crash.client import User
from tests.crash.cloud import Cloud, Wish
from tests.crash.collect import collect
from tests.crash.evidence import Ledger
from tests.crash.site import PASSWORD, Site, Template, site_of, template

YEARS_S = 365 * 24 * 3600.0


@pytest.fixture(scope="module")
def prepared() -> Iterator[Template]:
    with template("fake") as source:
        yield source


@pytest.fixture
def site(prepared: Template) -> Iterator[Site]:
    with site_of(prepared) as site:
        yield site


def restart(site: Site, years: float) -> None:
    if site.daemon is not None:
        site.daemon.kill()
    site.start(shift_s=years * YEARS_S)


def is_taken(site: Site, token: str) -> bool:
    """Return whether the daemon lets the token in."""
    cloud = Cloud(site.socket, site.revive, token)
    try:
        cloud.quotas()
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.UNAUTHENTICATED:
            raise
        return False
    finally:
        cloud.close()
    return True


def test_a_token_that_has_expired_does_not_revive_when_the_clock_goes_back(site: Site) -> None:
    restart(site, 0)
    assert is_taken(site, site.token)

    restart(site, +10)
    assert not is_taken(site, site.token)

    for years in (0, -10):
        restart(site, years)
        assert not is_taken(site, site.token), f"revived {years} years from now"


@pytest.mark.parametrize("years", [+10, -10])
def test_a_boot_after_a_clock_jump_is_as_any_other(site: Site, years: float) -> None:
    restart(site, 0)
    ledger = Ledger()
    before = User(site.client(), ledger)
    first = before.boot(Wish("before the jump"))
    assert before.until_settled(first) == "ACTIVE"
    restart(site, years)
    cloud = Cloud(site.socket, site.revive)
    site.token = cloud.sign_in(PASSWORD)
    user = User(cloud, ledger)

    second = user.boot(Wish("after the jump"))

    assert user.until_settled(second) == "ACTIVE"
    found = judge(collect(site, cloud), ledger)
    assert [it for it in found if it.invariant not in ("I11", "I15")] == []
    for server_id in (first, second):
        user.delete(server_id)
        assert user.until_gone(server_id)
    assert list(cloud.servers()) == []
