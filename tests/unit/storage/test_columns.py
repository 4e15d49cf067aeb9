from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
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
def test_an_instant_comes_back_in_utc(dialect: object, at: datetime) -> None:
    column = UtcDateTime()

    kept = column.process_bind_param(at, dialect)  # type: ignore[arg-type]
    found = column.process_result_value(kept, dialect)  # type: ignore[arg-type]

    assert found == at
    assert found is not None
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_no_instant_stays_none(dialect: object) -> None:
    assert UtcDateTime().process_bind_param(None, dialect) is None  # type: ignore[arg-type]
    assert UtcDateTime().process_result_value(None, dialect) is None  # type: ignore[arg-type]


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 3, 1)

    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(naive, DIALECTS[0])


def test_the_plain_fields_of_a_record_are_all_of_its_fields() -> None:
    flavor = Flavor("42", "m1.nano", 1, 128, 1)

    assert Flavor(**plain(flavor)) == flavor
