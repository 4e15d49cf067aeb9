"""The keys of gRPC metadata that both ends agree on, and what stands under them."""

from __future__ import annotations

from collections.abc import Iterable

import grpc

from vmctl.v1 import common_pb2 as pb
from vmctld.domain.identity import StepTiming, Validation
from vmctld.wire.convert.common import timing_from_proto, timing_to_proto

AUTHORIZATION = "authorization"  # Bearer and a token
REQUEST_ID = "x-request-id"
SENT_AT = "x-sent-at"  # when the client sent the call, in seconds since 1970: step 3
VALIDATED = "vmctl-validated-bin"  # trailing: how long the other end took to validate a token

Metadatum = tuple[str, str | bytes]


def validated_entry(validation: Validation) -> Metadatum:
    """Return the trailing metadata that tells a build how long its token's validation took."""
    return VALIDATED, timing_to_proto(validation.total).SerializeToString()


def validated_timing(call: grpc.Call) -> StepTiming | None:
    """Return what ``validated_entry`` put into an answer; None when it was not sent."""
    metadata: Iterable[Metadatum] = call.trailing_metadata() or ()
    for key, value in metadata:
        if key == VALIDATED and isinstance(value, bytes):
            return timing_from_proto(pb.StepTiming.FromString(value))
    return None
