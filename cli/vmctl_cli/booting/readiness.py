"""``boot --wait-for``: ready means ready, and what the guest says of itself is passed on."""

from __future__ import annotations

import re
import time
from threading import Timer
from typing import TYPE_CHECKING

from vmctl_cli.errors import EXIT_FAILED_LATER, CliError
from vmctl_cli.streams import write_error
from vmctl_cli.text import harmless

if TYPE_CHECKING:
    from vmctl_cli.booting.waiting import Deadline
    from vmctl_cli.client import Client
    from vmctl_cli.client.server_records import Server

GOALS = ("active", "ip", "ssh", "cloud-init")
PATIENCE_S = 600.0  # without --timeout: a guest that never gets there is not waited for for ever
LOOK_EVERY_S = 1.0
KNOCK_S = 5.0  # a guest that is up greets at once; one that boots may swallow the knock
SSH_PORT = 22
LONGEST_REPORT = 20  # lines

_FINISHED = re.compile(r"Cloud-init v\. \S+ finished at .*|tiny: user data ended with status \d+.*")
_COMPLAINT = re.compile(
    r".*(?:cloud-init.*(?:\[(?:WARNING|ERROR|CRITICAL)\]|Traceback)|[Ff]ailed to run module|"
    r"Running module \S+ .*failed|tiny: user data ended with status [1-9]).*"
)
_NOTHING_TO_RUN = re.compile(r"tiny: started .*")


class Readiness:
    """Waits until a server that is ACTIVE is what was asked for."""

    def __init__(self, client: Client, goal: str, deadline: Deadline) -> None:
        self._servers = client.servers
        self._goal = goal
        self._deadline = deadline

    def wait(self, server: Server) -> Server:
        """Return the server once it is ready.

        Raises CliError: timed-out, no-network, cloud-init-failed (exit code 9), or what the
        daemon says.
        """
        if self._goal in ("ip", "ssh") and not server.addresses:
            raise CliError(
                f"server {server.name} has no address: it has no network card",
                class_name="WrongState",
                code="no-network",
                hint="boot it with --nic, or wait for active or cloud-init",
                exit_code=EXIT_FAILED_LATER,
            )
        looks = {"ssh": self._greets, "cloud-init": self._has_settled}.get(self._goal)
        if looks is None:
            return server
        ends = time.monotonic() + PATIENCE_S
        while not looks(server):
            left_s = self._deadline.left_s()
            if left_s == 0.0 or time.monotonic() > ends:
                raise self._too_late(server)
            time.sleep(LOOK_EVERY_S if left_s is None else min(LOOK_EVERY_S, left_s))
        return self._servers.get(server.id)

    def _greets(self, server: Server) -> bool:
        """Tell whether an SSH server answers in the guest."""
        line = self._servers.open_tunnel(server.id, SSH_PORT)
        knock = Timer(KNOCK_S, line.hang_up)
        knock.start()
        try:
            return any(data.startswith(b"SSH-") for data in line.written())
        except CliError as error:
            if error.class_name in ("Unavailable", "TimedOut"):
                return False
            raise
        finally:
            knock.cancel()
            line.hang_up()

    def _has_settled(self, server: Server) -> bool:
        """Tell whether the guest's first boot is over; raises CliError when it went wrong."""
        lines = self._servers.console_log(server.id).decode(errors="replace").splitlines()
        said = [line.strip() for line in lines]
        finished = [line for line in said if _FINISHED.search(line)]
        if not (finished or any(_NOTHING_TO_RUN.search(line) for line in said)):
            return False
        complaints = [line for line in said if _COMPLAINT.fullmatch(line)]
        if complaints:
            raise CliError(
                f"the first boot of server {server.name} went wrong: {complaints[0]}",
                class_name="BuildFailed",
                code="cloud-init-failed",
                hint=f"vmctl console-log {server.id} has all that it said",
                facts={"instance_id": server.id, "said": complaints[:LONGEST_REPORT]},
            )
        for line in finished[-1:]:
            write_error(harmless(line) + "\n")
        return True

    def _too_late(self, server: Server) -> CliError:
        return CliError(
            f"server {server.name} is ACTIVE, and not ready in time: {self._goal}",
            class_name="TimedOut",
            code="timed-out",
            hint=f"vmctl console-log {server.id} shows how far the guest is",
            facts={"instance_id": server.id, "waited_for": self._goal},
            retryable=True,
        )
