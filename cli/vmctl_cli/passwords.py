"""Passwords: typed unseen, or read from stdin; never taken from the command line."""

from __future__ import annotations

import sys

import click

from vmctl_cli.errors import invalid

password_stdin_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from stdin, its first line."
)


def read_password(from_stdin: bool, *, prompt: str = "Password", confirm: bool = False) -> str:
    """Return a password; raises CliError when there is nobody to ask."""
    if from_stdin:
        line = sys.stdin.readline() if sys.stdin is not None else ""
        password = line.removesuffix("\n").removesuffix("\r")
    elif sys.stdin is not None and sys.stdin.isatty():
        password = click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True)
    else:
        raise invalid(
            "there is no password, and no terminal to ask for it",
            code="no-password",
            hint="use --password-stdin, or set VMCTL_PASSWORD to sign in",
        )
    if not password:
        raise invalid("the password is empty", code="no-password")
    return password
