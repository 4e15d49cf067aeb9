"""Ports and namespaces of routers that there are not."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clock import NOON
from tests.support.living import put
from vmctld.domain.router import FLOATING_IP, ROUTER_INTERFACE
from vmctld.host.network.names import owner_of, router_namespace_of
from vmctld.host.network.namespace import Namespace
from vmctld.operations.audit.checks.ports import stray_ports
from vmctld.operations.audit.checks.routers import stray_router_namespaces, stray_router_ports
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.repositories import ports
from vmctld.storage.tables.network import PortRow
from vmctld.storage.tables.routers import RouterRow

ROUTER = "99999999-9999-4999-8999-999999999999"
Look = Callable[..., list[Suspect]]


def a_port(installation: Installation, owner: str = ROUTER_INTERFACE) -> None:
    values: dict[str, Any] = {"id": "p2", "network_id": "net", "project_id": "demo"}
    with installation.database.write() as tx:
        put(
            tx,
            PortRow,
            **values,
            mac="fa:16:3e:00:00:99",
            device_id=ROUTER,
            device_owner=owner,
            made_for_device=True,
            status="ACTIVE",
        )


def test_a_port_of_a_router_is_no_leak_of_a_server(installation: Installation, look: Look) -> None:
    a_port(installation)
    with installation.database.write() as tx:
        put(
            tx,
            RouterRow,
            id=ROUTER,
            name="edge",
            project_id="demo",
            enable_snat=True,
            created_at=NOON,
        )

    assert look(stray_ports) == []
    assert look(stray_router_ports) == []


@pytest.mark.parametrize("owner", [ROUTER_INTERFACE, FLOATING_IP])
def test_a_port_of_a_router_that_is_gone_is_found_and_deleted(
    installation: Installation, look: Look, mend: Callable[[Suspect], None], owner: str
) -> None:
    a_port(installation, owner)

    (suspect,) = look(stray_router_ports)
    mend(suspect)

    with installation.database.read() as tx:
        assert ports.get_port(tx, "p2") is None
    assert look(stray_router_ports) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces are root's to make")
def test_a_namespace_of_a_router_that_nobody_wants_is_found_and_removed(
    installation: Installation, look: Look, mend: Callable[[Suspect], None]
) -> None:
    assert look(stray_router_namespaces) == []
    cards = installation.state_dir / "network"
    cards.mkdir(exist_ok=True)
    stray = Namespace(router_namespace_of(owner_of(cards), ROUTER))
    stray.ensure()

    (suspect,) = look(stray_router_namespaces)
    mend(suspect)

    assert suspect.subject == stray.name
    assert not stray.exists()
