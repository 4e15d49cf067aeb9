"""Ports that users make, and all ports as users see them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_name, looks_like_id
from vmctld.domain.network import BRIDGE, OF_DEFAULT_GROUP, Port, PortStatus
from vmctld.domain.ownership import listed_project
from vmctld.domain.paging import Page
from vmctld.domain.security_group import groups_at
from vmctld.errors import AlreadyExists, InvalidRequest
from vmctld.network.affected import hosts_that_name
from vmctld.network.lookup import find_network, find_port
from vmctld.network.macs import parse_mac
from vmctld.network.port_maker import PortMaker
from vmctld.network.port_security import SecurityWish, security_from
from vmctld.network.refusals import port_in_use
from vmctld.network.security_groups import TellHosts
from vmctld.network.topology import NetworkPlan
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import ports, subnets


class Ports:
    """Rules for ports: a project has its own, on networks that it sees."""

    def __init__(
        self, database: Database, clock: Clock, maker: PortMaker, kind: str, tell: TellHosts
    ) -> None:
        self._tell = tell
        self._database = database
        self._clock = clock
        self._maker = maker
        self._kind = kind

    def create_port(
        self,
        caller: Caller,
        network: str,
        *,
        name: str = "",
        fixed_ip: str = "",
        mac: str = "",
        security: SecurityWish = SecurityWish(),  # noqa: B008 - frozen
    ) -> Port:
        """Return a new port with one address, of no instance yet, in its default group.

        Raises InvalidRequest, NotFound, AlreadyExists (``mac-in-use``), Conflict
        (``address-in-use``), Exhausted (``no-free-address``).
        """
        wanted_mac = parse_mac(mac) if mac else None
        name = check_name(name, "port") if name else ""

        def create(tx: Tx) -> tuple[Port, set[str]]:
            found = find_network(tx, caller, network)
            plan = NetworkPlan(found, tuple(subnets.subnets_of(tx, [found.id])))
            project_id = caller.project_id
            port = replace(
                self._new_port(project_id, found.id, name, wanted_mac or ""),
                security=security_from(
                    tx, caller, OF_DEFAULT_GROUP, security, project_id=project_id
                ),
            )
            made = self._maker.make(tx, port, plan, fixed_ip or None, made_for_device=False)
            if made is None:
                raise _mac_in_use(port.mac)
            return made, self._hosts_to_tell(tx, made)

        port, hosts = self._database.run(create)
        self._tell(hosts)
        return port

    def _new_port(self, project_id: str, network_id: str, name: str, mac: str) -> Port:
        return Port(
            id=str(uuid.uuid4()),
            name=name,
            network_id=network_id,
            project_id=project_id,
            mac=mac,
            fixed_ips=(),
            device_id=None,
            host=None,
            kind=self._kind,
            status=PortStatus.DOWN,
            created_at=self._clock(),
        )

    def get_port(self, caller: Caller, reference: str) -> Port:
        """Return one, by name or id.  Raises NotFound, Conflict (ambiguous)."""
        with self._database.read() as tx:
            return find_port(tx, caller, reference)

    def list_ports(
        self,
        caller: Caller,
        page: Page,
        *,
        network: str = "",
        device_id: str = "",
        all_projects: bool = False,
    ) -> Sequence[Port]:
        """Return a page, the oldest first; only a network's or an instance's if asked for."""
        project_id = listed_project(caller, all_projects=all_projects)
        device = _device_id_in(device_id) if device_id else None
        with self._database.read() as tx:
            network_id = find_network(tx, caller, network).id if network else None
            return ports.list_ports(tx, project_id, page, network_id=network_id, device_id=device)

    def delete_port(self, caller: Caller, reference: str) -> None:
        """Delete a port that no instance has.

        Raises NotFound, Conflict (ambiguous), WrongState (``port-in-use``).
        """
        port = self.get_port(caller, reference)

        def delete(tx: Tx) -> set[str] | None:
            return self._hosts_to_tell(tx, port) if ports.delete_unbound_port(tx, port.id) else None

        hosts = self._database.run(delete)
        if hosts is None:
            port = self.get_port(caller, port.id)  # NotFound: somebody else was faster
            raise port_in_use(port)
        self._tell(hosts)

    def _hosts_to_tell(self, tx: Tx, port: Port) -> set[str]:
        """Return the hosts on which others have rules for what the port is in."""
        if port.kind != BRIDGE:
            return set()
        return hosts_that_name(tx, groups_at(port.security, port.project_id))


def _mac_in_use(mac: str) -> AlreadyExists:
    return AlreadyExists(f"another port has the MAC {mac}", code="mac-in-use", facts={"mac": mac})


def _device_id_in(text: str) -> str:
    device_id = looks_like_id(text)
    if device_id is None:
        raise InvalidRequest("a device is named by its id, a UUID", code="invalid-id")
    return device_id
