"""Key pairs on the wire."""

from __future__ import annotations

from vmctl.v1 import keypair_pb2 as pb
from vmctld.domain.keypair import Keypair
from vmctld.wire.convert.common import time_from_proto, time_to_proto


def keypair_to_proto(keypair: Keypair) -> pb.Keypair:
    """Return ``keypair`` as a message."""
    return pb.Keypair(
        name=keypair.name,
        user_id=keypair.user_id,
        kind=keypair.kind,
        public_key=keypair.public_key,
        fingerprint=keypair.fingerprint,
        created_at=time_to_proto(keypair.created_at),
    )


def keypair_from_proto(message: pb.Keypair) -> Keypair:
    """Return the key pair that ``message`` describes."""
    return Keypair(
        name=message.name,
        user_id=message.user_id,
        kind=message.kind,
        public_key=message.public_key,
        fingerprint=message.fingerprint,
        created_at=time_from_proto(message.created_at),
    )
