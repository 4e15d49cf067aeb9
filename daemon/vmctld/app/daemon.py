"""One process of the daemon: the roles that it was given, wired by memory or by a broker.

With all roles and the embedded defaults it is the whole cloud.  A role's module is imported
only where the role is: a compute host has no database libraries.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from vmctld.app.agents import AgentRoads
from vmctld.app.buses import Buses
from vmctld.app.credentials import Credentials, check_is_of_host, read_credentials
from vmctld.app.doors import Doors
from vmctld.app.failpoints import arm_failpoints
from vmctld.app.housekeeping import Chore, Housekeeping
from vmctld.app.lock import StateLock
from vmctld.app.patience import Patience
from vmctld.app.peers import Peers
from vmctld.config import Settings
from vmctld.drivers.base import Driver

if TYPE_CHECKING:
    from vmctld.app.api import ApiRole
    from vmctld.app.compute import ComputeRole
    from vmctld.app.data import Data
    from vmctld.compute.agent.guarding import Guarding
    from vmctld.host.network.bridges import Bridges


class Part(Protocol):
    """What works by itself between a start and a stop."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Daemon:
    """``start`` returns when it serves, ``stop`` when it has ended."""

    def __init__(self, settings: Settings, stopping: threading.Event | None = None) -> None:
        self._settings = settings
        self._patience = Patience(stopping or threading.Event())
        self._ends: list[Callable[[], None]] = []
        self._credentials: Credentials | None = None
        self._doors: Doors | None = None
        self._drivers: dict[str, Driver] = {}
        self._data: Data | None = None
        self._api: ApiRole | None = None
        self._compute: ComputeRole | None = None
        self._bridges: Bridges | None = None

    def start(self) -> tuple[str, ...]:
        """Return the addresses that are served.

        Waits for a broker or a database that is away.  Raises VmctlError saying what to do,
        and Stopped when it was told to end meanwhile; what was begun is ended again.
        """
        try:
            self._ends.append(StateLock(self._settings.state_dir).release)
            self._credentials = self._read_credentials()
            doors = self._doors = Doors(self._settings, self._credentials)
            doors.bind()  # before anything is made in a directory that may be the wrong one
            self._drivers = self._make_drivers()
            self._data = self._open_data()
            buses = self._make_buses()
            self._serve_metrics(buses)
            parts = self._make_parts(buses, doors)
            doors.begin(lambda: self._patience.missing)
            self._start_parts(parts, buses, doors)
            doors.open()
        except BaseException:
            self.stop()
            raise
        return doors.addresses

    def stop(self) -> None:
        """End everything, the last begun first, but the sockets before all.

        Machines go on running.
        """
        if self._doors is not None:
            self._doors.close()
            self._doors = None
        while self._ends:
            self._ends.pop()()

    def _read_credentials(self) -> Credentials | None:
        directory, roles = self._settings.credentials_dir, self._settings.roles
        held = read_credentials(directory) if directory else None
        if held is not None and roles & {"api", "conductor", "compute"} == {"compute"}:
            check_is_of_host(held, self._settings.host)
        return held

    def _make_drivers(self) -> dict[str, Driver]:
        settings = self._settings
        if "compute" not in settings.roles:
            return {}
        from vmctld.app.agent import make_drivers
        from vmctld.app.bridges import make_bridges

        bridges = make_bridges(settings)
        if bridges is not None:
            self._bridges = bridges
            self._ends.append(bridges.close)
        drivers = make_drivers(
            settings.driver, settings.host, settings.fake_hosts, settings.state_dir, bridges
        )
        self._ends += [driver.close for driver in drivers.values()]
        return drivers

    def _open_data(self) -> Data | None:
        if self._settings.roles == {"compute"}:
            return None
        from vmctld.app.data import Data

        data = Data(self._settings)
        self._ends.append(data.database.close)
        return data

    def _make_buses(self) -> Buses:
        """Make the bus; dead letters are the conductor's to hear of."""
        hears_letters = self._data is not None and "conductor" in self._settings.roles
        buses = Buses(
            self._settings,
            self._data.letters.on_dead_letter if self._data and hears_letters else None,
            arm_failpoints(self._settings),
        )
        self._ends.append(buses.close)
        if self._data is not None:
            self._data.connect(buses)
        return buses

    def _serve_metrics(self, buses: Buses) -> None:
        """Count and serve what is counted, if the operator wants that."""
        if self._settings.metrics_listen is not None:
            from vmctld.app.metrics import serve_metrics

            self._ends.append(serve_metrics(self._settings.metrics_listen, buses, self._data))

    def _make_parts(self, buses: Buses, doors: Doors) -> list[Part]:
        """Make the roles, and put what they serve behind the doors."""
        api = self._api = self._make_api(buses, doors)
        peers = Peers(
            self._settings.endpoints,
            self._credentials,
            api.channel if api else None,
            api.service_token if api else None,
        )
        self._ends.append(peers.close)
        self._compute = self._make_compute(buses, peers, doors)
        parts = self._make_others(buses, peers)
        return [api, *parts] if api else parts

    def _make_api(self, buses: Buses, doors: Doors) -> ApiRole | None:
        if "api" not in self._settings.roles or self._data is None:
            return None
        from vmctld.app.api import ApiRole
        from vmctld.app.consoles import open_web_door
        from vmctld.app.operators import make_operations

        api = ApiRole(self._settings, self._data, buses, doors.server, self._credentials)
        roads = AgentRoads(self._drivers, api.channel, buses.bus, self._credentials)
        self._ends += [api.close, roads.close]
        api.serve(roads)
        api.serve_operators(make_operations(self._settings, self._data, buses, self._drivers))
        self._ends.append(open_web_door(self._settings, api.consoles))
        return api

    def _make_compute(self, buses: Buses, peers: Peers, doors: Doors) -> ComputeRole | None:
        if "compute" not in self._settings.roles:
            return None
        from vmctld.app.compute import ComputeRole

        state_dir, located = self._settings.state_dir, doors.located()
        guarding = self._make_guarding(peers)
        compute = ComputeRole(self._drivers, buses, peers, state_dir, located, guarding)
        self._ends.append(compute.close)
        if self._api is not None:
            self._api.serve_agents(compute.hosts.driver_of)
        else:
            compute.serve(doors.server, peers, buses.bus)
        return compute

    def _make_guarding(self, peers: Peers) -> Guarding | None:
        """Return what keeps the rules of this host's bridges up to date, where it has some."""
        if self._bridges is None:
            return None
        from vmctld.app.guarding import make_guarding

        return make_guarding(self._bridges, self._settings.host, peers)

    def _make_others(self, buses: Buses, peers: Peers) -> list[Part]:
        parts: list[Part] = []
        if self._bridges is not None:
            from vmctld.app.routing import make_routing

            state_dir, host = self._settings.state_dir, self._settings.host
            parts.append(make_routing(self._bridges, state_dir, host, peers, buses.bus))
        if self._data is not None and "scheduler" in self._settings.roles:
            from vmctld.app.scheduler import SchedulerRole

            parts.append(SchedulerRole(self._data, buses))
        if self._data is not None and "conductor" in self._settings.roles:
            from vmctld.app.conductor import ConductorRole

            timeout_s = self._settings.build_timeout_s
            parts.append(ConductorRole(self._data, buses, peers, timeout_s))
        return parts

    def _start_parts(self, parts: list[Part], buses: Buses, doors: Doors) -> None:
        """Start one after the other, each when what it needs is there."""
        if self._data is not None:
            self._data.wait_ready(self._patience)
        if self._api is not None:
            self._patience.until("the database", self._api.first_start)
        doors.let_operators_in(lambda: self._patience.missing)
        self._ends.append(buses.close)  # before what its handlers use
        buses.wait_ready(self._patience)
        for part in parts:
            part.start()
            self._ends.append(part.stop)
        if self._compute is not None:
            self._compute.start(self._patience)
            self._ends.append(self._compute.stop)
        if self._data is not None:
            self._data.outbox.start()
            self._ends.append(self._data.outbox.stop)
        chores = Housekeeping(self._chores())
        chores.start()
        self._ends.append(chores.stop)

    def _chores(self) -> list[Chore]:
        roles = (self._api, self._compute)
        return [chore for role in roles if role is not None for chore in role.chores()]
