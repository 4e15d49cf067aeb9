"""From the options of ``boot`` to one request, refused here when nobody could serve it."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vmctl_cli.booting.new_volumes import NewVolume, refuse_new
from vmctl_cli.booting.nics import parse_nics
from vmctl_cli.booting.pairs import pair, pairs
from vmctl_cli.booting.volumes import boot_snapshot, boot_volume, parse_block_device
from vmctl_cli.errors import invalid

if TYPE_CHECKING:
    from vmctl_cli.client import Client
    from vmctl_cli.client.boots import BootWish, VolumeWish

USER_DATA_LIMIT_BYTES = 65_535  # of the base64 form, as nova counts
NO_SOURCE = (
    "you need to specify at least one source ID (Image, Snapshot, or Volume), a block device "
    "mapping or provide a set of properties to match against an image"
)
_TRUE = ("1", "true", "yes", "on", "y", "t")
_FALSE = ("", "0", "false", "no", "off", "n", "f", "none")


@dataclass(frozen=True, slots=True)
class BootOptions:
    """The options of ``boot`` that make up the request, as they were typed."""

    name: str
    flavor: str | None
    image: str | None
    image_with: tuple[str, ...]
    boot_volume: str | None
    snapshot: str | None
    block_device: tuple[str, ...]
    nic: tuple[str, ...]
    min_count: int | None
    max_count: int | None
    meta: tuple[str, ...]
    key_name: str | None
    user_data: str | None
    availability_zone: str | None
    config_drive: str | None
    description: str | None
    hostname: str | None
    idempotency_key: str | None
    tags: str
    hint: tuple[str, ...] = ()
    host: str | None = None
    hypervisor_hostname: str | None = None
    security_groups: str = ""


def wish_from(
    options: BootOptions,
    client: Client,
    make: Callable[[NewVolume], VolumeWish] = refuse_new,
) -> BootWish:
    """Return the request; raises CliError in nova's words.

    Volumes that are to be made for it are made last of all, by ``make``.
    """
    from vmctl_cli.client.boots import BootWish

    flavor, (least, most) = _checked(options)
    nics, no_nics = parse_nics(options.nic)
    volumes = _volumes(options)
    wish = BootWish(
        name=options.name,
        flavor=flavor,
        image=options.image or _image_with(client, options.image_with),
        volumes=(),
        nics=nics,
        no_nics=no_nics,
        key_name=options.key_name or "",
        user_data=_user_data(options.user_data),
        metadata=pairs(options.meta),
        availability_zone=options.availability_zone or "",
        description=options.description or "",
        min_count=least,
        max_count=most,
        hostname=options.hostname or "",
        tags=tuple(filter(None, options.tags.split(","))),
        hints=tuple(pair(text) for text in options.hint),
        host=_host(options),
        security_groups=tuple(filter(None, options.security_groups.split(","))),
        idempotency_key=options.idempotency_key or str(uuid.uuid4()),
    )
    made = (make(one) if isinstance(one, NewVolume) else one for one in volumes)
    return replace(wish, volumes=tuple(made))


def _checked(options: BootOptions) -> tuple[str, tuple[int, int]]:
    """Return the flavor and how many servers are wanted, when nothing is wrong with the rest."""
    if not options.flavor:
        raise invalid("you need to specify a Flavor ID.", hint="vmctl flavor-list shows them")
    _check_sources(options)
    counts = _counts(options.min_count, options.max_count)
    if options.hostname and counts[1] > 1:
        raise invalid("several servers cannot share one --hostname")
    _check_boolean(options.config_drive)
    if options.idempotency_key == "":
        raise invalid("the idempotency key is empty", hint="leave it out, and a fresh one is drawn")
    _check_zone(options.availability_zone)
    return options.flavor, counts


def _volumes(options: BootOptions) -> list[VolumeWish | NewVolume]:
    volumes = [parse_block_device(argument) for argument in options.block_device]
    if options.boot_volume:
        volumes.insert(0, boot_volume(options.boot_volume))
    if options.snapshot:
        volumes.insert(0, boot_snapshot(options.snapshot))
    return volumes


def _check_sources(options: BootOptions) -> None:
    """Refuse none and several; nova has one text for both, the hint tells them apart."""
    named = {
        "--image": options.image,
        "--image-with": options.image_with,
        "--boot-volume": options.boot_volume,
        "--snapshot": options.snapshot,
    }
    given = [name for name, value in named.items() if value]
    if len(given) > 1:
        raise invalid(NO_SOURCE, hint=f"give one of {' and '.join(given)}, not both")
    if not (given or options.block_device):
        raise invalid(NO_SOURCE, hint="vmctl image-list shows the images")


def _host(options: BootOptions) -> str:
    """Return the host asked for by either of nova's options."""
    named = {name for name in (options.host, options.hypervisor_hostname) if name}
    if len(named) > 1:
        raise invalid("--host and --hypervisor-hostname name two hosts", hint="a host has one")
    return named.pop() if named else ""


def _counts(least: int | None, most: int | None) -> tuple[int, int]:
    if least is not None and least < 1:
        raise invalid("min_count should be >= 1")
    if most is not None and most < 1:
        raise invalid("max_count should be >= 1")
    if least is not None and most is not None and least > most:
        raise invalid("min_count should be <= max_count")
    return least or 1, most or least or 1


def _check_boolean(value: str | None) -> None:
    """Refuse what is no boolean; every server gets its config drive, asked for or not."""
    if value is not None and value.lower() not in (*_TRUE, *_FALSE):
        raise invalid("The value of the '--config-drive' option must be a boolean value.")


def _check_zone(value: str | None) -> None:
    """Refuse a zone with a colon and no host behind it: a host was forgotten."""
    if value is not None and value.strip().endswith(":"):
        raise invalid(
            f"{value!r} names no host behind the colon",
            code="invalid-availability-zone",
            hint="--availability-zone ZONE, or ZONE:HOST",
        )


def _image_with(client: Client, properties: Sequence[str]) -> str:
    """Return the id of the first image that has all ``properties``."""
    if not properties:
        return ""
    wanted = pairs(properties)
    for image in client.images.list():
        if _has(image.properties, wanted):
            return image.id
    raise invalid("No images match the property expected by --image-with")


def _has(properties: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(properties.get(key) == value for key, value in wanted.items())


def _user_data(file: str | None) -> bytes:
    """Return what the file holds; ``-`` is stdin."""
    if file is None:
        return b""
    largest = USER_DATA_LIMIT_BYTES // 4 * 3
    try:
        if file == "-":
            data = sys.stdin.buffer.read(largest + 1)
        else:
            with Path(file).open("rb") as stream:
                data = stream.read(largest + 1)
    except OSError as error:
        raise invalid(f"Can't open '{file}': {error}") from error
    if len(data) > largest:
        raise invalid(
            f"the user data in {file} is larger than {largest} bytes, 64 KiB in base64",
            code="user-data-too-large",
            hint="let a short script fetch the rest",
        )
    return data
