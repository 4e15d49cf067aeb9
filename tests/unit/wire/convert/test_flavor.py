"""Flavors on the wire: nothing is lost on the way there and back."""

from __future__ import annotations

from tests.support.filled import filled
from tests.support.round_trip import assert_survives
from vmctld.domain.flavor import Flavor
from vmctld.wire.convert.flavor import flavor_from_proto, flavor_to_proto


def test_every_field_comes_back() -> None:
    assert_survives(filled(Flavor), flavor_to_proto, flavor_from_proto)


def test_what_is_absent_stays_absent() -> None:
    bare = Flavor("1", "m1.tiny", 1, 512, 1)

    assert flavor_from_proto(flavor_to_proto(bare)) == bare
