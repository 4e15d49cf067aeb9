"""I5 to I9: addresses, links, files, volumes and images belong to somebody who is alive."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from tests.crash.evidence import T_GC, Evidence, Ledger, Violation

DAEMONS_OWN = re.compile(
    r"vmctl\.db(-wal|-shm)?|vmctld\.lock|store\.lock|admin-password|config\.toml|vmctld\.sock"
)
OWNED = (
    ("images", re.compile(r"images/(?P<owner>[^/]+)")),
    ("volumes", re.compile(r"volumes/(?P<owner>[^/]+)")),
    ("copies", re.compile(r"cache/(?P<owner>[0-9a-f]{64})(\.verified)?")),
    ("instances", re.compile(r"cache/holds/(?P<owner>[^/]+)")),
    ("instances", re.compile(r"fake/[^/]+/(?P<owner>[^/.]+)\.\d+\.[A-Z]+")),
    ("instances", re.compile(r"qemu/machines/(?P<owner>[^/]+)/.+")),
)
TEMPORARY = (".part", ".tmp", ".damaged")
PORT_ID_BYTES = 8  # of a port's id are in the name of anything made for it, at least
TRANSITIONAL_VOLUMES = frozenset({"creating", "attaching", "detaching", "deleting", "reserved"})


def addresses_are_unique(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I5: no address or MAC twice, and each port has a device that lives."""
    ports = seen.views["ports"]
    addresses = Counter((p["network_id"], p["ip"]) for p in ports if p["ip"])
    macs = Counter(p["mac"] for p in {port["id"]: port for port in ports}.values())
    for (network_id, ip), count in addresses.items():
        if count > 1:
            yield Violation("I5", ip, f"{count} ports of network {network_id} have it")
    for mac, count in macs.items():
        if count > 1:
            yield Violation("I5", mac, f"{count} ports have it")
    for port in ports:
        if port["device_id"] not in seen.living:
            yield Violation("I5", port["id"], f"its device {port['device_id']} is not alive")
    held = {p["id"] for p in ports}
    for server in seen.servers.values():
        for address in server.addresses:
            if server.status == "ACTIVE" and address.port_id not in held:
                yield Violation("I5", server.id, f"its port {address.port_id} is not there")


def links_have_ports(seen: Evidence, ledger: Ledger) -> Iterator[Violation]:
    """I6: no interface, rule or chain is named after a port that is gone."""
    alive = {port["id"] for port in seen.views["ports"]}
    for port_id in ledger.port_ids - alive:
        for link in seen.links:
            if port_id[:PORT_ID_BYTES] in link:
                yield Violation("I6", link, f"its port {port_id} is gone")


def files_have_owners(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I7: every file holds a living id; nothing unfinished is old."""
    alive = {
        "images": {row["id"] for row in seen.views["images"]},
        "copies": {row["sha256"] for row in seen.views["images"]},
        "volumes": {row["id"] for row in seen.views["volumes"]},
        "instances": set(seen.living),
    }
    for file in seen.files:
        if file.path.endswith(TEMPORARY):
            if file.age > T_GC:
                yield Violation("I7", file.path, f"unfinished for {file.age}")
        elif not DAEMONS_OWN.fullmatch(file.path):
            kinds = [(k, m["owner"]) for k, p in OWNED if (m := p.fullmatch(file.path))]
            # A host clears its copies of images that are gone in rounds
            in_time = file.age <= T_GC and any(kind == "copies" for kind, _ in kinds)
            if not in_time and not any(owner in alive[kind] for kind, owner in kinds):
                yield Violation("I7", file.path, "belongs to nobody alive")


def volumes_are_attached(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I8: in-use, one attachment and a living instance come together; nothing hangs between."""
    volumes = {row["id"]: row for row in seen.views["volumes"]}
    attachments = {row["volume_id"]: row for row in seen.views["attachments"]}
    settled = timedelta(0) if not _anything_on_its_way(seen) else T_GC
    for volume_id, volume in volumes.items():
        attachment, status = attachments.get(volume_id), volume["status"]
        is_old, held = seen.age_of(volume) > settled, attachment and attachment["status"]
        if is_old and (status == "in-use") != (held == "attached"):
            yield Violation("I8", volume_id, f"{status}, with {held or 'no'} attachment")
        if is_old and status in TRANSITIONAL_VOLUMES:
            yield Violation("I8", volume_id, f"{status} for {seen.age_of(volume)}")
    for volume_id, attachment in attachments.items():
        if volume_id not in volumes:
            yield Violation("I8", attachment["id"], f"its volume {volume_id} is not there")
        if attachment["instance_id"] not in seen.living and seen.age_of(attachment) > settled:
            yield Violation(
                "I8", attachment["id"], f"its instance {attachment['instance_id']} is not alive"
            )


def _anything_on_its_way(seen: Evidence) -> bool:
    return any(row["status"] == "BUILD" or row["task_state"] for row in seen.living.values())


def images_are_whole(seen: Evidence, _ledger: Ledger) -> Iterator[Violation]:
    """I9: an ACTIVE image's file has its size and hash; none is on its way for long."""
    sizes = {file.path: file.size_bytes for file in seen.files}
    for image in seen.views["images"]:
        status = image["status"].lower()
        if status == "active":
            if seen.hashes.get(image["id"]) != image["sha256"]:
                yield Violation("I9", image["id"], "the file's SHA-256 is not the record's")
            if sizes.get(f"images/{image['id']}") != image["size_bytes"]:
                yield Violation("I9", image["id"], "the file's size is not the record's")
        elif status in ("queued", "saving") and seen.age_of(image) > T_GC:
            yield Violation("I9", image["id"], f"{status} for {seen.age_of(image)}")
