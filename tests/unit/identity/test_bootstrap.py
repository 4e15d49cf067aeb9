"""The first start."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from vmctld.errors import Unauthenticated
from vmctld.identity.bootstrap import PASSWORD_FILE, ensure_admin
from vmctld.identity.passwords import Passwords
from vmctld.identity.service import Identity
from vmctld.storage.database import Database


@pytest.fixture
def fresh(database: Database, clock: FakeClock, passwords: Passwords) -> Identity:
    return Identity(database, clock=clock, passwords=passwords)


def test_a_first_start_makes_an_admin_with_the_given_password(
    fresh: Identity, tmp_path: Path
) -> None:
    assert fresh.start(tmp_path, "given") is True

    caller = fresh.tokens.validate(fresh.sign_ins.sign_in("admin", "given", ""))
    assert (caller.user_name, caller.project_name, caller.is_admin) == ("admin", "admin", True)
    assert not (tmp_path / PASSWORD_FILE).exists()


def test_without_a_given_one_a_random_password_is_left_for_the_daemons_user_alone(
    fresh: Identity, tmp_path: Path
) -> None:
    fresh.start(tmp_path)

    file = tmp_path / PASSWORD_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(file.read_text().strip()) >= 24
    assert fresh.sign_ins.sign_in("admin", file.read_text().strip(), "")


def test_a_second_start_changes_nothing(fresh: Identity, tmp_path: Path) -> None:
    fresh.start(tmp_path, "given")

    assert fresh.start(tmp_path, "another") is False

    with pytest.raises(Unauthenticated):
        fresh.sign_ins.sign_in("admin", "another", "")


def test_a_start_that_crashed_after_writing_the_password_is_gone_on_with(
    fresh: Identity,
    database: Database,
    clock: FakeClock,
    passwords: Passwords,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(database, "run", _crash)
        with pytest.raises(KeyboardInterrupt):
            ensure_admin(database, clock, passwords, tmp_path)
    written = (tmp_path / PASSWORD_FILE).read_text()

    fresh.start(tmp_path)

    assert (tmp_path / PASSWORD_FILE).read_text() == written
    assert fresh.sign_ins.sign_in("admin", written.strip(), "")


def test_half_a_password_file_is_written_anew(fresh: Identity, tmp_path: Path) -> None:
    (tmp_path / "admin-password.part").write_text("ha")
    (tmp_path / PASSWORD_FILE).write_text("")

    fresh.start(tmp_path)

    kept = (tmp_path / PASSWORD_FILE).read_text().strip()
    assert fresh.sign_ins.sign_in("admin", kept, "")
    assert not (tmp_path / "admin-password.part").exists()


def _crash(_work: object) -> None:
    raise KeyboardInterrupt
