"""How the api reaches the agent of a host: here, or where the agent says that it serves."""

from __future__ import annotations

import threading
from collections.abc import Collection

import grpc

from vmctld.app.credentials import Credentials, tls_name_of
from vmctld.bus.base import Bus
from vmctld.clients.channels import channel_to
from vmctld.compute.messages import AgentLocated, LocateAgent, agent_address
from vmctld.errors import Unavailable

LOCATE_TIMEOUT_S = 5.0


class AgentRoads:
    """Channels to agents.  Thread-safe."""

    def __init__(
        self,
        here: Collection[str],
        local: grpc.Channel,
        bus: Bus,
        credentials: Credentials | None,
    ) -> None:
        self._here = here
        self._local = local
        self._bus = bus
        self._credentials = credentials
        self._guard = threading.Lock()
        self._channels: dict[AgentLocated, grpc.Channel] = {}

    def to(self, host: str) -> grpc.Channel:
        """Return the channel to the agent of ``host``.

        Asked over the bus each time, which costs milliseconds: a host may have moved.  Raises
        Unavailable, TimedOut.
        """
        if host in self._here:
            return self._local
        found = self._bus.call(agent_address(host), LocateAgent(), timeout_s=LOCATE_TIMEOUT_S)
        if not isinstance(found, AgentLocated) or not found.endpoint:
            raise Unavailable(
                f"the agent of {host} does not say where it can be reached",
                code="agent-not-located",
                hint="Set --service-listen on that host.",
            )
        with self._guard:
            if found not in self._channels:
                self._channels[found] = self._connect(found)
            return self._channels[found]

    def close(self) -> None:
        """Hang up."""
        for channel in self._channels.values():
            channel.close()

    def _connect(self, found: AgentLocated) -> grpc.Channel:
        held = self._credentials
        assert held is not None  # config refuses an api with agents elsewhere without them
        return channel_to(
            [found.endpoint],
            tls_name_of(found.part),
            ca=held.ca,
            certificate=held.certificate,
            key=held.key,
            retries=False,  # nobody types twice what was typed once
        )
