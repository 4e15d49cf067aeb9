"""Every setting with its meaning, its default, and how its text is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from vmctld.config import values

ROLES: Final = ("api", "scheduler", "conductor", "compute")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the daemon was told, and what it assumes where it was told nothing."""

    state_dir: Path  # database, images, disks, sockets
    listen: tuple[str, ...]  # unix:///path or host:port
    host: str  # this host's name in the cloud
    database_url: str = field(repr=False)  # may hold a password
    roles: frozenset[str] = frozenset(ROLES)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None
    identity_endpoint: tuple[str, ...] = ()  # where a split role finds the service
    image_endpoint: tuple[str, ...] = ()  # these three: where identity is, if nothing is said
    network_endpoint: tuple[str, ...] = ()
    volume_endpoint: tuple[str, ...] = ()
    service_listen: str | None = None  # host:port for the daemon's other parts; None: off
    credentials_dir: Path | None = None  # what `vmctld credentials` made for this process
    store_dir: Path | None = None  # images and volumes, shared by api processes; None: state_dir
    web_listen: str | None = None  # host:port for browsers; None: off
    web_url: str | None = None  # what browsers call it behind a proxy; None: as web_listen says
    metrics_listen: str | None = None
    fake_hosts: int = 1  # with driver fake
    bus_url: str = field(default="inproc://", repr=False)
    driver: str = "qemu"
    network_driver: str = "user"
    admin_password: str | None = field(default=None, repr=False)
    failpoint: str | None = None
    enable_failpoints: bool = False
    log_level: str = "info"
    log_format: str = "logfmt"
    sync_full: bool = False  # SQLite: survive the loss of power, not only of the process
    build_timeout_s: int = 300  # counted from the build's slot on its host
    soft_delete_s: int = 0  # how long a deleted server can be restored; 0: not at all
    shelved_offload_s: int = 0  # how long a shelved server keeps its host; negative: for ever

    @property
    def endpoints(self) -> dict[str, tuple[str, ...]]:
        """The services that are elsewhere, by name."""
        named = {
            "identity": self.identity_endpoint,
            "image": self.image_endpoint or self.identity_endpoint,
            "network": self.network_endpoint or self.identity_endpoint,
            "volume": self.volume_endpoint or self.identity_endpoint,
        }
        return {service: endpoint for service, endpoint in named.items() if endpoint}

    @property
    def has_all_roles(self) -> bool:
        """True for the whole cloud in one process."""
        return self.roles == frozenset(ROLES)

    @property
    def uses_broker(self) -> bool:
        """True when the bus reaches other processes."""
        return not self.bus_url.startswith("inproc:")

    @property
    def store(self) -> Path:
        """Where images and volumes are."""
        return self.store_dir or self.state_dir


PARSERS: Mapping[str, Callable[[str], object]] = {
    "state_dir": values.path,
    "listen": values.addresses,
    "host": values.host_name,
    "database_url": values.url("sqlite:///", "postgresql://", "postgresql+psycopg://"),
    "roles": values.some_of(*ROLES, everything="all"),
    "tls_cert": values.path,
    "tls_key": values.path,
    "tls_ca": values.path,
    "identity_endpoint": values.endpoints,
    "image_endpoint": values.endpoints,
    "network_endpoint": values.endpoints,
    "volume_endpoint": values.endpoints,
    "service_listen": values.port_or_off,
    "credentials_dir": values.path,
    "store_dir": values.path,
    "web_listen": values.port_or_off,
    "web_url": values.url("http://", "https://"),
    "metrics_listen": values.loopback_or_off,
    "fake_hosts": values.number(1, 100_000),
    "bus_url": values.url("inproc://", "amqp://", "amqps://"),
    "driver": values.one_of("qemu", "fake", not_yet=("libvirt",)),
    "network_driver": values.one_of("user", "bridge"),
    "admin_password": values.password,
    "failpoint": values.text,
    "enable_failpoints": values.yes_or_no,
    "log_level": values.one_of("debug", "info", "warning", "error"),
    "log_format": values.one_of("logfmt", "json"),
    "sync_full": values.yes_or_no,
    "build_timeout_s": values.number(1, 86_400),
    "soft_delete_s": values.number(0, 10 * 365 * 86_400),
    "shelved_offload_s": values.number(-1, 10 * 365 * 86_400),
}

OPTION_ONLY: Final = frozenset({"enable_failpoints"})  # nobody inherits this by accident
SECRET: Final = frozenset({"admin_password", "database_url", "bus_url"})  # not repeated
NEVER_AN_OPTION: Final = frozenset({"admin_password"})  # every user can read a command line
