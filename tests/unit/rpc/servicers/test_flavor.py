"""Flavors over gRPC: every method, from message to message."""

from __future__ import annotations

from pathlib import Path

from tests.support.carriers import by
from tests.support.database import a_database
from tests.support.serving import serving
from vmctl.v1 import compute_pb2
from vmctl.v1 import flavor_pb2 as pb
from vmctl.v1.flavor_pb2_grpc import FlavorServiceStub, add_FlavorServiceServicer_to_server
from vmctld.compute.flavor_edits import FlavorEdits
from vmctld.compute.flavors import Flavors
from vmctld.rpc.servicers.flavor import FlavorServicer

MEMBER, ADMIN = by("member"), by("admin")


def test_flavors_are_made_found_listed_and_deleted(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    wanted = compute_pb2.Flavor(id="9", name="odd", vcpus=3, ram_mib=96, disk_gib=1, is_public=True)
    known = Flavors(database)
    servicer = FlavorServicer(known, FlavorEdits(database, known))
    with serving(add_FlavorServiceServicer_to_server, servicer) as channel:
        flavors = FlavorServiceStub(channel)

        made = flavors.CreateFlavor(pb.CreateFlavorRequest(flavor=wanted), metadata=ADMIN)
        found = flavors.GetFlavor(pb.GetFlavorRequest(flavor="odd"), metadata=MEMBER)
        listed = flavors.ListFlavors(pb.ListFlavorsRequest(min_ram_mib=96), metadata=MEMBER)
        larger = flavors.ListFlavors(pb.ListFlavorsRequest(min_disk_gib=2), metadata=MEMBER)
        flavors.DeleteFlavor(pb.DeleteFlavorRequest(flavor="9"), metadata=ADMIN)
        left = flavors.ListFlavors(pb.ListFlavorsRequest(), metadata=MEMBER)

    assert made == found == wanted
    assert list(listed.flavors) == [wanted]
    assert not larger.flavors
    assert not left.flavors
    database.close()
