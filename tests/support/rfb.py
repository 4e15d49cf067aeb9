"""A viewer of screens in a few lines: RFB 3.8 (RFC 6143) without a password, raw pixels."""

from __future__ import annotations

import struct
from typing import Protocol

VERSION = b"RFB 003.008\n"
NO_PASSWORD = b"\x01"
SHARED = b"\x01"
RESIZE = -223  # the pseudo-encoding DesktopSize
PIXEL_BYTES = 4
CTRL, ALT, DELETE = 0xFFE3, 0xFFE9, 0xFFFF  # X's keysyms


class Line(Protocol):
    """A WebSocket."""

    def recv(self, timeout: float | None = None) -> str | bytes: ...

    def send(self, message: bytes) -> None: ...


class Screen:
    """An open screen: its name and size, what it shows, and its keyboard."""

    def __init__(self, line: Line, timeout_s: float) -> None:
        self._line = line
        self._timeout_s = timeout_s
        self._unread = b""
        self.version = self._take(len(VERSION))
        line.send(VERSION)
        (kinds,) = self._take(1)
        assert NO_PASSWORD in self._take(kinds)
        line.send(NO_PASSWORD)
        assert self._take(4) == bytes(4), "the server refuses"
        line.send(SHARED)
        self.width, self.height = struct.unpack(">HH", self._take(4))
        self._take(16)  # the pixel format: 32 bits
        (length,) = struct.unpack(">I", self._take(4))
        self.name = self._take(length).decode()
        line.send(struct.pack(">BxHii", 2, 2, 0, RESIZE))  # raw; sizes change

    def picture(self) -> bytes:
        """Return all pixels of the screen as it is now."""
        while True:
            self._line.send(struct.pack(">BBHHHH", 3, 0, 0, 0, self.width, self.height))
            pixels = self._update()
            if pixels is not None:
                return pixels

    def press(self, *keys: int) -> None:
        """Press keys together and let go of them."""
        for down, key in [*((1, key) for key in keys), *((0, key) for key in reversed(keys))]:
            self._line.send(struct.pack(">BBxxI", 4, down, key))

    def _update(self) -> bytes | None:
        """Return the pixels of an update that covers the screen, None for one that does not."""
        kind, rectangles = struct.unpack(">BxH", self._take(4))
        assert kind == 0, f"a message of kind {kind}"
        whole = None
        for _ in range(rectangles):
            x, y, width, height, encoding = struct.unpack(">HHHHi", self._take(12))
            if encoding == RESIZE:  # the guest has changed the size of its screen
                self.width, self.height = width, height
                continue
            pixels = self._take(width * height * PIXEL_BYTES)
            if (x, y, width, height) == (0, 0, self.width, self.height):
                whole = pixels
        return whole

    def _take(self, size: int) -> bytes:
        while len(self._unread) < size:
            message = self._line.recv(timeout=self._timeout_s)
            assert isinstance(message, bytes)
            self._unread += message
        taken, self._unread = self._unread[:size], self._unread[size:]
        return taken
