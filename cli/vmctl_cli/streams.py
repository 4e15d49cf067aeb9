"""Stdout and stderr: who is there, what may fail, and in which order things appear."""

from __future__ import annotations

import sys

from vmctl_cli.errors import CliError


def write(text: str) -> None:
    """Write to stdout; a reader that is gone raises BrokenPipeError."""
    if sys.stdout is None:  # closed before we began
        raise BrokenPipeError
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise cannot_write(error) from error


def flush() -> None:
    """Write out what is buffered; raises as ``write`` does."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise cannot_write(error) from error


def cannot_write(error: OSError) -> CliError:
    """Return the error for output that cannot be written."""
    return CliError(
        f"cannot write the output: {error.strerror}", class_name="Internal", code="output-failed"
    )


def write_error(text: str) -> None:
    """Write to stderr, after what is on its way to stdout; losing it is no failure."""
    if sys.stderr is None:
        return
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        pass  # stdout's own failure is reported where it is written
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        return  # nobody listens there, and there is nowhere else to say so


def error_is_terminal() -> bool:
    """Tell whether somebody sits in front of stderr."""
    return sys.stderr is not None and sys.stderr.isatty()
