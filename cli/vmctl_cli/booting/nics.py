"""``--nic``: which network cards a server gets, in nova's forms and with nova's complaints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vmctl_cli.errors import CliError, invalid, not_supported

if TYPE_CHECKING:
    from vmctl_cli.client.boots import NicWish

FORM = (
    "<auto,none,net-id=net-uuid,net-name=network-name,v4-fixed-ip=ip-addr,"
    "v6-fixed-ip=ip-addr,port-id=port-uuid,tag=tag>"
)
_WORDS = ("auto", "none")
_KEYS = ("net-id", "net-name", "port-id", "v4-fixed-ip", "v6-fixed-ip", "tag")
_NAMING = ("net-id", "net-name", "port-id")


def parse_nics(arguments: Sequence[str]) -> tuple[tuple[NicWish, ...], bool]:
    """Return the cards that ``--nic`` asks for, and whether none at all are wanted.

    ``auto``, which is also the default, asks for none by name: the daemon takes the only
    network there is.
    """
    words = [argument for argument in arguments if argument in _WORDS]
    if words and len(arguments) > 1:
        raise invalid("'auto' or 'none' cannot be used with any other nic arguments")
    if words:
        return (), words == ["none"]
    return tuple(_parse_nic(argument) for argument in arguments), False


def _parse_nic(argument: str) -> NicWish:
    from vmctl_cli.client.boots import NicWish

    values: dict[str, str] = {}
    for part in argument.split(","):
        key, separator, value = part.partition("=")
        if not separator or not value or key not in _KEYS or key in values:
            raise _bad_nic(argument)
        values[key] = value
    if sum(key in values for key in _NAMING) != 1:
        raise _bad_nic(argument)
    if "v4-fixed-ip" in values and not _is_address(values["v4-fixed-ip"], version=4):
        raise invalid("Invalid ipv4 address.")
    if "v6-fixed-ip" in values and not _is_address(values["v6-fixed-ip"], version=6):
        raise invalid("Invalid ipv6 address.")
    for key in ("v6-fixed-ip", "tag"):
        if key in values:
            raise not_supported(f"{key} in --nic")
    return NicWish(
        network=values.get("net-id") or values.get("net-name") or "",
        port_id=values.get("port-id", ""),
        fixed_ip=values.get("v4-fixed-ip", ""),
    )


def _bad_nic(argument: str) -> CliError:
    return invalid(
        f"Invalid nic argument '{argument}'. Nic arguments must be of the form --nic {FORM}, "
        "with only one of net-id, net-name or port-id specified. Specifying a --nic of auto "
        "or none cannot be used with any other --nic value."
    )


def _is_address(text: str, *, version: int) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False
