"""``router-*``: what joins networks with each other and with the outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.networks import all_tenants
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column
from vmctl_cli.reporting import for_each

if TYPE_CHECKING:
    from vmctl_cli.client.router_records import Router


def _gateway(router: Router) -> str | None:
    return router.gateway.address if router.gateway else None


def _external(router: Router) -> str | None:
    gateway = router.gateway
    return f"{gateway.address} on network {gateway.network_id}" if gateway else None


def _interfaces(router: Router) -> str:
    return "\n".join(f"{leg.address} on subnet {leg.subnet_id}" for leg in router.interfaces)


def _addresses(router: Router) -> str:
    return ", ".join(leg.address for leg in router.interfaces)


COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("External Gateway", "gateway", _gateway),
    Column("Interfaces", "interfaces", _addresses),
)
ROWS = (
    time_column("created_at", "created_at"),
    Column("enable_snat", "enable_snat"),
    Column("external_gateway", "gateway", _external),
    Column("id", "id"),
    Column("interfaces", "interfaces", _interfaces),
    Column("name", "name"),
    Column("tenant_id", "project_id"),
)


@command("router-list", examples=("vmctl router-list",))
@all_tenants
@pass_output
@pass_client
def router_list(client: Client, output: Output, all_tenants: bool) -> None:
    """List routers."""
    output.table(client.routers.routers(all_projects=all_tenants), COLUMNS)


@command("router-show", examples=("vmctl router-show edge",))
@click.argument("router")
@pass_output
@pass_client
def router_show(client: Client, output: Output, router: str) -> None:
    """Show one router, its gateway and interfaces."""
    output.one(client.routers.router(router), ROWS)


@command(
    "router-create",
    examples=("vmctl router-create edge", "vmctl router-create --external-gateway public edge"),
)
@click.argument("name")
@click.option("--external-gateway", metavar="NETWORK", default="", help="Out through this one.")
@click.option("--disable-snat", is_flag=True, help="Out with a floating IP only.")
@pass_output
@pass_client
def router_create(
    client: Client, output: Output, name: str, external_gateway: str, disable_snat: bool
) -> None:
    """Create a router."""
    made = client.routers.create_router(
        name, external_network=external_gateway, enable_snat=not disable_snat
    )
    output.one(made, ROWS)
    output.suggest(f"vmctl router-add-subnet {name} SUBNET")


@command("router-delete", examples=("vmctl router-delete edge",))
@click.argument("routers", nargs=-1, required=True, metavar="ROUTER...")
@pass_output
@pass_client
def router_delete(client: Client, output: Output, routers: tuple[str, ...]) -> None:
    """Delete routers, which must have no interfaces."""

    def delete(router: str) -> None:
        client.routers.delete_router(router)
        output.say(f"Router {router} is deleted.")

    for_each(routers, delete, output.format)


@command(
    "router-set",
    examples=(
        "vmctl router-set --external-gateway public edge",
        "vmctl router-set --external-gateway public --fixed-ip 203.0.113.9 edge",
        "vmctl router-set --disable-snat edge",
    ),
)
@click.argument("router")
@click.option("--external-gateway", metavar="NETWORK", default="", help="Out through this one.")
@click.option("--fixed-ip", metavar="IP", default="", help="The address there; any if not given.")
@click.option("--enable-snat/--disable-snat", default=None, help="Out without a floating IP, too.")
@pass_output
@pass_client
def router_set(
    client: Client,
    output: Output,
    router: str,
    external_gateway: str,
    fixed_ip: str,
    enable_snat: bool | None,
) -> None:
    """Give a router a way out, or change the one that it has."""
    if not external_gateway and enable_snat is None:
        raise invalid("nothing to set", hint="--external-gateway NETWORK, for instance")
    if fixed_ip and not external_gateway:
        raise invalid("--fixed-ip needs --external-gateway")
    changed = client.routers.set_gateway(
        router, external_network=external_gateway, fixed_ip=fixed_ip, enable_snat=enable_snat
    )
    output.one(changed, ROWS)


@command("router-unset", examples=("vmctl router-unset --external-gateway edge",))
@click.argument("router")
@click.option("--external-gateway", is_flag=True, required=True, help="No way out any more.")
@pass_output
@pass_client
def router_unset(client: Client, output: Output, router: str, external_gateway: bool) -> None:
    """Take a router's way out away."""
    output.one(client.routers.clear_gateway(router), ROWS)


@command("router-add-subnet", examples=("vmctl router-add-subnet edge backend-subnet",))
@click.argument("router")
@click.argument("subnet")
@pass_output
@pass_client
def router_add_subnet(client: Client, output: Output, router: str, subnet: str) -> None:
    """Make a router the gateway of a subnet."""
    output.one(client.routers.add_subnet(router, subnet), ROWS)


@command("router-remove-subnet", examples=("vmctl router-remove-subnet edge backend-subnet",))
@click.argument("router")
@click.argument("subnet")
@pass_output
@pass_client
def router_remove_subnet(client: Client, output: Output, router: str, subnet: str) -> None:
    """Take a router off a subnet."""
    output.one(client.routers.remove_subnet(router, subnet), ROWS)
