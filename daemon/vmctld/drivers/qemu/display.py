"""The screen: QEMU's VNC server, which listens nowhere and is handed each of its clients.

A socket in the file system would be open to whoever gets hold of its path, and ``websocket=on``
beside it opens a port to the world.  Here the monitor hands over one end of a socket pair, so
that nobody looks at a guest but through the daemon.
"""

from __future__ import annotations

import socket

from vmctld.drivers.base import no_display
from vmctld.drivers.qemu.console import SocketStream
from vmctld.drivers.qemu.monitors import Monitors

LENT = "screen"  # what QEMU calls the client's socket until it has taken it


def open_screen(monitors: Monitors, instance_id: str) -> SocketStream:
    """Return a connection to the machine's VNC server: RFB, from its greeting on.

    Any number may look at once.  Raises WrongState (``no-display``) for a machine that was
    started without a screen, HypervisorFailed.
    """
    ours, theirs = socket.socketpair()
    try:
        with theirs, monitors.talk(instance_id) as monitor:
            # A QEMU without a VNC server takes the client and never says a word to it
            if not monitor.execute("query-vnc-servers"):
                raise no_display(instance_id)
            monitor.lend(LENT, theirs.fileno())
            monitor.execute("add_client", protocol="vnc", fdname=LENT, skipauth=True)
    except BaseException:
        ours.close()
        raise
    return SocketStream(ours)
