"""I5, I6: leaks among ports, addresses and interfaces."""

from __future__ import annotations

import json
import subprocess

from tests.support.planted.site import Planted, Site, an_id, change, insert, one, remove


def stray_port(site: Site) -> Planted:
    """A port, and with it an address, belongs to an instance that never was."""
    port_id = an_id()
    with site.database() as db:
        port = one(db, "ports", "device_id", site.instance_id)
        held = one(db, "fixed_ips", "port_id", port["id"])
        insert(
            db,
            "ports",
            port | {"id": port_id, "device_id": an_id(), "mac": f"fa:16:3e:{port_id[:2]}:ff:ff"},
        )
        insert(db, "fixed_ips", held | {"port_id": port_id, "address": "10.20.0.253"})
    return Planted("I5", port_id)


def lost_port(site: Site) -> Planted:
    """A running instance has lost its port: its address may be given to somebody else."""
    with site.database() as db:
        port = one(db, "ports", "device_id", site.instance_id)
        remove(db, "fixed_ips", "port_id", port["id"])
        remove(db, "ports", "id", port["id"])
    return Planted("I5", port["id"])


def stray_address(site: Site) -> Planted:
    """An address is held for a port that is not there."""
    with site.database() as db:
        port = one(db, "ports", "device_id", site.instance_id)
        held = one(db, "fixed_ips", "port_id", port["id"])
        insert(db, "fixed_ips", held | {"port_id": an_id(), "address": "10.20.0.252"})
    return Planted("I5", "10.20.0.252")


def doubled_mac(site: Site) -> Planted:
    """Two ports have one MAC, in different letters."""
    with site.database() as db:
        port = one(db, "ports", "device_id", site.instance_id)
        twin = {"id": an_id(), "mac": port["mac"].upper(), "device_id": None, "host": None}
        insert(db, "ports", port | twin)
    return Planted("I5", port["mac"])


def wrong_address(site: Site) -> Planted:
    """An instance shows an address that is not its own."""
    with site.database() as db:
        addresses = json.loads(one(db, "instances", "id", site.instance_id)["addresses"])
        addresses[0]["address"] = "10.20.0.251"
        change(db, "instances", "id", site.instance_id, addresses=json.dumps(addresses))
    return Planted("I5", site.instance_id)


def stray_interface(name: str) -> Planted:
    """An interface of the host belongs to no port (I6); needs CAP_NET_ADMIN.

    ``name`` has to look like one of the daemon's.  Take it away with ``ip link del``.
    """
    subprocess.run(["ip", "link", "add", name, "type", "dummy"], check=True)
    return Planted("I6", name)
