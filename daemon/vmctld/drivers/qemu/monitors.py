"""Conversations with running machines, one at a time with each: a QEMU hears one client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from vmctld.drivers.qemu.process import QemuProcess
from vmctld.drivers.qemu.qmp import CommandRefused, Monitor, MonitorSilent
from vmctld.errors import HypervisorFailed
from vmctld.observe.locks import KeyedLocks

log = structlog.get_logger(__name__)

TALK_TIMEOUT_S = 5.0
QUIT_TIMEOUT_S = 2.0  # to flush attached volumes; its own disk is about to go or to stay as it is
KILL_TIMEOUT_S = 10.0
PRESS_EVERY_S = 3.0  # a press before the guest listens to its button is lost


class Monitors:
    """The monitors of this host's machines, by instance id."""

    def __init__(self, socket_of: Callable[[str], Path]) -> None:
        self._socket_of = socket_of
        self._locks = KeyedLocks()

    @contextmanager
    def talk(self, instance_id: str, timeout_s: float = TALK_TIMEOUT_S) -> Iterator[Monitor]:
        """Open a conversation.  Raises MonitorSilent; what QEMU refuses goes to the log too."""
        try:
            with (
                self._locks.hold(instance_id, timeout_s),
                Monitor(self._socket_of(instance_id), timeout_s) as monitor,
            ):
                yield monitor
        except TimeoutError as error:
            raise MonitorSilent("The machine's monitor is busy.") from error
        except CommandRefused as error:
            log.error("qemu refused", instance_id=instance_id, said=error.qemu_says)
            raise

    def press_power_button(
        self, instance_id: str, process: QemuProcess, deadline: Callable[[], float]
    ) -> bool:
        """Press until the guest has powered off; return whether it did so in time."""
        while (remaining_s := deadline()) > 0:
            try:
                with self.talk(instance_id, min(remaining_s, TALK_TIMEOUT_S)) as monitor:
                    monitor.execute("system_powerdown")
            except HypervisorFailed as error:
                log.info("power button without effect", instance_id=instance_id, error=str(error))
            if process.wait(max(0.0, min(PRESS_EVERY_S, deadline()))):
                return True
        return process.wait(0)

    def end(self, instance_id: str, process: QemuProcess) -> None:
        """Have QEMU quit, or kill it; return when it is gone.  Raises HypervisorFailed if not."""
        try:
            with self.talk(instance_id, QUIT_TIMEOUT_S) as monitor:
                monitor.execute("quit")
            process.wait(QUIT_TIMEOUT_S)
        except HypervisorFailed:
            pass  # it will be killed
        process.kill()
        if not process.wait(KILL_TIMEOUT_S):
            raise HypervisorFailed(
                "The machine's process does not die: its host waits for a disk.",
                code="machine-undead",
                facts={"instance_id": instance_id, "pid": process.pid},
            )
