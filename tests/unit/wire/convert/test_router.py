"""Routers on the wire: nothing is lost on the way to a host."""

from __future__ import annotations

from tests.support.filled import filled
from tests.support.round_trip import assert_survives
from vmctld.domain.router import FloatingIp, Router, RouterPlan
from vmctld.wire.convert import router as convert


def test_every_field_of_a_plan_comes_back() -> None:
    assert_survives(filled(RouterPlan), convert.plan_to_proto, convert.plan_from_proto)


def test_every_field_of_a_router_is_told() -> None:
    router = filled(Router)

    message = convert.router_to_proto(router)

    assert (message.id, message.name, message.enable_snat) == (
        router.id,
        router.name,
        router.enable_snat,
    )
    assert message.gateway.address == router.gateway.address
    assert [leg.port_id for leg in message.interfaces] == [leg.port_id for leg in router.interfaces]


def test_every_field_of_a_floating_ip_is_told() -> None:
    floating = filled(FloatingIp)

    message = convert.floating_ip_to_proto(floating)

    assert (message.address, message.port_id, message.fixed_address, message.router_id) == (
        floating.address,
        floating.port_id,
        floating.fixed_address,
        floating.router_id,
    )
    assert message.status == "ACTIVE"
