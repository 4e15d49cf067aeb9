"""What users write on servers: names, metadata, tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from vmctl.v1 import instance_details_pb2 as pb
from vmctl.v1.instance_details_pb2_grpc import InstanceDetailsServiceStub
from vmctl_cli.client.calls import Calls
from vmctl_cli.client.server_records import Server, server_from


class Details:
    """The service of details."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @cached_property
    def _stub(self) -> InstanceDetailsServiceStub:
        return InstanceDetailsServiceStub(self._calls.channel)

    def update(
        self,
        server: str,
        *,
        name: str | None = None,
        description: str | None = None,
        hostname: str | None = None,
    ) -> Server:
        """Change name, description or host name; None leaves it as it is."""
        request = pb.UpdateInstanceRequest(
            instance=server, name=name, description=description, hostname=hostname
        )
        return server_from(self._calls.unary(self._stub.UpdateInstance, request, repeatable=True))

    def set_metadata(self, server: str, items: Mapping[str, str]) -> Server:
        """Add items, or change them."""
        request = pb.SetMetadataRequest(instance=server, metadata=items)
        return server_from(self._calls.unary(self._stub.SetMetadata, request, repeatable=True))

    def delete_metadata(self, server: str, keys: Sequence[str]) -> Server:
        """Take items away."""
        request = pb.DeleteMetadataRequest(instance=server, keys=keys)
        return server_from(self._calls.unary(self._stub.DeleteMetadata, request))

    def add_tags(self, server: str, tags: Sequence[str]) -> Server:
        """Add tags."""
        request = pb.AddTagsRequest(instance=server, tags=tags)
        return server_from(self._calls.unary(self._stub.AddTags, request, repeatable=True))

    def delete_tags(self, server: str, tags: Sequence[str]) -> Server:
        """Take tags away."""
        request = pb.DeleteTagsRequest(instance=server, tags=tags)
        return server_from(self._calls.unary(self._stub.DeleteTags, request))

    def replace_tags(self, server: str, tags: Sequence[str]) -> Server:
        """Give it these tags and no other."""
        request = pb.ReplaceTagsRequest(instance=server, tags=tags)
        return server_from(self._calls.unary(self._stub.ReplaceTags, request, repeatable=True))
