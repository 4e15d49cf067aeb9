"""A compute host has no database: neither a URL nor the libraries, as an installation may be."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.crash.cloud import Wish
from tests.integration.roles.conftest import NewSplit
from tests.integration.roles.users import Users
from tests.support.rabbitmq import Broker
from tests.support.split import Split

LIBRARIES = ("sqlmodel", "sqlalchemy", "alembic", "psycopg", "psycopg_binary", "psycopg_pool")
OTHERS = ("api", "scheduler", "conductor")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with everything of this one but the libraries of databases."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "--symlinks", folder],
        check=True,
        timeout=60,
    )
    ours = Path(sysconfig.get_path("purelib"))
    (theirs,) = folder.glob("lib/python*/site-packages")
    for entry in ours.iterdir():
        if not entry.name.lower().startswith(LIBRARIES):
            (theirs / entry.name).symlink_to(entry)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def split(new_split: NewSplit, broker: Broker, python: Path) -> Split:
    split = new_split(broker)
    main = "from vmctld.main import main; main()"
    split.command_of["compute"] = [python, "-c", main]
    split.start([*OTHERS, "compute"])
    return split


@pytest.mark.parametrize("library", ["sqlmodel", "sqlalchemy", "alembic", "psycopg"])
def test_the_environment_lacks_the_libraries(python: Path, library: str) -> None:
    done = subprocess.run([python, "-c", f"import {library}"], capture_output=True, timeout=60)

    assert done.returncode == 1
    assert b"ModuleNotFoundError" in done.stderr


def test_a_compute_host_without_database_libraries_boots_and_deletes(
    split: Split, users: Users
) -> None:
    compute = split.role("compute")

    server_id = users.cloud.boot(Wish("web"))

    assert users.all_settle([server_id])["ACTIVE"] == 1
    assert not any("DATABASE" in name for name in compute.environment)
    assert not list(compute.state_dir.glob("*.db"))
    users.delete_all()
    assert compute.stop() == 0
