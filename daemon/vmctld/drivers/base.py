"""What every hypervisor driver can do: the protocol that the compute agent speaks.

``tests/contract/test_drivers.py`` runs one suite over all of them.
"""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Protocol

from vmctld.domain.machine import HostCapacity, Machine, MachineStatus
from vmctld.domain.network import PortWiring
from vmctld.drivers.abilities import (
    CopiesDisk,
    KeepsMemory,
    Measures,
    Plugs,
    Rescues,
    Reshapes,
    Wires,
)
from vmctld.errors import InvalidRequest, NotFound, WrongState


def require_instance_id(instance_id: str) -> str:
    """Return ``instance_id`` if it is a canonical UUID: it becomes a file name and an argument."""
    canonical = None
    with suppress(ValueError):
        canonical = str(uuid.UUID(instance_id))
    if canonical != instance_id:
        raise InvalidRequest("An instance id must be a lower-case UUID with dashes.")
    return instance_id


def no_machine(instance_id: str) -> NotFound:
    """Return the error for a verb that needs a machine which this host does not have."""
    return NotFound(
        "This host has no machine for the instance.",
        code="machine-not-found",
        facts={"instance_id": instance_id},
    )


def no_copy(instance_id: str) -> NotFound:
    """Return the error for a copy of a disk that was never made, or is dropped."""
    return NotFound(
        "There is no such copy of the machine's disk.",
        code="copy-not-found",
        facts={"instance_id": instance_id},
    )


def newer_attempt(instance_id: str, here: int, asked: int) -> WrongState:
    """Return the error for a build that a later attempt has overtaken on this host."""
    return WrongState(
        f"Attempt {here} of the instance is on this host already; attempt {asked} came too late.",
        code="newer-attempt",
        facts={"instance_id": instance_id, "attempt_here": here, "attempt_asked": asked},
    )


def not_running(instance_id: str) -> WrongState:
    """Return the error for a verb that needs a running machine."""
    return WrongState(
        "The machine is not running.", code="not-running", facts={"instance_id": instance_id}
    )


def console_taken(instance_id: str) -> WrongState:
    """Return the error for a second console of one machine: a serial port has one other end."""
    return WrongState(
        "The machine's console is open elsewhere.",
        code="console-taken",
        hint="Close the other one first.",
        facts={"instance_id": instance_id},
    )


def no_display(instance_id: str) -> WrongState:
    """Return the error for a machine that an older daemon has started, without a screen."""
    return WrongState(
        "The machine was started without a screen.",
        code="no-display",
        hint="Stop the server and start it again.",
        facts={"instance_id": instance_id},
    )


class Cables(Protocol):
    """The bridged network cards of one host; ports of other kinds are not looked at."""

    def plug(self, machine: Machine) -> None:
        """Have the network ready for the machine's cards.  Repeating is fine."""
        ...

    def open(self, port: PortWiring) -> int:
        """Return the descriptor of a plugged card's cable; it goes with its last holder."""
        ...

    def unplug(self, instance_id: str, port_ids: Iterable[str] | None = None) -> None:
        """Take the instance's cards out, all or some; absent is fine."""
        ...

    def connect(self, port: PortWiring, tcp_port: int, timeout_s: float) -> socket.socket:
        """Return a connection to a port of the card's guest.  Raises OSError."""
        ...


class ConsoleStream(Protocol):
    """A two-way byte stream: a machine's serial port or screen, or one of its TCP ports."""

    def read(self, timeout_s: float) -> bytes | None:
        """Return what came, b"" at the end, None when ``timeout_s`` passed without a byte."""
        ...

    def write(self, data: bytes) -> None:
        """Type ``data`` into the guest."""
        ...

    def close(self) -> None:
        """Let go of the port; others may open it then."""
        ...


class Driver(CopiesDisk, KeepsMemory, Measures, Plugs, Rescues, Reshapes, Wires, Protocol):
    """Runs machines on one host.

    Every verb is safe to repeat and safe across a restart of the daemon: what is there
    is found by instance id.  All verbs may be called from several threads.
    """

    name: str
    concurrent_starts: int | None  # how many guests may be coming up at once; None: no limit

    def capacity(self) -> HostCapacity:
        """Return what this host can give to machines."""
        ...

    def ensure_running(self, machine: Machine) -> MachineStatus:
        """Make sure that ``machine`` runs, exactly once, and return once its monitor answers.

        Does nothing when this attempt's machine runs already (adopting it).  Everything
        made on the way is unmade if a later part fails.
        Raises HypervisorFailed, Exhausted (disk full), WrongState (a newer attempt is here).
        """
        ...

    def destroy(self, instance_id: str, attempt: int | None = None) -> None:
        """End the machine and delete all that is its own on this host; absent is fine.

        With ``attempt``, leaves a newer attempt's machine alone.
        """
        ...

    def status(self, instance_id: str) -> MachineStatus | None:
        """Return what is known of the machine, None when there is none here for certain."""
        ...

    def machines(self) -> Sequence[MachineStatus]:
        """Return all machines of this host, those of earlier daemons included (adopted)."""
        ...

    def stop(self, instance_id: str, timeout_s: float) -> None:
        """Press the power button, press again, and at the deadline pull the plug."""
        ...

    def start(self, instance_id: str) -> MachineStatus:
        """Start a stopped machine again on the disk it has; what memory was kept is dropped."""
        ...

    def pause(self, instance_id: str) -> None:
        """Freeze the vCPUs."""
        ...

    def unpause(self, instance_id: str) -> None:
        """Thaw the vCPUs."""
        ...

    def has_settled(self, instance_id: str) -> bool:
        """True when the guest has gone idle after its start, or is gone: its slot is free."""
        ...

    def console_log(self, instance_id: str, max_bytes: int) -> bytes:
        """Return the last ``max_bytes`` that the guest wrote to its serial port."""
        ...

    def open_console(self, instance_id: str) -> AbstractContextManager[ConsoleStream]:
        """Open the serial port for reading and typing.  Raises WrongState when taken."""
        ...

    def open_port(self, instance_id: str, port: int) -> AbstractContextManager[ConsoleStream]:
        """Open a TCP connection to the guest's first card.

        Raises WrongState (``not-running``), Unavailable (``guest-port-closed``), NotSupported
        for a port that this kind of network does not lead to.
        """
        ...

    def open_display(self, instance_id: str) -> AbstractContextManager[ConsoleStream]:
        """Open the screen, as RFB (RFC 6143) without a password; any number may look at once.

        Raises WrongState (``not-running``, ``no-display``).
        """
        ...

    def watch_exits(self, on_exit: Callable[[str], None]) -> None:
        """Call ``on_exit(instance_id)`` whenever a machine ends without being told to.

        One that ended while no daemon looked is not called out; ``machines()`` shows it as
        shut down.  The call comes from a thread of the driver's own and must not block it.
        """
        ...

    def close(self) -> None:
        """Let go of everything; machines go on running."""
        ...
