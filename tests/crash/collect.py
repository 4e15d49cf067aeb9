"""Collects evidence: over gRPC, from the public views, from ``/proc`` and the files."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc

from tests.crash.cloud import Cloud
from tests.crash.evidence import Doctor, Evidence, File, Machine
from tests.crash.site import Site, machines_of

VIEWS = ("instances", "hosts", "ports", "volumes", "attachments", "images")
TOKEN = re.compile(rb"vmt_[A-Za-z0-9_-]{32,}")
DATA_DIRS = ("images", "volumes", "cache")  # what users store is their own business
FAKE_RUNS = ("RUNNING", "PAUSED")  # how the files of the fake driver's running machines end
LARGEST_TEXT_BYTES = 64 * 1024 * 1024


def collect(site: Site, cloud: Cloud, *, traces: bool = True) -> Evidence:
    """Return what is to be seen of the site now."""
    servers = {server.id: server for server in cloud.servers()}
    views, faults = site.look_into_database(VIEWS)
    return Evidence(
        taken_at=datetime.now(UTC),
        state_dir=str(site.state_dir),
        servers=servers,
        traces={id_: cloud.trace(id_) for id_ in servers} if traces else {},
        views=views,
        machines=tuple(machines_seen(site)),
        files=tuple(_files(site.state_dir)),
        hashes={p.name: _sha256(p) for p in (site.state_dir / "images").iterdir()},
        links=frozenset(_links()),
        quota_used={name: used for name, (_limit, used) in cloud.quotas().items()},
        doctor=_doctor(cloud),
        database_faults=tuple(faults),
        secrets=tuple(_secrets(site)),
        ready_s=site.started[-1],
    )


def machines_seen(site: Site) -> Iterator[Machine]:
    """Yield what runs: QEMU processes, or the fake driver's files of machines that do."""
    for host in (site.state_dir / "fake").glob("*"):
        for file in host.iterdir():
            instance_id, _, life = file.name.partition(".")
            if life.rpartition(".")[2] in FAKE_RUNS:
                yield Machine(instance_id, host.name, life)
    for pid, arguments in machines_of(site.state_dir):
        uuid = arguments[arguments.index("-uuid") + 1] if "-uuid" in arguments else "?"
        started = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        yield Machine(uuid, "crash", f"pid {pid} since {started}")


def _files(state_dir: Path) -> Iterator[File]:
    now = datetime.now(UTC).timestamp()
    for directory, _, names in os.walk(state_dir):
        for name in names:
            path = Path(directory, name)
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue  # it has just gone
            age = timedelta(seconds=now - status.st_mtime)
            yield File(str(path.relative_to(state_dir)), status.st_size, age)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _links() -> Iterator[str]:
    """Yield the names of all interfaces, and every word of the packet filter's rules."""
    if ip := shutil.which("ip"):
        shown = subprocess.run([ip, "-j", "link"], capture_output=True, check=True, timeout=30)
        yield from (link["ifname"] for link in json.loads(shown.stdout))
    if nft := shutil.which("nft"):
        rules = subprocess.run([nft, "list", "ruleset"], capture_output=True, timeout=30)
        yield from rules.stdout.decode().split()


def _doctor(cloud: Cloud) -> tuple[Doctor, ...]:
    try:
        return tuple(Doctor(c.name, c.outcome, c.detail) for c in cloud.diagnose())
    except grpc.RpcError as error:
        if error.code() is grpc.StatusCode.UNIMPLEMENTED:
            return ()
        raise


def _secrets(site: Site) -> Iterator[str]:
    """Yield where a planted password or anything like a token lies open."""
    needles = [secret.encode() for secret in site.secrets]
    for name, content in _places(site):
        if any(needle in content for needle in needles) or TOKEN.search(content):
            yield name


def _places(site: Site) -> Iterator[tuple[str, bytes]]:
    for path in site.logs():
        yield path.name, path.read_bytes()
    for path in site.state_dir.rglob("*"):
        relative = path.relative_to(site.state_dir)
        is_users = relative.parts[0] in DATA_DIRS or path.suffix in (".qcow2", ".iso")
        if path.is_file() and not is_users and path.stat().st_size < LARGEST_TEXT_BYTES:
            yield str(relative), path.read_bytes()
    for pid, arguments in machines_of(site.state_dir):
        yield f"arguments of {pid}", "\0".join(arguments).encode()
        yield f"environment of {pid}", Path(f"/proc/{pid}/environ").read_bytes()
