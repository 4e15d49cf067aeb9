"""Who is signed in: finds the token, and signs in where the environment says how.

Order: ``VMCTL_TOKEN``, the keyring, and where no keyring works a file of mode 0600.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from vmctl_cli.errors import CliError
from vmctl_cli.settings import Settings

if TYPE_CHECKING:
    from vmctl_cli.session.book import Book, Entry
    from vmctl_cli.session.safes import Safe


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whom a token belongs to, and until when."""

    user_id: str
    user_name: str
    project_id: str
    project_name: str
    roles: tuple[str, ...]
    issued_at: str | None
    expires_at: str | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh token and what it says."""

    token: str
    owner: TokenOwner
    expires_unix: float  # in seconds since 1970, for comparing


SignIn = Callable[[str, str, str], SignedIn]  # user name, password, project


class Session:
    """The token of this command, and the keeping of it for the next."""

    def __init__(self, settings: Settings, warn: Callable[[str], None], sign_in: SignIn) -> None:
        self._settings = settings
        self._warn = warn
        self._sign_in = sign_in
        self._token: str | None = None
        self.source = ""  # where the token came from, for whoami

    @cached_property
    def _book(self) -> Book:
        """What is remembered; not even imported where VMCTL_TOKEN says it all."""
        from vmctl_cli.session.book import Book

        return Book(self._settings.config_dir)

    def token(self) -> str:
        """Return the token; raises CliError (not-signed-in) when there is none to be had."""
        if self._token is None:
            self._token = self.kept() or self._signed_in_by_environment()
        if self._token is None:
            raise CliError(
                f"not signed in to {self._settings.endpoint}",
                class_name="Unauthenticated",
                code="not-signed-in",
                hint="sign in with: vmctl login",
            )
        return self._token

    def kept(self) -> str | None:
        """Return the token that is there already, without signing in for one."""
        if self._token is None:
            self._token = self._found()
        return self._token

    def fresh(self) -> SignedIn | None:
        """Return a token of its own that is kept nowhere, None when nobody says how to get it."""
        settings = self._settings
        if settings.token or not (settings.username and settings.password):
            return None
        return self._sign_in(settings.username, settings.password, settings.project or "")

    def renew(self) -> bool:
        """Sign in again after the daemon refused the token; False when nobody can say how."""
        if self._settings.token or not self.can_sign_in:
            return False
        self._token = self._signed_in_by_environment()
        return True

    @property
    def can_sign_in(self) -> bool:
        """True when the environment holds a user name and a password."""
        return bool(self._settings.username and self._settings.password)

    def sign_in(self, user_name: str, password: str, project: str) -> SignedIn:
        """Sign in and keep the token; what kept it is ``source`` afterwards."""
        safe, problem = self._safe()  # first: there may be nowhere to put a token
        signed_in = self._sign_in(user_name, password, project)
        if problem and not safe.used_before():
            self._warn(f"no usable keyring ({problem}): the token goes into {safe.describe()}")
        from vmctl_cli.session.book import Entry

        entry = Entry(
            endpoint=self._settings.endpoint,
            user_name=signed_in.owner.user_name,
            project=project,
            project_name=signed_in.owner.project_name,
            expires_unix=signed_in.expires_unix,
            keyring=safe.backend,
        )
        safe.put(entry.account, signed_in.token)
        self._book.add(entry)
        self._token = signed_in.token
        self.source = safe.describe()
        return signed_in

    def forget(self) -> None:
        """Throw the kept token away."""
        entry = self._entry()
        if entry is None:
            return
        safe = self._safe_of(entry)
        safe.drop(entry.account)
        self._book.remove(entry)

    def _found(self) -> str | None:
        """Return the token that is there already, if it is for whom the settings name."""
        if self._settings.token:
            self.source = "environment (VMCTL_TOKEN)"
            return self._settings.token
        entry = self._entry()
        if entry is None or (self.can_sign_in and entry.expires_unix <= time.time()):
            return None
        if self._settings.require_keyring and entry.keyring is None:
            return None
        safe = self._safe_of(entry)
        self.source = safe.describe()
        return safe.get(entry.account)

    def _signed_in_by_environment(self) -> str | None:
        settings = self._settings
        if not (settings.username and settings.password):
            return None
        return self.sign_in(settings.username, settings.password, settings.project or "").token

    def _entry(self) -> Entry | None:
        settings = self._settings
        return self._book.find(settings.endpoint, settings.username, settings.project)

    def _safe(self) -> tuple[Safe, str]:
        """Return where a token goes, and why it is no keyring if it is none."""
        from vmctl_cli.session.safes import choose_safe

        safe, problem = choose_safe(self._settings.config_dir)
        if problem and self._settings.require_keyring:
            raise CliError(
                f"no usable keyring: {problem}",
                class_name="Forbidden",
                code="no-keyring",
                hint="leave --require-keyring out to keep the token in a file of mode 0600, "
                "or use VMCTL_TOKEN",
            )
        return safe, problem

    def _safe_of(self, entry: Entry) -> Safe:
        from vmctl_cli.session.safes import remembered_safe

        return remembered_safe(entry.keyring, self._settings.config_dir)
