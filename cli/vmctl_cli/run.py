"""Runs one command and turns whatever happens into words and an exit code."""

from __future__ import annotations

import os
import sys

import click

from vmctl_cli.errors import (
    EXIT_INTERRUPTED,
    EXIT_STDOUT_CLOSED,
    CliError,
    SeveralFailed,
    invalid,
    render,
)
from vmctl_cli.invocation import Invocation
from vmctl_cli.lazy import root_command
from vmctl_cli.streams import flush, write_error


def run(arguments: list[str]) -> int:
    """Run the command line ``arguments``; return the exit code of the contract."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    invocation = Invocation()
    try:
        _invoke(arguments, invocation)
        flush()
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except SeveralFailed as failed:
        return failed.exit_code
    except BrokenPipeError:
        return EXIT_STDOUT_CLOSED
    except (KeyboardInterrupt, click.Abort):
        write_error("\ninterrupted" + _going_on(invocation) + "\n")
        return EXIT_INTERRUPTED
    except Exception as error:
        failure = _failure(error)
        write_error(render(failure, _format(invocation, arguments)))
        return failure.exit_code
    return 0


def _invoke(arguments: list[str], invocation: Invocation) -> None:
    """Run the command, bare of click's own handling of errors, pipes and completion."""
    root = root_command()
    if not arguments:
        arguments = ["--help"]
    with root.make_context("vmctl", list(arguments), obj=invocation) as context:
        root.invoke(context)


def _failure(error: Exception) -> CliError:
    """Return ``error`` as one to be shown; what nobody expected becomes a fault of ours."""
    if isinstance(error, CliError):
        return error
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "vmctl"
        return invalid(
            error.format_message(), code="wrong-usage", hint=f"{path} --help shows how it is used"
        )
    if isinstance(error, click.ClickException):
        return invalid(error.format_message())
    if isinstance(error, UnicodeEncodeError):
        return invalid("an argument is not valid UTF-8", code="invalid-text")
    return CliError(
        f"{type(error).__name__}: {error} ({_place(error)})",
        class_name="Internal",
        code="internal",
        hint="this is a fault in vmctl itself; please report this line",
    )


def _place(error: Exception) -> str:
    """Return where an unexpected error came up, as file and line."""
    trace = error.__traceback__
    place = "nowhere"
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if "vmctl_cli" in name:
            place = f"{os.path.basename(name)}:{trace.tb_lineno}"  # noqa: PTH119
        trace = trace.tb_next
    return place


def _going_on(invocation: Invocation) -> str:
    return f": {invocation.goes_on}" if invocation.goes_on else ""


def _format(invocation: Invocation, arguments: list[str]) -> str:
    """Return the format errors are shown in, even if the arguments were not understood."""
    if "settings" in vars(invocation):
        return invocation.settings.format
    from vmctl_cli.settings import wanted_format

    return wanted_format(arguments, os.environ)
