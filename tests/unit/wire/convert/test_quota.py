"""Quotas on the wire: nothing is lost on the way there and back."""

from __future__ import annotations

from tests.support.filled import filled
from tests.support.round_trip import assert_survives
from vmctld.domain.quota import UNLIMITED, Quota, Quotas
from vmctld.wire.convert.quota import quotas_from_proto, quotas_to_proto


def test_every_field_comes_back() -> None:
    assert_survives(filled(Quotas), quotas_to_proto, quotas_from_proto)


def test_no_limit_and_no_use_are_numbers_too() -> None:
    quotas = Quotas("p", (Quota("cores", UNLIMITED, 0),))

    assert quotas_from_proto(quotas_to_proto(quotas)) == quotas
