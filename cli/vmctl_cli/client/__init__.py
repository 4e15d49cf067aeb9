"""The daemon as seen from here: one small client per noun, imported when it is used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from vmctl_cli.settings import Settings

if TYPE_CHECKING:
    from vmctl_cli.client.calls import Calls
    from vmctl_cli.client.identity import Identity
    from vmctl_cli.client.servers import Servers
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
        """Sign-in, users, projects, roles."""
        from vmctl_cli.client.identity import Identity

        return Identity(self.calls)

    @cached_property
    def servers(self) -> Servers:
        """The life of servers."""
        from vmctl_cli.client.servers import Servers

        return Servers(self.calls)
