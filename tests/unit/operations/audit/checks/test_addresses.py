"""Addresses that two have, or that an instance shows and has not."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.living import PORT, put
from vmctld.operations.audit.checks.addresses import doubled_addresses, wrong_addresses
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.installation import Installation
from vmctld.storage.tables.network import FixedIpRow, PortRow

Look = Callable[..., list[Suspect]]


def hold(installation: Installation, *addresses: str) -> None:
    with installation.database.write() as tx:
        for number, address in enumerate(addresses):
            values = {"network_id": "net", "project_id": "demo", "mac": f"0{number}", "status": ""}
            put(tx, PortRow, id=f"p{number}", **values)
            put(
                tx,
                FixedIpRow,
                network_id="net",
                address=address,
                subnet_id="sub",
                port_id=f"p{number}",
            )


def test_one_address_in_two_spellings_is_one_address(
    installation: Installation, look: Look
) -> None:
    hold(installation, "fd00::1", "fd00:0::1")

    (suspect,) = look(doubled_addresses)

    assert (suspect.subject, suspect.detail) == ("fd00::1", "held by ports p0 and p1")


def test_what_is_no_address_does_not_stop_the_audit(installation: Installation, look: Look) -> None:
    hold(installation, "not an address", "10.20.0.9")

    assert look(doubled_addresses) == []


def test_an_instance_whose_port_has_no_address_shows_one_all_the_same(
    installation: Installation, look: Look
) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("DELETE FROM fixed_ips")

    (suspect,) = look(wrong_addresses)

    assert suspect.detail == f"shows 10.20.0.5; its port {PORT} has none"
