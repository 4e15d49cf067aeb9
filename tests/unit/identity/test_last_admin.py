"""There is always somebody who can repair things."""

from __future__ import annotations

import pytest

from tests.support.identities import kept_project, kept_user
from vmctld.domain.identity import Role
from vmctld.errors import WrongState
from vmctld.identity.last_admin import keep_an_admin
from vmctld.storage.database import Database
from vmctld.storage.repositories import roles


def test_a_change_that_leaves_nobody_to_be_admin_does_not_happen(database: Database) -> None:
    user, project = kept_user(database), kept_project(database)
    with database.write() as tx:
        roles.add(tx, user.id, project.id, Role.ADMIN)
        keep_an_admin(tx)

    def take_it_away() -> None:
        with database.write() as tx:
            roles.remove(tx, user.id, project.id, Role.ADMIN)
            keep_an_admin(tx)

    with pytest.raises(WrongState) as refusal:
        take_it_away()

    assert refusal.value.code == "last-admin"
    with database.read() as tx:
        assert roles.roles_in(tx, user.id, project.id) == {Role.ADMIN}
