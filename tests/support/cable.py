"""A TCP connection that a test can cut: a forwarder on a port of its own."""

from __future__ import annotations

import contextlib
import socket
import threading


class Cable:
    """Forwards ``port`` to ``target_port``.  ``cut`` ends what is open and refuses more."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._ends: list[socket.socket] = []
        self._guard = threading.Lock()
        self._whole = True
        self._flowing = threading.Event()
        self._flowing.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="cable", daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """End all connections; new ones end at once."""
        self._flowing.set()
        with self._guard:
            self._whole = False
            for end in self._ends:
                _shut(end)

    def hold(self) -> None:
        """Keep all connections open and let nothing through, until it is mended."""
        self._flowing.clear()

    def mend(self) -> None:
        """Forward again."""
        self._flowing.set()
        with self._guard:
            self._whole = True

    def close(self) -> None:
        """Cut it for good."""
        self.cut()
        _shut(self._listener)
        self._listener.close()
        self._thread.join(10)
        with self._guard:
            ends = list(self._ends)
        for end in ends:
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                self._connect(near)
            except OSError:
                near.close()

    def _connect(self, near: socket.socket) -> None:
        with self._guard:
            if not self._whole:
                near.close()
                return
            far = socket.create_connection(("127.0.0.1", self._target_port))
            self._ends += [near, far]
        for source, sink in ((near, far), (far, near)):
            ends = (source, sink)
            threading.Thread(target=self._pump, args=ends, name="cable", daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                sink.sendall(data)
        _shut(sink)
        _shut(source)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
