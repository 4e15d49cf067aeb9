"""Users: made, shown, changed and deleted by admins; everybody may look at and after themselves."""

from __future__ import annotations

import uuid
from typing import Any

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller, User, UserChanges
from vmctld.domain.names import check_name, check_text, looks_like_id
from vmctld.domain.paging import Page
from vmctld.errors import AlreadyExists, Forbidden, WrongState
from vmctld.identity.last_admin import keep_an_admin
from vmctld.identity.passwords import Passwords
from vmctld.identity.tokens import Tokens
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import projects, users
from vmctld.storage.repositories.tokens import remove_of_user

MAX_EMAIL_CHARS = 254  # RFC 5321, section 4.5.3.1.3, less its angle brackets


class Users:
    """The rules for users.  Passwords come in and never go out again."""

    def __init__(
        self, database: Database, clock: Clock, passwords: Passwords, tokens: Tokens
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._tokens = tokens

    def create_user(
        self, name: str, password: str, email: str = "", default_project: str = ""
    ) -> User:
        """Return a new, enabled user without any role.

        Raises InvalidRequest, NotFound (the project), AlreadyExists (``user-exists``).
        """
        name = check_name(name, "user")
        email = check_text(email, "mail address", MAX_EMAIL_CHARS)
        hashed = self._hash(password)

        def work(tx: Tx) -> User:
            user = User(
                id=str(uuid.uuid4()),
                name=name,
                email=email,
                enabled=True,
                default_project_id=_project_id(tx, default_project),
                created_at=self._clock(),
            )
            if not users.add(tx, user, hashed):
                raise _name_taken(name)
            return user

        return self._database.run(work)

    def get_user(self, caller: Caller, reference: str) -> User:
        """Return one user; who is no admin sees only themselves.  Raises NotFound, Forbidden."""
        _require_self_or_admin(caller, reference)
        with self._database.read() as tx:
            return users.find(tx, reference)

    def list_users(self, page: Page) -> list[User]:
        """Return a page of all users, sorted by name."""
        with self._database.read() as tx:
            return users.page(tx, page)

    def update_user(self, caller: Caller, reference: str, changes: UserChanges) -> User:
        """Return the user as changed; a new password ends all of the user's tokens.

        Who is no admin changes only their own password and mail address.  Raises
        InvalidRequest, NotFound, Forbidden, AlreadyExists, WrongState (``last-admin``,
        ``own-account``).
        """
        _require_self_or_admin(caller, reference)
        if not caller.is_admin and not _is_own_business(changes):
            raise Forbidden("only an admin changes more than password and mail address")
        hashed = None if changes.password is None else self._hash(changes.password)

        def work(tx: Tx) -> User:
            user = users.find(tx, reference)
            if user.id == caller.user_id and changes.enabled is False:
                raise _own_account("disable")
            values = _columns(tx, user, changes)
            if hashed is not None:
                values |= {"password_hash": hashed, "failed_sign_ins": 0, "locked_until": None}
            if values:
                users.change(tx, user.id, values)  # a sign-in under way waits, or was before
            if hashed is not None:
                remove_of_user(tx, user.id)
            keep_an_admin(tx)
            return users.find(tx, user.id)

        user = self._database.run(work)
        self._tokens.changed()
        return user

    def delete_user(self, caller: Caller, reference: str) -> None:
        """Take a user away, with their roles, tokens and key pairs; what they made stays.

        Raises NotFound, WrongState (``last-admin``, ``own-account``).
        """

        def work(tx: Tx) -> None:
            user = users.find(tx, reference)
            if user.id == caller.user_id:
                raise _own_account("delete")
            users.remove(tx, user.id)
            keep_an_admin(tx)

        self._database.run(work)
        self._tokens.changed()

    def _hash(self, password: str) -> str:
        with self._passwords.slot():
            return self._passwords.hash(password)


def _columns(tx: Tx, user: User, changes: UserChanges) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if changes.name is not None:
        values["name"] = check_name(changes.name, "user")
        if users.is_name_taken(tx, values["name"], but_by=user.id):
            raise _name_taken(values["name"])
    if changes.email is not None:
        values["email"] = check_text(changes.email, "mail address", MAX_EMAIL_CHARS)
    if changes.enabled is not None:
        values["enabled"] = changes.enabled
    if changes.default_project is not None:
        values["default_project_id"] = _project_id(tx, changes.default_project)
    return values


def _project_id(tx: Tx, reference: str) -> str | None:
    return projects.find(tx, reference).id if reference else None


def _is_own_business(changes: UserChanges) -> bool:
    return changes.name is None and changes.enabled is None and changes.default_project is None


def _require_self_or_admin(caller: Caller, reference: str) -> None:
    own = (caller.user_id, caller.user_name)
    if not caller.is_admin and (looks_like_id(reference) or reference.strip()) not in own:
        raise Forbidden(
            "only an admin looks at or changes other users", hint="name yourself, or ask an admin"
        )


def _own_account(verb: str) -> WrongState:
    return WrongState(
        f"nobody can {verb} their own account",
        code="own-account",
        hint=f"another admin can {verb} it",
    )


def _name_taken(name: str) -> AlreadyExists:
    return AlreadyExists(
        f"a user named {name} exists already", code="user-exists", facts={"name": name}
    )
