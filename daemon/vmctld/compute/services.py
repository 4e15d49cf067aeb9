"""Compute services: the agents on hosts, which operators switch on and off."""

from __future__ import annotations

from collections.abc import Callable

from vmctld.compute.hypervisors import find
from vmctld.compute.scheduler.filters.compute import is_down
from vmctld.domain.clock import Clock
from vmctld.domain.counting import counted
from vmctld.domain.hypervisor import Hypervisor, Ratios
from vmctld.domain.identity import Caller
from vmctld.domain.names import check_text
from vmctld.domain.ownership import require_admin
from vmctld.errors import InvalidRequest, WrongState
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import host_rules, hosts

BINARY = "nova-compute"  # what nova calls an agent
MAX_REASON_CHARS = 255


class ComputeServices:
    """Rules for services; all of it for admins."""

    def __init__(self, database: Database, hosts_changed: Callable[[], None], clock: Clock) -> None:
        self._database = database
        self._hosts_changed = hosts_changed
        self._clock = clock

    def list_services(self, caller: Caller, host: str = "", binary: str = "") -> list[Hypervisor]:
        """Return the services of all hosts, or of one; others than ``nova-compute`` there are none.

        What listens to no host, api, scheduler and conductor, has nothing to be switched off.
        """
        require_admin(caller, "list services")
        if binary not in ("", BINARY):
            return []
        now = self._clock()
        with self._database.read() as tx:
            found = [one for one in hosts.everything(tx) if host in ("", one.name)]
        return [Hypervisor(one, not is_down(one, now), Ratios()) for one in found]

    def set_enabled(
        self, caller: Caller, service: str, *, enabled: bool, reason: str = ""
    ) -> Hypervisor:
        """Let the scheduler use a host again, or keep it off; servers there go on.

        Raises NotFound, InvalidRequest.
        """
        require_admin(caller, "switch a service on or off")
        if enabled and reason:
            raise InvalidRequest("only who switches off has a reason", code="reason-unexpected")
        said = check_text(reason, "reason", MAX_REASON_CHARS) or None
        return self._change(service, lambda tx, host: _enable(tx, host, enabled, said))

    def set_forced_down(self, caller: Caller, service: str, *, forced_down: bool) -> Hypervisor:
        """Take a host for dead at once, or believe its reports again.  Raises NotFound."""
        require_admin(caller, "say that a host is down")
        return self._change(
            service, lambda tx, host: host_rules.set_forced_down(tx, host, forced_down)
        )

    def delete(self, caller: Caller, service: str) -> None:
        """Forget a host, which must have no servers; one that lives says soon that it is there.

        Raises NotFound, WrongState.
        """
        require_admin(caller, "forget a service")

        def remove(tx: Tx) -> None:
            host = find(tx, service)
            host_rules.lock(tx, [host.name])
            claims = host_rules.claims_on(tx, host.name)
            if claims:
                raise WrongState(
                    f"{host.name} has {counted(claims, 'server')}",
                    code="service-in-use",
                    hint=f"vmctl hypervisor-servers {host.name} lists them; they go first",
                    facts={"host": host.name, "servers": claims},
                )
            host_rules.remove(tx, host.name)

        self._database.run(remove)
        self._hosts_changed()

    def _change(self, service: str, change: Callable[[Tx, str], None]) -> Hypervisor:
        def work(tx: Tx) -> str:
            name = find(tx, service).name
            change(tx, name)
            return name

        name = self._database.run(work)
        self._hosts_changed()
        with self._database.read() as tx:
            host = find(tx, name)
        return Hypervisor(host, not is_down(host, self._clock()), Ratios())


def _enable(tx: Tx, host: str, enabled: bool, reason: str | None) -> None:
    host_rules.set_enabled(tx, host, enabled, reason)
    if enabled:
        host_rules.build_succeeded(tx, host)  # whoever switches it on has looked at what failed
