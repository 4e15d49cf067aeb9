"""Sign-in: a name and a password become a token (steps 1 and 2 of a boot)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from vmctld.domain.clock import Clock, utc_now
from vmctld.domain.identity import Project, StepTiming, User
from vmctld.domain.names import only_match, shown
from vmctld.errors import Fact, Forbidden, InvalidRequest, NotFound, Unauthenticated
from vmctld.identity.lockout import StrangerNames, locked_until, refuse_while_locked
from vmctld.identity.passwords import Passwords
from vmctld.identity.tokens import Tokens
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import roles, users
from vmctld.storage.repositories.users import Credentials


class SignIns:
    """Checks who signs in.  Names that nobody has cost as long and lock out as well."""

    def __init__(
        self, database: Database, clock: Clock, passwords: Passwords, tokens: Tokens
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._tokens = tokens
        self._strangers = StrangerNames()

    def sign_in(self, user_name: str, password: str, project: str) -> str:
        """Return a fresh token for that user in that project, empty: the default or only one.

        Raises Unauthenticated (``wrong-credentials``, ``sign-in-locked``,
        ``user-disabled``), Forbidden (``no-project``, ``project-disabled``), InvalidRequest
        (``project-required``), Unavailable (``sign-in-busy``).
        """
        received_at, received = utc_now(), time.perf_counter()
        # Looked up inside the slot: of many guesses at once, those that wait see the lock
        with self._passwords.slot():
            credentials = self._look_up(user_name)
            looked_up = StepTiming(received_at, _ms_since(received))
            checked_at, checking = utc_now(), time.perf_counter()
            stored = credentials.password_hash if credentials else None
            if credentials is None or not self._passwords.verify(password, stored):
                self._record_failure(user_name, credentials)
                raise _wrong_credentials()
            renewed = self._renewed_hash(password, credentials)

        def work(tx: Tx) -> str:
            user = _unchanged(tx, credentials)
            users.set_sign_in_failures(tx, user.id, 0, None)
            if renewed is not None:
                users.change(tx, user.id, {"password_hash": renewed})
            chosen = choose_project(project, user, roles.projects_of(tx, user.id))
            timings = (looked_up, StepTiming(checked_at, _ms_since(checking)))
            return self._tokens.issue_user_token(tx, user.id, chosen.id, timings)

        return self._database.run(work)

    def _look_up(self, user_name: str) -> Credentials | None:
        with self._database.read() as tx:
            credentials = users.credentials_of(tx, user_name)
        locked = (
            credentials.locked_until if credentials else self._strangers.locked_until(user_name)
        )
        refuse_while_locked(locked, self._clock())
        return credentials

    def _record_failure(self, user_name: str, credentials: Credentials | None) -> None:
        now = self._clock()
        if credentials is None:
            self._strangers.record_failure(user_name, now)
            return
        self._database.run(lambda tx: _count_failure(tx, user_name, now))

    def _renewed_hash(self, password: str, credentials: Credentials) -> str | None:
        """Return a new hash where the stored one was made with older settings."""
        if self._passwords.is_outdated(credentials.password_hash):
            return self._passwords.hash(password)
        return None


def choose_project(asked: str, user: User, projects: Sequence[Project]) -> Project:
    """Return which of the user's ``projects`` a sign-in is for.

    Projects the user has no role in are as unknown as those that do not exist.
    """
    chosen = _asked_for(asked, user, projects) if asked else _default(user, projects)
    if not chosen.enabled:
        raise Forbidden(f"the project {chosen.name} is disabled", code="project-disabled")
    return chosen


def _asked_for(asked: str, user: User, projects: Sequence[Project]) -> Project:
    try:
        return only_match(projects, asked, "project")
    except NotFound as error:
        raise Forbidden(
            f"the user {user.name} has no role in a project {shown(asked)}",
            code="no-project",
            hint=_own_projects(projects) or "ask an admin for a role in it",
        ) from error


def _default(user: User, projects: Sequence[Project]) -> Project:
    for project in projects:
        if project.id == user.default_project_id:
            return project
    if len(projects) == 1:
        return projects[0]
    if not projects:
        raise Forbidden(
            f"the user {user.name} has no role in any project",
            code="no-project",
            hint="ask an admin for one: vmctl role-add",
        )
    names: list[Fact] = [project.name for project in projects]
    raise InvalidRequest(
        f"the user {user.name} works in {len(projects)} projects and has no default one",
        code="project-required",
        hint=_own_projects(projects),
        facts={"projects": names},
    )


def _own_projects(projects: Sequence[Project]) -> str:
    return "name one: " + ", ".join(project.name for project in projects[:5]) if projects else ""


def _unchanged(tx: Tx, checked: Credentials) -> User:
    """Return the user whose password was checked, unless it or they changed meanwhile."""
    now = users.credentials_of(tx, checked.user.name, locked=True)
    if now is None or now.password_hash != checked.password_hash:
        raise _wrong_credentials()
    if not now.user.enabled:
        raise Unauthenticated(
            f"the user {now.user.name} is disabled",
            code="user-disabled",
            hint="ask an admin of this cloud",
        )
    return now.user


def _count_failure(tx: Tx, user_name: str, now: datetime) -> None:
    credentials = users.credentials_of(tx, user_name, locked=True)
    if credentials is not None:
        failures = credentials.failed_sign_ins + 1
        users.set_sign_in_failures(tx, credentials.user.id, failures, locked_until(failures, now))


def _wrong_credentials() -> Unauthenticated:
    return Unauthenticated(
        "wrong user name or password",
        code="wrong-credentials",
        hint="passwords are case-sensitive; after five failures in a row, sign-in waits",
    )


def _ms_since(began: float) -> float:
    return (time.perf_counter() - began) * 1_000
