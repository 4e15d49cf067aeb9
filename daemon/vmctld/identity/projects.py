"""Projects: the tenants that own everything else."""

from __future__ import annotations

import uuid
from typing import Any

from vmctld.domain.clock import Clock
from vmctld.domain.identity import Caller, Project, ProjectChanges
from vmctld.domain.names import check_name, check_text, looks_like_id
from vmctld.domain.paging import Page
from vmctld.errors import AlreadyExists, Fact, Forbidden, WrongState
from vmctld.identity.last_admin import keep_an_admin
from vmctld.identity.tokens import Tokens
from vmctld.storage.database import Database, Tx
from vmctld.storage.repositories import projects

MAX_DESCRIPTION_CHARS = 255


class Projects:
    """The rules for projects."""

    def __init__(self, database: Database, clock: Clock, tokens: Tokens) -> None:
        self._database = database
        self._clock = clock
        self._tokens = tokens

    def create_project(self, name: str, description: str = "") -> Project:
        """Return a new, enabled project.  Raises InvalidRequest, AlreadyExists."""
        project = Project(
            id=str(uuid.uuid4()),
            name=check_name(name, "project"),
            description=check_text(description, "description", MAX_DESCRIPTION_CHARS),
            enabled=True,
            created_at=self._clock(),
        )
        if not self._database.run(lambda tx: projects.add(tx, project)):
            raise _name_taken(project.name)
        return project

    def get_project(self, caller: Caller, reference: str) -> Project:
        """Return one project; who is no admin sees only the one they work in."""
        own = (caller.project_id, caller.project_name)
        if not caller.is_admin and (looks_like_id(reference) or reference.strip()) not in own:
            raise Forbidden("only an admin looks at other projects")
        with self._database.read() as tx:
            return projects.find(tx, reference)

    def list_projects(self, page: Page) -> list[Project]:
        """Return a page of all projects, sorted by name."""
        with self._database.read() as tx:
            return projects.page(tx, page)

    def update_project(self, reference: str, changes: ProjectChanges) -> Project:
        """Return the project as changed; in a disabled one no token is valid.

        Raises InvalidRequest, NotFound, AlreadyExists, WrongState (``last-admin``).
        """

        def work(tx: Tx) -> Project:
            project = projects.find(tx, reference)
            values = _columns(tx, project, changes)
            if values:
                projects.change(tx, project.id, values)
            keep_an_admin(tx)
            return projects.find(tx, project.id)

        project = self._database.run(work)
        self._tokens.changed()
        return project

    def delete_project(self, caller: Caller, reference: str) -> None:
        """Take away a project that owns nothing, with its role assignments and tokens.

        Raises NotFound, WrongState (``project-not-empty``, ``own-project``, ``last-admin``).
        """

        def work(tx: Tx) -> None:
            project = projects.find(tx, reference)
            if project.id == caller.project_id:
                raise WrongState(
                    "this is the project that you are signed in to",
                    code="own-project",
                    hint="sign in to another project first: vmctl login",
                )
            _refuse_if_it_owns(project, projects.count_owned(tx, project.id))
            projects.remove(tx, project.id)
            keep_an_admin(tx)

        self._database.run(work)
        self._tokens.changed()


def _columns(tx: Tx, project: Project, changes: ProjectChanges) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if changes.name is not None:
        values["name"] = check_name(changes.name, "project")
        if projects.is_name_taken(tx, values["name"], but_by=project.id):
            raise _name_taken(values["name"])
    if changes.description is not None:
        values["description"] = check_text(
            changes.description, "description", MAX_DESCRIPTION_CHARS
        )
    if changes.enabled is not None:
        values["enabled"] = changes.enabled
    return values


def _refuse_if_it_owns(project: Project, counts: dict[str, int]) -> None:
    if not counts:
        return
    listed = ", ".join(f"{number} {kind}" for kind, number in counts.items())
    facts: dict[str, Fact] = dict(counts)
    raise WrongState(
        f"the project {project.name} still owns {listed}",
        code="project-not-empty",
        hint="delete these first, or disable the project",
        facts=facts,
    )


def _name_taken(name: str) -> AlreadyExists:
    return AlreadyExists(
        f"a project named {name} exists already", code="project-exists", facts={"name": name}
    )
