"""Consoles in a browser: who gets a URL, and what it opens when somebody comes with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from vmctld.compute.api.console_passes import LIFETIME_S, ConsolePass, ConsolePasses
from vmctld.compute.api.consoles import Consoles, OnEnd
from vmctld.domain.clock import Clock
from vmctld.domain.console import ConsoleAccess, ConsoleKind
from vmctld.domain.identity import Caller, Role
from vmctld.domain.instance import Instance, VmState
from vmctld.domain.machine import PowerState
from vmctld.errors import Forbidden, InvalidRequest, NotSupported, WrongState

PATHS = {ConsoleKind.NOVNC: "/vnc", ConsoleKind.SERIAL: "/serial"}
ASKED_AS = {ConsoleKind.NOVNC: "get_vnc_console", ConsoleKind.SERIAL: "get_serial_console"}
LINES_BEFORE = 24  # a terminal's
WITH_A_SCREEN = (PowerState.RUNNING, PowerState.PAUSED)  # there is a process to talk to


class Servers(Protocol):
    """Finds servers for those who may see them."""

    def get(self, caller: Caller, reference: str) -> Instance:
        """Return the server of that name or id; raises NotFound."""
        ...


class Standing(Protocol):
    """Knows what a token says today."""

    def standing_of(self, token_id: str) -> Caller:
        """Return its caller; raises Unauthenticated when it is good no more."""
        ...


@dataclass(frozen=True, slots=True)
class OpenedConsole:
    """A console that somebody has opened with a pass."""

    kind: ConsoleKind
    instance: Instance
    caller: Caller
    _consoles: Consoles
    _standing: Standing

    def exchange(self, sent: Iterator[bytes], on_end: OnEnd) -> Iterator[bytes]:
        """Yield what the guest's end sends while ``sent`` is sent to it.

        A serial port begins with what it last said: a guest that waits says nothing by itself.
        """
        if self.kind is ConsoleKind.SERIAL:
            yield self._consoles.log(self.instance, LINES_BEFORE)
            yield from self._consoles.attach(self.instance, sent, on_end)
        else:
            yield from self._consoles.screen(self.instance, sent, on_end)

    def check_standing(self) -> None:
        """Raise Unauthenticated or Forbidden when the user may not be here any more."""
        _allowed(self._standing, self.caller)


class WebConsoles:
    """Gives out URLs, once the web door tells where it is, and opens what they stand for."""

    def __init__(
        self,
        servers: Servers,
        consoles: Consoles,
        standing: Standing,
        clock: Clock,
        passes: ConsolePasses | None = None,
    ) -> None:
        self._servers = servers
        self._consoles = consoles
        self._standing = standing
        self._clock = clock
        self._passes = passes or ConsolePasses()
        self._base_url: str | None = None

    def serve_at(self, base_url: str) -> None:
        """Give out URLs below ``base_url`` from now on."""
        self._base_url = base_url

    def create(self, caller: Caller, reference: str, kind: str) -> ConsoleAccess:
        """Return a URL that opens the server's console for ten minutes.

        Raises InvalidRequest (``invalid-console-type``), NotSupported (``web-consoles-off``),
        NotFound, WrongState (``instance-not-ready``, ``not-running``).
        """
        wanted = _kind_of(kind)
        instance = self._running(caller, reference, wanted)
        if self._base_url is None:
            raise _off()
        secret = self._passes.issue(wanted, instance.id, caller)
        ends_at = self._clock() + timedelta(seconds=LIFETIME_S)
        return ConsoleAccess(wanted, f"{self._base_url}{PATHS[wanted]}?token={secret}", ends_at)

    def open(self, secret: str, kind: ConsoleKind) -> OpenedConsole:
        """Return the console that ``secret`` opens.

        Who asked for it must still be signed in and allowed to, and still see the server.
        Raises Unauthenticated, Forbidden, NotFound, WrongState.
        """
        found: ConsolePass = self._passes.find(secret, kind)
        caller = _allowed(self._standing, found.caller)
        instance = self._running(caller, found.instance_id, kind)
        return OpenedConsole(kind, instance, caller, self._consoles, self._standing)

    def _running(self, caller: Caller, reference: str, kind: ConsoleKind) -> Instance:
        instance = self._servers.get(caller, reference)
        if instance.host is None or instance.vm_state is VmState.BUILDING:
            raise WrongState(
                f"Instance {instance.id} is not ready",  # nova's words
                code="instance-not-ready",
                hint="vmctl show tells when it is ACTIVE",
                facts={"instance_id": instance.id, "status": instance.status},
            )
        if instance.power_state not in WITH_A_SCREEN:
            raise WrongState(
                f"Cannot '{ASKED_AS[kind]}' instance {instance.id} while it is in power state"
                f" {instance.power_state.name.lower()}",
                code="not-running",
                hint="vmctl start SERVER",
                facts={"instance_id": instance.id},
            )
        return instance


def _allowed(standing: Standing, caller: Caller) -> Caller:
    """Return who the user is today: what they may do may have changed since they asked."""
    today = standing.standing_of(caller.token_id)
    if today.roles <= {Role.READER}:
        raise Forbidden(
            f"Your role in project {today.project_name} opens no consoles any more.",
            code="console-not-allowed",
            hint="Ask an admin of this cloud.",
        )
    return today


def _kind_of(kind: str) -> ConsoleKind:
    try:
        return ConsoleKind(kind)
    except ValueError as error:
        raise InvalidRequest(
            f"Invalid console type {kind}",  # nova's words
            code="invalid-console-type",
            hint="Write novnc for the screen or serial for the serial port.",
            facts={"type": kind},
        ) from error


def _off() -> NotSupported:
    return NotSupported(
        "This daemon serves no consoles to browsers.",
        code="web-consoles-off",
        hint="Its operator can set VMCTLD_WEB_LISTEN; vmctl console SERVER opens the serial"
        " console in this terminal.",
    )
