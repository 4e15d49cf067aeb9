"""Projects, and what they own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, update

from vmctld.domain.identity import Project
from vmctld.domain.instance import VmState
from vmctld.domain.names import looks_like_id, only_match
from vmctld.domain.paging import Page
from vmctld.storage.columns import core
from vmctld.storage.database import Tx
from vmctld.storage.paging import page_of
from vmctld.storage.statements import InsertIfAbsent
from vmctld.storage.tables.compute import InstanceRow, QuotaRow, QuotaUsageRow
from vmctld.storage.tables.identity import ProjectRow
from vmctld.storage.tables.image import ImageRow
from vmctld.storage.tables.network import NetworkRow, PortRow, SubnetRow
from vmctld.storage.tables.placement import ServerGroupRow
from vmctld.storage.tables.volume import VolumeRow

_PROJECTS = core(ProjectRow)
_INSTANCES = core(InstanceRow)
_insert = InsertIfAbsent(_PROJECTS)

# What keeps a project from being deleted; the others are alive as long as they have a row
_OWNED = {
    "instances": select(_INSTANCES.c.project_id).where(
        _INSTANCES.c.vm_state != VmState.DELETED.value
    ),
    "images": select(core(ImageRow).c.project_id),
    "networks": select(core(NetworkRow).c.project_id),
    "subnets": select(core(SubnetRow).c.project_id),
    "ports": select(core(PortRow).c.project_id),
    "volumes": select(core(VolumeRow).c.project_id),
    "server groups": select(core(ServerGroupRow).c.project_id),
}


def add(tx: Tx, project: Project) -> bool:
    """Keep a new project; False when the name is taken."""
    row = {
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "enabled": project.enabled,
        "created_at": project.created_at,
    }
    return _insert(tx, row)


def find(tx: Tx, reference: str) -> Project:
    """Return the project of that id or name; raises NotFound."""
    meant = or_(_PROJECTS.c.id == looks_like_id(reference), _PROJECTS.c.name == reference.strip())
    projects = [project_of(row) for row in tx.execute(select(_PROJECTS).where(meant))]
    return only_match(projects, reference, "project", hint="vmctl project-list shows them")


def page(tx: Tx, wanted: Page) -> list[Project]:
    """Return a page of all projects, sorted by name."""
    rows = page_of(tx, select(_PROJECTS), (_PROJECTS.c.name, _PROJECTS.c.id), wanted)
    return [project_of(row) for row in rows]


def is_name_taken(tx: Tx, name: str, but_by: str) -> bool:
    """Return whether another project than ``but_by`` has that name."""
    taken = select(_PROJECTS.c.id).where(_PROJECTS.c.name == name, _PROJECTS.c.id != but_by)
    return tx.execute(taken).first() is not None


def change(tx: Tx, project_id: str, values: Mapping[str, Any]) -> None:
    """Set columns of a project, by their names."""
    tx.execute(update(_PROJECTS).where(_PROJECTS.c.id == project_id).values(**values))


def count_owned(tx: Tx, project_id: str) -> dict[str, int]:
    """Return how many living things a project owns, by kind; without kinds it has none of."""
    counts = {}
    for kind, owners in _OWNED.items():
        owned = owners.where(owners.selected_columns.project_id == project_id).subquery()
        if number := tx.execute(select(func.count()).select_from(owned)).scalar_one():
            counts[kind] = number
    return counts


def remove(tx: Tx, project_id: str) -> None:
    """Take a project away, with its role assignments, tokens and quotas."""
    for table in (core(QuotaRow), core(QuotaUsageRow)):
        tx.execute(delete(table).where(table.c.project_id == project_id))
    tx.execute(delete(_PROJECTS).where(_PROJECTS.c.id == project_id))


def project_of(row: Row[Any]) -> Project:
    """Return the project of a row that has all of the table's columns."""
    return Project(
        id=row.id,
        name=row.name,
        description=row.description,
        enabled=row.enabled,
        created_at=row.created_at,
    )
