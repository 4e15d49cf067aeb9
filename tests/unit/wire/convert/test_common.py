"""Times, timings and pages on the wire."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.round_trip import assert_survives
from vmctl.v1 import common_pb2 as pb
from vmctld.domain.identity import StepTiming
from vmctld.domain.paging import DEFAULT_LIMIT, Page
from vmctld.errors import InvalidRequest
from vmctld.wire.convert import common


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_comes_back_to_the_microsecond(moment):
    assert common.time_from_proto(common.time_to_proto(moment)) == moment


def test_a_time_of_another_zone_comes_back_in_utc():
    in_kolkata = datetime(2026, 3, 1, 17, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))

    back = common.time_from_proto(common.time_to_proto(in_kolkata))

    assert back == in_kolkata
    assert back.isoformat() == "2026-03-01T12:00:00+00:00"


def test_a_time_is_what_protobuf_itself_would_make_of_it():
    moment = datetime(1969, 12, 31, 23, 59, 59, 250_000, tzinfo=UTC)

    stamp = common.time_to_proto(moment)

    assert (stamp.seconds, stamp.nanos) == (-1, 250_000_000)
    assert stamp.ToDatetime(tzinfo=UTC) == moment


def test_a_timing_survives():
    timing = StepTiming(datetime(2026, 3, 1, 12, tzinfo=UTC), 12.5)

    assert_survives(timing, common.timing_to_proto, common.timing_from_proto)


def test_a_page_survives():
    assert_survives(Page(50, "the-last-id"), common.page_to_proto, common.page_from_proto)


def test_a_page_that_nobody_asked_for_is_the_largest_one_from_the_first_thing_on():
    assert common.page_from_proto(pb.Page()) == Page(DEFAULT_LIMIT, None)


def test_a_limit_above_the_largest_page_means_the_largest_page():
    assert common.page_from_proto(pb.Page(limit=5_000)).limit == DEFAULT_LIMIT


def test_a_negative_limit_is_refused():
    with pytest.raises(InvalidRequest, match="-1") as refused:
        common.page_from_proto(pb.Page(limit=-1))

    assert refused.value.code == "invalid-limit"
