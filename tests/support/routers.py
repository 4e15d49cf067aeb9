"""Plans of routers for tests; whatever a test does not name is ordinary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vmctld.domain.router import Forward, Leg, RouterPlan, Uplink

LEG = Leg(
    port_id="1a2b3c4d-1111-4222-8333-000000000001",
    network_id="7c1f4a60-1111-4222-8333-00000000000a",
    mac="fa:16:3e:00:10:01",
    address="10.30.0.1",
    cidr="10.30.0.0/24",
    mtu_bytes=1500,
)
UPLINK = Uplink(
    port_id="5e6f7a8b-1111-4222-8333-000000000002",
    mac="fa:16:3e:00:10:02",
    physical="br-ex",
    address="203.0.113.2",
    cidr="203.0.113.0/24",
    next_hop="203.0.113.1",
    mtu_bytes=1500,
    snat=True,
)
FORWARD = Forward("203.0.113.9", "10.30.0.7")


def a_plan(**changes: Any) -> RouterPlan:
    """Return the plan of a router with a leg, a way out and a floating address."""
    plan = RouterPlan("0d1e2f3a-1111-4222-8333-000000000003", (LEG,), UPLINK, (FORWARD,))
    return replace(plan, **changes)
