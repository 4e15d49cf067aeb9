"""What an image may be called, be made public by, and carry along."""

from __future__ import annotations

from collections.abc import Mapping

from vmctld.domain.identity import Caller
from vmctld.domain.image import DiskFormat, Visibility
from vmctld.domain.names import shown
from vmctld.errors import Forbidden, InvalidRequest

MAX_PROPERTIES = 128  # glance's image_property_quota
MAX_KEY_CHARS = 255
MAX_VALUE_CHARS = 1024
MAX_MIN_DISK_GIB = 1 << 20  # a pebibyte: beyond any flavor
MAX_MIN_RAM_MIB = 1 << 30


def disk_format_from(name: str) -> DiskFormat | None:
    """Return the format of that name; None for an empty one.  Raises InvalidRequest."""
    if not name:
        return None
    try:
        return DiskFormat(name.strip().lower())
    except ValueError as error:
        raise InvalidRequest(
            f"the disk format {shown(name)} is not supported",
            code="image-format-unsupported",
            hint="qcow2 and raw are; qemu-img convert makes one of the others",
        ) from error


def visibility_from(name: str, caller: Caller) -> Visibility:
    """Return the visibility of that name, private for an empty one.

    Raises InvalidRequest, Forbidden (``public-needs-admin``).
    """
    try:
        visibility = Visibility(name.strip().lower() or Visibility.PRIVATE)
    except ValueError as error:
        raise InvalidRequest(
            f"an image cannot be {shown(name)}",
            code="invalid-visibility",
            hint="it is private or public",
        ) from error
    if visibility is Visibility.PUBLIC and not caller.is_admin:
        raise Forbidden("only an admin shows an image to everybody", code="public-needs-admin")
    return visibility


def check_minimum(value: int, limit: int, what: str) -> int:
    """Return ``value`` if it can be the least that an image needs.  Raises InvalidRequest."""
    if 0 <= value <= limit:
        return value
    raise InvalidRequest(f"{value} is no {what}; it is 0 to {limit}", code="invalid-minimum")


def check_properties(properties: Mapping[str, str]) -> dict[str, str]:
    """Return ``properties`` if an image may have them all.  Raises InvalidRequest."""
    if len(properties) > MAX_PROPERTIES:
        raise _refused(f"{len(properties)} properties are too many; {MAX_PROPERTIES} at most")
    for key, value in properties.items():
        if not 0 < len(key) <= MAX_KEY_CHARS or not key.isprintable():
            raise _refused(
                f"{shown(key)} is no property name: 1 to {MAX_KEY_CHARS} printable characters"
            )
        if len(value) > MAX_VALUE_CHARS or not value.isprintable():
            raise _refused(
                f"the property {key} is longer than {MAX_VALUE_CHARS} printable characters"
            )
    return dict(properties)


def _refused(message: str) -> InvalidRequest:
    return InvalidRequest(message, code="invalid-properties")
