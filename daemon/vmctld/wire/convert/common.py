"""What several nouns share on the wire: times, timings, pages, words that may be absent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from vmctl.v1 import common_pb2 as pb
from vmctld.domain.identity import StepTiming
from vmctld.domain.paging import DEFAULT_LIMIT, Page
from vmctld.errors import InvalidRequest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_to_proto(moment: datetime) -> Timestamp:
    """Return ``moment``, which must be aware, to the microsecond."""
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000)


def time_from_proto(stamp: Timestamp) -> datetime:
    """Return ``stamp`` as an aware time in UTC; what is finer than a microsecond is cut off."""
    return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1_000)


def timing_to_proto(timing: StepTiming) -> pb.StepTiming:
    """Return how one step went, as a message."""
    return pb.StepTiming(
        started_at=time_to_proto(timing.started_at), duration_ms=timing.duration_ms
    )


def timing_from_proto(message: pb.StepTiming) -> StepTiming:
    """Return how one step went."""
    return StepTiming(time_from_proto(message.started_at), message.duration_ms)


def page_to_proto(page: Page) -> pb.Page:
    """Return which part of a list is wanted, as a message."""
    return pb.Page(limit=page.limit, marker=page.marker or "")


def page_from_proto(message: pb.Page) -> Page:
    """Return which part of a list is wanted; a limit above the largest page means that one.

    Raises InvalidRequest for a negative limit.
    """
    if message.limit < 0:
        raise InvalidRequest(
            f"a page of {message.limit} things does not exist",
            code="invalid-limit",
            hint=f"Ask for 1 to {DEFAULT_LIMIT}, or leave the limit out.",
            facts={"limit": message.limit},
        )
    return Page(min(message.limit or DEFAULT_LIMIT, DEFAULT_LIMIT), message.marker or None)
