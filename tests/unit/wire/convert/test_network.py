"""Networks on the wire: nothing is lost on the way there and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.filled import filled
from tests.support.round_trip import assert_survives
from vmctld.domain.instance import Nic
from vmctld.domain.network import (
    Network,
    NicRequest,
    Port,
    PortWiring,
    ResolvedNic,
    Subnet,
    SubnetRequest,
)
from vmctld.wire.convert import network as convert

PAIRS = [
    (Network, convert.network_to_proto, convert.network_from_proto),
    (Subnet, convert.subnet_to_proto, convert.subnet_from_proto),
    (SubnetRequest, convert.subnet_request_to_proto, convert.subnet_request_from_proto),
    (Port, convert.port_to_proto, convert.port_from_proto),
    (NicRequest, convert.nic_request_to_proto, convert.nic_request_from_proto),
    (ResolvedNic, convert.resolved_nic_to_proto, convert.resolved_nic_from_proto),
    (Nic, convert.nic_to_proto, convert.nic_from_proto),
    (PortWiring, convert.wiring_to_proto, convert.wiring_from_proto),
]


@pytest.mark.parametrize(("noun", "to_proto", "from_proto"), PAIRS)
def test_every_field_comes_back(
    noun: type, to_proto: Callable[[Any], Any], from_proto: Callable[[Any], Any]
) -> None:
    assert_survives(filled(noun), to_proto, from_proto)


def test_what_is_absent_stays_absent() -> None:
    for nothing in (NicRequest(), ResolvedNic("n", None, None), Nic("p", "n")):
        to_proto, from_proto = next(pair[1:] for pair in PAIRS if pair[0] is type(nothing))
        assert from_proto(to_proto(nothing)) == nothing


@pytest.mark.parametrize("gateway", [None, "", "10.0.0.1"])
def test_no_gateway_and_the_usual_gateway_are_different_wishes(gateway: str | None) -> None:
    request = SubnetRequest("blue", "10.0.0.0/24", gateway=gateway)

    message = convert.subnet_request_to_proto(request)

    assert convert.subnet_request_from_proto(message) == request
