"""Tokens: issued, validated against what holds today, ended.

A token is a random text; what it says is looked up, so that a role taken away or a user
disabled is gone from every token at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller, StepTiming, TokenKind
from vmctld.errors import Forbidden, InvalidRequest, NotFound, Unauthenticated
from vmctld.identity.service_tokens import ServiceTokens
from vmctld.identity.standing import check_standing
from vmctld.identity.token_text import draw_token, token_id_of
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import tokens
from vmctld.storage.repositories.tokens import NewToken

TOKEN_LIFETIME_S = 24 * 3600
MAX_BUILD_LIFETIME_S = 3600  # far above any build's deadline
KEPT_AFTER_END = timedelta(days=1)  # so that an expired token is called expired, not unknown


@dataclass(frozen=True, slots=True)
class BuildGrant:
    """What a build token shall be good for."""

    instance_id: str
    attempt: int
    user_id: str
    project_id: str
    calls: Collection[str]
    lifetime_s: int


class Tokens:
    """Issues, validates and ends tokens.  Thread-safe."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        services: ServiceTokens,
        lifetime_s: int = TOKEN_LIFETIME_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._services = services
        self._lifetime = timedelta(seconds=lifetime_s)
        self._listeners: list[Callable[[], None]] = []

    def on_change(self, forget: Callable[[], None]) -> None:
        """Call ``forget`` whenever a token may have become worse: caches empty themselves."""
        self._listeners.append(forget)

    def changed(self) -> None:
        """Tell every cache that what it remembers may be true no more."""
        for forget in self._listeners:
            forget()

    def validate(self, token: str) -> Caller:
        """Return what ``token`` says today.  Raises Unauthenticated, whose code tells why not."""
        token_id = token_id_of(token)
        service = self._services.find(token, token_id)
        if service is not None:
            return service
        return self.standing_of(token_id)

    def standing_of(self, token_id: str) -> Caller:
        """Return what the token of that id says today: for what outlives the call it came with.

        Raises Unauthenticated, whose code tells why it is good no more.
        """
        with self._database.look() as tx:
            known = tokens.find(tx, token_id)
        return check_standing(known, self._clock())

    def issue_user_token(
        self, tx: Tx, user_id: str, project_id: str, signed_in: tuple[StepTiming, StepTiming]
    ) -> str:
        """Return a fresh token of a user in a project, kept by ``tx`` when that commits."""
        token = draw_token(TokenKind.USER)
        now = self._clock()
        kept = NewToken(
            id=token_id_of(token),
            kind=TokenKind.USER,
            user_id=user_id,
            project_id=project_id,
            issued_at=now,
            expires_at=now + self._lifetime,
            signed_in=signed_in,
        )
        tokens.add(tx, kept)
        tokens.note_time(tx, now)
        return token

    def issue_build_token(self, caller: Caller, grant: BuildGrant) -> tuple[str, datetime]:
        """Return a token that stands for a user in one attempt to build, and when it ends.

        It replaces the one that this attempt had before.  Raises Forbidden unless a service
        asks, InvalidRequest, Unauthenticated (``user-gone``).
        """
        _require_service(caller)
        if not 0 < grant.lifetime_s <= MAX_BUILD_LIFETIME_S or grant.attempt < 1:
            raise InvalidRequest(
                f"a build token lives 1 to {MAX_BUILD_LIFETIME_S} s, for an attempt from 1 on"
            )
        token = draw_token(TokenKind.BUILD)
        now = self._clock()
        kept = NewToken(
            id=token_id_of(token),
            kind=TokenKind.BUILD,
            user_id=grant.user_id,
            project_id=grant.project_id,
            issued_at=now,
            expires_at=now + timedelta(seconds=grant.lifetime_s),
            instance_id=grant.instance_id,
            attempt=grant.attempt,
            calls=sorted(grant.calls),
        )
        try:
            self._database.run(lambda tx: tokens.set_build_token(tx, kept))
        except IntegrityError as error:
            raise Unauthenticated(
                "the user or the project that the build is for is gone", code="user-gone"
            ) from error
        return token, kept.expires_at

    def end_build_tokens(self, instance_id: str) -> None:
        """End every build token of an instance: its build is over.

        Caches are not emptied: that would cost every other build its answers, and what one
        still allows for two seconds is what the build was allowed anyway.
        """
        self._database.run(lambda tx: tokens.remove_of_builds(tx, instance_id))

    def sign_out(self, caller: Caller) -> None:
        """End the token that the caller came with; gone already is fine."""
        self._database.run(lambda tx: tokens.remove(tx, caller.token_id))
        self.changed()

    def revoke(self, token: str) -> None:
        """End a token; holding it is right enough to end it.  Raises NotFound."""
        token_id = token_id_of(token)
        if not self._database.run(lambda tx: tokens.remove(tx, token_id)):
            raise NotFound(
                "no such token: it was ended before, or never was", code="token-not-found"
            )
        self.changed()

    def purge(self) -> int:
        """Forget tokens that ended long ago and note the time; return how many went."""
        now = self._clock()

        def work(tx: Tx) -> int:
            tokens.note_time(tx, now)
            return tokens.remove_expired(tx, now - KEPT_AFTER_END)

        return self._database.run(work)


def _require_service(caller: Caller) -> None:
    if caller.kind is not TokenKind.SERVICE:
        raise Forbidden("only the daemon's own services issue build tokens", code="service-only")
