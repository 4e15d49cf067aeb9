"""Passes the byte streams of a guest on from the agent of its host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from vmctld.domain.instance import Instance, VmState
from vmctld.errors import InvalidRequest, WrongState

BYTES_A_LINE = 512  # generous: serial consoles are 80 columns wide
TCP_PORTS = range(1, 65_536)
MAX_LOG_BYTES = 1024 * 1024  # well below gRPC's message limit


OnEnd = Callable[[Callable[[], None]], object]
"""Takes what shall be called when the user's end of a stream is over, however it ended."""


class AgentDoor(Protocol):
    """The agents' own service, by host."""

    def read_console(self, host: str, instance_id: str, max_bytes: int) -> bytes:
        """Return the end of what the guest wrote to its serial port."""
        ...

    def attach_console(
        self, host: str, instance_id: str, typed: Iterator[bytes], on_end: OnEnd
    ) -> Iterator[bytes]:
        """Yield what the guest writes while ``typed`` is typed into it, until ``on_end``'s end."""
        ...

    def open_display(
        self, host: str, instance_id: str, sent: Iterator[bytes], on_end: OnEnd
    ) -> Iterator[bytes]:
        """Yield what a guest's screen sends, as RFB, first b"" once it is open."""
        ...

    def open_port(
        self, host: str, instance_id: str, port: int, sent: Iterator[bytes], on_end: OnEnd
    ) -> Iterator[bytes]:
        """Yield what a guest's TCP port sends, first b"" once it is open."""
        ...


class Consoles:
    """The consoles of instances that have a host."""

    def __init__(self, agents: AgentDoor) -> None:
        self._agents = agents

    def log(self, instance: Instance, lines: int) -> bytes:
        """Return the last ``lines`` of the serial console, all that is kept for 0.

        Raises WrongState while there is no machine yet.
        """
        host = _host_of(instance)
        max_bytes = min(lines * BYTES_A_LINE, MAX_LOG_BYTES) if lines > 0 else MAX_LOG_BYTES
        output = self._agents.read_console(host, instance.id, max_bytes)
        if lines <= 0:
            return output
        return b"".join(output.splitlines(keepends=True)[-lines:])

    def attach(self, instance: Instance, typed: Iterator[bytes], on_end: OnEnd) -> Iterator[bytes]:
        """Yield what the guest writes, typing what comes."""
        return self._agents.attach_console(_host_of(instance), instance.id, typed, on_end)

    def screen(self, instance: Instance, sent: Iterator[bytes], on_end: OnEnd) -> Iterator[bytes]:
        """Yield what the guest's screen sends, as RFB, first b"" once it is open."""
        return self._agents.open_display(_host_of(instance), instance.id, sent, on_end)

    def tunnel(
        self, instance: Instance, port: int, sent: Iterator[bytes], on_end: OnEnd
    ) -> Iterator[bytes]:
        """Yield what a TCP port of the guest sends, first b"" once it is open.

        Raises InvalidRequest, WrongState, NotSupported, Unavailable (``guest-port-closed``).
        """
        if port not in TCP_PORTS:
            raise InvalidRequest(f"{port} is no TCP port", code="invalid-port")
        return self._agents.open_port(_host_of(instance), instance.id, port, sent, on_end)


def _host_of(instance: Instance) -> str:
    if instance.host is None or instance.vm_state is VmState.BUILDING:
        raise WrongState(
            f"Instance {instance.id} is not ready",  # nova's words
            code="instance-not-ready",
            hint="vmctl show tells when it is ACTIVE",
            facts={"instance_id": instance.id, "status": instance.status},
        )
    return instance.host
