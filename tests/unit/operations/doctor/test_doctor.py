"""All examinations, and one that breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vmctld.domain.operations import Diagnosis, Outcome
from vmctld.errors import Unavailable
from vmctld.operations.doctor import Doctor
from vmctld.operations.doctor.doctor import EXAMINATIONS
from vmctld.operations.installation import Installation
from vmctld.storage import schema


@pytest.fixture
def sound(installation: Installation) -> Installation:
    """An installation with a revision, heard of just now."""
    with installation.database.write() as tx:
        tx.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        tx.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (schema.HEAD,))
    return installation


def test_a_sound_installation_is_found_sound(sound: Installation) -> None:
    diagnoses = Doctor(sound).examine()

    assert {each.name: each for each in diagnoses if each.outcome is not Outcome.OK} == {}


def test_every_examination_gives_its_own_name(sound: Installation) -> None:
    names = [each.name for each in Doctor(sound).examine()]

    assert names == [name for name, _ in EXAMINATIONS]


def test_an_examination_that_cannot_be_made_is_a_failure_and_the_others_go_on(
    installation: Installation,
) -> None:
    def breaks(_installation: Installation) -> Diagnosis:
        raise Unavailable("the database does not answer", hint="wait")

    def cannot_read(_installation: Installation) -> Diagnosis:
        raise PermissionError("/secret/path")

    def works(_installation: Installation) -> Diagnosis:
        return Diagnosis("works", Outcome.OK, "fine")

    examinations = (("breaks", breaks), ("cannot-read", cannot_read), ("works", works))
    first, second, third = Doctor(installation, examinations).examine()

    assert first == Diagnosis(
        "breaks",
        Outcome.FAILED,
        "could not be looked at: the database does not answer",
        "wait",
    )
    assert second.detail == "could not be looked at: PermissionError"
    assert third.outcome is Outcome.OK


def test_what_is_wrong_always_comes_with_something_to_do(installation: Installation) -> None:
    broken = replace(
        installation,
        drivers={},
        listen=("unix:///nowhere/v.sock",),
        failpoint="step=1",
    )
    (broken.state_dir / "admin-password").write_text("x")

    wrong = [each for each in Doctor(broken).examine() if each.outcome is not Outcome.OK]

    assert {each.name for each in wrong} == {"schema", "sockets", "admin-password", "failpoints"}
    assert all(each.remedy for each in wrong)
