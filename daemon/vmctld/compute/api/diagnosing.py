"""What an instance's machine has done so far, asked of its host."""

from __future__ import annotations

from typing import Protocol

from vmctld.compute.api.instances import Instances
from vmctld.domain.identity import Caller
from vmctld.domain.machine import Diagnostics
from vmctld.errors import WrongState


class Agents(Protocol):
    """The agents' own service, by host."""

    def diagnostics(self, host: str, instance_id: str) -> Diagnostics:
        """Return what the machine has done; raises WrongState when it is off."""
        ...


class Diagnosing:
    """Asks hosts about machines."""

    def __init__(self, instances: Instances, agents: Agents) -> None:
        self._instances = instances
        self._agents = agents

    def diagnostics(self, caller: Caller, reference: str) -> Diagnostics:
        """Return what the instance's machine has done; raises WrongState when it is off."""
        instance = self._instances.get(caller, reference)
        try:
            if instance.host is None:
                raise WrongState("it is on no host", code="not-running")
            return self._agents.diagnostics(instance.host, instance.id)
        except WrongState as off:
            power = instance.power_state.name.lower()
            raise WrongState(
                f"Cannot 'get_diagnostics' instance {instance.id} while it is in power state"
                f" {power}",
                code="not-running",
                hint="vmctl start SERVER",
                facts={"instance_id": instance.id},
            ) from off
