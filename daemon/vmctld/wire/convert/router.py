"""Routers and floating IPs on the wire."""

from __future__ import annotations

from vmctl.v1 import router_pb2 as pb
from vmctld.domain.router import FloatingIp, Forward, Leg, Router, RouterPlan, RouterPort, Uplink
from vmctld.wire.convert.common import time_to_proto


def router_to_proto(router: Router) -> pb.Router:
    """Return ``router`` as a message."""
    return pb.Router(
        id=router.id,
        name=router.name,
        project_id=router.project_id,
        enable_snat=router.enable_snat,
        gateway=_port(router.gateway) if router.gateway else None,
        interfaces=map(_port, router.interfaces),
        created_at=time_to_proto(router.created_at),
    )


def floating_ip_to_proto(floating: FloatingIp) -> pb.FloatingIp:
    """Return ``floating`` as a message."""
    return pb.FloatingIp(
        id=floating.id,
        project_id=floating.project_id,
        network_id=floating.network_id,
        address=floating.address,
        port_id=floating.port_id or "",
        fixed_address=floating.fixed_address or "",
        router_id=floating.router_id or "",
        status=floating.status,
        created_at=time_to_proto(floating.created_at),
    )


def plan_to_proto(plan: RouterPlan) -> pb.RouterPlan:
    """Return ``plan`` as a message."""
    return pb.RouterPlan(
        router_id=plan.router_id,
        legs=[
            pb.RouterLeg(
                port_id=leg.port_id,
                network_id=leg.network_id,
                mac=leg.mac,
                address=leg.address,
                cidr=leg.cidr,
                mtu_bytes=leg.mtu_bytes,
            )
            for leg in plan.legs
        ],
        uplink=_uplink(plan.uplink) if plan.uplink else None,
        forwards=[
            pb.FloatingForward(address=one.address, fixed_address=one.fixed_address)
            for one in plan.forwards
        ],
    )


def plan_from_proto(message: pb.RouterPlan) -> RouterPlan:
    """Return the plan that ``message`` describes."""
    up = message.uplink
    return RouterPlan(
        router_id=message.router_id,
        legs=tuple(
            Leg(leg.port_id, leg.network_id, leg.mac, leg.address, leg.cidr, leg.mtu_bytes)
            for leg in message.legs
        ),
        uplink=Uplink(
            port_id=up.port_id,
            mac=up.mac,
            physical=up.physical,
            address=up.address,
            cidr=up.cidr,
            next_hop=up.next_hop or None,
            mtu_bytes=up.mtu_bytes,
            snat=up.snat,
        )
        if message.HasField("uplink")
        else None,
        forwards=tuple(Forward(one.address, one.fixed_address) for one in message.forwards),
    )


def _port(port: RouterPort) -> pb.RouterPort:
    return pb.RouterPort(
        port_id=port.port_id,
        network_id=port.network_id,
        subnet_id=port.subnet_id,
        address=port.address,
    )


def _uplink(uplink: Uplink) -> pb.RouterUplink:
    return pb.RouterUplink(
        port_id=uplink.port_id,
        mac=uplink.mac,
        physical=uplink.physical,
        address=uplink.address,
        cidr=uplink.cidr,
        next_hop=uplink.next_hop or "",
        mtu_bytes=uplink.mtu_bytes,
        snat=uplink.snat,
    )
