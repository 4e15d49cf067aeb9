"""One thing, two things."""

from __future__ import annotations

from vmctld.domain.counting import counted


def test_one_thing_is_singular_and_all_other_numbers_are_plural() -> None:
    assert [counted(number, "host") for number in (0, 1, 2)] == ["0 hosts", "1 host", "2 hosts"]
