"""Taps: a guest's cable, an open file that ends in a bridge.  It goes when its last holder does."""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path

TUN = Path("/dev/net/tun")
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
NAME_BYTES = 15


def open_tap(name: str) -> int:
    """Return a new tap's descriptor, made in the namespace of the calling thread.

    Raises OSError; EBUSY when somebody else holds the tap.
    """
    if len(name.encode()) > NAME_BYTES:
        raise ValueError(f"{name} is longer than a network card's name may be")
    fd = os.open(TUN, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    except BaseException:
        os.close(fd)
        raise
    return fd
