"""Volumes and what instances have of them: their services, for the api."""

from __future__ import annotations

import grpc

from vmctl.v1.instance_volumes_pb2_grpc import add_InstanceVolumeServiceServicer_to_server
from vmctl.v1.volume_pb2_grpc import add_VolumeServiceServicer_to_server
from vmctld.clients.base import TokenSource
from vmctld.clients.volume import VolumeClient
from vmctld.compute.api.actions import Actions
from vmctld.compute.api.instances import Instances
from vmctld.compute.api.volumes import InstanceVolumes
from vmctld.rpc.servicers.instance_volumes import InstanceVolumeServicer
from vmctld.rpc.servicers.volume import VolumeServicer
from vmctld.rpc.services import Services
from vmctld.volume.service import VolumeService


def serve_volumes(
    services: Services,
    volumes: VolumeService,
    actions: Actions,
    instances: Instances,
    channel: grpc.Channel,
    api_token: TokenSource,
) -> None:
    """Put the services about volumes behind the guard."""
    held = VolumeClient(channel, api_token)
    of_instances = InstanceVolumes(actions, instances, VolumeClient(channel), held)
    services.add(add_VolumeServiceServicer_to_server, VolumeServicer(volumes))
    services.add(add_InstanceVolumeServiceServicer_to_server, InstanceVolumeServicer(of_instances))
