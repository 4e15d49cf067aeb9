"""How the parts of one process reach the services: inside it, or in others over TLS."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import grpc

from vmctld.app.credentials import Credentials, tls_name_of
from vmctld.clients.base import TokenSource
from vmctld.clients.channels import channel_to

API = "api"  # the part whose certificate all services have


class Peers:
    """Channels to the services, made when they are first asked for, and tokens for the way."""

    def __init__(
        self,
        endpoints: Mapping[str, tuple[str, ...]],
        credentials: Credentials | None,
        local: grpc.Channel | None,
        draw_token: Callable[[str], TokenSource] | None,
    ) -> None:
        """``local`` is the api's channel and ``draw_token`` its tokens, where it is here."""
        self._endpoints = endpoints
        self._credentials = credentials
        self._local = local
        self._draw_token = draw_token
        self._channels: dict[tuple[str, ...], grpc.Channel] = {}

    def to(self, service: str) -> grpc.Channel:
        """Return the channel to ``identity``, ``image``, ``network`` or ``volume``."""
        if self._local is not None:
            return self._local
        endpoints = self._endpoints[service]
        if endpoints not in self._channels:
            self._channels[endpoints] = self._connect(endpoints)
        return self._channels[endpoints]

    def token_of(self, part: str) -> TokenSource:
        """Return what gives the token of a part of this process."""
        if self._draw_token is not None:
            return self._draw_token(part)
        assert self._credentials is not None  # config refuses roles without them
        token = self._credentials.token
        return lambda: token

    def close(self) -> None:
        """Hang up."""
        for channel in self._channels.values():
            channel.close()

    def _connect(self, endpoints: tuple[str, ...]) -> grpc.Channel:
        held = self._credentials
        assert held is not None
        return channel_to(
            endpoints, tls_name_of(API), ca=held.ca, certificate=held.certificate, key=held.key
        )
