"""One run of one command: its settings, its output, its client, and what Ctrl-C leaves behind."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vmctl_cli.client import Client
    from vmctl_cli.output import Output
    from vmctl_cli.output.arrange import Arrangement
    from vmctl_cli.settings import Settings

LIST_PREFIX = "list_"  # of the options that every list takes


class Invocation(dict[str, Any]):
    """The global options as they were given, and what is made from them when it is needed."""

    goes_on: str = ""  # what the daemon goes on doing if the user leaves now

    @cached_property
    def settings(self) -> Settings:
        """The settings; raises CliError when they make no sense."""
        from vmctl_cli.settings import resolve

        return resolve(self, os.environ)

    @cached_property
    def output(self) -> Output:
        """Where data and words go."""
        from vmctl_cli.output import Output

        settings = self.settings
        return Output(
            settings.format,
            settings.columns,
            quiet=settings.quiet,
            arrangement=self._arrangement(),
        )

    def _arrangement(self) -> Arrangement | None:
        """Return how a list is wanted, if anything was said of it."""
        said = {
            name.removeprefix(LIST_PREFIX): value
            for name, value in self.items()
            if name.startswith(LIST_PREFIX)
        }
        if not said:
            return None
        from vmctl_cli.output.arrange import Arrangement

        return Arrangement(**said)

    @cached_property
    def client(self) -> Client:
        """The daemon's client; nothing is imported or connected before it is asked for."""
        from vmctl_cli.client import Client

        return Client(self.settings, warn=self.output.warn)
