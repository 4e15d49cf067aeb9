"""Network cards for tests of the host's networks."""

from __future__ import annotations

import json
import uuid

from vmctld.domain.firewall import Direction, EtherType, GuardRule, PortGuard
from vmctld.host.network.cards import Card
from vmctld.host.network.dhcp import ServedSubnet

NETWORK_ID = "7c1f4a60-1111-4222-8333-00000000000a"
SUBNET_ID = "3f2b1c66-1111-4222-8333-444455556666"
SERVICE_ADDRESS = "10.77.0.2"
SUBNET = ServedSubnet(SUBNET_ID, "10.77.0.0/24", SERVICE_ADDRESS, "10.77.0.1")
ALL_OUT = GuardRule(Direction.EGRESS, EtherType.IPV4)
SSH_IN = GuardRule(Direction.INGRESS, EtherType.IPV4, "tcp", 22, 22)


def make_card(
    number: int,
    *,
    network_id: str = NETWORK_ID,
    rules: tuple[GuardRule, ...] = (ALL_OUT, SSH_IN),
    public_key: str = "",
) -> Card:
    """Return the card of the guest ``vm<number>``, with the address 10.77.0.<10 + number>."""
    instance_id, address = str(uuid.uuid4()), f"10.77.0.{10 + number}"
    meta_data: dict[str, object] = {
        "uuid": instance_id,
        "name": f"vm{number}",
        "hostname": f"vm{number}",
    }
    if public_key:
        meta_data |= {"public_keys": {"key": public_key}}
    return Card(
        instance_id=instance_id,
        network_id=network_id,
        hostname=f"vm{number}",
        address=address,
        mtu_bytes=1450,
        subnet=SUBNET,
        guard=PortGuard(str(uuid.uuid4()), f"fa:16:3e:00:00:{number:02x}", (address,), rules),
        files={
            "openstack/latest/meta_data.json": json.dumps(meta_data).encode(),
            "ec2/latest/meta-data.json": json.dumps({"instance-id": "i-1"}).encode(),
        },
    )
