"""Run as a program: the compute agent builds where the database libraries cannot be imported."""

from __future__ import annotations

import sys
import threading

for library in ("sqlmodel", "sqlalchemy", "alembic"):
    sys.modules[library] = None  # type: ignore[assignment]

from datetime import UTC, datetime  # noqa: E402

from vmctld.app.agent import ComputeHosts  # noqa: E402
from vmctld.bus.base import Delivery, Settle  # noqa: E402
from vmctld.bus.inproc import InprocBus  # noqa: E402
from vmctld.compute import messages as m  # noqa: E402
from vmctld.compute.agent.ports import BuildServices  # noqa: E402
from vmctld.domain.clock import utc_now  # noqa: E402
from vmctld.domain.flavor import Flavor  # noqa: E402
from vmctld.domain.instance import Instance, VmState  # noqa: E402
from vmctld.domain.machine import PowerState  # noqa: E402
from vmctld.domain.trace import TracedStep  # noqa: E402
from vmctld.drivers.fake.driver import FakeDriver  # noqa: E402

NOW = datetime(2026, 3, 1, tzinfo=UTC)
INSTANCE = Instance(
    id="11111111-1111-4111-8111-111111111111",
    project_id="demo",
    user_id="alice",
    name="web",
    hostname="web",
    description=None,
    vm_state=VmState.BUILDING,
    task_state=None,
    power_state=PowerState.NOSTATE,
    host="a",
    availability_zone=None,
    forced_host=None,
    flavor=Flavor("42", "m1.nano", 1, 128, 1),
    image_id=None,
    image_name=None,
    key_name=None,
    public_key=None,
    user_data=None,
    metadata={},
    tags=(),
    nics=(),
    volumes=(),
    addresses=(),
    config_drive=True,
    attempt=1,
    excluded_hosts=(),
    fault=None,
    request_id="req-1",
    reservation_id="r-1",
    launch_index=0,
    ssh_port=None,
    accelerator=None,
    created_at=NOW,
    updated_at=NOW,
    launched_at=None,
    terminated_at=None,
    deadline_at=None,
)


class Script:
    """A conductor that has one instance to build, and writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.is_over = threading.Event()

    def handle(self, delivery: Delivery, _settle: Settle) -> object:
        """Answer as the script says."""
        message = delivery.message
        self.told.append(type(message).__name__)
        if isinstance(message, m.LoadInstance):
            steps = (TracedStep(15, utc_now(), 0.0), TracedStep(16, utc_now(), 0.0))
            return m.BuildData(INSTANCE, "token", False, steps)
        if isinstance(message, m.Reconcile):
            return m.ReconcileAnswer((), ())
        if isinstance(message, m.BuildSucceeded | m.BuildFailed):
            self.is_over.set()
        return m.ProgressAnswer(True)


class Nothing:
    """Every service and the image cache: this instance wants nothing of them."""

    def __getattr__(self, name: str) -> object:
        from vmctld.compute.agent.ports import Served

        return lambda *_a, **_k: Served(None if name == "locate" else (), None)

    def for_build(self, token: str) -> BuildServices:
        """Return itself in each part."""
        return BuildServices(self, self, self)  # type: ignore[arg-type]

    def as_agent(self) -> BuildServices:
        """Return itself in each part."""
        return self.for_build("")


def main() -> None:
    """Build one instance and print what the conductor was told."""
    bus, script, driver = InprocBus(), Script(), FakeDriver()
    bus.serve(m.CONDUCTOR_ADDRESS, script.handle, pool="conductor", workers=2)
    door = Nothing()
    hosts = ComputeHosts({"a": driver}, bus, door, door, utc_now)  # type: ignore[arg-type]
    hosts.start()
    bus.cast(m.agent_address("a"), m.BuildInstance(INSTANCE.id, 1))
    is_over = script.is_over.wait(30)
    hosts.stop()
    bus.close()
    machines = [machine.instance_id for machine in driver.machines()]
    print(is_over, script.told[-1], machines == [INSTANCE.id])


if __name__ == "__main__":
    main()
