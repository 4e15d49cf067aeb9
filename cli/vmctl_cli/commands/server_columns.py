"""How servers look in nova's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vmctl_cli.output import Column
from vmctl_cli.output.columns import text_of, time_column

if TYPE_CHECKING:
    from vmctl_cli.client.server_records import ListedServer, Server

POWER_STATES: Mapping[int, str] = {
    0: "NOSTATE",
    1: "Running",
    3: "Paused",
    4: "Shutdown",
    6: "Crashed",
    7: "Suspended",
}


def networks_of(server: Server | ListedServer) -> str:
    """Return the addresses as ``private=10.20.0.5, 10.20.0.6; other=10.30.0.2``."""
    return "; ".join(f"{name}={', '.join(found)}" for name, found in _by_network(server).items())


def power_state_of(server: Server | ListedServer) -> str:
    """Return nova's word for the power state."""
    return POWER_STATES.get(server.power_state, "NOSTATE")


LIST_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Status", "status"),
    Column("Task State", "task_state"),
    Column("Power State", "power_state", power_state_of),
    Column("Networks", "addresses", networks_of),
)
TENANT_COLUMN = Column("Tenant ID", "project_id")
UPDATED_COLUMN = time_column("Updated", "updated_at")


def rows_of(server: Server) -> Sequence[Column]:
    """Return the rows of ``show``, sorted by nova's property names."""
    rows = [*_ROWS]
    for name, addresses in _by_network(server).items():
        rows.append(_network_row(name, ", ".join(addresses)))
    if server.fault is not None:
        rows.append(Column("fault", "fault", fault_of))
    return sorted(rows, key=lambda row: row.heading)


def fault_of(server: Server) -> str:
    """Return why the server failed, on a few lines."""
    fault = server.fault
    assert fault is not None
    where = f" (step {fault.step}, {fault.component})" if fault.step else ""
    hint = [f"hint: {fault.hint}"] if fault.hint else []
    return "\n".join([f"{fault.code}{where}", fault.message, *hint])


def image_of(server: Server) -> str:
    """Return the image as ``name (id)``, or nova's words for none."""
    if server.image_id is None:
        return "Attempt to boot from volume - no image supplied"
    return f"{server.image_name or 'Image not found'} ({server.image_id})"


def volumes_of(server: Server) -> str | None:
    """Return the volumes as nova shows them."""
    return text_of(
        [
            {"id": volume.volume_id, "delete_on_termination": volume.delete_on_termination}
            for volume in server.volumes
        ]
    )


def _network_row(name: str, listed: str) -> Column:
    return Column(f"{name} network", "addresses", lambda _server: listed)


def _by_network(server: Server | ListedServer) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for address in server.addresses:
        found.setdefault(address.network, []).append(address.address)
    return found


_ROWS = (
    Column("OS-EXT-AZ:availability_zone", "availability_zone"),
    Column("OS-EXT-SRV-ATTR:host", "host"),
    Column("OS-EXT-SRV-ATTR:hostname", "hostname"),
    Column("OS-EXT-SRV-ATTR:launch_index", "launch_index"),
    Column("OS-EXT-SRV-ATTR:reservation_id", "reservation_id"),
    Column("OS-EXT-STS:power_state", "power_state"),
    Column("OS-EXT-STS:task_state", "task_state"),
    Column("OS-EXT-STS:vm_state", "vm_state"),
    time_column("OS-SRV-USG:launched_at", "launched_at"),
    time_column("OS-SRV-USG:terminated_at", "terminated_at"),
    Column("accelerator", "accelerator"),
    Column("attempt", "attempt"),
    Column("config_drive", "config_drive"),
    time_column("created", "created_at"),
    Column("description", "description"),
    Column("flavor:disk", "flavor", lambda server: text_of(server.flavor.disk_gib)),
    Column("flavor:ephemeral", "flavor", lambda server: text_of(server.flavor.ephemeral_gib)),
    Column("flavor:extra_specs", "flavor", lambda server: text_of(server.flavor.extra_specs)),
    Column("flavor:original_name", "flavor", lambda server: text_of(server.flavor.name)),
    Column("flavor:ram", "flavor", lambda server: text_of(server.flavor.ram_mib)),
    Column("flavor:swap", "flavor", lambda server: text_of(server.flavor.swap_mib)),
    Column("flavor:vcpus", "flavor", lambda server: text_of(server.flavor.vcpus)),
    Column("id", "id"),
    Column("image", "image_id", image_of),
    Column("key_name", "key_name"),
    Column("locked", "locked"),
    Column("locked_reason", "locked_reason"),
    Column("metadata", "metadata"),
    Column("name", "name"),
    Column("os-extended-volumes:volumes_attached", "volumes", volumes_of),
    Column("request_id", "request_id"),
    Column("ssh_port", "ssh_port"),
    Column("status", "status"),
    Column("tags", "tags"),
    Column("tenant_id", "project_id"),
    time_column("updated", "updated_at"),
    Column("user_id", "user_id"),
)
