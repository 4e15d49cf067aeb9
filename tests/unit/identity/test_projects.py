"""Projects: made, shown, changed, and deleted once they own nothing."""

from __future__ import annotations

import pytest

from tests.support.clock import NOON
from vmctld.domain.identity import Caller, ProjectChanges
from vmctld.domain.paging import Page
from vmctld.errors import AlreadyExists, Forbidden, InvalidRequest, NotFound, WrongState
from vmctld.identity.service import Identity
from vmctld.storage.columns import core
from vmctld.storage.database import Database
from vmctld.storage.tables.volume import VolumeRow


def test_a_new_project_is_enabled_and_found_by_name_and_by_id(
    identity: Identity, admin: Caller
) -> None:
    made = identity.projects.create_project("lab", "for trying things")

    assert made.enabled
    assert made.created_at == NOON
    assert identity.projects.get_project(admin, "lab") == made
    assert identity.projects.get_project(admin, made.id.upper()) == made


def test_a_name_can_be_had_once(identity: Identity, admin: Caller) -> None:
    identity.projects.create_project("lab")

    with pytest.raises(AlreadyExists) as refusal:
        identity.projects.create_project("admin")
    assert refusal.value.code == "project-exists"
    with pytest.raises(AlreadyExists):
        identity.projects.update_project("lab", ProjectChanges(name="admin"))


def test_bad_input_makes_no_project(identity: Identity) -> None:
    with pytest.raises(InvalidRequest):
        identity.projects.create_project("-lab")
    with pytest.raises(InvalidRequest):
        identity.projects.create_project("lab", "d" * 256)

    assert [project.name for project in identity.projects.list_projects(Page())] == ["admin"]


def test_every_property_can_be_changed(identity: Identity) -> None:
    identity.projects.create_project("lab")

    changed = identity.projects.update_project(
        "lab", ProjectChanges(name="ops", description="new", enabled=False)
    )

    assert (changed.name, changed.description, changed.enabled) == ("ops", "new", False)


def test_a_member_sees_the_project_they_work_in_alone(identity: Identity, anna: Caller) -> None:
    assert identity.projects.get_project(anna, "lab").id == anna.project_id

    with pytest.raises(Forbidden):
        identity.projects.get_project(anna, "admin")


def test_an_empty_project_goes_with_its_assignments(
    identity: Identity, admin: Caller, anna: Caller
) -> None:
    identity.projects.delete_project(admin, "lab")

    with pytest.raises(NotFound):
        identity.projects.get_project(admin, "lab")
    assert [one.user_name for one in identity.roles.list_assignments()] == ["admin"]


def test_a_project_that_owns_something_stays(
    identity: Identity, admin: Caller, anna: Caller, database: Database
) -> None:
    row = {
        "id": "v1",
        "name": "data",
        "project_id": anna.project_id,
        "size_gib": 1,
        "status": "available",
        "bootable": False,
        "image_id": None,
        "description": "",
        "volume_type": "",
        "read_only": False,
        "created_at": NOON,
        "updated_at": NOON,
    }
    with database.write() as tx:
        tx.execute(core(VolumeRow).insert(), row)

    with pytest.raises(WrongState) as refusal:
        identity.projects.delete_project(admin, "lab")

    assert refusal.value.code == "project-not-empty"
    assert refusal.value.facts == {"volumes": 1}


def test_the_project_one_works_in_stays(identity: Identity, admin: Caller) -> None:
    with pytest.raises(WrongState) as refusal:
        identity.projects.delete_project(admin, "admin")

    assert refusal.value.code == "own-project"


def test_the_last_admins_project_can_be_neither_disabled_nor_deleted(
    identity: Identity, anna: Caller
) -> None:
    with pytest.raises(WrongState) as disabling:
        identity.projects.update_project("admin", ProjectChanges(enabled=False))
    with pytest.raises(WrongState) as deleting:
        identity.projects.delete_project(anna, "admin")

    assert disabling.value.code == deleting.value.code == "last-admin"
