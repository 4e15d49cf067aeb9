"""Actions on servers: asked for, and if the user wants it, seen to their end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vmctl_cli.client import Client
from vmctl_cli.command import invocation
from vmctl_cli.errors import EXIT_FAILED_LATER, CliError, class_of
from vmctl_cli.output import Output
from vmctl_cli.reporting import for_each
from vmctl_cli.settings import Settings

if TYPE_CHECKING:
    from vmctl_cli.booting.waiting import Waiter
    from vmctl_cli.client.server_records import Server

Ask = Callable[[str], "Server"]


@dataclass(frozen=True, slots=True)
class Acting:
    """One command that acts on servers.  ``doing`` is what it does, for ``--poll``."""

    client: Client
    output: Output
    settings: Settings
    doing: str  # rebooting, stopping ...
    poll: bool
    new_disk: bool = False  # its guest will have another host key

    def on_each(self, servers: Sequence[str], ask: Ask, said: str = "") -> None:
        """Ask for it on every server, then wait for all; ``said`` has ``{}`` for the name."""
        accepted: list[Server] = []

        def do(name: str) -> None:
            accepted.append(ask(name))
            if said:
                self.output.say(said.format(name))

        try:
            for_each(servers, do, self.output.format)
        finally:
            if self.poll and accepted:
                self._wait(accepted)

    def on_one(self, server: str, ask: Ask) -> None:
        """Ask for it on one server, and wait."""
        accepted = ask(server)
        if self.new_disk:
            from vmctl_cli.commands.access import forget_host_key

            forget_host_key(self.settings.config_dir, accepted.id)
        if self.poll:
            self._wait([accepted])

    def _wait(self, servers: Sequence[Server]) -> None:
        from vmctl_cli.booting.waiting import Deadline, Waiter

        invocation().goes_on = "the daemon goes on with it; vmctl show tells how far it is"
        waiter = Waiter(self.client, Deadline(self.settings.timeout_s))
        self.output.say(f"\nServer {self.doing}... 0% complete")
        by_id = {server.id: server for server in servers}
        for_each(by_id, lambda one: self._see(waiter, by_id[one]), self.output.format)
        self.output.say(f"Server {self.doing}... 100% complete\nFinished")

    def _see(self, waiter: Waiter, server: Server) -> None:
        """Return when it is done; raises CliError, with exit code 9, when it was not."""
        waiter.until_settled(server)
        actions, request_id = self.client.servers, self.client.server_actions.request_id
        message = actions.action(server.id, request_id).message
        if message:
            code, _, why = message.partition(": ")
            raise CliError(
                why,
                class_name=class_of(code),
                code=code,
                hint=f"vmctl instance-action {server.id} {request_id}",
                facts={"instance_id": server.id},
                request_id=request_id,
                exit_code=EXIT_FAILED_LATER,
            )
