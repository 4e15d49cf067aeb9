"""Small JSON files that only their owner may read."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from vmctl_cli.errors import CliError, invalid


def read(path: Path) -> dict[str, Any]:
    """Return what is in ``path``; an empty dict when it is absent or no JSON object.

    Raises CliError when others can read it: a token in it may be known to them.
    """
    try:
        mode = path.stat().st_mode & 0o777
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise invalid(f"cannot read {path}: {error}", code="bad-session-file") from error
    if mode & 0o077:
        raise CliError(
            f"{path} has mode {mode:04o}: others can read it",
            class_name="Unauthenticated",
            code="unsafe-token-file",
            hint=f"sign out and in again after: chmod 600 {path}",
        )
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def write(path: Path, content: dict[str, Any]) -> None:
    """Replace ``path`` in one step; it has mode 0600, its directory 0700 if it is made here."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as undo:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            undo.callback(fresh.unlink)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file)
            fresh.replace(path)
            undo.pop_all()
    except OSError as error:
        raise invalid(
            f"cannot write {path}: {error.strerror}",
            code="bad-config-dir",
            hint="VMCTL_CONFIG_DIR names another directory",
        ) from error
