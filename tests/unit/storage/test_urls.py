"""URLs that hold secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from vmctld.errors import InvalidRequest
from vmctld.storage.urls import file_of, named_for, parsed_url, place_of

CANARY = "canary-4711"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (f"postgresql://u:{CANARY}@db.lab:6432/cloud", "db.lab:6432/cloud"),
        ("postgresql+psycopg://u@db/cloud", "db:5432/cloud"),
        ("postgresql:///cloud?host=/run/pg&port=7", "/run/pg:7/cloud"),
        ("postgresql:///cloud?host=a:1&host=b:2", "a:1,b:2/cloud"),
        ("postgresql://u@[::1]:7/cloud", "[::1]:7/cloud"),
        ("postgresql://u@db", "db:5432/u"),
        ("postgresql:///", "localhost:5432/"),
    ],
)
def test_a_database_is_called_by_host_port_and_name_alone(url: str, place: str) -> None:
    assert place_of(url) == place
    assert file_of(url) is None


def test_a_file_is_told_from_a_server() -> None:
    assert file_of("sqlite:////srv/vmctl.db") == Path("/srv/vmctl.db")


@pytest.mark.parametrize(
    "url",
    [
        CANARY,
        "sqlite:///",
        f"mysql://u:{CANARY}@db/x",
        f"postgresql://u:{CANARY}@db:port/x",
        f"postgresql://u:{CANARY}@a:1,b:2/x",
    ],
)
def test_what_is_no_url_of_ours_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parsed_url(url)

    assert refused.value.code == "invalid-database-url"
    assert CANARY not in f"{refused.value.message} {refused.value.hint}"
    assert refused.value.__cause__ is None


def test_a_connection_is_named_and_keeps_its_password() -> None:
    url = named_for(f"postgresql://u:{CANARY}@db/cloud?sslmode=require", "tool")

    assert parsed_url(url).password == CANARY
    assert dict(parsed_url(url).query) == {"sslmode": "require", "application_name": "tool"}
