"""What a host has to make of routers, read from the database: nothing else knows it.

A router is made wherever its networks have guests, so traffic between them leaves no host and a
floating IP is answered by its guest's own host.  The router's own external address can be in one
place only: the first host that needs it has it, until it has no guests there any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from vmctld.domain.identity import AGENT, Caller
from vmctld.domain.network import BRIDGE, Network, Subnet
from vmctld.domain.router import Forward, Leg, Router, RouterPlan, Uplink
from vmctld.errors import Forbidden
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import floating_ips, networks, routers, subnets


class HostRouters:
    """Tells hosts their part.  A host is told of networks on which it has guests, no others."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plans_for(self, caller: Caller, host: str) -> tuple[RouterPlan, ...]:
        """Return what ``host`` has to make, the same for the same state.  Raises Forbidden."""
        _require_agent_of(caller, host)
        with self._database.read() as tx:
            local = routers.bridged_networks_on(tx, host, BRIDGE)
            found = routers.routers_on(tx, local) if local else ()
            homeless = [router for router in found if self._may_claim(tx, router, host)]
        for router in homeless:
            self._claim(router, host)
        if not found:
            return ()
        with self._database.read() as tx:
            return _plans(tx, host, found, set(local))

    def _may_claim(self, tx: Tx, router: Router, host: str) -> bool:
        has_it = routers.hosts_of(tx, [router.id]).get(router.id)
        return router.gateway is not None and has_it != host and _is_idle(tx, router, has_it)

    def _claim(self, router: Router, host: str) -> None:
        def claim(tx: Tx) -> None:
            has_it = routers.hosts_of(tx, [router.id]).get(router.id)
            if _is_idle(tx, router, has_it):
                routers.claim(tx, router.id, host, has_it)

        self._database.run(claim)


def digest_of(plans: Sequence[RouterPlan]) -> str:
    """Return what two hosts' plans have in common only if they are the same."""
    return hashlib.sha256(repr(plans).encode()).hexdigest()


def _is_idle(tx: Tx, router: Router, host: str | None) -> bool:
    """True when nobody has the router's address, or a host that has no guests behind it."""
    inside = [leg.network_id for leg in router.interfaces]
    return host is None or not routers.has_guests_on(tx, host, inside)


def _require_agent_of(caller: Caller, host: str) -> None:
    """Let agents ask about their own host alone; one process may play several."""
    name, _, its_host = caller.user_name.partition(".")
    if caller.is_agent and name == AGENT and its_host in ("", host):
        return
    raise Forbidden("only a host's own agent may ask what to make there", code="not-an-agent")


def _plans(tx: Tx, host: str, found: Sequence[Router], local: set[str]) -> tuple[RouterPlan, ...]:
    legs = {
        router.id: [leg for leg in router.interfaces if leg.network_id in local] for router in found
    }
    used = {leg.network_id for some in legs.values() for leg in some}
    used |= {router.gateway.network_id for router in found if router.gateway}
    known = {network.id: network for network in networks.networks_with(tx, sorted(used))}
    ranges = {subnet.id: subnet for subnet in subnets.subnets_of(tx, sorted(used))}
    port_ids = [leg.port_id for some in legs.values() for leg in some]
    port_ids += [router.gateway.port_id for router in found if router.gateway]
    macs = routers.macs_of(tx, port_ids)
    hosts = routers.hosts_of(tx, [router.id for router in found])
    leading = floating_ips.leading_to_host(tx, host)
    return tuple(
        RouterPlan(
            router_id=router.id,
            legs=tuple(
                Leg(
                    port_id=leg.port_id,
                    network_id=leg.network_id,
                    mac=macs[leg.port_id],
                    address=leg.address,
                    cidr=ranges[leg.subnet_id].cidr,
                    mtu_bytes=known[leg.network_id].mtu_bytes,
                )
                for leg in legs[router.id]
            ),
            uplink=_uplink(router, known, ranges, macs, has_address=hosts[router.id] == host),
            forwards=tuple(
                Forward(one.address, one.fixed_address)
                for one in leading
                if one.router_id == router.id and one.fixed_address
            ),
        )
        for router in found
    )


def _uplink(
    router: Router,
    known: Mapping[str, Network],
    ranges: Mapping[str, Subnet],
    macs: Mapping[str, str],
    *,
    has_address: bool,
) -> Uplink | None:
    gateway = router.gateway
    if gateway is None:
        return None
    network, subnet = known[gateway.network_id], ranges[gateway.subnet_id]
    return Uplink(
        port_id=gateway.port_id,
        mac=macs[gateway.port_id],
        physical=network.physical or "",
        address=gateway.address if has_address else "",
        cidr=subnet.cidr,
        next_hop=subnet.gateway,
        mtu_bytes=network.mtu_bytes,
        snat=router.enable_snat,
    )
