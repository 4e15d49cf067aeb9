"""``--boot-volume`` and ``--block-device``: which volumes a server gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vmctl_cli.booting.pairs import pair
from vmctl_cli.errors import invalid, not_supported

if TYPE_CHECKING:
    from vmctl_cli.client.boots import VolumeWish

_KEYS = (
    *("id", "source", "dest", "bus", "device", "size", "format", "bootindex", "type"),
    *("shutdown", "tag", "volume_type"),
)
_UNSERVED = ("bus", "device", "size", "format", "tag", "volume_type")
_SHUTDOWN = {"remove": True, "preserve": False}


def boot_volume(volume: str) -> VolumeWish:
    """Return the wish to boot from a volume that stays when the server goes."""
    from vmctl_cli.client.boots import VolumeWish

    return VolumeWish(volume, boot_index=0)


def parse_block_device(argument: str) -> VolumeWish:
    """Return the volume that ``id=...,source=volume,dest=volume,...`` asks for."""
    from vmctl_cli.client.boots import VolumeWish

    values = dict(pair(part) for part in argument.split(","))
    unknown = sorted(set(values) - set(_KEYS))
    if unknown:
        raise invalid(
            f"--block-device does not know {unknown[0]!r}",
            hint="its keys are: " + ", ".join(_KEYS),
        )
    _refuse_unserved(values)
    if not values.get("id"):
        raise invalid("--block-device needs id=VOLUME")
    shutdown = values.get("shutdown", "preserve")
    if shutdown not in _SHUTDOWN:
        raise invalid(f"shutdown={shutdown} in --block-device: remove and preserve are known")
    return VolumeWish(
        volume=values["id"],
        boot_index=_boot_index(values.get("bootindex", "none")),
        delete_on_termination=_SHUTDOWN[shutdown],
    )


def _refuse_unserved(values: dict[str, str]) -> None:
    for key in _UNSERVED:
        if key in values:
            raise not_supported(f"{key} in --block-device")
    served = {"source": "volume", "dest": "volume", "type": "disk"}
    defaults = {"source": "blank", "dest": "volume", "type": "disk"}
    for key, only in served.items():
        value = values.get(key, defaults[key])
        if value != only:
            raise not_supported(f"{key}={value} in --block-device", hint=f"{key}={only} is")


def _boot_index(text: str) -> int | None:
    """Return the place in the boot order; ``none`` and negative numbers mean not bootable."""
    if text == "none":
        return None
    try:
        index = int(text)
    except ValueError:
        raise invalid(f"bootindex={text} in --block-device is no number") from None
    return index if 0 <= index < 2**31 else None
