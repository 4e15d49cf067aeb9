"""The other services as a build sees them: with its token, or as the agent itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vmctld.clients.image import ImageClient
from vmctld.clients.network import NetworkClient
from vmctld.clients.volume import VolumeClient
from vmctld.compute.agent.ports import BuildServices, LocatedImage, Served
from vmctld.domain.image import Image
from vmctld.domain.instance import Nic, VolumePlan
from vmctld.domain.network import PortWiring
from vmctld.domain.volume import VolumeConnection
from vmctld.observe import context


class Door:
    """Gives out the services.  One for all agents of a process: stubs are made once."""

    def __init__(
        self,
        with_token: tuple[ImageClient, NetworkClient, VolumeClient],
        as_agent: tuple[ImageClient, NetworkClient, VolumeClient],
    ) -> None:
        self._with_token = with_token
        self._as_agent = _services(as_agent, None)

    def for_build(self, token: str) -> BuildServices:
        """Return the services, called with a build token."""
        return _services(self._with_token, token)

    def as_agent(self) -> BuildServices:
        """Return the services, called as the agent itself."""
        return self._as_agent


def _services(
    clients: tuple[ImageClient, NetworkClient, VolumeClient], token: str | None
) -> BuildServices:
    images, networks, volumes = clients
    return BuildServices(_Images(images, token), _Ports(networks, token), _Volumes(volumes, token))


class _Images:
    def __init__(self, client: ImageClient, token: str | None) -> None:
        self._client = client
        self._token = token

    def locate(self, image_id: str | None) -> Served[LocatedImage | None]:
        with context.bind(token=self._token):
            return self._client.locate(image_id)

    def image(self, image_id: str) -> Image:
        return self._client.get_image(image_id)

    def fill(self, image_id: str, size_bytes: int, chunks: Iterable[bytes]) -> Image:
        return self._client.fill(image_id, size_bytes, chunks)

    def discard_image(self, image_id: str) -> None:
        self._client.discard_image(image_id)


class _Ports:
    def __init__(self, client: NetworkClient, token: str | None) -> None:
        self._client = client
        self._token = token

    def ensure_ports(
        self, instance_id: str, host: str, nics: Sequence[Nic]
    ) -> Served[tuple[PortWiring, ...]]:
        with context.bind(token=self._token):
            return self._client.ensure_ports(instance_id, host, nics)

    def release_ports(
        self, instance_id: str, port_ids: Sequence[str] = (), *, host: str = ""
    ) -> None:
        self._client.release_ports(instance_id, port_ids, host=host)


class _Volumes:
    def __init__(self, client: VolumeClient, token: str | None) -> None:
        self._client = client
        self._token = token

    def connect_volumes(
        self, instance_id: str, host: str, volumes: Sequence[VolumePlan]
    ) -> Served[tuple[VolumeConnection, ...]]:
        with context.bind(token=self._token):
            return self._client.connect_volumes(instance_id, host, volumes)

    def release_volumes(
        self, instance_id: str, attachment_ids: Sequence[str] = (), *, host: str = ""
    ) -> None:
        self._client.release_volumes(instance_id, attachment_ids, host=host)

    def grow_volume(self, instance_id: str, attachment_id: str, size_gib: int) -> None:
        with context.bind(token=self._token):
            self._client.grow_volume(instance_id, attachment_id, size_gib)
