"""``login``, ``logout``, ``whoami``, ``token-issue``: who asks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import click

from vmctl_cli.client import Client
from vmctl_cli.command import command, pass_client, pass_output, pass_settings
from vmctl_cli.errors import CliError, invalid
from vmctl_cli.output import Column, Output
from vmctl_cli.output.columns import time_column
from vmctl_cli.passwords import password_stdin_option, read_password
from vmctl_cli.session import TokenOwner
from vmctl_cli.settings import Settings


@dataclass(frozen=True, slots=True)
class SessionView:
    """Who is signed in, until when, and where the token lives."""

    user_id: str
    user_name: str
    project_id: str
    project_name: str
    roles: tuple[str, ...]
    issued_at: str | None
    expires_at: str | None
    token_source: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token for a script."""

    token: str
    expires_at: str | None
    issued_at: str | None
    project_id: str
    project_name: str
    user_id: str
    user_name: str
    roles: tuple[str, ...]


def _rows(*keys: str) -> Sequence[Column]:
    return [
        time_column(key, key)
        if key.endswith("_at")
        else Column(key, key, _roles if key == "roles" else None)
        for key in keys
    ]


def _roles(record: Any) -> str:
    return ", ".join(record.roles)


SESSION_ROWS = _rows(
    "endpoint",
    "expires_at",
    "project_id",
    "project_name",
    "roles",
    "token_source",
    "user_id",
    "user_name",
)
TOKEN_ROWS = _rows("expires_at", "project_id", "roles", "token", "user_id")


@command("login", examples=("vmctl login", "vmctl login --username ada --password-stdin < file"))
@password_stdin_option
@pass_settings
@pass_output
@pass_client
def login(client: Client, output: Output, settings: Settings, password_stdin: bool) -> None:
    """Sign in and keep the token.

    What VMCTL_USERNAME, VMCTL_PASSWORD and VMCTL_PROJECT do not say is asked for.  The token
    goes into the keyring; on a machine without one, into a file that only you can read.
    """
    user_name = settings.username or _ask_user_name()
    password = "" if password_stdin else settings.password
    signed_in = client.session.sign_in(
        user_name, password or read_password(password_stdin), settings.project or ""
    )
    output.one(_view(signed_in.owner, client, settings), SESSION_ROWS, id_key="user_id")
    output.suggest("vmctl image-list")


@command("logout", examples=("vmctl logout",))
@pass_output
@pass_client
def logout(client: Client, output: Output) -> None:
    """End the session and forget its token."""
    if client.session.kept() is None:
        output.say("nobody was signed in")
        return
    try:
        client.identity.sign_out()
    except CliError as error:
        client.session.forget()
        if error.class_name != "Unauthenticated":  # such a token has ended already
            output.warn("the token is forgotten here; the daemon could not be told to end it")
            raise
    client.session.forget()
    output.say("signed out")


@command("whoami", examples=("vmctl whoami", "vmctl whoami -f value -c token_source"))
@pass_settings
@pass_output
@pass_client
def whoami(client: Client, output: Output, settings: Settings) -> None:
    """Tell who is signed in, and where the token lives."""
    owner = client.identity.owner_of_token()
    output.one(_view(owner, client, settings), SESSION_ROWS, id_key="user_id")


@command(
    "token-issue",
    examples=("export VMCTL_TOKEN=$(vmctl token-issue -f value -c token)", "vmctl token-issue"),
)
@pass_output
@pass_client
def token_issue(client: Client, output: Output) -> None:
    """Print a token for scripts.

    With VMCTL_USERNAME and VMCTL_PASSWORD set it is a fresh one, else that of the session.
    """
    signed_in = client.session.fresh()
    if signed_in is not None:
        token, owner = signed_in.token, signed_in.owner
    else:
        owner = client.identity.owner_of_token()
        token = client.session.token()
    view = TokenView(
        token=token,
        expires_at=owner.expires_at,
        issued_at=owner.issued_at,
        project_id=owner.project_id,
        project_name=owner.project_name,
        user_id=owner.user_id,
        user_name=owner.user_name,
        roles=owner.roles,
    )
    output.one(view, TOKEN_ROWS, id_key="token")


def _view(owner: TokenOwner, client: Client, settings: Settings) -> SessionView:
    return SessionView(
        user_id=owner.user_id,
        user_name=owner.user_name,
        project_id=owner.project_id,
        project_name=owner.project_name,
        roles=owner.roles,
        issued_at=owner.issued_at,
        expires_at=owner.expires_at,
        token_source=client.session.source,
        endpoint=settings.endpoint,
    )


def _ask_user_name() -> str:
    if sys.stdin is None or not sys.stdin.isatty():
        raise invalid(
            "there is no user name, and no terminal to ask for it",
            code="no-user-name",
            hint="give --username USER or set VMCTL_USERNAME",
        )
    name: str = click.prompt("User name", default="admin", err=True)
    return name
