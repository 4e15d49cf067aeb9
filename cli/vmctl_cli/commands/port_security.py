"""What is enforced at a port: options of ``port-create``, and ``port-update``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vmctl_cli.booting.pairs import pairs
from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.commands.network_columns import PORT_ROWS
from vmctl_cli.errors import invalid
from vmctl_cli.output import Output

if TYPE_CHECKING:
    from vmctl_cli.client.network_records import AddressPair

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--security-group",
        "groups",
        multiple=True,
        metavar="GROUP",
        help="In this group, and not in the default one.  Repeatable.",
    ),
    click.option(
        "--no-security-groups", "no_groups", is_flag=True, help="In none: nothing is allowed."
    ),
    click.option(
        "--enable-port-security/--disable-port-security",
        "port_security",
        default=None,
        help="Whether anything is enforced there: groups, and whose addresses it may use.",
    ),
    click.option(
        "--allowed-address-pair",
        "address_pairs",
        multiple=True,
        metavar="ip_address=IP|CIDR[,mac_address=MAC]",
        help="A source that it may use besides its own.  Repeatable.",
    ),
)


def security_options(function: F) -> F:
    """Give a command the options that say what is enforced at a port."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@command(
    "port-update",
    examples=(
        "vmctl port-update --security-group web --security-group ssh PORT",
        "vmctl port-update --allowed-address-pair ip_address=10.20.0.50 PORT",
        "vmctl port-update --disable-port-security PORT",
    ),
)
@click.argument("port")
@security_options
@click.option(
    "--no-allowed-address-pairs", "no_pairs", is_flag=True, help="Its own addresses alone."
)
@pass_output
@pass_client
def port_update(
    client: Client,
    output: Output,
    port: str,
    groups: tuple[str, ...],
    no_groups: bool,
    port_security: bool | None,
    address_pairs: tuple[str, ...],
    no_pairs: bool,
) -> None:
    """Change what is enforced at a port, a running server's within seconds.

    Enforced on the bridge network alone: in user mode it is kept, and nothing is filtered.
    """
    if no_pairs and address_pairs:
        raise invalid("--allowed-address-pair and --no-allowed-address-pairs exclude each other")
    if not (groups or no_groups or address_pairs or no_pairs or port_security is not None):
        raise invalid("nothing to change", hint="vmctl help port-update lists what can be")
    changed = client.security_groups.update_port(
        port,
        groups=groups_wanted(groups, no_groups=no_groups),
        port_security=port_security,
        pairs=pairs_from(address_pairs) if address_pairs or no_pairs else None,
    )
    output.one(changed, PORT_ROWS)


def groups_wanted(groups: Sequence[str], *, no_groups: bool) -> Sequence[str] | None:
    """Return the groups asked for, None when nothing was said; refuses both at once."""
    if groups and no_groups:
        raise invalid("--security-group and --no-security-groups exclude each other")
    return groups if groups or no_groups else None


def pairs_from(texts: Sequence[str]) -> list[AddressPair]:
    """Return the address pairs asked for, in neutron's form."""
    from vmctl_cli.client.network_records import AddressPair

    found = []
    for text in texts:
        parts = pairs(text.split(",")) if "=" in text else {"ip_address": text}
        if "ip_address" not in parts or set(parts) - {"ip_address", "mac_address"}:
            raise invalid(
                f"--allowed-address-pair takes ip_address=IP[,mac_address=MAC], not {text!r}"
            )
        found.append(AddressPair(parts["ip_address"], parts.get("mac_address")))
    return found
