"""The daemon as seen from here: one small client per noun, imported when it is used."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from vmctl_cli.settings import Settings

# gRPC's own log goes to stderr, where our words are; it reads this when it is imported
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

if TYPE_CHECKING:
    from vmctl_cli.client.aggregates import Aggregates
    from vmctl_cli.client.calls import Calls
    from vmctl_cli.client.details import Details
    from vmctl_cli.client.flavors import Flavors
    from vmctl_cli.client.hosts import Hosts
    from vmctl_cli.client.identity import Identity
    from vmctl_cli.client.images import Images
    from vmctl_cli.client.keypairs import Keypairs
    from vmctl_cli.client.networks import Networks
    from vmctl_cli.client.operators import Operators
    from vmctl_cli.client.people import People
    from vmctl_cli.client.previews import Previews
    from vmctl_cli.client.quotas import QuotaService
    from vmctl_cli.client.routers import Routers
    from vmctl_cli.client.security_groups import SecurityGroups
    from vmctl_cli.client.server_actions import ServerActions
    from vmctl_cli.client.server_groups import ServerGroups
    from vmctl_cli.client.server_volumes import ServerVolumes
    from vmctl_cli.client.servers import Servers
    from vmctl_cli.client.snapshots import Snapshots
    from vmctl_cli.client.usages import Usages
    from vmctl_cli.client.volumes import Volumes
    from vmctl_cli.client.web_consoles import WebConsoles
    from vmctl_cli.session import Session


class Client:
    """Hands out what the services can do; connects at the first call."""

    def __init__(self, settings: Settings, warn: Callable[[str], None]) -> None:
        self._settings = settings
        self._warn = warn

    @cached_property
    def calls(self) -> Calls:
        """How calls are made: token, request id, deadline, retries."""
        from vmctl_cli.client.calls import Calls

        return Calls(self._settings, self.session)

    @cached_property
    def session(self) -> Session:
        """The token: from the environment, the keyring, a file, or a new sign-in."""
        from vmctl_cli.session import Session

        return Session(self._settings, self._warn, sign_in=lambda *who: self.identity.sign_in(*who))

    @cached_property
    def identity(self) -> Identity:
        """Signing in and out."""
        from vmctl_cli.client.identity import Identity

        return Identity(self.calls)

    @cached_property
    def servers(self) -> Servers:
        """The life of servers."""
        from vmctl_cli.client.servers import Servers

        return Servers(self.calls)

    @cached_property
    def web_consoles(self) -> WebConsoles:
        """Servers in a browser."""
        from vmctl_cli.client.web_consoles import WebConsoles

        return WebConsoles(self.calls)

    @cached_property
    def details(self) -> Details:
        """What users write on servers."""
        from vmctl_cli.client.details import Details

        return Details(self.calls)

    @cached_property
    def security_groups(self) -> SecurityGroups:
        """What may come to servers and leave them."""
        from vmctl_cli.client.security_groups import SecurityGroups

        return SecurityGroups(self.calls)

    @cached_property
    def server_actions(self) -> ServerActions:
        """What is done to servers that are there."""
        from vmctl_cli.client.server_actions import ServerActions

        return ServerActions(self.calls)

    @cached_property
    def snapshots(self) -> Snapshots:
        """Images of servers' disks."""
        from vmctl_cli.client.snapshots import Snapshots

        return Snapshots(self.calls)

    @cached_property
    def server_volumes(self) -> ServerVolumes:
        """What servers have of volumes."""
        from vmctl_cli.client.server_volumes import ServerVolumes

        return ServerVolumes(self.calls)

    @cached_property
    def flavors(self) -> Flavors:
        """Flavors: sizes."""
        from vmctl_cli.client.flavors import Flavors

        return Flavors(self.calls)

    @cached_property
    def images(self) -> Images:
        """Images."""
        from vmctl_cli.client.images import Images

        return Images(self.calls)

    @cached_property
    def keypairs(self) -> Keypairs:
        """Key pairs."""
        from vmctl_cli.client.keypairs import Keypairs

        return Keypairs(self.calls)

    @cached_property
    def networks(self) -> Networks:
        """Networks, subnets, ports."""
        from vmctl_cli.client.networks import Networks

        return Networks(self.calls)

    @cached_property
    def routers(self) -> Routers:
        """Routers and floating IPs."""
        from vmctl_cli.client.routers import Routers

        return Routers(self.calls)

    @cached_property
    def aggregates(self) -> Aggregates:
        """Aggregates of hosts, and zones."""
        from vmctl_cli.client.aggregates import Aggregates

        return Aggregates(self.calls)

    @cached_property
    def hosts(self) -> Hosts:
        """Hypervisors and services."""
        from vmctl_cli.client.hosts import Hosts

        return Hosts(self.calls)

    @cached_property
    def previews(self) -> Previews:
        """Dry runs of boots."""
        from vmctl_cli.client.previews import Previews

        return Previews(self.calls)

    @cached_property
    def server_groups(self) -> ServerGroups:
        """Server groups."""
        from vmctl_cli.client.server_groups import ServerGroups

        return ServerGroups(self.calls)

    @cached_property
    def usages(self) -> Usages:
        """What projects used over time."""
        from vmctl_cli.client.usages import Usages

        return Usages(self.calls)

    @cached_property
    def operators(self) -> Operators:
        """Audit and doctor."""
        from vmctl_cli.client.operators import Operators

        return Operators(self.calls)

    @cached_property
    def people(self) -> People:
        """Users, projects, roles."""
        from vmctl_cli.client.people import People

        return People(self.calls)

    @cached_property
    def quotas(self) -> QuotaService:
        """Quotas."""
        from vmctl_cli.client.quotas import QuotaService

        return QuotaService(self.calls)

    @cached_property
    def volumes(self) -> Volumes:
        """Volumes."""
        from vmctl_cli.client.volumes import Volumes

        return Volumes(self.calls)
