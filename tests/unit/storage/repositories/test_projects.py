"""Projects in the database."""

from __future__ import annotations

from tests.support.clock import NOON
from tests.support.identities import a_project, kept_project, kept_user
from vmctld.domain.identity import Role
from vmctld.domain.paging import Page
from vmctld.storage.columns import core
from vmctld.storage.database import Database
from vmctld.storage.repositories import projects, roles
from vmctld.storage.tables.compute import QuotaRow
from vmctld.storage.tables.network import NetworkRow
from vmctld.storage.tables.volume import VolumeRow


def test_a_project_comes_back_as_kept(database: Database) -> None:
    kept = kept_project(database, enabled=False)

    with database.read() as tx:
        assert projects.find(tx, "lab") == kept
        assert projects.find(tx, kept.id.replace("-", "")) == kept


def test_a_taken_name_is_answered_rather_than_raised(database: Database) -> None:
    kept = kept_project(database)

    with database.write() as tx:
        assert not projects.add(tx, a_project())
        assert projects.is_name_taken(tx, "lab", but_by="another")
        assert not projects.is_name_taken(tx, "lab", but_by=kept.id)


def test_projects_come_in_pages_by_name(database: Database) -> None:
    for name in ("c", "a", "b"):
        kept_project(database, name)

    with database.read() as tx:
        first = projects.page(tx, Page(limit=2))
        rest = projects.page(tx, Page(limit=2, marker=first[-1].id))

    assert [project.name for project in first + rest] == ["a", "b", "c"]


def test_what_a_project_owns_is_counted_by_kind_and_others_is_not(database: Database) -> None:
    project, other = kept_project(database), kept_project(database, "other")
    network = {"shared": False, "mtu_bytes": 1500, "created_at": NOON}
    with database.write() as tx:
        for number, owner in enumerate((project.id, project.id, other.id)):
            row = {"id": str(number), "name": "n", "project_id": owner}
            tx.execute(core(NetworkRow).insert(), row | network)

    with database.read() as tx:
        assert projects.count_owned(tx, project.id) == {"networks": 2}
        assert projects.count_owned(tx, other.id) == {"networks": 1}
        assert projects.count_owned(tx, "nobody") == {}


def test_a_volume_counts_as_well(database: Database) -> None:
    project = kept_project(database)
    row = {
        "id": "v",
        "name": "data",
        "project_id": project.id,
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

    with database.read() as tx:
        assert projects.count_owned(tx, project.id) == {"volumes": 1}


def test_a_project_goes_with_its_roles_and_quotas(database: Database) -> None:
    user, project = kept_user(database), kept_project(database)
    with database.write() as tx:
        roles.add(tx, user.id, project.id, Role.MEMBER)
        quota = {"project_id": project.id, "resource": "cores", "limit_value": 1}
        tx.execute(core(QuotaRow).insert(), quota)

    with database.write() as tx:
        projects.remove(tx, project.id)

    with database.read() as tx:
        assert roles.assignments(tx) == []
        assert tx.execute(core(QuotaRow).select()).all() == []
