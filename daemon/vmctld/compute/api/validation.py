"""What a boot request may say: refused here, before anything is made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from vmctld.domain.boot_request import BootRequest
from vmctld.domain.flavor import Flavor
from vmctld.domain.image import Image, ImageStatus
from vmctld.domain.names import check_name, check_text
from vmctld.domain.tags import checked_tags
from vmctld.errors import InvalidRequest

MAX_USER_DATA_BYTES = 65_535 // 4 * 3  # nova's limit counts the base64 form
MAX_METADATA_CHARS = 255
MAX_DESCRIPTION_CHARS = 255
MAX_COUNT = 1000
MAX_ZONE_CHARS = 255
MAX_IDEMPOTENCY_KEY_CHARS = 255
MAX_HOSTNAME_CHARS = 63  # one label of a DNS name, RFC 1035 2.3.4
GIB = 1024**3

NO_SOURCE = (
    "you need to specify at least one source ID (Image, Snapshot, or Volume), "
    "a block device mapping or provide a set of properties to match against an image"
)  # nova's words

_NOT_IN_HOSTNAME = re.compile(r"[^a-z0-9-]+")
_KEY = re.compile(r"[a-zA-Z0-9_.:@ -]{1,255}")


def checked(request: BootRequest) -> BootRequest:
    """Return ``request`` with its texts trimmed and its counts settled.

    Raises InvalidRequest for whatever is wrong with it by itself.
    """
    name = check_name(request.name, "server")
    _check_source(request)
    _check_user_data(request.user_data)
    check_metadata(request.metadata)
    zone = check_text(request.availability_zone or "", "availability zone", MAX_ZONE_CHARS)
    check_text(request.idempotency_key or "", "idempotency key", MAX_IDEMPOTENCY_KEY_CHARS)
    minimum, maximum = _counts(request)
    description = request.description
    if description is not None:
        description = checked_description(description)
    if request.hostname is not None:
        checked_hostname(request.hostname)
    return replace(
        request,
        name=name,
        description=description,
        availability_zone=zone or None,
        min_count=minimum,
        max_count=maximum,
        tags=checked_tags(request.tags),
    )


def checked_description(text: str) -> str:
    """Return what a server is for, on one line; raises InvalidRequest."""
    return check_text(text, "description", MAX_DESCRIPTION_CHARS)


def checked_hostname(name: str) -> str:
    """Return ``name``, which is fit to be a guest's; raises InvalidRequest."""
    if name != hostname_of(name):
        raise InvalidRequest(
            "the host name is not one label of letters, digits and dashes",
            code="invalid-hostname",
            hint=f"1 to {MAX_HOSTNAME_CHARS} of a-z, 0-9 and '-', no dash at the ends",
        )
    return name


def hostname_of(name: str, index: int | None = None) -> str:
    """Return a host name made from a server's name, as nova makes it."""
    label = _NOT_IN_HOSTNAME.sub("-", name.lower().replace(" ", "-").replace("_", "-"))
    suffix = "" if index is None else f"-{index}"
    label = label.strip("-.")[: MAX_HOSTNAME_CHARS - len(suffix)].strip("-")
    return (label or "server") + suffix


def check_image_fits(image: Image, flavor: Flavor) -> None:
    """Raise InvalidRequest when the image cannot be booted with the flavor."""
    if image.status is not ImageStatus.ACTIVE:
        raise InvalidRequest(
            f"Image {image.id} is not active.",  # nova's words
            code="image-not-active",
            facts={"image_id": image.id, "status": image.status.value},
        )
    if flavor.ram_mib < image.min_ram_mib:
        raise InvalidRequest(
            "Flavor's memory is too small for requested image: "
            f"{flavor.ram_mib} MiB, the image needs {image.min_ram_mib} MiB.",
            code="flavor-memory-too-small",
            hint="boot with a larger flavor: vmctl flavor-list",
            facts={"flavor_ram_mib": flavor.ram_mib, "image_min_ram_mib": image.min_ram_mib},
        )
    needed_bytes = max(image.virtual_size_bytes or 0, image.min_disk_gib * GIB)
    if flavor.disk_gib and flavor.disk_gib * GIB < needed_bytes:
        raise InvalidRequest(
            "Flavor's disk is too small for requested image. "
            f"Flavor disk is {flavor.disk_gib * GIB} bytes, image is {needed_bytes} bytes.",
            code="flavor-disk-too-small",
            hint="boot with a larger flavor: vmctl flavor-list",
            facts={"flavor_disk_gib": flavor.disk_gib, "image_bytes": needed_bytes},
        )


def _check_source(request: BootRequest) -> None:
    boots_from_volume = [v for v in request.volumes if v.boot_index == 0]
    if len(boots_from_volume) + (request.image is not None) != 1:
        raise InvalidRequest(
            NO_SOURCE, code="no-boot-source", hint="give exactly one of --image, --boot-volume"
        )


def _check_user_data(user_data: bytes | None) -> None:
    if user_data is not None and len(user_data) > MAX_USER_DATA_BYTES:
        raise InvalidRequest(
            f"the user data has {len(user_data)} bytes, at most {MAX_USER_DATA_BYTES} are allowed",
            code="user-data-too-large",
            hint="have the guest fetch the rest itself",
            facts={"bytes": len(user_data), "max_bytes": MAX_USER_DATA_BYTES},
        )


def check_metadata(metadata: Mapping[str, str]) -> None:
    """Raise InvalidRequest unless every key and every value can be one."""
    for key, value in metadata.items():
        if not _KEY.fullmatch(key):
            raise InvalidRequest(
                "a metadata key has 1 to 255 letters, digits, '_', '-', '.', ':', '@' or blanks",
                code="invalid-metadata",
            )
        check_text(value, f"metadata value of {key}", MAX_METADATA_CHARS)


def _counts(request: BootRequest) -> tuple[int, int]:
    """Return the least and the most that are wanted; nova's rules and texts."""
    minimum = request.min_count or 1
    maximum = request.max_count or minimum
    for word, count in (("min_count", minimum), ("max_count", maximum)):
        if count < 1:
            raise InvalidRequest(f"{word} should be >= 1", code="invalid-count")
    if minimum > maximum:
        raise InvalidRequest("min_count should be <= max_count", code="invalid-count")
    if maximum > MAX_COUNT:
        raise InvalidRequest(
            f"{maximum} servers in one request, at most {MAX_COUNT} are allowed",
            code="invalid-count",
        )
    if maximum > 1 and (request.volumes or _has_fixed(request) or request.hostname):
        raise InvalidRequest(
            "a volume, a port, a fixed address or a host name cannot be shared by several servers",
            code="invalid-count",
            hint="boot them one by one",
        )
    return minimum, maximum


def _has_fixed(request: BootRequest) -> bool:
    return any(nic.port_id or nic.fixed_ip for nic in request.nics)
