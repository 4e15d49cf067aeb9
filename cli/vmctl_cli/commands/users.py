"""``user-*``: who can sign in."""

from __future__ import annotations

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output
from vmctl_cli.errors import invalid
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column
from vmctl_cli.passwords import password_stdin_option, read_password
from vmctl_cli.reporting import for_each

LIST_COLUMNS = (
    Column("ID", "id"),
    Column("Name", "name"),
    Column("Email", "email"),
    Column("Enabled", "enabled"),
)
SHOW_ROWS = (
    time_column("created_at", "created_at"),
    Column("default_project_id", "default_project_id"),
    Column("email", "email"),
    Column("enabled", "enabled"),
    Column("id", "id"),
    Column("name", "name"),
)
password_option = click.option(
    "--password", metavar="PASSWORD", help="Unsafe: others on this machine can read it here."
)


@command("user-list", examples=("vmctl user-list",))
@pass_output
@pass_client
def user_list(client: Client, output: Output) -> None:
    """List users."""
    output.table(client.people.users(), LIST_COLUMNS, record="identity_records.User")


@command("user-show", examples=("vmctl user-show ada",))
@click.argument("user")
@pass_output
@pass_client
def user_show(client: Client, output: Output, user: str) -> None:
    """Show one user."""
    output.one(client.people.user(user), SHOW_ROWS)


@command(
    "user-create",
    examples=(
        "vmctl user-create --project web ada",
        "vmctl user-create --password-stdin --email ada@example.org ada < file",
    ),
)
@click.argument("name")
@password_option
@password_stdin_option
@click.option("--email", metavar="ADDRESS", help="Where mail reaches them.")
@click.option("--project", metavar="PROJECT", help="Their default project.")
@pass_output
@pass_client
def user_create(
    client: Client,
    output: Output,
    name: str,
    password: str | None,
    password_stdin: bool,
    email: str | None,
    project: str | None,
) -> None:
    """Create a user; the password is asked for."""
    from vmctl_cli.client.identity_records import UserWish

    chosen = password or read_password(password_stdin, prompt=f"Password of {name}", confirm=True)
    wish = UserWish(name=name, password=chosen, email=email, default_project=project)
    output.one(client.people.create_user(wish), SHOW_ROWS)
    output.suggest(f"vmctl role-add member --user {name} --project {project or 'PROJECT'}")


@command(
    "user-set",
    examples=("vmctl user-set --disable ada", "vmctl user-set --password-stdin ada < file"),
)
@click.argument("user")
@click.option("--name", metavar="NAME", help="A new name.")
@click.option("--email", metavar="ADDRESS", help="Where mail reaches them.")
@click.option("--project", metavar="PROJECT", help="Their default project.")
@click.option("--enable/--disable", "enabled", default=None, help="May they sign in?")
@password_option
@password_stdin_option
@click.option("--password-prompt", is_flag=True, help="Ask for a new password.")
@pass_output
@pass_client
def user_set(
    client: Client,
    output: Output,
    user: str,
    name: str | None,
    email: str | None,
    project: str | None,
    enabled: bool | None,
    password: str | None,
    password_stdin: bool,
    password_prompt: bool,
) -> None:
    """Change a user; a new password ends all their tokens."""
    from vmctl_cli.client.identity_records import UserWish

    if password_stdin or password_prompt:
        password = read_password(password_stdin, prompt=f"New password of {user}", confirm=True)
    wish = UserWish(
        name=name, password=password, email=email, enabled=enabled, default_project=project
    )
    if wish == UserWish():
        raise invalid("there is nothing to change", hint="for instance: --disable")
    output.one(client.people.update_user(user, wish), SHOW_ROWS)


@command("user-delete", examples=("vmctl user-delete ada",))
@click.argument("users", nargs=-1, required=True, metavar="USER...")
@pass_output
@pass_client
def user_delete(client: Client, output: Output, users: tuple[str, ...]) -> None:
    """Delete users."""

    def delete(user: str) -> None:
        client.people.delete_user(user)
        output.say(f"User {user} is deleted.")

    for_each(users, delete, output.format)
