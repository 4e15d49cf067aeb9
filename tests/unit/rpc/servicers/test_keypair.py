"""Key pairs over gRPC: every method, from message to message."""

from __future__ import annotations

from pathlib import Path

from tests.support.carriers import by
from tests.support.clock import FakeClock
from tests.support.database import a_database
from tests.support.serving import serving
from vmctl.v1 import keypair_pb2 as pb
from vmctl.v1.keypair_pb2_grpc import KeypairServiceStub, add_KeypairServiceServicer_to_server
from vmctld.compute.keypairs import Keypairs
from vmctld.compute.quotas import ProjectQuotas
from vmctld.rpc.servicers.keypair import KeypairServicer

MEMBER = by("member")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNX/3chmQSVTG4"


def test_key_pairs_are_kept_found_listed_and_forgotten(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    rules = Keypairs(database, FakeClock(), ProjectQuotas(database))
    with serving(add_KeypairServiceServicer_to_server, KeypairServicer(rules)) as channel:
        keypairs = KeypairServiceStub(channel)

        request = pb.ImportKeypairRequest(name="laptop", public_key=KEY)
        kept = keypairs.ImportKeypair(request, metadata=MEMBER)
        found = keypairs.GetKeypair(pb.GetKeypairRequest(name="laptop"), metadata=MEMBER)
        listed = keypairs.ListKeypairs(pb.ListKeypairsRequest(), metadata=MEMBER)
        keypairs.DeleteKeypair(pb.DeleteKeypairRequest(name="laptop"), metadata=MEMBER)
        left = keypairs.ListKeypairs(pb.ListKeypairsRequest(), metadata=MEMBER)

    assert (kept.name, kept.public_key, kept.user_id) == ("laptop", KEY, "alice")
    assert found == kept
    assert list(listed.keypairs) == [kept]
    assert not left.keypairs
    database.close()
