"""A host's routers, for real: namespaces, rules, and what is left when nobody wants them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.routers import a_plan
from vmctld.errors import WrongState
from vmctld.host.network.names import owner_of, router_namespace_of
from vmctld.host.network.namespace import Namespace
from vmctld.host.network.router import RouterBox
from vmctld.host.network.routers import HostRouters

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="namespaces are root's to make, and this is another user"
)

INSIDE = a_plan(uplink=None, forwards=())
NO_SUCH_BRIDGE = replace(
    a_plan(),
    router_id="77777777-1111-4222-8333-000000000003",
    uplink=replace(a_plan().uplink, physical="no-such-bridge"),
)


@pytest.fixture
def cards(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "network").mkdir()
    yield tmp_path / "network"
    HostRouters(tmp_path / "network").make(())


def _namespace(cards: Path, router_id: str) -> Namespace:
    return Namespace(router_namespace_of(owner_of(cards), router_id))


def test_a_router_forwards_by_its_rules_and_goes_when_nobody_wants_it(cards: Path) -> None:
    routers = HostRouters(cards)

    assert routers.make((INSIDE,))

    place = _namespace(cards, INSIDE.router_id)
    assert "policy drop" in place.run(["nft", "list", "ruleset"])
    assert place.run(["cat", "/proc/sys/net/ipv4/ip_forward"]).strip() == "1"
    assert routers.make(())
    assert not place.exists()


def test_a_way_out_that_the_host_lacks_keeps_no_other_router_from_being_made(cards: Path) -> None:
    routers = HostRouters(cards)

    assert not routers.make((NO_SUCH_BRIDGE, INSIDE))

    assert _namespace(cards, INSIDE.router_id).exists()
    with pytest.raises(WrongState) as refused:
        RouterBox(owner_of(cards), NO_SUCH_BRIDGE).bring_up()
    assert refused.value.code == "no-external-bridge"


def test_after_a_reboot_routers_are_made_from_what_was_written_down(cards: Path) -> None:
    HostRouters(cards).make((INSIDE,))
    _namespace(cards, INSIDE.router_id).remove()

    again = HostRouters(cards)
    assert again.mend()

    assert _namespace(cards, INSIDE.router_id).exists()
    assert (cards.with_name("routers.json").stat().st_mode & 0o777) == 0o600


def test_what_a_dead_daemon_left_is_found_and_removed(cards: Path) -> None:
    routers = HostRouters(cards)
    stray = _namespace(cards, "99999999-1111-4222-8333-000000000003")
    stray.ensure()

    assert routers.strays() == [stray.name]

    routers.mend()
    assert not stray.exists()


def test_a_file_that_cannot_be_read_is_no_plan(cards: Path) -> None:
    cards.with_name("routers.json").write_text(json.dumps({"version": 99}))

    assert HostRouters(cards).mend()
