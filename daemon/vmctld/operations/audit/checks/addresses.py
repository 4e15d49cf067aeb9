"""I5: an address and a MAC belong to one port, and instances show the addresses they have."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import partial

from sqlalchemy import delete, select

from vmctld.domain.instance import VmState
from vmctld.operations.audit.suspect import Suspect
from vmctld.operations.audit.world import World
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.tables.network import FixedIpRow, PortRow

_FIXED_IPS = core(FixedIpRow)
_PORTS = core(PortRow)


def stray_addresses(world: World) -> Iterator[Suspect]:
    """An address of no port: free again."""
    ports = set(world.tx.execute(select(_PORTS.c.id)).scalars())
    for row in world.tx.execute(select(_FIXED_IPS)):
        if row.port_id not in ports:
            yield Suspect(
                "address",
                f"{row.address} of {row.network_id}",
                f"held for port {row.port_id}, which is not there",
                mend=partial(_free, row.network_id, row.address),
            )


def doubled_addresses(world: World) -> Iterator[Suspect]:
    """An address or a MAC that two ports have, if only in other letters."""
    holders: dict[tuple[str, str], str] = {}
    for row in world.tx.execute(select(_FIXED_IPS).order_by(_FIXED_IPS.c.port_id)):
        address = _canonical(row.address)
        first = holders.setdefault((row.network_id, address), row.port_id)
        if first != row.port_id:
            yield Suspect("double", address, f"held by ports {first} and {row.port_id}")
    macs: dict[str, str] = {}
    for row in world.tx.execute(select(_PORTS).order_by(_PORTS.c.id)):
        first = macs.setdefault(row.mac.lower(), row.id)
        if first != row.id:
            yield Suspect("double", row.mac.lower(), f"held by ports {first} and {row.id}")


def wrong_addresses(world: World) -> Iterator[Suspect]:
    """A running instance that shows an address which its port does not have."""
    held: dict[str, set[str]] = {}
    for row in world.tx.execute(select(_FIXED_IPS)):
        held.setdefault(row.port_id, set()).add(row.address)
    ports = set(world.tx.execute(select(_PORTS.c.id)).scalars())
    for instance in world.living.values():
        if instance.vm_state is not VmState.ACTIVE or not instance.has_settled:
            continue
        for port_id, address in instance.addresses:
            if port_id in ports and address not in held.get(port_id, set()):
                has = ", ".join(sorted(held.get(port_id, set()))) or "none"
                yield Suspect(
                    "shown-address", instance.id, f"shows {address}; its port {port_id} has {has}"
                )


def _canonical(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address  # not an address at all; at least it shall be there once only


def _free(network_id: str, address: str, tx: Tx) -> None:
    is_it = (_FIXED_IPS.c.network_id == network_id) & (_FIXED_IPS.c.address == address)
    tx.execute(delete(_FIXED_IPS).where(is_it))
