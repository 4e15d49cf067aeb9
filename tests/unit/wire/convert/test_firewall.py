from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.filled import filled
from tests.support.round_trip import assert_survives
from vmctld.domain.firewall import Direction, EtherType, GuardRule, PortGuard
from vmctld.wire.convert.firewall import guard_from_proto, guard_to_proto


def test_every_field_comes_back() -> None:
    assert_survives(filled(PortGuard), guard_to_proto, guard_from_proto)


@pytest.mark.parametrize("remote", [None, (), ("10.0.0.0/8",)])
def test_nobody_and_anybody_are_different_remotes(remote: tuple[str, ...] | None) -> None:
    rule = GuardRule(Direction.INGRESS, EtherType.IPV4, remote=remote)
    guard = replace(filled(PortGuard), rules=(rule,))

    assert guard_from_proto(guard_to_proto(guard)).rules == (rule,)


def test_type_zero_of_icmp_is_not_any_type() -> None:
    rule = GuardRule(Direction.INGRESS, EtherType.IPV4, "icmp", 0, 0)
    guard = replace(filled(PortGuard), rules=(rule,))

    assert guard_from_proto(guard_to_proto(guard)).rules == (rule,)
