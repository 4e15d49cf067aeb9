"""What the user set: an option beats the environment, the environment beats ``config.toml``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vmctl_cli.errors import CliError, invalid

CONFIG_FILE = "config.toml"
_CONFIG_KEYS = ("endpoint", "format", "ca_file", "username", "project", "timeout")


@dataclass(frozen=True, slots=True)
class Settings:
    """One command's settings, all sources put together."""

    config_dir: Path
    endpoint: str  # unix:///path or host:port
    format: str = "table"
    columns: tuple[str, ...] = ()
    quiet: bool = False
    debug: bool = False
    require_keyring: bool = False
    timeout_s: float | None = None  # bounds any wait; None: the command's own
    ca_file: Path | None = None
    username: str | None = None
    project: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


def resolve(options: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Return the settings; raises CliError for one that makes no sense."""
    config_dir = Path(options.get("config_dir") or _config_dir(environ))
    config = _config_file(config_dir / CONFIG_FILE)

    def pick(name: str) -> Any:
        return options.get(name) or environ.get(f"VMCTL_{name.upper()}") or config.get(name)

    ca_file = pick("ca_file")
    return Settings(
        config_dir=config_dir,
        endpoint=pick("endpoint") or _default_endpoint(environ),
        format=_checked_format(pick("format") or "table"),
        columns=tuple(options.get("columns") or ()),
        quiet=bool(options.get("quiet")),
        debug=bool(options.get("debug")),
        require_keyring=bool(options.get("require_keyring")),
        timeout_s=_checked_timeout(pick("timeout")),
        ca_file=Path(ca_file) if ca_file else None,
        username=pick("username"),
        project=pick("project"),
        password=environ.get("VMCTL_PASSWORD") or None,
        token=_checked_token(environ.get("VMCTL_TOKEN")),
    )


def wanted_format(arguments: list[str], environ: Mapping[str, str]) -> str:
    """Return the format that errors are shown in when the arguments could not be understood."""
    wanted = environ.get("VMCTL_FORMAT", "table")
    for position, argument in enumerate(arguments):
        if argument in ("-f", "--format"):
            wanted = arguments[position + 1] if position + 1 < len(arguments) else wanted
        elif argument.startswith("--format="):
            wanted = argument.removeprefix("--format=")
        elif argument.startswith("-f") and not argument.startswith("--"):
            wanted = argument.removeprefix("-f")
    return wanted


def _config_dir(environ: Mapping[str, str]) -> Path:
    if environ.get("VMCTL_CONFIG_DIR"):
        return Path(environ["VMCTL_CONFIG_DIR"])
    return _xdg(environ, "XDG_CONFIG_HOME", ".config") / "vmctl"


def _default_endpoint(environ: Mapping[str, str]) -> str:
    """Return the user's own socket if there is one, else the system's."""
    own = [_xdg(environ, "XDG_STATE_HOME", ".local/state") / "vmctl/vmctld.sock"]
    if environ.get("VMCTLD_STATE_DIR"):  # the daemon of this very shell
        own.insert(0, Path(environ["VMCTLD_STATE_DIR"]) / "vmctld.sock")
    system = Path("/run/vmctl/vmctld.sock")
    for socket in (*own, system):
        if socket.exists():
            return f"unix://{socket.absolute()}"
    return f"unix://{system if os.geteuid() == 0 else own[0].absolute()}"


def _xdg(environ: Mapping[str, str], variable: str, fallback: str) -> Path:
    """Return a base directory; a relative one is ignored, as the XDG specification says."""
    value = environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path.home() / fallback


def _config_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise invalid(f"cannot read {path}: {error}", code="bad-config") from error
    import tomllib

    try:
        config = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise invalid(f"{path}: {error}", code="bad-config") from error
    unknown = sorted(set(config) - set(_CONFIG_KEYS))
    if unknown:
        raise invalid(
            f"{path}: unknown setting {unknown[0]!r}",
            code="bad-config",
            hint="the settings are: " + ", ".join(_CONFIG_KEYS),
        )
    return config


def _checked_format(name: Any) -> str:
    from vmctl_cli.output import FORMATS

    if name not in FORMATS:
        raise invalid(
            f"there is no output format {name!r}",
            code="unknown-format",
            hint="the formats are: " + ", ".join(FORMATS),
        )
    return str(name)


def _checked_token(token: str | None) -> str | None:
    if token and not (token.isascii() and token.isprintable()):
        raise CliError(
            "VMCTL_TOKEN holds what no token can: more than one line, or something unprintable",
            class_name="Unauthenticated",
            code="token-malformed",
            hint="export VMCTL_TOKEN=$(vmctl token-issue -f value -c token)",
        )
    return token or None


def _checked_timeout(value: Any) -> float | None:
    if value is None:
        return None
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds < 10**9:
        raise invalid(f"a timeout of {value!r} is no number of seconds", code="invalid-timeout")
    return seconds
