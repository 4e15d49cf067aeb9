"""Key pairs on the wire."""

from tests.support.clock import NOON
from tests.support.round_trip import assert_survives
from vmctld.domain.keypair import Keypair
from vmctld.wire.convert.keypair import keypair_from_proto, keypair_to_proto


def test_a_key_pair_survives():
    keypair = Keypair("laptop", "user-1", "ssh", "ssh-ed25519 AAAA ada", "SHA256:abc", NOON)

    assert_survives(keypair, keypair_to_proto, keypair_from_proto)
