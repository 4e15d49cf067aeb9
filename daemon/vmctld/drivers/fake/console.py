"""What a fake guest says: a boot like a small Linux, and an echo at its prompt."""

from __future__ import annotations

import threading

BOOT_TEXT = """\
SeaBIOS (fake)
Booting from Hard Disk...
[    0.000000] Linux version 0.0.0-fake (nobody@nowhere) #1 SMP
[    0.000000] Command line: console=ttyS0 quiet
[    0.000000] DMI: OpenStack Foundation OpenStack Nova, UUID {instance_id}
[    0.731845] Run /sbin/init as init process

fake guest /dev/ttyS0

{host_name} login: """


RFB_GREETING = b"RFB 003.008\n"  # RFC 6143, 7.1.1


def boot_text(instance_id: str) -> bytes:
    """Return what the machine has written to its serial port, login prompt included."""
    text = BOOT_TEXT.format(instance_id=instance_id, host_name=f"fake-{instance_id[:8]}")
    return text.replace("\n", "\r\n").encode()


class EchoStream:
    """A serial port that gives back what is typed."""

    def __init__(self, greeting: bytes = b"") -> None:
        self._typed = bytearray(greeting)
        self._closed = False
        self._changed = threading.Condition()

    def read(self, timeout_s: float) -> bytes | None:
        """Return what was typed, b"" at the end, None when nothing came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._typed or self._closed, timeout_s)
            if not self._typed:
                return b"" if self._closed else None
            typed = bytes(self._typed)
            self._typed.clear()
            return typed

    def write(self, data: bytes) -> None:
        """Type ``data``: the next read gives it back."""
        with self._changed:
            self._typed += data
            self._changed.notify_all()

    def close(self) -> None:
        """End the stream; a waiting reader gets b""."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
