"""``project-*`` and ``role-*``: whom servers belong to, and who may do what there."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output, columns
from vmctl_cli.output.columns import time_column
from vmctl_cli.reporting import for_each

LIST_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Enabled", "enabled"),
    Column("Description", "description"),
)
SHOW_ROWS = (
    time_column("created_at", "created_at"),
    Column("description", "description"),
    Column("enabled", "enabled"),
    Column("id", "id"),
    Column("name", "name"),
)
ROLE_COLUMNS = columns("name")
ASSIGNMENT_COLUMNS = (
    Column("Role", "role"),
    Column("User", "user_name"),
    Column("Project", "project_name"),
)
ASSIGNMENT_ROWS = tuple(
    Column(key, key) for key in ("project_id", "project_name", "role", "user_id", "user_name")
)


@command("project-list", examples=("vmctl project-list",))
@pass_output
@pass_client
def project_list(client: Client, output: Output) -> None:
    """List projects."""
    output.table(client.people.projects(), LIST_COLUMNS, record="identity_records.Project")


@command("project-show", examples=("vmctl project-show web",))
@click.argument("project")
@pass_output
@pass_client
def project_show(client: Client, output: Output, project: str) -> None:
    """Show one project."""
    output.one(client.people.project(project), SHOW_ROWS)


@command("project-create", examples=("vmctl project-create --description 'the shop' web",))
@click.argument("name")
@click.option("--description", metavar="TEXT", default="", help="What it is for.")
@pass_output
@pass_client
def project_create(client: Client, output: Output, name: str, description: str) -> None:
    """Create a project."""
    output.one(client.people.create_project(name, description), SHOW_ROWS)
    output.suggest(f"vmctl role-add member --user USER --project {name}")


@command("project-set", examples=("vmctl project-set --disable web",))
@click.argument("project")
@click.option("--name", metavar="NAME", help="A new name.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option("--enable/--disable", "enabled", default=None, help="May it be worked in?")
@pass_output
@pass_client
def project_set(
    client: Client,
    output: Output,
    project: str,
    name: str | None,
    description: str | None,
    enabled: bool | None,
) -> None:
    """Change a project."""
    if name is None and description is None and enabled is None:
        raise invalid("there is nothing to change", hint="for instance: --name NAME")
    changed = client.people.update_project(
        project, name=name, description=description, enabled=enabled
    )
    output.one(changed, SHOW_ROWS)


@command("project-delete", examples=("vmctl project-delete web",))
@click.argument("projects", nargs=-1, required=True, metavar="PROJECT...")
@pass_output
@pass_client
def project_delete(client: Client, output: Output, projects: tuple[str, ...]) -> None:
    """Delete projects."""

    def delete(project: str) -> None:
        client.people.delete_project(project)
        output.say(f"Project {project} is deleted.")

    for_each(projects, delete, output.format)


@command("role-list", examples=("vmctl role-list",))
@pass_output
@pass_client
def role_list(client: Client, output: Output) -> None:
    """List the roles there are."""
    output.table(client.people.roles(), ROLE_COLUMNS, id_key="name")


@command("role-add", examples=("vmctl role-add member --user ada --project web",))
@click.argument("role")
@click.option("--user", metavar="USER", required=True, help="Who gets it.")
@click.option("--project", metavar="PROJECT", required=True, help="Where.")
@pass_output
@pass_client
def role_add(client: Client, output: Output, role: str, user: str, project: str) -> None:
    """Give a user a role in a project."""
    added = client.people.add_role(role, user=user, project=project)
    output.one(added, ASSIGNMENT_ROWS, id_key="user_id")


@command("role-remove", examples=("vmctl role-remove member --user ada --project web",))
@click.argument("role")
@click.option("--user", metavar="USER", required=True, help="Who loses it.")
@click.option("--project", metavar="PROJECT", required=True, help="Where.")
@pass_output
@pass_client
def role_remove(client: Client, output: Output, role: str, user: str, project: str) -> None:
    """Take a role in a project away from a user."""
    client.people.remove_role(role, user=user, project=project)
    output.say(f"User {user} is no longer {role} in project {project}.")


@command("role-assignment-list", examples=("vmctl role-assignment-list --user ada",))
@click.option("--user", metavar="USER", default="", help="Only of this user.")
@click.option("--project", metavar="PROJECT", default="", help="Only in this project.")
@pass_output
@pass_client
def role_assignment_list(client: Client, output: Output, user: str, project: str) -> None:
    """List who has which role where."""
    found = client.people.assignments(user=user, project=project)
    output.table(found, ASSIGNMENT_COLUMNS, id_key="user_id")
