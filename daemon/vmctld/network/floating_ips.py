"""Floating IPs: taken, led to servers, led away, given back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import looks_like_id, shown
from vmctld.domain.network import Port
from vmctld.domain.ownership import listed_project
from vmctld.domain.paging import Page
from vmctld.domain.router import FLOATING_IP, FloatingIp
from vmctld.errors import InvalidRequest, NotFound, WrongState
from vmctld.network.lookup import find_network, find_port
from vmctld.network.router_lookup import find_floating_ip
from vmctld.network.router_ports import RouterPorts
from vmctld.network.router_refusals import leads_elsewhere, not_reachable, port_has_one
from vmctld.storage.database import Database, Tx
from vmctld.storage.locks import one_at_a_time
from vmctld.storage.repositories import floating_ips, ports, routers

ALL = Page(limit=100)


class FloatingIps:
    """Rules for floating IPs: a project has its own, on any external network.

    ``changed`` is called when one leads elsewhere: hosts are to look.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        router_ports: RouterPorts,
        changed: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._ports = router_ports
        self._changed = changed

    def create_floating_ip(
        self, caller: Caller, network: str, *, address: str = "", port: str = ""
    ) -> FloatingIp:
        """Return a new one, with the address wanted or any, leading to a port if one is named.

        Raises InvalidRequest (``network-not-external``, ``invalid-fixed-ip``), NotFound,
        Conflict (``address-in-use``), Exhausted (``no-free-address``).
        """
        floating_id = str(uuid.uuid4())

        def create(tx: Tx) -> FloatingIp:
            found = find_network(tx, caller, network)
            held = self._ports.take_any(tx, found, FLOATING_IP, floating_id, address)
            floating = FloatingIp(
                id=floating_id,
                project_id=caller.project_id,
                network_id=found.id,
                address=held.fixed_ips[0].address,
                port_id=None,
                fixed_address=None,
                router_id=None,
                created_at=self._clock(),
            )
            floating_ips.insert_floating_ip(tx, floating, held.id)
            if port:
                _lead(tx, floating, find_port(tx, caller, port))
            return find_floating_ip(tx, caller, floating_id)

        made = self._database.run(create)
        if port:
            self._changed()
        return made

    def get_floating_ip(self, caller: Caller, reference: str) -> FloatingIp:
        """Return one, by address or id.  Raises NotFound, Conflict (ambiguous)."""
        with self._database.read() as tx:
            return find_floating_ip(tx, caller, reference)

    def list_floating_ips(
        self, caller: Caller, page: Page, *, all_projects: bool = False
    ) -> Sequence[FloatingIp]:
        """Return a page, the oldest first."""
        project_id = listed_project(caller, all_projects=all_projects)
        with self._database.read() as tx:
            return floating_ips.list_floating_ips(tx, project_id, page)

    def delete_floating_ip(self, caller: Caller, reference: str) -> None:
        """Give one back, wherever it leads.  Raises NotFound, Conflict (ambiguous)."""

        def delete(tx: Tx) -> None:
            floating_ips.delete_floating_ip(tx, find_floating_ip(tx, caller, reference).id)

        self._database.run(delete)
        self._changed()

    def associate(
        self,
        caller: Caller,
        reference: str,
        *,
        port: str = "",
        device_id: str = "",
        fixed_address: str = "",
    ) -> FloatingIp:
        """Return it leading to a port, or to the first port of a server that it can reach.

        Raises InvalidRequest, NotFound, WrongState (``external-network-not-reachable``),
        Conflict (``floating-ip-in-use``, ``port-has-floating-ip``).
        """

        def change(tx: Tx) -> FloatingIp:
            floating = find_floating_ip(tx, caller, reference)
            one_at_a_time(tx, f"floating IP {floating.id}")
            floating = find_floating_ip(tx, caller, floating.id)
            wanted = (
                find_port(tx, caller, port)
                if port
                else _port_of(tx, caller, floating, device_id, fixed_address)
            )
            _lead(tx, floating, wanted)
            return find_floating_ip(tx, caller, floating.id)

        changed = self._database.run(change)
        self._changed()
        return changed

    def disassociate(self, caller: Caller, reference: str, *, device_id: str = "") -> FloatingIp:
        """Return it leading nowhere.

        With ``device_id`` it has to lead to that server: else WrongState
        (``floating-ip-not-associated``).  Raises NotFound.
        """

        def change(tx: Tx) -> FloatingIp:
            floating = find_floating_ip(tx, caller, reference)
            held = ports.get_port(tx, floating.port_id) if floating.port_id else None
            if device_id and (held is None or held.device_id != looks_like_id(device_id)):
                raise WrongState(
                    f"Floating IP {floating.address} is not associated with"
                    f" instance {device_id[:64]}.",  # nova's words
                    code="floating-ip-not-associated",
                    hint="vmctl floating-ip-show tells where it leads",
                    facts={"floating_ip": floating.address},
                )
            floating_ips.lead_to(tx, floating.id, None)
            return find_floating_ip(tx, caller, floating.id)

        changed = self._database.run(change)
        self._changed()
        return changed


def _lead(tx: Tx, floating: FloatingIp, port: Port) -> None:
    """Have it lead to a port; to the one that it leads to is fine."""
    if floating.port_id == port.id:
        return
    if floating.port_id is not None:
        raise leads_elsewhere(floating)
    one_at_a_time(tx, f"floating IP of port {port.id}")
    other = floating_ips.of_port(tx, port.id)
    if other is not None:
        raise port_has_one(port, other)
    if not _is_reachable(tx, floating, port):
        raise not_reachable(port, floating.network_id)
    floating_ips.lead_to(tx, floating.id, port.id)


def _is_reachable(tx: Tx, floating: FloatingIp, port: Port) -> bool:
    on = {ip.subnet_id for ip in port.fixed_ips}
    return any(
        router.gateway is not None
        and router.gateway.network_id == floating.network_id
        and any(leg.subnet_id in on for leg in router.interfaces)
        for router in routers.routers_on(tx, [port.network_id])
    )


def _port_of(
    tx: Tx, caller: Caller, floating: FloatingIp, device_id: str, fixed_address: str
) -> Port:
    """Return a server's port with an address, or the first that can be reached, or the first."""
    server = looks_like_id(device_id)
    if server is None:
        raise InvalidRequest("a server is named by its id, a UUID", code="invalid-id")
    project_id = None if caller.is_admin else caller.project_id
    found = ports.list_ports(tx, project_id, ALL, device_id=server)
    if fixed_address:
        found = [port for port in found if fixed_address in {ip.address for ip in port.fixed_ips}]
    if not found:
        which = f" with the address {shown(fixed_address[:64])}" if fixed_address else ""
        raise NotFound(
            f"the server {server} has no port{which}",
            code="port-not-found",
            hint=f"vmctl interface-list {server} shows what it has",
            facts={"instance_id": server},
        )
    return next((port for port in found if _is_reachable(tx, floating, port)), found[0])
