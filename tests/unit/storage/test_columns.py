from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from vmctld.domain.flavor import Flavor
from vmctld.storage.columns import UtcDateTime, plain

DIALECTS = [sqlite.dialect(), postgresql.dialect()]
INSTANTS = st.datetimes(
    min_value=datetime(1971, 1, 2),
    max_value=datetime(9000, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@given(at=INSTANTS)
def test_an_instant_comes_back_in_utc(dialect: Dialect, at: datetime) -> None:
    found = _there_and_back(at, dialect)

    assert found == at
    assert found is not None
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_no_instant_stays_none(dialect: Dialect) -> None:
    assert _there_and_back(None, dialect) is None


def _there_and_back(at: datetime | None, dialect: Dialect) -> datetime | None:
    """Return what a column gives back for what it was given."""
    column = UtcDateTime().dialect_impl(dialect)
    binds, gives = column.bind_processor(dialect), column.result_processor(dialect, None)
    assert binds is not None
    assert gives is not None
    return gives(binds(at))


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 3, 1)

    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(naive, DIALECTS[0])


def test_the_plain_fields_of_a_record_are_all_of_its_fields() -> None:
    flavor = Flavor("42", "m1.nano", 1, 128, 1)

    assert Flavor(**plain(flavor)) == flavor
