"""Networks: made, found, deleted."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name, shown
from vmctld.domain.network import Network
from vmctld.domain.ownership import listed_project, require_admin, require_owner
from vmctld.domain.paging import Page
from vmctld.errors import InvalidRequest
from vmctld.network.ipam import AddressPicker
from vmctld.network.lookup import find_network
from vmctld.network.refusals import in_use
from vmctld.network.topology import Topology
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import networks, ports

DEFAULT_MTU_BYTES = 1500  # Ethernet's
_BRIDGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}", re.ASCII)  # what Linux takes, and less
MTU_RANGE_BYTES = range(576, 9001)  # what every IPv4 host takes (RFC 791), to a jumbo frame


class Networks:
    """Rules for networks: a project sees its own and the shared ones."""

    def __init__(
        self, database: Database, clock: Clock, topology: Topology, picker: AddressPicker
    ) -> None:
        self._database = database
        self._clock = clock
        self._topology = topology
        self._picker = picker

    def create_network(
        self,
        caller: Caller,
        name: str,
        *,
        shared: bool = False,
        mtu_bytes: int = 0,
        external: bool = False,
        physical: str = "",
    ) -> Network:
        """Return a new network without subnets; for ``physical`` see ``Network``.

        Raises InvalidRequest (``invalid-physical-network`` and others), Forbidden.
        """
        if shared:
            require_admin(caller, "share a network with all projects")
        if external:
            require_admin(caller, "make an external network")
        network = Network(
            id=str(uuid.uuid4()),
            name=check_name(name, "network"),
            project_id=caller.project_id,
            shared=shared,
            mtu_bytes=_checked_mtu(mtu_bytes or DEFAULT_MTU_BYTES),
            subnet_ids=(),
            created_at=self._clock(),
            external=external,
            physical=_checked_physical(physical, external=external),
        )
        self._database.run(lambda tx: networks.insert_network(tx, network))
        self._topology.forget()
        return network

    def get_network(self, caller: Caller, reference: str) -> Network:
        """Return one, by name or id.  Raises NotFound, Conflict (ambiguous)."""
        with self._database.read() as tx:
            return find_network(tx, caller, reference)

    def list_networks(
        self, caller: Caller, page: Page, *, all_projects: bool = False
    ) -> Sequence[Network]:
        """Return a page, sorted by name."""
        project_id = listed_project(caller, all_projects=all_projects)
        with self._database.read() as tx:
            return networks.list_networks(tx, project_id, page)

    def delete_network(self, caller: Caller, reference: str) -> None:
        """Delete a network that has no ports, with its subnets.

        Raises NotFound, Conflict (ambiguous), Forbidden, WrongState (``network-in-use``).
        """
        network = self.get_network(caller, reference)
        require_owner(caller, network, "delete a network")

        def delete(tx: Tx) -> bool:
            ports.delete_service_ports(tx, network_id=network.id)
            return networks.delete_unused_network(tx, network.id)

        if not self._database.run(delete):
            with self._database.read() as tx:
                users = ports.port_ids_on(tx, network_id=network.id)
            raise in_use("network", network, users)
        self._topology.forget()
        self._picker.forget(network.subnet_ids)


def _checked_physical(physical: str, *, external: bool) -> str | None:
    if not external:
        if physical:
            raise _invalid_physical("only an external network has a bridge of the hosts")
        return None
    if _BRIDGE.fullmatch(physical):
        return physical
    if physical:
        raise _invalid_physical(f"{shown(physical[:64])} is no name of a network bridge")
    raise _invalid_physical("an external network needs the name of a bridge on its hosts")


def _invalid_physical(problem: str) -> InvalidRequest:
    return InvalidRequest(
        problem,
        code="invalid-physical-network",
        hint="--external --physical BRIDGE, for instance br-ex",
    )


def _checked_mtu(mtu_bytes: int) -> int:
    if mtu_bytes in MTU_RANGE_BYTES:
        return mtu_bytes
    raise InvalidRequest(
        f"an MTU of {mtu_bytes} bytes is outside of {MTU_RANGE_BYTES[0]} to {MTU_RANGE_BYTES[-1]}",
        code="invalid-mtu",
        facts={"mtu_bytes": mtu_bytes},
    )
