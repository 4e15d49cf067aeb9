"""Brings options, environment and file together."""

from __future__ import annotations

import difflib
import os
import socket
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vmctld.config import values
from vmctld.config.settings import (
    NEVER_AN_OPTION,
    OPTION_ONLY,
    PARSERS,
    ROLES,
    SECRET,
    Settings,
)
from vmctld.errors import InvalidRequest, NotSupported

CONFIG_FILE: Final = "config.toml"
PREFIX: Final = "VMCTLD_"
SERVICES: Final = frozenset({"identity", "image", "network", "volume"})


@dataclass(frozen=True, slots=True)
class _Given:
    """A setting's text and where it stands."""

    text: str
    place: str


def load(
    options: Mapping[str, object],
    environ: Mapping[str, str] = os.environ,
    *,
    is_root: bool | None = None,
) -> Settings:
    """Return the settings from ``options`` (None: not given), ``environ`` and the TOML file.

    ``options`` are keyed by the settings' names; ``config`` names the file.  Raises
    InvalidRequest or NotSupported: they say which setting is wrong and what to write.
    """
    root = os.geteuid() == 0 if is_root is None else is_root
    given = {**_from_environ(environ), **_from_options(options)}
    config = given.pop("config", None)
    state_dir = given.get("state_dir", _default_state_dir(environ, root))
    given = {"state_dir": state_dir, **_from_file(config, values.path(state_dir.text)), **given}
    read: dict[str, Any] = {name: _read(name, text) for name, text in given.items()}
    read.setdefault("listen", (_default_listen(read["state_dir"], root),))
    read.setdefault("host", socket.gethostname())
    read.setdefault("database_url", f"sqlite:///{read['state_dir'] / 'vmctl.db'}")
    settings = Settings(**read)
    _check_together(settings)
    return settings


def _from_options(options: Mapping[str, object]) -> dict[str, _Given]:
    return {
        name: _Given(_text(value), f"--{name.replace('_', '-')}")
        for name, value in options.items()
        if value is not None and name not in NEVER_AN_OPTION
    }


def _from_environ(environ: Mapping[str, str]) -> dict[str, _Given]:
    """Return what the environment says; an empty variable says nothing."""
    variables = {name: PREFIX + name.upper() for name in (*PARSERS, "config")}
    return {
        name: _Given(environ[variable], variable)
        for name, variable in variables.items()
        if environ.get(variable) and name not in OPTION_ONLY
    }


def _from_file(named: _Given | None, state_dir: Path) -> dict[str, _Given]:
    """Return what the file says: the one that was named, else the state directory's if there."""
    path = values.path(named.text) if named else state_dir / CONFIG_FILE
    try:
        table = tomllib.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        if named is None:
            return {}
        raise _wrong(f"{named.place}: there is no file {path}", "Name one that exists.") from None
    except OSError as error:
        hint = "Let the daemon's user read it, or name another one with --config."
        raise _wrong(f"cannot read {path}: {error.strerror}", hint) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(f"{path} is not TOML: {error}", "Correct that line.") from error
    return {name: _from_table(path, name, value) for name, value in table.items()}


def _from_table(path: Path, name: str, value: object) -> _Given:
    known = [known for known in PARSERS if known not in OPTION_ONLY]
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
        raise _wrong(f"{path}: there is no setting {name!r}", hint)
    if isinstance(value, dict):
        raise _wrong(f"{path}: {name} is a table", "Write name = value, outside of any [table].")
    return _Given(_text(value), f"{name} in {path}")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(str(item) for item in value)
    return str(value)


def _read(name: str, given: _Given) -> object:
    shown = "" if name in SECRET else f" is {given.text!r}"
    try:
        return PARSERS[name](given.text)
    except ValueError as error:
        advice = str(error)
        hint = f"{advice[:1].upper()}{advice[1:]}."
        raise _wrong(f"{given.place}{shown}, which cannot be", hint) from error
    except NotSupported as error:
        raise NotSupported(f"{given.place}: {error.message}", hint=error.hint) from error


def _check_together(settings: Settings) -> None:
    """Refuse what is right by itself and cannot go together."""
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise _wrong("a TLS certificate and its key go together", "Set --tls-cert and --tls-key.")
    tcp = [address for address in settings.listen if not address.startswith("unix:")]
    if tcp and settings.tls_cert is None:
        hint = "Set --tls-cert and --tls-key, or listen on unix:///path only."
        raise _wrong(f"listening on {tcp[0]} needs TLS: tokens go over it", hint)
    if not settings.has_all_roles:
        _check_parts(settings)


def _check_parts(settings: Settings) -> None:
    """Refuse a part of the roles that could not reach the others."""
    missing = ", ".join(role for role in ROLES if role not in settings.roles)
    if not settings.uses_broker:
        hint = "Set --bus-url to amqp://..., or run all roles in one process."
        raise _wrong(f"without {missing} here, the bus has to reach other processes", hint)
    if settings.database_url.startswith("sqlite:") and settings.roles != {"compute"}:
        hint = "Set --database-url to postgresql://..., or run all roles in one process."
        raise _wrong(f"without {missing} here, SQLite cannot be shared with them", hint)
    serves, asks = "api" in settings.roles, settings.roles & {"conductor", "compute"}
    if serves and settings.service_listen is None:
        hint = "Set --service-listen HOST:PORT, over which the other parts reach the api."
        raise _wrong(f"without {missing} here, the api has to be reached by them", hint)
    if asks and not serves and not settings.endpoints.keys() >= SERVICES:
        hint = "Set --identity-endpoint to the api's --service-listen."
        raise _wrong("without the api here, it has to be said where the services are", hint)
    if (asks or serves) and settings.credentials_dir is None:
        hint = "Make them with `vmctld credentials`, and set --credentials-dir."
        raise _wrong("parts in several processes need credentials", hint)


def _wrong(message: str, hint: str) -> InvalidRequest:
    return InvalidRequest(message, code="invalid-setting", hint=hint)


def _default_state_dir(environ: Mapping[str, str], root: bool) -> _Given:
    if root:
        return _Given("/var/lib/vmctl", "the default state directory")
    home = environ.get("XDG_STATE_HOME") or "~/.local/state"
    return _Given(f"{home}/vmctl", "the default state directory")


def _default_listen(state_dir: Path, root: bool) -> str:
    return "unix:///run/vmctl/vmctld.sock" if root else f"unix://{state_dir}/vmctld.sock"
