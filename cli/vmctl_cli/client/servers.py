"""Servers: booting, listing, showing, watching, deleting, and what they did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from vmctl.v1 import compute_pb2 as pb
from vmctl.v1.common_pb2 import Page
from vmctl.v1.compute_pb2_grpc import ComputeServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.pages import PAGE_SIZE, all_of
from vmctl_cli.client.server_filter import ServerFilter, ServerOrder, list_message
from vmctl_cli.client.server_records import ListedServer, Server, listed_server_from, server_from

if TYPE_CHECKING:
    from vmctl_cli.client.actions import Action, Host
    from vmctl_cli.client.boots import Accepted, BootWish
    from vmctl_cli.client.consoles import GuestLine
    from vmctl_cli.client.decisions import Decision
    from vmctl_cli.client.traces import Trace, Watched


class Servers:
    """The compute service.  Its records are imported when they are needed: ``list`` is quick."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> ComputeServiceStub:
        return ComputeServiceStub(self._calls.channel)

    def boot(self, wish: BootWish) -> Accepted:
        """Ask for servers; its key makes it safe to ask again while the daemon is away."""
        from vmctl_cli.client.boots import Accepted, boot_message

        answer = self._calls.unary(self._stub.BootInstance, boot_message(wish), patient=True)
        return Accepted(tuple(server_from(one) for one in answer.instances), answer.reservation_id)

    def list(
        self,
        wanted: ServerFilter,
        *,
        limit: int | None = None,
        marker: str = "",
        keys: Sequence[tuple[str, bool]] = (),
    ) -> Iterator[Server]:
        """Return the servers that fit, newest first or by ``keys``; ``limit`` None: all."""
        yield from map(server_from, self._listed(wanted, limit, marker, ServerOrder(keys)))

    def list_briefly(
        self, wanted: ServerFilter, *, limit: int | None = None, marker: str = ""
    ) -> Iterator[ListedServer]:
        """Return what a table shows of the servers that fit, newest first."""
        order = ServerOrder(brief=True)
        yield from map(listed_server_from, self._listed(wanted, limit, marker, order))

    def _listed(
        self, wanted: ServerFilter, limit: int | None, marker: str, order: ServerOrder
    ) -> Iterator[pb.Instance]:
        """Yield the servers page after page."""
        left = limit
        while left is None or left > 0:
            page = Page(limit=min(left or PAGE_SIZE, PAGE_SIZE), marker=marker)
            request = list_message(wanted, page, order)
            answer = self._calls.unary(self._stub.ListInstances, request, repeatable=True)
            yield from answer.instances
            marker = answer.next_marker
            if not marker:
                return
            left = None if left is None else left - len(answer.instances)

    def get(self, server: str) -> Server:
        """Return the server of that name or id."""
        request = pb.GetInstanceRequest(instance=server)
        return server_from(self._calls.unary(self._stub.GetInstance, request, repeatable=True))

    def delete(self, server: str, *, all_projects: bool = False, at_once: bool = False) -> Server:
        """Ask for a server's end; return it as it is now.

        Asked again while the daemon is away: it knows the request by its id.
        """
        request = pb.DeleteInstanceRequest(
            instance=server, all_projects=all_projects, at_once=at_once
        )
        return server_from(self._calls.unary(self._stub.DeleteInstance, request, patient=True))

    def watch(
        self, server_id: str, *, until_deleted: bool = False, timeout_s: float | None = None
    ) -> Iterator[Watched]:
        """Tell what a server does until it has settled, with the steps of its boot."""
        from vmctl_cli.client.traces import watched_from

        request = pb.WatchInstanceRequest(
            instance=server_id, with_steps=True, until_deleted=until_deleted
        )
        stream = self._calls.stream(self._stub.WatchInstance, request, timeout_s=timeout_s)
        yield from map(watched_from, stream)

    def trace(self, server: str) -> Trace:
        """Return the 28 steps of a server's boot."""
        from vmctl_cli.client.traces import trace_from

        request = pb.GetTraceRequest(instance=server)
        return trace_from(self._calls.unary(self._stub.GetTrace, request, repeatable=True))

    def explain(self, server: str) -> Decision:
        """Return why the scheduler chose as it did."""
        from vmctl_cli.client.decisions import decision_from

        request = pb.ExplainInstanceRequest(instance=server)
        return decision_from(
            self._calls.unary(self._stub.ExplainInstance, request, repeatable=True)
        )

    def actions(self, server: str) -> tuple[Action, ...]:
        """Return what was asked of a server, newest first."""
        from vmctl_cli.client.actions import action_from

        request = pb.ListInstanceActionsRequest(instance=server)
        answer = self._calls.unary(self._stub.ListInstanceActions, request, repeatable=True)
        return tuple(action_from(action) for action in answer.actions)

    def action(self, server: str, request_id: str) -> Action:
        """Return one thing that was asked of a server, with its events."""
        from vmctl_cli.client.actions import action_from

        request = pb.GetInstanceActionRequest(instance=server, request_id=request_id)
        return action_from(
            self._calls.unary(self._stub.GetInstanceAction, request, repeatable=True)
        )

    def console_log(self, server: str, *, lines: int = 0) -> bytes:
        """Return the end of what the guest wrote to its serial port; 0 lines: all of it."""
        request = pb.GetConsoleLogRequest(instance=server, lines=lines)
        return self._calls.unary(self._stub.GetConsoleLog, request, repeatable=True).output

    def open_console(self, server: str) -> GuestLine[pb.OpenConsoleRequest]:
        """Open the guest's serial port, for both directions."""
        from vmctl_cli.client.consoles import console_line

        return console_line(self._calls, self._stub, server)

    def open_tunnel(self, server: str, port: int) -> GuestLine[pb.OpenTunnelRequest]:
        """Open a connection to the guest's TCP port, through its host into its network."""
        from vmctl_cli.client.consoles import tunnel_line

        return tunnel_line(self._calls, self._stub, server, port)

    def hosts(self) -> Iterator[Host]:
        """Return the hosts, sorted by name."""
        from vmctl_cli.client.actions import host_from

        def fetch(page: Page) -> list[pb.Host]:
            request = pb.ListHostsRequest(page=page)
            return list(self._calls.unary(self._stub.ListHosts, request, repeatable=True).hosts)

        yield from map(host_from, all_of(fetch, lambda host: host.name))
