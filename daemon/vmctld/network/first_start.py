"""What a first start makes: one network that everybody can boot on."""

from __future__ import annotations

import uuid

from vmctld.domain.clock import Clock
from vmctld.domain.network import Network, Subnet
from vmctld.network.addresses import parse_cidr, parse_gateway, parse_pools
from vmctld.network.networks import DEFAULT_MTU_BYTES
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import milestones, networks, subnets

NAME = "private"
CIDR = "10.20.0.0/24"


def ensure_first_network(database: Database, clock: Clock, project_id: str) -> None:
    """Make the shared network ``private`` for ``project_id``, once: deleted, it stays away."""

    def ensure(tx: Tx) -> None:
        if not milestones.reach(tx, "first-network", clock()):
            return
        network, subnet = _first_network(clock, project_id)
        networks.insert_network(tx, network)
        subnets.insert_subnet(tx, subnet)

    database.run(ensure)


def _first_network(clock: Clock, project_id: str) -> tuple[Network, Subnet]:
    cidr = parse_cidr(CIDR)
    gateway = parse_gateway(None, cidr)
    network = Network(
        id=str(uuid.uuid4()),
        name=NAME,
        project_id=project_id,
        shared=True,
        mtu_bytes=DEFAULT_MTU_BYTES,
        subnet_ids=(),
        created_at=clock(),
    )
    subnet = Subnet(
        id=str(uuid.uuid4()),
        name=NAME,
        network_id=network.id,
        project_id=project_id,
        cidr=CIDR,
        gateway=str(gateway),
        dns_servers=(),
        pools=parse_pools((), cidr, gateway),
        created_at=clock(),
    )
    return network, subnet
