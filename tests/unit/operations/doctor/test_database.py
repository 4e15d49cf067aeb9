"""Databases that are damaged, of another version, or slow."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.support.database import emptied_database
from tests.support.planted import OUTSIDE, Site
from tests.support.postgresql import Server
from vmctld.domain.operations import Outcome
from vmctld.operations.doctor import database as examinations
from vmctld.operations.installation import Installation


def test_a_whole_database_is_measured(installation: Installation) -> None:
    diagnosis = examinations.integrity(installation)

    assert diagnosis.outcome is Outcome.OK
    assert "KiB, whole" in diagnosis.detail


def test_a_reference_that_leads_nowhere_is_a_failure(
    installation: Installation, site: Site
) -> None:
    OUTSIDE["broken-reference"](site)

    diagnosis = examinations.integrity(installation)

    assert diagnosis.outcome is Outcome.FAILED
    assert "1 reference to nowhere: role_assignments row" in diagnosis.detail


def test_a_damaged_page_is_a_failure(installation: Installation) -> None:
    with installation.database.write() as tx:
        tx.exec_driver_sql("CREATE TABLE rotten (a)")
        tx.exec_driver_sql("CREATE INDEX rotten_a ON rotten (a)")
        tx.exec_driver_sql("INSERT INTO rotten VALUES (1)")
        tx.exec_driver_sql("PRAGMA writable_schema=ON")
        tx.exec_driver_sql("DELETE FROM sqlite_master WHERE name = 'rotten_a'")

    diagnosis = examinations.integrity(installation)

    assert diagnosis.outcome is Outcome.FAILED
    assert "damaged" in diagnosis.detail
    assert "backup" in diagnosis.remedy


def test_a_server_is_asked_how_it_is(installation: Installation, postgresql: Server) -> None:
    database = emptied_database(postgresql)
    elsewhere = replace(installation, database=database)

    diagnosis = examinations.integrity(elsewhere)
    latency = examinations.write_latency(elsewhere)

    database.close()
    assert diagnosis.outcome is Outcome.WARNING  # the tests' own is told to be quick, not safe
    assert re.match(r"PostgreSQL [0-9.]+ answers in [0-9.]+ ms; fsync", diagnosis.detail)
    assert "of 300 connections in use" in diagnosis.detail
    assert latency.outcome is not Outcome.FAILED


def test_a_database_without_a_revision_is_a_failure(installation: Installation) -> None:
    assert examinations.schema(installation).outcome is Outcome.FAILED


def test_a_write_is_timed_and_changes_nothing(installation: Installation) -> None:
    diagnosis = examinations.write_latency(installation)

    assert diagnosis.detail.endswith(" ms")


def test_a_slow_write_is_a_warning(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examinations, "SLOW_MS", 0.0)

    assert examinations.write_latency(installation).outcome is Outcome.WARNING
