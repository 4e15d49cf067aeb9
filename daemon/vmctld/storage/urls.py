"""Database URLs: read, named without what is secret in them, and refused without repeating it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from vmctld.errors import InvalidRequest

_PORT = "5432"


def parsed_url(url: str) -> URL:
    """Return the parts of ``sqlite:///PATH`` or ``postgresql://USER@HOST/NAME``.

    Raises InvalidRequest (``invalid-database-url``).
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        raise _invalid() from None  # its words repeat the URL
    if backend == "postgresql" or (backend == "sqlite" and parsed.database):
        return parsed
    raise _invalid()


def file_of(url: str) -> Path | None:
    """Return the file of a SQLite database; None for a server's."""
    parsed = parsed_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def place_of(url: str) -> str:
    """Return host, port and database of a server's as people write them, and nothing secret."""
    parsed = parsed_url(url)
    query = {name: _joined(value) for name, value in parsed.query.items()}
    host = parsed.host or query.get("host", "localhost")
    port = parsed.port or query.get("port", _PORT)
    if ":" not in host:
        where = f"{host}:{port}"
    elif parsed.host:
        where = f"[{host}]:{port}"
    else:
        where = host  # several, each with its port
    return f"{where}/{parsed.database or parsed.username or ''}"


def named_for(url: str, application: str) -> str:
    """Return a server's URL with a name for its connections, which the server's lists show."""
    query = {"application_name": application}
    return parsed_url(url).update_query_dict(query).render_as_string(hide_password=False)


def _joined(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ",".join(value)


def _invalid() -> InvalidRequest:
    return InvalidRequest(
        "that is no database URL",
        code="invalid-database-url",
        hint="write sqlite:////path/of/vmctl.db or postgresql://user@host/database",
    )
