"""``key=value``."""

from __future__ import annotations

import pytest

from vmctl_cli.booting.pairs import pairs
from vmctl_cli.errors import CliError


def test_a_value_may_hold_equal_signs_and_the_last_one_counts() -> None:
    assert pairs(["a=1", "b=x=y", "a=2", "c="]) == {"a": "2", "b": "x=y", "c": ""}


@pytest.mark.parametrize("text", ["x", "", "=1"])
def test_what_is_no_pair_is_refused_in_novas_words(text: str) -> None:
    with pytest.raises(CliError) as refused:
        pairs([text])

    assert refused.value.message == f"'{text}' is not in the format of 'key=value'"
