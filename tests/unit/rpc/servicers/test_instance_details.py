"""What users write on instances, over gRPC: every method, from message to message."""

from __future__ import annotations

from pathlib import Path

from tests.support.carriers import KnownTokens, by
from tests.support.database import a_database
from tests.support.instances import an_instance, keep
from tests.support.recording_bus import RecordingBus
from tests.support.serving import serving
from vmctl.v1 import instance_details_pb2 as pb
from vmctl.v1.instance_details_pb2_grpc import (
    InstanceDetailsServiceStub,
    add_InstanceDetailsServiceServicer_to_server,
)
from vmctld.compute.api.details import Details
from vmctld.compute.quotas import ProjectQuotas
from vmctld.domain.clock import utc_now
from vmctld.domain.instance import VmState
from vmctld.rpc.servicers.instance_details import InstanceDetailsServicer

MEMBER = by("member")


def test_words_items_and_tags_are_written(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    project = KnownTokens().callers["member"].project_id
    web = an_instance(vm_state=VmState.ACTIVE, task_state=None, project_id=project)
    keep(database, web)
    details = Details(database, RecordingBus(), ProjectQuotas(database), utc_now)
    servicer = InstanceDetailsServicer(details)
    with serving(add_InstanceDetailsServiceServicer_to_server, servicer) as channel:
        stub = InstanceDetailsServiceStub(channel)

        stub.UpdateInstance(
            pb.UpdateInstanceRequest(instance="web", name="db", description="d", hostname="h"),
            metadata=MEMBER,
        )
        stub.SetMetadata(
            pb.SetMetadataRequest(instance="db", metadata={"a": "1", "b": "2"}), metadata=MEMBER
        )
        stub.DeleteMetadata(pb.DeleteMetadataRequest(instance="db", keys=["a"]), metadata=MEMBER)
        stub.ReplaceTags(pb.ReplaceTagsRequest(instance="db", tags=["x"]), metadata=MEMBER)
        stub.AddTags(pb.AddTagsRequest(instance="db", tags=["y"]), metadata=MEMBER)
        last = stub.DeleteTags(pb.DeleteTagsRequest(instance="db", tags=["x"]), metadata=MEMBER)

    assert (last.id, last.name, last.description, last.hostname) == (web.id, "db", "d", "h")
    assert dict(last.metadata) == {"b": "2"}
    assert list(last.tags) == ["y"]
    database.close()
