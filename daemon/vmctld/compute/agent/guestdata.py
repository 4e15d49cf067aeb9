"""What the guest reads about itself: the files of the config drive, in OpenStack's form.

Format: nova's metadata service and config drive (``openstack/<version>/*.json``, ``ec2/``);
cloud-init asks for dated versions, so ``latest`` is not the only one.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from vmctld.domain.instance import Address, Instance
from vmctld.domain.machine import ConfigDrive
from vmctld.domain.network import PortWiring

VERSIONS = ("2018-08-27", "latest")
DEFAULT_ZONE = "nova"
RANDOM_SEED_BYTES = 512
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - a route, not a place to listen


def config_drive(instance: Instance, wirings: Sequence[PortWiring]) -> ConfigDrive:
    """Return the drive's files.  Two calls for one instance give the same bytes."""
    files: list[tuple[str, bytes]] = []
    documents: dict[str, bytes] = {
        "meta_data.json": _json(meta_data(instance)),
        "network_data.json": _json(network_data(wirings)),
        "vendor_data.json": b"{}",
        "vendor_data2.json": b"{}",
    }
    if instance.user_data is not None:
        documents["user_data"] = instance.user_data
    for version in VERSIONS:
        files += [(f"openstack/{version}/{name}", data) for name, data in documents.items()]
    files.append(("ec2/latest/meta-data.json", _json(ec2_data(instance, wirings))))
    if instance.user_data is not None:
        files.append(("ec2/latest/user-data", instance.user_data))
    return ConfigDrive(tuple(files))


def meta_data(instance: Instance) -> dict[str, Any]:
    """Return ``meta_data.json``."""
    document: dict[str, Any] = {
        "uuid": instance.id,
        "name": instance.name,
        "hostname": instance.hostname,
        "launch_index": instance.launch_index,
        "availability_zone": instance.availability_zone or DEFAULT_ZONE,
        "project_id": instance.project_id,
        "meta": dict(instance.metadata),
        "random_seed": _random_seed(instance),
        "devices": [],
        "dedicated_cpus": [],
    }
    if instance.public_key and instance.key_name:
        document["public_keys"] = {instance.key_name: instance.public_key}
        document["keys"] = [{"name": instance.key_name, "type": "ssh", "data": instance.public_key}]
    return document


def network_data(wirings: Sequence[PortWiring]) -> dict[str, Any]:
    """Return ``network_data.json``: the guest's own MACs and exactly its addresses."""
    return {
        "links": [_link(wiring) for wiring in wirings],
        "networks": [_network(wiring, index) for index, wiring in enumerate(wirings)],
        "services": [
            {"type": "dns", "address": address}
            for address in dict.fromkeys(a for w in wirings for a in w.dns_servers)
        ],
    }


def address_of(wiring: PortWiring) -> Address:
    """Return where the guest can be reached over one of its cards."""
    return Address(wiring.network_name, wiring.address, wiring.port_id, wiring.mac)


def ec2_data(instance: Instance, wirings: Sequence[PortWiring]) -> dict[str, Any]:
    """Return the EC2 form, for guests that know no other."""
    data: dict[str, Any] = {
        "instance-id": f"i-{instance.id[:8]}",
        "hostname": instance.hostname,
        "local-hostname": instance.hostname,
        "instance-type": instance.flavor.name,
        "ami-launch-index": instance.launch_index,
        "reservation-id": instance.reservation_id,
        "placement": {"availability-zone": instance.availability_zone or DEFAULT_ZONE},
    }
    if wirings:
        data["local-ipv4"] = wirings[0].address
    if instance.public_key and instance.key_name:
        data["public-keys"] = {f"0={instance.key_name}": {"openssh-key": instance.public_key}}
    return data


def _link(wiring: PortWiring) -> dict[str, Any]:
    return {
        "id": f"tap{wiring.port_id[:11]}",
        "vif_id": wiring.port_id,
        "type": "bridge",
        "mtu": wiring.mtu_bytes,
        "ethernet_mac_address": wiring.mac,
    }


def _network(wiring: PortWiring, index: int) -> dict[str, Any]:
    routes = []
    if wiring.gateway and index == 0:
        routes.append({"network": ANY_ADDRESS, "netmask": ANY_ADDRESS, "gateway": wiring.gateway})
    return {
        "id": f"network{index}",
        "network_id": wiring.network_id,
        # nova's: a guest asks for the address where somebody answers
        "type": "ipv4_dhcp" if wiring.service_address else "ipv4",
        "link": f"tap{wiring.port_id[:11]}",
        "ip_address": wiring.address,
        "netmask": _netmask(wiring.prefix_length),
        "routes": routes,
        "services": [{"type": "dns", "address": address} for address in wiring.dns_servers],
    }


def _netmask(prefix_length: int) -> str:
    bits = (0xFFFFFFFF << (32 - prefix_length)) & 0xFFFFFFFF
    return ".".join(str(bits >> shift & 0xFF) for shift in (24, 16, 8, 0))


def _random_seed(instance: Instance) -> str:
    # Derived, so that a resumed build makes the same drive; the guest only mixes it in.
    seed = hashlib.shake_256(f"{instance.id}/{instance.request_id}".encode())
    return base64.b64encode(seed.digest(RANDOM_SEED_BYTES)).decode()


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True).encode()
