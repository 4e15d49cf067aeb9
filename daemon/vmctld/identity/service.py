"""Identity as a whole: who asks, and what may they do?  One for a process that serves it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from vmctld.domain.clock import Clock, utc_now
from vmctld.identity.bootstrap import ensure_admin
from vmctld.identity.forward_clock import ForwardClock
from vmctld.identity.passwords import Passwords
from vmctld.identity.projects import Projects
from vmctld.identity.roles import Roles
from vmctld.identity.service_tokens import ServiceTokens
from vmctld.identity.sign_in import SignIns
from vmctld.identity.tokens import TOKEN_LIFETIME_S, Tokens
from vmctld.identity.users import Users
from vmctld.storage.database import Database
from vmctld.storage.repositories.tokens import latest_time

if TYPE_CHECKING:
    from vmctld.identity.signed_tokens import Authority


class Identity:
    """Its parts, put together; ``start`` comes before the first call."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        passwords: Passwords | None = None,
        token_lifetime_s: int = TOKEN_LIFETIME_S,
        authority: Authority | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._forward = ForwardClock(clock, monotonic)
        self._passwords = passwords or Passwords()
        self.services = ServiceTokens(clock, authority)
        self.tokens = Tokens(database, self._forward, self.services, token_lifetime_s)
        self.sign_ins = SignIns(database, self._forward, self._passwords, self.tokens)
        self.users = Users(database, clock, self._passwords, self.tokens)
        self.projects = Projects(database, clock, self.tokens)
        self.roles = Roles(database, self.tokens)

    def start(self, state_dir: Path, admin_password: str | None = None) -> bool:
        """Go on from the latest time ever seen, make the first admin, forget old tokens.

        Returns whether this was a first start.  Safe to repeat.
        """
        with self._database.read() as tx:
            latest = latest_time(tx)
        if latest is not None:
            self._forward.not_before(latest)
        self.tokens.purge()
        return ensure_admin(self._database, self._clock, self._passwords, state_dir, admin_password)
