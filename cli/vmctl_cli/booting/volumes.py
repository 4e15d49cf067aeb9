"""``--boot-volume``, ``--snapshot``, ``--block-device``: which volumes a server gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmctl_cli.booting.new_volumes import NewVolume
from vmctl_cli.booting.pairs import pair
from vmctl_cli.errors import invalid, not_supported

if TYPE_CHECKING:
    from vmctl_cli.client.boots import VolumeWish

_KEYS = (
    *("id", "source", "dest", "bus", "device", "size", "format", "bootindex", "type"),
    *("shutdown", "tag", "volume_type"),
)
_UNSERVED = ("bus", "device", "format", "tag")
_MADE_OF = ("image", "snapshot", "blank")
_SHUTDOWN = {"remove": True, "preserve": False}


def boot_volume(volume: str) -> VolumeWish:
    """Return the wish to boot from a volume that stays when the server goes."""
    from vmctl_cli.client.boots import VolumeWish

    return VolumeWish(volume, boot_index=0)


def boot_snapshot(snapshot: str) -> NewVolume:
    """Return the wish to boot from a volume made of a snapshot, which stays."""
    return NewVolume("snapshot", snapshot, boot_index=0)


def parse_block_device(argument: str) -> VolumeWish | NewVolume:
    """Return the volume that ``id=...,source=volume,dest=volume,...`` asks for.

    Of any other source it is made first.
    """
    from vmctl_cli.client.boots import VolumeWish

    values = dict(pair(part) for part in argument.split(","))
    unknown = sorted(set(values) - set(_KEYS))
    if unknown:
        raise invalid(
            f"--block-device does not know {unknown[0]!r}",
            hint="its keys are: " + ", ".join(_KEYS),
        )
    _refuse_unserved(values)
    source = values.get("source", "blank")
    if not values.get("id") and source != "blank":
        raise invalid(f"--block-device needs id={source.upper()}")
    shutdown = values.get("shutdown", "preserve")
    if shutdown not in _SHUTDOWN:
        raise invalid(f"shutdown={shutdown} in --block-device: remove and preserve are known")
    boot_index = _boot_index(values.get("bootindex", "none"))
    if source in _MADE_OF:
        size_gib = _size_gib(source, values.get("size"))
        return NewVolume(
            *(source, values.get("id", ""), size_gib, values.get("volume_type", "")),
            boot_index=boot_index,
            delete_on_termination=_SHUTDOWN[shutdown],
        )
    if "size" in values or "volume_type" in values:
        raise invalid("size and volume_type in --block-device are for volumes that are made")
    return VolumeWish(
        volume=values["id"],
        boot_index=boot_index,
        delete_on_termination=_SHUTDOWN[shutdown],
    )


def _refuse_unserved(values: dict[str, str]) -> None:
    for key in _UNSERVED:
        if key in values:
            raise not_supported(f"{key} in --block-device")
    source = values.get("source", "blank")
    if source != "volume" and source not in _MADE_OF:
        raise invalid(
            f"source={source} in --block-device is unknown",
            hint="volume, image, snapshot or blank",
        )
    local = source in ("image", "blank")  # nova's defaults
    for key, only, default in (
        ("dest", "volume", "local" if local else "volume"),
        ("type", "disk", "disk"),
    ):
        value = values.get(key, default)
        if value != only:
            raise not_supported(f"{key}={value} in --block-device", hint=f"{key}={only} is")


def _size_gib(source: str, text: str | None) -> int:
    """Return how large a volume is to be made; a snapshot's is known."""
    if text is None and source == "snapshot":
        return 0
    try:
        size_gib = int(text or "")
    except ValueError:
        size_gib = 0
    if not 0 < size_gib < 2**31:
        raise invalid(f"a volume of a {source} in --block-device needs size=GIB")
    return size_gib


def _boot_index(text: str) -> int | None:
    """Return the place in the boot order; ``none`` and negative numbers mean not bootable."""
    if text == "none":
        return None
    try:
        index = int(text)
    except ValueError:
        raise invalid(f"bootindex={text} in --block-device is no number") from None
    return index if 0 <= index < 2**31 else None
